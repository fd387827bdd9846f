// Random histories of rows and tombstones: every engine ends with the same table as the warehouse in memory.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Row, Sink, Table, Tombstone } from '../../core/types.ts';
import { duckdbSink } from '../../sinks/duckdb.ts';
import { memorySink } from '../../sinks/memory.ts';
import { postgresSink } from '../../sinks/postgres.ts';
import { createDatabase } from '../postgres.ts';

const VERSIONS = [
  null,
  '2026-01-01T00:00:01.000Z',
  '2026-01-01T00:00:01.000001Z',
  '2026-01-01T00:00:02.000Z',
] as const;

interface Change {
  readonly id: string;
  readonly version: string | null;
  readonly qty: string | number | null;
  readonly gone: boolean;
}

const change: fc.Arbitrary<Change> = fc.record({
  id: fc.constantFrom('a', 'b', 'c'),
  version: fc.constantFrom(...VERSIONS),
  qty: fc.constantFrom(1, 2, 'many', null),
  gone: fc.boolean(),
});
/** Loads of batches of changes; each batch was read at its second. */
const history = fc.array(
  fc.array(
    fc.record({ second: fc.integer({ min: 0, max: 5 }), changes: fc.array(change, { maxLength: 4 }) }),
    { maxLength: 3 },
  ),
  { minLength: 1, maxLength: 4 },
);
type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

let directory = '';
let engines: readonly Sink[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pipeline-merge-'));
  engines = [duckdbSink({ path: join(directory, 'w.duckdb') }), postgresSink(await createDatabase())];
});

afterAll(async () => {
  for (const engine of engines) await engine.close();
  await rm(directory, { recursive: true, force: true });
});

async function replay(sink: Sink, table: Table, loads: History): Promise<readonly Row[]> {
  for (const [i, batches] of loads.entries()) {
    const load = await sink.begin({
      loadId: `${table.name}_${i}`,
      runId: 'run',
      pipeline: 'p',
      stream: 's',
      lane: `p/${table.name}`,
      epoch: 1,
      tables: [table],
    });
    for (const { second, changes } of batches) {
      const rows = changes
        .filter(({ gone }) => !gone)
        .map(({ id, version, qty }): Row => ({ id, version, qty }));
      const tombstones = changes
        .filter(({ gone }) => gone)
        .map(
          ({ id, version }): Tombstone => ({ key: { id }, version, deletedAt: '2026-02-01T00:00:00.000Z' }),
        );
      await load.write({
        table: table.name,
        rows,
        tombstones,
        readAt: new Date(Date.UTC(2026, 2, 1, 0, 0, second)),
      });
    }
    await load.commit(i);
  }
  const { rows } = await sink.query(`SELECT * FROM "${table.name}"`);
  return rows
    .map(({ _loaded_at: _, qty__text: variant = null, ...row }) => ({ ...row, qty__text: variant }))
    .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}

test('every engine tells the same story as the memory', async () => {
  let tables = 0;
  await fc.assert(
    fc.asyncProperty(history, fc.boolean(), async (loads, versioned) => {
      tables += 1;
      const table: Table = {
        name: `history_${tables}`,
        key: ['id'],
        ...(versioned ? { version: 'version' } : {}),
        fields: { id: { type: 'string' }, version: { type: 'timestamp' }, qty: { type: 'integer' } },
      };
      const expected = await replay(memorySink(), table, loads);
      for (const engine of engines) expect(await replay(engine, table, loads), engine.name).toEqual(expected);
    }),
    { numRuns: 12 },
  );
});
