// The provider against the stand-in endpoint: every fault gives the right status, and never a wrong label.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Environment, LabelProvider } from '../../core/types.ts';
import type { Fault } from '../../sandbox/faults.ts';
import { type OpenAISandbox, startOpenAI } from '../../sandbox/openai.ts';
import { labelsOf, loopbackContext, MODEL, PACK, providerOf, SINGLE } from './llm-context.ts';

const RIGHT = { a1: 'positive', b2: 'negative', c3: 'neutral' };

describe('the provider and a server', () => {
  let server: OpenAISandbox;
  beforeAll(async () => {
    server = await startOpenAI();
  });
  afterAll(() => server.close());
  beforeEach(() => server.faults.clear());

  const provider = (env: Environment = {}): LabelProvider =>
    providerOf({ OPENAI_API_KEY: server.apiKey, OPENAI_BASE_URL: server.baseUrl, ...env });
  const meet = (fault: Fault): void => server.faults.set([{ count: 'always', ...fault }]);
  const misbehave = (what: string): void => meet({ kind: 'model', what });

  test('label every text of a pack', async () => {
    const answer = await provider().label(PACK, loopbackContext());
    expect(labelsOf(answer.outcomes)).toEqual(RIGHT);
    expect(answer.model).toBe(MODEL);
  });

  test('agree on what it cost, and it was not more than the estimate', async () => {
    const before = server.invoice().usd;
    const answer = await provider().label(PACK, loopbackContext());
    expect(answer.costUsd).toBeCloseTo(server.invoice().usd - before, 9);
    expect(answer.costUsd).toBeLessThan(provider().estimateUsd(PACK));
  });

  for (const what of ['reordered', 'prose', 'fences', 'arabic_labels']) {
    test(`agree on the labels when the answer is ${what}`, async () => {
      misbehave(what);
      expect(labelsOf((await provider().label(PACK, loopbackContext())).outcomes)).toEqual(RIGHT);
    });
  }

  test('name the model that answered when it is another than asked for', async () => {
    misbehave('model_changed');
    expect((await provider().label(PACK, loopbackContext())).model).toBe(`${MODEL}-2099-01-01`);
  });

  const UNUSABLE: Readonly<Record<string, string>> = {
    null_content: 'label.unreadable',
    empty: 'label.unreadable',
    rubbish: 'label.unreadable',
    wrong_enum: 'label.unreadable',
    wrong_types: 'label.unreadable',
    nan_scores: 'label.unreadable',
    length: 'label.truncated',
    missing_ids: 'label.wrong_ids',
    duplicate_ids: 'label.wrong_ids',
    extra_ids: 'label.wrong_ids',
    foreign_ids: 'label.wrong_ids',
    refusal: 'label.refused',
    content_filter: 'label.refused',
    content_filter_finish: 'label.refused',
  };
  for (const [what, code] of Object.entries(UNUSABLE)) {
    test(`give no label and ${code} for a pack answered with ${what}`, async () => {
      misbehave(what);
      await expect(provider().label(PACK, loopbackContext())).rejects.toMatchObject({ kind: 'data', code });
    });
  }

  for (const [what, reason] of [
    ['refusal', 'refusal'],
    ['content_filter', 'content_filter'],
    ['content_filter_finish', 'content_filter'],
  ] as const) {
    test(`end in the outcome refused for a single text that meets ${what}`, async () => {
      misbehave(what);
      const answer = await provider().label(SINGLE, loopbackContext());
      expect(answer.outcomes).toEqual([{ id: 'a1', status: 'refused', reason }]);
    });
  }

  const TROUBLE: readonly (readonly [what: string, fault: Fault, kind: string, code: string])[] = [
    ['500', { kind: 'status', status: 500 }, 'transient', 'label.unavailable'],
    ['503', { kind: 'status', status: 503 }, 'transient', 'label.unavailable'],
    ['a reset', { kind: 'reset' }, 'transient', 'label.unavailable'],
    ['a lost answer', { kind: 'lost-answer' }, 'transient', 'label.unavailable'],
    ['a reset within the answer', { kind: 'reset-in-body' }, 'transient', 'label.unavailable'],
    ['half an answer', { kind: 'truncated' }, 'transient', 'label.unavailable'],
    ['half a chunked answer', { kind: 'truncated-chunked' }, 'transient', 'label.unavailable'],
    ['a page of HTML', { kind: 'html' }, 'transient', 'label.unavailable'],
    ['broken UTF-8', { kind: 'bad-utf8' }, 'transient', 'label.unavailable'],
    ['401', { kind: 'status', status: 401 }, 'config', 'label.unauthorized'],
    ['403', { kind: 'forbidden' }, 'config', 'label.unauthorized'],
    ['404', { kind: 'not-available' }, 'config', 'label.model_gone'],
    ['an empty purse', { kind: 'model', what: 'insufficient_quota' }, 'config', 'label.no_money'],
  ];
  for (const [what, fault, kind, code] of TROUBLE) {
    test(`end with ${kind} ${code} at ${what}, after one request`, async () => {
      meet(fault);
      const before = server.journal.list().length;
      await expect(provider().label(PACK, loopbackContext())).rejects.toMatchObject({ kind, code });
      expect(server.journal.list().length - before).toBe(1);
    });
  }

  test('wait as long as the server asks at a rate limit', async () => {
    meet({ kind: 'rate-limit', retryAfterSeconds: 7 });
    await expect(provider().label(PACK, loopbackContext())).rejects.toMatchObject({
      kind: 'transient',
      code: 'label.rate_limited',
      retryAfterMs: 7_000,
      status: 429,
    });
  });

  test('give up on a server that never answers', async () => {
    meet({ kind: 'hang' });
    await expect(provider().label(PACK, loopbackContext({ timeoutMs: 200 }))).rejects.toMatchObject({
      kind: 'transient',
      code: 'label.unavailable',
    });
  });

  test('end with the interruption when the run is interrupted', async () => {
    meet({ kind: 'hang' });
    const controller = new AbortController();
    const answer = provider().label(PACK, loopbackContext({ signal: controller.signal }));
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: 'run.interrupted' });
  });

  test('refuse the wrong key and an unknown model', async () => {
    await expect(
      provider({ OPENAI_API_KEY: 'sk-wrong' }).label(PACK, loopbackContext()),
    ).rejects.toMatchObject({
      code: 'label.unauthorized',
    });
    await expect(
      provider({ LLM_MODEL: 'gpt-3.5-turbo-0301' }).label(PACK, loopbackContext()),
    ).rejects.toMatchObject({
      kind: 'config',
      code: 'label.model_gone',
    });
  });

  test('never reach an address that the guard forbids', async () => {
    const forbidden = provider({ OPENAI_BASE_URL: 'http://169.254.169.254/v1' });
    await expect(forbidden.label(PACK, loopbackContext())).rejects.toMatchObject({
      kind: 'config',
      code: /^http\./,
    });
  });
});
