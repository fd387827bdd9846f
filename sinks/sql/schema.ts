// Creating and widening tables: what is missing between a declared table and the warehouse's catalogue, as statements.

import { SYSTEM_FIELDS } from '../../core/tables.ts';
import type { Field, Table } from '../../core/types.ts';
import { type Dialect, list, literal, quote } from './dialect.ts';
import { type Layout, type PhysicalColumn, type PhysicalTable, variantName } from './layout.ts';

/** One line of `_pipeline_columns`. */
export interface CatalogueEntry {
  readonly column: string;
  readonly type: string;
  readonly label: string | null;
  readonly description: string | null;
  readonly pii: string;
}

export interface SchemaPlan {
  /** In the order in which they must run; empty when the warehouse has it all. */
  readonly statements: readonly string[];
  /** The table as it is once they ran. */
  readonly after: PhysicalTable;
}

/** Tables that the sink itself keeps; `checkpoint` is text so that it comes back byte for byte. */
export function controlTables(dialect: Dialect): readonly string[] {
  const { string, integer, timestamp, json } = dialect.types;
  const key = (columns: string) => (dialect.primaryKeys ? `,\n  PRIMARY KEY (${columns})` : '');
  return [
    `CREATE TABLE IF NOT EXISTS "_pipeline_loads" (
  "load_id" ${string} NOT NULL,
  "run_id" ${string} NOT NULL,
  "pipeline" ${string} NOT NULL,
  "stream" ${string} NOT NULL,
  "lane" ${string} NOT NULL,
  "epoch" ${integer} NOT NULL,
  "number" ${integer} NOT NULL,
  "checkpoint" ${string} NOT NULL,
  "tables" ${json} NOT NULL,
  "started_at" ${timestamp} NOT NULL,
  "committed_at" ${timestamp} NOT NULL${key('"load_id"')}
)`,
    ...(dialect.primaryKeys
      ? [
          'CREATE UNIQUE INDEX IF NOT EXISTS "_pipeline_loads_of_a_lane" ON "_pipeline_loads" ("lane", "number")',
        ]
      : []),
    `CREATE TABLE IF NOT EXISTS "_pipeline_fences" (
  "lane" ${string} NOT NULL,
  "epoch" ${integer} NOT NULL${key('"lane"')}
)`,
    `CREATE TABLE IF NOT EXISTS "_pipeline_columns" (
  "table_name" ${string} NOT NULL,
  "column_name" ${string} NOT NULL,
  "type" ${string} NOT NULL,
  "label" ${string},
  "description" ${string},
  "pii" ${string} NOT NULL${key('"table_name", "column_name"')}
)`,
    `COMMENT ON TABLE "_pipeline_loads" IS ${literal('One row for each load, written in the transaction of its rows.')}`,
    `COMMENT ON TABLE "_pipeline_fences" IS ${literal('The newest owner of each lane; an older one can no longer commit.')}`,
    `COMMENT ON TABLE "_pipeline_columns" IS ${literal('What each column means, what the vendor calls it and how close it is to a person.')}`,
  ];
}

/** Label and description side by side: the vendor's own title first, Arabic titles included. */
export function commentOf(field: Field): string | null {
  const parts = [field.label, field.description].filter((part) => part !== undefined && part !== '');
  return parts.length === 0 ? null : parts.join(' — ');
}

function fieldsOf(table: Table): readonly (readonly [string, Field])[] {
  return [...Object.entries(table.fields), ...Object.entries<Field>(SYSTEM_FIELDS)];
}

/** `CREATE TABLE` with the loader's own columns at the end. */
export function createTable(dialect: Dialect, table: Table): string {
  const columns = fieldsOf(table).map(([name, field]) => {
    return `  ${quote(name)} ${dialect.types[field.type]}${table.key.includes(name) ? ' NOT NULL' : ''}`;
  });
  const key = dialect.primaryKeys ? [`  PRIMARY KEY (${list(table.key)})`] : [];
  return `CREATE TABLE ${quote(table.name)} (\n${[...columns, ...key].join(',\n')}\n)`;
}

export function addColumn(dialect: Dialect, table: string, column: string, field: Field): string {
  return `ALTER TABLE ${quote(table)} ADD COLUMN IF NOT EXISTS ${quote(column)} ${dialect.types[field.type]}`;
}

function commentOn(table: string, column: string | null, text: string): string {
  const subject = column === null ? `TABLE ${quote(table)}` : `COLUMN ${quote(table)}.${quote(column)}`;
  return `COMMENT ON ${subject} IS ${literal(text)}`;
}

/** The field of a variant column. */
export function variantField(column: string, field: Field): Field {
  return {
    type: 'string',
    description: `The values of ${column} that do not fit its type, as text.`,
    ...(field.pii === undefined ? {} : { pii: field.pii }),
  };
}

/** What must run so that the table holds every declared column. It only ever adds. */
export function planTable(dialect: Dialect, table: Table, before: PhysicalTable | undefined): SchemaPlan {
  const statements: string[] = before === undefined ? [createTable(dialect, table)] : [];
  const columns = new Map<string, PhysicalColumn>(before?.columns);
  const description = table.description ?? null;
  if (description !== null && before?.comment !== description) {
    statements.push(commentOn(table.name, null, description));
  }
  for (const [name, field] of fieldsOf(table)) {
    const existing = columns.get(name);
    if (existing === undefined && before !== undefined)
      statements.push(addColumn(dialect, table.name, name, field));
    const comment = commentOf(field);
    if (comment !== null && existing?.comment !== comment)
      statements.push(commentOn(table.name, name, comment));
    columns.set(name, { type: existing === undefined ? field.type : existing.type, comment });
  }
  return { statements, after: { comment: description, columns } };
}

/** Adds the variants that a load turned out to need. */
export function planVariants(dialect: Dialect, layout: Layout, columns: Iterable<string>): readonly string[] {
  const { table } = layout;
  return [...columns].flatMap((column) => {
    const field = variantField(column, table.fields[column] ?? { type: 'string' });
    const name = variantName(column, table.fields);
    return [
      addColumn(dialect, table.name, name, field),
      commentOn(table.name, name, field.description ?? ''),
    ];
  });
}

/** What `_pipeline_columns` should say of the declared columns. */
export function catalogueOf(table: Table): readonly CatalogueEntry[] {
  return fieldsOf(table).map(([column, field]) => catalogueEntry(column, field));
}

export function catalogueEntry(column: string, field: Field): CatalogueEntry {
  const { type, label = null, description = null, pii = 'none' } = field;
  return { column, type, label, description, pii };
}

/** Replaces these entries of one table; two statements, which run in the transaction of the DDL. */
export function writeCatalogue(table: string, entries: readonly CatalogueEntry[]): readonly string[] {
  if (entries.length === 0) return [];
  const text = (value: string | null) => (value === null ? 'NULL' : literal(value));
  const lines = entries.map(
    ({ column, type, label, description, pii }) =>
      `  (${[table, column, type, label, description, pii].map(text).join(', ')})`,
  );
  const names = entries.map(({ column }) => literal(column)).join(', ');
  return [
    `DELETE FROM "_pipeline_columns" WHERE "table_name" = ${literal(table)} AND "column_name" IN (${names})`,
    `INSERT INTO "_pipeline_columns" ("table_name", "column_name", "type", "label", "description", "pii") VALUES\n${lines.join(',\n')}`,
  ];
}

/** The entries that differ from what the warehouse says. */
export function changedEntries(
  wanted: readonly CatalogueEntry[],
  stored: ReadonlyMap<string, CatalogueEntry>,
): readonly CatalogueEntry[] {
  return wanted.filter((entry) => {
    const old = stored.get(entry.column);
    return (
      old === undefined ||
      old.type !== entry.type ||
      old.label !== entry.label ||
      old.description !== entry.description ||
      old.pii !== entry.pii
    );
  });
}
