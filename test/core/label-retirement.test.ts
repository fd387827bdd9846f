// Models that end: looked at once a day, told in time, and each warning once.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PipelineError } from '../../core/errors.ts';
import { retirementOf, retirementText } from '../../core/label-retirement.ts';
import type { LabelProvider, State } from '../../core/types.ts';
import { different, labeller, loaded, model, routesTo } from './label-place.ts';
import { freshState, hastyClock, io } from './run-scripted.ts';

let state: State;
beforeAll(async () => {
  state = await freshState();
});
afterAll(async () => {
  await state.close();
});

const on = (day: string) => io({ ...hastyClock, now: () => new Date(`${day}T08:00:00Z`) });

function ending(name: string, retiresOn: () => string | null): { provider: LabelProvider; looks(): number } {
  let looks = 0;
  const provider: LabelProvider = {
    ...model(name),
    retiresOn: async () => {
      looks += 1;
      return retiresOn();
    },
  };
  return { provider, looks: () => looks };
}

describe('the end of a model', () => {
  it('is told 90, 30 and 7 days before, once each, and looked up once a day', async () => {
    const { provider, looks } = ending('ends', () => '2027-01-14');
    const place = await loaded(state, different(2), labeller(routesTo(provider)));
    const told = async (day: string) => (await place.enrich({ io: on(day) })).warnings;
    expect(await told('2026-10-01')).toEqual([]);
    expect(await told('2026-10-16')).toEqual([
      'ends ends test-model on 2027-01-14, in 90 days: choose its successor, and label anew with `pipeline enrich --stale`.',
    ]);
    expect(await told('2026-10-16')).toEqual([]);
    expect(await told('2026-10-17')).toEqual([]);
    expect(looks()).toBe(3);
    expect(await told('2026-12-20')).toHaveLength(1);
    expect(await told('2027-01-10')).toHaveLength(1);
    expect(await told('2027-01-11')).toEqual([]);
    const events = place.events.filter(({ event }) => event === 'labels.model_retires');
    expect(events.map(({ fields }) => fields['daysLeft'])).toEqual([90, 25, 4]);
    const now = new Date('2027-02-01T00:00:00Z');
    const known = await retirementOf(state, provider, now);
    expect(known && retirementText(known)).toMatch(/^ends ended test-model on 2027-01-14/);
  });

  it('that moves is told anew', async () => {
    let end = '2027-01-14';
    const { provider } = ending('moves', () => end);
    const place = await loaded(state, different(2, 'تأجيل'), labeller(routesTo(provider)));
    expect((await place.enrich({ io: on('2027-01-01') })).warnings).toHaveLength(1);
    end = '2027-01-20';
    expect((await place.enrich({ io: on('2027-01-02') })).warnings).toHaveLength(1);
  });

  it('that is unknown, or a list that cannot be read, holds up no label and warns of nothing', async () => {
    const { provider: silent } = ending('silent', () => null);
    const { provider: broken } = ending('broken', () => {
      throw new PipelineError('transient', 'http.unreachable', 'No.');
    });
    const { provider: odd } = ending('odd', () => 'soon');
    for (const provider of [silent, broken, odd]) {
      const place = await loaded(state, different(2, provider.name), labeller(routesTo(provider)));
      expect(await place.enrich({ io: on('2026-11-01') })).toMatchObject({
        labels: { labelled: 2 },
        warnings: [],
      });
    }
  });
});
