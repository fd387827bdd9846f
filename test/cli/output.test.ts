// What reaches the eye: tables in line whatever they hold, hostile text as mere text, sentences that add up.

import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { explainRun } from '../../cli/explain.ts';
import { cell, count, csvField, duration, paint, plain, printError } from '../../cli/output.ts';
import { exitCode, overall, resultOf, totals } from '../../cli/run.ts';
import { secretsIn } from '../../cli/settings.ts';
import { requireLikeness } from '../../cli/state.ts';
import { fitWidths, printTable } from '../../cli/table.ts';
import { PipelineError } from '../../core/errors.ts';
import type { RunRecord, RunStatus, StreamReport } from '../../core/types.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function captured(stream: 'stdout' | 'stderr', terminal?: number): string[] {
  const lines: string[] = [];
  vi.spyOn(process[stream], 'write').mockImplementation((chunk) => {
    lines.push(...String(chunk).replace(/\n$/, '').split('\n'));
    return true;
  });
  for (const [name, value] of Object.entries({ isTTY: terminal !== undefined, columns: terminal })) {
    const before = Object.getOwnPropertyDescriptor(process[stream], name);
    Object.defineProperty(process[stream], name, { value, configurable: true, writable: true });
    onTestFinished(() => {
      if (before === undefined) Reflect.deleteProperty(process[stream], name);
      else Object.defineProperty(process[stream], name, before);
    });
  }
  return lines;
}

/** Places that a terminal gives to a text: none to marks and invisible characters, two to emoji. */
function places(text: string): number {
  return [...text.replace(/\p{Extended_Pictographic}/gu, '##').replace(/[\p{Mn}\p{Me}\p{Cf}]/gu, '')].length;
}

describe('a table', () => {
  const rows = [
    { name: 'خالد', text: 'مَرْحَبًا بِكُمْ', n: 5 },
    { name: 'Dana', text: 'plain', n: 123 },
    { name: '😡', text: 'مختلط mixed 😡', n: null },
  ];

  it('keeps its columns in line with Arabic, vowel signs and emoji', async () => {
    const lines = captured('stdout', 100);
    await printTable(['name', 'text', 'n'], rows);
    expect(lines).toHaveLength(7);
    expect(new Set(lines.map(places)).size).toBe(1);
    expect(lines[3]).toContain('\u2068مَرْحَبًا بِكُمْ\u2069');
  });

  it('holds no invisible characters when it goes to a file', async () => {
    const lines = captured('stdout');
    await printTable(['name', 'text', 'n'], rows);
    expect(lines.join('\n')).not.toMatch(/[\u2066-\u2069]/);
    expect(new Set(lines.map(places)).size).toBe(1);
  });

  it.each([80, 60, 40])('fits a terminal of %i places', async (width) => {
    const lines = captured('stdout', width);
    await printTable(['a', 'long', 'longer'], [{ a: 'x', long: 'y'.repeat(50), longer: 'ي'.repeat(90) }]);
    expect(lines.join('\n')).toContain('│');
    for (const line of lines) expect(places(line)).toBeLessThanOrEqual(width);
  });

  it('becomes one block a row where it has too many columns', async () => {
    const lines = captured('stdout', 40);
    const columns = Array.from({ length: 30 }, (_, i) => `column_${i}`);
    await printTable(columns, [Object.fromEntries(columns.map((column) => [column, 'value']))]);
    expect(lines[0]).toBe('— 1');
    expect(lines[1]).toMatch(/^ {2}column_0 +value$/);
    expect(lines.join('\n')).not.toContain('│');
  });

  it('gives up width where there is most of it', () => {
    expect(fitWidths([5, 50, 90], 200)).toEqual([5, 50, 90]);
    expect(fitWidths([5, 50, 90], 85)).toEqual([5, 40, 40]);
    expect(fitWidths([50, 50, 50], 17)).toBeUndefined();
  });
});

describe('text from outside', () => {
  it('cannot command the terminal or turn its neighbours round', () => {
    expect(cell('a\u001b[2Jb\u0007c\u009bd')).toBe('a[2Jbcd');
    expect(cell('safe\u202egnp.exe\u2066')).toBe('safegnp.exe');
    expect(cell('two\nlines\tand\u2028more')).toBe('two lines and more');
    expect(plain('two\nlines\r\u001b]0;title\u0007')).toBe('two\nlines]0;title');
  });

  it('is cut between characters, never inside one', () => {
    expect(cell('👩🏽‍💻'.repeat(9), 4)).toBe(`${'👩🏽‍💻'.repeat(3)}…`);
    expect(cell('مَرْحَبًا', 5)).toBe('مَرْحَبًا');
    expect(cell('x'.repeat(100_000), 10)).toBe(`${'x'.repeat(9)}…`);
  });

  it('cannot be a formula in a spreadsheet', () => {
    for (const text of ['=1+1', '+1', '-1', '@x', ' =1', '\u200b=1', '＝1'])
      expect(csvField(text)).toContain("'");
    expect(csvField('=HYPERLINK("x","y")')).toBe(`"'=HYPERLINK(""x"",""y"")"`);
    expect(csvField(-5)).toBe('-5');
    expect(csvField('a,"b"\nc')).toBe('"a,""b""\nc"');
    expect(csvField(null)).toBe('');
  });
});

describe('an error', () => {
  const error = new PipelineError('config', 'x.y', 'Two settings:\n  A is missing\n  B is hunter2', {
    hint: 'Set them.',
  });
  const scrub = (text: string): string => text.replaceAll('hunter2', '[redacted]');

  it('keeps its lines and loses its secrets', () => {
    const lines = captured('stderr');
    printError(error, false, scrub);
    expect(lines).toEqual(['Error: Two settings:', '  A is missing', '  B is [redacted]', 'Next: Set them.']);
  });

  it('is one line of JSON where JSON was asked for', () => {
    const lines = captured('stderr');
    printError(error, true, scrub);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      error: {
        kind: 'config',
        code: 'x.y',
        message: 'Two settings:\n  A is missing\n  B is [redacted]',
        hint: 'Set them.',
      },
    });
  });

  it('is coloured only for a person who wants it', () => {
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('TERM', 'xterm');
    expect(paint('31', 'x', { isTTY: true })).toBe('\u001b[31mx\u001b[0m');
    expect(paint('31', 'x', { isTTY: false })).toBe('x');
    vi.stubEnv('NO_COLOR', '1');
    expect(paint('31', 'x', { isTTY: true })).toBe('x');
  });
});

it('secrets are found in variables by name and in URLs by place', () => {
  const found = secretsIn({
    A_TOKEN: 'aaaa',
    API_KEY: 'bbbb',
    CLIENT_SECRET: 'cccc',
    PGPASSWORD: 'dddd',
    STATE_URL: 'postgres://me:p%40ss@host/db',
    WAREHOUSE_URL: 'postgres://me:100%@host/db?password=eeee&x=1',
    SUBDOMAIN: 'acme',
    EMPTY_TOKEN: '',
  });
  expect([...found].sort()).toEqual([
    '100%',
    'aaaa',
    'bbbb',
    'cccc',
    'dddd',
    'eeee',
    'eeee',
    'p%40ss',
    'p@ss',
  ]);
});

it('numbers and times are written for people', () => {
  expect([0, 999, 1500, 59_400, 65_000, 7_500_000, 200_000_000].map(duration)).toEqual([
    '0 ms',
    '999 ms',
    '1.5 s',
    '59.4 s',
    '1 min 5 s',
    '2 h 5 min',
    '2 d 7 h',
  ]);
  expect([count(1, 'row'), count(0, 'row'), count(12_345, 'row'), count(12_345)]).toEqual([
    '1 row',
    '0 rows',
    '12,345 rows',
    '12,345',
  ]);
});

describe('a checkpoint by hand', () => {
  const bookmark = {
    lane: 'zendesk/tickets',
    checkpoint: { startTime: 5, cursor: 'abc' },
    revision: 1,
    loadId: null,
    done: false,
    updatedAt: '',
  };

  it('must look like the present one', () => {
    for (const good of [{ startTime: 7 }, { startTime: 7, cursor: 'x' }, { cursor: 'x', until: 9 }])
      expect(() => requireLikeness(good, bookmark)).not.toThrow();
    for (const bad of [{}, { cusor: 'x' }, { startTime: '7' }, { startTime: null, cursor: 'x' }])
      expect(() => requireLikeness(bad, bookmark), JSON.stringify(bad)).toThrow(
        /no checkpoint of zendesk\/tickets/,
      );
  });

  it('may be anything after a reset', () => {
    expect(() => requireLikeness({ any: 1 }, { ...bookmark, checkpoint: null })).not.toThrow();
    expect(() => requireLikeness({ any: 1 }, { ...bookmark, checkpoint: {} })).not.toThrow();
  });
});

const STREAM: StreamReport = {
  stream: 'tickets',
  lane: 'zendesk/tickets',
  status: 'succeeded',
  read: 100,
  loaded: 90,
  deleted: 4,
  rejected: 1,
  repeated: 5,
  expected: 100,
  feedback: 80,
  pages: 2,
  loads: 1,
  http: { requests: 3, retries: 1, waitMs: 1500, bytes: 2_500_000, rateLimited: 1 },
  durationMs: 4000,
  caughtUpTo: '2026-01-01T00:00:00Z',
  error: null,
};

function record(change: Partial<RunRecord> = {}): RunRecord {
  return {
    runId: 'run_1',
    pipeline: 'zendesk',
    lane: 'live',
    status: 'succeeded',
    sink: 'duckdb:warehouse.duckdb',
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:08.000Z',
    owner: { runId: 'run_1', host: 'h', pid: 1, processStartedAt: '' },
    streams: [STREAM],
    labels: {},
    costUsd: 0,
    error: null,
    ...change,
  };
}

function failing(kind: string, code: string, change: Partial<StreamReport> = {}): StreamReport {
  const error = { kind, code, message: `It broke: ${code}.`, hint: 'Mend it.' };
  return { ...STREAM, status: 'failed', error, ...change };
}

describe('an explanation', () => {
  it('accounts for every record and every request', () => {
    const lines = explainRun(record(), null);
    expect(lines).toContain(
      'tickets: succeeded. 100 records read = 90 loaded + 4 deleted + 1 rejected + 5 repeated; the vendor counts 100.',
    );
    expect(lines).toContain(
      '  3 requests, 1 retried, 1 told to wait, 1.5 s waited, 2.50 MB, 2 pages in 1 load, 4.0 s.',
    );
  });

  it('says what was read and is not durable', () => {
    const report = failing('transient', 'zendesk.down', { loaded: 40, deleted: 0, rejected: 0, repeated: 0 });
    expect(explainRun(record({ status: 'partial', streams: [report] }), null).join('\n')).toContain(
      '100 records read = 40 loaded + 0 deleted + 0 rejected + 60 not yet durable',
    );
  });

  it.each([
    ['config', 'zendesk.unauthorized', /set right what is named above, prove it with `pipeline check`/],
    ['data', 'stream.too_many_rejects', /look at `pipeline rejects list`, mend the cause, and run again/],
    ['transient', 'zendesk.down', /run the same command again: it resumes/],
    ['bug', 'bug.unclassified', /report it/],
  ])('of a %s error says what to do', (kind, code, advice) => {
    const lines = explainRun(record({ status: 'failed', streams: [failing(kind, code)] }), null);
    expect(lines.at(-1)).toMatch(advice);
    expect(lines.join('\n')).toContain(`It broke: ${code}. Mend it.`);
  });

  it('has a sentence for every end of a run', () => {
    const statuses: RunStatus[] = ['running', 'succeeded', 'partial', 'failed', 'interrupted', 'busy'];
    const heads = statuses.map((status) => explainRun(record({ status, endedAt: null }), null)[0]);
    expect(new Set(heads).size).toBe(statuses.length);
    for (const head of heads) expect(head).not.toMatch(/null|undefined|NaN/);
  });

  it('points at the rejects of a run that succeeded, and asks for nothing where there is nothing', () => {
    expect(explainRun(record(), null).at(-1)).toContain('pipeline rejects replay --all');
    const lost = record({ status: 'partial', streams: [failing('transient', 'zendesk.down')] });
    expect(explainRun(lost, null).at(-1)).toMatch(
      /run the same command again.*pipeline rejects replay --all/,
    );
    const clean = record({ streams: [{ ...STREAM, rejected: 0 }] });
    expect(explainRun(clean, null).at(-1)).toBe('What to do: nothing.');
  });

  it('of labels that stopped says that the data is complete', () => {
    expect(explainRun(record(), 'The endpoint is down.').join('\n')).toMatch(
      /The endpoint is down\. The data itself is complete/,
    );
  });
});

describe('the result', () => {
  it('is the one that all pipelines share, and partial where they differ', () => {
    expect(overall([])).toBe('interrupted');
    expect(overall(['succeeded', 'succeeded'])).toBe('succeeded');
    expect(overall(['succeeded', 'failed'])).toBe('partial');
    expect(overall(['failed', 'failed'])).toBe('failed');
    expect(overall(['busy'])).toBe('busy');
    expect(overall(['busy', 'succeeded'])).toBe('partial');
    expect(overall(['succeeded', 'interrupted'])).toBe('interrupted');
  });

  it('has the exit code of its status, and 2 where only the configuration was wrong', () => {
    const codes = (['succeeded', 'failed', 'partial', 'busy', 'interrupted'] as const).map((status) =>
      exitCode([record({ status, streams: [failing('transient', 'x.y')] })], status),
    );
    expect(codes).toEqual([0, 1, 3, 75, 130]);
    const config = failing('config', 'zendesk.unauthorized');
    expect(exitCode([record({ status: 'failed', streams: [config, config] })], 'failed')).toBe(2);
    expect(exitCode([record({ status: 'failed', streams: [config, failing('bug', 'x.y')] })], 'failed')).toBe(
      1,
    );
  });

  it('keeps the form that other programs rely on', () => {
    const labels = { offline: 3, cached: 1 };
    expect(resultOf([record({ labels }), record({ labels, costUsd: 0.5 })], 'succeeded')).toMatchObject({
      runId: 'run_1',
      status: 'succeeded',
      pipelines: [
        {
          pipeline: 'zendesk',
          lane: 'live',
          status: 'succeeded',
          streams: [{ stream: 'tickets', read: 100, loaded: 90, deleted: 4, rejected: 1, expected: 100 }],
        },
        {},
      ],
      labels: { offline: 6, cached: 2 },
      costUsd: 0.5,
    });
  });

  it('sums up in one sentence', () => {
    expect(totals(record())).toBe('100 records read, 90 loaded, 4 deleted, 1 rejected; 3 requests.');
  });
});
