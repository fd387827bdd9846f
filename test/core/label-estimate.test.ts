// An estimate against the bill: the stand-in's invoice, the ledger and what was told beforehand agree.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAddressGuard } from '../../core/address-guard.ts';
import { systemClock } from '../../core/clock.ts';
import type { Io } from '../../core/context.ts';
import { createFetch } from '../../core/http.ts';
import { correctionFrom } from '../../core/label-estimate.ts';
import { createLimiter } from '../../core/limiter.ts';
import type { PastUsage, State } from '../../core/types.ts';
import { type OpenAISandbox, startOpenAI } from '../../sandbox/openai.ts';
import { createRandom } from '../../sandbox/random.ts';
import { composeUtterance } from '../../sandbox/utterance.ts';
import { sentiment } from '../../transforms/sentiment.ts';
import { batchVendor, different, labeller, loaded, model, NEUTRAL, routesTo } from './label-place.ts';
import { freshState, silent } from './run-scripted.ts';

let state: State;
let vendor: OpenAISandbox;
beforeAll(async () => {
  state = await freshState();
  vendor = await startOpenAI({ batchMs: 0 });
});
afterAll(async () => {
  await vendor.close();
  await state.close();
});

const MODEL = 'gpt-4o-mini';
const labels = (promptVersion: string) => ({
  ...sentiment({ prices: { [MODEL]: { input: 0.15, output: 0.6, cached: 0.075 } } }),
  promptVersion,
});

function ioTo(sandbox: OpenAISandbox): Io {
  const limiter = createLimiter({ clock: systemClock });
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  return {
    env: {
      OPENAI_API_KEY: sandbox.apiKey,
      OPENAI_BASE_URL: sandbox.baseUrl,
      LLM_MODEL: MODEL,
      LLM_DAILY_BUDGET_USD: '100',
    },
    clock: systemClock,
    log: silent,
    fetch: (metrics, signal) =>
      createFetch({ clock: systemClock, limiter, guard, metrics, log: silent, signal }),
  };
}

function utterances(seed: string, count: number): readonly string[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i) => composeUtterance(random.fork(`${i}`)).text).filter(
    (text) => text.trim() !== '',
  );
}

async function spentUsd(): Promise<number> {
  return (await state.spend(new Date().toISOString().slice(0, 10))).spentUsd;
}

describe('an estimate', () => {
  it.each([
    { title: 'live', more: {} },
    { title: 'with a cascade', more: { cascade: 0.4 } },
    { title: 'in a batch', more: { batch: true } },
  ])(
    '$title is within 10 % of the bill, which the ledger holds to the micro-dollar',
    async ({ title, more }) => {
      const place = await loaded(state, utterances(title, 240), labels(`estimate ${title}`));
      const io = ioTo(vendor);
      const visits = vendor.journal.list().length;
      const expected = await place.estimate({ io, ...more });
      expect(vendor.journal.list()).toHaveLength(visits);
      const [before, booked] = [vendor.invoice(), await spentUsd()];
      const first = await place.enrich({ io, ...more });
      if (first.openBatches > 0) await place.enrich({ io, ...more });
      const [after, bookedThen] = [vendor.invoice(), await spentUsd()];
      const usd = after.usd - before.usd;
      expect(Math.abs(expected.usd / usd - 1)).toBeLessThan(0.1);
      const tokens =
        after.promptTokens + after.completionTokens - before.promptTokens - before.completionTokens;
      expect(Math.abs(expected.tokens / tokens - 1)).toBeLessThan(0.1);
      expect(expected.atMostUsd).toBeGreaterThan(usd);
      // Each settled request is rounded up to the micro-dollar.
      expect(bookedThen - booked - usd).toBeGreaterThanOrEqual(-1e-9);
      expect(bookedThen - booked - usd).toBeLessThan(1e-6 * (after.billed - before.billed));
      expect((await state.spend(new Date().toISOString().slice(0, 10))).reservedUsd).toBe(0);
    },
  );

  it('counts records, texts, what is known, what is under way and what stays offline, and sends nothing', async () => {
    const vendorOfBatches = batchVendor();
    const provider = { ...model('counting'), batches: vendorOfBatches.batches };
    const graded = labeller(routesTo(provider), {
      offline: (text) => ({ ...NEUTRAL, confidence: Number(/\d+/.exec(text)?.[0] ?? 0) / 100 }),
    });
    const known = await loaded(state, different(4, 'قديم'), graded);
    await known.enrich();
    const asked = provider.asked.length;
    const handed = await loaded(state, different(3, 'دفع'), graded);
    await handed.enrich({ batch: true });
    const words = [...different(40), ...different(40), ...different(4, 'قديم'), ...different(3, 'دفع')];
    const place = await loaded(state, words, graded);
    expect(await place.estimate()).toMatchObject({
      waiting: 87,
      texts: 47,
      cached: 4,
      underWay: 3,
      offline: 0,
      providers: [{ provider: 'counting', records: 80, texts: 40, requests: 10 }],
    });
    const cut = await place.estimate({ cascade: 0.5, batch: true });
    expect(cut.offline + (cut.providers[0]?.texts ?? 0)).toBe(40);
    expect(cut.usd).toBeCloseTo((cut.providers[0]?.texts ?? 0) * 0.005, 9);
    expect(provider.asked).toHaveLength(asked);
    expect(vendorOfBatches.submitted).toHaveLength(1);
  });
});

describe('what past requests teach', () => {
  const past = (script: string, ratio: number, count: number): readonly PastUsage[] =>
    Array.from({ length: count }, () => ({
      expected: { model: 'm', script, tokens: 1000, usd: 0.1 },
      tokens: 1000 * ratio,
      usd: 0.1 * ratio,
    }));

  it('is the ratio of each script, soon, and nothing before anything was asked', () => {
    expect(correctionFrom([])('Arab')).toEqual({ tokens: 1, usd: 1 });
    const correction = correctionFrom([...past('Arab', 1.5, 60), ...past('Latn', 0.8, 60)]);
    expect(correction('Arab').usd).toBeCloseTo(1.5, 1);
    expect(correction('Latn').tokens).toBeCloseTo(0.8, 1);
    expect(correction('other').usd).toBeGreaterThan(0.8);
  });

  it('follows what changed, the newest first', () => {
    const correction = correctionFrom([...past('Arab', 2, 80), ...past('Arab', 1, 120)]);
    expect(correction('Arab').usd).toBeGreaterThan(1.7);
  });
});
