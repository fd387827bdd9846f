// The stand-in for Claude, through the vendor's own SDK: messages, counting, batches, limits, and every way it says no.
// Above 300 lines: the stand-in makes that many promises.

import { Anthropic } from '@anthropic-ai/sdk';
import { afterEach, expect, test } from 'vitest';
import { type AnthropicOptions, type AnthropicSandbox, startAnthropic } from '../../sandbox/anthropic.ts';

const started: AnthropicSandbox[] = [];
async function start(
  options: AnthropicOptions = {},
): Promise<{ readonly sandbox: AnthropicSandbox; readonly client: Anthropic }> {
  const sandbox = await startAnthropic(options);
  started.push(sandbox);
  return { sandbox, client: clientOf(sandbox, sandbox.apiKey) };
}
const clientOf = (sandbox: AnthropicSandbox, apiKey: string, more: object = {}): Anthropic =>
  new Anthropic({ baseURL: sandbox.url, apiKey, maxRetries: 0, timeout: 60_000, ...more });
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
});

const TEXT = { type: 'string' };
const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['items'],
  properties: {
    items: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'label'],
        properties: {
          id: TEXT,
          label: { type: 'string', enum: ['positive', 'neutral', 'negative', 'mixed'] },
        },
      },
    },
  },
} as const;
const ITEMS = [
  { id: 'a', text: 'شكراً لكم، الخدمة ممتازة' },
  { id: 'b', text: 'الطلب متأخر وما أحد يرد، أسوأ خدمة' },
];
const FORMAT = { output_config: { format: { type: 'json_schema', schema: SCHEMA } } } as const;
const ASKED: Anthropic.MessageCreateParamsNonStreaming = {
  model: 'claude-haiku-5-5',
  max_tokens: 500,
  system: 'Label the feedback.',
  messages: [{ role: 'user', content: JSON.stringify({ items: ITEMS }) }],
  ...FORMAT,
};
const ask = (client: Anthropic, more: object = {}): Promise<Anthropic.Message> =>
  client.messages.create({ ...ASKED, ...more });

const textOf = (message: Anthropic.Message): string =>
  message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
const labelsIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    (
      JSON.parse(text) as { readonly items: readonly { readonly id: string; readonly label: string }[] }
    ).items.map(({ id, label }) => [id, label]),
  );

test('a message is labelled in the schema that was asked for, and billed as its usage says', async () => {
  const { sandbox, client } = await start();
  const message = await ask(client);
  expect(labelsIn(textOf(message))).toEqual({ a: 'positive', b: 'negative' });
  expect(message).toMatchObject({ role: 'assistant', model: ASKED.model, stop_reason: 'end_turn' });
  const { input_tokens, output_tokens } = message.usage;
  expect(sandbox.invoice()).toMatchObject({ promptTokens: input_tokens, completionTokens: output_tokens });
  expect(sandbox.invoice().usd).toBeCloseTo((input_tokens * 1 + output_tokens * 5) / 1e6, 9);
  const counted = await client.messages.countTokens({
    model: ASKED.model,
    messages: ASKED.messages,
    system: 'Label the feedback.',
    ...FORMAT,
  });
  expect(counted.input_tokens).toBe(input_tokens);
});

test('a forced tool is called with what it asks for', async () => {
  const { client } = await start();
  const message = await ask(client, {
    output_config: undefined,
    tools: [{ name: 'report', input_schema: SCHEMA, strict: true }],
    tool_choice: { type: 'tool', name: 'report' },
  });
  expect(message.stop_reason).toBe('tool_use');
  const [block] = message.content;
  if (block?.type !== 'tool_use') throw new Error('no tool was called');
  expect(block.name).toBe('report');
  expect(labelsIn(JSON.stringify(block.input))).toEqual({ a: 'positive', b: 'negative' });
});

test('the limits are told with each answer, in instants, and one request too many is told when to come back', async () => {
  const { sandbox, client } = await start({ requestsPerMinute: 2, now: new Date('2026-11-29T10:00:00Z') });
  const { response } = await client.messages.create(ASKED).withResponse();
  expect(response.headers.get('anthropic-ratelimit-requests-limit')).toBe('2');
  expect(response.headers.get('anthropic-ratelimit-requests-remaining')).toBe('1');
  expect(response.headers.get('anthropic-ratelimit-requests-reset')).toMatch(/^2026-11-29T10:0\d:\d\dZ$/);
  expect(response.headers.get('anthropic-ratelimit-input-tokens-limit')).not.toBeNull();
  expect(response.headers.get('anthropic-ratelimit-output-tokens-reset')).not.toBeNull();
  expect(response.headers.get('x-ratelimit-limit-requests')).toBeNull();
  expect(response.headers.get('request-id')).toMatch(/^req_/);
  await ask(client);
  const error = await ask(client).catch((thrown: unknown) => thrown);
  if (!(error instanceof Anthropic.RateLimitError)) throw error;
  expect(error.type).toBe('rate_limit_error');
  expect(Number(error.headers.get('retry-after'))).toBeGreaterThan(0);
  sandbox.clock.advance(60_000);
  await ask(client);
});

test('tokens are limited too: of input before the answer, of output after it', async () => {
  const input = await start({ inputTokensPerMinute: 200 });
  await ask(input.client);
  await expect(ask(input.client)).rejects.toMatchObject({ status: 429 });
  const output = await start({ outputTokensPerMinute: 10 });
  await ask(output.client);
  await expect(ask(output.client)).rejects.toMatchObject({ status: 429 });
});

test.each([
  ['a limit of output', { max_tokens: undefined }, 400, 'max_tokens: Field required'],
  ['a limit of output that is one', { max_tokens: 0 }, 400, 'greater than or equal to 1'],
  ['less output than the model can write', { max_tokens: 70_000 }, 400, 'maximum allowed number'],
  ['messages', { messages: [] }, 400, 'at least one message'],
  ['the user to begin', { messages: [{ role: 'assistant', content: 'x' }] }, 400, 'first message'],
  ['words', { messages: [{ role: 'user', content: ' ' }] }, 400, 'non-empty'],
  ['only what it knows', { retries: 3 }, 400, 'retries: Extra inputs are not permitted'],
  ['no temperature since October 2026', { temperature: 1 }, 400, 'temperature: Extra inputs'],
  ['a model', { model: 'claude-9' }, 404, 'model: claude-9'],
  ['a model that was not retired', { model: 'claude-3-5-haiku-20241022' }, 404, 'claude-3-5-haiku'],
  ['a model that knows schemas', { model: 'claude-3-haiku-20240307' }, 400, 'output_config.format'],
  [
    'thoughts of who cannot do without',
    { model: 'claude-fable-5-2', thinking: { type: 'disabled' } },
    400,
    'thinking',
  ],
  ['a tool that is there', { tools: [], tool_choice: { type: 'tool', name: 'x' } }, 400, 'tool_choice'],
  [
    'a context that holds it',
    { messages: [{ role: 'user', content: 'كلمة '.repeat(200_000) }] },
    400,
    'too long',
  ],
])('it asks for %s', async (_what, more, status, words) => {
  const { sandbox, client } = await start();
  const error = await ask(client, more).catch((thrown: unknown) => thrown);
  if (!(error instanceof Anthropic.APIError)) throw error;
  expect([error.status, error.type]).toEqual([
    status,
    status === 404 ? 'not_found_error' : 'invalid_request_error',
  ]);
  expect(error.message).toContain(words);
  expect(sandbox.invoice().billed).toBe(0);
});

const asRoot = (properties: object, more: object = {}): object => ({
  output_config: {
    format: {
      type: 'json_schema',
      schema: { type: 'object', additionalProperties: false, required: [], properties, ...more },
    },
  },
});

test.each([
  ['an open object', asRoot({}, { additionalProperties: true }), 'additionalProperties'],
  ['a range', asRoot({ score: { type: 'number', minimum: -1 } }), 'minimum'],
  ['a length', asRoot({ summary: { type: 'string', maxLength: 160 } }), 'maxLength'],
  ['two elements at least', asRoot({ list: { type: 'array', items: TEXT, minItems: 2 } }), 'minItems'],
  ['oneOf', asRoot({ one: { oneOf: [TEXT] } }), 'oneOf'],
  ['itself', asRoot({ again: { $ref: '#/properties/again' } }), 'Recursive'],
  ['a schema from elsewhere', asRoot({ x: { $ref: 'https://example.com/x.json' } }), 'External'],
  [
    '25 that may be missing',
    asRoot(Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`p${i}`, TEXT]))),
    'too many optional',
  ],
])('a schema with %s is refused', async (_what, more, words) => {
  const { client } = await start();
  await expect(ask(client, more)).rejects.toThrow(words);
});

test('keys go either way, the older one first, and each version of the API has its rules', async () => {
  const { sandbox } = await start();
  await ask(clientOf(sandbox, sandbox.apiKey));
  await ask(clientOf(sandbox, 'wrong', { defaultHeaders: { 'x-api-key': sandbox.apiKey } }));
  const stranger = clientOf(sandbox, 'wrong');
  await expect(ask(stranger)).rejects.toThrow(Anthropic.AuthenticationError);
  const older = clientOf(sandbox, sandbox.apiKey, { defaultHeaders: { 'anthropic-version': '2023-06-01' } });
  await ask(older, { model: 'claude-haiku-4-5', temperature: 0 });
  await expect(ask(older, { temperature: 0 })).rejects.toThrow('not supported for this model');
  const unversioned = clientOf(sandbox, sandbox.apiKey, {
    defaultHeaders: { 'anthropic-version': '2020-01-01' },
  });
  await expect(ask(unversioned)).rejects.toThrow('is not a valid version');
});

test('refusals, cuts, filters, empty purses and busy hours each show in their own way, and only answers are billed', async () => {
  const { sandbox, client } = await start();
  const answer = async (what: string): Promise<Anthropic.Message> => {
    sandbox.faults.set([{ kind: 'model', what }]);
    return await ask(client);
  };
  expect(await answer('refusal')).toMatchObject({
    stop_reason: 'refusal',
    stop_details: { type: 'refusal' },
  });
  expect(await answer('length')).toMatchObject({ stop_reason: 'max_tokens' });
  expect((await answer('model_changed')).model).not.toBe(ASKED.model);
  expect(await ask(client, { max_tokens: 5 })).toMatchObject({ stop_reason: 'max_tokens' });
  const { billed } = sandbox.invoice();
  await expect(answer('content_filter')).rejects.toThrow('content filtering policy');
  const spent = await answer('insufficient_quota').catch((thrown: unknown) => thrown);
  if (!(spent instanceof Anthropic.RateLimitError)) throw spent;
  expect(spent.errorCode).toBe('enforced_spend_limit_reached');
  expect(spent.headers.get('retry-after')).toBeNull();
  for (const [status, type] of [
    [402, 'billing_error'],
    [403, 'permission_error'],
    [500, 'api_error'],
    [504, 'timeout_error'],
    [529, 'overloaded_error'],
  ] as const) {
    sandbox.faults.set([{ kind: 'status', status }]);
    await expect(ask(client)).rejects.toMatchObject({ status, type });
  }
  expect(sandbox.invoice().billed).toBe(billed);
});

test('the spend limit ends it, once the bill has reached it', async () => {
  const { client } = await start({ spendLimitUsd: 0.0001 });
  await ask(client);
  await expect(ask(client)).rejects.toMatchObject({ errorCode: 'enforced_spend_limit_reached' });
});

test('models are listed with the day on which they end, those that have ended too', async () => {
  const { client } = await start();
  const ends: Record<string, readonly (string | null)[]> = {};
  for await (const { id, lifecycle, retires_at } of client.models.list()) ends[id] = [lifecycle, retires_at];
  expect(ends).toMatchObject({
    'claude-haiku-5-5': ['active', null],
    'claude-3-haiku-20240307': ['deprecated', '2099-04-20T00:00:00.000Z'],
    'claude-3-5-haiku-20241022': ['retired', '2026-02-19T00:00:00.000Z'],
  });
  expect((await client.models.retrieve('claude-haiku-5-5')).id).toBe('claude-haiku-5-5');
  await expect(client.models.retrieve('claude-9')).rejects.toThrow(Anthropic.NotFoundError);
});

// -------------------------------------------------------------------------------------------------------------- batches

const HOUR_MS = 3600_000;
const requests = (n: number): Anthropic.Messages.BatchCreateParams.Request[] =>
  Array.from({ length: n }, (_, i) => ({ custom_id: `r-${i}`, params: ASKED }));

async function resultsOf(
  client: Anthropic,
  id: string,
): Promise<readonly Anthropic.Messages.MessageBatchIndividualResponse[]> {
  const all: Anthropic.Messages.MessageBatchIndividualResponse[] = [];
  for await (const one of await client.messages.batches.results(id)) all.push(one);
  return all;
}

test('a batch is worked on, ends, and tells each request in no order at half the price', async () => {
  const { sandbox, client } = await start({ batchMs: HOUR_MS });
  const live = await ask(client);
  const before = sandbox.invoice().usd;
  const made = await client.messages.batches.create({ requests: requests(12) });
  expect(made).toMatchObject({ processing_status: 'in_progress', results_url: null, ended_at: null });
  expect(made.request_counts.processing).toBe(12);
  await expect(client.messages.batches.results(made.id)).rejects.toThrow('results_url');
  sandbox.clock.advance(HOUR_MS);
  const ended = await client.messages.batches.retrieve(made.id);
  expect(ended).toMatchObject({
    processing_status: 'ended',
    request_counts: { succeeded: 12, processing: 0 },
  });
  const results = await resultsOf(client, made.id);
  const ids = results.map(({ custom_id }) => custom_id);
  expect([...ids].sort()).toEqual(
    requests(12)
      .map(({ custom_id }) => custom_id)
      .sort(),
  );
  expect(ids).not.toEqual(requests(12).map(({ custom_id }) => custom_id));
  expect(results[0]?.result).toMatchObject({
    type: 'succeeded',
    message: { usage: live.usage.input_tokens ? { service_tier: 'batch' } : {} },
  });
  expect(sandbox.invoice().usd - before).toBeCloseTo(12 * (before / 2), 9);
});

test('what is wrong with one request of a batch is its own result', async () => {
  const { client } = await start();
  const [one, two, three] = requests(3);
  if (!one || !two || !three) throw new Error('three were made');
  const { max_tokens: _, ...without } = ASKED;
  const bad = { ...two, params: without as typeof ASKED };
  const gone = { ...three, params: { ...ASKED, model: 'claude-9' } };
  const made = await client.messages.batches.create({ requests: [one, bad, gone] });
  const results = await resultsOf(client, made.id);
  const byId = Object.fromEntries(results.map(({ custom_id, result }) => [custom_id, result]));
  expect(byId).toMatchObject({
    'r-0': { type: 'succeeded' },
    'r-1': { type: 'errored', error: { error: { type: 'invalid_request_error' } } },
    'r-2': { type: 'errored', error: { error: { type: 'not_found_error' } } },
  });
});

test('batches are listed page by page, newest first, and can be cancelled and deleted', async () => {
  const { sandbox, client } = await start({ batchMs: HOUR_MS });
  const made: string[] = [];
  for (let i = 0; i < 5; i++) made.push((await client.messages.batches.create({ requests: requests(1) })).id);
  const listed: string[] = [];
  for await (const batch of client.messages.batches.list({ limit: 2 })) listed.push(batch.id);
  expect(listed).toEqual([...made].reverse());
  const [first = '', second = ''] = made;
  await expect(client.messages.batches.delete(first)).rejects.toThrow('cancel it first');
  await client.messages.batches.cancel(first);
  expect((await resultsOf(client, first))[0]?.result.type).toBe('canceled');
  expect((await client.messages.batches.delete(first)).type).toBe('message_batch_deleted');
  await expect(client.messages.batches.retrieve(first)).rejects.toThrow(Anthropic.NotFoundError);
  sandbox.clock.advance(HOUR_MS);
  expect((await resultsOf(client, second))[0]?.result.type).toBe('succeeded');
});

test('a batch that takes longer than a day expires, and costs nothing', async () => {
  const { sandbox, client } = await start({ batchMs: 25 * HOUR_MS });
  const made = await client.messages.batches.create({ requests: requests(2) });
  sandbox.clock.advance(24 * HOUR_MS);
  expect((await resultsOf(client, made.id)).map(({ result }) => result.type)).toEqual(['expired', 'expired']);
  expect(sandbox.invoice().usd).toBe(0);
});

test.each([
  ['no request', []],
  ['a name twice', [...requests(1), ...requests(1)]],
  ['a name with other letters', [{ custom_id: 'a b', params: ASKED }]],
  ['a name of 65 letters', [{ custom_id: 'x'.repeat(65), params: ASKED }]],
])('a batch with %s is refused', async (_what, list) => {
  const { client } = await start();
  await expect(client.messages.batches.create({ requests: list })).rejects.toThrow(Anthropic.BadRequestError);
});
