// Turns vendor records into rows: which columns a table has, and how each value becomes what its column promises.

import type { Field, FieldType, Json, PiiClass, Row, Table } from './types.ts';

/** A record as it came: any JSON object. */
export type VendorRecord = { readonly [name: string]: Json };

/** Never called with null; a value that it cannot convert passes as it is, and the sink keeps it as text. */
type Convert = (value: Json) => Json;

/** One column: what the catalogue shows, and how its value is made. */
export interface Column {
  readonly field: Field;
  readonly convert: Convert;
}

/** A table and the mapper that fills it. */
export interface MappedTable {
  readonly table: Table;
  /** The columns that come straight from the record of the same name, then `raw`. Never throws. */
  map(record: VendorRecord): { [column: string]: Json };
  /** The same table with more columns, which the caller fills. */
  extend(fields: { readonly [column: string]: Field }): MappedTable;
}

/** The record, when this is a JSON object. */
export function asRecord(value: Json | undefined): VendorRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as VendorRecord)
    : undefined;
}

/** The JSON objects in this list; none when it is no list. */
export function recordsIn(value: Json | undefined): readonly VendorRecord[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly Json[]).map(asRecord).filter((record) => record !== undefined);
}

/** The id as a string, when there is one: the vendor's numbers may pass 2^53, and then they come as strings. */
export function idOf(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A text column of a row or a record; null when it is empty or of another type. */
export function textOf(row: Row | VendorRecord, name: string): string | null {
  const value = row[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** An instant of whole Unix seconds, as `2026-01-31T12:00:00Z`; undefined beyond what a date can hold. */
export function instantOf(seconds: number): string | undefined {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? undefined : `${date.toISOString().slice(0, 19)}Z`;
}

const toText: Convert = (value) =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;

const toInteger: Convert = (value) =>
  typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;

/** UTC with a Z stays as it is; anything else that is an instant is brought to that form. */
const toInstant: Convert = (value) => {
  if (typeof value !== 'string' || value.endsWith('Z')) return value;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? value : new Date(ms).toISOString();
};

const fromUnix: Convert = (value) =>
  typeof value === 'number' ? (instantOf(Math.floor(value)) ?? value) : toInstant(value);

const asIs: Convert = (value) => value;

const CONVERT: { readonly [type in FieldType]: Convert } = {
  string: toText,
  integer: toInteger,
  decimal: asIs,
  number: asIs,
  boolean: asIs,
  timestamp: toInstant,
  date: asIs,
  json: asIs,
};

/** A column of this type. */
export function column(type: FieldType, description: string, pii?: PiiClass): Column {
  return { field: { type, description, ...(pii === undefined ? {} : { pii }) }, convert: CONVERT[type] };
}

/** A column that holds the id of a record: always a string. */
export function id(description: string, pii?: PiiClass): Column {
  return column('string', description, pii);
}

/** How values of a vendor's field are brought to their column's type. */
export function converterOf(type: FieldType): Convert {
  return CONVERT[type];
}

/** A column whose instants the vendor writes in Unix seconds. */
export function unixTime(description: string): Column {
  return { ...column('timestamp', description), convert: fromUnix };
}

/**
 * Declares a table. `own` columns are read from the record under the same name, or under the name in `from`; `derived` ones are
 * filled by the stream. Every table keeps the whole record in `raw`.
 */
export function declareTable(
  declared: Omit<Table, 'fields'>,
  own: { readonly [name: string]: Column },
  options: {
    readonly derived?: { readonly [name: string]: Field };
    readonly from?: { readonly [column: string]: string };
  } = {},
): MappedTable {
  const raw: Field = {
    type: 'json',
    description: 'The whole record as the vendor sent it.',
    pii: 'free_text',
  };
  const ownFields = Object.entries(own).map(([name, { field }]) => [name, field] as const);
  const columns = Object.entries(own).map(([name, { convert }]) => {
    return { name, from: options.from?.[name] ?? name, convert };
  });
  return mappedTable(
    { ...declared, fields: { ...Object.fromEntries(ownFields), ...options.derived, raw } },
    columns,
  );
}

function mappedTable(
  table: Table,
  columns: readonly { readonly name: string; readonly from: string; readonly convert: Convert }[],
): MappedTable {
  // Every row begins as a copy of this one: a row that grows column by column costs several times as much.
  const empty: { [column: string]: Json } = Object.fromEntries(
    Object.keys(table.fields).map((name) => [name, null]),
  );
  return {
    table,
    map(record) {
      const row = { ...empty };
      for (const { name, from, convert } of columns) {
        const value = record[from];
        if (value !== null && value !== undefined) row[name] = convert(value);
      }
      row['raw'] = record;
      return row;
    },
    extend: (fields) => mappedTable({ ...table, fields: { ...table.fields, ...fields } }, columns),
  };
}
