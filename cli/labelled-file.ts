// Reads a file of texts with the labels that people gave them: CSV, TSV or JSON lines.

import { readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { PipelineError } from '../core/errors.ts';
import type { LabelName } from '../core/types.ts';
import { DelimitedError, type DelimitedRecord, readDelimited } from './delimited.ts';

/** One text, by those who know. */
export interface LabelledLine {
  readonly text: string;
  readonly label: LabelName;
  /** As the file names it; null where it does not. */
  readonly language: string | null;
  readonly dialect: string | null;
}

/** What the columns are called; undefined is the usual name, and then language and dialect may be absent. */
export interface ColumnNames {
  readonly text: string | undefined;
  readonly label: string | undefined;
  readonly language: string | undefined;
  readonly dialect: string | undefined;
}

/** A larger file is none that people labelled. */
const MOST_BYTES = 100 * 1024 * 1024;

const NAMES: ReadonlyMap<string, LabelName> = new Map(
  (
    [
      ['positive', 'positive pos إيجابي إيجابية موجب'],
      ['neutral', 'neutral neu محايد محايدة حيادي'],
      ['negative', 'negative neg سلبي سلبية سالب'],
      ['mixed', 'mixed مختلط مختلطة متباين'],
    ] as const
  ).flatMap(([label, names]) => names.split(' ').map((name) => [foldName(name), label] as const)),
);

/** Reads the file. Throws config `eval.*` with one sentence: which file, which line, what is allowed; never a text. */
export function readLabelledFile(path: string, columns: ColumnNames): readonly LabelledLine[] {
  const kind = extname(path).toLowerCase();
  if (!['.csv', '.tsv', '.jsonl', '.ndjson'].includes(kind)) {
    throw unusable('eval.unknown_format', `${path} is neither .csv nor .tsv nor .jsonl.`);
  }
  const text = readUtf8(path);
  const records =
    kind === '.jsonl' || kind === '.ndjson' ? jsonLines(text, path) : delimited(text, kind, path);
  const lines: LabelledLine[] = [];
  for (const { line, fields } of named(records, columns, path)) {
    const label = NAMES.get(foldName(fields.label));
    if (label === undefined) {
      throw unusable(
        'eval.unknown_label',
        `Line ${line} of ${path} has a label that is none of positive, neutral, negative, mixed.`,
        'Arabic names do, too: إيجابي، محايد، سلبي، مختلط. Another column: --label <name>.',
      );
    }
    lines.push({ text: fields.text, label, language: fields.language, dialect: fields.dialect });
  }
  if (lines.length === 0) throw unusable('eval.empty', `${path} holds no labelled text.`);
  return lines;
}

interface Fields {
  readonly text: string;
  readonly label: string;
  readonly language: string | null;
  readonly dialect: string | null;
}

interface FileRecord {
  readonly line: number;
  readonly get: (column: string) => string | undefined;
}

function* named(
  records: Iterable<FileRecord>,
  columns: ColumnNames,
  path: string,
): Generator<{ readonly line: number; readonly fields: Fields }> {
  for (const { line, get } of records) {
    const needed = (column: string, flag: string): string => {
      const value = get(column);
      if (value !== undefined) return value;
      throw unusable(
        'eval.missing_column',
        `Line ${line} of ${path} has no ${column}.`,
        `Name the column that holds it: --${flag} <name>.`,
      );
    };
    // A group column that was asked for by name must be there; the usual ones may be absent.
    const group = (name: string | undefined, usual: 'language' | 'dialect'): string | null => {
      const value = (name === undefined ? get(usual) : needed(name, usual))?.trim();
      return value === undefined || value === '' ? null : value.slice(0, 40);
    };
    const fields = {
      text: needed(columns.text ?? 'text', 'text'),
      label: needed(columns.label ?? 'label', 'label'),
      language: group(columns.language, 'language'),
      dialect: group(columns.dialect, 'dialect'),
    };
    yield { line, fields };
  }
}

function* delimited(text: string, kind: string, path: string): Generator<FileRecord> {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  // Spreadsheets write semicolons wherever the comma is the decimal sign.
  const delimiter = kind === '.tsv' ? '\t' : firstLine.includes(';') && !firstLine.includes(',') ? ';' : ',';
  let header: readonly string[] | undefined;
  for (const { line, fields } of checked(text, delimiter, path)) {
    if (header === undefined) {
      header = fields.map((name) => name.trim().toLowerCase());
      continue;
    }
    if (fields.length !== header.length) {
      throw unusable(
        'eval.bad_record',
        `Line ${line} of ${path} has ${fields.length} fields, and the first line names ${header.length}.`,
        'A field that holds the delimiter or a line end stands in double quotes (RFC 4180).',
      );
    }
    const names = header;
    yield { line, get: (column) => fields[names.indexOf(column.trim().toLowerCase())] };
  }
}

function* checked(text: string, delimiter: string, path: string): Generator<DelimitedRecord> {
  try {
    yield* readDelimited(text, delimiter);
  } catch (thrown) {
    if (!(thrown instanceof DelimitedError)) throw thrown;
    throw unusable('eval.bad_record', `Line ${thrown.line} of ${path} is no RFC 4180: ${thrown.message}.`);
  }
}

function* jsonLines(text: string, path: string): Generator<FileRecord> {
  let line = 0;
  for (const words of text.split('\n')) {
    line += 1;
    if (words.trim() === '') continue;
    const record = parseObject(words);
    if (record === undefined) {
      throw unusable('eval.bad_record', `Line ${line} of ${path} is no JSON object.`);
    }
    yield {
      line,
      get(column) {
        const value = Object.hasOwn(record, column) ? record[column] : undefined;
        return typeof value === 'string' ? value : undefined;
      },
    };
  }
}

function parseObject(text: string): { readonly [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as { readonly [key: string]: unknown })
      : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

function readUtf8(path: string): string {
  let bytes: Buffer;
  try {
    if (statSync(path).size > MOST_BYTES)
      throw unusable('eval.too_large', `${path} is larger than 100 MB.`, 'Measure a sample of it.');
    bytes = readFileSync(path);
  } catch (thrown) {
    const code = (thrown as { readonly code?: unknown }).code;
    if (thrown instanceof PipelineError || typeof code !== 'string') throw thrown;
    throw unusable('eval.unreadable', `${path} cannot be read (${code}).`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unusable(
      'eval.not_utf8',
      `${path} is not UTF-8.`,
      'Save it as UTF-8; spreadsheets offer “CSV UTF-8”.',
    );
  }
}

/** Case, vowel signs and the spellings of alef, ya and ta marbuta do not matter in a label. */
function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/[\u0640\u064b-\u0655]/g, '')
    .replace(/[أإآ]/g, 'ا')
    .replace(/ى/g, 'ي')
    .replace(/ة$/, 'ه');
}

function unusable(code: string, message: string, hint?: string): PipelineError {
  return new PipelineError('config', code, message, hint === undefined ? {} : { hint });
}
