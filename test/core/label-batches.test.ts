// Batches: handed over once whatever happens, paid once, and every text ends with a label or waits for one.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PipelineError } from '../../core/errors.ts';
import type { LabelProvider, State } from '../../core/types.ts';
import {
  type BatchVendor,
  batchVendor,
  different,
  labeller,
  loaded,
  model,
  routesTo,
  statuses,
} from './label-place.ts';
import { freshState, hastyClock, io } from './run-scripted.ts';

let state: State;
beforeAll(async () => {
  state = await freshState();
});
afterAll(async () => {
  await state.close();
});

const MINUTE_MS = 60_000;
const env = { LLM_DAILY_BUDGET_USD: '100000' };
/** The database stamps batches with its own clock: the program's runs ahead of it by so much. */
const later = (minutes: number) =>
  io({ ...hastyClock, now: () => new Date(Date.now() + minutes * MINUTE_MS) }, env);

/** Each test has a provider of its own name, so that caches and ledgers stay apart. */
function provider(name: string, vendor: BatchVendor) {
  const live = model(name);
  const whole: LabelProvider = { ...live, batches: vendor.batches };
  return { live, whole, labels: labeller(routesTo(whole)) };
}

async function spentBy(name: string): Promise<number> {
  let usd = 0;
  for await (const line of state.exportAll()) {
    const { table, row } = JSON.parse(line) as { table?: string; row?: Record<string, unknown> };
    if (table !== 'spend_ledger' || row?.['provider'] !== name) continue;
    usd += Number(row['actual_micro_usd'] ?? row['reserved_micro_usd']) / 1e6;
  }
  return usd;
}

describe('a batch', () => {
  it('is handed over, waited for, and taken by a later run, at its own price', async () => {
    const vendor = batchVendor();
    const { live, labels } = provider('b-plain', vendor);
    const place = await loaded(state, [...different(20, 'دفعة'), 'دفعة رقم 0 '], labels);
    const handed = await place.enrich({ batch: true });
    expect(handed).toMatchObject({ labels: { pending: 21 }, costUsd: 0, stopped: null, openBatches: 1 });
    expect((await place.rows()).every((row) => row['reason'] === 'label.in_batch')).toBe(true);
    expect(await spentBy('b-plain')).toBeCloseTo(0.1, 9);
    // Under way, neither a live run nor another batch sends it, nor another pipeline that holds the same words.
    expect(await place.enrich()).toMatchObject({ labels: { pending: 21 }, openBatches: 1 });
    expect(await place.enrich({ batch: true })).toMatchObject({ labels: { pending: 21 } });
    const neighbour = await loaded(state, different(3, 'دفعة'), labels);
    expect(await neighbour.enrich()).toMatchObject({ labels: { pending: 3 } });
    expect(vendor.submitted).toHaveLength(1);
    vendor.ended = true;
    const taken = await place.enrich();
    expect(taken).toMatchObject({ labels: { labelled: 21, cached: 1 }, openBatches: 0, stopped: null });
    expect(taken.costUsd).toBeCloseTo(0.1, 9);
    expect(vendor.invoiceUsd()).toBeCloseTo(await spentBy('b-plain'), 9);
    const rows = await place.rows();
    expect(rows.reduce((sum, row) => sum + Number(row['cost_usd']), 0)).toBeCloseTo(0.1, 9);
    expect(rows.every((row) => row['batch_position'] !== null || row['cached'] === true)).toBe(true);
    expect(live.asked).toEqual([]);
    expect(await neighbour.enrich()).toMatchObject({ labels: { labelled: 3, cached: 3 }, costUsd: 0 });
    expect(place.events.map(({ event }) => event)).toEqual(['labels.batch_submitted', 'labels.batch_ended']);
  });

  it('gives back what failed or expired: the next run labels it, and the reason is told', async () => {
    const vendor = batchVendor();
    const { live, labels } = provider('b-failed', vendor);
    const place = await loaded(state, different(20, 'فشل'), labels);
    await place.enrich({ batch: true, chance: () => 0.5 });
    vendor.ended = true;
    vendor.fail = (words) =>
      words.some((text) => text.includes('رقم 3'))
        ? new PipelineError('transient', 'label.expired', 'Expired.')
        : undefined;
    expect(await place.enrich()).toMatchObject({ labels: { labelled: 20 }, stopped: null });
    expect(live.asked.flat()).toHaveLength(4);
    const ended = place.events.find(({ event }) => event === 'labels.batch_ended');
    expect(ended?.fields).toMatchObject({ packs: 5, failed: 1, codes: 'label.expired' });
    expect(vendor.invoiceUsd()).toBeCloseTo(0.08, 9);
  });

  it('whose answer cannot be used is asked live next, even by a run for batches, so that it is halved', async () => {
    const vendor = batchVendor();
    const { live, labels } = provider('b-rubbish', vendor);
    const place = await loaded(state, different(8, 'هراء'), labels);
    await place.enrich({ batch: true });
    vendor.ended = true;
    vendor.fail = () => new PipelineError('data', 'label.unreadable', 'No JSON.');
    live.fail = (words) =>
      words.length > 1 ? new PipelineError('data', 'label.unreadable', 'No JSON.') : undefined;
    expect(await place.enrich({ batch: true })).toMatchObject({ labels: { labelled: 8 }, openBatches: 0 });
    expect(vendor.submitted).toHaveLength(1);
  });

  it('is as large as the money that is left, and the rest waits for tomorrow', async () => {
    const vendor = batchVendor();
    const { labels } = provider('b-money', vendor);
    const place = await loaded(state, different(40, 'مال'), labels);
    const outcome = await place.enrich({ batch: true, budgetUsd: 0.11 });
    expect(outcome).toMatchObject({
      labels: { pending: 20, skipped_budget: 20 },
      stopped: { code: 'label.budget' },
    });
    expect(vendor.submitted.map(({ texts }) => texts.length)).toEqual([20]);
  });

  it('goes live where a provider has no batches, and nowhere where its first choice refuses it', async () => {
    const vendor = batchVendor();
    vendor.at = (moment) => {
      if (moment === 'before submit')
        throw new PipelineError('config', 'label.unauthorized', 'No.', { status: 401 });
    };
    const { whole, live } = provider('b-refused', vendor);
    const deputy = model('b-deputy');
    const place = await loaded(state, different(8, 'رفض'), labeller(routesTo(whole, deputy)));
    expect(await place.enrich({ batch: true })).toMatchObject({ labels: { labelled: 8 }, openBatches: 0 });
    expect(live.asked).toEqual([]);
    expect(deputy.asked.flat()).toHaveLength(8);
    expect(await spentBy('b-refused')).toBe(0);
  });

  it('that never arrived is forgotten, but not before the vendor had time to list it', async () => {
    const vendor = batchVendor();
    vendor.at = (moment) => {
      if (moment === 'before submit') throw new PipelineError('transient', 'label.unavailable', 'Reset.');
    };
    const { live, labels } = provider('b-lost', vendor);
    const place = await loaded(state, different(8, 'ضاع'), labels);
    expect(await place.enrich({ batch: true })).toMatchObject({ labels: { pending: 8 }, openBatches: 1 });
    vendor.at = undefined;
    expect(await place.enrich({ io: later(10) })).toMatchObject({ labels: { pending: 8 }, openBatches: 1 });
    expect(await place.enrich({ io: later(20) })).toMatchObject({ labels: { labelled: 8 }, openBatches: 0 });
    expect(live.asked.flat()).toHaveLength(8);
    expect(await spentBy('b-lost')).toBeCloseTo(0.08, 9);
  });

  it('whose provider is no longer set up is given up after three days, and counts as spent', async () => {
    const vendor = batchVendor();
    const { labels } = provider('b-gone', vendor);
    const place = await loaded(state, different(4, 'ذهب'), labels);
    await place.enrich({ batch: true });
    const other = labeller(routesTo(model('b-other')));
    expect(await place.enrichBy(other)).toMatchObject({ labels: { pending: 4 } });
    expect(await place.enrichBy(other, { io: later(73 * 60) })).toMatchObject({ labels: { labelled: 4 } });
    expect(await spentBy('b-gone')).toBeCloseTo(0.02, 9);
  });
});

describe('a crash', () => {
  const WRITES = ['reserve', 'writeBatch', 'noteBatch', 'cacheLabels', 'settle', 'endBatch'] as const;
  const VENDOR = ['before submit', 'after submit', 'before collect', 'after collect'] as const;

  /** Throws what nobody expects, once, and then the process is gone: nothing it would do afterwards is done. */
  function crashing(real: State, write: (typeof WRITES)[number], when: 'before' | 'after'): State {
    let dead = false;
    const guarded = Object.entries(real).map(([name, method]) => {
      if (typeof method !== 'function') return [name, method];
      return [
        name,
        async (...args: unknown[]) => {
          if (dead && name !== 'release') throw new Error('dead');
          if (name === write && when === 'before') dead = true;
          if (dead && name !== 'release') throw new Error('crash');
          const result: unknown = await method(...args);
          if (name === write) {
            dead = true;
            throw new Error('crash');
          }
          return result;
        },
      ];
    });
    return Object.fromEntries(guarded) as State;
  }

  /** Runs until all is labelled; returns how often the vendor had each text. */
  async function finish(place: Awaited<ReturnType<typeof loaded>>, vendor: BatchVendor): Promise<void> {
    vendor.at = undefined;
    await place.enrich({ batch: true, io: later(20) });
    vendor.ended = true;
    await place.enrich({ batch: true, io: later(20) });
    expect(await statuses(place.sink)).toEqual({ labelled: 12 });
    const texts = vendor.submitted.flatMap(({ texts }) => texts);
    expect(texts).toHaveLength(12);
    expect(new Set(texts).size).toBe(12);
    expect(await state.openBatches(place.name)).toEqual([]);
  }

  it.each(WRITES.flatMap((write) => (['before', 'after'] as const).map((when) => [when, write] as const)))(
    '%s %s hands no text over twice, and books what the vendor bills',
    async (when, write) => {
      const vendor = batchVendor();
      const name = `b-crash-${when}-${write}`;
      const { live, labels } = provider(name, vendor);
      const place = await loaded(state, different(12, name), labels);
      const dying = crashing(state, write, when);
      const inSubmitting = write === 'reserve' || write === 'writeBatch' || write === 'noteBatch';
      if (!inSubmitting) {
        await place.enrich({ batch: true });
        vendor.ended = true;
      }
      await expect(place.enrich({ batch: true, state: dying })).rejects.toThrow(/crash|dead/);
      await finish(place, vendor);
      expect(live.asked).toEqual([]);
      // A reservation that was made and whose batch was never written counts as spent: nobody can know that it was not.
      const leaked =
        (when === 'after' && write === 'reserve') || (when === 'before' && write === 'writeBatch');
      expect(await spentBy(name)).toBeCloseTo(vendor.invoiceUsd() + (leaked ? 0.06 : 0), 9);
    },
  );

  it.each(VENDOR)('%s of the vendor hands no text over twice', async (moment) => {
    const vendor = batchVendor();
    const name = `b-vendor-${moment.replace(' ', '-')}`;
    const { labels } = provider(name, vendor);
    const place = await loaded(state, different(12, name), labels);
    if (moment.endsWith('collect')) {
      await place.enrich({ batch: true });
      vendor.ended = true;
    }
    vendor.at = (now) => {
      if (now === moment) throw new Error('crash');
    };
    await expect(place.enrich({ batch: true })).rejects.toThrow('crash');
    await finish(place, vendor);
    expect(await spentBy(name)).toBeCloseTo(vendor.invoiceUsd(), 9);
  });
});
