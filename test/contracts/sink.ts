// The promises of a warehouse, by name: every sink keeps all of them, and test/contracts/broken-sinks.ts shows that each can fail.
//
// Above 300 lines because the promises are read side by side; each stands alone and opens a warehouse of its own.

import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'vitest';
import { FEEDBACK_TABLE, FRESHNESS_TABLE, SENTIMENT_TABLE } from '../../core/tables.ts';
import type { Json, Load, LoadStart, Row, Sink, Table, Tombstone } from '../../core/types.ts';

/** A new and empty warehouse at each call. */
export type OpenSink = () => Promise<Sink>;

export interface SinkPromise {
  readonly name: string;
  /** Throws when the sink breaks the promise. */
  readonly keep: (open: OpenSink) => Promise<void>;
}

const TICKETS: Table = {
  name: 'tickets',
  description: 'Tickets of a help desk.',
  key: ['id'],
  version: 'updated_at',
  fields: {
    id: { type: 'string' },
    subject: { type: 'string', label: 'الموضوع', description: 'What it is about.', pii: 'free_text' },
    updated_at: { type: 'timestamp' },
    qty: { type: 'integer' },
    raw: { type: 'json' },
  },
};

const NOTES: Table = {
  name: 'notes',
  key: ['id'],
  fields: { id: { type: 'string' }, text: { type: 'string' } },
};

const T1 = '2026-01-01T00:00:01.000Z';
const T2 = '2026-01-01T00:00:02.000Z';
const T3 = '2026-01-01T00:00:03.000Z';
const at = (second: number): Date => new Date(Date.UTC(2026, 5, 1, 0, 0, second));

/** The key of a customer, from what tells it. */
const keyOf = (told: string): string => createHash('sha256').update(told).digest('hex').slice(0, 32);

let loads = 0;

function start(tables: readonly Table[], changes: Partial<LoadStart> = {}): LoadStart {
  loads += 1;
  return {
    loadId: `load_${loads}`,
    runId: 'run_1',
    pipeline: 'zendesk',
    stream: 'tickets',
    lane: 'zendesk/tickets',
    epoch: 1,
    tables,
    ...changes,
  };
}

interface Content {
  readonly rows?: readonly Row[];
  readonly tombstones?: readonly Tombstone[];
  readonly readAt?: Date;
}

async function put(
  sink: Sink,
  table: Table,
  contents: readonly Content[],
  changes: Partial<LoadStart> = {},
): Promise<void> {
  const load = await sink.begin(start([table], changes));
  for (const { rows = [], tombstones = [], readAt = at(0) } of contents) {
    await load.write({ table: table.name, rows, tombstones, readAt });
  }
  await load.commit({});
}

async function all(sink: Sink, table: string): Promise<readonly Row[]> {
  return (await sink.query(`SELECT * FROM "${table}"`)).rows;
}

/** The chosen columns of every row, by the first of them. */
async function pick(sink: Sink, table: string, ...columns: readonly string[]): Promise<readonly Json[][]> {
  const rows = (await all(sink, table)).map((row) => columns.map((column) => row[column] ?? null));
  return rows.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
}

const ticket = (id: string, subject: Json, version: string | null, more: Row = {}): Row => ({
  id,
  subject,
  updated_at: version,
  ...more,
});

const LETTER =
  'وصل الطلب متأخراً جداً والمنتج تالف، أريد استرجاع المبلغ فوراً 😡\r\n\tسطر ثانٍ\\n\n\\.\n"اقتباس" و\'آخر\'\n';

const HOSTILE: readonly string[] = [
  LETTER.repeat(600),
  '\\.',
  'before\n\\.\nafter',
  '\\N',
  'tab\tcarriage\rreturn\nline\u2028separator',
  'back\\slash \\t \\u0041 \\x41 \\\\',
  `quote' double" dollar $1 $$ {"a":1}; DROP TABLE tickets; --`,
  '👩‍👩‍👧‍👦 🇸🇦 e\u0301 \u202bتجربة\u202c \ufeff',
  ' leading and trailing ',
  '',
  'null',
  '\u0001\u0007\u001b\u007f',
];

export const SINK_PROMISES: readonly SinkPromise[] = [
  {
    name: 'inserts rows with their types, and says which run and load wrote them',
    keep: async (open) => {
      const sink = await open();
      const before = Date.now();
      const raw = { id: 1, tags: ['أ', null, 1.5, true], nested: { 'key with space': {} } };
      await put(sink, TICKETS, [{ rows: [ticket('1', 'مرحبا', T1, { qty: 3, raw })], readAt: at(7) }], {
        loadId: 'load_x',
        runId: 'run_x',
      });
      const [row] = await all(sink, 'tickets');
      deepStrictEqual(
        { ...row, _loaded_at: null },
        {
          id: '1',
          subject: 'مرحبا',
          updated_at: T1,
          qty: 3,
          raw,
          _run_id: 'run_x',
          _load_id: 'load_x',
          _read_at: at(7).toISOString(),
          _loaded_at: null,
          _deleted_at: null,
        },
      );
      const loadedAt = Date.parse(String(row?.['_loaded_at']));
      ok(loadedAt >= before - 1 && loadedAt <= Date.now() + 1, 'the time of loading is now');
    },
  },
  {
    name: 'keeps every type of field exactly',
    keep: async (open) => {
      const sink = await open();
      const table: Table = {
        name: 'types',
        key: ['a_string'],
        fields: {
          a_string: { type: 'string' },
          an_integer: { type: 'integer' },
          a_decimal: { type: 'decimal' },
          a_number: { type: 'number' },
          a_boolean: { type: 'boolean' },
          a_timestamp: { type: 'timestamp' },
          a_date: { type: 'date' },
          a_json: { type: 'json' },
        },
      };
      const rows: readonly Row[] = [
        {
          a_string: '1',
          an_integer: -42,
          a_decimal: '12345678901234567890.123456789',
          a_number: 0.1,
          a_boolean: false,
          a_timestamp: '2026-02-28T23:59:59.123456Z',
          a_date: '2024-02-29',
          a_json: 'text',
        },
        {
          a_string: '2',
          an_integer: '9223372036854775807',
          a_decimal: 12.5,
          a_number: -1e300,
          a_boolean: true,
          a_timestamp: '1969-12-31T23:59:59.999Z',
          a_date: '0099-01-01',
          a_json: [],
        },
        { a_string: '3' },
      ];
      await put(sink, table, [{ rows }]);
      const columns = Object.keys(table.fields);
      deepStrictEqual(
        await pick(sink, 'types', ...columns),
        rows.map((row) => columns.map((column) => row[column] ?? null)),
      );
      // Instants in other notations of the same moment become UTC.
      await put(sink, table, [
        {
          rows: [{ a_string: '3', a_timestamp: '2026-01-01T03:00:00+03:00', a_number: 3, a_decimal: 7 }],
          readAt: at(1),
        },
      ]);
      deepStrictEqual((await pick(sink, 'types', 'a_string', 'a_timestamp', 'a_number', 'a_decimal'))[2], [
        '3',
        '2026-01-01T00:00:00.000Z',
        3,
        7,
      ]);
    },
  },
  {
    name: 'updates a row by its key, and a column that a row leaves out becomes NULL',
    keep: async (open) => {
      const sink = await open();
      await put(sink, TICKETS, [{ rows: [ticket('1', 'old', T1, { qty: 1 }), ticket('2', 'other', T1)] }]);
      await put(sink, TICKETS, [{ rows: [ticket('1', 'new', T2)], readAt: at(1) }]);
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject', 'qty'), [
        ['1', 'new', null],
        ['2', 'other', null],
      ]);
    },
  },
  {
    name: 'tells keys of several columns apart',
    keep: async (open) => {
      const sink = await open();
      const table: Table = {
        name: 'pairs',
        key: ['a', 'b'],
        fields: { a: { type: 'string' }, b: { type: 'integer' }, text: { type: 'string' } },
      };
      const rows = [
        { a: 'x', b: 11, text: '1' },
        { a: 'x1', b: 1, text: '2' },
        { a: 'x', b: 1, text: '3' },
      ];
      await put(sink, table, [{ rows }]);
      await put(sink, table, [
        {
          rows: [{ a: 'x', b: 1, text: 'changed' }],
          tombstones: [{ key: { a: 'x1', b: 1 }, deletedAt: T3 }],
          readAt: at(1),
        },
      ]);
      deepStrictEqual(await pick(sink, 'pairs', 'text', 'a', 'b', '_deleted_at'), [
        ['1', 'x', 11, null],
        ['2', 'x1', 1, T3],
        ['changed', 'x', 1, null],
      ]);
    },
  },
  {
    name: 'takes the same load id once, and says that it was repeated',
    keep: async (open) => {
      const sink = await open();
      const again = start([TICKETS]);
      const first = await sink.begin(again);
      await first.write({ table: 'tickets', rows: [ticket('1', 'first', T1)], readAt: at(0) });
      const receipt = await first.commit({ page: 1 });
      strictEqual(receipt.repeated, false);
      deepStrictEqual(receipt.tables, { tickets: { rows: 1, tombstones: 0 } });
      const second = await sink.begin(again);
      await second.write({
        table: 'tickets',
        rows: [ticket('1', 'second', T2), ticket('2', 'x', T1)],
        readAt: at(1),
      });
      const repeated = await second.commit({ page: 2 });
      deepStrictEqual(repeated, { ...receipt, repeated: true });
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject'), [['1', 'first']]);
      deepStrictEqual(
        (await sink.ledger()).map(({ checkpoint }) => checkpoint),
        [{ page: 1 }],
      );
    },
  },
  {
    name: 'takes the same rows twice without a trace',
    keep: async (open) => {
      const sink = await open();
      const rows = [ticket('1', 'a', T1), ticket('2', 'b', T1), ticket('3', 'c', null)];
      await put(sink, TICKETS, [{ rows }]);
      await put(sink, TICKETS, [{ rows }]);
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject', 'updated_at'), [
        ['1', 'a', T1],
        ['2', 'b', T1],
        ['3', 'c', null],
      ]);
    },
  },
  {
    name: 'never lets an older version overwrite a newer one, however late it was read',
    keep: async (open) => {
      const sink = await open();
      await put(sink, TICKETS, [{ rows: [ticket('1', 'newer', T2)], readAt: at(0) }]);
      await put(sink, TICKETS, [{ rows: [ticket('1', 'older', T1), ticket('2', 'new', T1)], readAt: at(9) }]);
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject', 'updated_at', '_read_at'), [
        ['1', 'newer', T2, at(0).toISOString()],
        ['2', 'new', T1, at(9).toISOString()],
      ]);
    },
  },
  {
    name: 'tells versions apart by microseconds, and numbers by their size',
    keep: async (open) => {
      const sink = await open();
      const late = '2026-01-01T00:00:01.000001Z';
      await put(sink, TICKETS, [{ rows: [ticket('1', 'late', late)], readAt: at(0) }]);
      await put(sink, TICKETS, [{ rows: [ticket('1', 'early', T1)], readAt: at(1) }]);
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject'), [['1', 'late']]);
      const counted: Table = { ...NOTES, version: 'n', fields: { ...NOTES.fields, n: { type: 'integer' } } };
      await put(sink, counted, [{ rows: [{ id: '1', text: 'ten', n: 10 }], readAt: at(0) }]);
      await put(sink, counted, [{ rows: [{ id: '1', text: 'nine', n: 9 }], readAt: at(1) }]);
      deepStrictEqual(await pick(sink, 'notes', 'id', 'text'), [['1', 'ten']]);
    },
  },
  {
    name: 'decides between equal versions, and without versions, by the time of reading',
    keep: async (open) => {
      const sink = await open();
      await put(sink, TICKETS, [
        { rows: [ticket('1', 'read at 5', T1), ticket('2', 'read at 5', T1)], readAt: at(5) },
      ]);
      await put(sink, TICKETS, [{ rows: [ticket('1', 'read at 4', T1)], readAt: at(4) }]);
      await put(sink, TICKETS, [{ rows: [ticket('2', 'read at 6', T1)], readAt: at(6) }]);
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject'), [
        ['1', 'read at 5'],
        ['2', 'read at 6'],
      ]);
      await put(sink, NOTES, [{ rows: [{ id: '1', text: 'read at 5' }], readAt: at(5) }]);
      await put(sink, NOTES, [{ rows: [{ id: '1', text: 'read at 4' }], readAt: at(4) }]);
      deepStrictEqual(await pick(sink, 'notes', 'id', 'text'), [['1', 'read at 5']]);
      await put(sink, NOTES, [{ rows: [{ id: '1', text: 'read at 5 again' }], readAt: at(5) }]);
      deepStrictEqual(await pick(sink, 'notes', 'id', 'text'), [['1', 'read at 5 again']]);
    },
  },
  {
    name: 'gives the last word to the newest version of a key that comes twice in one batch or in two',
    keep: async (open) => {
      const sink = await open();
      await put(sink, TICKETS, [
        {
          rows: [
            ticket('1', 'v2', T2),
            ticket('1', 'v1', T1),
            ticket('2', 'v1', T1),
            ticket('3', 'first', T1),
            ticket('3', 'second', T1),
          ],
          readAt: at(0),
        },
        { rows: [ticket('2', 'v2', T2), ticket('1', 'v1 again', T1), ticket('4', 'x', T1)], readAt: at(1) },
        { rows: [ticket('4', 'x later', T1)], readAt: at(2) },
      ]);
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject'), [
        ['1', 'v2'],
        ['2', 'v2'],
        ['3', 'second'],
        ['4', 'x later'],
      ]);
    },
  },
  {
    name: 'counts rows and tombstones after the last word per key',
    keep: async (open) => {
      const sink = await open();
      const load = await sink.begin(start([TICKETS, NOTES]));
      await load.write({
        table: 'tickets',
        rows: [ticket('1', 'a', T1), ticket('1', 'b', T2)],
        readAt: at(0),
      });
      const tombstones = [{ key: { id: '9' }, deletedAt: T3 }];
      await load.write({ table: 'tickets', rows: [ticket('2', 'c', T1)], tombstones, readAt: at(1) });
      await load.write({ table: 'tickets', rows: [], tombstones, readAt: at(2) });
      deepStrictEqual((await load.commit(null)).tables, {
        tickets: { rows: 2, tombstones: 1 },
        notes: { rows: 0, tombstones: 0 },
      });
    },
  },
  {
    name: 'keeps a deleted row and marks it, also when the tombstone came before the row',
    keep: async (open) => {
      const sink = await open();
      const gone = (id: string, version?: string): Tombstone => ({
        key: { id },
        deletedAt: T3,
        ...(version === undefined ? {} : { version }),
      });
      await put(sink, TICKETS, [
        { rows: [ticket('1', 'one', T1), ticket('2', 'two', T1), ticket('3', 'three', T2)] },
      ]);
      await put(sink, TICKETS, [{ tombstones: [gone('1', T2), gone('2'), gone('3', T1)], readAt: at(1) }]);
      // A tombstone and an older row in one load, in either order; and of one page with equal versions.
      await put(sink, TICKETS, [
        { tombstones: [gone('4', T2)], readAt: at(2) },
        { rows: [ticket('4', 'four', T1)], readAt: at(3) },
        { rows: [ticket('5', 'five', T2)], tombstones: [gone('5', T2)], readAt: at(3) },
      ]);
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject', 'updated_at', '_deleted_at'), [
        ['1', 'one', T2, T3],
        ['2', 'two', T1, T3],
        ['3', 'three', T2, null],
        ['4', 'four', T2, T3],
        ['5', 'five', T2, T3],
      ]);
      const stamps = await pick(sink, 'tickets', 'id', '_read_at');
      deepStrictEqual(stamps[0], ['1', at(1).toISOString()]);
    },
  },
  {
    name: 'remembers the tombstone of a record never seen, so that a late older row cannot raise it',
    keep: async (open) => {
      const sink = await open();
      const tombstones: readonly Tombstone[] = [
        { key: { id: '1' }, version: T2, deletedAt: T3 },
        { key: { id: '2' }, deletedAt: T3 },
        { key: { id: '2' }, deletedAt: T2 },
      ];
      await put(sink, TICKETS, [{ tombstones, readAt: at(5) }]);
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject', '_deleted_at'), [
        ['1', null, T3],
        ['2', null, T2],
      ]);
      await put(sink, TICKETS, [{ rows: [ticket('1', 'late', T1), ticket('2', 'late', T1)], readAt: at(4) }]);
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject', '_deleted_at'), [
        ['1', null, T3],
        ['2', null, T2],
      ]);
    },
  },
  {
    name: 'lets a newer row live again after its tombstone',
    keep: async (open) => {
      const sink = await open();
      await put(sink, TICKETS, [
        { rows: [ticket('1', 'a', T1)], tombstones: [{ key: { id: '1' }, version: T2, deletedAt: T2 }] },
      ]);
      await put(sink, TICKETS, [{ rows: [ticket('1', 'back', T3)], readAt: at(1) }]);
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject', '_deleted_at'), [['1', 'back', null]]);
    },
  },
  {
    name: 'shows nothing before the commit and everything after it',
    keep: async (open) => {
      const sink = await open();
      await put(sink, TICKETS, [{ rows: [ticket('1', 'old', T1)] }]);
      const load = await sink.begin(start([TICKETS, NOTES]));
      await load.write({
        table: 'tickets',
        rows: [ticket('1', 'new', T2), ticket('2', 'x', T1)],
        readAt: at(1),
      });
      await load.write({ table: 'notes', rows: [{ id: 'n', text: 'note' }], readAt: at(1) });
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject'), [['1', 'old']]);
      deepStrictEqual(await all(sink, 'notes'), []);
      await load.commit({});
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject'), [
        ['1', 'new'],
        ['2', 'x'],
      ]);
      deepStrictEqual(await pick(sink, 'notes', 'id', 'text'), [['n', 'note']]);
    },
  },
  {
    name: 'leaves nothing of an aborted load, and takes nothing more after its end',
    keep: async (open) => {
      const sink = await open();
      const load = await sink.begin(start([TICKETS]));
      await load.write({ table: 'tickets', rows: [ticket('1', 'x', T1)], readAt: at(0) });
      await load.abort();
      await load.abort();
      deepStrictEqual(await all(sink, 'tickets'), []);
      deepStrictEqual(await sink.ledger(), []);
      await rejects(load.commit({}), { code: 'load.closed' });
      await rejects(load.write({ table: 'tickets', rows: [], readAt: at(0) }), { code: 'load.closed' });
      await put(sink, TICKETS, [{ rows: [ticket('2', 'y', T1)] }]);
      deepStrictEqual(await pick(sink, 'tickets', 'id'), [['2']]);
    },
  },
  {
    name: 'adds a new column, and keeps the values of one that is no longer declared',
    keep: async (open) => {
      const sink = await open();
      const { qty: _, ...others } = TICKETS.fields;
      const wider: Table = {
        ...TICKETS,
        fields: { ...others, custom_city: { type: 'string', label: 'المدينة' } },
      };
      await put(sink, TICKETS, [
        { rows: [ticket('1', 'a', T1, { qty: 5 }), ticket('2', 'b', T1, { qty: 6 })] },
      ]);
      await put(sink, wider, [{ rows: [ticket('1', 'a2', T2, { custom_city: 'الرياض' })], readAt: at(1) }]);
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject', 'qty', 'custom_city'), [
        ['1', 'a2', 5, 'الرياض'],
        ['2', 'b', 6, null],
      ]);
    },
  },
  {
    name: 'puts a value that does not fit into the variant column, and clears it when the value fits again',
    keep: async (open) => {
      const sink = await open();
      const id = '12345678901234567890';
      const rows = [
        ticket('1', 'a', T1, { qty: 'many' }),
        ticket('2', 'b', T1, { qty: id }),
        ticket('3', 'c', T1, { qty: 1.5 }),
        ticket('4', 'd', T1, { qty: { n: 1 } }),
        ticket('5', 'e', T1, { qty: '9007199254740993' }),
        ticket('6', 'f', '2026-02-30T00:00:00Z', { qty: 6 }),
      ];
      await put(sink, TICKETS, [{ rows }]);
      const columns = ['id', 'qty', 'qty__text', 'updated_at', 'updated_at__text'];
      deepStrictEqual(await pick(sink, 'tickets', ...columns), [
        ['1', null, 'many', T1, null],
        ['2', null, id, T1, null],
        ['3', null, '1.5', T1, null],
        ['4', null, '{"n":1}', T1, null],
        ['5', '9007199254740993', null, T1, null],
        ['6', 6, null, null, '2026-02-30T00:00:00Z'],
      ]);
      await put(sink, TICKETS, [
        { rows: [ticket('1', 'a', T2, { qty: 12 }), ticket('6', 'f', T2, { qty: 'x' })], readAt: at(1) },
      ]);
      const after = await pick(sink, 'tickets', ...columns);
      deepStrictEqual(after[0], ['1', 12, null, T2, null]);
      deepStrictEqual(after[5], ['6', null, 'x', T2, null]);
    },
  },
  {
    name: 'leaves a column of another type as it is and gives the new values to its variant',
    keep: async (open) => {
      const sink = await open();
      await put(sink, TICKETS, [
        { rows: [ticket('1', 'a', T1, { qty: 5 }), ticket('2', 'b', T1, { qty: 6 })] },
      ]);
      const changed: Table = { ...TICKETS, fields: { ...TICKETS.fields, qty: { type: 'string' } } };
      await put(sink, changed, [{ rows: [ticket('1', 'a', T2, { qty: 'خمسة' })], readAt: at(1) }]);
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'qty', 'qty__text'), [
        ['1', null, 'خمسة'],
        ['2', 6, null],
      ]);
      // A column of text takes whatever comes, as text.
      const numbers: Table = { ...TICKETS, fields: { ...TICKETS.fields, subject: { type: 'integer' } } };
      await put(sink, numbers, [{ rows: [ticket('2', 77, T2)], readAt: at(1) }]);
      deepStrictEqual((await pick(sink, 'tickets', 'id', 'subject'))[1], ['2', '77']);
    },
  },
  {
    name: 'keeps ids of twenty digits, and numbers of any size inside JSON text',
    keep: async (open) => {
      const sink = await open();
      const id = '98765432109876543210';
      await put(sink, TICKETS, [{ rows: [ticket(id, '0012', T1, { raw: { id, small: 1e-7, zero: 0 } })] }]);
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject', 'raw'), [
        [id, '0012', { id, small: 1e-7, zero: 0 }],
      ]);
    },
  },
  {
    name: 'returns every text as it came: Arabic of 70 KB, emoji, backslashes, line ends, what looks like SQL or COPY',
    keep: async (open) => {
      const sink = await open();
      ok(Buffer.byteLength(HOSTILE[0] ?? '') > 70_000);
      const rows = HOSTILE.map((text, i) =>
        ticket(String(i).padStart(2, '0'), text, T1, { raw: { [text.slice(0, 50)]: [text] } }),
      );
      await put(sink, TICKETS, [{ rows }]);
      const found = await pick(sink, 'tickets', 'id', 'subject', 'raw');
      strictEqual(found.length, rows.length);
      for (const [i, row] of rows.entries())
        deepStrictEqual(found[i], [row['id'], row['subject'], row['raw']]);
    },
  },
  {
    name: 'leaves out NUL and replaces lone surrogates, in text, keys and JSON alike',
    keep: async (open) => {
      const sink = await open();
      const bad = 'a\0b\ud83dc\ude00';
      const good = 'ab\ufffdc\ufffd';
      const rows = [
        ticket(`k${bad}`, bad, T1, { raw: { [bad]: [bad, '😀'] }, qty: bad }),
        ticket(`k${good}`, 'twin', T2),
      ];
      await put(sink, TICKETS, [{ rows }]);
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject', 'raw'), [[`k${good}`, 'twin', null]]);
      await put(sink, TICKETS, [{ rows: [ticket('z', bad, T1, { raw: { [bad]: [bad, '😀'] }, qty: bad })] }]);
      deepStrictEqual((await pick(sink, 'tickets', 'id', 'subject', 'raw', 'qty', 'qty__text'))[1], [
        'z',
        good,
        { [good]: [good, '😀'] },
        null,
        good,
      ]);
    },
  },
  {
    name: 'takes reserved words and names of 63 bytes as tables and columns',
    keep: async (open) => {
      const sink = await open();
      const long = `c${'x'.repeat(62)}`;
      const twin = `c${'x'.repeat(61)}y`;
      const words = [
        'order',
        'group',
        'user',
        'select',
        'at',
        'table',
        'comment',
        'end',
        'primary',
        'excluded',
        's',
        't',
      ];
      const table: Table = {
        name: `t${'o'.repeat(62)}`,
        key: ['order', 'group'],
        version: 'at',
        fields: Object.fromEntries(
          [...words, long, twin].map((name) => [name, { type: name === long ? 'integer' : 'string' }]),
        ),
      };
      const row = Object.fromEntries(
        Object.keys(table.fields).map((name, i) => [name, name === long ? i : `v${i}`]),
      );
      await put(sink, table, [{ rows: [row] }]);
      await put(sink, table, [{ rows: [{ ...row, at: 'v9', [long]: 'no number' }], readAt: at(1) }]);
      const [found] = await all(sink, table.name);
      for (const name of words) strictEqual(found?.[name], name === 'at' ? 'v9' : row[name]);
      strictEqual(found?.[long], null);
      ok(Object.entries(found ?? {}).some(([name, value]) => value === 'no number' && name.length <= 63));
      const user: Table = { ...NOTES, name: 'user' };
      await put(sink, user, [{ rows: [{ id: '1', text: 'x' }] }]);
      deepStrictEqual(await pick(sink, 'user', 'id', 'text'), [['1', 'x']]);
    },
  },
  {
    name: 'refuses rows without a key, columns and tables that were not declared, and tables without a key',
    keep: async (open) => {
      const sink = await open();
      const load = await sink.begin(start([TICKETS]));
      await rejects(load.write({ table: 'tickets', rows: [{ subject: 'x' }], readAt: at(0) }), {
        kind: 'data',
        code: 'row.key',
      });
      await rejects(
        load.write({ table: 'tickets', rows: [ticket('1', 'x', T1, { colour: 'red' })], readAt: at(0) }),
        {
          kind: 'bug',
          code: 'row.undeclared',
        },
      );
      await rejects(load.write({ table: 'notes', rows: [], readAt: at(0) }), {
        code: 'load.undeclared-table',
      });
      await load.abort();
      await rejects(sink.begin(start([{ ...TICKETS, key: [] }])), { code: 'table.malformed' });
      await rejects(sink.begin(start([{ ...TICKETS, name: 'x"; DROP TABLE y; --' }])), {
        code: 'table.malformed',
      });
    },
  },
  {
    name: 'lets no older owner of a lane commit once a newer one raised the fence',
    keep: async (open) => {
      const sink = await open();
      await sink.fence('zendesk/tickets', 1);
      const old = await sink.begin(start([TICKETS]));
      await old.write({ table: 'tickets', rows: [ticket('1', 'zombie', T3)], readAt: at(9) });
      await sink.fence('zendesk/tickets', 2);
      await rejects(old.commit({ by: 'old' }), { kind: 'transient', code: 'lane.fenced' });
      await old.abort();
      deepStrictEqual(await all(sink, 'tickets'), []);
      await put(sink, TICKETS, [{ rows: [ticket('1', 'owner', T1)] }], { epoch: 2 });
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject'), [['1', 'owner']]);
      await put(sink, TICKETS, [{ rows: [ticket('1', 'other lane', T2)], readAt: at(1) }], {
        lane: 'zendesk/tickets@x',
      });
      deepStrictEqual(await pick(sink, 'tickets', 'id', 'subject'), [['1', 'other lane']]);
    },
  },
  {
    name: 'never lowers a fence, and a commit raises it by itself',
    keep: async (open) => {
      const sink = await open();
      await sink.fence('zendesk/tickets', 5);
      await sink.fence('zendesk/tickets', 5);
      await rejects(sink.fence('zendesk/tickets', 4), { kind: 'transient', code: 'lane.fenced' });
      await put(sink, TICKETS, [], { epoch: 6 });
      await rejects(sink.fence('zendesk/tickets', 5), { code: 'lane.fenced' });
    },
  },
  {
    name: 'takes loads of several lanes at once, into the same table too',
    keep: async (open) => {
      const sink = await open();
      const lanes = ['a', 'b', 'c', 'd'];
      const open4 = await Promise.all(lanes.map((lane) => sink.begin(start([TICKETS], { lane }))));
      const fill = async (load: Load, lane: string): Promise<void> => {
        for (let page = 0; page < 5; page++) {
          const rows = Array.from({ length: 20 }, (_, i) => ticket(`${lane}${page}-${i}`, lane, T1));
          await load.write({
            table: 'tickets',
            rows: [...rows, ticket('shared', lane, T1)],
            readAt: at(page),
          });
        }
        await load.commit({ lane });
      };
      await Promise.all(open4.map((load, i) => fill(load, lanes[i] ?? '')));
      const found = await pick(sink, 'tickets', 'id');
      strictEqual(found.length, 401);
      strictEqual(new Set(found.map(([id]) => id)).size, 401);
      deepStrictEqual(
        (await sink.ledger()).map(({ lane, checkpoint }) => [lane, checkpoint]),
        lanes.map((lane) => [lane, { lane }]),
      );
    },
  },
  {
    name: 'tells the newest checkpoint of each lane from its own ledger, byte for byte',
    keep: async (open) => {
      const sink = await open();
      deepStrictEqual(await sink.ledger(), []);
      const checkpoint = {
        z: 1,
        a: '9007199254740993',
        text: 'مؤشر\0\ud800 \\. "',
        list: [1.0, 1e21, null],
        ключ: {},
      };
      await put(sink, TICKETS, [], { lane: 'b', loadId: 'z_first', epoch: 3 });
      const load = await sink.begin(
        start([TICKETS], { lane: 'b', loadId: 'a_second', runId: 'run_9', epoch: 3 }),
      );
      await load.commit(checkpoint);
      await put(sink, TICKETS, [], { lane: 'a', loadId: 'other' });
      const [a, b, ...rest] = await sink.ledger();
      deepStrictEqual(rest, []);
      strictEqual(a?.loadId, 'other');
      strictEqual(JSON.stringify(b?.checkpoint), JSON.stringify(checkpoint));
      deepStrictEqual(
        { ...b, checkpoint: null, committedAt: null },
        {
          loadId: 'a_second',
          runId: 'run_9',
          pipeline: 'zendesk',
          stream: 'tickets',
          lane: 'b',
          epoch: 3,
          checkpoint: null,
          committedAt: null,
        },
      );
      ok(Math.abs(Date.parse(b?.committedAt ?? '') - Date.now()) < 600_000);
    },
  },
  {
    name: 'finds the utterances that wait for a label, in the order of their ids, page by page',
    keep: async (open) => {
      const sink = await open();
      const query = { limit: 10, retry: ['failed', 'pending'] as const };
      deepStrictEqual(await sink.unlabelled(query), []);
      strictEqual(await sink.countUnlabelled(query), 0);
      await put(sink, FEEDBACK_TABLE, []);
      deepStrictEqual(await sink.unlabelled(query), []);
      await put(sink, WORDS, [
        {
          rows: [
            words('a'),
            words('b', { author_role: 'agent' }),
            words('c', { text_analysis: '' }),
            words('d', { text_analysis: null }),
            words('e', { source: 'intercom', language: null }),
            words('f', { content_hash: 'new' }),
            words('g'),
            words('h'),
            words('i'),
            words('j'),
          ],
          tombstones: [{ key: { feedback_id: 'g' }, deletedAt: T3 }],
        },
      ]);
      strictEqual(await sink.countUnlabelled(query), 6, 'without a table of labels everything waits');
      await put(sink, SENTIMENT_TABLE, [
        {
          rows: [
            labelled('f', { content_hash: 'old' }),
            labelled('h', { status: 'failed' }),
            labelled('i', { prompt_version: 'p0' }),
            labelled('j', { status: 'refused' }),
          ],
        },
      ]);
      const ids = async (more: object = {}) =>
        (await sink.unlabelled({ ...query, ...more })).map((u) => u.feedbackId);
      deepStrictEqual(await ids(), ['a', 'e', 'f', 'h']);
      deepStrictEqual(await ids({ retry: [] }), ['a', 'e', 'f']);
      deepStrictEqual(await ids({ retry: ['refused'] }), ['a', 'e', 'f', 'j']);
      deepStrictEqual(await ids({ stalePromptVersion: 'p1' }), ['a', 'e', 'f', 'h', 'i']);
      deepStrictEqual(await ids({ stalePromptVersion: 'p0' }), ['a', 'e', 'f', 'h']);
      deepStrictEqual(await ids({ source: 'zendesk' }), ['a', 'f', 'h']);
      deepStrictEqual(await ids({ limit: 2 }), ['a', 'e']);
      deepStrictEqual(await ids({ limit: 2, after: 'e' }), ['f', 'h']);
      deepStrictEqual((await sink.unlabelled(query)).slice(0, 2), [
        { feedbackId: 'a', contentHash: 'hash', text: 'نص a', language: 'ar' },
        { feedbackId: 'e', contentHash: 'hash', text: 'نص e', language: null },
      ]);
      strictEqual(await sink.countUnlabelled({ ...query, source: 'zendesk', stalePromptVersion: 'p1' }), 4);
    },
  },
  {
    name: 'publishes the views of analysts, over whichever tables exist, and again when they grow',
    keep: async (open) => {
      const sink = await open();
      await sink.publishMarts();
      deepStrictEqual(await all(sink, 'pipeline_freshness'), []);
      await put(sink, FEEDBACK_TABLE, [
        {
          rows: [words('a')].map(
            ({ text_analysis: _a, content_hash: _c, language: _l, text_display: _d, ...row }) => row,
          ),
        },
      ]);
      await sink.publishMarts();
      deepStrictEqual(
        await pick(sink, 'voc_feedback', 'feedback_id', 'text', 'label', 'label_status', 'customer_name'),
        [['a', 'original a', null, 'pending', null]],
      );
      const users: Table = {
        name: 'zendesk_users',
        key: ['id'],
        fields: { id: { type: 'string' }, name: { type: 'string' }, email: { type: 'string' } },
      };
      const tickets: Table = { ...TICKETS, name: 'zendesk_tickets' };
      const organizations: Table = {
        name: 'zendesk_organizations',
        key: ['id'],
        fields: { id: { type: 'string' }, name: { type: 'string' } },
      };
      await put(sink, users, [{ rows: [{ id: 'u1', name: 'سارة', email: 's@x.sa' }] }]);
      await put(sink, organizations, [{ rows: [{ id: 'o1', name: 'شركة' }] }]);
      await put(sink, tickets, [
        { rows: [ticket('t1', 'x', T1)], tombstones: [{ key: { id: 't2' }, deletedAt: T3 }] },
      ]);
      await put(sink, WORDS, [
        {
          rows: [
            words('a'),
            words('b', { rating: 1 }),
            words('c', { content_hash: 'changed' }),
            words('d', { author_role: 'agent' }),
            words('e', { thread_id: 't2' }),
            words('f', { text_analysis: '', rating: -1 }),
            words('g', { created_at: '2026-01-02T23:59:59.999Z', text_display: null }),
            words('h'),
          ],
          tombstones: [{ key: { feedback_id: 'h' }, deletedAt: T3 }],
          readAt: at(1),
        },
      ]);
      await put(sink, SENTIMENT_TABLE, [
        {
          rows: [
            labelled('a'),
            labelled('b', { label: 'positive', score: 0.5 }),
            labelled('c'),
            labelled('g', { label: null, score: null, status: 'refused', reason: 'policy' }),
          ],
        },
      ]);
      await sink.publishMarts();
      await sink.publishMarts();
      deepStrictEqual(
        await pick(
          sink,
          'voc_feedback',
          'feedback_id',
          'created_date',
          'text',
          'label',
          'score',
          'label_status',
          'label_reason',
        ),
        [
          ['a', '2026-01-01', 'display a', 'negative', -0.75, 'labelled', null],
          ['b', '2026-01-01', 'display b', 'positive', 0.5, 'labelled', null],
          ['c', '2026-01-01', 'display c', null, null, 'pending', null],
          ['f', '2026-01-01', 'display f', null, null, 'no_text', null],
          ['g', '2026-01-02', 'original g', null, null, 'refused', 'policy'],
        ],
      );
      deepStrictEqual(
        (
          await pick(
            sink,
            'voc_feedback',
            'feedback_id',
            'customer_name',
            'customer_email',
            'organization_name',
            'topics',
            'summary',
            'model',
          )
        )[0],
        ['a', 'سارة', 's@x.sa', 'شركة', ['delivery'], 'ملخص', 'm1'],
      );
      deepStrictEqual(
        await pick(
          sink,
          'voc_sentiment_daily',
          'created_date',
          'n_feedback',
          'n_labelled',
          'n_positive',
          'n_neutral',
          'n_negative',
          'n_mixed',
          'n_pending',
          'sum_score',
          'avg_score',
          'avg_rating',
        ),
        [
          ['2026-01-01', 4, 2, 1, 0, 1, 0, 1, -0.25, -0.125, 0],
          ['2026-01-02', 1, 0, 0, 0, 0, 0, 0, null, null, null],
        ],
      );
      // Before any transform told of repairs there is nothing to count; after it, every text that lives counts, the agents' too.
      const repairs = ['n_broken', 'n_presentation_forms', 'n_visual_order', 'n_unsure_order', 'n_mojibake'];
      const quality = () =>
        pick(sink, 'voc_text_quality', 'source', 'kind', 'channel', 'n_texts', ...repairs);
      deepStrictEqual(await quality(), [['zendesk', 'comment', 'email', 7, 0, 0, 0, 0, 0]]);
      const told: Table = {
        ...WORDS,
        fields: {
          ...WORDS.fields,
          text_had_presentation_forms: { type: 'boolean' },
          text_baked_order: { type: 'string' },
          text_had_mojibake: { type: 'boolean' },
        },
      };
      const forms = { channel: 'fax', text_had_presentation_forms: true };
      await put(sink, told, [
        {
          rows: [
            words('x', { ...forms, text_baked_order: 'visual', text_had_mojibake: true }),
            words('y', { ...forms, text_baked_order: 'unsure' }),
            words('z', { channel: 'fax', text_had_presentation_forms: false }),
          ],
          readAt: at(2),
        },
      ]);
      await sink.publishMarts();
      deepStrictEqual(await quality(), [
        ['zendesk', 'comment', 'email', 7, 0, 0, 0, 0, 0],
        ['zendesk', 'comment', 'fax', 3, 2, 2, 1, 1, 1],
      ]);
    },
  },
  {
    name: 'tells one customer by the address in every vendor, and leaves the ids of the vendors as they are',
    keep: async (open) => {
      const sink = await open();
      const text = { type: 'string' } as const;
      const json = { type: 'json' } as const;
      const declare = (name: string, fields: Table['fields']): Table => ({
        name,
        key: ['id'],
        fields: { id: text, name: text, ...fields },
      });
      const gone = { tombstones: [{ key: { id: 'gone' }, deletedAt: T2 }], readAt: at(1) };
      await put(sink, declare('zendesk_users', { email: text, role: text, organization_id: text }), [
        {
          rows: [
            { id: 'z1', name: 'سارة', email: 'Sara@Alnoor.example', role: 'end-user', organization_id: 'zo' },
            { id: 'z2', name: 'Agent', email: 'agent@us.example', role: 'agent' },
            { id: 'z3', name: 'بلا عنوان', email: null, role: 'end-user' },
          ],
        },
      ]);
      await put(sink, declare('zendesk_organizations', { domain_names: json }), [
        { rows: [{ id: 'zo', name: 'النور', domain_names: ['www.alnoor.example'] }] },
      ]);
      // Salesforce keeps a merged contact in its bin, with the one that remains.
      await put(
        sink,
        declare('salesforce_contacts', { email: text, account_id: text, master_record_id: text }),
        [
          {
            rows: [
              { id: 's1', name: 'Sara Q', email: ' sara@ALNOOR.example ', account_id: 'sa' },
              {
                id: 'gone',
                name: 'Sarah',
                email: 'old@else.example',
                account_id: 'sa',
                master_record_id: 's1',
              },
              { id: 's9', name: 'Nobody', email: 'no address' },
            ],
          },
          gone,
        ],
      );
      await put(sink, declare('salesforce_accounts', { website: text }), [
        { rows: [{ id: 'sa', name: 'Alnoor', website: 'https://www.Alnoor.example/ar' }] },
      ]);
      // Of a chain of merges the end counts, a circle ends, and a list of merged ids may name whom nobody has.
      const merged = { hs_merged_object_ids: json, hs_calculated_merged_vids: json };
      const hubspot = {
        email: text,
        firstname: text,
        lastname: text,
        company: text,
        company_ids: json,
        ...merged,
      };
      await put(sink, declare('hubspot_contacts', hubspot), [
        {
          rows: [
            {
              id: '1',
              firstname: 'سارة',
              email: 'sara@alnoor.example',
              hs_merged_object_ids: ['gone', '77'],
            },
            { id: 'gone', firstname: 'س', email: null, hs_merged_object_ids: ['3'] },
            {
              id: '3',
              lastname: 'ق',
              email: 'third@else.example',
              hs_calculated_merged_vids: ['3:1', '3:2'],
            },
            { id: '5', email: 'fahad@gmail.com', company: 'ورشة', hs_merged_object_ids: ['6'] },
            { id: '6', email: 'circle@alnoor.example', hs_merged_object_ids: ['5'] },
          ],
        },
        gone,
      ]);
      await put(sink, declare('intercom_contacts', { email: text, companies: json, merge_history: json }), [
        {
          rows: [
            {
              id: 'i1',
              name: 'Sara',
              email: 'sara@alnoor.example',
              companies: { data: [{ id: 'ic' }] },
              merge_history: [{ source_contact_id: 'i2', merged_at: 5 }],
            },
            { id: 'i2', name: null, email: null, companies: null, merge_history: 'broken' },
          ],
        },
      ]);
      const party = { id: 'p1', name: 'سارة', emailAddress: 'SARA@alnoor.example', affiliation: 'External' };
      const staff = { id: 'p2', name: 'نورة', emailAddress: 'nora@us.example', affiliation: 'Internal' };
      await put(sink, declare('gong_calls', { parties: json, account_id: text }), [
        {
          rows: [
            { id: 'c1', parties: [party, staff, { name: 'no id' }, 7, null], account_id: 'sa' },
            { id: 'c2', parties: [party], account_id: 'sa' },
            { id: 'c3', parties: 'broken', account_id: null },
          ],
        },
      ]);
      const said = (feedback_id: string, source: string, customer_id: string | null, more: Row = {}) =>
        words(feedback_id, { source, customer_id, organization_id: null, ...more });
      await put(sink, WORDS, [
        {
          rows: [
            said('a', 'zendesk', 'z1', { organization_id: 'zo' }),
            said('b', 'salesforce', 's1'),
            said('c', 'salesforce', 'gone'),
            said('d', 'hubspot', '3'),
            said('e', 'intercom', 'i2'),
            said('f', 'gong', null, { author_id: 'p1', organization_id: 'sa' }),
            said('g', 'zendesk', 'z3'),
            said('h', 'intercom', 'unheard of'),
            said('i', 'hubspot', '5'),
            said('j', 'hubspot', null, { author_id: null }),
          ],
        },
      ]);
      await sink.publishMarts();
      const sara = keyOf('email:sara@alnoor.example');
      const name = 'سارة';
      const columns = [
        'customer_key',
        'customer_name',
        'customer_email',
        'customer_domain',
        'organization_name',
      ];
      const told = ['sara@alnoor.example', 'alnoor.example'];
      deepStrictEqual(await pick(sink, 'voc_feedback', 'feedback_id', 'customer_id', ...columns), [
        ['a', 'z1', sara, name, ...told, 'النور'],
        ['b', 's1', sara, 'Sara Q', ...told, 'Alnoor'],
        ['c', 'gone', sara, 'Sara Q', ...told, 'Alnoor'],
        ['d', '3', sara, name, ...told, null],
        ['e', 'i2', sara, 'Sara', ...told, null],
        ['f', null, sara, name, ...told, 'Alnoor'],
        ['g', 'z3', keyOf('zendesk:z3'), 'بلا عنوان', null, null, null],
        ['h', 'unheard of', keyOf('intercom:unheard of'), null, null, null, null],
        [
          'i',
          '5',
          keyOf('email:circle@alnoor.example'),
          null,
          'circle@alnoor.example',
          'alnoor.example',
          'ورشة',
        ],
        ['j', null, null, null, null, null, null],
      ]);
      const identity = ['customer_id', 'source', 'matched_by', 'person_id', 'is_staff', 'is_deleted'];
      const identities = await pick(sink, 'map_customer_identity', ...identity);
      deepStrictEqual(
        identities.filter(([id]) => id !== 'gone'),
        [
          ['1', 'hubspot', 'email', '1', false, false],
          ['3', 'hubspot', 'email', '1', false, false],
          ['5', 'hubspot', 'email', '6', false, false],
          ['6', 'hubspot', 'email', '5', false, false],
          ['i1', 'intercom', 'email', 'i1', false, false],
          ['i2', 'intercom', 'email', 'i1', false, false],
          ['p1', 'gong', 'email', 'p1', false, false],
          ['p2', 'gong', 'email', 'p2', true, false],
          ['s1', 'salesforce', 'email', 's1', false, false],
          ['s9', 'salesforce', 'native_id', 's9', false, false],
          ['z1', 'zendesk', 'email', 'z1', false, false],
          ['z2', 'zendesk', 'email', 'z2', true, false],
          ['z3', 'zendesk', 'native_id', 'z3', false, false],
        ],
      );
      const merges = identities.filter(([id]) => id === 'gone').map(([, ...rest]) => rest);
      deepStrictEqual(merges.sort(), [
        ['hubspot', 'email', '1', false, true],
        ['salesforce', 'email', 's1', false, true],
      ]);
      const customers = ['email', 'domain', 'sources', 'n_contacts', 'is_deleted'];
      deepStrictEqual(
        (await pick(sink, 'dim_customer', ...customers)).filter(([email]) => email !== null),
        [
          ['circle@alnoor.example', 'alnoor.example', 'hubspot', 1, false],
          ['fahad@gmail.com', null, 'hubspot', 1, false],
          ['sara@alnoor.example', 'alnoor.example', 'gong, hubspot, intercom, salesforce, zendesk', 9, false],
        ],
      );
    },
  },
  {
    name: 'shows how fresh each lane is: its last run, when it last succeeded, and its last load',
    keep: async (open) => {
      const sink = await open();
      await put(sink, TICKETS, []);
      await sink.publishMarts();
      deepStrictEqual(await pick(sink, 'pipeline_freshness', 'lane', 'pipeline', 'status', 'succeeded_at'), [
        ['zendesk/tickets', 'zendesk', null, null],
      ]);
      const row = {
        lane: 'zendesk/tickets',
        pipeline: 'zendesk',
        stream: 'tickets',
        run_id: 'r',
        rows_rejected: 0,
      };
      await put(
        sink,
        FRESHNESS_TABLE,
        [
          {
            rows: [
              { ...row, status: 'succeeded', checked_at: T1, caught_up_to: T1, rows_loaded: 7 },
              { ...row, status: 'failed', checked_at: T2, caught_up_to: null, rows_loaded: 0 },
            ],
          },
        ],
        { lane: 'zendesk/freshness' },
      );
      await sink.publishMarts();
      const columns = ['lane', 'status', 'checked_at', 'succeeded_at', 'caught_up_to', 'rows_loaded'];
      deepStrictEqual(await pick(sink, 'pipeline_freshness', ...columns), [
        ['zendesk/tickets', 'failed', T2, T1, T1, 0],
      ]);
      const [fresh] = await all(sink, 'pipeline_freshness');
      const minutes = (Date.now() - Date.parse(T1)) / 60_000;
      ok(Math.abs(Number(fresh?.['minutes_behind']) - minutes) < 10);
      strictEqual(
        fresh?.['last_load_at'],
        (await sink.ledger()).find(({ lane }) => lane === 'zendesk/tickets')?.committedAt,
      );
    },
  },
  {
    name: 'answers a query only when it reads, and nothing that writes, reads files or is more than one statement',
    keep: async (open) => {
      const sink = await open();
      await put(sink, NOTES, [
        {
          rows: [
            { id: '1', text: 'x' },
            { id: '2', text: 'y' },
            { id: '3', text: null },
          ],
        },
      ]);
      for (const sql of FORBIDDEN_QUERIES) {
        await rejects(sink.query(sql), { name: 'PipelineError', kind: 'config', code: 'query.failed' }, sql);
      }
      deepStrictEqual(await pick(sink, 'notes', 'id', 'text'), [
        ['1', 'x'],
        ['2', 'y'],
        ['3', null],
      ]);
      const result = await sink.query('SELECT * FROM "notes"', { maxRows: 2 });
      deepStrictEqual([result.rows.length, result.truncated], [2, true]);
      deepStrictEqual(
        result.columns.map(({ name }) => name),
        ['id', 'text', '_run_id', '_load_id', '_read_at', '_loaded_at', '_deleted_at'],
      );
      strictEqual((await sink.query('SELECT * FROM "notes"', { maxRows: 3 })).truncated, false);
    },
  },
  {
    name: 'says who it is without a secret, and is in good health',
    keep: async (open) => {
      const sink = await open();
      ok(
        !/secret|password|:[^/]*@/.test(sink.location.replace(/^[a-z]+:\/\//, '')),
        'the location holds no password',
      );
      strictEqual((await sink.check()).ok, true);
      await put(sink, NOTES, []);
      strictEqual((await sink.check()).ok, true);
    },
  },
];

/** Refused by every engine: writes, DDL, files, and a second statement behind an innocent first. */
export const FORBIDDEN_QUERIES: readonly string[] = [
  `INSERT INTO "notes" ("id") VALUES ('9')`,
  `UPDATE "notes" SET "text" = 'changed'`,
  'DELETE FROM "notes"',
  'DROP TABLE "notes"',
  'CREATE TABLE "more" ("a" integer)',
  'ALTER TABLE "notes" ADD COLUMN "z" integer',
  'SELECT 1; SELECT 2',
  'SELECT 1; DROP TABLE "notes"',
  'COMMIT; DROP TABLE "notes"',
  'EXPLAIN ANALYZE DELETE FROM "notes"',
  `COPY "notes" TO '/tmp/stolen.csv'`,
  `COPY "notes" FROM '/etc/passwd'`,
  `SELECT * FROM read_text('/etc/passwd')`,
  `SELECT * FROM '/etc/passwd'`,
  `SELECT pg_read_file('/etc/passwd')`,
  'SET ROLE postgres',
  'BEGIN',
  '',
  'SELEKT',
];

const WORDS: Table = {
  ...FEEDBACK_TABLE,
  fields: {
    ...FEEDBACK_TABLE.fields,
    text_display: { type: 'string' },
    text_analysis: { type: 'string' },
    content_hash: { type: 'string' },
    language: { type: 'string' },
  },
};

function words(id: string, more: Row = {}): Row {
  return {
    feedback_id: id,
    source: 'zendesk',
    kind: 'comment',
    record_id: 'r',
    thread_id: 't1',
    author_role: 'customer',
    customer_id: 'u1',
    organization_id: 'o1',
    channel: 'email',
    created_at: T1,
    updated_at: T1,
    text_original: `original ${id}`,
    text_display: `display ${id}`,
    text_analysis: `نص ${id}`,
    content_hash: 'hash',
    language: 'ar',
    ...more,
  };
}

function labelled(id: string, more: Row = {}): Row {
  return {
    feedback_id: id,
    label: 'negative',
    score: -0.75,
    confidence: 0.9,
    topics: ['delivery'],
    summary: 'ملخص',
    status: 'labelled',
    model: 'm1',
    prompt_version: 'p1',
    content_hash: 'hash',
    labelled_at: T1,
    ...more,
  };
}

/** Runs every promise against one implementation. */
export function sinkContract(name: string, open: OpenSink): void {
  describe(`${name} keeps the promises of a sink`, () => {
    for (const promise of SINK_PROMISES) test(promise.name, () => promise.keep(open));
  });
}
