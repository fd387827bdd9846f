// What a person or a program sees: text, JSON and errors; customers' words are shown as text, never as terminal commands.

import type { PipelineError } from '../core/errors.ts';
import type { Json } from '../core/types.ts';

/** Something that text is written to, and whether a person sits before it. */
type Stream = Pick<NodeJS.WriteStream, 'isTTY'>;

/** One line of JSON on standard output. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** To standard error, so that results stay clean. */
export function note(text: string): void {
  noteTo(text);
}

const toStandardError = (text: string): void => void process.stderr.write(`${text}\n`);
let noteTo = toStandardError;

/** While a progress view owns the terminal it shows the notes itself; undefined gives them back to standard error. */
export function divertNotes(to: ((text: string) => void) | undefined): void {
  noteTo = to ?? toStandardError;
}

/** What is wrong and what to do next; as one JSON line where JSON was asked for. `scrub` takes secrets out. */
export function printError(error: PipelineError, json: boolean, scrub: (text: string) => string): void {
  const message = plain(scrub(error.message));
  const hint = error.hint === undefined ? null : plain(scrub(error.hint));
  if (json) {
    note(JSON.stringify({ error: { kind: error.kind, code: error.code, message, hint } }));
    return;
  }
  note(`${paint('31', 'Error', process.stderr)}: ${message}`);
  if (hint !== null) note(`${paint('36', 'Next', process.stderr)}: ${hint}`);
  if (error.kind === 'bug') note(`Code ${error.code}. LOG_LEVEL=debug shows where; please report it.`);
}

/** A colour on a terminal that wants one; see https://no-color.org. */
export function paint(code: string, text: string, stream: Stream = process.stdout): string {
  const wanted = stream.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
  return wanted ? `\u001b[${code}m${text}\u001b[0m` : text;
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
 * Text from outside without escape sequences and without bidi controls that would turn its neighbours round (Unicode
 * Technical Report 36, 3.2). Line breaks stay.
 */
export function plain(text: string): string {
  return text.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    '',
  );
}

/** Text from outside on one line, cut on a whole character. */
export function cell(text: string, widest = 60): string {
  const oneLine = plain(text.replace(/\s+/g, ' '));
  if (oneLine.length <= widest) return oneLine;
  const graphemes = [...new Intl.Segmenter().segment(oneLine.slice(0, widest * 16))];
  return graphemes.length <= widest
    ? oneLine
    : `${graphemes
        .slice(0, widest - 1)
        .map((g) => g.segment)
        .join('')}…`;
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

/** `850 ms`, `4.2 s`, `3 min 5 s`, `2 h 5 min`, `4 d 3 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `12,345`; with a word, `1 request` and `2 requests`. */
export function count(n: number, word?: string): string {
  const number = n.toLocaleString('en-US');
  return word === undefined ? number : `${number} ${word}${n === 1 ? '' : 's'}`;
}
