// Reads what the vendor sent with suspicion: records, lists, ids and instants.

import type { Json } from '../../core/types.ts';

/** A record as it came: any JSON object. */
export type VendorRecord = { readonly [name: string]: Json };

/** The record, when this is a JSON object. */
export function asRecord(value: Json | undefined): VendorRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as VendorRecord)
    : undefined;
}

/** The list, when it is one. */
export function asList(value: Json | undefined): readonly Json[] | undefined {
  return Array.isArray(value) ? (value as readonly Json[]) : undefined;
}

/** The JSON objects in this list; none when it is no list. */
export function recordsIn(value: Json | undefined): readonly VendorRecord[] {
  const found: VendorRecord[] = [];
  for (const entry of asList(value) ?? []) {
    const record = asRecord(entry);
    if (record !== undefined) found.push(record);
  }
  return found;
}

/** The text, when it is one and not empty. */
export function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The API writes 18 letters and digits: 15 that tell case apart, and three that make up for readers that do not. */
export function idOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && /^[0-9A-Za-z]{18}$/.test(value) ? value : undefined;
}

/**
 * An instant in our spelling, with milliseconds: `2026-05-06T12:08:29.000Z`. The REST API ends it with `+0000`, the Bulk API
 * with `Z`. Undefined when it is none.
 */
export function instantOf(value: Json | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|\+0000)$/.test(value)) return `${value.slice(0, 23)}Z`;
  const ms = Date.parse(value.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
