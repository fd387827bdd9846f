// Bedrock as a label provider, beyond the contract: models that lack a part of Converse, temporary keys, refusals by name.

import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { asPipelineError, type PipelineError } from '../../core/errors.ts';
import { type BedrockOptions, type BedrockSandbox, startBedrock } from '../../sandbox/bedrock.ts';
import { bedrockProblems, bedrockProvider } from '../../transforms/sentiment/bedrock.ts';
import { labelsOf, loopbackContext, PACK, SINGLE, scriptedContext } from './llm-context.ts';
import { bedrockOf } from './model-vendors.ts';

const started: BedrockSandbox[] = [];
async function start(options: BedrockOptions = {}): Promise<BedrockSandbox> {
  const sandbox = await startBedrock(options);
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
const ALL = {
  BEDROCK_MODEL: 'eu.anthropic.claude-x',
  AWS_ACCESS_KEY_ID: 'AKIA1',
  AWS_SECRET_ACCESS_KEY: 'secret-1',
  AWS_REGION: 'eu-central-1',
};

test('it is the model that asks for it: keys of AWS serve much else', () => {
  const { BEDROCK_MODEL: model, ...keys } = ALL;
  expect(bedrockProvider(keys)).toBeUndefined();
  expect(bedrockProblems(keys)).toEqual([]);
  expect(bedrockProblems({ BEDROCK_MODEL: model }).map(({ name }) => name)).toEqual(Object.keys(keys));
  for (const name of Object.keys(keys)) expect(bedrockProvider({ ...ALL, [name]: ' ' })).toBeUndefined();
  const wrong = {
    BEDROCK_MODEL: 'a b',
    AWS_SECRET_ACCESS_KEY: 'a b',
    AWS_SESSION_TOKEN: 'مفتاح',
    BEDROCK_BASE_URL: 'x',
  };
  expect(bedrockProblems({ ...ALL, ...wrong }).map(({ name }) => name)).toEqual(Object.keys(wrong));
});

test('a model is priced by its family, wherever it is served from, and by its own price first', () => {
  const price = { input: 7, output: 7, cached: 7 };
  const version = (model: string, prices = {}): string | undefined =>
    bedrockProvider({ ...ALL, BEDROCK_MODEL: model }, prices)?.priceVersion;
  const listed = version('anthropic.claude-haiku-4-5-20251001-v1:0');
  expect(listed).not.toContain('dearest');
  for (const model of [
    'global.anthropic.claude-haiku-4-5-20251001-v1:0',
    'arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0',
  ]) {
    expect(version(model)).toBe(listed);
    expect(version(model, { [model]: price })).toContain('own');
  }
  expect(version('amazon.nova-lite-v1:0', { 'nova-lite': price })).toContain('own');
  expect(version('amazon.nova-lite-v1:0')).toContain('dearest');
});

test.each([
  ['amazon.nova-lite-v1:0', ['textFormat'], [2, 1]],
  ['meta.llama3-8b-instruct-v1:0', ['textFormat', 'toolConfig'], [3, 1]],
])(
  '%s gets what it takes: a tool instead of a schema, words instead of a tool',
  async (model, lacking, requests) => {
    const sandbox = await start();
    const provider = bedrockOf(sandbox, { BEDROCK_MODEL: model });
    const context = loopbackContext();
    for (const count of requests) {
      sandbox.journal.clear();
      expect(labelsOf((await provider.label(PACK, context)).outcomes)).toEqual(LABELS);
      expect(sandbox.journal.list()).toHaveLength(count);
    }
    const told = context.logged.filter(({ event }) => event === 'label.parameter_refused');
    expect(told.map(({ fields }) => fields['parameter'])).toEqual(lacking);
  },
);

test('a temporary key is signed with its token', async () => {
  const accessKey = { accessKeyId: 'ASIA1', secretAccessKey: 'a/b+c', sessionToken: 'tok/en==' };
  const sandbox = await start({ accessKey });
  expect(labelsOf((await bedrockOf(sandbox).label(PACK, loopbackContext())).outcomes)).toEqual(LABELS);
  const without = bedrockOf(sandbox, { AWS_SESSION_TOKEN: undefined });
  expect((await failure(without.label(SINGLE, loopbackContext()))).code).toBe('label.unauthorized');
});

test('the process’s own settings of AWS do not reach the request', async () => {
  const sandbox = await start();
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_BEARER_TOKEN_BEDROCK: 'bearer-of-the-process',
    AWS_ACCESS_KEY_ID: 'AKIAOTHER',
    AWS_REGION: 'mars-1',
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://127.0.0.1:9',
  });
  try {
    expect(labelsOf((await bedrockOf(sandbox).label(PACK, loopbackContext())).outcomes)).toEqual(LABELS);
  } finally {
    process.env = before;
  }
});

test('refusals are told apart by their names', async () => {
  const shapes: readonly (readonly [number, string, string, string])[] = [
    [429, 'ThrottlingException', 'Too many tokens, please wait', 'label.rate_limited'],
    [429, 'ModelNotReadyException', 'x', 'label.rate_limited'],
    [424, 'ModelErrorException', 'x', 'label.unavailable'],
    [408, 'ModelTimeoutException', 'x', 'label.unavailable'],
    [503, 'ServiceUnavailableException', 'x', 'label.unavailable'],
    [403, 'AccessDeniedException', 'x', 'label.unauthorized'],
    [403, 'AccessDeniedException', 'due to INVALID_PAYMENT_INSTRUMENT', 'label.no_money'],
    [403, 'ExpiredTokenException', 'x', 'label.unauthorized'],
    [404, 'ResourceNotFoundException', 'end of its life', 'label.model_gone'],
    [400, 'ValidationException', 'The provided model identifier is invalid.', 'label.model_gone'],
    [400, 'ValidationException', 'Invocation with on-demand throughput isn’t supported.', 'label.model_gone'],
    [400, 'ValidationException', 'prompt is too long', 'label.rejected'],
  ];
  for (const [status, name, message, code] of shapes) {
    const context = scriptedContext(() => ({
      status,
      body: { message },
      headers: { 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/` },
    }));
    const error = await failure(providerOf().label(SINGLE, context));
    expect([name, message, error.code]).toEqual([name, message, code]);
    expect(error.message).not.toContain(message.length > 1 ? message : 'nothing');
    expect(context.requests).toHaveLength(1);
  }
});

function providerOf(): NonNullable<ReturnType<typeof bedrockProvider>> {
  const provider = bedrockProvider(ALL);
  if (provider === undefined) throw new Error('everything is set');
  return provider;
}

test('the request goes to the region, signed, with the schema as a text', async () => {
  const context = scriptedContext(() => ({ status: 503, body: { message: 'x' } }));
  await failure(providerOf().label(SINGLE, context));
  const [request] = context.requests;
  expect(request?.url).toBe(
    'https://bedrock-runtime.eu-central-1.amazonaws.com/model/eu.anthropic.claude-x/converse',
  );
  expect(request?.headers?.['authorization']).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIA1\/\d{8}\/eu-central-1\/bedrock\//,
  );
  const sent = JSON.parse(request?.body ?? '{}') as {
    readonly outputConfig: {
      readonly textFormat: { readonly structure: { readonly jsonSchema: { readonly schema: unknown } } };
    };
  };
  const { schema } = sent.outputConfig.textFormat.structure.jsonSchema;
  expect(JSON.parse(String(schema))).toHaveProperty('properties.items');
});

test('whatever an endpoint answers, there is no label that nobody gave', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.constantFrom(200, 400, 404, 429, 500), async (body, status) => {
      const context = scriptedContext(() => ({ status, body: JSON.stringify(body) }));
      const error = await failure(providerOf().label(SINGLE, context));
      expect(error.code).toMatch(/^label\.[a-z_]+$/);
      expect(error.kind).not.toBe('bug');
    }),
    { numRuns: 40 },
  );
});
