// The label endpoint in every kind of trouble: the load succeeds all the same, labels wait and say why, and a later `pipeline
// enrich` completes them without paying twice for the same text.

import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Fault } from '../../sandbox/faults.ts';
import type { Variables } from '../crash/command.ts';
import { openPlace, type Place, RUN } from '../crash/place.ts';

// Each test runs the command several times, each time with a start of its own.
vi.setConfig({ testTimeout: 240_000 });

async function newPlace(): Promise<Place> {
  const place = await openPlace({ engine: 'postgres', account: { tickets: 40, users: 20 } });
  onTestFinished(() => place.close());
  return place;
}

/** How many of the customers' texts are in which state, as the analysts' view tells. */
function labelStates(place: Place): Promise<{ readonly [status: string]: number }> {
  return place.open(async (sink) => {
    const { rows } = await sink.query(
      "select label_status as status, count(*) as n from voc_feedback where label_status <> 'no_text' group by 1",
    );
    return Object.fromEntries(rows.map((row) => [String(row['status']), Number(row['n'])]));
  });
}

const CHAT = '/chat/completions';
const always = (fault: Omit<Fault, 'count' | 'path'>): readonly Fault[] => [
  { ...fault, path: CHAT, count: 'always' },
];

interface Trouble {
  readonly title: string;
  readonly faults: readonly Fault[];
  readonly more?: Variables;
  /** The states of the texts after the run, and the reasons that stand beside them. */
  readonly states: readonly string[];
  readonly reason: RegExp;
  /** Whether some requests were answered, and so paid, before the trouble began. */
  readonly paid?: boolean;
}

const TROUBLES: readonly Trouble[] = [
  {
    title: 'is away',
    faults: always({ kind: 'status', status: 503 }),
    states: ['pending'],
    reason: /^label\.|^http\./,
  },
  {
    title: 'resets every connection',
    faults: always({ kind: 'reset' }),
    states: ['pending'],
    reason: /^label\.unavailable$/,
  },
  {
    title: 'wants more patience than we have',
    faults: always({ kind: 'rate-limit', retryAfterSeconds: 3600 }),
    states: ['pending'],
    reason: /^label\./,
  },
  {
    title: 'refuses the key',
    faults: [],
    more: { OPENAI_API_KEY: 'not-the-key' },
    states: ['pending'],
    reason: /^label\./,
  },
  {
    title: 'has no money left',
    faults: always({ kind: 'model', what: 'insufficient_quota' }),
    states: ['pending'],
    reason: /^label\./,
  },
  {
    title: 'fails in the middle',
    faults: [{ kind: 'status', status: 500, path: CHAT, nth: 3, count: 'always' }],
    states: ['labelled', 'pending'],
    reason: /^label\.|^http\./,
    paid: true,
  },
  {
    title: 'costs more than the day may',
    faults: [],
    more: { LLM_DAILY_BUDGET_USD: '0.2' },
    states: ['labelled', 'skipped_budget'],
    reason: /^label\.budget$/,
    paid: true,
  },
];

describe('A run whose label endpoint', () => {
  test.for(TROUBLES)(
    '$title succeeds, and enrich completes it',
    async ({ faults, more = {}, states, reason, paid }) => {
      const place = await newPlace();
      place.model.faults.set(faults);
      const { code, result } = await place.run(RUN, more);
      expect(result.status).toBe('succeeded');
      expect(code).toBe(0);
      // The data is whole; only labels are missing.
      expect((await place.differences()).filter((text) => !text.startsWith('sentiment'))).toEqual([]);
      const waiting = await labelStates(place);
      expect(
        Object.keys(waiting)
          .filter((status) => waiting[status] !== 0)
          .sort(),
      ).toEqual([...states].sort());
      const reasons = await place.open(async (sink) => {
        const { rows } = await sink.query('select distinct reason from sentiment where label is null');
        return rows.map((row) => String(row['reason']));
      });
      expect(reasons.length).toBeGreaterThan(0);
      for (const told of reasons) expect(told).toMatch(reason);
      expect(place.model.invoice().billed > 0).toBe(paid === true);

      place.model.faults.clear();
      const enriched = await place.start(['enrich', 'zendesk', '--json']).ended;
      expect(enriched.code).toBe(0);
      expect(await place.differences()).toEqual([]);
      expect(Object.keys(await labelStates(place))).toEqual(['labelled']);
      expect(place.paidTwice()).toEqual([]);
    },
  );

  test('answers rubbish succeeds, tells which texts have no label, and other texts keep theirs', async () => {
    const place = await newPlace();
    place.model.faults.set(always({ kind: 'model', what: 'rubbish' }));
    const { code } = await place.run();
    expect(code).toBe(0);
    expect((await place.differences()).filter((text) => !text.startsWith('sentiment'))).toEqual([]);
    expect(Object.keys(await labelStates(place))).toEqual(['failed']);

    place.model.faults.clear();
    place.vendor.change({ newTickets: 3 });
    expect((await place.run()).code).toBe(0);
    expect(Object.keys(await labelStates(place)).sort()).toEqual(['failed', 'labelled']);
    expect((await place.start(['enrich', 'zendesk', '--stale', '--json']).ended).code).toBe(0);
    expect(await place.differences()).toEqual([]);
  });

  test('never answers has its data ready for analysts before the labels are waited for', async () => {
    const place = await newPlace();
    place.model.faults.set(always({ kind: 'hang' }));
    const run = place.start();
    // Once the first text was sent, every load is committed, the marts stand, and the lanes are free again.
    await expect
      .poll(() => place.model.journal.list().length, { timeout: 50_000, interval: 50 })
      .toBeGreaterThan(0);
    expect((await place.differences()).filter((text) => !text.startsWith('sentiment'))).toEqual([]);
    expect(Object.keys(await labelStates(place))).toEqual(['pending']);
    run.signal('SIGTERM');
    expect((await run.ended).code).toBe(130);

    place.model.faults.clear();
    expect((await place.start(['enrich', 'zendesk', '--json']).ended).code).toBe(0);
    expect(await place.differences()).toEqual([]);
    expect(place.paidTwice()).toEqual([]);
  });
});
