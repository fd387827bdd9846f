// Whether a value fits its column, and the text in which every engine takes it: one rule for all sinks.

import { PipelineError } from '../../core/errors.ts';
import type { FieldType, Json } from '../../core/types.ts';

const INTEGER = /^(?:0|-?[1-9]\d{0,18})$/;
const DECIMAL = /^-?\d{1,29}(?:\.\d{1,9})?$/;
const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)$/;
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
// Every emoji is a pair of surrogates, so that a hit only means: look closer.
const SUSPECT = /[\0\ud800-\udfff]/;
const INT64_MAX = 9223372036854775807n;

/**
 * A text that every engine stores byte for byte: NUL characters are left out (PostgreSQL refuses them), lone surrogates
 * become U+FFFD (they are no UTF-8).
 */
export function cleanText(text: string): string {
  return SUSPECT.test(text) ? text.replaceAll('\0', '').toWellFormed() : text;
}

function cleanDeep(value: Json): Json {
  if (typeof value === 'string') return cleanText(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(cleanDeep);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [cleanText(key), cleanDeep(inner)]));
}

/** JSON text with the same hygiene inside its strings. Throws `row.too-deep` for thousands of levels: nothing can write those. */
export function jsonText(value: Json): string {
  try {
    const text = JSON.stringify(value);
    // JSON.stringify writes NUL and lone surrogates as \u escapes, and hardly anything else: only then is a second pass due.
    return text.includes('\\u') ? JSON.stringify(cleanDeep(value)) : text;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new PipelineError('data', 'row.too-deep', 'A value is nested too deeply to be written as JSON.');
  }
}

/** Any value as the text that the variant column keeps. */
export function plainText(value: Json): string {
  if (typeof value === 'string') return cleanText(value);
  return value !== null && typeof value === 'object' ? jsonText(value) : String(value);
}

/**
 * The text of a value in a column of this type, or undefined when it does not fit and belongs into the variant column.
 * Nothing is rounded but instants, to the microsecond that all warehouses share. A `decimal` holds what DECIMAL(38,9) holds.
 */
export function fitText(type: FieldType, value: Json): string | undefined {
  switch (type) {
    case 'string':
      return typeof value === 'string' ? cleanText(value) : plainText(value);
    case 'json':
      return jsonText(value);
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : undefined;
    case 'integer':
      return fitInteger(value);
    case 'number':
      if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
      return typeof value === 'string' && Number.isFinite(Number(value)) && String(Number(value)) === value
        ? value
        : undefined;
    case 'decimal':
      return fitDecimal(value);
    case 'timestamp':
      return typeof value === 'string' ? fitInstant(value) : undefined;
    case 'date':
      return typeof value === 'string' ? fitDate(value) : undefined;
  }
}

function fitInteger(value: Json): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  if (typeof value !== 'string' || !INTEGER.test(value)) return undefined;
  if (value.length < 19) return value;
  const number = BigInt(value);
  return number <= INT64_MAX && number >= -INT64_MAX - 1n ? value : undefined;
}

function fitDecimal(value: Json): string | undefined {
  if (typeof value === 'number') {
    const text = String(value);
    if (DECIMAL.test(text)) return text;
    const fixed = value.toFixed(9);
    return DECIMAL.test(fixed) && Number(fixed) === value ? fixed : undefined;
  }
  return typeof value === 'string' && DECIMAL.test(value) ? value : undefined;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

function isDay(year: number, month: number, day: number): boolean {
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && (day <= 28 || day <= daysIn(year, month));
}

function fitDate(text: string): string | undefined {
  const match = DATE.exec(text);
  return match !== null && isDay(Number(match[1]), Number(match[2]), Number(match[3])) ? text : undefined;
}

/** `2026-01-31T08:15:00.250Z`: UTC, three digits of a second, or six where the source has them. */
function fitInstant(text: string): string | undefined {
  const match = INSTANT.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match;
  if (!isDay(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (zone === 'Z' && fraction.length === 3) return text;
  const digits = fraction.slice(0, 6).padEnd(6, '0');
  const tail = `${digits.endsWith('000') ? digits.slice(0, 3) : digits}Z`;
  if (zone === 'Z') return `${text.slice(0, 19)}.${tail}`;
  const offsetMinutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  if (offsetMinutes > 15 * 60) return undefined;
  const utc = new Date(
    Date.parse(`${text.slice(0, 19)}Z`) - (zone.startsWith('-') ? -1 : 1) * offsetMinutes * 60_000,
  );
  const inRange = utc.getUTCFullYear() >= 1 && utc.getUTCFullYear() <= 9999;
  return inRange ? `${utc.toISOString().slice(0, 20)}${tail}` : undefined;
}

/** Microseconds since 1970 of an instant that `fitText` returned. */
export function microsOf(instant: string): bigint {
  const micros = instant.length > 24 ? Number(instant.slice(23, 26)) : 0;
  return (
    BigInt(Date.parse(instant.length > 24 ? `${instant.slice(0, 23)}Z` : instant)) * 1000n + BigInt(micros)
  );
}

/** The instant of so many microseconds since 1970. */
export function instantOfMicros(micros: bigint): string {
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  const iso = new Date(Number((micros - rest) / 1000n)).toISOString();
  return rest === 0n ? iso : `${iso.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}

/** A number where JavaScript holds it exactly, its text otherwise. */
export function exactNumber(text: string): number | string {
  const number = Number(text);
  if (INTEGER.test(text)) return Number.isSafeInteger(number) ? number : text;
  const plain = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return String(number) === plain ? number : text;
}

/** What `fitText` wrote, as the value that a query returns. */
export function readText(type: FieldType, text: string): Json {
  switch (type) {
    case 'boolean':
      return text === 'true';
    case 'integer':
    case 'decimal':
      return exactNumber(text);
    case 'number':
      return Number(text);
    case 'json':
      return JSON.parse(text) as Json;
    default:
      return text;
  }
}
