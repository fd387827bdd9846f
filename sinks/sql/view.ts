// What every view for analysts is made with: its columns with their meaning, and a way to ask for columns that may not exist.

import type { FieldType } from '../../core/types.ts';
import { type Dialect, literal, quote } from './dialect.ts';

export interface View {
  readonly name: string;
  readonly select: string;
  readonly comments: readonly string[];
}

/** Tables and their columns, as the engine's catalogue tells them. */
export type Catalogue = ReadonlyMap<string, ReadonlyMap<string, FieldType | undefined>>;

export interface Output {
  readonly name: string;
  readonly sql: string;
  readonly meaning: string;
}

/** A view of these columns, with what it and they mean as comments. */
export function view(name: string, meaning: string, outputs: readonly Output[], rest: string): View {
  return {
    name,
    select: `SELECT\n${outputs.map((o) => `  ${o.sql} AS ${quote(o.name)}`).join(',\n')}\n${rest}`,
    comments: [
      `COMMENT ON VIEW ${quote(name)} IS ${literal(meaning)}`,
      ...outputs.map((o) => `COMMENT ON COLUMN ${quote(name)}.${quote(o.name)} IS ${literal(o.meaning)}`),
    ],
  };
}

/** `alias.column` where it exists, else NULL of that type. */
export type Reach = (alias: string, table: string, column: string, type?: FieldType) => string;

export function reach(dialect: Dialect, catalogue: Catalogue): Reach {
  return (alias, table, column, type = 'string') =>
    catalogue.get(table)?.has(column) ? `${alias}.${quote(column)}` : `CAST(NULL AS ${dialect.types[type]})`;
}
