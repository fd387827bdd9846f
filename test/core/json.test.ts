// Lossless JSON: no digit is lost, no text is quoted, nothing hostile gets through.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../core/json.ts';

describe('parseJson', () => {
  test('keeps ids above 2^53 as strings of their digits', () => {
    expect(parseJson('{"id":9007199254740993,"ids":[ 12345678901234567890, -9007199254740993 ]}')).toEqual({
      id: '9007199254740993',
      ids: ['12345678901234567890', '-9007199254740993'],
    });
  });

  test('keeps the last safe integer on both sides a number', () => {
    expect(parseJson('[9007199254740991,-9007199254740991,9007199254740992]')).toEqual([
      9007199254740991,
      -9007199254740991,
      '9007199254740992',
    ]);
  });

  test.each([
    ['12345678901234.567', '12345678901234.567'],
    ['9007199254740991.4', '9007199254740991.4'],
    ['0.1234567890123456789', '0.1234567890123456789'],
    ['1e400', '1e400'],
    ['-1E+400', '-1E+400'],
    ['1e-400', '1e-400'],
    ['1e22', '1e22'],
    ['123456789012345e2', '123456789012345e2'],
  ])('keeps %s, which a double cannot hold, as the vendor spelled it', (literal, kept) => {
    expect(parseJson(`{"n":${literal}}`)).toEqual({ n: kept });
    expect(parseJson(` ${literal} `)).toBe(kept);
  });

  test.each([
    ['-0', -0],
    ['1e5', 100_000],
    ['1.5e-10', 1.5e-10],
    ['0.30000000000000004', 0.30000000000000004],
    ['0.10000000000000001', 0.1],
    ['0.1000000000000000055511151231257827021181583404541015625', 0.1],
    ['1.50000000000000000000', 1.5],
    ['0.00000000000000000000', 0],
  ])('reads %s as a number: a double holds it', (literal, number) => {
    expect(parseJson(`[${literal}]`)).toEqual([number]);
  });

  test('does not touch digits within strings', () => {
    const text =
      '{"a":"12345678901234567890","b":"x, 12345678901234567890, 1e999","c":[1,"\\"9007199254740993"]}';
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  test('reads what JSON.parse reads, with lossy numbers beside it or not', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const plain = JSON.parse(text);
        const lossless = parseJson(`[${text},12345678901234567890]`);
        expect(Array.isArray(lossless) && lossless[1]).toBe('12345678901234567890');
        // Numbers that no double holds are the one difference; JSON.stringify prints only ones that it holds or large ones.
        if (!/\d{16}|[eE]/.test(text)) {
          expect(parseJson(text)).toEqual(plain);
          expect(Array.isArray(lossless) && lossless[0]).toEqual(plain);
        }
      }),
    );
  });

  test('never changes the digits of an integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (id) => {
        const value = parseJson(`{"id":${id}}`);
        expect(value).toEqual({ id: Number.isSafeInteger(Number(id)) ? Number(id) : String(id) });
      }),
    );
  });

  test.each(['{"__proto__":{"admin":true},"n":1}', '{"__proto__":{"admin":true},"n":12345678901234567890}'])(
    'takes __proto__ for a key like any other: %s',
    (text) => {
      const value = parseJson(text);
      expect(Object.keys(value ?? {})).toEqual(['__proto__', 'n']);
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(({} as { admin?: boolean }).admin).toBeUndefined();
    },
  );

  test('gives a repeated key its last value', () => {
    expect(parseJson('{"a":1,"a":2}')).toEqual({ a: 2 });
    expect(parseJson('{"a":12345678901234567890,"a":2}')).toEqual({ a: 2 });
  });

  test('reads deep nesting', () => {
    const depth = 1000;
    const text = `${'['.repeat(depth)}9007199254740993${']'.repeat(depth)}`;
    expect(JSON.stringify(parseJson(text))).toBe(
      `${'['.repeat(depth)}"9007199254740993"${']'.repeat(depth)}`,
    );
  });

  test('reads nesting that is deeper than a stack, as JSON.parse does', () => {
    const depth = 200_000;
    let value: unknown = parseJson(`${'['.repeat(depth)}9007199254740993${']'.repeat(depth)}`);
    for (let i = 0; i < depth; i++) value = Array.isArray(value) ? value[0] : undefined;
    expect(value).toBe('9007199254740993');
  });

  test('tells numbers from digits in strings, whatever quotes and backslashes stand between', () => {
    const strings = fc.array(
      fc.constantFrom('"', '\\', '[12345678901234567890', ':9007199254740993', ',1e999,', 'ا', ' '),
    );
    fc.assert(
      fc.property(fc.array(strings), (texts) => {
        const values = texts.map((parts) => parts.join(''));
        const text = values.map((value) => `${JSON.stringify(value)},9007199254740993`).join(',');
        expect(parseJson(`[${text}]`)).toEqual(values.flatMap((value) => [value, '9007199254740993']));
      }),
    );
  });

  test.each([
    '{9007199254740993:1}',
    '{"a":1,9007199254740993:2}',
    '[9007199254740993.]',
    '[-09007199254740993]',
    '[1 9007199254740993]',
    '[9007199254740993 1]',
    '[9007199254740993"]',
  ])('quotes nothing that would make %s whole', (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  test('reads long lists, long strings and long runs of backslashes in one pass', () => {
    const numbers = '9007199254740993,'.repeat(100_000);
    expect(parseJson(`[${numbers}0]`)).toHaveLength(100_001);
    expect(parseJson(`["${numbers}"]`)).toEqual([numbers]);
    expect(parseJson(`["${'\\\\\\"'.repeat(200_000)}",9007199254740993]`)).toHaveLength(2);
  });

  test('throws SyntaxError for a body that is cut anywhere', () => {
    const body =
      '{"tickets":[{"id":9007199254740993,"subject":"\\u0627لحالة"},{"id":2,"tags":["a",null,true]}],"n":-1.5e3}';
    for (let end = 0; end < body.length; end++) {
      expect(() => parseJson(body.slice(0, end)), body.slice(0, end)).toThrow(SyntaxError);
      expect(() =>
        parseJson(body.replace('9007199254740993', '7').slice(0, Math.min(end, body.length - 16))),
      ).toThrow(SyntaxError);
    }
  });

  test.each(['', ' ', '<html>', 'undefined', '[1,]', "{'a':1}", '{"a":01}', '[9007199254740993', 'NaN'])(
    'throws SyntaxError for %j',
    (text) => {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    },
  );

  test('never quotes the text in its error', () => {
    for (const text of ['"my card is 4111', 'secret words', '{"note":"secret words" 9007199254740993}']) {
      expect(() => parseJson(text)).toThrow(/^(?!.*(secret|card)).*$/);
    }
  });
});
