// Connections to PostgreSQL: made when first needed, set up alike, every value as text.

import type { Pool, PoolClient } from 'pg';
import { PipelineError } from '../../core/errors.ts';
import { postgresError } from './errors.ts';

export type Client = PoolClient;

export interface Sessions {
  readonly location: string;
  /** A connection of one's own, until it is released. Throws PipelineError. */
  acquire(purpose: string): Promise<Client>;
  /** Runs the work on a connection; its errors come out as PipelineError, which says what could not be done. */
  using<T>(purpose: string, work: (client: Client) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * What every connection is told. Long texts are compressed with lz4 where the server knows it (PostgreSQL 14 and newer, by
 * build): it costs a fraction of pglz. A runner that freezes inside a transaction must not hold up its successor for ever:
 * the server ends it after half a minute, unless the URL or the server names another time.
 */
const SETUP = `SET TimeZone = 'UTC';
SET DateStyle = 'ISO';
SET standard_conforming_strings = on;
SELECT set_config('default_toast_compression', 'lz4', false) FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals);
SELECT set_config('idle_in_transaction_session_timeout', '30s', false) WHERE current_setting('idle_in_transaction_session_timeout') = '0'`;

/** The URL without its password, and without parameters that may hold one. */
export function withoutPassword(url: string): string {
  const { protocol, username, host, pathname } = new URL(url);
  return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`;
}

/** Imports the driver and connects on first use, so that a command which never looks at the warehouse pays nothing. */
export function sessions(url: string): Sessions {
  const location = withoutPassword(url);
  const prepared = new WeakSet<Client>();
  let pool: Promise<Pool> | undefined;

  async function open(): Promise<Pool> {
    const { default: pg } = await import('pg');
    const opened = new pg.Pool({
      connectionString: url,
      application_name: 'pipeline',
      max: 16,
      connectionTimeoutMillis: 15_000,
      keepAlive: true,
      types: { getTypeParser: () => (text: string) => text },
    });
    // An idle connection that dies is replaced by the next `acquire`, which is where a lasting fault shows.
    opened.on('error', () => undefined);
    return opened;
  }

  async function acquire(purpose: string): Promise<Client> {
    try {
      pool ??= open();
      const client = await (await pool).connect();
      if (!prepared.has(client)) {
        // The driver also rejects the query that was under way; without a listener the process would end here.
        client.on('error', () => undefined);
        await client.query(SETUP).catch((thrown: unknown) => {
          client.release(true);
          throw thrown;
        });
        prepared.add(client);
      }
      return client;
    } catch (thrown) {
      throw postgresError(thrown, location, purpose);
    }
  }

  return {
    location,
    acquire,
    using: async (purpose, work) => {
      const client = await acquire(purpose);
      let failed = true;
      try {
        const result = await work(client);
        failed = false;
        return result;
      } catch (thrown) {
        throw postgresError(thrown, location, purpose);
      } finally {
        // A connection that failed may be in the middle of anything: it is closed, not used again.
        client.release(failed);
      }
    },
    close: async () => {
      const closing = await pool;
      pool = undefined;
      await closing?.end();
    },
  };
}

/** Commits what `work` did, or rolls all of it back. */
export async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (thrown) {
    // Where the connection is gone there is nothing to roll back; the first error is the one to tell.
    await client.query('ROLLBACK').catch(() => undefined);
    throw thrown;
  }
}

/** All rows of a statement, every value as its text. */
export async function rowsOf(
  client: Client,
  sql: string,
  values: readonly (string | readonly string[])[] = [],
): Promise<readonly { readonly [column: string]: string | null }[]> {
  const result = await client.query<{ [column: string]: string | null }>(sql, [...values]);
  return result.rows;
}

/** A column that cannot be NULL. */
export function textOf(
  row: { readonly [column: string]: string | null } | undefined,
  column: string,
): string {
  const value = row?.[column];
  if (typeof value === 'string') return value;
  throw new PipelineError(
    'bug',
    'sink.control-table',
    `The warehouse answered without a value for ${column}.`,
  );
}
