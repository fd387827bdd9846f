// The stand-in for Bedrock, through the SDK of AWS: real signatures, schemas as text, forced tools, errors by their names.

import {
  BedrockRuntimeClient,
  BedrockRuntimeServiceException,
  ConverseCommand,
  type ConverseCommandInput,
  type ConverseCommandOutput,
} from '@aws-sdk/client-bedrock-runtime';
import { afterEach, expect, test } from 'vitest';
import { type BedrockOptions, type BedrockSandbox, startBedrock } from '../../sandbox/bedrock.ts';

const started: BedrockSandbox[] = [];
const clients: BedrockRuntimeClient[] = [];
async function start(
  options: BedrockOptions = {},
): Promise<{ readonly sandbox: BedrockSandbox; readonly client: BedrockRuntimeClient }> {
  const sandbox = await startBedrock(options);
  started.push(sandbox);
  return { sandbox, client: clientOf(sandbox) };
}
function clientOf(sandbox: BedrockSandbox, more: object = {}): BedrockRuntimeClient {
  const client = new BedrockRuntimeClient({
    region: sandbox.region,
    endpoint: sandbox.url,
    credentials: sandbox.accessKey,
    maxAttempts: 1,
    // By itself this client speaks HTTP/2 only, as it must for the operations that stream both ways.
    requestHandler: { handle },
    ...more,
  });
  clients.push(client);
  return client;
}
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(started.splice(0).map((one) => one.close()));
});

async function handle({
  path,
  headers,
  hostname,
  port,
  body,
}: {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly hostname: string;
  readonly port?: number;
  readonly body?: string;
}): Promise<{ response: { statusCode: number; headers: Record<string, string>; body: Uint8Array } }> {
  const answer = await fetch(`http://${hostname}:${port}${path}`, {
    method: 'POST',
    headers,
    body: body ?? '',
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return {
    response: { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: bytes },
  };
}

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
          id: { type: 'string' },
          label: { type: 'string', enum: ['positive', 'neutral', 'negative', 'mixed'] },
        },
      },
    },
  },
};
const ITEMS = [
  { id: 'a', text: 'شكراً لكم، الخدمة ممتازة' },
  { id: 'b', text: 'الطلب متأخر وما أحد يرد، أسوأ خدمة' },
];
const LABELS = {
  items: [
    { id: 'a', label: 'positive' },
    { id: 'b', label: 'negative' },
  ],
};
const CLAUDE = 'global.anthropic.claude-haiku-4-5-20251001-v1:0';
const textFormat = (schema: string): Partial<ConverseCommandInput> => ({
  outputConfig: {
    textFormat: { type: 'json_schema', structure: { jsonSchema: { name: 'labels', schema } } },
  },
});
const TOOL: Partial<ConverseCommandInput> = {
  outputConfig: undefined,
  toolConfig: {
    tools: [{ toolSpec: { name: 'report', inputSchema: { json: SCHEMA } } }],
    toolChoice: { tool: { name: 'report' } },
  },
};
async function ask(
  client: BedrockRuntimeClient,
  more: Partial<ConverseCommandInput> = {},
): Promise<ConverseCommandOutput> {
  return await client.send(
    new ConverseCommand({
      modelId: CLAUDE,
      system: [{ text: 'Label the feedback.' }],
      messages: [{ role: 'user', content: [{ text: JSON.stringify({ items: ITEMS }) }] }],
      inferenceConfig: { maxTokens: 500, temperature: 0 },
      ...textFormat(JSON.stringify(SCHEMA)),
      ...more,
    }),
  );
}

test('a conversation is labelled in the schema that was asked for, and billed as its usage says', async () => {
  const { sandbox, client } = await start();
  const answer = await ask(client);
  expect(JSON.parse(answer.output?.message?.content?.[0]?.text ?? '')).toEqual(LABELS);
  expect(answer.stopReason).toBe('end_turn');
  expect(answer.metrics?.latencyMs).toBeGreaterThan(0);
  const { inputTokens = 0, outputTokens = 0 } = answer.usage ?? {};
  expect(sandbox.invoice()).toMatchObject({ promptTokens: inputTokens, completionTokens: outputTokens });
  expect(sandbox.invoice().usd).toBeCloseTo((inputTokens + outputTokens * 5) / 1e6, 9);
});

test('a forced tool is called with what it asks for, by models that know no schema too', async () => {
  const { client } = await start();
  const answer = await ask(client, { modelId: 'amazon.nova-lite-v1:0', ...TOOL });
  expect(answer.stopReason).toBe('tool_use');
  expect(answer.output?.message?.content?.[0]?.toolUse).toMatchObject({ name: 'report', input: LABELS });
});

test('a temporary key is taken with its token only', async () => {
  const accessKey = { accessKeyId: 'ASIASANDBOX', secretAccessKey: 'a/b+c', sessionToken: 'tok/en==' };
  const { sandbox, client } = await start({ accessKey });
  await ask(client);
  const { sessionToken: _, ...without } = accessKey;
  await expect(ask(clientOf(sandbox, { credentials: without }))).rejects.toMatchObject({
    name: 'UnrecognizedClientException',
  });
});

test('a signature of another secret, region, time or body is not taken', async () => {
  const { sandbox, client } = await start();
  const { accessKeyId } = sandbox.accessKey;
  const stranger = clientOf(sandbox, { credentials: { accessKeyId, secretAccessKey: 'another' } });
  await expect(ask(stranger)).rejects.toMatchObject({ name: 'InvalidSignatureException' });
  await expect(ask(clientOf(sandbox, { region: 'eu-central-1' }))).rejects.toThrow('valid region');
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: string };
      request.body = request.body.replace('ممتازة', 'ممتازا');
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  await expect(ask(client)).rejects.toThrow('does not match');
  sandbox.clock.advance(10 * 60_000);
  await expect(ask(clientOf(sandbox))).rejects.toThrow('Signature expired');
  const bare = await fetch(`${sandbox.url}/model/${encodeURIComponent(CLAUDE)}/converse`, {
    method: 'POST',
    body: '{}',
  });
  expect([bare.status, bare.headers.get('x-amzn-errortype')?.split(':')[0]]).toEqual([
    403,
    'MissingAuthenticationTokenException',
  ]);
});

test.each([
  ['an open object', textFormat('{"type":"object"}'), 'additionalProperties'],
  ['a schema that is no JSON', textFormat('{'), 'not valid JSON'],
  ['a schema for a model without', { modelId: 'amazon.nova-lite-v1:0' }, 'outputConfig.textFormat'],
  ['a tool for a model without', { modelId: 'meta.llama3-8b-instruct-v1:0', ...TOOL }, 'tool use'],
  [
    'a tool that is not there',
    { ...TOOL, toolConfig: { tools: TOOL.toolConfig?.tools, toolChoice: { tool: { name: 'x' } } } },
    'toolChoice',
  ],
  ['an unknown model', { modelId: 'anthropic.claude-9' }, 'model identifier is invalid'],
  ['no message', { messages: [] }, 'must start with a user message'],
  ['a blank message', { messages: [{ role: 'user' as const, content: [{ text: ' ' }] }] }, 'blank'],
  [
    'more output than the model writes',
    { inferenceConfig: { maxTokens: 20_000 } },
    'exceeds the model limit',
  ],
  [
    'more than the context holds',
    { messages: [{ role: 'user' as const, content: [{ text: 'كلمة '.repeat(200_000) }] }] },
    'too long',
  ],
])('%s is a validation error', async (_what, more, words) => {
  const { sandbox, client } = await start();
  const error = await ask(client, more as Partial<ConverseCommandInput>).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'ValidationException' });
  expect(String(error)).toContain(words);
  expect(sandbox.invoice().billed).toBe(0);
});

test('a schema as an object is not of this wire', async () => {
  const { client } = await start();
  client.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: string };
      request.body = request.body.replace(JSON.stringify(JSON.stringify(SCHEMA)), JSON.stringify(SCHEMA));
      return next(args);
    },
    { step: 'serialize', priority: 'low' },
  );
  await expect(ask(client)).rejects.toMatchObject({ name: 'SerializationException' });
});

test('guardrails, filters and cuts end an answer, each by its name', async () => {
  const { sandbox, client } = await start();
  for (const [what, reason] of [
    ['content_filter', 'guardrail_intervened'],
    ['content_filter_finish', 'content_filtered'],
    ['refusal', 'content_filtered'],
    ['length', 'max_tokens'],
  ] as const) {
    sandbox.faults.set([{ kind: 'model', what }]);
    expect([what, (await ask(client)).stopReason]).toEqual([what, reason]);
  }
  expect((await ask(client, { inferenceConfig: { maxTokens: 4 } })).stopReason).toBe('max_tokens');
});

test('errors carry the names that the SDK knows, and none of them is billed', async () => {
  const { sandbox, client } = await start({ requestsPerMinute: 1 });
  for (const [status, name] of [
    [403, 'AccessDeniedException'],
    [404, 'ResourceNotFoundException'],
    [408, 'ModelTimeoutException'],
    [424, 'ModelErrorException'],
    [429, 'ThrottlingException'],
    [500, 'InternalServerException'],
    [503, 'ServiceUnavailableException'],
  ] as const) {
    sandbox.faults.set([{ kind: 'status', status }]);
    const error = await ask(client).catch((thrown: unknown) => thrown);
    if (!(error instanceof BedrockRuntimeServiceException)) throw error;
    expect([error.name, error.$metadata.httpStatusCode]).toEqual([name, status]);
    expect(error.$metadata.requestId).not.toBe('');
  }
  sandbox.faults.clear();
  await expect(ask(client, { modelId: 'anthropic.claude-3-5-haiku-20241022-v1:0' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  expect(sandbox.invoice().billed).toBe(0);
  sandbox.faults.set([{ kind: 'model', what: 'insufficient_quota' }]);
  await expect(ask(client)).rejects.toThrow('INVALID_PAYMENT_INSTRUMENT');
  await expect(ask(client)).rejects.toMatchObject({ name: 'ThrottlingException' });
});
