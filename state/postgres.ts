// State in PostgreSQL: any number of processes and hosts share it.

import pg from 'pg';
import { PipelineError } from '../core/errors.ts';
import type { SecretStore } from '../core/types.ts';
import { type Backend, PARSERS } from './dialect.ts';
import { classify } from './errors.ts';

const POOL_SIZE = 6;
const CONNECT_TIMEOUT_MS = 15_000;
/**
 * A runner that freezes inside a transaction must not keep its lanes from its successor for ever: the server ends it after a
 * quarter of a minute, unless the URL or the server names another time. Set once connected, because poolers refuse it in the URL.
 */
const SETUP = `select set_config('idle_in_transaction_session_timeout', '15s', false) where current_setting('idle_in_transaction_session_timeout') = '0'`;

/** Connects when it is first asked to. Throws config `state.bad_url` for what is no postgres:// URL. */
export function postgresBackend(url: string): Backend {
  const place = placeOf(url);
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'pipeline state',
    max: POOL_SIZE,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: { getTypeParser },
  });
  // An idle connection that breaks is dropped by the pool; whoever asks next gets a new one, or the error.
  pool.on('error', () => undefined);
  const prepared = new WeakSet<pg.PoolClient>();
  return {
    place,
    async connect() {
      const client = await pool.connect();
      if (!prepared.has(client)) {
        // One that breaks between two statements, because the server ended it, shows with the next statement.
        client.on('error', () => undefined);
        await client.query(SETUP).catch((thrown: unknown) => {
          client.release(true);
          throw thrown;
        });
        prepared.add(client);
      }
      return {
        async query(text, values) {
          const { rows, rowCount } = await client.query(text, [...values]);
          return { rows, affected: rowCount ?? undefined };
        },
        release: (broken) => client.release(broken),
      };
    },
    close: () => pool.end(),
  };
}

/**
 * One holder of a name among all processes: a session's advisory lock on a connection of its own, which PostgreSQL gives
 * back when that connection ends, however it ends. The URL must lead to the server itself or to a pooler in session mode.
 */
export function postgresLocked(url: string): SecretStore['locked'] {
  const place = placeOf(url);
  return async (name, work) => {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'pipeline secret',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    // Should it break while the work is done, the work is finished all the same: a token that was received must be stored.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [
        `pipeline_state.secret/${name}`,
      ]);
    } catch (error) {
      await client.end();
      throw classify(error, place);
    }
    try {
      return await work();
    } finally {
      await client.end();
    }
  };
}

function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  const ours = format === 'binary' ? undefined : PARSERS[oid];
  return ours ?? pg.types.getTypeParser(oid, 'text');
}

/** Host, port and database of a URL, without user, password or options. */
function placeOf(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw badUrl();
  }
  if (parsed.protocol !== 'postgres:' && parsed.protocol !== 'postgresql:') throw badUrl();
  return `PostgreSQL at ${parsed.hostname || 'localhost'}:${parsed.port || '5432'}${parsed.pathname}`;
}

function badUrl(): PipelineError {
  return new PipelineError('config', 'state.bad_url', 'STATE_URL is no address of a PostgreSQL database.', {
    hint: 'It has the form postgres://user:password@host:5432/database; percent-encode characters such as @ and / in the password.',
  });
}
