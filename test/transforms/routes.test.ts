// Who is asked about which language, and what prices hold on which day.

import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../sandbox/random.ts';
import { composeUtterance } from '../../sandbox/utterance.ts';
import { priceOf, pricesOn } from '../../transforms/sentiment/prices.ts';
import { expectedTokens } from '../../transforms/sentiment/token-estimate.ts';
import { sentiment } from '../../transforms/sentiment.ts';

const OPENAI = { OPENAI_API_KEY: 'sk-x' };
const JAIS = { JAIS_BASE_URL: 'https://jais.example/v1', JAIS_MODEL: 'jais-2-70b-chat' };
const CLAUDE = { ANTHROPIC_API_KEY: 'sk-ant-x' };

function names(env: Record<string, string>, language: string | null, options = {}): readonly string[] {
  return (
    sentiment(options)
      .routes(env)
      ?.of(language)
      .map(({ name }) => name) ?? ['nobody']
  );
}

describe('routes', () => {
  test('without a word about them, the first provider that is set up gets everything, and no other anything', () => {
    expect(names({}, 'ar')).toEqual(['nobody']);
    expect(names({ ...OPENAI, ...CLAUDE }, 'ar')).toEqual(['openai']);
    expect(names({ ...JAIS, ...CLAUDE }, null)).toEqual(['jais']);
  });

  test('send each language down its own list, of those that are set up', () => {
    const env = { ...OPENAI, ...JAIS, ...CLAUDE, LLM_ROUTES: 'ar=jais,anthropic; *=openai' };
    expect(names(env, 'ar')).toEqual(['jais', 'anthropic']);
    expect(names(env, 'arabizi')).toEqual(['jais', 'anthropic']);
    expect(names(env, 'mixed')).toEqual(['jais', 'anthropic']);
    expect(names(env, 'fr')).toEqual(['openai']);
    expect(names(env, null)).toEqual(['openai']);
    const { ANTHROPIC_API_KEY: _, ...without } = env;
    expect(names(without, 'ar')).toEqual(['jais']);
    const own = { routes: { ar: ['anthropic'], arabizi: ['openai'] } } as const;
    expect(names({ ...OPENAI, ...CLAUDE }, 'arabizi', own)).toEqual(['openai']);
    // Nothing is said about English: it stays in the house.
    expect(names({ ...OPENAI, ...CLAUDE }, 'en', own)).toEqual([]);
    expect(names({ ...OPENAI, ...CLAUDE, LLM_ROUTES: '*=openai' }, 'ar', own)).toEqual(['openai']);
    expect(names(JAIS, 'ar', own)).toEqual(['nobody']);
  });

  test('of one language are the same list each time, so that its texts share packs', () => {
    const routes = sentiment().routes({ ...OPENAI, LLM_ROUTES: 'ar=openai *=openai' });
    expect(routes?.of('ar')).toBe(routes?.of('arabizi'));
    expect(routes?.providers).toHaveLength(1);
  });

  test.each([
    'ar',
    'ar=',
    'ar=gpt',
    '=openai',
    'ar=openai,',
    'x'.repeat(5000),
    '*=openai ar=constructor',
    '__proto__=openai',
  ])('that make no sense are told: %s', (routes) => {
    const problems = sentiment().problems({ ...OPENAI, LLM_ROUTES: routes });
    expect(problems.map(({ name }) => name)).toEqual(['LLM_ROUTES']);
    expect(JSON.stringify(problems).length).toBeLessThan(500);
  });

  test('and caps of providers are looked at, where anyone is asked', () => {
    const problems = (env: Record<string, string>) =>
      sentiment()
        .problems(env)
        .map(({ name }) => name);
    expect(problems({ ...OPENAI, LLM_DAILY_BUDGET_USD_OPENAI: 'much' })).toEqual([
      'LLM_DAILY_BUDGET_USD_OPENAI',
    ]);
    expect(problems({ ...OPENAI, LLM_DAILY_BUDGET_USD_OPENAI: '0.5' })).toEqual([]);
  });
});

describe('prices', () => {
  const price = (input: number, validFrom?: string) => ({
    input,
    output: 1,
    cached: 1,
    ...(validFrom === undefined ? {} : { validFrom }),
  });
  const own = { m: [price(3, '2026-12-01'), price(1), price(2, '2026-06-01')], n: price(9, '2030-01-01') };

  test('that hold from a day on take over on that day, and their version says so', () => {
    const on = (day: string) => priceOf('m', pricesOn(own, new Date(`${day}T12:00:00Z`)));
    expect(on('2026-01-01')).toMatchObject({ price: { input: 1 }, version: '2026-11+own' });
    expect(on('2026-06-01')).toMatchObject({ price: { input: 2 }, version: '2026-11+own-2026-06-01' });
    expect(on('2026-12-24')).toMatchObject({ price: { input: 3 }, version: '2026-11+own-2026-12-01' });
    expect(pricesOn(own, new Date('2026-12-24'))).not.toHaveProperty('n');
  });

  test('of the table are the planning figures, for a thousand tokens of any kind', () => {
    for (const [model, per1k] of [
      ['gpt-4o', 0.005],
      ['claude-haiku-5', 0.015],
      ['jais-30b-chat', 0.002],
    ] as const) {
      const { price } = priceOf(model);
      expect([price.input, price.output, price.cached].map((usd) => usd / 1000)).toEqual([
        per1k,
        per1k,
        per1k,
      ]);
    }
  });
});

describe('expected tokens', () => {
  test('of the tickets of a stand-in are within 10 % of their count, Arabic and Latin ones each', () => {
    const random = createRandom('tokens');
    const texts = Array.from({ length: 600 }, (_, i) => composeUtterance(random.fork(`${i}`)).text).filter(
      (text) => text.length < 1000,
    );
    const counted = (some: readonly string[]) => some.reduce((sum, text) => sum + encode(text).length, 0);
    const expected = (some: readonly string[]) => some.reduce((sum, text) => sum + expectedTokens(text), 0);
    const arabic = texts.filter((text) => /[\u0620-\u064a]/.test(text));
    const latin = texts.filter((text) => !/[\u0620-\u064a]/.test(text));
    for (const some of [arabic, latin]) {
      expect(some.length).toBeGreaterThan(40);
      expect(Math.abs(expected(some) / counted(some) - 1)).toBeLessThan(0.1);
    }
  });

  test('of any text are a number of at least nothing, and of a long run no slower to tell', () => {
    expect(expectedTokens('')).toBe(0);
    expect(expectedTokens('ه'.repeat(1_000_000))).toBeGreaterThan(100_000);
    expect(expectedTokens('\ud800<|endoftext|>\u0000')).toBeGreaterThan(0);
  });
});
