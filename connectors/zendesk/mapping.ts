// Turns vendor records into rows: which columns a table has, and how each value becomes what its column promises.

import type { Field, FieldType, Json, PiiClass, Row, Table } from '../../core/types.ts';

/** A record as it came: any JSON object. */
export type VendorRecord = { readonly [name: string]: Json };

/** Never called with null. */
type Convert = (value: Json) => Json;

/** One column: what the catalogue shows, and how its value is made. */
export interface Column {
  readonly field: Field;
  readonly convert: Convert;
}

/** A table and the mapper that fills it. */
export interface MappedTable {
  readonly table: Table;
  /** The columns that come straight from the record of the same name, then `raw`. Never throws; a value that does not fit passes as it is. */
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
  const found: VendorRecord[] = [];
  if (!Array.isArray(value)) return found;
  for (const entry of value as readonly Json[]) {
    const record = asRecord(entry);
    if (record !== undefined) found.push(record);
  }
  return found;
}

/** The id as a string, when there is one: the vendor's numbers may pass 2^53. */
export function idOf(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Whole Unix seconds of an instant as the vendor writes it; undefined when it is none. */
export function secondsOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.floor(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

/** An instant as the vendor writes it: `2026-01-31T12:00:00Z`. */
export function instantOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : `${date.toISOString().slice(0, 19)}Z`;
}

const toId: Convert = (value) => (typeof value === 'number' ? String(value) : value);

const toText: Convert = (value) =>
  typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;

const toInteger: Convert = (value) => {
  if (typeof value !== 'string' || !/^-?\d{1,15}$/.test(value)) return value;
  return Number(value);
};

/** Zendesk writes UTC with a Z; anything else that is an instant is brought to that form. */
const toInstant: Convert = (value) => {
  if (typeof value !== 'string') return value;
  if (value.charCodeAt(value.length - 1) === 90) return value;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? value : new Date(ms).toISOString();
};

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
  return { ...column('string', description, pii), convert: toId };
}

/** How values of a vendor's field are brought to their column's type. */
export function converterOf(type: FieldType): Convert {
  return CONVERT[type];
}

/**
 * Declares a table. `own` columns are read from the record under the same name; `derived` ones are filled by the stream.
 * Every table keeps the whole record in `raw`.
 */
export function declareTable(
  table: Omit<Table, 'fields'>,
  own: { readonly [name: string]: Column },
  derived: { readonly [name: string]: Field } = {},
): MappedTable {
  const fields: { [name: string]: Field } = {};
  for (const [name, { field }] of Object.entries(own)) fields[name] = field;
  Object.assign(fields, derived);
  fields['raw'] = { type: 'json', description: 'The whole record as the vendor sent it.', pii: 'free_text' };
  return mappedTable({ ...table, fields }, own);
}

function mappedTable(table: Table, own: { readonly [name: string]: Column }): MappedTable {
  const columns = Object.entries(own).map(([name, { convert }]) => ({ name, convert }));
  // Every row begins as a copy of this one: a row that grows column by column costs several times as much.
  const empty: { [column: string]: Json } = Object.fromEntries(
    Object.keys(table.fields).map((name) => [name, null]),
  );
  return {
    table,
    map(record) {
      const row = { ...empty };
      for (const { name, convert } of columns) {
        const value = record[name];
        if (value !== null && value !== undefined) row[name] = convert(value);
      }
      row['raw'] = record;
      return row;
    },
    extend: (fields) => mappedTable({ ...table, fields: { ...table.fields, ...fields } }, own),
  };
}

/** A text column of a row that was mapped; null when it is empty or of another type. */
export function textOf(row: Row, name: string): string | null {
  const value = row[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Who wrote it, as the channel told: the name beside an e-mail address, for one. */
export function senderName(row: Row): string | null {
  const from = asRecord(asRecord(asRecord(row['via'])?.['source'])?.['from']);
  const name = from?.['name'];
  return typeof name === 'string' && name.trim() !== '' ? name : null;
}
