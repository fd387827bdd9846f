// Read-only queries of analysts against PostgreSQL: one statement, a read-only transaction, a cursor, a time limit.

import { PipelineError } from '../../core/errors.ts';
import type { Json, QueryResult } from '../../core/types.ts';
import { exactNumber } from '../sql/fit.ts';
import { QUERY_LIMITS } from '../sql/query-limits.ts';
import { isDisconnection, postgresError } from './errors.ts';
import { type Client, rowsOf, type Sessions, textOf } from './session.ts';

const TIMESTAMP = /^(\d{4,})-(\d\d)-(\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:\+00)?$/;

/** PostgreSQL's text of an instant, with the session in UTC, as ISO 8601: three digits of a second, or six where it has them. */
export function instant(text: string): string {
  const match = TIMESTAMP.exec(text);
  if (match === null) return text;
  const digits = (match[5] ?? '').padEnd(6, '0');
  return `${match[1]}-${match[2]}-${match[3]}T${match[4]}.${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`;
}

function float(text: string): number | string {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

/** By the name of the type; everything else stays the text that PostgreSQL writes. */
const READERS: { readonly [type: string]: (text: string) => Json } = {
  boolean: (text) => text === 't',
  smallint: exactNumber,
  integer: exactNumber,
  bigint: exactNumber,
  numeric: exactNumber,
  real: float,
  'double precision': float,
  'timestamp with time zone': instant,
  'timestamp without time zone': instant,
  json: (text) => JSON.parse(text) as Json,
  jsonb: (text) => JSON.parse(text) as Json,
};

/** A superuser could read the server's files even in a read-only transaction, so that a query of theirs runs as a mere reader. */
const BECOME_READER = `SELECT set_config('role', 'pg_read_all_data', true)
WHERE current_setting('is_superuser') = 'on' AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'pg_read_all_data')`;

async function run(client: Client, sql: string, maxRows: number, timeoutMs: number): Promise<QueryResult> {
  await client.query('BEGIN READ ONLY');
  try {
    await client.query(`SET LOCAL statement_timeout = ${Math.max(1, Math.trunc(timeoutMs))}`);
    await client.query(BECOME_READER);
    // The extended protocol takes one statement only, and a cursor takes nothing that writes.
    const extended = { queryMode: 'extended', rowMode: 'array' } as const;
    const direct = /^\s*(?:explain|show)\b/i.test(sql);
    const statement = sql.replace(/[\s;]+$/, '');
    if (!direct)
      await client.query({ ...extended, text: `DECLARE "_query" NO SCROLL CURSOR FOR ${statement}\n` });
    const text = direct ? statement : `FETCH FORWARD ${maxRows + 1} FROM "_query"`;
    const { fields, rows } = await client.query<(string | null)[]>({ ...extended, text });
    const oids = [...new Set(fields.map(({ dataTypeID }) => String(dataTypeID)))];
    const types = new Map(
      (
        await rowsOf(
          client,
          `SELECT t.oid, format_type(t.oid, NULL) AS "type" FROM unnest(CAST($1 AS oid[])) AS t (oid)`,
          [oids],
        )
      ).map((row) => [textOf(row, 'oid'), textOf(row, 'type')]),
    );
    const columns = fields.map(({ name, dataTypeID }) => ({
      name,
      type: types.get(String(dataTypeID)) ?? 'text',
    }));
    return {
      columns,
      rows: rows.slice(0, maxRows).map((values) =>
        Object.fromEntries(
          columns.map(({ name, type }, i) => {
            const value = values[i];
            if (value === null || value === undefined) return [name, null];
            return [name, READERS[type]?.(value) ?? value];
          }),
        ),
      ),
      truncated: rows.length > maxRows,
    };
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
  }
}

/** Throws `query.failed` with the engine's own words: whoever wrote the query reads them. */
export async function postgresQuery(
  sessions: Sessions,
  sql: string,
  {
    maxRows = QUERY_LIMITS.maxRows,
    timeoutMs = QUERY_LIMITS.timeoutMs,
  }: { maxRows?: number; timeoutMs?: number } = {},
): Promise<QueryResult> {
  return sessions.using('run a query', async (client) => {
    try {
      return await run(client, sql, maxRows, timeoutMs);
    } catch (thrown) {
      if (thrown instanceof Error && !isDisconnection(thrown)) {
        throw new PipelineError('config', 'query.failed', thrown.message);
      }
      throw postgresError(thrown, sessions.location, 'run a query');
    }
  });
}
