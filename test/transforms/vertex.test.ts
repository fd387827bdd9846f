// Gemini as a label provider, beyond the contract: tokens of a service account, thoughts, key files that are broken, refusals.

import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { asPipelineError, type PipelineError } from '../../core/errors.ts';
import { startVertex, type VertexOptions, type VertexSandbox } from '../../sandbox/vertex.ts';
import { vertexProblems, vertexProvider } from '../../transforms/sentiment/vertex.ts';
import { labelsOf, loopbackContext, PACK, SINGLE, scriptedContext } from './llm-context.ts';
import { keyFile, vertexOf } from './model-vendors.ts';

const started: VertexSandbox[] = [];
async function start(options: VertexOptions = {}): Promise<VertexSandbox> {
  const sandbox = await startVertex(options);
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
const paths = (sandbox: VertexSandbox): readonly string[] =>
  sandbox.journal.list().map(({ path }) => (path.endsWith('/token') ? 'token' : 'generate'));

test('it is the project that asks for it: a key file alone may serve a warehouse', () => {
  expect(vertexProvider({ GOOGLE_APPLICATION_CREDENTIALS: '/key.json' })).toBeUndefined();
  expect(vertexProblems({ GOOGLE_APPLICATION_CREDENTIALS: '/key.json' })).toEqual([]);
  expect(vertexProvider({ VERTEX_PROJECT_ID: 'p' })).toBeUndefined();
  expect(vertexProblems({ VERTEX_PROJECT_ID: 'p' }).map(({ name }) => name)).toEqual([
    'GOOGLE_APPLICATION_CREDENTIALS',
  ]);
  const wrong = {
    VERTEX_PROJECT_ID: 'a b',
    VERTEX_LOCATION: 'a b',
    VERTEX_MODEL: 'a b',
    VERTEX_BASE_URL: 'x',
  };
  const names = vertexProblems({ ...wrong, GOOGLE_APPLICATION_CREDENTIALS: '/key.json' }).map(
    ({ name }) => name,
  );
  expect(names).toEqual(Object.keys(wrong));
});

test('a token is shared by all who ask at once, and used until shortly before it ends', async () => {
  const sandbox = await start();
  const provider = vertexOf(sandbox);
  await Promise.all([1, 2, 3].map(() => provider.label(SINGLE, loopbackContext())));
  await provider.label(SINGLE, loopbackContext());
  expect(paths(sandbox).filter((path) => path === 'token')).toHaveLength(1);
  const context = loopbackContext();
  const late = {
    ...context,
    clock: { ...context.clock, monotonicMs: () => context.clock.monotonicMs() + 3_545_000 },
  };
  await provider.label(SINGLE, late);
  expect(paths(sandbox).filter((path) => path === 'token')).toHaveLength(2);
});

test('a token that was ended early is no trouble of the account: the next try has a new one', async () => {
  const sandbox = await start();
  const provider = vertexOf(sandbox);
  await provider.label(SINGLE, loopbackContext());
  sandbox.faults.set([{ kind: 'expired-token', path: ':generateContent' }]);
  expect(await failure(provider.label(SINGLE, loopbackContext()))).toMatchObject({
    kind: 'transient',
    code: 'label.unavailable',
  });
  expect(labelsOf((await provider.label(PACK, loopbackContext())).outcomes)).toEqual(LABELS);
});

test.each([
  ['is not there', '/nowhere/key.json', 'cannot be read (ENOENT)'],
  ['is a folder', '/', 'cannot be read (EISDIR)'],
  ['is empty', keyFile(''), 'no key file'],
  ['is not JSON', keyFile('-----BEGIN PRIVATE KEY-----'), 'no key file'],
  ['is of a user', keyFile({ type: 'authorized_user', refresh_token: 'secret-1' }), 'no key file'],
  ['lacks a key', keyFile({ type: 'service_account', client_email: 'a@b.c' }), 'private_key'],
  [
    'has a broken key',
    keyFile({ type: 'service_account', client_email: 'a@b.c', private_key: 'secret-2' }),
    'private key',
  ],
  ['is huge', keyFile(`"${'x'.repeat(100_000)}"`), 'too large'],
  [
    'sends tokens elsewhere',
    keyFile({ type: 'service_account', client_email: 'a@b.c', private_key: 'k', token_uri: 'file:///etc' }),
    'token_uri',
  ],
])('a key file that %s is told to the operator, without what it holds', async (_what, file, words) => {
  const sandbox = await start();
  const provider = vertexOf(sandbox, { GOOGLE_APPLICATION_CREDENTIALS: file });
  const error = await failure(provider.label(SINGLE, loopbackContext()));
  expect(error).toMatchObject({ kind: 'config', code: 'label.unauthorized' });
  expect(error.message).toContain(words);
  expect(error.hint ?? '').not.toBe('');
  expect(`${error.stack}${String(error.cause)}`).not.toContain('secret-');
  expect(sandbox.journal.list()).toEqual([]);
});

test('a token endpoint that is down is trouble that passes', async () => {
  const sandbox = await start();
  for (const fault of [
    { kind: 'status', status: 503 },
    { kind: 'reset' },
    { kind: 'html' },
    { kind: 'truncated' },
  ] as const) {
    sandbox.faults.set([{ ...fault, path: '/token' }]);
    expect(await failure(vertexOf(sandbox).label(SINGLE, loopbackContext()))).toMatchObject({
      kind: 'transient',
      code: 'label.unavailable',
    });
  }
});

test('it asks for no thoughts; a model that cannot do without is let think, and its thoughts are in the bill', async () => {
  const sandbox = await start();
  const quiet = await vertexOf(sandbox).label(PACK, loopbackContext());
  const spoken = sandbox.invoice().completionTokens;
  expect(quiet.tokensOut).toBe(spoken);
  const provider = vertexOf(sandbox, { VERTEX_MODEL: 'gemini-4-argon' });
  const context = loopbackContext();
  for (const requests of [2, 1]) {
    sandbox.journal.clear();
    const before = sandbox.invoice().completionTokens;
    const answer = await provider.label(PACK, context);
    expect(labelsOf(answer.outcomes)).toEqual(LABELS);
    expect(answer.tokensOut).toBe(sandbox.invoice().completionTokens - before);
    expect(answer.tokensOut).toBe(spoken + 180);
    expect(paths(sandbox).filter((path) => path === 'generate')).toHaveLength(requests);
  }
  expect(context.logged.filter(({ event }) => event === 'label.parameter_refused')).toHaveLength(1);
});

test('thoughts that are told beside the answer are no part of it', async () => {
  const sandbox = await start();
  const parts = [{ text: '{"items":[', thought: true }, { text: '{"items":[]}' }];
  const context = scriptedContext((request) =>
    request.url.endsWith('/token')
      ? { body: { access_token: 't', expires_in: 3599 } }
      : { body: { candidates: [{ content: { parts }, finishReason: 'STOP' }] } },
  );
  const error = await failure(vertexOf(sandbox).label(SINGLE, tokenless(context)));
  expect(error.code).toBe('label.wrong_ids');
});

/** The scripted context reads each body as JSON; the one of the token endpoint is a form. */
function tokenless<C extends ReturnType<typeof scriptedContext>>(context: C): C {
  return {
    ...context,
    fetch: (request: Parameters<C['fetch']>[0]) =>
      context.fetch(request.url.endsWith('/token') ? { ...request, body: '{}' } : request),
  };
}

test('what is blocked before and what is cut after, and a wait told in the body', async () => {
  const sandbox = await start();
  const codes: Record<string, string> = {};
  for (const what of ['recitation', 'empty_candidates']) {
    sandbox.faults.set([{ kind: 'model', what, path: ':generateContent' }]);
    codes[what] = (await failure(vertexOf(sandbox).label(PACK, loopbackContext()))).code;
  }
  expect(codes).toEqual({ recitation: 'label.refused', empty_candidates: 'label.unreadable' });
  const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '12.5s' }];
  const context = scriptedContext((request) =>
    request.url.endsWith('/token')
      ? { body: { access_token: 't', expires_in: 3599 } }
      : { status: 429, body: { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'x', details } } },
  );
  expect(await failure(vertexOf(sandbox).label(SINGLE, tokenless(context)))).toMatchObject({
    code: 'label.rate_limited',
    retryAfterMs: 12_500,
  });
});

test('whatever an endpoint answers, there is no label that nobody gave', async () => {
  const sandbox = await start();
  const file = keyFile(sandbox.credentials);
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.constantFrom(200, 400, 404, 429, 500), async (body, status) => {
      const context = scriptedContext((request) =>
        request.url.endsWith('/token')
          ? { body: { access_token: 't', expires_in: 3599 } }
          : { status, body: JSON.stringify(body) },
      );
      const provider = vertexOf(sandbox, { GOOGLE_APPLICATION_CREDENTIALS: file });
      const error = await failure(provider.label(SINGLE, tokenless(context)));
      expect(error.code).toMatch(/^label\.[a-z_]+$/);
      expect(error.kind).not.toBe('bug');
    }),
    { numRuns: 40 },
  );
});

test('the address is of the location, and a name with a slash stays one part of it', async () => {
  const urls: string[] = [];
  const sandbox = await start();
  const context = scriptedContext((request) => {
    urls.push(request.url);
    return request.url.endsWith('/token')
      ? { body: { access_token: 't', expires_in: 3599 } }
      : { status: 404, body: { error: { code: 404, status: 'NOT_FOUND' } } };
  });
  for (const [location, model] of [
    [undefined, undefined],
    ['europe-west4', 'a/../b'],
  ] as const) {
    const provider = vertexOf(sandbox, {
      VERTEX_BASE_URL: undefined,
      VERTEX_LOCATION: location,
      VERTEX_MODEL: model,
    });
    expect((await failure(provider.label(SINGLE, tokenless(context)))).code).toBe('label.model_gone');
  }
  const tail = (place: string, model: string): string =>
    `/v1/projects/${sandbox.project}/locations/${place}/publishers/google/models/${model}:generateContent`;
  expect(urls.filter((url) => !url.endsWith('/token'))).toEqual([
    `https://aiplatform.googleapis.com${tail('global', 'gemini-3.5-flash-lite')}`,
    `https://europe-west4-aiplatform.googleapis.com${tail('europe-west4', 'a%2F..%2Fb')}`,
  ]);
});
