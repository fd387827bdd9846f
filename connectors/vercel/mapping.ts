// Turns Vercel's records into rows.

import type { Context, Field, FieldType, Json, Row, Table } from '../../core/types.ts';

/** A record as it came: any JSON object. */
export type VendorRecord = { readonly [name: string]: Json };

/** The record, when this is a JSON object. */
export function asRecord(value: Json | undefined): VendorRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as VendorRecord)
    : undefined;
}

/** A text that is not empty; numbers become text, because Vercel's cursors are of both kinds. */
export function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Milliseconds of Unix time, as Vercel writes all its times. */
export function millisecondsOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 8.64e15
    ? value
    : undefined;
}

export function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}

export function field(type: FieldType, description: string): Field {
  return { type, description };
}

/** A column and the path of its value in the record: `creator.uid`. */
export type Columns = {
  readonly [column: string]: readonly [path: string, type: FieldType, description: string];
};

/** The table of these columns; every one keeps the whole record in `raw`. */
export function tableOf(name: string, description: string, version: string, columns: Columns): Table {
  const fields = Object.entries(columns).map(
    ([column, [, type, says]]) => [column, field(type, says)] as const,
  );
  return {
    name,
    description,
    key: ['id'],
    version,
    fields: { ...Object.fromEntries(fields), raw: field('json', 'The whole record as it came.') },
  };
}

/** Never throws; a value that does not fit passes as it is, and is kept by the warehouse beside its column. */
export function mapRow(columns: Columns, record: VendorRecord): { [column: string]: Json } {
  const row: { [column: string]: Json } = {};
  for (const [column, [path, type]] of Object.entries(columns)) {
    let value: Json | undefined = record;
    for (const name of path.split('.')) value = asRecord(value)?.[name];
    const ms = type === 'timestamp' ? millisecondsOf(value) : undefined;
    row[column] = ms === undefined ? (value ?? null) : instantOf(ms);
  }
  row['raw'] = record;
  return row;
}

/** The record, or undefined after setting aside what has no id or is no record at all. */
export function readRecord(
  value: Json,
  idName: string,
  table: string,
  context: Context,
): VendorRecord | undefined {
  const record = asRecord(value);
  if (record !== undefined && typeof record[idName] === 'string' && record[idName] !== '') return record;
  context.reject({
    table,
    row: value,
    ...(record === undefined
      ? { code: 'vercel.no_record', reason: 'What the list holds is no JSON object.' }
      : { code: 'vercel.no_id', reason: 'The record has no id.' }),
  });
  return undefined;
}

/** The latest of the times that a row shows. */
export function latestOf(row: Row, columns: readonly string[]): string | null {
  let latest: string | null = null;
  for (const column of columns) {
    const value = row[column];
    if (typeof value === 'string' && (latest === null || value > latest)) latest = value;
  }
  return latest;
}
