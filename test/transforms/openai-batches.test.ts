// What is handed over as a batch, and what of its results is believed: the parts that no stand-in would do by itself.

import { describe, expect, test } from 'vitest';
import type { LabelAnswer, LabelBatches, LabelRequest } from '../../core/types.ts';
import { startOpenAI } from '../../sandbox/openai.ts';
import type { BilledReport } from '../../transforms/sentiment/provider.ts';
import {
  completion,
  loopbackContext,
  MODEL,
  PACK,
  providerOf,
  type Scripted,
  SINGLE,
  scriptedContext,
} from './llm-context.ts';

function batchesOf(env = {}): LabelBatches {
  const { batches } = providerOf(env);
  if (batches === undefined) throw new Error('There are no batches.');
  return batches;
}

const PACKS: ReadonlyMap<string, readonly LabelRequest[]> = new Map([
  ['one', SINGLE],
  ['all', PACK],
]);

const FILE = { id: 'file-1', object: 'file', status: 'processed' };
const BATCH = { id: 'batch-1', object: 'batch', status: 'validating', metadata: { intent: 'night-1' } };

/** A server of which only batches are asked: by method and path, without `/v1`. */
const server = (answers: Readonly<Record<string, unknown>>) =>
  scriptedContext(({ method, url }): Scripted => {
    const asked = `${method} ${new URL(url).pathname.replace('/v1', '')}`;
    if (!(asked in answers)) return { status: 404, body: { error: { message: asked } } };
    return {
      body: answers[asked],
      headers: asked.endsWith('/content') ? { 'content-type': 'text/plain' } : {},
    };
  });

/** A batch that ended, with these lines in its output file. */
const ended = (lines: readonly (object | string)[], more: object = {}) =>
  server({
    'GET /batches/batch-1': { ...BATCH, status: 'completed', output_file_id: 'file-2', ...more },
    'GET /files/file-2/content': lines
      .map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
      .join('\n'),
  });

const labelled = (ids: readonly string[]): string =>
  JSON.stringify({
    items: ids.map((id) => ({
      id,
      label: 'negative',
      score: -0.5,
      confidence: 0.9,
      topics: [],
      aspects: [],
      urgency: 'low',
      intent: 'complaint',
      summary: 'شكوى',
    })),
  });
const result = (name: string, ids: readonly string[]): object => ({
  custom_id: name,
  response: { status_code: 200, body: completion(labelled(ids)).body },
  error: null,
});
const ALL = PACK.map(({ id }) => id);

async function collect(context: ReturnType<typeof server>): Promise<Readonly<Record<string, unknown>>> {
  const answers = await batchesOf().collect('batch-1', PACKS, context);
  const told = (answer: LabelAnswer | BilledReport): unknown =>
    'kind' in answer ? `${answer.kind} ${answer.code}` : answer.outcomes.map(({ id }) => id);
  return Object.fromEntries([...(answers ?? [])].map(([name, answer]) => [name, told(answer)]));
}

describe('a batch', () => {
  test('is a file with one question a line, and carries its intent', async () => {
    const context = server({ 'POST /files': FILE, 'POST /batches': BATCH });
    expect(await batchesOf().submit('night-1', PACKS, context)).toBe('batch-1');
    const [upload, create] = context.requests;
    expect(upload?.headers?.['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(upload?.body).toContain('filename="night-1.jsonl"');
    const lines = (upload?.body ?? '')
      .split('\r\n')
      .find((part) => part.startsWith('{"custom_id"'))
      ?.trimEnd()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as { readonly custom_id: string; readonly url: string; readonly body: object },
      );
    expect(lines?.map(({ custom_id, url }) => [custom_id, url])).toEqual([
      ['one', '/v1/chat/completions'],
      ['all', '/v1/chat/completions'],
    ]);
    expect(lines?.[0]?.body).toMatchObject({ model: MODEL, response_format: { type: 'json_schema' } });
    expect(JSON.parse(create?.body ?? '')).toEqual({
      input_file_id: 'file-1',
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
      metadata: { intent: 'night-1' },
    });
    expect(context.requests.every(({ attempts }) => attempts === 1)).toBe(true);
  });

  test('for a server that has none is for the operator', async () => {
    await expect(batchesOf().submit('night-1', PACKS, server({}))).rejects.toMatchObject({
      kind: 'config',
      code: 'label.no_batches',
      hint: expect.stringContaining('without batches'),
    });
  });

  test('that is too large is refused before anything is sent', async () => {
    const context = server({});
    const many = new Map(Array.from({ length: 20_001 }, (_, i) => [`p${i}`, []] as const));
    const long = [{ id: 'x', text: 'م'.repeat(1_000_000), language: null }];
    const large = new Map(Array.from({ length: 60 }, (_, i) => [`p${i}`, long] as const));
    for (const packs of [many, large]) {
      await expect(batchesOf().submit('night-1', packs, context)).rejects.toMatchObject({
        kind: 'data',
        code: 'label.batch_too_large',
      });
    }
    expect(context.requests).toHaveLength(0);
  });

  test('whose file is looked at for ever is given up, and not made', async () => {
    const context = server({
      'POST /files': { ...FILE, status: 'pending' },
      'GET /files/file-1': { ...FILE, status: 'pending' },
    });
    const waits: number[] = [];
    const clock = {
      ...context.clock,
      async sleep(ms: number): Promise<void> {
        waits.push(ms);
      },
    };
    await expect(batchesOf().submit('night-1', PACKS, { ...context, clock })).rejects.toMatchObject({
      kind: 'transient',
      code: 'label.unavailable',
    });
    expect(waits.length).toBeGreaterThan(10);
    expect(context.requests.some(({ url }) => url.endsWith('/batches'))).toBe(false);
  });

  test('is found on any page, by the whole of its intent, whatever others carry', async () => {
    const page = (data: readonly object[], has_more: boolean) => ({ object: 'list', data, has_more });
    const others = [null, {}, { intent: 'night-10' }, { intent: 'Night-1' }, { other: 'night-1' }];
    const context = scriptedContext(({ url }) => ({
      body:
        new URL(url).searchParams.get('after') === null
          ? page(
              others.map((metadata, i) => ({ ...BATCH, id: `other-${i}`, metadata })),
              true,
            )
          : page([BATCH], false),
    }));
    expect(await batchesOf().find('night-1', context)).toBe('batch-1');
    expect(new URL(context.requests[1]?.url ?? '').searchParams.get('after')).toBe('other-4');
    expect(await batchesOf().find('night-2', context)).toBeUndefined();
  });

  test('is not looked for for ever in a list that goes round in circles', async () => {
    const context = scriptedContext(() => ({
      body: { object: 'list', data: [{ ...BATCH, metadata: null }], has_more: true },
    }));
    await expect(batchesOf().find('night-1', context)).rejects.toMatchObject({ kind: 'transient' });
    expect(context.requests.length).toBeLessThan(4);
  });

  for (const status of ['validating', 'in_progress', 'finalizing', 'cancelling'])
    test(`that is ${status} has no answers yet`, async () => {
      const context = server({ 'GET /batches/batch-1': { ...BATCH, status } });
      expect(await batchesOf().collect('batch-1', PACKS, context)).toBeUndefined();
    });

  const WHOLE: readonly (readonly [code: string, end: string])[] = [
    ['token_limit_exceeded', 'transient label.rate_limited'],
    ['billing_hard_limit_reached', 'config label.no_money'],
    ['model_not_found', 'config label.model_gone'],
    ['mismatched_model', 'config label.model_gone'],
    ['invalid_json_line', 'data label.rejected'],
    ['', 'data label.rejected'],
  ];
  for (const [code, end] of WHOLE)
    test(`that failed as a whole with “${code}” gives every pack ${end}`, async () => {
      const errors = { object: 'list', data: code === '' ? [] : [{ code, message: 'هاتفي 0501234567' }] };
      const context = server({ 'GET /batches/batch-1': { ...BATCH, status: 'failed', errors } });
      expect(await collect(context)).toEqual({ one: end, all: end });
    });
});

describe('of results', () => {
  test('lines that are none tell nothing, and their packs count as lost', async () => {
    for (const line of ['', '{"custom_id":"all"', '[]', 'null', '{}', { custom_id: 7 }, '<html>'])
      expect(await collect(ended([line, result('one', ['a1'])]))).toEqual({
        one: ['a1'],
        all: 'transient label.lost',
      });
  });

  test('answers under swapped names give no label', async () => {
    expect(await collect(ended([result('one', ALL), result('all', ['a1'])]))).toEqual({
      one: 'data label.wrong_ids',
      all: 'data label.wrong_ids',
    });
  });

  test('the first of two for one pack counts', async () => {
    const empty = { custom_id: 'all', response: { status_code: 500, body: {} }, error: null };
    expect(await collect(ended([result('all', ALL), empty, result('one', ['a1'])]))).toEqual({
      one: ['a1'],
      all: ALL,
    });
  });

  test('an answer without a completion, or with neither answer nor error, is trouble that passes', async () => {
    for (const response of [{ status_code: 200, body: null }, { status_code: 200, body: {} }, null, {}])
      expect(await collect(ended([{ custom_id: 'one', response, error: null }]))).toMatchObject({
        one: 'transient label.unavailable',
      });
  });

  test('each error means what it means live, and none quotes a text', async () => {
    const meanings: readonly (readonly [number, object, string])[] = [
      [429, { code: 'rate_limit_exceeded' }, 'transient label.rate_limited'],
      [429, { code: 'insufficient_quota' }, 'config label.no_money'],
      [401, {}, 'config label.unauthorized'],
      [404, { code: 'model_not_found' }, 'config label.model_gone'],
      [400, { code: 'context_length_exceeded' }, 'data label.rejected'],
      [503, {}, 'transient label.unavailable'],
    ];
    for (const [status_code, error, end] of meanings) {
      const body = { error: { message: 'نص: هاتفي 0501234567', ...error } };
      const context = ended([{ custom_id: 'all', response: { status_code, body }, error: null }]);
      expect(await collect(context)).toMatchObject({ all: end });
      const answers = await batchesOf().collect('batch-1', PACKS, context);
      expect(JSON.stringify([...(answers ?? [])])).not.toContain('0501234567');
    }
  });

  test('both files are read, whichever there is', async () => {
    const failure = { custom_id: 'all', response: null, error: { code: 'batch_expired' } };
    const context = server({
      'GET /batches/batch-1': { ...BATCH, status: 'expired', output_file_id: null, error_file_id: 'file-3' },
      'GET /files/file-3/content': JSON.stringify(failure),
    });
    expect(await collect(context)).toEqual({ one: 'transient label.lost', all: 'transient label.expired' });
  });

  test('a batch or file that is not shown may be shown later', async () => {
    for (const context of [
      server({}),
      server({ 'GET /batches/batch-1': { ...BATCH, status: 'completed', output_file_id: 'file-9' } }),
    ])
      await expect(collect(context)).rejects.toMatchObject({ kind: 'transient', code: 'label.unavailable' });
  });
});

test('a thousand packs go and come back in one batch, each with its own labels, at half of what they cost live', async () => {
  const sandbox = await startOpenAI();
  try {
    const batches = batchesOf({ OPENAI_API_KEY: sandbox.apiKey, OPENAI_BASE_URL: sandbox.baseUrl });
    const moods = ['الخدمة ممتازة', 'التطبيق زفت ويعلق', 'ارجو تعديل العنوان'];
    const packs = new Map(
      Array.from({ length: 1_000 }, (_, i) => [
        `p${i}`,
        [{ id: `id${i}`, text: `${moods[i % 3]} ${i}`, language: 'ar' }],
      ]),
    );
    const id = await batches.submit('big', packs, loopbackContext());
    sandbox.clock.advance(60_000);
    const answers = await batches.collect(id, packs, loopbackContext());
    let usd = 0;
    for (const [i, name] of [...packs.keys()].entries()) {
      const answer = answers?.get(name);
      if (answer === undefined || 'kind' in answer) throw new Error(`${name} has no answer`);
      const [outcome] = answer.outcomes;
      expect(outcome?.id).toBe(`id${i}`);
      expect(outcome?.status === 'labelled' && outcome.label.label).toBe(
        ['positive', 'negative', 'neutral'][i % 3],
      );
      usd += answer.costUsd;
    }
    expect(usd).toBeCloseTo(sandbox.invoice().usd, 9);
    expect(sandbox.items().paidTwice).toEqual([]);
  } finally {
    await sandbox.close();
  }
});
