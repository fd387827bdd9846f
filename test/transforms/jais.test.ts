// JAIS on a server of unknown manners: what it takes is found out once, small contexts hold, untidy answers are read.

import { afterEach, describe, expect, test } from 'vitest';
import type { Environment, LabelProvider, LabelRequest } from '../../core/types.ts';
import { type OpenAIOptions, type OpenAISandbox, startOpenAI } from '../../sandbox/openai.ts';
import { jaisProblems, jaisProvider } from '../../transforms/sentiment/jais.ts';
import { labelsOf, loopbackContext, PACK, SINGLE, scriptedContext } from './llm-context.ts';

const started: OpenAISandbox[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
});

async function start(
  options: OpenAIOptions = {},
  env: Environment = {},
): Promise<{ readonly server: OpenAISandbox; readonly provider: LabelProvider }> {
  const server = await startOpenAI({ dialect: 'jais', untidy: 0, ...options });
  started.push(server);
  return {
    server,
    provider: providerOf({ JAIS_BASE_URL: server.baseUrl, JAIS_API_KEY: server.apiKey, ...env }),
  };
}

function providerOf(env: Environment): LabelProvider {
  const provider = jaisProvider({
    JAIS_BASE_URL: 'https://jais.example/v1',
    JAIS_MODEL: 'jais-2-70b-chat',
    ...env,
  });
  if (provider === undefined) throw new Error('All is set, and there is no provider.');
  return provider;
}

const RIGHT = { a1: 'positive', b2: 'negative', c3: 'neutral' };

describe('what the server does with a schema', () => {
  for (const [schemas, first] of [
    ['taken', 1],
    ['ignored', 1],
    ['refused', 2],
    ['refused-unnamed', 2],
  ] as const) {
    test(`is found out with ${first} requests where it is ${schemas}, and then known`, async () => {
      const { server, provider } = await start({ schemas });
      expect(labelsOf((await provider.label(PACK, loopbackContext())).outcomes)).toEqual(RIGHT);
      expect(server.journal.list()).toHaveLength(first);
      expect(labelsOf((await provider.label(PACK, loopbackContext())).outcomes)).toEqual(RIGHT);
      expect(server.journal.list()).toHaveLength(first + 1);
    });
  }

  test('is not learned from a request that fails for another reason', async () => {
    const { server, provider } = await start({
      schemas: 'taken',
      models: [
        {
          id: 'jais-2-70b-chat',
          contextTokens: 2048,
          price: { inputPer1k: 0, cachedPer1k: 0, outputPer1k: 0 },
        },
      ],
    });
    const long = [{ id: 'x', text: 'الخدمة ممتازة '.repeat(600), language: 'ar' }];
    await expect(provider.label(long, loopbackContext())).rejects.toMatchObject({
      kind: 'data',
      code: 'label.rejected',
      status: 400,
    });
    server.faults.set([{ kind: 'status', status: 400, count: 2 }]);
    await expect(provider.label(SINGLE, loopbackContext())).rejects.toMatchObject({ kind: 'data' });
    const context = loopbackContext();
    const bodies: string[] = [];
    const fetch: typeof context.fetch = (request) => {
      bodies.push(request.body ?? '');
      return context.fetch(request);
    };
    await provider.label(SINGLE, { ...context, fetch });
    expect(bodies[0]).toContain('response_format');
  });

  test('never spares the model the shape in words', async () => {
    const context = scriptedContext((_, sent) => {
      expect(sent.messages[0]?.content).toContain('Write the JSON object only');
      return { status: 500, body: {} };
    });
    await expect(providerOf({}).label(SINGLE, context)).rejects.toMatchObject({ kind: 'transient' });
    expect(context.requests[0]?.url).toBe('https://jais.example/v1/chat/completions');
  });
});

test('answers with sentences, fences, Arabic commas and digits are read, every one', async () => {
  const { server, provider } = await start({ untidy: 1 });
  for (let i = 0; i < 30; i++) {
    const pack = PACK.map(({ text, ...rest }) => ({ ...rest, text: `${text} ${i}` }));
    const answer = await provider.label(pack, loopbackContext());
    expect(labelsOf(answer.outcomes)).toEqual(RIGHT);
  }
  expect(server.journal.list()).toHaveLength(31);
});

describe('a small context', () => {
  const pack = (texts: number, words: number): readonly LabelRequest[] =>
    Array.from({ length: texts }, (_, i) => ({ id: `i${i}`, text: 'كلمة '.repeat(words), language: 'ar' }));

  test('has a pack halved that it cannot hold, and otherwise gives the answer what room it has', async () => {
    const room: number[] = [];
    for (let tokens = 2048; tokens <= 16_000; tokens += 400) {
      const context = scriptedContext(() => ({ status: 500, body: {} }));
      const provider = providerOf({ JAIS_CONTEXT_TOKENS: String(tokens) });
      const error = await provider.label(pack(8, 40), context).catch((thrown: unknown) => thrown);
      const [request] = context.requests;
      if (request === undefined) {
        expect(error).toMatchObject({ kind: 'data', code: 'label.too_long', status: 413 });
        room.push(0);
      } else {
        expect(error).toMatchObject({ kind: 'transient' });
        room.push(
          (JSON.parse(request.body ?? '') as { readonly max_completion_tokens: number })
            .max_completion_tokens,
        );
      }
    }
    const most = Math.max(...room);
    expect(room[0]).toBe(0);
    expect(room.at(-1)).toBe(most);
    expect(room).toEqual([...room].sort((x, y) => x - y));
    expect(room.filter((tokens) => tokens > most * 0.4 && tokens < most).length).toBeGreaterThan(1);
    expect(room.filter((tokens) => tokens > 0 && tokens < most * 0.4)).toEqual([]);
  });
});

test('errors with numbers for codes, flat or nested, are classified by their status', async () => {
  const error = {
    object: 'error',
    message: 'The model `x` does not exist.',
    type: 'NotFoundError',
    code: 404,
  };
  for (const body of [error, { error }]) {
    const context = scriptedContext(() => ({ status: 404, body }));
    await expect(providerOf({}).label(SINGLE, context)).rejects.toMatchObject({
      kind: 'config',
      code: 'label.model_gone',
      hint: expect.stringContaining('JAIS_MODEL'),
    });
  }
});

describe('the settings', () => {
  test('are an address and a model; a key is optional', () => {
    const env = { JAIS_BASE_URL: 'http://10.0.0.5:8000/v1', JAIS_MODEL: 'jais-13b' };
    expect(jaisProvider(env)).toMatchObject({ name: 'jais', model: 'jais-13b' });
    expect(jaisProvider(env)?.batches).toBeUndefined();
    expect(jaisProblems(env)).toEqual([]);
    expect(jaisProvider({ JAIS_API_KEY: 'x' })).toBeUndefined();
    expect(jaisProblems({})).toEqual([]);
    expect(jaisProblems({ JAIS_API_KEY: 'x' }).map(({ name }) => name)).toEqual([
      'JAIS_BASE_URL',
      'JAIS_MODEL',
    ]);
  });

  test('that are wrong are told together', () => {
    const wrong = {
      JAIS_API_KEY: 'a b',
      JAIS_BASE_URL: 'http://user:secret@jais.example/v1',
      JAIS_MODEL: 'jais 13b',
      JAIS_CONTEXT_TOKENS: '8k',
    };
    expect(jaisProblems(wrong).map(({ name }) => name)).toEqual(Object.keys(wrong));
    for (const tokens of ['0', '-4096', '1e5', '1024', '99999999'])
      expect(
        jaisProblems({ JAIS_BASE_URL: 'https://x.y', JAIS_MODEL: 'j', JAIS_CONTEXT_TOKENS: tokens }),
      ).toHaveLength(1);
  });
});
