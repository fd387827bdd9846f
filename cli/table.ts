// Tables and records for the eye: as wide as the terminal, right-to-left text beside left-to-right, nothing out of line.

import type { Row } from '../core/types.ts';
import { cell, print, show } from './output.ts';
import type { Shape } from './shape.ts';

/** A column is never made narrower than this to fit a terminal. */
const NARROWEST = 6;
/** The frame between two columns: a space, a line, a space. */
const FRAME = 3;

/**
 * Rows as a table with the columns in this order; no cell longer than `widest`. On a terminal that is too narrow, columns
 * after the first `least` are left out from the right (default: none is), then the widest give way, and where even that does
 * not help each row becomes a block of lines.
 */
export async function printTable(
  allColumns: readonly string[],
  rows: readonly Row[],
  {
    widest = 60,
    least = allColumns.length,
    shape = isolate,
  }: { readonly widest?: number; readonly least?: number; readonly shape?: Shape } = {},
): Promise<void> {
  const terminal = process.stdout.isTTY === true ? process.stdout.columns : Number.POSITIVE_INFINITY;
  const roomFor = (columns: number): number => terminal - 1 - FRAME * columns;
  const natural = allColumns.map((column) =>
    Math.max(...[column, ...rows.map((row) => show(row[column]))].map((text) => places(cell(text, widest)))),
  );
  let shown = allColumns.length;
  while (shown > least && sum(natural.slice(0, shown)) > roomFor(shown)) shown -= 1;
  const columns = allColumns.slice(0, shown);
  const widths = fitWidths(natural.slice(0, shown), roomFor(shown));
  if (widths === undefined) {
    printRecords(columns, rows, Math.min(widest, terminal), shape);
    return;
  }
  const { default: Table } = await import('cli-table3');
  const isNumeric = (column: string): boolean =>
    rows.length > 0 && rows.every((row) => row[column] == null || typeof row[column] === 'number');
  const table = new Table({
    head: columns.map((column, i) => cut(column, widths[i])),
    colAligns: columns.map((column) => (isNumeric(column) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(columns.map((column, i) => cut(show(row[column]), widths[i])));
  print(
    table
      .toString()
      .split('\n')
      .map((line) => alignLine(line, shape))
      .join('\n'),
  );
}

/** One block a row, one line a column that holds something. */
export function printRecords(
  columns: readonly string[],
  rows: readonly Row[],
  widest = 110,
  shape: Shape = isolate,
): void {
  const name = Math.min(30, Math.max(0, ...columns.map((column) => column.length)));
  rows.forEach((row, i) => {
    print(`— ${i + 1}`);
    for (const column of columns) {
      const text = cell(show(row[column]), Math.max(20, widest - name - 4));
      if (text !== '') print(`  ${cell(column, name).padEnd(name)}  ${shape(text)}`);
    }
  });
}

/** Takes from the widest columns until all fit; undefined when they cannot. */
export function fitWidths(natural: readonly number[], room: number): readonly number[] | undefined {
  if (sum(natural.map((width) => Math.min(width, NARROWEST))) > room) return undefined;
  let limit = Math.max(NARROWEST, ...natural);
  while (limit > NARROWEST && sum(natural.map((width) => Math.min(width, limit))) > room) limit -= 1;
  return natural.map((width) => Math.min(width, limit));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

/** Cut so that it takes at most `width` places. */
function cut(text: string, width = Number.POSITIVE_INFINITY): string {
  let characters = width;
  let short = cell(text, characters);
  while (places(short) > width && characters > 1) {
    characters -= 1;
    short = cell(text, characters);
  }
  return short;
}

/** How many places cli-table3 counts for a text: two for emoji and for East Asian letters, one for any other. */
function places(text: string): number {
  return [...text.replace(EMOJI, '##').replace(LATIN_MARKS, '').replace(WIDE, '##')].length;
}

/**
 * cli-table3 counts one place for each mark that stands above another letter (Arabic vowel signs) or is not seen at all, and
 * shaping makes one sign of two letters; here the places come back. It is done on the finished line, so that what is added
 * below for the terminal is not counted either.
 */
function alignLine(line: string, shape: Shape): string {
  if (!RIGHT_TO_LEFT.test(line) && !UNSEEN.test(line)) return line;
  return line
    .split('│')
    .map((text) => {
      const [, before = '', words = '', after = ''] = /^(\s*)(.*?)(\s*)$/su.exec(text) ?? [];
      const drawn = shape(words);
      return before + drawn + after + ' '.repeat(Math.max(0, places(words) - seenPlaces(drawn)));
    })
    .join('│');
}

/** How many places a text takes on the terminal. */
function seenPlaces(text: string): number {
  return places(text) - (text.replace(EMOJI, '').match(new RegExp(UNSEEN, 'gu'))?.length ?? 0);
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const LATIN_MARKS = /[\u0300-\u036f]/g;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g;
/** Marks and format characters, but for those of emoji and for the Latin ones, which are counted rightly. */
const UNSEEN = /(?![\u0300-\u036f\u200d\ufe0f])[\p{Mn}\p{Me}\p{Cf}]/u;
const EMOJI = /\p{Extended_Pictographic}(?:\p{EMod}|\ufe0f|\u200d\p{Extended_Pictographic})*/gu;

/** On a terminal, right-to-left text is isolated, so that it turns round by itself and the columns beside it do not. */
function isolate(text: string): string {
  return RIGHT_TO_LEFT.test(text) && process.stdout.isTTY === true ? `\u2068${text}\u2069` : text;
}
