// What people write after a verb: dates, numbers and lists of names, each refused with one sentence that says what would do.

import { PipelineError } from '../core/errors.ts';

/** Year, month, day; then perhaps a time; then perhaps a zone (RFC 3339). */
const INSTANT = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)?(Z|[+-]\d{2}:\d{2})?$/;

/** A day (`2026-01-01`) or an instant (`2026-01-01T08:00:00Z`), in UTC unless it says otherwise. */
export function parseInstant(flag: string, text: unknown): Date | undefined {
  if (text === undefined) return undefined;
  const [, day = '', time, zone] = INSTANT.exec(String(text)) ?? [];
  const instant = new Date(`${day}${time ?? 'T00:00'}${zone ?? 'Z'}`);
  // Date rolls the 30th of February over to March; what comes back must be the day that was asked for.
  const midnight = new Date(`${day}T00:00Z`);
  const isReal = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
  if (
    day === '' ||
    !isReal ||
    Number.isNaN(instant.getTime()) ||
    (time === undefined && zone !== undefined)
  ) {
    throw new PipelineError('config', 'usage.bad_date', `${flag} “${String(text)}” is no date.`, {
      hint: `Write a day such as ${flag} 2026-01-01, or an instant such as ${flag} 2026-01-01T08:00:00Z.`,
    });
  }
  return instant;
}

/** A whole number of at least `least` and at most `most`. */
export function parseCount(
  flag: string,
  text: unknown,
  otherwise: number,
  { least = 1, most = Number.MAX_SAFE_INTEGER }: { readonly least?: number; readonly most?: number } = {},
): number {
  if (text === undefined) return otherwise;
  const n = /^\d+$/.test(String(text)) ? Number(text) : Number.NaN;
  if (!(n >= least && n <= most)) {
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new PipelineError(
      'config',
      'usage.bad_number',
      `${flag} “${String(text)}” is no whole number ${range}.`,
    );
  }
  return n;
}

/** An amount of US dollars, zero or more. */
export function parseUsd(flag: string, text: unknown): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(String(text))) return Number(text);
  throw new PipelineError(
    'config',
    'usage.bad_number',
    `${flag} “${String(text)}” is no amount of US dollars.`,
    { hint: `Write it such as ${flag} 2.50.` },
  );
}

/** A share of something, from 0 to 1. */
export function parseShare(flag: string, text: unknown): number {
  const share = /^\d*\.?\d+$/.test(String(text)) ? Number(text) : Number.NaN;
  if (share >= 0 && share <= 1) return share;
  throw new PipelineError(
    'config',
    'usage.bad_number',
    `${flag} “${String(text)}” is no share from 0 to 1.`,
    { hint: `The least sure share goes to a provider: ${flag} 0.4.` },
  );
}

/** Names with commas between them, each one of `known`; `what` says what they name. */
export function parseNames(
  flag: string,
  text: unknown,
  what: string,
  known: readonly string[],
): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const names = String(text)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.filter((name) => !known.includes(name));
  if (names.length > 0 && unknown.length === 0) return names;
  const problem =
    names.length === 0
      ? `${flag} names no ${what}.`
      : `There is no ${what} ${unknown.map((name) => `“${name}”`).join(', ')}.`;
  throw new PipelineError('config', `pipeline.unknown_${what}`, problem, {
    hint: `There ${known.length === 1 ? 'is' : 'are'}: ${known.join(', ')}.`,
  });
}

/** A text option as it was given; undefined where it was not. */
export function parseText(text: unknown): string | undefined {
  return text === undefined ? undefined : String(text);
}
