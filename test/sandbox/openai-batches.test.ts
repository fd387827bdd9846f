// Files and batches of the OpenAI stand-in, and its Azure and JAIS manners, through the vendor's own SDK.

import OpenAI, { AzureOpenAI } from 'openai';
import { afterEach, describe, expect, test } from 'vitest';
import { type OpenAIOptions, type OpenAISandbox, startOpenAI } from '../../sandbox/openai.ts';

const started: OpenAISandbox[] = [];
async function start(options: OpenAIOptions = {}): Promise<OpenAISandbox> {
  const sandbox = await startOpenAI(options);
  started.push(sandbox);
  return sandbox;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
});

const clientOf = ({ baseUrl, apiKey }: OpenAISandbox): OpenAI =>
  new OpenAI({ baseURL: baseUrl, apiKey, maxRetries: 0 });
const azureOf = ({ url, apiKey }: OpenAISandbox, apiVersion = '2024-10-21', key = apiKey): AzureOpenAI =>
  new AzureOpenAI({ baseURL: `${url}/openai`, apiKey: key, apiVersion, maxRetries: 0 });

const MINUTE_MS = 60_000;
const TEXTS = ['شكراً لكم، الخدمة ممتازة', 'الطلب متأخر، أسوأ خدمة', 'أين أجد سجل الطلبات؟'];

const chat = (text: string, model = 'gpt-4o-mini') => ({
  model,
  messages: [
    { role: 'system' as const, content: 'Label the feedback as JSON.' },
    { role: 'user' as const, content: JSON.stringify({ items: [{ id: 'x', text }] }) },
  ],
});

const lineOf = (id: string, text: string, more: object = {}): object => ({
  custom_id: id,
  method: 'POST',
  url: '/v1/chat/completions',
  body: chat(text),
  ...more,
});
const LINES = TEXTS.map((text, i) => lineOf(`q${i}`, text));

const fileOf = (lines: readonly object[]): File =>
  new File([lines.map((line) => `${JSON.stringify(line)}\n`).join('')], 'questions.jsonl');

async function submit(
  client: OpenAI,
  lines: readonly object[] = LINES,
  metadata = {},
): Promise<OpenAI.Batch> {
  const file = await client.files.create({ file: fileOf(lines), purpose: 'batch' });
  return client.batches.create({
    input_file_id: file.id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
    metadata,
  });
}

interface Result {
  readonly custom_id: string;
  readonly response: { readonly status_code: number; readonly body: OpenAI.ChatCompletion } | null;
  readonly error: { readonly code: string } | null;
}

async function resultsIn(client: OpenAI, fileId: string | null | undefined): Promise<readonly Result[]> {
  if (!fileId) return [];
  const text = await (await client.files.content(fileId)).text();
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Result);
}

describe('files', () => {
  test('are kept as they were sent, and listed, and gone when deleted', async () => {
    const client = clientOf(await start());
    const file = await client.files.create({ file: fileOf(LINES), purpose: 'batch' });
    expect(file).toMatchObject({
      object: 'file',
      filename: 'questions.jsonl',
      purpose: 'batch',
      status: 'processed',
    });
    expect(await (await client.files.content(file.id)).text()).toBe(await fileOf(LINES).text());
    expect(file.bytes).toBe(fileOf(LINES).size);
    expect((await client.files.list()).data.map(({ id }) => id)).toEqual([file.id]);
    expect(await client.files.delete(file.id)).toMatchObject({ deleted: true });
    await expect(client.files.retrieve(file.id)).rejects.toThrow(OpenAI.NotFoundError);
  });

  test('of another purpose or kind are refused', async () => {
    const client = clientOf(await start());
    await expect(client.files.create({ file: fileOf(LINES), purpose: 'vision' })).rejects.toThrow(
      OpenAI.BadRequestError,
    );
    const picture = new File(['x'], 'cat.png');
    await expect(client.files.create({ file: picture, purpose: 'batch' })).rejects.toMatchObject({
      code: 'invalid_file_format',
    });
  });
});

describe('a batch', () => {
  test('is worked on for a while, then told in one file, in no order, at half the price', async () => {
    const sandbox = await start();
    const client = clientOf(sandbox);
    for (const text of TEXTS) await client.chat.completions.create(chat(text));
    const live = sandbox.invoice().usd;
    const many = [...LINES, ...Array.from({ length: 9 }, (_, i) => lineOf(`more-${i}`, TEXTS[i % 3] ?? ''))];
    const batch = await submit(client, many, { intent: 'night-1' });
    expect(batch).toMatchObject({ object: 'batch', status: 'validating', metadata: { intent: 'night-1' } });
    sandbox.clock.advance(MINUTE_MS / 2);
    expect(await client.batches.retrieve(batch.id)).toMatchObject({
      status: 'in_progress',
      output_file_id: null,
    });
    sandbox.clock.advance(MINUTE_MS / 2);
    const ended = await client.batches.retrieve(batch.id);
    expect(ended).toMatchObject({
      status: 'completed',
      error_file_id: null,
      request_counts: { total: 12, completed: 12, failed: 0 },
    });
    const results = await resultsIn(client, ended.output_file_id);
    const ids = results.map(({ custom_id }) => custom_id);
    expect(ids).not.toEqual([...ids].sort());
    expect(new Set(ids).size).toBe(12);
    const first = results.find(({ custom_id }) => custom_id === 'q0');
    expect(first?.response?.body.choices[0]?.message.content).toContain('"positive"');
    expect(sandbox.invoice().usd).toBeCloseTo(live + (4 * live) / 2, 9);
  });

  test('is listed newest first, page by page', async () => {
    const client = clientOf(await start());
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.unshift((await submit(client, LINES, { intent: `n${i}` })).id);
    const listed: string[] = [];
    for await (const { id } of client.batches.list({ limit: 2 })) listed.push(id);
    expect(listed).toEqual(made);
    await expect(client.batches.list({ limit: 101 })).rejects.toThrow(OpenAI.BadRequestError);
  });

  test('can be cancelled, and what was not answered says so', async () => {
    const sandbox = await start();
    const client = clientOf(sandbox);
    const { id } = await submit(client);
    expect((await client.batches.cancel(id)).status).toBe('cancelling');
    const ended = await client.batches.retrieve(id);
    expect(ended).toMatchObject({ status: 'cancelled', output_file_id: null });
    expect((await resultsIn(client, ended.error_file_id)).map(({ error }) => error?.code)).toEqual(
      LINES.map(() => 'batch_cancelled'),
    );
    expect(sandbox.invoice().usd).toBe(0);
    await expect(client.batches.cancel(id)).rejects.toThrow(OpenAI.ConflictError);
  });

  test('that takes more than a day expires', async () => {
    const sandbox = await start({ batchMs: 48 * 3_600_000 });
    const client = clientOf(sandbox);
    const { id } = await submit(client);
    sandbox.clock.advance(25 * 3_600_000);
    const ended = await client.batches.retrieve(id);
    expect(ended).toMatchObject({ status: 'expired', output_file_id: null });
    expect((await resultsIn(client, ended.error_file_id))[0]?.error?.code).toBe('batch_expired');
  });

  const ENDS: readonly (readonly [what: string, status: string, answered: number, failed: number])[] = [
    ['batch_expired', 'expired', 0, 3],
    ['batch_half_expired', 'expired', 2, 1],
    ['batch_half_failed', 'completed', 2, 1],
    ['batch_all_failed', 'completed', 0, 3],
    ['batch_cancelled', 'cancelled', 2, 1],
    ['batch_lost', 'completed', 2, 0],
    ['batch_strange', 'completed', 4, 0],
    ['batch_repeated', 'completed', 4, 0],
    ['refusal', 'completed', 3, 0],
    ['content_filter', 'completed', 0, 3],
  ];
  for (const [what, status, answered, failed] of ENDS) {
    test(`ends ${status} with ${answered} answers and ${failed} errors at ${what}`, async () => {
      const sandbox = await start({ faults: [{ kind: 'model', what, path: '/files', method: 'POST' }] });
      const client = clientOf(sandbox);
      const { id } = await submit(client);
      sandbox.clock.advance(MINUTE_MS);
      const ended = await client.batches.retrieve(id);
      expect(ended.status).toBe(status);
      expect(ended.output_file_id === null).toBe(answered === 0);
      expect(await resultsIn(client, ended.output_file_id)).toHaveLength(answered);
      expect(await resultsIn(client, ended.error_file_id)).toHaveLength(failed);
    });
  }

  const FAULTY: readonly (readonly [name: string, lines: readonly object[], code: string])[] = [
    ['without a question', [{}].slice(1), 'empty_file'],
    ['with a name twice', [lineOf('q', 'a'), lineOf('q', 'b')], 'duplicate_custom_id'],
    [
      'with two models',
      [lineOf('a', 'a'), lineOf('b', 'b', { body: chat('b', 'gpt-4.1-mini') })],
      'mismatched_model',
    ],
    ['for another address', [lineOf('a', 'a', { url: '/v1/embeddings' })], 'mismatched_endpoint'],
    ['with a line that is none', [['no object']], 'invalid_json_line'],
  ];
  for (const [name, lines, code] of FAULTY) {
    test(`${name} fails as a whole, and is not billed`, async () => {
      const sandbox = await start();
      const client = clientOf(sandbox);
      const { id } = await submit(client, lines);
      sandbox.clock.advance(MINUTE_MS);
      const ended = await client.batches.retrieve(id);
      expect(ended).toMatchObject({ status: 'failed', output_file_id: null, error_file_id: null });
      expect(ended.errors?.data?.[0]?.code).toBe(code);
      expect(sandbox.invoice().usd).toBe(0);
    });
  }

  test('of a file that is not there, another window or loose metadata is refused at once', async () => {
    const client = clientOf(await start());
    const file = await client.files.create({ file: fileOf(LINES), purpose: 'batch' });
    const right = {
      input_file_id: file.id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    } as const;
    const wrong = [
      { ...right, input_file_id: 'file-of-nobody' },
      { ...right, completion_window: '1h' as '24h' },
      { ...right, endpoint: '/v1/completions' as const },
      { ...right, metadata: { intent: 'x'.repeat(600) } },
    ];
    for (const body of wrong)
      await expect(client.batches.create(body)).rejects.toThrow(OpenAI.BadRequestError);
  });
});

describe('Azure', () => {
  const ask = (client: OpenAI, deployment = 'labels', more: object = {}) =>
    client.chat.completions.create({ ...chat(TEXTS[0] ?? '', deployment), ...more });

  test('answers for a deployment, by its address or by its name', async () => {
    const sandbox = await start({ dialect: 'azure' });
    for (const client of [azureOf(sandbox), clientOf(sandbox)]) {
      const answer = await ask(client);
      expect(answer.model).toBe('gpt-4o-mini');
      expect(answer).toHaveProperty('prompt_filter_results');
      expect(answer.choices[0]?.message.content).toContain('"positive"');
    }
  });

  test('has errors of its own for keys, deployments, retired models and versions', async () => {
    const sandbox = await start({ dialect: 'azure' });
    await expect(ask(azureOf(sandbox, '2024-10-21', 'wrong'))).rejects.toMatchObject({
      status: 401,
      code: '401',
    });
    await expect(ask(azureOf(sandbox), 'nobody')).rejects.toMatchObject({
      status: 404,
      code: 'DeploymentNotFound',
    });
    await expect(ask(azureOf(sandbox), 'labels-old')).rejects.toMatchObject({ status: 410 });
    await expect(ask(azureOf(sandbox), 'labels-nightly')).rejects.toMatchObject({
      status: 400,
      code: 'OperationNotSupported',
    });
    await expect(ask(azureOf(sandbox, '2020-01-01'))).rejects.toMatchObject({ status: 400 });
    const unversioned = await fetch(`${sandbox.url}/openai/deployments/labels/chat/completions`, {
      method: 'POST',
      headers: { 'api-key': sandbox.apiKey },
      body: JSON.stringify(chat('x')),
    });
    expect([unversioned.status, await unversioned.json()]).toEqual([
      404,
      { error: { code: '404', message: 'Resource not found' } },
    ]);
    const strict = {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'x', schema: { type: 'object', properties: {} } },
      },
    };
    await expect(ask(azureOf(sandbox, '2024-06-01'), 'labels', strict)).rejects.toThrow(/json_schema/);
  });

  test('names the rule that a text breaks, and limits with Retry-After', async () => {
    const sandbox = await start({ dialect: 'azure', requestsPerMinute: 1 });
    sandbox.faults.set([{ kind: 'model', what: 'content_filter' }]);
    await expect(ask(azureOf(sandbox))).rejects.toMatchObject({
      status: 400,
      code: 'content_filter',
      error: { innererror: { code: 'ResponsibleAIPolicyViolation' } },
    });
    const limited = await ask(azureOf(sandbox)).catch((thrown: unknown) => thrown);
    expect(limited).toBeInstanceOf(OpenAI.RateLimitError);
    expect((limited as InstanceType<typeof OpenAI.RateLimitError>).headers?.get('retry-after')).toMatch(
      /^\d+$/,
    );
  });

  test('takes batches for a deployment made for them, once it has looked at the file', async () => {
    const sandbox = await start({ dialect: 'azure' });
    const client = azureOf(sandbox);
    const lines = TEXTS.map((text, i) =>
      lineOf(`q${i}`, text, { url: '/chat/completions', body: chat(text, 'labels-nightly') }),
    );
    const file = await client.files.create({ file: fileOf(lines), purpose: 'batch' });
    expect(file.status).toBe('pending');
    const create = () =>
      client.batches.create({
        input_file_id: file.id,
        endpoint: '/chat/completions' as '/v1/chat/completions',
        completion_window: '24h',
      });
    await expect(create()).rejects.toThrow(OpenAI.BadRequestError);
    expect((await client.files.retrieve(file.id)).status).toBe('processed');
    const { id } = await create();
    sandbox.clock.advance(MINUTE_MS);
    const ended = await client.batches.retrieve(id);
    expect(await resultsIn(client, ended.output_file_id)).toHaveLength(3);
  });

  test('says in its list when a model ends', async () => {
    const sandbox = await start({ dialect: 'azure' });
    const model = await azureOf(sandbox).models.retrieve('gpt-3.5-turbo-0301');
    expect(model).toMatchObject({ deprecation: { inference: Date.parse('2024-09-13') / 1000 } });
  });
});

describe('JAIS', () => {
  const ask = (sandbox: OpenAISandbox, text: string) =>
    clientOf(sandbox).chat.completions.create(chat(text, 'jais-2-70b-chat'));

  test('refuses schemas, has no batches, and tells errors as vLLM does', async () => {
    const sandbox = await start({ dialect: 'jais' });
    const client = clientOf(sandbox);
    const more = { response_format: { type: 'json_object' as const } };
    await expect(
      client.chat.completions.create({ ...chat('x', 'jais-2-70b-chat'), ...more }),
    ).rejects.toMatchObject({ status: 400, code: 400, type: 'BadRequestError' });
    await expect(client.files.list()).rejects.toThrow(OpenAI.NotFoundError);
    expect((await client.models.list()).data[0]).toMatchObject({ owned_by: 'vllm', max_model_len: 8192 });
  });

  test('writes some of its answers untidily, the same ones each time', async () => {
    const written = async (): Promise<readonly string[]> => {
      const sandbox = await start({ dialect: 'jais', untidy: 0.5 });
      const answers: string[] = [];
      for (let i = 0; i < 24; i++)
        answers.push((await ask(sandbox, `الخدمة ممتازة ${i}`)).choices[0]?.message.content ?? '');
      return answers;
    };
    const first = await written();
    const untidy = first.filter((answer) => !answer.startsWith('{"items"') || answer.includes('،"'));
    expect(untidy.length).toBeGreaterThan(5);
    expect(untidy.length).toBeLessThan(20);
    expect(untidy.some((answer) => /:[٠-٩]/.test(answer))).toBe(true);
    expect(await written()).toEqual(first);
  });
});

test('each model errs at a rate of its own, and about one text always in the same way', async () => {
  const price = { inputPer1k: 0, cachedPer1k: 0, outputPer1k: 0 };
  const model = (id: string, noise: number) => ({ id, price, contextTokens: 128_000, noise });
  const sandbox = await start({ models: [model('sure', 0), model('rash', 0.5)] });
  const items = Array.from({ length: 200 }, (_, i) => ({ id: `i${i}`, text: `الخدمة ممتازة ${i}` }));
  const labels = async (name: string): Promise<readonly string[]> => {
    const answer = await clientOf(sandbox).chat.completions.create({
      model: name,
      messages: [{ role: 'user', content: JSON.stringify({ items }) }],
    });
    const { items: told } = JSON.parse(answer.choices[0]?.message.content ?? '') as {
      readonly items: readonly { readonly label: string }[];
    };
    return told.map(({ label }) => label);
  };
  expect(new Set(await labels('sure'))).toEqual(new Set(['positive']));
  const rash = await labels('rash');
  const wrong = rash.filter((label) => label !== 'positive').length;
  expect(wrong).toBeGreaterThan(70);
  expect(wrong).toBeLessThan(130);
  expect(await labels('rash')).toEqual(rash);
});
