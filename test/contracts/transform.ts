// What every Transform must keep, one named promise each; run on every transform, and on transforms broken on purpose.

import dns from 'node:dns';
import net from 'node:net';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { FEEDBACK_TABLE } from '../../core/tables.ts';
import type { FieldType, Json, Row, Transform } from '../../core/types.ts';

type Check = (transform: Transform) => void;

/** Pieces that normalization, markup and bidi code stumble over. */
const HARD_PIECES = [
  'لَا',
  'ﻷ',
  '﷽',
  '﷼',
  'ﹰ',
  'ـَـ',
  '\u0627\u0653',
  '\u06dc',
  '٠١٢٫٥٪',
  'هههههه',
  'گپچ',
  '\u200c',
  '\u200d',
  '👩\u200d👩\u200d👧',
  '\ud800',
  '\udc00',
  '\u202e',
  '\u2066',
  '\ufeff',
  '\u0000',
  '\u0085',
  '\u2028',
  '\r\n',
  '\u00a0',
  '  ',
  '\n\n\n',
  '\ufdd0',
  '\uffff',
  '<p>',
  '</p>',
  '<script>',
  '<!--',
  '&amp;',
  '&#0;',
  '&#xD800;',
  '&lt;b&gt;',
  '<',
  '>',
  'a@b.co',
  'https://x.y/z',
  '+966 50 123 4567',
];

/** Any sequence of UTF-16 units, and sequences of hard pieces between them. */
export const anyText = fc.oneof(
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
    .map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom(...HARD_PIECES, 'a', ' ', 'ا', 'م'), { maxLength: 20 })
    .map((pieces) => pieces.join('')),
  fc
    .array(fc.integer({ min: 0xfb50, max: 0xfeff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
);

const anyRow: fc.Arbitrary<Row> = fc.record({
  feedback_id: fc.uuid(),
  title: fc.option(anyText),
  text_original: anyText,
  text_is_html: fc.boolean(),
  text_display: fc.option(anyText, { nil: undefined }),
});

const row = (id: string, text: string, more: Row = {}): Row =>
  Object.freeze({
    feedback_id: id,
    source: 'zendesk',
    kind: 'comment',
    record_id: '9007199254740993',
    author_role: 'customer',
    updated_at: '2026-03-01T00:00:00Z',
    rating: -1,
    title: null,
    text_original: text,
    text_is_html: false,
    ...more,
  });

/** Rows as connectors send them, and as they should not. */
const ROWS: readonly Row[] = Object.freeze([
  row('1', 'الخدمة ممتازة جدا، شكرا لكم'),
  row('2', '<p>The app <b>crashes</b></p><script>x()</script>', { text_is_html: true, title: 'App' }),
  row('3', ''),
  row('4', 'ana mesh mabsoot 5ales', { title: 'شكوى' }),
  row('5', '\ud800\u202eﻷ \u0000'),
  row('6', 'الخدمة ممتازة جدا، شكرا لكم'),
  row('7', 'x'.repeat(100_000)),
  row('8', 'ـ\u064e'.repeat(20_000)),
  Object.freeze({ feedback_id: '9' }),
  row('10', 'y', { title: 7, text_original: null, text_is_html: null }),
]);

const FITS: Readonly<Record<FieldType, (value: Json) => boolean>> = {
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isSafeInteger(value),
  decimal: (value) => typeof value === 'string' || typeof value === 'number',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
  timestamp: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  date: (value) => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value),
  json: () => true,
};

function addedTo(before: Row, after: Row): readonly string[] {
  return Object.keys(after).filter((column) => !(column in before));
}

/** The promises by name; a broken transform names the one that it breaks. */
export const TRANSFORM_PROMISES: Readonly<Record<string, Check>> = {
  'one row comes back for each row, in the same order'(transform) {
    expect(transform.apply([])).toEqual([]);
    for (const rows of [ROWS, ROWS.slice(0, 1), [...ROWS].reverse()]) {
      expect(transform.apply(rows).map((after) => after['feedback_id'])).toEqual(
        rows.map((before) => before['feedback_id']),
      );
    }
  },

  'keys and all columns that came stay as they were'(transform) {
    for (const [at, after] of transform.apply(ROWS).entries()) expect(after).toMatchObject(ROWS[at] ?? {});
  },

  'the rows that were handed over are not changed'(transform) {
    const rows = ROWS.map((before) => ({ ...before }));
    transform.apply(rows);
    expect(rows).toEqual(ROWS);
  },

  'each declared column is there, of its type, and no other'(transform) {
    const declared = Object.keys(transform.adds).sort();
    expect(declared.length).toBeGreaterThan(0);
    for (const [at, after] of transform.apply(ROWS).entries()) {
      expect([...addedTo(ROWS[at] ?? {}, after)].sort()).toEqual(declared);
      for (const [column, field] of Object.entries(transform.adds)) {
        const value = after[column];
        const fits = value === null || (value !== undefined && FITS[field.type](value));
        expect(fits, `${column} is ${JSON.stringify(value)?.slice(0, 60)}, which is no ${field.type}`).toBe(
          true,
        );
      }
    }
  },

  'declared columns have names of their own, and the version is named'(transform) {
    expect(transform.name).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(transform.version).not.toBe('');
    for (const column of Object.keys(transform.adds)) {
      expect(column).toMatch(/^[a-z][a-z0-9_]{0,62}$/);
      expect(Object.keys(FEEDBACK_TABLE.fields)).not.toContain(column);
    }
  },

  'the same row gives the same columns, whatever stands beside it and however often'(transform) {
    const together = transform.apply(ROWS);
    expect(transform.apply(ROWS)).toEqual(together);
    expect(ROWS.flatMap((one) => transform.apply([one]))).toEqual(together);
    expect([...transform.apply([...ROWS].reverse())].reverse()).toEqual(together);
  },

  'applied to its own result it changes nothing'(transform) {
    const once = transform.apply(ROWS);
    expect(transform.apply(once)).toEqual(once);
    fc.assert(
      fc.property(anyRow, (one) => {
        const [first = {}] = transform.apply([one]);
        expect(transform.apply([first])).toEqual([first]);
      }),
      { numRuns: 1_000 },
    );
  },

  'no string makes it throw'(transform) {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 3 }), (rows) => {
        expect(transform.apply(rows)).toHaveLength(rows.length);
      }),
      { numRuns: 3_000 },
    );
  },

  'nothing leaves the process'(transform) {
    const doors = [
      vi.spyOn(net.Socket.prototype, 'connect').mockReturnThis(),
      vi.spyOn(dns, 'lookup').mockImplementation(() => undefined),
      vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('No network in a transform.')),
    ];
    try {
      transform.apply(ROWS);
      for (const door of doors) expect(door).not.toHaveBeenCalled();
    } finally {
      for (const door of doors) door.mockRestore();
    }
  },
};

/** Runs every promise on a transform. */
export function transformContract(transform: Transform): void {
  describe(`the transform ${transform.name}`, () => {
    for (const [promise, check] of Object.entries(TRANSFORM_PROMISES)) test(promise, () => check(transform));
  });
}
