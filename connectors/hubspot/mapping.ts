// Turns HubSpot's records into rows: which columns a table has, and how the text of a property becomes what its column promises.

import type { Context, Field, FieldType, Json, PiiClass, Row } from '../../core/types.ts';

/** A record as it came: any JSON object. */
export type VendorRecord = { readonly [name: string]: Json };

export type Fields = { readonly [column: string]: Field };

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

/** The id as a string, when there is one. */
export function idOf(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The record, or undefined after setting aside what has no id or is no record at all. */
export function readRecord(value: Json, table: string, context: Context): VendorRecord | undefined {
  const record = asRecord(value);
  if (record !== undefined && idOf(record['id']) !== undefined) return record;
  context.reject({
    table,
    row: value,
    ...(record === undefined
      ? { code: 'hubspot.no_record', reason: 'What the list holds is no JSON object.' }
      : { code: 'hubspot.no_id', reason: 'The record has no id.' }),
  });
  return undefined;
}

/** Milliseconds of an instant: HubSpot writes ISO 8601 in some places and milliseconds of Unix time in others, as text or number. */
export function millisecondsOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value === '') return undefined;
  const ms = /^-?\d{6,16}$/.test(value) ? Number(value) : Date.parse(value);
  return Number.isNaN(ms) || Number.isNaN(new Date(ms).getTime()) ? undefined : ms;
}

/** With its milliseconds, because they order versions: `2026-01-31T12:00:00.123Z`. */
export function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** How the text of a property becomes the value of a column. What does not fit passes as it is, and is kept by the warehouse beside it. */
const CONVERT: { readonly [type in FieldType]: (value: Json) => Json } = {
  string: (value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
  integer: (value) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value),
  decimal: (value) => value,
  number: (value) => (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value),
  boolean: (value) => (value === 'true' ? true : value === 'false' ? false : value),
  timestamp: (value) => {
    const ms = millisecondsOf(value);
    return ms === undefined ? value : instantOf(ms);
  },
  date: (value) => {
    if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) return value;
    const ms = millisecondsOf(value);
    return ms === undefined ? value : instantOf(ms).slice(0, 10);
  },
  // Several choices of a list come as `a;b;c`.
  json: (value) => (typeof value === 'string' ? value.split(';').filter((one) => one !== '') : value),
};

/** Null for what is absent or empty: HubSpot clears a property by emptying it. */
export function convert(type: FieldType, value: Json | undefined): Json {
  return value === undefined || value === null || value === '' ? null : CONVERT[type](value);
}

export function field(type: FieldType, description: string, pii?: PiiClass): Field {
  return { type, description, ...(pii === undefined ? {} : { pii }) };
}

export const RAW: Field = field(
  'json',
  'The whole record as it came, with the properties that were asked for.',
  'free_text',
);

/** A text column of a row that was mapped; null when it is empty or of another type. */
export function textOf(row: Row, name: string): string | null {
  const value = row[name];
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
