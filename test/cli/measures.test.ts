// The figures of an evaluation against figures worked out by hand, and the reader of delimited text against RFC 4180.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DelimitedError, readDelimited } from '../../cli/delimited.ts';
import { measure } from '../../cli/measures.ts';
import { csvField } from '../../cli/output.ts';

const judged = (pairs: readonly (readonly [string, string | null])[]) =>
  pairs.map(([actual, predicted]) => ({ actual, predicted }));

describe('measures', () => {
  it('are those of the textbook', () => {
    const { accuracy, macroF1, f1, confusion } = measure(
      judged([
        ['positive', 'positive'],
        ['positive', 'positive'],
        ['positive', 'negative'],
        ['negative', 'negative'],
        ['negative', 'mixed'],
        ['neutral', null],
      ]),
    );
    expect(accuracy).toBeCloseTo(3 / 6, 10);
    expect(f1['positive']).toBeCloseTo(4 / 5, 10);
    expect(f1['negative']).toBeCloseTo(2 / 4, 10);
    expect(f1['neutral']).toBe(0);
    expect(macroF1.value).toBeCloseTo((4 / 5 + 2 / 4 + 0) / 3, 10);
    expect(confusion['negative']).toEqual({ mixed: 1, negative: 1, none: 0, positive: 0 });
  });

  it('of nothing are zero, and no error', () => {
    expect(measure([])).toMatchObject({ texts: 0, accuracy: 0, macroF1: { value: 0, low: 0, high: 0 } });
  });

  it('come with an interval that is narrower the more texts there are, and always the same', () => {
    const some = judged(
      Array.from({ length: 50 }, (_, at) => [at % 2 === 0 ? 'a' : 'b', at % 5 === 0 ? 'a' : 'b'] as const),
    );
    const many = Array.from({ length: 20 }, () => some).flat();
    const width = (of: typeof some): number => {
      const { low, high } = measure(of).macroF1;
      return high - low;
    };
    expect(width(many)).toBeLessThan(width(some) / 3);
    expect(measure(some)).toEqual(measure(some));
    const { value, low, high } = measure(some).macroF1;
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  });
});

describe('delimited text', () => {
  const fieldsOf = (text: string, delimiter = ','): readonly (readonly string[])[] =>
    [...readDelimited(text, delimiter)].map(({ fields }) => fields);

  it('is read with quotes, line ends inside them, and without a last line end', () => {
    expect(fieldsOf('a,"b,""c""\r\nd",\r\ne,,f')).toEqual([
      ['a', 'b,"c"\r\nd', ''],
      ['e', '', 'f'],
    ]);
    expect(fieldsOf('a;b\n\n"";c', ';')).toEqual([
      ['a', 'b'],
      ['', 'c'],
    ]);
    expect(fieldsOf('')).toEqual([]);
  });

  it('tells the line on which a record begins', () => {
    expect([...readDelimited('a\n"b\nc"\nd', ',')].map(({ line }) => line)).toEqual([1, 2, 4]);
  });

  it('is refused with its line where RFC 4180 does not allow it', () => {
    for (const [text, line] of [
      ['a\nb"c', 2],
      ['a\n\n"b"c', 3],
      ['"a\nb', 1],
    ] as const) {
      expect(() => fieldsOf(text)).toThrow(expect.objectContaining({ line, name: 'DelimitedError' }));
    }
  });

  it('that our own writer made is read back as it was', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'خ', '😍') });
    fc.assert(
      fc.property(fc.array(fc.tuple(field, field), { minLength: 1 }), (records) => {
        const text = records.map((fields) => fields.map((f) => csvField(f)).join(',')).join('\r\n');
        expect(fieldsOf(text)).toEqual(records);
      }),
    );
  });

  it('of any kind is read or refused, and never hangs', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r') }), (text) => {
        try {
          for (const { fields } of readDelimited(text, ',')) expect(fields.length).toBeGreaterThan(0);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(DelimitedError);
        }
      }),
    );
  });
});
