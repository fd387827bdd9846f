// The DuckDB warehouse: one file beside the pipeline, no server; one process at a time.

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { PipelineError } from '../core/errors.ts';
import type { Health, Sink, Unlabelled } from '../core/types.ts';
import { createControlTables, readTables } from './duckdb/catalogue.ts';
import { type Connection, checkpoint, duckdbDatabase, inTransaction, rowsOf } from './duckdb/database.ts';
import { duckdbError } from './duckdb/errors.ts';
import { duckdbLoad, raiseFence } from './duckdb/load.ts';
import { duckdbQuery } from './duckdb/query.ts';
import { DUCKDB, quote } from './sql/dialect.ts';
import { type LabelTable, labelTable, selectUnlabelled, selectUnlabelledCount } from './sql/labels.ts';
import { fenced, ledgerEntry, NEWEST_LOADS } from './sql/ledger.ts';
import { MART_TABLES, marts } from './sql/marts.ts';
import type { Catalogue } from './sql/view.ts';

export interface DuckdbOptions {
  /** The file; it is made when the first load begins, and its directory with it. */
  readonly path: string;
  /** What the engine may hold in memory before it spills to `<path>.tmp`. Default 256MB. */
  readonly memoryLimit?: string;
}

/** A sink for `duckdb:<path>`. Opens the file on first use; for reading alone it opens it read-only and lets it go at once. */
export function duckdbSink({ path, memoryLimit = '256MB' }: DuckdbOptions): Sink {
  const database = duckdbDatabase(path, memoryLimit);

  async function writing<T>(purpose: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await database.connect(purpose);
    try {
      return await database.alone(purpose, () => work(connection));
    } finally {
      connection.closeSync();
    }
  }

  /** Undefined where feedback cannot wait for labels at all. */
  async function labels(connection: Connection): Promise<LabelTable | undefined> {
    return labelTable(await readTables(connection, ['feedback', 'sentiment']));
  }

  async function publish(connection: Connection): Promise<void> {
    await createControlTables(connection);
    const tables = await readTables(connection, MART_TABLES);
    const catalogue: Catalogue = new Map(
      [...tables].map(([name, { columns }]) => [
        name,
        new Map([...columns].map(([column, { type }]) => [column, type])),
      ]),
    );
    await inTransaction(connection, async () => {
      for (const { name, select, comments } of marts(DUCKDB, catalogue)) {
        await connection.run(`CREATE OR REPLACE VIEW ${quote(name)} AS\n${select}`);
        for (const comment of comments) await connection.run(comment);
      }
    });
    await checkpoint(connection);
  }

  async function mayCreate(): Promise<Health> {
    for (let directory = dirname(resolve(path)); ; directory = dirname(directory)) {
      const error = await access(directory, constants.W_OK).then(
        () => undefined,
        (thrown: NodeJS.ErrnoException) => thrown,
      );
      if (error === undefined)
        return { ok: true, message: `The file ${path} will be made by the first load.` };
      if (error.code !== 'ENOENT' || directory === dirname(directory)) throw error;
    }
  }

  return {
    name: 'duckdb',
    location: database.location,
    capabilities: {
      maxIdentifierBytes: 63,
      maxTextBytes: null,
      transactionalDdl: true,
      // Half a row group: larger loads are no faster, and hold more in memory while they are merged.
      load: { rows: 10_000, bytes: 32 * 1024 * 1024, ms: 60_000 },
    },
    check: async () => {
      try {
        return await database.reading('check the file', async (connection) => {
          if (connection === undefined) return mayCreate();
          const [row] = await rowsOf(connection, 'SELECT version() AS "version"');
          await access(path, constants.W_OK);
          return { ok: true, message: `Opened ${path} (DuckDB ${row?.['version'] ?? ''}).` };
        });
      } catch (thrown) {
        const error = duckdbError(thrown, database.location, 'check the file');
        return {
          ok: false,
          message: error.message,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
        };
      }
    },
    fence: (lane, epoch) =>
      writing('raise a fence', async (connection) => {
        await createControlTables(connection);
        await inTransaction(connection, async () => {
          const [row] = await rowsOf(connection, `SELECT "epoch" FROM "_pipeline_fences" WHERE "lane" = $1`, [
            lane,
          ]);
          const newest = Number(row?.['epoch'] ?? epoch);
          if (newest > epoch) throw fenced(lane, epoch, newest);
          await raiseFence(connection, lane, epoch);
        });
      }),
    begin: (start) => duckdbLoad(database, start),
    ledger: () =>
      database.reading('read the ledger', async (connection) => {
        if (connection === undefined) return [];
        if (!(await readTables(connection, ['_pipeline_loads'])).has('_pipeline_loads')) return [];
        return (await rowsOf(connection, NEWEST_LOADS)).map((row) => {
          const text = (column: string): string => row[column] ?? '';
          return ledgerEntry({
            loadId: text('load_id'),
            runId: text('run_id'),
            pipeline: text('pipeline'),
            stream: text('stream'),
            lane: text('lane'),
            epoch: text('epoch'),
            checkpoint: text('checkpoint'),
            committedAt: text('committed_at'),
          });
        });
      }),
    query: (sql, options) =>
      database.reading('run a query', (connection) => {
        if (connection !== undefined) return duckdbQuery(connection, sql, options);
        throw new PipelineError('config', 'query.failed', `There is no warehouse at ${path} yet.`, {
          hint: 'Run a pipeline first: the file is made by the first load.',
        });
      }),
    unlabelled: (query) =>
      database.reading('find what waits for a label', async (connection) => {
        const table = connection === undefined ? undefined : await labels(connection);
        if (connection === undefined || table === undefined) return [];
        const rows = await rowsOf(connection, selectUnlabelled(DUCKDB, query, table));
        return rows.map(
          (row): Unlabelled => ({
            feedbackId: row['feedback_id'] ?? '',
            contentHash: row['content_hash'] ?? '',
            text: row['text_analysis'] ?? '',
            language: row['language'] ?? null,
            ...(row['escalated'] === 'yes' ? { escalated: true } : {}),
          }),
        );
      }),
    countUnlabelled: (query) =>
      database.reading('count what waits for a label', async (connection) => {
        const table = connection === undefined ? undefined : await labels(connection);
        if (connection === undefined || table === undefined) return 0;
        const [row] = await rowsOf(connection, selectUnlabelledCount(DUCKDB, query, table));
        return Number(row?.['waiting'] ?? 0);
      }),
    publishMarts: () => writing('publish the views', publish),
    close: () => database.close(),
  };
}
