// Claude as a label provider, beyond the contract: models that lack a part of the API, money in its four shapes, limits, batches.

import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { asPipelineError, type PipelineError } from '../../core/errors.ts';
import type { Context, HttpRequest, LabelRequest } from '../../core/types.ts';
import { type AnthropicOptions, type AnthropicSandbox, startAnthropic } from '../../sandbox/anthropic.ts';
import { anthropicProblems, anthropicProvider } from '../../transforms/sentiment/anthropic.ts';
import { labelsOf, loopbackContext, PACK, SINGLE, scriptedContext } from './llm-context.ts';
import { anthropicOf } from './model-vendors.ts';

const started: AnthropicSandbox[] = [];
async function start(options: AnthropicOptions = {}): Promise<AnthropicSandbox> {
  const sandbox = await startAnthropic(options);
  started.push(sandbox);
  return sandbox;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
});

const failure = async (work: Promise<unknown>): Promise<PipelineError> =>
  await work.then(
    () => {
      throw new Error('It ended well, where it should have failed.');
    },
    (thrown: unknown) => asPipelineError(thrown),
  );
const LABELS = { a1: 'positive', b2: 'negative', c3: 'neutral' };

test('without a key there is no provider and no problem; with one, what is set must make sense', () => {
  expect(anthropicProvider({})).toBeUndefined();
  expect(anthropicProblems({ ANTHROPIC_BASE_URL: 'nonsense' })).toEqual([]);
  const wrong = {
    ANTHROPIC_API_KEY: 'sk ant',
    ANTHROPIC_BASE_URL: 'ftp://x',
    ANTHROPIC_MODEL: 'claude haiku',
  };
  expect(anthropicProblems(wrong).map(({ name }) => name)).toEqual(Object.keys(wrong));
  expect(anthropicProvider({ ANTHROPIC_API_KEY: 'sk-ant' })).toMatchObject({
    name: 'anthropic',
    model: 'claude-haiku-5-5',
  });
});

test('a model without response schemas is forced to call a tool, and asked so from then on', async () => {
  const sandbox = await start();
  const provider = anthropicOf(sandbox, { ANTHROPIC_MODEL: 'claude-3-haiku-20240307' });
  const context = loopbackContext();
  for (const requests of [2, 1]) {
    sandbox.journal.clear();
    expect(labelsOf((await provider.label(PACK, context)).outcomes)).toEqual(LABELS);
    expect(sandbox.journal.list()).toHaveLength(requests);
  }
  const told = context.logged.filter(({ event }) => event === 'label.parameter_refused');
  expect(told.map(({ fields }) => fields['parameter'])).toEqual(['output_config']);
});

test('a model that cannot do without thoughts is let think, and its thoughts are in the bill', async () => {
  const sandbox = await start();
  const provider = anthropicOf(sandbox, { ANTHROPIC_MODEL: 'claude-fable-5-2' });
  const answer = await provider.label(PACK, loopbackContext());
  expect(labelsOf(answer.outcomes)).toEqual(LABELS);
  expect(answer.tokensOut).toBe(sandbox.invoice().completionTokens);
});

test('a server that takes neither schema nor tool is told in words', async () => {
  const said: string[] = [];
  const context = scriptedContext((_request, sent) => {
    if ('output_config' in sent) return badRequest('output_config: Extra inputs are not permitted');
    if ('tools' in sent) return badRequest('tools: Extra inputs are not permitted');
    said.push(String(sent['system']));
    return { body: messageOf('{"items":[]}') };
  });
  const error = await failure(providerWithKey().label(SINGLE, context));
  expect(error.code).toBe('label.wrong_ids');
  expect(said[0]).toContain('"items":[{"id"');
});

const badRequest = (message: string): { status: number; body: unknown } => ({
  status: 400,
  body: { type: 'error', error: { type: 'invalid_request_error', message } },
});
const messageOf = (text: string): object => ({
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-5-5',
  content: [{ type: 'text', text }],
  stop_reason: 'end_turn',
  usage: {
    input_tokens: 700,
    output_tokens: 50,
    cache_read_input_tokens: 300,
    cache_creation_input_tokens: 100,
  },
});
function providerWithKey(): NonNullable<ReturnType<typeof anthropicProvider>> {
  const provider = anthropicProvider({ ANTHROPIC_API_KEY: 'sk-ant-test' });
  if (provider === undefined) throw new Error('there is a key');
  return provider;
}

test('what was cached is a part of the input', async () => {
  const context = scriptedContext(() => ({
    body: messageOf(
      '{"items":[{"id":"a1","label":"positive","score":0.8,"confidence":0.9,"topics":[],"urgency":"low","intent":"praise","summary":"شكر"}]}',
    ),
  }));
  const answer = await providerWithKey().label(SINGLE, context);
  expect(answer).toMatchObject({ tokensIn: 1100, tokensOut: 50, tokensCached: 300 });
});

test('money is told apart from limits in all its shapes, and from a request that is wrong', async () => {
  const shapes: readonly (readonly [number, object, string])[] = [
    [402, { type: 'billing_error', message: 'x' }, 'label.no_money'],
    [
      429,
      { type: 'rate_limit_error', message: 'x', details: { error_code: 'enforced_spend_limit_reached' } },
      'label.no_money',
    ],
    [
      429,
      { type: 'rate_limit_error', message: 'x', details: { error_code: 'contract_spend_limit_reached' } },
      'label.no_money',
    ],
    [
      400,
      { type: 'invalid_request_error', message: 'You have reached your specified API usage limits.' },
      'label.no_money',
    ],
    [
      400,
      { type: 'invalid_request_error', message: 'Your credit balance is too low to access the API.' },
      'label.no_money',
    ],
    [
      429,
      { type: 'rate_limit_error', message: 'x', details: { error_code: 'ramp_limit_exceeded' } },
      'label.rate_limited',
    ],
    [400, { type: 'invalid_request_error', message: 'prompt is too long' }, 'label.rejected'],
    [529, { type: 'overloaded_error', message: 'Overloaded' }, 'label.unavailable'],
  ];
  for (const [status, error, code] of shapes) {
    const context = scriptedContext(() => ({ status, body: { type: 'error', error } }));
    const thrown = await failure(providerWithKey().label(SINGLE, context));
    expect([error, thrown.code]).toEqual([error, code]);
    expect(context.requests).toHaveLength(1);
  }
});

test('whatever a gateway answers, there is no label that nobody gave', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.constantFrom(200, 400, 404, 429, 500), async (body, status) => {
      const context = scriptedContext(() => ({ status, body: JSON.stringify(body) }));
      const error = await failure(providerWithKey().label(SINGLE, context));
      expect(error.code).toMatch(/^label\.[a-z_]+$/);
      expect(error.kind).not.toBe('bug');
    }),
    { numRuns: 60 },
  );
});

test('the tightest limit is learned, counted in requests like this one', async () => {
  const sandbox = await start({ inputTokensPerMinute: 12_000 });
  const learned: unknown[] = [];
  const context: Context = loopbackContext();
  const spying: Context = {
    ...context,
    fetch: (request: HttpRequest) =>
      context.fetch({
        ...request,
        limits: (headers) => {
          const limits = request.limits?.(headers) ?? [];
          learned.push(...limits);
          return limits;
        },
      }),
  };
  await anthropicOf(sandbox).label(PACK, spying);
  expect(learned).toHaveLength(1);
  const [limit] = learned as { bucket: string; remaining: number; limit: number; resetMs: number }[];
  expect(limit?.bucket).toBe('anthropic/messages');
  expect(limit?.remaining).toBeLessThan(12);
  expect(limit?.limit).toBeLessThanOrEqual(12);
  expect(limit?.resetMs).toBeLessThanOrEqual(61_000);
});

test('the key goes in both headers, to the base URL and nowhere else', async () => {
  const context = scriptedContext(() => ({ body: messageOf('{"items":[]}') }));
  const provider = anthropicProvider({
    ANTHROPIC_API_KEY: 'sk-ant-test',
    ANTHROPIC_BASE_URL: 'https://gateway.example/claude/',
  });
  await failure(provider?.label(SINGLE, context) ?? Promise.resolve());
  const [request] = context.requests;
  expect(request?.url).toBe('https://gateway.example/claude/v1/messages');
  expect(request?.headers).toMatchObject({ 'x-api-key': 'sk-ant-test', authorization: 'Bearer sk-ant-test' });
});

test('the day on which a model ends is read from the list of models', async () => {
  const sandbox = await start();
  const endOf = (model: string): Promise<string | null> | undefined =>
    anthropicOf(sandbox, { ANTHROPIC_MODEL: model }).retiresOn?.(loopbackContext());
  expect(await endOf('claude-3-haiku-20240307')).toBe('2099-04-20');
  expect(await endOf('claude-haiku-5-5')).toBeNull();
  expect(await endOf('claude-that-nobody-knows')).toBeNull();
  expect(sandbox.invoice().billed).toBe(0);
});

// -------------------------------------------------------------------------------------------------------------- batches

const HOUR_MS = 3600_000;
const PACKS: ReadonlyMap<string, readonly LabelRequest[]> = new Map([['p1', PACK]]);

test('a batch that may be ours and is worked on is never said to be none', async () => {
  const sandbox = await start({ batchMs: HOUR_MS });
  const batches = anthropicOf(sandbox).batches;
  const own = await batches?.submit('mine', PACKS, loopbackContext());
  // The same process knows what it has submitted; another one cannot see it before it has ended.
  expect(await batches?.find('mine', loopbackContext())).toBe(own);
  expect(await batches?.find('another', loopbackContext())).toBeUndefined();
  const later = anthropicOf(sandbox).batches;
  const early = await failure(later?.find('mine', loopbackContext()) ?? Promise.resolve());
  expect(early).toMatchObject({ kind: 'transient', code: 'label.batch_unseen' });
  sandbox.clock.advance(HOUR_MS);
  expect(await later?.find('mine', loopbackContext())).toBe(own);
  expect(await later?.find('another', loopbackContext())).toBeUndefined();
});

test('batches of others in the same workspace are read once and are not ours', async () => {
  const sandbox = await start();
  const params = { model: 'claude-haiku-5-5', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] };
  await fetch(`${sandbox.url}/v1/messages/batches`, {
    method: 'POST',
    headers: { 'x-api-key': sandbox.apiKey, 'anthropic-version': '2026-10-21' },
    body: JSON.stringify({ requests: [{ custom_id: 'theirs', params }] }),
  });
  const batches = anthropicOf(sandbox).batches;
  for (let i = 0; i < 2; i++) expect(await batches?.find('mine', loopbackContext())).toBeUndefined();
  expect(sandbox.journal.list().filter(({ path }) => path.endsWith('/results'))).toHaveLength(1);
});

test('a name that the vendor does not take, and more than a batch holds, are told before anything is sent', async () => {
  const sandbox = await start();
  const batches = anthropicOf(sandbox).batches;
  const named = new Map([['a name with blanks', SINGLE]]);
  expect(await failure(batches?.submit('i', named, loopbackContext()) ?? Promise.resolve())).toMatchObject({
    kind: 'bug',
    code: 'label.batch_name',
  });
  const many = new Map(Array.from({ length: 10_001 }, (_, i) => [`p${i}`, SINGLE]));
  expect(await failure(batches?.submit('i', many, loopbackContext()) ?? Promise.resolve())).toMatchObject({
    kind: 'data',
    code: 'label.batch_too_large',
  });
  expect(sandbox.journal.list()).toEqual([]);
});

test('a line of the results that cannot be read costs its own pack only', async () => {
  const sandbox = await start();
  const provider = anthropicOf(sandbox);
  const packs = new Map([
    ['p1', PACK],
    ['p2', SINGLE],
  ]);
  const id = (await provider.batches?.submit('mine', packs, loopbackContext())) ?? '';
  const context = loopbackContext();
  const broken: Context = {
    ...context,
    fetch: async (request) => {
      const answer = await context.fetch(request);
      if (!request.url.endsWith('/results')) return answer;
      const lines = answer.text.split('\n');
      const text = [
        ...lines.map((line) => (line.includes('_p2"') ? line.slice(0, -9) : line)),
        '[]',
        'null',
        '{"custom_id":7}',
      ].join('\n');
      return { ...answer, text };
    },
  };
  const answers = await provider.batches?.collect(id, packs, broken);
  expect(answers?.get('p1')).toHaveProperty('outcomes');
  expect(answers?.get('p2')).toMatchObject({ kind: 'transient', code: 'label.lost' });
});

test('a model that lacks a part of the API costs one batch, not all of them', async () => {
  const sandbox = await start();
  const provider = anthropicOf(sandbox, { ANTHROPIC_MODEL: 'claude-3-haiku-20240307' });
  const packs = new Map([
    ['p1', PACK],
    ['p2', SINGLE],
  ]);
  const run = async (): Promise<readonly unknown[]> => {
    const id = (await provider.batches?.submit('mine', packs, loopbackContext())) ?? '';
    return [...((await provider.batches?.collect(id, packs, loopbackContext())) ?? new Map()).values()];
  };
  const refused = { kind: 'transient', code: 'label.parameter_refused' };
  expect(await run()).toMatchObject([refused, refused]);
  expect(sandbox.invoice().billed).toBe(0);
  expect(await run()).toMatchObject([{ outcomes: { length: 3 } }, { outcomes: { length: 1 } }]);
});
