// What a declared table looks like in the warehouse as it is: which columns take values, which only their variant does.

import { createHash } from 'node:crypto';
import { PipelineError } from '../../core/errors.ts';
import { SYSTEM_FIELDS } from '../../core/tables.ts';
import type { Field, FieldType, Json, Row, Table, Tombstone } from '../../core/types.ts';
import { fitText, plainText } from './fit.ts';

const MAX_NAME_BYTES = 63;
const NAME = /^[a-z_][a-z0-9_]*$/;

/** A column as the engine's own catalogue tells it; `type` is undefined where it is none that we create. */
export interface PhysicalColumn {
  readonly type: FieldType | undefined;
  readonly comment: string | null;
}

export interface PhysicalTable {
  readonly comment: string | null;
  readonly columns: ReadonlyMap<string, PhysicalColumn>;
}

export interface StagedColumn {
  readonly name: string;
  readonly type: FieldType;
}

export interface Layout {
  readonly table: Table;
  /** Declared columns whose values are staged, with the type that the warehouse has. */
  readonly staged: readonly StagedColumn[];
  /** Declared columns that the warehouse has with another type: they become NULL and their variant takes the value. */
  readonly blocked: readonly string[];
  /** Where the key's columns stand in `staged`. */
  readonly keyAt: readonly number[];
  /** The version column, unless the table has none or its type is blocked. */
  readonly version: StagedColumn | undefined;
  /** The variant of each declared column, whether it exists already or not. */
  readonly variantOf: ReadonlyMap<string, string>;
  /** Columns of the warehouse that the table no longer declares: a rewritten row keeps their values. */
  readonly carried: readonly string[];
  /** Columns whose variant exists. */
  readonly variants: readonly string[];
}

/** One row on its way into the staging: texts in the order of `staged`, undefined for NULL. */
export interface FittedRow {
  readonly key: string;
  readonly cells: readonly (string | undefined)[];
  /** Texts of the values that did not fit, by column. */
  readonly misfits: { readonly [column: string]: string } | undefined;
}

export interface FittedTombstone {
  readonly key: string;
  readonly keyCells: readonly string[];
  readonly version: string | undefined;
  readonly deletedAt: string;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** `<column>__text`, cut to 63 bytes with a hash where it would be longer or where the table declares that very name. */
export function variantName(column: string, declared: { readonly [column: string]: Field }): string {
  const plain = `${column}__text`;
  if (plain.length <= MAX_NAME_BYTES && declared[plain] === undefined) return plain;
  return `${column.slice(0, MAX_NAME_BYTES - 15)}_${shortHash(column)}__text`;
}

/** Throws `table.malformed`: a table that breaks the contract must not reach a warehouse. */
export function assertTable(table: Table): void {
  const malformed = (problem: string) =>
    new PipelineError('bug', 'table.malformed', `Table ${table.name}: ${problem}`);
  for (const name of [table.name, ...Object.keys(table.fields)]) {
    if (!NAME.test(name) || name.length > MAX_NAME_BYTES) {
      throw malformed(`the name ${JSON.stringify(name)} is not lower snake_case ASCII of at most 63 bytes.`);
    }
    if (name in SYSTEM_FIELDS)
      throw malformed(`the column ${name} is set by the loader and cannot be declared.`);
  }
  if (table.key.length === 0)
    throw malformed('it has no key; without one, loading twice would duplicate its rows.');
  for (const column of [...table.key, ...(table.version === undefined ? [] : [table.version])]) {
    const field = table.fields[column];
    if (field === undefined) throw malformed(`its key or version column ${column} is not among its fields.`);
    if (field.type === 'json')
      throw malformed(`its key or version column ${column} is JSON, which has no order.`);
  }
}

function accepts(physical: FieldType, declared: FieldType): boolean {
  if (physical === declared || physical === 'string' || physical === 'json') return true;
  return declared === 'integer' && (physical === 'decimal' || physical === 'number');
}

/** How the table's rows are staged, given the warehouse's columns; all columns that were missing are there by now. */
export function layoutOf(table: Table, physical: PhysicalTable): Layout {
  const staged: StagedColumn[] = [];
  const blocked: string[] = [];
  const variantOf = new Map<string, string>();
  const known = new Set<string>(Object.keys(SYSTEM_FIELDS));
  for (const [name, field] of Object.entries(table.fields)) {
    const type = physical.columns.get(name)?.type;
    if (type !== undefined && accepts(type, field.type)) staged.push({ name, type });
    else blocked.push(name);
    const variant = variantName(name, table.fields);
    variantOf.set(name, variant);
    known.add(name).add(variant);
  }
  const keyAt = table.key.map((column) =>
    staged.findIndex(({ name, type }) => name === column && type !== 'json'),
  );
  const lost = table.key.find((_, i) => keyAt[i] === -1);
  if (lost !== undefined) {
    throw new PipelineError(
      'config',
      'table.key-type',
      `Table ${table.name}: its key column ${lost} exists in the warehouse with another type.`,
      { hint: `Rename or drop the table ${table.name} in the warehouse; the next run loads it anew.` },
    );
  }
  return {
    table,
    staged,
    blocked,
    keyAt,
    version: staged.find(({ name, type }) => name === table.version && type !== 'json'),
    variantOf,
    carried: [...physical.columns.keys()].filter((name) => !known.has(name)),
    variants: [...variantOf].filter(([, variant]) => physical.columns.has(variant)).map(([column]) => column),
  };
}

function misfitKey(layout: Layout, column: string): PipelineError {
  return new PipelineError(
    'data',
    'row.key',
    `Table ${layout.table.name}: a row has no usable value in its key column ${column}, so it cannot be told from others.`,
  );
}

/** Throws `row.key` (data) without a usable key and `row.undeclared` (bug) for a column that the table does not declare. */
export function fitRow(layout: Layout, row: Row): FittedRow {
  for (const name in row) {
    if (layout.table.fields[name] === undefined && row[name] !== undefined) {
      throw new PipelineError(
        'bug',
        'row.undeclared',
        `Table ${layout.table.name}: a row brings the column ${JSON.stringify(name)}, which the table does not declare.`,
      );
    }
  }
  let misfits: { [column: string]: string } | undefined;
  const cells: (string | undefined)[] = [];
  for (const { name, type } of layout.staged) {
    const value = row[name];
    if (value === null || value === undefined) {
      cells.push(undefined);
      continue;
    }
    const text = fitText(type, value);
    cells.push(text);
    if (text === undefined) {
      misfits ??= {};
      misfits[name] = plainText(value);
    }
  }
  for (const name of layout.blocked) {
    const value = row[name];
    if (value === null || value === undefined) continue;
    misfits ??= {};
    misfits[name] = plainText(value);
  }
  return { key: keyOf(layout, cells), cells, misfits };
}

function keyOf(layout: Layout, cells: readonly (string | undefined)[]): string {
  let key: string | undefined;
  for (const [i, at] of layout.keyAt.entries()) {
    const cell = cells[at];
    if (cell === undefined) throw misfitKey(layout, layout.table.key[i] ?? '');
    // NUL cannot occur in a cell, so that no two lists of cells make one key.
    key = key === undefined ? cell : `${key}\0${cell}`;
  }
  return key ?? '';
}

/** A `deletedAt` that is no instant gives way to the time of reading: that the record is gone matters more than since when. */
export function fitTombstone(layout: Layout, tombstone: Tombstone, readAt: Date): FittedTombstone {
  const keyCells = layout.keyAt.map((at, i) => {
    const column = layout.table.key[i] ?? '';
    const value = tombstone.key[column];
    const text =
      value === null || value === undefined ? undefined : fitText(layout.staged[at]?.type ?? 'string', value);
    if (text === undefined) throw misfitKey(layout, column);
    return text;
  });
  const version: Json = tombstone.version ?? null;
  return {
    key: keyCells.join('\0'),
    keyCells,
    version:
      layout.version === undefined || version === null ? undefined : fitText(layout.version.type, version),
    deletedAt: fitText('timestamp', tombstone.deletedAt) ?? readAt.toISOString(),
  };
}
