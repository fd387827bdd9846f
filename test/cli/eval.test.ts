// `pipeline eval`, run as a command: figures of a labelled file, what it costs, and one sentence for each file that will not do.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type OpenAIOptions, type OpenAISandbox, startOpenAI } from '../../sandbox/openai.ts';
import { emptyFolder, fingerprint, parsed, pipeline } from './command.ts';

vi.setConfig({ testTimeout: 240_000 });

interface Figures {
  readonly texts: number;
  readonly accuracy: number;
  readonly macroF1: { readonly value: number; readonly low: number; readonly high: number };
  readonly confusion: { readonly [actual: string]: { readonly [predicted: string]: number } };
}

interface Result extends Figures {
  readonly mode: string;
  readonly leftOut: number;
  readonly unlabelled: number;
  readonly languages: { readonly [name: string]: Figures };
  readonly dialects: { readonly [name: string]: Figures };
  readonly models: readonly {
    readonly model: string;
    readonly texts: number;
    readonly requests: number;
    readonly costUsd: number;
    readonly p95Ms: number | null;
  }[];
  readonly stopped: { readonly code: string } | null;
}

const GOLD = [
  'text,label,dialect',
  '"خدمة ممتازة، شكرا لكم",positive,msa',
  'أسوأ تجربة نصابين,سلبي,msa',
  'متى يفتح الفرع؟,محايد,msa',
  'خدمة زفت ومش هتعامل معاكم تاني,NEG,egyptian',
  'الموظف محترم والتطبيق تحفة,إيجابيّة,egyptian',
  'Great service and kind staff,pos,',
  '"This is the worst app, it keeps crashing",negative,',
].join('\r\n');

/** A folder with one file in it. */
async function folderWith(name: string, content: string | Uint8Array): Promise<string> {
  const folder = await emptyFolder();
  writeFileSync(join(folder, name), content);
  return folder;
}

async function evaluated(
  content: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Result> {
  const folder = await folderWith('gold.csv', content);
  return parsed(await pipeline({ folder, env }, ['eval', 'gold.csv', '--json', ...args])) as Result;
}

async function model(options: OpenAIOptions = {}): Promise<{
  readonly server: OpenAISandbox;
  readonly env: Record<string, string>;
}> {
  const server = await startOpenAI(options);
  onTestFinished(() => server.close());
  return {
    server,
    env: {
      OPENAI_API_KEY: server.apiKey,
      OPENAI_BASE_URL: server.baseUrl,
      LLM_MODEL: 'gpt-4o-mini',
      PIPELINE_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
    },
  };
}

describe('the offline model, on a labelled file', () => {
  it('is measured as a whole, by language and by dialect, at no cost', async () => {
    const result = await evaluated(GOLD);
    expect(result).toMatchObject({ mode: 'offline', texts: 7, leftOut: 0, unlabelled: 0, stopped: null });
    expect(result.accuracy).toBe(1);
    expect(result.macroF1).toEqual({ value: 1, low: 1, high: 1 });
    expect(Object.keys(result.languages)).toEqual(['ar', 'en']);
    expect(result.languages['en']?.texts).toBe(2);
    expect(Object.keys(result.dialects)).toEqual(['egyptian', 'msa', 'unknown']);
    expect(result.confusion).toMatchObject({ negative: { negative: 3 }, neutral: { neutral: 1 } });
    expect(result.models).toEqual([
      {
        model: expect.stringMatching(/^linear-/),
        texts: 7,
        requests: 7,
        costUsd: 0,
        p95Ms: expect.any(Number),
      },
    ]);
  });

  it('is told wrong where it is wrong', async () => {
    const swapped = GOLD.replace('متى يفتح الفرع؟,محايد', 'متى يفتح الفرع؟,negative');
    const result = await evaluated(swapped);
    expect(result.accuracy).toBeCloseTo(6 / 7, 10);
    expect(result.confusion['negative']).toMatchObject({ negative: 3, neutral: 1 });
    expect(result.macroF1.low).toBeLessThan(result.macroF1.value);
  });

  it('gives the same figures each time, and changes no file', async () => {
    const folder = await folderWith('gold.csv', GOLD);
    const before = fingerprint(folder);
    const [first, second] = await Promise.all(
      [1, 2].map(async () => parsed(await pipeline({ folder }, ['eval', 'gold.csv', '--json'])) as Result),
    );
    expect({ ...first, models: [] }).toEqual({ ...second, models: [] });
    expect(fingerprint(folder)).toEqual(before);
  });

  it('is shown as tables', async () => {
    const folder = await folderWith('gold.csv', GOLD);
    const { code, stdout, stderr } = await pipeline({ folder }, ['eval', 'gold.csv']);
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/│ all +│ +7 │ 1\.000/);
    expect(stdout).toContain('dialect egyptian');
    expect(stdout).toContain('0.0000');
    expect(stdout).not.toContain('خدمة');
  });

  it('leaves out texts without a word, and says so', async () => {
    expect(await evaluated('text,label\n...,neutral\nخدمة ممتازة,positive\n')).toMatchObject({
      texts: 1,
      leftOut: 1,
    });
  });
});

/** What one pack of so many texts asks: one pack in twenty carries a canary, whose answer is known. */
function perhapsWithCanary(texts: number): readonly number[] {
  return [texts, texts + 1];
}

describe('a provider', () => {
  it('labels all texts in packs, with its cost and its time', async () => {
    const { server, env } = await model();
    const result = await evaluated(GOLD, ['--model', 'provider'], env);
    expect(result).toMatchObject({ mode: 'provider', texts: 7, unlabelled: 0, stopped: null });
    const [use] = result.models;
    expect(use).toMatchObject({ model: 'gpt-4o-mini', requests: 1 });
    expect(perhapsWithCanary(7)).toContain(use?.texts);
    expect(use?.costUsd).toBeGreaterThan(0);
    expect(use?.p95Ms).toBeGreaterThan(0);
    expect(server.items().distinct).toBe(use?.texts);
  });

  it('is not begun where it may cost more than the budget', async () => {
    const { server, env } = await model();
    const folder = await folderWith('gold.csv', GOLD);
    const args = ['eval', 'gold.csv', '--model', 'provider', '--budget', '0.0001'];
    const { code, stderr, stdout } = await pipeline({ folder, env }, args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/may cost up to [\d.]+ USD, more than the budget of 0.0001 USD. Nothing was sent/);
    expect(server.items().distinct).toBe(0);
  });

  it('that fails for good leaves a partial result, and no customer text anywhere', async () => {
    const { env } = await model({ faults: [{ kind: 'status', status: 503, count: 100 }] });
    const folder = await folderWith('gold.csv', GOLD);
    const args = ['eval', 'gold.csv', '--model', 'provider', '--json'];
    const outcome = await pipeline({ folder, env: { ...env, LOG_LEVEL: 'debug' } }, args);
    expect(outcome.code).toBe(3);
    expect(parsed(outcome)).toMatchObject({
      unlabelled: 7,
      accuracy: 0,
      stopped: { code: expect.any(String) },
    });
    expect(outcome.stdout + outcome.stderr).not.toMatch(/خدمة|الموظف|crashing/);
  });

  it('needs a key', async () => {
    const folder = await folderWith('gold.csv', GOLD);
    const outcome = await pipeline({ folder }, ['eval', 'gold.csv', '--model', 'provider']);
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('OPENAI_API_KEY is not set') });
  });
});

describe('a cascade', () => {
  it('sends only the least sure share, and keeps the offline labels of the rest', async () => {
    const { server, env } = await model();
    const result = await evaluated(GOLD, ['--model', 'cascade', '--cascade', '0.4'], env);
    const [offline, provider] = result.models.map(({ texts }) => texts);
    expect(offline).toBe(7);
    expect(perhapsWithCanary(3)).toContain(provider);
    expect(server.items().distinct).toBe(provider);
    expect(result.unlabelled).toBe(0);
  });

  it('of no share asks nobody', async () => {
    const { server, env } = await model();
    const result = await evaluated(GOLD, ['--model', 'cascade', '--cascade', '0'], env);
    expect(result.models[1]).toMatchObject({ texts: 0, requests: 0, costUsd: 0, p95Ms: null });
    expect(server.items().distinct).toBe(0);
  });

  it('keeps an offline label where the provider gave none', async () => {
    const { env } = await model({ faults: [{ kind: 'model', what: 'refusal', count: 100 }] });
    const result = await evaluated(GOLD, ['--model', 'cascade', '--cascade', '1'], env);
    expect(result).toMatchObject({ accuracy: 1, unlabelled: 0 });
  });
});

describe('a file or an option that will not do', () => {
  it('is told in one sentence, without a word of the texts', async () => {
    const folder = await folderWith('gold.csv', 'text,label\nsecret,angry\n');
    const told = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await pipeline({ folder }, ['eval', ...args]);
      expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
      expect(stderr).not.toContain('secret');
      return stderr;
    };
    const [label, missing, mode, share, range] = await Promise.all([
      told('gold.csv'),
      told('nowhere.csv'),
      told('gold.csv', '--model', 'best'),
      told('gold.csv', '--cascade', '0.2'),
      told('gold.csv', '--model', 'cascade', '--cascade', '2'),
    ]);
    expect(label).toContain(
      'Line 2 of gold.csv has a label that is none of positive, neutral, negative, mixed.',
    );
    expect(missing).toContain('nowhere.csv cannot be read (ENOENT).');
    expect(mode).toContain('--model “best” is not known.');
    expect(share).toContain('--cascade goes with --model cascade only.');
    expect(range).toContain('--cascade “2” is no share from 0 to 1.');
  });
});
