// Estuary keeps the contract of connectors, but for feedback: no customer speaks there.

import { describe, expect, it } from 'vitest';
import { estuary } from '../../connectors/estuary.ts';
import { CONNECTOR_PROMISES } from '../contracts/connector.ts';
import { contractPlace } from './estuary-place.ts';

const FEEDBACK = 'feedback is pure, unique, and knows who speaks';
const suite = { name: 'estuary', start: () => contractPlace() };

describe('estuary keeps the contract of a connector', () => {
  for (const promised of CONNECTOR_PROMISES.filter(({ name }) => name !== FEEDBACK))
    it(promised.name, () => promised.check(suite));

  it('it has no feedback at all', () => {
    expect(CONNECTOR_PROMISES.map(({ name }) => name)).toContain(FEEDBACK);
    expect(estuary().streams.filter(({ feedback }) => feedback !== undefined)).toEqual([]);
  });
});
