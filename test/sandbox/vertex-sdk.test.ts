// The stand-in for Gemini on Vertex AI, through Google's own SDKs: tokens from a service account, content in a schema, refusals.

import { type GenerateContentParameters, type GenerateContentResponse, GoogleGenAI } from '@google/genai';
import { JWT } from 'google-auth-library';
import { afterEach, expect, test } from 'vitest';
import { startVertex, type VertexOptions, type VertexSandbox } from '../../sandbox/vertex.ts';

const started: VertexSandbox[] = [];
async function start(
  options: VertexOptions = {},
): Promise<{ readonly sandbox: VertexSandbox; readonly client: GoogleGenAI }> {
  const sandbox = await startVertex(options);
  started.push(sandbox);
  return { sandbox, client: clientOf(sandbox) };
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
});

/** Google's library asks its own address for tokens, whatever the key file says; here that address is the stand-in's. */
function jwtOf(sandbox: VertexSandbox, key: { readonly email?: string; readonly scopes?: string } = {}): JWT {
  const { client_email, private_key } = sandbox.credentials;
  return new JWT({
    email: key.email ?? client_email,
    key: private_key,
    scopes: [key.scopes ?? 'https://www.googleapis.com/auth/cloud-platform'],
    transporterOptions: {
      fetchImplementation: async (input: string | URL | Request, init?: RequestInit) =>
        await fetch(String(input).replace('https://oauth2.googleapis.com', sandbox.url), init),
    },
  });
}

function clientOf(
  sandbox: VertexSandbox,
  location = sandbox.location,
  project = sandbox.project,
): GoogleGenAI {
  return new GoogleGenAI({
    vertexai: true,
    project,
    location,
    googleAuthOptions: { authClient: jwtOf(sandbox) },
    httpOptions: { baseUrl: sandbox.url },
  });
}

const TEXT = { type: 'STRING' };
const SCHEMA = {
  type: 'OBJECT',
  required: ['items'],
  properties: {
    items: {
      type: 'ARRAY',
      items: {
        type: 'OBJECT',
        required: ['id', 'label'],
        properties: {
          id: TEXT,
          label: { type: 'STRING', enum: ['positive', 'neutral', 'negative', 'mixed'] },
        },
      },
    },
  },
};
const ITEMS = [
  { id: 'a', text: 'شكراً لكم، الخدمة ممتازة' },
  { id: 'b', text: 'الطلب متأخر وما أحد يرد، أسوأ خدمة' },
];
function ask(
  client: GoogleGenAI,
  config: object = {},
  more: Partial<GenerateContentParameters> = {},
): Promise<GenerateContentResponse> {
  return client.models.generateContent({
    model: 'gemini-3.5-flash-lite',
    contents: JSON.stringify({ items: ITEMS }),
    config: {
      systemInstruction: 'Label the feedback.',
      responseMimeType: 'application/json',
      responseSchema: SCHEMA,
      ...config,
    },
    ...more,
  });
}

test('content is labelled in the schema that was asked for, and billed as its usage says, thoughts as output', async () => {
  const { sandbox, client } = await start();
  const answer = await ask(client);
  const labels = (JSON.parse(answer.text ?? '') as { readonly items: readonly object[] }).items;
  expect(labels).toEqual([
    { id: 'a', label: 'positive' },
    { id: 'b', label: 'negative' },
  ]);
  expect(answer).toMatchObject({ modelVersion: 'gemini-3.5-flash-lite' });
  expect(answer.candidates?.[0]?.finishReason).toBe('STOP');
  const usage = answer.usageMetadata;
  expect(usage?.thoughtsTokenCount).toBeGreaterThan(0);
  const output = (usage?.candidatesTokenCount ?? 0) + (usage?.thoughtsTokenCount ?? 0);
  expect(sandbox.invoice()).toMatchObject({
    promptTokens: usage?.promptTokenCount,
    completionTokens: output,
  });
  const quiet = await ask(client, { thinkingConfig: { thinkingLevel: 'MINIMAL' } });
  expect(quiet.usageMetadata?.thoughtsTokenCount).toBeUndefined();
});

test('a prefix of a thousand tokens is cheaper from its second time on', async () => {
  const { sandbox, client } = await start();
  const long = { systemInstruction: 'Label the feedback of the customers. '.repeat(300) };
  expect((await ask(client, long)).usageMetadata?.cachedContentTokenCount).toBeUndefined();
  const again = (await ask(client, long)).usageMetadata?.cachedContentTokenCount ?? 0;
  expect(again).toBeGreaterThan(1024);
  expect(sandbox.invoice().cachedTokens).toBe(again);
});

test('tokens are counted without a bill', async () => {
  const { sandbox, client } = await start();
  const { totalTokens } = await client.models.countTokens({
    model: 'gemini-3.5-flash-lite',
    contents: 'الخدمة ممتازة',
  });
  expect(totalTokens).toBeGreaterThan(0);
  expect(sandbox.invoice().billed).toBe(0);
});

test('only the service account gets tokens, for an hour, and only with its own signature', async () => {
  const { sandbox, client } = await start();
  await expect(jwtOf(sandbox, { email: 'someone@else.example' }).authorize()).rejects.toThrow(
    'invalid_grant',
  );
  await expect(
    jwtOf(sandbox, { scopes: 'https://www.googleapis.com/auth/drive' }).authorize(),
  ).rejects.toThrow('invalid_scope');
  const token = (await jwtOf(sandbox).authorize()).access_token ?? '';
  const post = async (authorization: string): Promise<number> => (await send(sandbox, authorization)).status;
  expect(await post(`Bearer ${token}`)).toBe(200);
  expect(await post('Bearer ya29.of-somebody-else')).toBe(401);
  sandbox.clock.advance(3600_000);
  expect(await post(`Bearer ${token}`)).toBe(401);
  expect((await exchange(sandbox, token)).error).toBe('invalid_grant');
  sandbox.faults.set([{ kind: 'expired-token', path: ':generateContent' }]);
  await expect(ask(client)).rejects.toMatchObject({ status: 401 });
});

/** A request as a client of one's own makes it, which nothing tidies on its way. */
async function send(sandbox: VertexSandbox, authorization: string, config: object = {}): Promise<Response> {
  const path = `projects/${sandbox.project}/locations/global/publishers/google/models/gemini-3.8-flash`;
  const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
  const body = JSON.stringify({ contents, generationConfig: config });
  return await fetch(`${sandbox.url}/v1/${path}:generateContent`, {
    method: 'POST',
    headers: { authorization },
    body,
  });
}

test('keywords and types that OpenAPI has not are refused where they stand', async () => {
  const { sandbox } = await start();
  const token = (await jwtOf(sandbox).authorize()).access_token ?? '';
  for (const [schema, words] of [
    [
      { ...SCHEMA, additionalProperties: false },
      `Unknown name \\"additionalProperties\\" at 'generation_config.response_schema'`,
    ],
    [{ type: 'THING' }, 'THING'],
  ] as const) {
    const config = { responseMimeType: 'application/json', responseSchema: schema };
    const answer = await send(sandbox, `Bearer ${token}`, config);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(words);
  }
});

async function exchange(sandbox: VertexSandbox, assertion: string): Promise<{ readonly error?: string }> {
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
  const answer = await fetch(`${sandbox.url}/token`, { method: 'POST', body: new URLSearchParams(form) });
  return (await answer.json()) as { readonly error?: string };
}

test('an assertion that is too old, for somebody else or without a signature gets nothing', async () => {
  const { sandbox } = await start();
  const good = (await assertionOf(sandbox)) ?? '';
  expect(await exchange(sandbox, good)).toHaveProperty('access_token');
  const [head, claims] = good.split('.');
  expect(await exchange(sandbox, `${head}.${claims}.`)).toMatchObject({ error: 'invalid_grant' });
  const forged = 'A'.repeat(342);
  expect(await exchange(sandbox, `${head}.${claims}.${forged}`)).toMatchObject({ error: 'invalid_grant' });
  const unsigned = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  expect(await exchange(sandbox, `${unsigned}.${claims}.c2ln`)).toMatchObject({ error: 'invalid_grant' });
  expect(await exchange(sandbox, 'rubbish')).toMatchObject({ error: 'invalid_grant' });
  sandbox.clock.advance(2 * 3600_000);
  expect(await exchange(sandbox, good)).toMatchObject({ error: 'invalid_grant' });
});

/** The assertion that Google's library sends. */
async function assertionOf(sandbox: VertexSandbox): Promise<string | null> {
  let sent = '';
  const jwt = new JWT({
    email: sandbox.credentials.client_email,
    key: sandbox.credentials.private_key,
    scopes: ['https://www.googleapis.com/auth/cloud-platform'],
    transporterOptions: {
      fetchImplementation: async (_input: string | URL | Request, init?: RequestInit) => {
        sent = String(init?.body);
        return new Response('{"access_token":"x","expires_in":1}', {
          headers: { 'content-type': 'application/json' },
        });
      },
    },
  });
  await jwt.authorize();
  return new URLSearchParams(sent).get('assertion');
}

test.each([
  ['a schema without JSON', { responseMimeType: 'text/plain' }, 'response mime type'],
  ['a list of nothing', { responseSchema: { type: 'ARRAY' } }, 'items: missing field'],
  ['no type', { responseSchema: { description: 'anything' } }, 'schema type field'],
  [
    'a required property that is not there',
    { responseSchema: { type: 'OBJECT', required: ['x'] } },
    'not defined: x',
  ],
  ['two ways to think', { thinkingConfig: { thinkingBudget: 0, thinkingLevel: 'MINIMAL' } }, 'only set one'],
])('%s is an invalid argument', async (_what, config, words) => {
  const { sandbox, client } = await start();
  const error = await ask(client, config).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 400 });
  expect(String(error)).toContain(words);
  expect(sandbox.invoice().billed).toBe(0);
});

test('models that are gone, other places and other projects are told apart', async () => {
  const { sandbox, client } = await start();
  await expect(ask(client, {}, { model: 'gemini-2.5-flash' })).rejects.toMatchObject({ status: 404 });
  await expect(ask(clientOf(sandbox, 'europe-west4'))).rejects.toMatchObject({ status: 404 });
  await expect(ask(clientOf(sandbox, 'global', 'other-project'))).rejects.toMatchObject({ status: 403 });
});

test('what is blocked, cut or quoted comes without its text, and with the reason', async () => {
  const { sandbox, client } = await start();
  const answer = async (what: string): Promise<GenerateContentResponse> => {
    sandbox.faults.set([{ kind: 'model', what, path: ':generateContent' }]);
    return await ask(client);
  };
  const blocked = await answer('content_filter');
  expect(blocked.promptFeedback?.blockReason).toBe('PROHIBITED_CONTENT');
  expect(blocked.candidates).toBeUndefined();
  expect((await answer('empty_candidates')).candidates).toBeUndefined();
  for (const [what, reason] of [
    ['content_filter_finish', 'SAFETY'],
    ['refusal', 'SAFETY'],
    ['recitation', 'RECITATION'],
  ] as const) {
    const stopped = await answer(what);
    expect([what, stopped.candidates?.[0]?.finishReason, stopped.text]).toEqual([what, reason, undefined]);
  }
  expect((await answer('length')).candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
  expect((await answer('model_changed')).modelVersion).not.toBe('gemini-3.5-flash-lite');
});

test('limits, trouble and missing billing are errors in Google’s words, without a header of limits', async () => {
  const { sandbox, client } = await start({ requestsPerMinute: 1 });
  await ask(client);
  const limited = await ask(client).catch((thrown: unknown) => thrown);
  expect(limited).toMatchObject({ status: 429 });
  expect(String(limited)).toContain('RESOURCE_EXHAUSTED');
  sandbox.clock.advance(60_000);
  for (const [status, word] of [
    [403, 'PERMISSION_DENIED'],
    [404, 'NOT_FOUND'],
    [500, 'INTERNAL'],
    [503, 'UNAVAILABLE'],
    [504, 'DEADLINE_EXCEEDED'],
  ] as const) {
    sandbox.faults.set([{ kind: 'status', status, path: ':generateContent' }]);
    await expect(ask(client)).rejects.toThrow(word);
  }
  sandbox.faults.set([{ kind: 'model', what: 'insufficient_quota', path: ':generateContent' }]);
  await expect(ask(client)).rejects.toThrow('BILLING_DISABLED');
});
