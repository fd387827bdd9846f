// Tables and records for the eye: as wide as the terminal, right-to-left text beside left-to-right, nothing out of line.

import type { Row } from '../core/types.ts';
import { cell, print, show } from './output.ts';

/** A column is never made narrower than this to fit a terminal. */
const NARROWEST = 6;
/** The frame between two columns: a space, a line, a space. */
const FRAME = 3;

/**
 * Rows as a table with the columns in this order; no cell longer than `widest`. On a terminal that is too narrow the widest
 * columns give way, and where even that does not help each row becomes a block of lines.
 */
export async function printTable(
  columns: readonly string[],
  rows: readonly Row[],
  widest = 60,
): Promise<void> {
  const texts = rows.map((row) => columns.map((column) => cell(show(row[column]), widest)));
  const natural = columns.map((column, i) =>
    Math.max(length(cell(column)), ...texts.map((row) => length(row[i] ?? ''))),
  );
  const room = process.stdout.isTTY === true ? process.stdout.columns : Number.POSITIVE_INFINITY;
  const widths = fitWidths(natural, room - 1 - FRAME * columns.length);
  if (widths === undefined) {
    printRecords(columns, rows, Math.min(widest, room));
    return;
  }
  const { default: Table } = await import('cli-table3');
  const numeric = columns.map(
    (column) =>
      rows.length > 0 && rows.every((row) => row[column] == null || typeof row[column] === 'number'),
  );
  const table = new Table({
    head: columns.map((column, i) => cell(column, widths[i])),
    colAligns: numeric.map((is) => (is ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of texts) table.push(row.map((text, i) => cell(text, widths[i])));
  print(table.toString().split('\n').map(alignLine).join('\n'));
}

/** One block a row, one line a column that holds something. */
export function printRecords(columns: readonly string[], rows: readonly Row[], widest = 110): void {
  const name = Math.min(30, Math.max(0, ...columns.map((column) => column.length)));
  rows.forEach((row, i) => {
    print(`— ${i + 1}`);
    for (const column of columns) {
      const text = cell(show(row[column]), Math.max(20, widest - name - 4));
      if (text !== '') print(`  ${cell(column, name).padEnd(name)}  ${isolate(text)}`);
    }
  });
}

/** Takes from the widest columns until all fit; undefined when they cannot. */
export function fitWidths(natural: readonly number[], room: number): readonly number[] | undefined {
  const least = natural.map((width) => Math.min(width, NARROWEST));
  if (least.reduce((sum, width) => sum + width, 0) > room) return undefined;
  let limit = Math.max(NARROWEST, ...natural);
  const fitted = (): readonly number[] => natural.map((width) => Math.min(width, limit));
  while (limit > NARROWEST && fitted().reduce((sum, width) => sum + width, 0) > room) limit -= 1;
  return fitted();
}

function length(text: string): number {
  return [...new Intl.Segmenter().segment(text)].length;
}

/**
 * cli-table3 counts one place for each mark that stands above another letter (Arabic vowel signs) or is not seen at all; here
 * the places come back. It is done on the finished line, so that the isolates below are not counted as places either.
 */
function alignLine(line: string): string {
  if (!RIGHT_TO_LEFT.test(line) && !UNSEEN.test(line)) return line;
  return line
    .split('│')
    .map((text) => {
      const missing = text.replace(EMOJI, '').match(new RegExp(UNSEEN, 'gu'))?.length ?? 0;
      const [, before = '', words = '', after = ''] = /^(\s*)(.*?)(\s*)$/su.exec(text) ?? [];
      return before + isolate(words) + after + ' '.repeat(missing);
    })
    .join('│');
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
/** Marks and format characters, but for those of emoji and for the Latin ones, which are counted rightly. */
const UNSEEN = /(?![\u0300-\u036f\u200d\ufe0f])[\p{Mn}\p{Me}\p{Cf}]/u;
const EMOJI = /\p{Extended_Pictographic}(?:\p{EMod}|\ufe0f|\u200d\p{Extended_Pictographic})*/gu;

/** On a terminal, right-to-left text is isolated, so that it turns round by itself and the columns beside it do not. */
function isolate(text: string): string {
  return RIGHT_TO_LEFT.test(text) && process.stdout.isTTY === true ? `\u2068${text}\u2069` : text;
}
