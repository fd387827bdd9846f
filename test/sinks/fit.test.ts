// Which values fit which columns: the rule that all sinks share.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FieldType, Json } from '../../core/types.ts';
import {
  cleanText,
  exactNumber,
  fitText,
  instantOfMicros,
  jsonText,
  microsOf,
  plainText,
} from '../../sinks/sql/fit.ts';

const FITS: readonly (readonly [FieldType, Json, string])[] = [
  ['string', 'نص', 'نص'],
  ['string', 12, '12'],
  ['string', true, 'true'],
  ['string', { a: [1] }, '{"a":[1]}'],
  ['integer', 0, '0'],
  ['integer', -0, '0'],
  ['integer', '9223372036854775807', '9223372036854775807'],
  ['integer', '-9223372036854775808', '-9223372036854775808'],
  ['decimal', 1e-7, '0.000000100'],
  ['decimal', '12.50', '12.50'],
  ['number', 1e21, '1e+21'],
  ['number', '1.5', '1.5'],
  ['boolean', false, 'false'],
  ['date', '2000-02-29', '2000-02-29'],
  ['timestamp', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
  ['timestamp', '2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00.100Z'],
  ['timestamp', '2026-01-01T00:00:00.1234567Z', '2026-01-01T00:00:00.123456Z'],
  ['timestamp', '2026-01-01T00:30:00.000001-0330', '2026-01-01T04:00:00.000001Z'],
  ['timestamp', '2026-01-01T01:00:00+03:00', '2025-12-31T22:00:00.000Z'],
  ['json', 'x', '"x"'],
  ['json', 0, '0'],
];

const MISFITS: readonly (readonly [FieldType, Json])[] = [
  ['integer', 'many'],
  ['integer', ''],
  ['integer', ' 1'],
  ['integer', '007'],
  ['integer', '1e3'],
  ['integer', '-0'],
  ['integer', 1.5],
  ['integer', 2 ** 53],
  ['integer', '9223372036854775808'],
  ['integer', '12345678901234567890'],
  ['integer', true],
  ['decimal', '1,5'],
  ['decimal', '1.0000000001'],
  ['decimal', 1e30],
  ['number', 'NaN'],
  ['number', 'Infinity'],
  ['number', '12345678901234567890'],
  ['number', ''],
  ['boolean', 'true'],
  ['boolean', 1],
  ['date', '2026-02-29'],
  ['date', '2026-13-01'],
  ['date', '0000-01-01'],
  ['date', '2026-01-01T00:00:00Z'],
  ['timestamp', '2026-02-30T00:00:00Z'],
  ['timestamp', '2026-01-01T24:00:00Z'],
  ['timestamp', '2026-01-01T00:00:60Z'],
  ['timestamp', '2026-01-01T00:00:00'],
  ['timestamp', '2026-01-01 00:00:00Z'],
  ['timestamp', '0001-01-01T00:00:00+01:00'],
  ['timestamp', '9999-12-31T23:59:59-01:00'],
  ['timestamp', 1767225600],
  ['timestamp', 'tomorrow'],
];

describe('a value', () => {
  test.each(FITS)('that fits a column of type %s: %j', (type, value, text) => {
    expect(fitText(type, value)).toBe(text);
  });
  test.each(MISFITS)('that does not fit a column of type %s: %j', (type, value) => {
    expect(fitText(type, value)).toBeUndefined();
  });
});

test('any JSON has a text without NUL and without lone surrogates', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      for (const text of [plainText(value as Json), jsonText(value as Json)]) {
        expect(text).not.toMatch(/\0|\\u0000(?!\d)/);
        expect(Buffer.from(text).toString()).toBe(text);
      }
    }),
  );
});

test('a value that is nested a hundred thousand levels deep is refused as bad data', () => {
  let value: Json = 'x';
  for (let i = 0; i < 100_000; i++) value = [value];
  expect(() => jsonText(value)).toThrow(expect.objectContaining({ kind: 'data', code: 'row.too-deep' }));
});

test('a well-formed text comes back as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => cleanText(text) === text || text.includes('\0')),
  );
});

test('an instant survives the way to microseconds and back', () => {
  fc.assert(
    fc.property(fc.bigInt(-60_000_000_000_000_000n, 250_000_000_000_000_000n), (micros) => {
      const text = instantOfMicros(micros);
      expect(fitText('timestamp', text)).toBe(text);
      expect(microsOf(text)).toBe(micros);
    }),
  );
});

test('a number is a number only where it is exact', () => {
  expect(
    ['1', '1.50', '-0.25', '9007199254740993', '0.1000000000000000055', '12345678901234567890.5'].map(
      exactNumber,
    ),
  ).toEqual([1, 1.5, -0.25, '9007199254740993', '0.1000000000000000055', '12345678901234567890.5']);
});
