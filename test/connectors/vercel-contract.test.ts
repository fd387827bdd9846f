// Vercel keeps the contract of connectors.

import { describe, it } from 'vitest';
import { vercel } from '../../connectors/vercel.ts';
import { CONNECTOR_PROMISES } from '../contracts/connector.ts';
import { vercelPlace } from './vercel-place.ts';

/** Nobody speaks to Vercel, so that there are no words. */
const SILENT = 'feedback is pure, unique, and knows who speaks';

describe('vercel keeps the contract of a connector', () => {
  const suite = { name: 'vercel', fixedToken: true, start: () => vercelPlace(vercel()) } as const;
  for (const promised of CONNECTOR_PROMISES) {
    if (promised.name === SILENT) it.skip(`${SILENT}: Vercel has no words of customers`, () => undefined);
    else it(promised.name, () => promised.check(suite));
  }
});
