// CSV is read strictly: whatever was written comes back, and what is broken or cut is never taken for data.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvError, readCsv } from '../../connectors/salesforce/csv.ts';

const rows = (text: string): readonly (readonly string[])[] => [...readCsv(text)];
const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;

describe('Reading CSV', () => {
  it('gives back any table that was written with quotes', () => {
    const field = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.constantFrom('', '"', '""', ',', '\n', '\r\n', 'NA', 'null', 'مرحبا، "عاجل"'),
    );
    const table = fc
      .integer({ min: 1, max: 5 })
      .chain((width) =>
        fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 20 }),
      );
    const lineEnd = fc.constantFrom('\n', '\r\n');
    fc.assert(
      fc.property(table, lineEnd, fc.boolean(), (written, end, endsWithLine) => {
        const text = written.map((row) => row.map(quoted).join(',')).join(end) + (endsWithLine ? end : '');
        expect(rows(text)).toEqual(written);
      }),
    );
  });

  it('takes fields without quotes', () => {
    expect(rows('Id,Name\n1,علي\n2,\n')).toEqual([
      ['Id', 'Name'],
      ['1', 'علي'],
      ['2', ''],
    ]);
    expect(rows('')).toEqual([]);
    expect(rows('a,b\n1,\n')).toEqual([
      ['a', 'b'],
      ['1', ''],
    ]);
  });

  it.each([
    ['a field that is cut', '"Id"\n"50'],
    ['a record that is cut', '"Id","Name"\n"1"'],
    ['a text that is cut behind a comma', '"Id","Name"\n"1",'],
    ['a record that is too long', '"Id"\n"1","2"\n'],
    ['a quote inside a field', 'Id\n1"2\n'],
    ['text behind a quote', '"Id"x\n'],
    ['an empty line in a table of two columns', '"Id","Name"\n\n"1","2"\n'],
  ])('refuses %s', (_what, text) => {
    expect(() => rows(text)).toThrow(CsvError);
  });

  it('reads a text that is cut only as records that were whole', () => {
    const text = '"Id","Name"\n"1","علي"\n"2","x"\n';
    const header = '"Id","Name"';
    const written = rows(text);
    for (let end = 0; end < text.length; end++) {
      let read: readonly (readonly string[])[] | undefined;
      try {
        read = rows(text.slice(0, end));
      } catch (error) {
        expect(error).toBeInstanceOf(CsvError);
      }
      // A cut between two records is no broken CSV: that one shows in the number of rows.
      if (read !== undefined && end > header.length) expect(written.slice(0, read.length)).toEqual(read);
    }
  });

  it('takes time in proportion to the text, whatever it holds', () => {
    const wide = `"${'""'.repeat(500_000)}"\n`;
    expect(rows(wide)[0]?.[0]).toHaveLength(500_000);
    expect(() => rows(`"${'""'.repeat(500_000)}`)).toThrow(CsvError);
    expect(rows(`${'a,'.repeat(200_000)}a\n`)[0]).toHaveLength(200_001);
  });
});
