// Zendesk keeps the contract of connectors, and the contract catches connectors that do not.

import { AssertionError } from 'node:assert';
import { describe, expect, it } from 'vitest';
import { zendesk } from '../../connectors/zendesk.ts';
import { PipelineError } from '../../core/errors.ts';
import { BROKEN_CONNECTORS } from '../contracts/broken-connectors.ts';
import { CONNECTOR_PROMISES, type ConnectorSuite, connectorContract } from '../contracts/connector.ts';
import { contractPlace } from './zendesk-place.ts';

const legacy: ConnectorSuite = {
  name: 'zendesk with satisfaction ratings',
  unavailable: ['survey_responses'],
  start: () => contractPlace(zendesk(), 'legacy'),
};

connectorContract(legacy);
connectorContract({
  name: 'zendesk with surveys',
  unavailable: ['satisfaction_ratings'],
  start: () => contractPlace(zendesk({ streams: ['survey_responses', 'tickets'] }), 'surveys'),
});

describe('The contract catches a connector that', () => {
  for (const broken of BROKEN_CONNECTORS) {
    it(broken.name, async () => {
      const promised = CONNECTOR_PROMISES.find(({ name }) => name === broken.breaks);
      expect(promised, `there is no promise "${broken.breaks}"`).toBeDefined();
      const suite = { ...legacy, start: () => contractPlace(broken.spoil(zendesk()), 'legacy') };
      const caught = await promised?.check(suite).then(
        () => undefined,
        (error: unknown) => error,
      );
      // Anything else would be a broken test and not a broken promise.
      expect(caught instanceof AssertionError || caught instanceof PipelineError, String(caught)).toBe(true);
    });
  }

  it('breaks any promise at all: there is a broken one for each', () => {
    const broken = new Set(BROKEN_CONNECTORS.map(({ breaks }) => breaks));
    expect(CONNECTOR_PROMISES.map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([]);
  });
});
