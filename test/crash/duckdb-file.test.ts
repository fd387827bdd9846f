// What kills and readers taught about a DuckDB file, each with a test of its own.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Row, Sink, Table } from '../../core/types.ts';
import { openSink } from '../../sinks/index.ts';

async function newSink(): Promise<{ readonly sink: Sink; readonly directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'pipeline-duckdb-'));
  const sink = await openSink(`duckdb:${join(directory, 'warehouse.duckdb')}`, { home: directory });
  onTestFinished(async () => {
    await sink.close();
    await rm(directory, { recursive: true, force: true });
  });
  return { sink, directory };
}

function tableWith(columns: readonly string[]): Table {
  const fields = Object.fromEntries(columns.map((name) => [name, { type: 'string' }] as const));
  return { name: 'things', key: ['id'], fields: { id: { type: 'string' }, ...fields } };
}

async function load(sink: Sink, number: number, table: Table, row: Row): Promise<void> {
  const started = await sink.begin({
    loadId: `load_${number}`,
    runId: 'run_1',
    pipeline: 'p',
    stream: 's',
    lane: 'p/s',
    epoch: 1,
    tables: [table],
  });
  await started.write({ table: table.name, rows: [row], readAt: new Date() });
  await started.commit(number);
}

test('a table is widened while somebody has been reading since before the last commit', async () => {
  const { sink } = await newSink();
  await load(sink, 1, tableWith(['a']), { id: '1', a: 'x' });
  // Long enough to be under way during all that follows, on any machine that tests run on.
  const reading = sink.query('select count(*) as n from range(400000000) where range % 7 = 3');
  await load(sink, 2, tableWith(['a']), { id: '2', a: 'y' });
  await load(sink, 3, tableWith(['a', 'b']), { id: '3', a: 'z', b: 'new' });
  expect((await reading).rows).toEqual([{ n: 57142857 }]);
  const { rows } = await sink.query('select id, b from things order by id');
  expect(rows).toEqual([
    { id: '1', b: null },
    { id: '2', b: null },
    { id: '3', b: 'new' },
  ]);
});

test('a new file appears whole or not at all, and leaves no draft behind', async () => {
  const { sink, directory } = await newSink();
  const seen = new Set<string>();
  const fencing = sink.fence('p/s', 1);
  let made = false;
  void fencing.then(() => {
    made = true;
  });
  while (!made) for (const name of await readdir(directory)) seen.add(name);
  await fencing;
  expect([...seen].some((name) => name.startsWith('warehouse.duckdb.new-'))).toBe(true);
  expect((await readdir(directory)).filter((name) => name.includes('.new-'))).toEqual([]);
});
