// What a person or a program sees: tables, JSON and errors; customers' words are shown as text, never as terminal commands.

import type { PipelineError } from '../core/errors.ts';
import type { Json, Row } from '../core/types.ts';

/** One line of JSON on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** To standard error, so that results stay clean. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** What is wrong and what to do next; as one JSON line where JSON was asked for. */
export function printError(error: PipelineError, json: boolean): void {
  if (json) {
    note(
      JSON.stringify({
        error: { kind: error.kind, code: error.code, message: error.message, hint: error.hint ?? null },
      }),
    );
    return;
  }
  note(`${paint('31', 'Error')}: ${cell(error.message, Number.POSITIVE_INFINITY)}`);
  if (error.hint !== undefined) note(`${paint('36', 'Next')}: ${error.hint}`);
  if (error.kind === 'bug') note(`Code ${error.code}. Set LOG_LEVEL=debug for more, and please report it.`);
}

/** A colour on a terminal that wants one; see https://no-color.org. */
export function paint(code: string, text: string): string {
  const wanted = process.stderr.isTTY === true && process.env['NO_COLOR'] === undefined;
  return wanted ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** Rows as a table with the columns in this order. */
export async function printTable(
  columns: readonly string[],
  rows: readonly Row[],
  widest = 60,
): Promise<void> {
  const { default: Table } = await import('cli-table3');
  const numeric = columns.map(
    (column) =>
      rows.length > 0 && rows.every((row) => row[column] == null || typeof row[column] === 'number'),
  );
  const table = new Table({
    head: columns.map((column) => cell(column)),
    colAligns: numeric.map((is) => (is ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(columns.map((column) => isolate(cell(show(row[column]), widest))));
  print(table.toString());
}

/** A value as text: instants without their milliseconds, lists and objects as JSON. */
export function show(value: Json | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string')
    return value.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, '$1 $2');
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : String(Math.round(value * 1000) / 1000);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * Text from outside, safe in one table cell: no escape sequences, no line breaks, no bidi controls that would turn its
 * neighbours round (Unicode Technical Report 36, 3.2), cut on a whole character.
 */
export function cell(text: string, widest = 60): string {
  const oneLine = text
    .replace(/\s+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '');
  if (oneLine.length <= widest) return oneLine;
  const graphemes = [...new Intl.Segmenter().segment(oneLine.slice(0, widest * 4))];
  return graphemes.length <= widest
    ? oneLine
    : `${graphemes
        .slice(0, widest - 1)
        .map((g) => g.segment)
        .join('')}…`;
}

/** On a terminal, right-to-left text is isolated, so that it turns round by itself and the columns beside it do not. */
function isolate(text: string): string {
  const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(text);
  return rightToLeft && process.stdout.isTTY === true ? `\u2068${text}\u2069` : text;
}

/** RFC 4180, with a leading apostrophe before what a spreadsheet would take for a formula (OWASP CSV injection). */
export function csvField(value: Json | undefined): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text =
    value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : value;
  const first = text.replace(/^[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/, '').charAt(0);
  const safe = /[=+\-@\t\r\u0000＝＋－＠]/.test(first) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** `3 min`, `2 h 05 min`, `4 d 3 h`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (seconds < 60) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `12,345` */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}
