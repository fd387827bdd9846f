// Canary secrets against the log and the scrubber.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLog, type LogLevel } from '../../core/log.ts';
import { createScrubber } from '../../core/scrub.ts';
import type { LogFields } from '../../core/types.ts';

const CANARY = 'c4nary/Qz+7&"\\ü=%';

function capture(
  options: {
    readonly level?: LogLevel;
    readonly base?: LogFields;
    readonly secrets?: readonly string[];
  } = {},
) {
  const lines: string[] = [];
  const scrubber = createScrubber();
  for (const secret of options.secrets ?? [CANARY]) scrubber.add(secret);
  const log = createLog({
    level: options.level ?? 'debug',
    destination: { write: (line) => lines.push(line) },
    scrub: scrubber.scrub,
    ...(options.base === undefined ? {} : { base: options.base }),
  });
  return { log, lines, parsed: (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line)) };
}

/** Something that the types do not allow and that a library may still hand over. */
const untyped = (fields: unknown): LogFields => fields as LogFields;

describe('the log', () => {
  test('writes one JSON object a line with level, time, event and fields', () => {
    const { log, lines, parsed } = capture({ base: { runId: 'run_1' } });
    log.info('page.loaded', { rows: 12, done: false, cursor: null, stream: 'tickets', nothing: undefined });
    expect(lines[0]?.endsWith('}\n')).toBe(true);
    const [line] = parsed();
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      runId: 'run_1',
      rows: 12,
      done: false,
      cursor: null,
      stream: 'tickets',
      event: 'page.loaded',
    });
  });

  test('writes what is at its level and above', () => {
    const { log, parsed } = capture({ level: 'warn' });
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect(parsed().map((line) => [line['level'], line['event']])).toEqual([
      ['warn', 'c'],
      ['error', 'd'],
    ]);
  });

  test('writes nothing when it is silent', () => {
    const { log, lines } = capture({ level: 'silent' });
    log.error('a');
    expect(lines).toEqual([]);
  });

  test('never writes a key twice: a field named like one of its own gets an underscore', () => {
    const { log, lines, parsed } = capture({ base: { runId: 'run_1' } });
    log.info('e', { level: 'x', time: 'y', event: 'z', runId: 'other' });
    expect(parsed()[0]).toMatchObject({
      level: 'info',
      event: 'e',
      runId: 'run_1',
      level_: 'x',
      time_: 'y',
      event_: 'z',
      runId_: 'other',
    });
    expect(lines[0]?.match(/"level":/g)).toHaveLength(1);
  });

  test('keeps a line whole: line ends and control codes of a terminal are escaped', () => {
    const { log, lines } = capture();
    log.info('a\nb', { text: 'x\r\n{"level":"error"}\u001b[31m\0', ['key\n']: 1 });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\u0000-\u001f]/);
  });

  test('shows no secret: not in the event, a field, a key, the base, a number or an error with causes', () => {
    const secrets = [CANARY, '31415926', 'true', 'level'];
    const { log, lines, parsed } = capture({ secrets, base: { host: `https://x/?k=${CANARY}` } });
    const inner = Object.assign(new Error(`inner ${CANARY}`), { config: { headers: { token: CANARY } } });
    const outer = new Error(`outer ${CANARY}`, { cause: inner });
    outer.stack = `Error: ${CANARY}\n    at ${CANARY}`;
    log.error(`failed with ${CANARY}`, {
      field: CANARY,
      [CANARY]: 1,
      count: 31415926,
      url: `https://h/p?a=${encodeURIComponent(CANARY)}`,
    });
    log.error(
      'nested',
      untyped({
        err: outer,
        list: [CANARY, { deep: { deeper: [CANARY] } }],
        map: new Map([[CANARY, CANARY]]),
      }),
    );
    expect(parsed()).toHaveLength(2);
    for (const line of lines) {
      expect(line).not.toContain('c4nary');
      expect(line).not.toContain('31415926');
    }
    expect(parsed()[1]?.['err']).toMatch(/\[redacted\][\s\S]*caused by Error: inner \[redacted\]/);
  });

  test('writes no row, whoever hands one over', () => {
    const { log, lines, parsed } = capture();
    const loop: Record<string, unknown> = { subject: 'words of a customer' };
    loop['self'] = loop;
    const error = Object.assign(new Error('failed'), { row: loop, body: 'words of a customer' });
    log.info(
      'odd',
      untyped({
        loop,
        list: ['words of a customer'],
        big: 10n,
        symbol: Symbol('words'),
        fn: () => 'words',
        error,
      }),
    );
    log.info('numbers', untyped({ nan: Number.NaN, infinite: Number.POSITIVE_INFINITY, half: '\ud800' }));
    expect(lines.join('')).not.toContain('words');
    expect(parsed()[0]).toMatchObject({
      event: 'odd',
      loop: '[object]',
      list: '[object]',
      big: '[bigint]',
      fn: '[function]',
    });
  });

  test('ends with an error that is its own cause', () => {
    const { log, parsed } = capture();
    const error = new Error('round');
    error.cause = error;
    log.error('e', untyped({ error }));
    expect(parsed()).toHaveLength(1);
  });
});

describe('the scrubber', () => {
  const scrubber = createScrubber();
  scrubber.add(CANARY);
  const { scrub } = scrubber;

  test.each([
    ['as it is', CANARY],
    ['in a URL', encodeURIComponent(CANARY)],
    ['in a URL in lower case', encodeURIComponent(CANARY).replace(/%../g, (code) => code.toLowerCase())],
    ['in a form', new URLSearchParams({ k: CANARY }).toString()],
    ['in base64', Buffer.from(CANARY).toString('base64')],
    ['in base64url', Buffer.from(CANARY).toString('base64url')],
    ['in base64 after 1 byte', Buffer.from(`a${CANARY}z`).toString('base64')],
    ['in base64 after 2 bytes', Buffer.from(`ab${CANARY}zz`).toString('base64')],
    ['in base64 after a name', Buffer.from(`me@example.com/token:${CANARY}`).toString('base64')],
    ['in JSON', JSON.stringify({ a: [CANARY] })],
    ['in JSON within JSON', JSON.stringify({ body: JSON.stringify({ a: CANARY }) })],
  ])('finds a known value %s', (_how, written) => {
    const clean = scrub(`before ${written} after`);
    expect(clean).toContain('[redacted]');
    expect(clean).toMatch(/^before .* after$/);
    const core = Buffer.from(CANARY).toString('base64').slice(4, 12);
    for (const part of ['c4nary', 'Qz%2', 'Qz+7', core]) expect(clean).not.toContain(part);
  });

  test('finds every value that is made of anything', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 4, maxLength: 40 }),
        fc.string(),
        (secret, around) => {
          const own = createScrubber();
          own.add(secret);
          expect(own.scrub(`${around}${secret}${around}`).length).toBeGreaterThan(0);
          if (!'[redacted] [e-mail] Bearer Basic'.includes(secret) && !around.includes(secret)) {
            expect(own.scrub(`<${secret}>`)).not.toContain(secret);
          }
        },
      ),
    );
  });

  test('finds a value with a space in a URL, whoever encoded it', () => {
    const own = createScrubber();
    own.add("pass word/!'x");
    for (const written of [
      "pass%20word%2F!'x",
      "pass%20word%2f!'x",
      'pass+word%2F%21%27x',
      'pass+word%2f%21%27x',
      "pass%20word/!'x",
    ]) {
      expect(own.scrub(`?q=1#${written}.`)).toBe('?q=1#[redacted].');
    }
  });

  test('takes the longer of two values where one lies within the other', () => {
    const own = createScrubber();
    own.add('abcd');
    own.add('abcd-efgh');
    expect(own.scrub('x abcd-efgh y abcd z')).toBe('x [redacted] y [redacted] z');
  });

  test('ignores values so short that they are in every text', () => {
    const own = createScrubber();
    own.add('');
    own.add('abc');
    expect(own.scrub('abc abc')).toBe('abc abc');
  });

  test.each([
    ['Authorization: Bearer abc.def-ghi', 'abc.def'],
    ['authorization=Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
    ['{"authorization":"Basic dXNlcjpwYXNz"}', 'dXNlcjpwYXNz'],
    ["headers: { 'x-api-key': 'hunter22' }", 'hunter22'],
    ['cookie: session=hunter22; a=b', 'hunter22'],
    ['key sk-proj-abcdefghijklmnop failed', 'abcdefghijklmnop'],
    ['postgres://user:hunter22@db.example:5432/x', 'hunter22'],
    ['connect to https://me:hunter22@example.com failed', 'hunter22'],
    ['https://x.example/cb?code=hunter22&state=1', 'hunter22'],
    ['https://x.example/?a=1&access_token=hunter22#top', 'hunter22'],
    ['https://x.example/?API_KEY=hunter22', 'hunter22'],
    ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl.', 'c2lnbmF0dXJl'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----', 'MIIEpAIBAAKCAQEA'],
    ['-----BEGIN PRIVATE KEY-----\\nMIIEpAIBAAKCAQEA', 'MIIEpAIBAAKCAQEA'],
    ['no ticket for fatima.h+x@example.co.uk found', 'fatima'],
    ['no user with ?email=fatima%40example.com', 'fatima'],
    ['لا يوجد فاطمة@مثال.السعودية', 'فاطمة'],
    ['ghp_abcdefghijklmnop1234', 'abcdefghijklmnop'],
  ])('takes out what looks like a secret: %s', (text, secret) => {
    expect(scrub(text)).not.toContain(secret);
  });

  test.each([
    'The ticket 123 of acme.zendesk.com was read in 12 ms.',
    'GET acme.zendesk.com/api/v2/incremental/tickets/cursor.json was answered with status 429: too many requests.',
    'https://acme.zendesk.com:8080/api/v2/tickets.json?cursor=abc&page=2',
    'The bearer of bad news; a basic rule; the key is missing; task-force.',
    'الحالة: مفتوحة @ الرياض',
  ])('leaves ordinary words alone: %s', (text) => {
    expect(scrub(text)).toBe(text);
  });

  test('keeps host and database of a connection string', () => {
    expect(scrub('postgres://user:hunter22@db.example:5432/x')).toBe(
      'postgres://[redacted]@db.example:5432/x',
    );
  });

  test.each([
    'a',
    'a.',
    'a@',
    '://',
    'eyJ',
    'Bearer ',
    '?key',
    'a-',
    'cookie',
    '-----BEGIN PRIVATE KEY-----',
    'a:',
  ])(
    'reads a megabyte of %j without getting lost',
    (piece) => {
      const text = piece.repeat(1_000_000 / piece.length);
      expect(scrub(text).length).toBeGreaterThan(0);
    },
    10_000,
  );
});
