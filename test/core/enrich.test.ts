// The enrichment lane: whatever the model does, the data is there, every text ends with a label or a reason, and money is spent once.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { PipelineError } from '../../core/errors.ts';
import type { LabelProvider, State } from '../../core/types.ts';
import { memorySink } from '../../sinks/memory.ts';
import {
  different,
  labeller,
  loaded as loadedFor,
  model,
  routesTo,
  rowsOf,
  statuses,
  texts,
} from './label-place.ts';
import { freshState, hastyClock, io, runScripted } from './run-scripted.ts';
import { thing } from './scripted.ts';

let state: State;
beforeAll(async () => {
  state = await freshState();
});
afterAll(async () => {
  await state.close();
});

const loaded = (words: readonly string[], provider: LabelProvider | undefined) =>
  loadedFor(state, words, labeller(provider === undefined ? undefined : routesTo(provider)));

const down = (): PipelineError =>
  new PipelineError('transient', 'label.unavailable', 'The endpoint is down.');

describe('labelling', () => {
  it('labels everything offline without a key, at no cost', async () => {
    const { sink, enrich } = await loaded(different(12), undefined);
    expect(await enrich()).toMatchObject({ labels: { offline: 12 }, costUsd: 0, stopped: null });
    expect(await statuses(sink)).toEqual({ offline: 12 });
    expect(await enrich()).toMatchObject({ labels: {}, costUsd: 0, stopped: null });
  });

  it('asks for equal texts once, and takes the label of a known text from the cache', async () => {
    const first = model('equal');
    const one = await loaded(['سيئ جدا', 'ممتاز', 'سيئ جدا', 'سيئ جدا'], first);
    const outcome = await one.enrich();
    expect(outcome).toMatchObject({ labels: { labelled: 4, cached: 2 }, stopped: null });
    expect(outcome.costUsd).toBeCloseTo(0.02);
    expect(first.asked.flat().sort()).toEqual(['سيئ جدا', 'ممتاز'].sort());
    const again = model('equal');
    const two = await loaded(['ممتاز', 'جديد'], again);
    expect(await two.enrich()).toMatchObject({ labels: { labelled: 2, cached: 1 } });
    expect(again.asked.flat()).toEqual(['جديد']);
  });

  it('keeps the data and waits when the endpoint is down, and completes later without paying twice', async () => {
    const provider = model('down');
    let answered = 0;
    provider.fail = () => (++answered > 2 ? down() : undefined);
    const { sink, enrich } = await loaded(different(20), provider);
    const outcome = await enrich();
    expect(outcome.stopped).toMatchObject({ code: 'label.unavailable' });
    expect(outcome.labels).toEqual({ labelled: 8, pending: 12 });
    expect(await statuses(sink)).toEqual({ labelled: 8, pending: 12 });
    provider.fail = undefined;
    expect(await enrich()).toMatchObject({ labels: { labelled: 12 }, stopped: null });
    const paid = provider.asked.flat();
    expect(paid).toHaveLength(20);
    expect(new Set(paid).size).toBe(20);
    expect(await statuses(sink)).toEqual({ labelled: 20 });
  });

  it('tries a passing failure again by itself', async () => {
    const provider = model('hiccup');
    let calls = 0;
    provider.fail = () => (++calls === 1 ? down() : undefined);
    const { enrich } = await loaded(different(4), provider);
    expect(await enrich()).toMatchObject({ labels: { labelled: 4 }, stopped: null });
  });

  it('stops at the cap, says so for each text, and goes on when there is money again', async () => {
    const provider = model('budget');
    const { sink, enrich } = await loaded(different(20), provider);
    const outcome = await enrich({ budgetUsd: 0.08 });
    expect(outcome.stopped).toMatchObject({ code: 'label.budget' });
    expect(outcome.costUsd).toBeLessThanOrEqual(0.08);
    expect(outcome.labels).toEqual({ labelled: 8, skipped_budget: 12 });
    expect(await statuses(sink)).toEqual({ labelled: 8, skipped_budget: 12 });
    expect(await enrich()).toMatchObject({ labels: { labelled: 12 }, stopped: null });
    expect(new Set(provider.asked.flat()).size).toBe(20);
    expect(provider.asked.flat()).toHaveLength(20);
  });

  it('counts what other runs spent today against the cap of the day', async () => {
    const provider = model('daily');
    const { enrich } = await loaded(different(4), provider);
    const { spentUsd, reservedUsd } = await state.spend(new Date().toISOString().slice(0, 10));
    const cap = String(spentUsd + reservedUsd + 0.02);
    const outcome = await enrich({ io: io(hastyClock, { LLM_DAILY_BUDGET_USD: cap }) });
    expect(outcome).toMatchObject({ labels: { skipped_budget: 4 }, stopped: { code: 'label.budget' } });
    expect(provider.asked).toEqual([]);
  });

  it('finds the one text that cannot be answered, and labels its neighbours', async () => {
    const provider = model('poison');
    provider.fail = (words) =>
      words.includes('سم') ? new PipelineError('data', 'label.unreadable', 'No JSON came back.') : undefined;
    const { sink, enrich } = await loaded([...different(7), 'سم'], provider);
    expect(await enrich()).toMatchObject({ labels: { labelled: 7, failed: 1 }, stopped: null });
    const { rows } = await sink.query('select * from sentiment');
    expect(rows.find((row) => row['status'] === 'failed')).toMatchObject({
      label: null,
      reason: 'label.unreadable',
    });
  });

  it('stops at once, and asks nothing more, when the key or the money is refused', async () => {
    const provider = model('money');
    let calls = 0;
    provider.fail = () => {
      calls += 1;
      return new PipelineError('config', 'label.no_money', 'The account has no credit left.', {
        status: 429,
      });
    };
    const { enrich } = await loaded(different(40), provider);
    expect(await enrich()).toMatchObject({ labels: { pending: 40 }, stopped: { code: 'label.no_money' } });
    expect(calls).toBeLessThanOrEqual(4);
  });

  it('counts a request without an answer as spent, because it may have been billed', async () => {
    const provider = model('unknown-outcome');
    provider.fail = () => new PipelineError('transient', 'label.timeout', 'No answer in time.');
    const { enrich } = await loaded(different(4), provider);
    const day = new Date().toISOString().slice(0, 10);
    const before = await state.spend(day);
    await enrich();
    const after = await state.spend(day);
    expect(after.reservedUsd + after.spentUsd).toBeGreaterThan(before.reservedUsd + before.spentUsd);
  });

  it('labels anew only when asked to, and keeps the earlier label in the history', async () => {
    const offline = await loaded(different(3), undefined);
    await offline.enrich();
    const provider = model('stale');
    const other = labeller(routesTo(provider));
    expect(await offline.enrichBy(other)).toMatchObject({ labels: {} });
    expect(await offline.enrichBy(other, { stale: true })).toMatchObject({ labels: { labelled: 3 } });
    const history = await rowsOf(offline.sink, 'sentiment_history');
    expect(history.map((row) => row['provider']).sort()).toEqual([
      'offline',
      'offline',
      'offline',
      'stale',
      'stale',
      'stale',
    ]);
    expect(await statuses(offline.sink)).toEqual({ labelled: 3 });
  });

  it('estimates without sending anything', async () => {
    const provider = model('estimate');
    const { estimate } = await loaded(['a', 'b', 'a', 'c', 'd', 'e'], provider);
    expect(await estimate()).toMatchObject({ waiting: 6, texts: 5, model: 'test-model' });
    expect((await estimate()).usd).toBeCloseTo(0.05);
    expect(provider.asked).toEqual([]);
  });

  it('ends a run whose endpoint is down as succeeded, with its labels pending', async () => {
    const provider = model('run-down');
    provider.fail = down;
    const record = await runScripted({
      state,
      sink: memorySink(),
      io: io({ ...systemClock, sleep: async () => {} }),
      streams: { late: { feedback: true, pages: [{ rows: [thing('a')] }] } },
      transforms: [texts],
      labeller: labeller(routesTo(provider)),
    });
    expect(record).toMatchObject({ status: 'succeeded', labels: { pending: 1 }, error: null });
  });
});
