// The DuckDB warehouse against the promises of a sink, and what only a file can do wrong.

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Sink } from '../../core/types.ts';
import { duckdbError } from '../../sinks/duckdb/errors.ts';
import { duckdbSink } from '../../sinks/duckdb.ts';
import { sinkContract } from '../contracts/sink.ts';
import { loadNotes } from './one-table.ts';
import { holdFile } from './other-process.ts';

const opened: { sink: Sink; directory: string }[] = [];

async function freshSink(): Promise<Sink> {
  const directory = await mkdtemp(join(tmpdir(), 'pipeline-duckdb-'));
  const sink = duckdbSink({ path: join(directory, 'made', 'warehouse.duckdb') });
  opened.push({ sink, directory });
  return sink;
}

afterEach(async () => {
  for (const { sink, directory } of opened.splice(0)) {
    await sink.close();
    await rm(directory, { recursive: true, force: true });
  }
});

sinkContract('duckdb', freshSink);

async function place(): Promise<{ readonly path: string; open(path?: string): Sink }> {
  const directory = await mkdtemp(join(tmpdir(), 'pipeline-duckdb-'));
  const file = join(directory, 'w.duckdb');
  return {
    path: file,
    open: (path = file) => {
      const sink = duckdbSink({ path });
      opened.push({ sink, directory });
      return sink;
    },
  };
}

describe('one file, one process', () => {
  test('a file that another process holds is an error to retry, which names that process', async () => {
    const { path, open } = await place();
    const other = await holdFile(path);
    try {
      const sink = open();
      const locked = {
        kind: 'transient',
        code: 'sink.locked',
        message: expect.stringContaining(`PID ${other.pid}`),
      };
      await expect(loadNotes(sink, [])).rejects.toMatchObject(locked);
      await expect(sink.query('SELECT 1')).rejects.toMatchObject(locked);
      expect(await sink.check()).toMatchObject({ ok: false });
    } finally {
      await other.end();
    }
    expect((await loadNotes(open(), [{ id: '1', text: 'x' }])).repeated).toBe(false);
  });

  test('two sinks of one process share the file, and it stays ours until both are closed', async () => {
    const { path, open } = await place();
    const [first, second] = [open(), open()];
    await loadNotes(first, [{ id: '1', text: 'x' }]);
    expect((await second.query('SELECT id FROM notes')).rows).toEqual([{ id: '1' }]);
    await first.close();
    const refused = await holdFile(path);
    expect(refused.opened).toBe(false);
    await refused.end();
    await loadNotes(second, [{ id: '2', text: 'y' }], { loadId: 'l2' });
    await second.close();
    const free = await holdFile(path);
    expect(free.opened).toBe(true);
    await free.end();
  });

  test('whoever only reads lets the file go, and makes none where there is none', async () => {
    const { path, open } = await place();
    const reader = open();
    expect(await reader.ledger()).toEqual([]);
    expect(await reader.check()).toMatchObject({ ok: true });
    await expect(reader.query('SELECT 1')).rejects.toMatchObject({
      code: 'query.failed',
      message: /no warehouse/,
    });
    expect(existsSync(path)).toBe(false);
    const writer = open();
    await loadNotes(writer, [{ id: '1', text: 'x' }]);
    await writer.close();
    await reader.close();
    const again = open();
    expect((await again.query('SELECT id FROM notes')).rows).toEqual([{ id: '1' }]);
    const free = await holdFile(path);
    expect(free.opened).toBe(true);
    await free.end();
  });

  test('readers and writers of one process take turns at opening', async () => {
    const { open } = await place();
    const writer = open();
    await loadNotes(writer, [{ id: '1', text: 'x' }]);
    await writer.close();
    const sink = open();
    const results = await Promise.all([
      sink.query('SELECT count(*) AS n FROM notes'),
      sink.ledger(),
      loadNotes(sink, [{ id: '2', text: 'y' }], { loadId: 'l2' }),
      sink.query('SELECT count(*) AS n FROM notes'),
      sink.publishMarts(),
      loadNotes(sink, [{ id: '3', text: 'z' }], { loadId: 'l3', lane: 'other' }),
    ]);
    expect(results).toHaveLength(6);
    expect((await sink.query('SELECT count(*) AS n FROM notes')).rows).toEqual([{ n: 3 }]);
  });
});

describe('a path that cannot be a warehouse', () => {
  test('a file that is no database is refused and left as it is', async () => {
    const { path, open } = await place();
    await writeFile(path, "not a database, but somebody's notes");
    await expect(loadNotes(open(), [])).rejects.toMatchObject({ kind: 'config', code: 'sink.not-found' });
    expect(await readFile(path, 'utf8')).toBe("not a database, but somebody's notes");
    expect(await open().check()).toMatchObject({ ok: false });
  });

  test('a path below a file is refused', async () => {
    const { path, open } = await place();
    await writeFile(path, 'x');
    const sink = open(join(path, 'below', 'w.duckdb'));
    await expect(loadNotes(sink, [])).rejects.toMatchObject({ kind: 'config', code: 'sink.not-found' });
    expect(await sink.check()).toMatchObject({ ok: false });
  });

  test.each([
    ['IO Error: Cannot open file "/x": Permission denied', 'config', 'sink.read-only'],
    ["EROFS: read-only file system, mkdir '/x'", 'config', 'sink.read-only'],
    ['IO Error: Could not write file "/x": No space left on device', 'transient', 'sink.disk-full'],
    ['Out of Memory Error: failed to allocate', 'transient', 'sink.memory'],
    ['Conversion Error: Could not convert string "سر" to INT64', 'bug', 'sink.refused'],
  ])('%s is an error of kind %s', (message, kind, code) => {
    const error = duckdbError(new Error(message), 'duckdb:w', 'commit a load');
    expect(error).toMatchObject({ kind, code });
    expect(error.message).not.toContain('سر');
  });
});

test('labels and descriptions stand in the comments and in the catalogue', async () => {
  const { open } = await place();
  const sink = open();
  await loadNotes(sink, []);
  const { rows } = await sink.query(
    `SELECT comment FROM duckdb_columns() WHERE table_name = 'notes' AND column_name = 'text'`,
  );
  expect(rows).toEqual([{ comment: 'ملاحظة — What was noted.' }]);
  const catalogue = await sink.query(
    `SELECT type, label, description, pii FROM _pipeline_columns WHERE table_name = 'notes' AND column_name = 'text'`,
  );
  expect(catalogue.rows).toEqual([
    { type: 'string', label: 'ملاحظة', description: 'What was noted.', pii: 'free_text' },
  ]);
});

test('a query returns JSON values, stops at its time limit and tells what DuckDB says', async () => {
  const { open } = await place();
  const sink = open();
  await loadNotes(sink, []);
  const { rows } = await sink.query(
    `SELECT 1::INTEGER AS i, 9007199254740993 AS b, sum(1) AS s, 1.50 AS n, 'nan'::DOUBLE AS nan, true AS t, DATE '2024-02-29' AS d,
      TIMESTAMPTZ '2024-01-01 03:00:00.5+03' AS ts, TIMESTAMP '2024-01-01' AS plain, '{"a":[1]}'::JSON AS j, [1, 2] AS l, {'x': 1} AS o, TIMESTAMPTZ '2024-01-01 23:00:00Z'::DATE AS day, NULL AS nothing;`,
  );
  expect(rows).toEqual([
    {
      i: 1,
      b: '9007199254740993',
      s: 1,
      n: 1.5,
      nan: 'NaN',
      t: true,
      d: '2024-02-29',
      ts: '2024-01-01T00:00:00.500Z',
      plain: '2024-01-01T00:00:00.000Z',
      j: { a: [1] },
      l: [1, 2],
      o: { x: 1 },
      day: '2024-01-01',
      nothing: null,
    },
  ]);
  expect((await sink.query('SHOW TABLES')).rows).toContainEqual({ name: 'notes' });
  expect((await sink.query('DESCRIBE notes')).rows.length).toBeGreaterThan(0);
  expect((await sink.query('EXPLAIN SELECT 1')).rows.length).toBeGreaterThan(0);
  const endless =
    'SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range * 7 = b.range + 3';
  await expect(sink.query(endless, { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'query.failed',
    message: /longer than 50 ms/,
  });
  await expect(sink.query('SELECT nope')).rejects.toMatchObject({ code: 'query.failed', message: /nope/ });
  expect((await sink.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});
