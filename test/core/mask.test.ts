// Masking columns: what a policy hides, what it may never touch, and that feedback and labels are made before it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pipeline } from '../../core/pipeline.ts';
import { replayRejects } from '../../core/replay.ts';
import type { ColumnMask, Connector, Json, Pipeline, Row, Sink, State, Table } from '../../core/types.ts';
import { memorySink } from '../../sinks/memory.ts';
import { type MaskPolicy, maskColumns } from '../../transforms/mask-columns.ts';
import { redactor } from '../../transforms/redact.ts';
import { text } from '../../transforms/text.ts';
import { freshState, io, owner, runScripted } from './run-scripted.ts';
import { scripted, thing } from './scripted.ts';

const USERS: Table = {
  name: 'vendor_users',
  key: ['id'],
  version: 'updated_at',
  fields: {
    id: { type: 'string', pii: 'contact' },
    updated_at: { type: 'timestamp', pii: 'contact' },
    name: { type: 'string', pii: 'contact' },
    phone: { type: 'string', pii: 'contact' },
    born: { type: 'date', pii: 'contact' },
    note: { type: 'string', pii: 'free_text' },
    raw: { type: 'json', pii: 'free_text' },
    city: { type: 'string' },
  },
};
const USER: Row = {
  id: '0501234567',
  updated_at: '2026-01-01T00:00:00.000Z',
  name: 'كريم بشناق',
  phone: '0501234567',
  born: '1990-01-01',
  note: 'بشناق اتصل من 0501234567',
  raw: { name: 'كريم بشناق', deep: [{ mail: 'a@b.com', count: 3, none: null }], city: 'جدة' },
  city: 'جدة',
};
const ALL: MaskPolicy = { classes: { contact: 'redact', free_text: 'redact' } };
const masked = (policy: MaskPolicy, row: Row = USER): Row => maskColumns(policy).apply(USERS, [row])[0] ?? {};

describe('a mask', () => {
  it('redacts by class, in text and inside JSON, and leaves key, version and other columns', () => {
    expect(masked(ALL)).toEqual({
      ...USER,
      name: '[اسم_1]',
      phone: '[هاتف_1]',
      born: null,
      note: '[اسم_1] اتصل من [هاتف_1]',
      raw: { name: '[اسم_1]', deep: [{ mail: '[بريد_1]', count: 3, none: null }], city: 'جدة' },
    });
  });

  it('drops by class, and a column named decides over its class', () => {
    const policy: MaskPolicy = {
      classes: { contact: 'drop' },
      columns: { 'vendor_users.phone': 'keep', 'vendor_users.note': 'drop', 'vendor_users.city': 'redact' },
    };
    expect(masked(policy)).toEqual({ ...USER, name: null, born: null, note: null });
  });

  it('leaves NULL in a contact column of which it does not recognise all', () => {
    expect(masked(ALL, { ...USER, phone: 'الدور الثاني شقة 5' })['phone']).toBeNull();
  });

  it('returns the very row, and the very rows, where nothing is to hide', () => {
    const row: Row = { id: '1', note: 'الخدمة ممتازة', raw: { a: ['x'] } };
    expect(maskColumns(ALL).apply(USERS, [row])[0]).toBe(row);
    const rows = [USER];
    expect(maskColumns({}).apply(USERS, rows)).toBe(rows);
    expect(USER['phone']).toBe('0501234567');
  });

  it('reaches the bottom of JSON that is nested deeper than calls can be', () => {
    let deep: Json = 'a@b.com';
    for (let i = 0; i < 100_000; i++) deep = i % 2 === 0 ? [deep] : { __proto__: null, k: deep };
    let found = masked(ALL, { id: '1', raw: deep })['raw'];
    while (typeof found === 'object' && found !== null)
      found = (Array.isArray(found) ? found[0] : (found as { readonly k: Json }).k) ?? null;
    expect(found).toBe('[بريد_1]');
  });

  it('keeps a key such as __proto__ a key', () => {
    const raw = JSON.parse('{"__proto__":{"mail":"a@b.com"}}') as Json;
    expect(JSON.stringify(masked(ALL, { id: '1', raw })['raw'])).toBe('{"__proto__":{"mail":"[بريد_1]"}}');
  });
});

describe('a policy', () => {
  const declared = (mask: ColumnMask): unknown =>
    pipeline({ name: 'scripted', source: scripted({}), transforms: [text({ redactor: redactor() })], mask });

  it('is refused when the pipeline is declared, where it would hide what loading or labelling needs', () => {
    for (const column of [
      'feedback.feedback_id',
      'feedback.updated_at',
      'feedback._run_id',
      'vendor_users._loaded_at',
      'feedback.no_such_column',
      'feedback.text_analysis',
      'no column',
    ]) {
      expect(() => declared(maskColumns({ columns: { [column]: 'drop' } })), column).toThrow(
        expect.objectContaining({ kind: 'config', code: 'mask.bad_column' }),
      );
    }
    expect(() => declared(maskColumns({ columns: { 'feedback.rating': 'redact' } }))).toThrow('number');
    expect(() => declared(maskColumns({ columns: { 'feedback.text_original': 'redact' } }))).not.toThrow();
  });

  it('is refused for a key of a vendor table, when the table is described', () => {
    const { check } = maskColumns({ columns: { 'vendor_users.id': 'drop' } });
    expect(() => check(USERS)).toThrow('part of the key');
    expect(() => check({ ...USERS, name: 'other_users' })).not.toThrow();
  });
});

describe('a run with a mask', () => {
  let state: State;
  beforeAll(async () => {
    state = await freshState();
  });
  afterAll(async () => {
    await state.close();
  });
  const mask: ColumnMask = maskColumns({
    columns: { 'test_masked.words': 'redact', 'feedback.text_original': 'drop' },
  });

  const declare = (source: Connector): Pipeline =>
    pipeline({ name: 'scripted', source, transforms: [text({ redactor: redactor() })], mask });
  const columnsIn = async (sink: Sink, table: string): Promise<Row | undefined> =>
    (await sink.query(`select * from ${table}`)).rows[0];

  it('loads masked rows and masked feedback, made from the rows as they were', async () => {
    const sink = memorySink();
    const pages = [{ rows: [thing('a', 1, 'جوالي 0501234567')] }];
    const source = scripted({ masked: { pages, feedback: true } });
    const record = await runScripted({ state, sink, streams: {}, pipeline: declare(source) });
    expect(record.streams[0]).toMatchObject({ status: 'succeeded', loaded: 1, feedback: 1 });
    expect(await columnsIn(sink, 'test_masked')).toMatchObject({
      id: 'a',
      version: 1,
      words: 'جوالي [هاتف_1]',
    });
    const feedback = await columnsIn(sink, 'feedback');
    expect(feedback).toMatchObject({ text_original: null, text_is_html: false });
    expect(feedback?.['text_display']).toContain('جوالي');
  });

  it('fails before it reads where the policy names a column that the vendor table does not have', async () => {
    const wrong = maskColumns({ columns: { 'test_masked.wrods': 'redact' } });
    const source = scripted({ masked: { pages: [{ rows: [thing('b')] }] } });
    const record = await runScripted({
      state,
      streams: {},
      pipeline: pipeline({ name: 'scripted', source, transforms: [], mask: wrong }),
    });
    expect(record.streams[0]).toMatchObject({
      status: 'failed',
      read: 0,
      error: { code: 'mask.bad_column' },
    });
  });

  it('masks a replayed reject, which was kept as it came', async () => {
    const sink = memorySink();
    const { streams, ...rest } = scripted({ masked: { pages: [], feedback: true } });
    const source = {
      ...rest,
      streams: streams.map((stream) => ({
        ...stream,
        remap: (_table: string, record: Json) => record as Row,
      })),
    };
    const replay = await replayRejects({
      pipeline: declare(source),
      rejects: [
        {
          rejectId: 'r1',
          runId: 'run',
          at: '2026-01-01T00:00:00.000Z',
          replayedAt: null,
          lane: 'scripted/masked',
          table: 'test_masked',
          row: { id: 'r', version: 1, words: 'بريدي a@b.com' },
          code: 'row.bad',
          reason: 'It was bad.',
        },
      ],
      io: io(),
      state,
      sink,
      owner: owner(),
      signal: new AbortController().signal,
    });
    expect(replay).toEqual({ loaded: 1, stillRejected: [] });
    expect(await columnsIn(sink, 'test_masked')).toMatchObject({ id: 'r', words: 'بريدي [بريد_1]' });
    expect(await columnsIn(sink, 'feedback')).toMatchObject({ text_original: null });
  });
});
