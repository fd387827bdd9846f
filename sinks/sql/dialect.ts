// What differs between the SQL of the engines that we load into, as data.

import type { FieldType } from '../../core/types.ts';

export interface Dialect {
  readonly name: 'postgres' | 'duckdb';
  /** The type of a column, for each type of a field. */
  readonly types: { readonly [type in FieldType]: string };
  /** Whether the table declares its key. DuckDB's index must fit in memory and has corrupted files, so there it does not. */
  readonly primaryKeys: boolean;
  /** Makes texts compare byte by byte, as ISO instants and versions want it, whatever the database's language. */
  readonly collateBinary: string;
  /** The hexadecimal digits of the SHA-256 of a text in UTF-8. */
  sha256(text: string): string;
  /** The text at a path inside a JSON value; NULL where there is none. An empty path: the value itself, without quotation marks. */
  jsonText(json: string, path: readonly (string | number)[]): string;
  /** Joins each item of a JSON list as `alias.value`; nothing for what is no list. */
  eachJson(json: string, alias: string): string;
}

export const POSTGRES: Dialect = {
  name: 'postgres',
  types: {
    string: 'text',
    integer: 'bigint',
    decimal: 'numeric',
    number: 'double precision',
    boolean: 'boolean',
    timestamp: 'timestamptz',
    date: 'date',
    json: 'jsonb',
  },
  primaryKeys: true,
  collateBinary: ' COLLATE "C"',
  sha256: (text) => `encode(sha256(convert_to(${text}, 'UTF8')), 'hex')`,
  jsonText: (json, path) => `(${json} #>> ${literal(`{${path.join(',')}}`)})`,
  eachJson: (json, alias) =>
    `CROSS JOIN LATERAL jsonb_array_elements(CASE WHEN jsonb_typeof(${json}) = 'array' THEN ${json} ELSE '[]' END) AS ${alias}("value")`,
};

export const DUCKDB: Dialect = {
  name: 'duckdb',
  types: {
    string: 'VARCHAR',
    integer: 'BIGINT',
    decimal: 'DECIMAL(38,9)',
    number: 'DOUBLE',
    boolean: 'BOOLEAN',
    timestamp: 'TIMESTAMPTZ',
    date: 'DATE',
    json: 'JSON',
  },
  primaryKeys: false,
  collateBinary: '',
  sha256: (text) => `sha256(${text})`,
  jsonText: (json, path) =>
    `json_extract_string(${json}, ${literal(`$${path.map((at) => (typeof at === 'number' ? `[${at}]` : `.${at}`)).join('')}`)})`,
  eachJson: (json, alias) =>
    `CROSS JOIN LATERAL unnest(CASE WHEN json_type(${json}) = 'ARRAY' THEN CAST(${json} AS JSON[]) END) AS ${alias}("value")`,
};

/** An identifier, always quoted: a column may be called `order` or `at`. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as a literal. Both engines take backslashes as they are (`standard_conforming_strings` is on since PostgreSQL 9.1). */
export function literal(text: string): string {
  return `'${text.replaceAll('\0', '').replaceAll("'", "''")}'`;
}

/** Names side by side, quoted, each behind the prefix. */
export function list(names: readonly string[], prefix = ''): string {
  return names.map((name) => prefix + quote(name)).join(', ');
}
