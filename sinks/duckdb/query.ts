// Read-only queries of analysts against DuckDB: one statement that reads, in a read-only transaction, with a time limit.

import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { PipelineError } from '../../core/errors.ts';
import type { Json, QueryResult } from '../../core/types.ts';
import { exactNumber, instantOfMicros } from '../sql/fit.ts';
import { QUERY_LIMITS } from '../sql/query-limits.ts';
import type { Engine } from './append.ts';
import type { Connection } from './database.ts';

function bigNumber(value: bigint): number | string {
  return exactNumber(String(value));
}

/** A value as JSON: integers and decimals as numbers where those are exact, instants in UTC, JSON columns parsed. */
function jsonOf(engine: Engine, value: DuckDBValue, type: DuckDBType | undefined): Json {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return bigNumber(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'string') return type?.alias === 'JSON' ? (JSON.parse(value) as Json) : value;
  if (value instanceof engine.DuckDBDecimalValue) return exactNumber(value.toString());
  if (value instanceof engine.DuckDBTimestampTZValue || value instanceof engine.DuckDBTimestampValue) {
    return value.isFinite ? instantOfMicros(value.micros) : value.toString();
  }
  if (value instanceof engine.DuckDBListValue || value instanceof engine.DuckDBArrayValue) {
    return value.items.map((item) => jsonOf(engine, item, undefined));
  }
  if (value instanceof engine.DuckDBStructValue) {
    return Object.fromEntries(
      Object.entries(value.entries).map(([name, entry]) => [name, jsonOf(engine, entry, undefined)]),
    );
  }
  return String(value);
}

/** Throws `query.failed` with the engine's own words: whoever wrote the query reads them. */
export async function duckdbQuery(
  connection: Connection,
  sql: string,
  {
    maxRows = QUERY_LIMITS.maxRows,
    timeoutMs = QUERY_LIMITS.timeoutMs,
  }: { maxRows?: number; timeoutMs?: number } = {},
): Promise<QueryResult> {
  const engine: Engine = await import('@duckdb/node-api');
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    connection.interrupt();
  }, timeoutMs);
  try {
    return await run(engine, connection, sql, maxRows);
  } catch (thrown) {
    if (thrown instanceof PipelineError) throw thrown;
    const message = late
      ? `The query took longer than ${timeoutMs} ms and was stopped.`
      : thrown instanceof Error
        ? thrown.message
        : String(thrown);
    throw new PipelineError('config', 'query.failed', message);
  } finally {
    clearTimeout(timer);
  }
}

async function run(
  engine: Engine,
  connection: Connection,
  sql: string,
  maxRows: number,
): Promise<QueryResult> {
  const refuse = (reason: string) => new PipelineError('config', 'query.failed', reason);
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) throw refuse(`A query is one statement; this text holds ${statements.count}.`);
  // Even a statement that looks like a question cannot write here: EXPLAIN ANALYZE would run what it explains.
  await connection.run('BEGIN TRANSACTION READ ONLY');
  try {
    const prepared = await statements.prepare(0);
    const { SELECT, EXPLAIN } = engine.StatementType;
    if (prepared.statementType !== SELECT && prepared.statementType !== EXPLAIN) {
      throw refuse(
        'Only statements that read are allowed: SELECT, WITH, FROM, VALUES, SHOW, DESCRIBE, SUMMARIZE, EXPLAIN.',
      );
    }
    const reader = await prepared.streamAndReadUntil(maxRows + 1);
    const types = reader.columnTypes();
    const names = reader.deduplicatedColumnNames();
    const rows = reader.getRows();
    return {
      columns: names.map((name, i) => ({ name, type: types[i]?.alias ?? String(types[i]) })),
      rows: rows
        .slice(0, maxRows)
        .map((values) =>
          Object.fromEntries(names.map((name, i) => [name, jsonOf(engine, values[i] ?? null, types[i])])),
        ),
      truncated: rows.length > maxRows,
    };
  } finally {
    await connection.run('ROLLBACK').catch(() => undefined);
  }
}
