// What DuckDB's catalogue says of our tables, and the DDL that brings them to what is declared.

import { failpoint } from '../../core/failpoint.ts';
import type { FieldType, Table } from '../../core/types.ts';
import { DUCKDB, literal } from '../sql/dialect.ts';
import type { Layout, PhysicalColumn, PhysicalTable } from '../sql/layout.ts';
import {
  type CatalogueEntry,
  catalogueEntry,
  catalogueOf,
  changedEntries,
  controlTables,
  planTable,
  planVariants,
  variantField,
  writeCatalogue,
} from '../sql/schema.ts';
import { type Connection, checkpoint, inTransaction, rowsOf } from './database.ts';

const TYPES: { readonly [type: string]: FieldType } = {
  VARCHAR: 'string',
  BIGINT: 'integer',
  'DECIMAL(38,9)': 'decimal',
  DOUBLE: 'number',
  BOOLEAN: 'boolean',
  'TIMESTAMP WITH TIME ZONE': 'timestamp',
  DATE: 'date',
  JSON: 'json',
};

/** Tables of the file, those of the names that exist. */
export async function readTables(
  connection: Connection,
  names: readonly string[],
): Promise<ReadonlyMap<string, PhysicalTable>> {
  const rows = await rowsOf(
    connection,
    `SELECT c.table_name, t.comment AS table_comment, c.column_name, c.data_type, c.comment
FROM duckdb_columns() AS c JOIN duckdb_tables() AS t
  ON t.database_name = c.database_name AND t.schema_name = c.schema_name AND t.table_name = c.table_name
WHERE c.database_name = current_database() AND c.schema_name = 'main' AND c.table_name IN (${names.map(literal).join(', ')})
ORDER BY c.table_name, c.column_index`,
  );
  const tables = new Map<string, { comment: string | null; columns: Map<string, PhysicalColumn> }>();
  for (const row of rows) {
    const name = row['table_name'] ?? '';
    const table = tables.get(name) ?? { comment: row['table_comment'] ?? null, columns: new Map() };
    tables.set(name, table);
    table.columns.set(row['column_name'] ?? '', {
      type: TYPES[row['data_type'] ?? ''],
      comment: row['comment'] ?? null,
    });
  }
  return tables;
}

async function readEntries(
  connection: Connection,
  names: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, CatalogueEntry>>> {
  const rows = await rowsOf(
    connection,
    `SELECT "table_name", "column_name", "type", "label", "description", "pii" FROM "_pipeline_columns" WHERE "table_name" IN (${names.map(literal).join(', ')})`,
  );
  const tables = new Map<string, Map<string, CatalogueEntry>>();
  for (const row of rows) {
    const name = row['table_name'] ?? '';
    const entries = tables.get(name) ?? new Map<string, CatalogueEntry>();
    tables.set(name, entries);
    const column = row['column_name'] ?? '';
    entries.set(column, {
      column,
      type: row['type'] ?? '',
      label: row['label'] ?? null,
      description: row['description'] ?? null,
      pii: row['pii'] ?? '',
    });
  }
  return tables;
}

/** DDL in a transaction of its own, then out of the write-ahead log: replaying DDL from it has broken files. */
async function alter(
  connection: Connection,
  statements: readonly string[],
  onHalf?: () => void,
): Promise<void> {
  await inTransaction(connection, async () => {
    for (const [i, statement] of statements.entries()) {
      if (i === Math.floor(statements.length / 2)) onHalf?.();
      await connection.run(statement);
    }
  });
  await checkpoint(connection);
}

export async function createControlTables(connection: Connection): Promise<void> {
  const names = ['_pipeline_loads', '_pipeline_fences', '_pipeline_columns'];
  if ((await readTables(connection, names)).size < names.length)
    await alter(connection, controlTables(DUCKDB));
}

/** Creates or widens the tables; returns them as they are then. */
export async function widen(
  connection: Connection,
  tables: readonly Table[],
): Promise<ReadonlyMap<string, PhysicalTable>> {
  const names = tables.map(({ name }) => name);
  const physical = await readTables(connection, names);
  const stored = await readEntries(connection, names);
  const plans = tables.map((table) => ({ table, plan: planTable(DUCKDB, table, physical.get(table.name)) }));
  const statements = plans.flatMap(({ table, plan }) => {
    const entries = changedEntries(catalogueOf(table), stored.get(table.name) ?? new Map());
    return [...plan.statements, ...writeCatalogue(table.name, entries)];
  });
  if (statements.length > 0) await alter(connection, statements, () => failpoint('load.widening'));
  return new Map(plans.map(({ table, plan }) => [table.name, plan.after]));
}

/** Adds the variant columns that a load needs. */
export async function addVariants(
  connection: Connection,
  layout: Layout,
  columns: readonly string[],
): Promise<void> {
  const { table } = layout;
  const entries = columns.map((column) =>
    catalogueEntry(
      layout.variantOf.get(column) ?? column,
      variantField(column, table.fields[column] ?? { type: 'string' }),
    ),
  );
  await alter(connection, [...planVariants(DUCKDB, layout, columns), ...writeCatalogue(table.name, entries)]);
}
