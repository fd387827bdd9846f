// The PostgreSQL warehouse (13 and newer): COPY into temporary tables, then one transaction a load.

import { PipelineError } from '../core/errors.ts';
import type { Health, Sink, Unlabelled } from '../core/types.ts';
import { createControlTables, readTables } from './postgres/catalogue.ts';
import { postgresError, sqlState } from './postgres/errors.ts';
import { postgresLoad } from './postgres/load.ts';
import { instant, postgresQuery } from './postgres/query.ts';
import { type Client, inTransaction, rowsOf, sessions, textOf } from './postgres/session.ts';
import { POSTGRES, quote } from './sql/dialect.ts';
import { type LabelTable, labelTable, selectUnlabelled, selectUnlabelledCount } from './sql/labels.ts';
import { fenced, ledgerEntry, NEWEST_LOADS } from './sql/ledger.ts';
import { MART_TABLES, marts } from './sql/marts.ts';
import type { Catalogue } from './sql/view.ts';

/**
 * A sink for `postgres://user:password@host:port/database`; TLS by the URL's parameters, as the driver `pg` reads them
 * (`?sslmode=verify-full`). Tables go to the first schema of the search path. Connects on first use.
 */
export function postgresSink(url: string): Sink {
  const pool = sessions(url);
  let controlTables = false;

  async function prepare(client: Client): Promise<void> {
    if (!controlTables) await createControlTables(client);
    controlTables = true;
  }

  /** Undefined where feedback cannot wait for labels at all. */
  async function labels(client: Client): Promise<LabelTable | undefined> {
    return labelTable(await readTables(client, ['feedback', 'sentiment']));
  }

  async function publish(client: Client): Promise<void> {
    await prepare(client);
    await inTransaction(client, async () => {
      await client.query(`SET LOCAL lock_timeout = '60s'`);
      await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('pipeline.schema', 0))`);
      const tables = await readTables(client, MART_TABLES);
      const catalogue: Catalogue = new Map(
        [...tables].map(([name, { columns }]) => [
          name,
          new Map([...columns].map(([column, { type }]) => [column, type])),
        ]),
      );
      const views = marts(POSTGRES, catalogue);
      await client.query('SAVEPOINT "views"');
      try {
        for (const { name, select } of views)
          await client.query(`CREATE OR REPLACE VIEW ${quote(name)} AS\n${select}`);
      } catch (thrown) {
        // CREATE OR REPLACE cannot take a column away or change its type: then the views are made anew.
        if (sqlState(thrown) !== '42P16') throw thrown;
        await client.query('ROLLBACK TO SAVEPOINT "views"');
        await recreate(client, views);
      }
      for (const { comments } of views) for (const comment of comments) await client.query(comment);
    });
  }

  async function recreate(client: Client, views: ReturnType<typeof marts>): Promise<void> {
    for (const { name } of [...views].reverse()) {
      await client.query(`DROP VIEW IF EXISTS ${quote(name)}`).catch((thrown: unknown) => {
        if (sqlState(thrown) !== '2BP01') throw thrown;
        throw new PipelineError(
          'config',
          'marts.in-use',
          `The view ${name} must change, but other objects depend on it.`,
          {
            hint: `Drop the views that were built on ${name}, publish again, and create them anew.`,
          },
        );
      });
    }
    for (const { name, select } of views) await client.query(`CREATE VIEW ${quote(name)} AS\n${select}`);
  }

  async function health(client: Client): Promise<Health> {
    const [row] = await rowsOf(
      client,
      `SELECT current_user AS "user", current_database() AS "database", current_schema() AS "schema", current_setting('server_version') AS "version",
  pg_is_in_recovery() AS "replica",
  coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AND has_database_privilege(current_database(), 'TEMPORARY') AS "may_write"`,
    );
    const who = `Signed in to database ${textOf(row, 'database')} as ${textOf(row, 'user')} (PostgreSQL ${textOf(row, 'version')})`;
    if (row?.['replica'] === 't') {
      return {
        ok: false,
        message: `${who}, which is a read-only replica.`,
        hint: 'Point the warehouse URL at the primary server.',
      };
    }
    if (row?.['may_write'] !== 't') {
      return {
        ok: false,
        message: `${who}, who may not create tables in schema ${row?.['schema'] ?? '(none)'} or temporary ones.`,
        hint: 'Grant USAGE and CREATE on the schema, and TEMPORARY on the database.',
      };
    }
    return { ok: true, message: `${who}, schema ${textOf(row, 'schema')}.` };
  }

  return {
    name: 'postgres',
    location: pool.location,
    capabilities: {
      maxIdentifierBytes: 63,
      maxTextBytes: null,
      transactionalDdl: true,
      load: { rows: 20_000, bytes: 64 * 1024 * 1024, ms: 60_000 },
    },
    check: async () => {
      try {
        return await pool.using('check the connection', health);
      } catch (thrown) {
        const error = postgresError(thrown, pool.location, 'check the connection');
        return {
          ok: false,
          message: error.message,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
        };
      }
    },
    fence: (lane, epoch) =>
      pool.using('raise a fence', async (client) => {
        await prepare(client);
        const raised = await client.query(
          `INSERT INTO "_pipeline_fences" AS f ("lane", "epoch") VALUES ($1, $2)
ON CONFLICT ("lane") DO UPDATE SET "epoch" = excluded."epoch" WHERE f."epoch" <= excluded."epoch"`,
          [lane, epoch],
        );
        if (raised.rowCount !== 0) return;
        const [row] = await rowsOf(client, `SELECT "epoch" FROM "_pipeline_fences" WHERE "lane" = $1`, [
          lane,
        ]);
        throw fenced(lane, epoch, Number(textOf(row, 'epoch')));
      }),
    begin: (start) => postgresLoad(pool, start),
    ledger: () =>
      pool.using('read the ledger', async (client) => {
        if (!(await readTables(client, ['_pipeline_loads'])).has('_pipeline_loads')) return [];
        return (await rowsOf(client, NEWEST_LOADS)).map((row) =>
          ledgerEntry({
            loadId: textOf(row, 'load_id'),
            runId: textOf(row, 'run_id'),
            pipeline: textOf(row, 'pipeline'),
            stream: textOf(row, 'stream'),
            lane: textOf(row, 'lane'),
            epoch: textOf(row, 'epoch'),
            checkpoint: textOf(row, 'checkpoint'),
            committedAt: instant(textOf(row, 'committed_at')),
          }),
        );
      }),
    query: (sql, options) => postgresQuery(pool, sql, options),
    unlabelled: (query) =>
      pool.using('find what waits for a label', async (client) => {
        const table = await labels(client);
        if (table === undefined) return [];
        const rows = await rowsOf(client, selectUnlabelled(POSTGRES, query, table));
        return rows.map(
          (row): Unlabelled => ({
            feedbackId: textOf(row, 'feedback_id'),
            contentHash: row['content_hash'] ?? '',
            text: textOf(row, 'text_analysis'),
            language: row['language'] ?? null,
            ...(row['escalated'] === 'yes' ? { escalated: true } : {}),
          }),
        );
      }),
    countUnlabelled: (query) =>
      pool.using('count what waits for a label', async (client) => {
        const table = await labels(client);
        if (table === undefined) return 0;
        const [row] = await rowsOf(client, selectUnlabelledCount(POSTGRES, query, table));
        return Number(textOf(row, 'waiting'));
      }),
    publishMarts: () => pool.using('publish the views', publish),
    close: () => pool.close(),
  };
}
