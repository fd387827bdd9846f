// The warehouse in memory against the promises of a sink.

import { expect, test } from 'vitest';
import { loadOnce } from '../../core/load-once.ts';
import type { Table } from '../../core/types.ts';
import { memorySink } from '../../sinks/memory.ts';
import { sinkContract } from '../contracts/sink.ts';

sinkContract('memory', async () => memorySink());

test('it shows its ledger as a table, as the other sinks do, with the loads of each lane numbered from 1', async () => {
  const sink = memorySink();
  const notes: Table = { name: 'notes', key: ['id'], fields: { id: { type: 'string' } } };
  for (const [loadId, lane] of [
    ['a', 'x/notes'],
    ['b', 'y/notes'],
    ['c', 'x/notes'],
  ] as const) {
    const start = { loadId, runId: 'run', pipeline: 'x', stream: 'notes', lane, epoch: 1, tables: [notes] };
    const rows = [{ id: loadId }];
    await loadOnce(sink, start, [{ table: 'notes', rows, readAt: new Date() }], { page: loadId });
  }
  const { rows } = await sink.query('SELECT * FROM "_pipeline_loads"');
  expect(rows).toMatchObject([
    { load_id: 'a', lane: 'x/notes', number: 1, checkpoint: '{"page":"a"}' },
    { load_id: 'b', lane: 'y/notes', number: 1, tables: { notes: { rows: 1, tombstones: 0 } } },
    { load_id: 'c', lane: 'x/notes', number: 2, run_id: 'run', pipeline: 'x', stream: 'notes', epoch: 1 },
  ]);
});
