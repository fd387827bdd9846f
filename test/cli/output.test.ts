// What reaches the eye: tables in line whatever they hold, hostile text as mere text, progress that leaves no mess.

import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { cell, count, csvField, duration, note, paint, plain, printError } from '../../cli/output.ts';
import { createProgress } from '../../cli/progress.ts';
import { scrubbedSecrets } from '../../cli/session.ts';
import { scrubber, secretsIn } from '../../cli/settings.ts';
import { loadShape } from '../../cli/shape.ts';
import { fitWidths, printTable } from '../../cli/table.ts';
import { PipelineError } from '../../core/errors.ts';
import type { StreamReport } from '../../core/types.ts';

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

  it('stays in line when Arabic is shaped: lam and alef take one place, vowel signs take none', async () => {
    const shape = await loadShape();
    const lines = captured('stdout');
    const shaped = [
      { text: 'لا بلا إِلَّا', n: 1 },
      { text: 'ڤيديو 👍 (نعم)', n: 2 },
    ];
    await printTable(['text', 'n'], shaped, { shape });
    expect(lines).toHaveLength(6);
    expect(new Set(lines.map(places)).size).toBe(1);
    expect(lines[3]).toContain('ﻻﺇ ﻼﺑ ﻻ');
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

it('secrets that are read from the state, or put there, never show in a log from then on', async () => {
  const kept = new Map([['pair', JSON.stringify({ accessToken: 'access-canary', expiresAtMs: 5 })]]);
  const secrets = scrubbedSecrets({
    get: async (name) => kept.get(name),
    put: async (name, value) => void kept.set(name, value),
    locked: (_name, work) => work(),
  });
  expect(scrubber.scrub('access-canary')).toBe('access-canary');
  expect(await secrets.get('pair')).toContain('access-canary');
  await secrets.put('plain', 'plain-canary');
  expect(kept.get('plain')).toBe('plain-canary');
  expect(scrubber.scrub('a access-canary b plain-canary')).toBe('a [redacted] b [redacted]');
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

describe('progress', () => {
  const running: StreamReport = { ...STREAM, status: 'running', read: 50 };

  it('off a terminal is one JSON line a stream and second, and always the last word', async () => {
    const lines = captured('stderr');
    const view = await createProgress('zendesk', ['tickets'], false);
    for (let read = 1; read <= 100; read++) view.show({ at: 'stream', report: { ...running, read } });
    view.show({ at: 'stream', report: STREAM });
    view.show({ at: 'labels', done: 0, waiting: 9 });
    view.show({ at: 'labels', done: 9, waiting: 9 });
    view.show({ at: 'note', message: 'a note' });
    await view.end();
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ progress: 'stream', pipeline: 'zendesk', stream: 'tickets', read: 1 }),
      expect.objectContaining({ progress: 'stream', status: 'succeeded', read: 100, waitMs: 1500 }),
      { progress: 'labels', pipeline: 'zendesk', done: 0, waiting: 9 },
      { progress: 'labels', pipeline: 'zendesk', done: 9, waiting: 9 },
      { progress: 'note', pipeline: 'zendesk', message: 'a note' },
    ]);
  });

  it('on a terminal stays in place, shows notes, and leaves the last state and the cursor behind', async () => {
    const lines = captured('stderr', 80);
    const view = await createProgress('zendesk', ['tickets', 'users', 'brands'], false);
    view.show({ at: 'stream', report: running });
    note('Stopping in good order.');
    view.show({ at: 'stream', report: STREAM });
    view.show({ at: 'stream', report: { ...STREAM, stream: 'users', status: 'failed' } });
    view.show({ at: 'stream', report: { ...STREAM, stream: 'brands', status: 'skipped' } });
    await view.end();
    const screen = lines.join('\n');
    const last = screen.slice(screen.lastIndexOf('tickets'));
    expect(last).toContain('tickets  100 read, 90 loaded, 1 rejected, waited 1.5 s for the vendor');
    expect(last).toContain('users  failed; 100 read');
    expect(last).toContain('brands  skipped: not available on this account');
    expect(last).toContain('Stopping in good order.');
    expect(last).not.toContain('labels');
    expect(screen.lastIndexOf('\u001b[?25h')).toBeGreaterThan(screen.lastIndexOf('\u001b[?25l'));
    note('afterwards');
    expect(lines.at(-1)).toBe('afterwards');
  });
});
