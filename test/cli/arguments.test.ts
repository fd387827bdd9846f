// What may be written after a verb, and what is said of everything else.

import { describe, expect, it } from 'vitest';
import { parseCount, parseInstant, parseNames, parseUsd } from '../../cli/arguments.ts';

describe('a date', () => {
  it.each([
    ['2026-01-01', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01T08:00', '2026-01-01T08:00:00.000Z'],
    ['2026-01-01T08:00:30', '2026-01-01T08:00:30.000Z'],
    ['2026-01-01T08:00:30.5Z', '2026-01-01T08:00:30.500Z'],
    ['2026-01-01T02:00:00+03:00', '2025-12-31T23:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ])('%s is read in UTC, wherever the machine stands', (text, instant) => {
    expect(parseInstant('--since', text)?.toISOString()).toBe(instant);
  });

  it.each([
    'yesterday',
    '',
    '2026-02-30',
    '2025-02-29',
    '2026-13-45',
    '2026-1-1',
    '01/02/2026',
    '2026-01-01Z',
    '2026-01-01T25:00',
    '2026-01-01T08:00:00+99:99',
    '٢٠٢٦-٠١-٠١',
    '2026-01-01; drop table',
  ])('“%s” is refused as no date', (text) => {
    expect(() => parseInstant('--since', text)).toThrow(
      expect.objectContaining({
        kind: 'config',
        code: 'usage.bad_date',
        message: `--since “${text}” is no date.`,
      }),
    );
  });

  it('that was not given stays undefined', () => {
    expect(parseInstant('--since', undefined)).toBeUndefined();
  });
});

describe('a number', () => {
  it('is whole and within its range', () => {
    expect(parseCount('--rows', undefined, 5)).toBe(5);
    expect(parseCount('--rows', '7', 5)).toBe(7);
    expect(parseCount('--port', '0', 5, { least: 0 })).toBe(0);
    for (const text of ['-3', '0', '1.5', '1e3', '', ' 7', 'NaN', '0x10', '99999999999999999999'])
      expect(() => parseCount('--rows', text, 5), text).toThrow(/whole number of at least 1/);
    expect(() => parseCount('--port', '65536', 0, { least: 0, most: 65_535 })).toThrow(/from 0 to 65535/);
  });

  it('of dollars is zero or more', () => {
    expect(parseUsd('--budget', '2.50')).toBe(2.5);
    expect(parseUsd('--budget', '0')).toBe(0);
    for (const text of ['-1', '', '1,5', 'Infinity', '$2']) {
      expect(() => parseUsd('--budget', text), text).toThrow(/no amount of US dollars/);
    }
  });
});

describe('a list of names', () => {
  const known = ['tickets', 'users'];

  it('may hold spaces and empty places', () => {
    expect(parseNames('--streams', ' tickets , ,users', 'stream', known)).toEqual(['tickets', 'users']);
    expect(parseNames('--streams', undefined, 'stream', known)).toBeUndefined();
  });

  it('with an unknown name tells it and all that are known', () => {
    expect(() => parseNames('--streams', 'tickets,nope', 'stream', known)).toThrow(
      expect.objectContaining({
        code: 'pipeline.unknown_stream',
        message: 'There is no stream “nope”.',
        hint: 'There are: tickets, users.',
      }),
    );
  });

  it('that names nothing is refused, because a run of no stream would look like a success', () => {
    for (const text of ['', ',', ' , ']) {
      expect(() => parseNames('--streams', text, 'stream', known)).toThrow(/--streams names no stream/);
    }
  });
});
