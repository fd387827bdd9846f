// What PostgreSQL's catalogue says of our tables, and the DDL that brings them to what is declared.

import { failpoint } from '../../core/failpoint.ts';
import type { FieldType, Table } from '../../core/types.ts';
import { POSTGRES } from '../sql/dialect.ts';
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
import { type Client, inTransaction, rowsOf, textOf } from './session.ts';

const TYPES: { readonly [type: string]: FieldType } = {
  text: 'string',
  'character varying': 'string',
  bigint: 'integer',
  numeric: 'decimal',
  'double precision': 'number',
  boolean: 'boolean',
  'timestamp with time zone': 'timestamp',
  date: 'date',
  jsonb: 'json',
};

/** Tables and views of the schema that the connection writes to, those of the names that exist. */
export async function readTables(
  client: Client,
  names: readonly string[],
): Promise<ReadonlyMap<string, PhysicalTable>> {
  const rows = await rowsOf(
    client,
    `SELECT c.relname AS "table", obj_description(c.oid, 'pg_class') AS "table_comment", a.attname AS "column",
       format_type(a.atttypid, a.atttypmod) AS "type", col_description(c.oid, a.attnum) AS "comment"
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relname = ANY ($1)
ORDER BY c.relname, a.attnum`,
    [names],
  );
  const tables = new Map<string, { comment: string | null; columns: Map<string, PhysicalColumn> }>();
  for (const row of rows) {
    const name = textOf(row, 'table');
    const table = tables.get(name) ?? { comment: row['table_comment'] ?? null, columns: new Map() };
    tables.set(name, table);
    table.columns.set(textOf(row, 'column'), {
      type: TYPES[textOf(row, 'type')],
      comment: row['comment'] ?? null,
    });
  }
  return tables;
}

async function readEntries(
  client: Client,
  names: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, CatalogueEntry>>> {
  const rows = await rowsOf(
    client,
    `SELECT "table_name", "column_name", "type", "label", "description", "pii" FROM "_pipeline_columns" WHERE "table_name" = ANY ($1)`,
    [names],
  );
  const tables = new Map<string, Map<string, CatalogueEntry>>();
  for (const row of rows) {
    const name = textOf(row, 'table_name');
    const entries = tables.get(name) ?? new Map<string, CatalogueEntry>();
    tables.set(name, entries);
    const column = textOf(row, 'column_name');
    entries.set(column, {
      column,
      type: textOf(row, 'type'),
      label: row['label'] ?? null,
      description: row['description'] ?? null,
      pii: textOf(row, 'pii'),
    });
  }
  return tables;
}

/** One DDL at a time in the whole database, and none that waits behind a reader for ever while others wait behind it. */
async function alter(client: Client, work: () => Promise<void>): Promise<void> {
  await inTransaction(client, async () => {
    await client.query(`SET LOCAL lock_timeout = '60s'`);
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('pipeline.schema', 0))`);
    await work();
  });
}

export async function createControlTables(client: Client): Promise<void> {
  const names = ['_pipeline_loads', '_pipeline_fences', '_pipeline_columns'];
  if ((await readTables(client, names)).size === names.length) return;
  await alter(client, async () => {
    for (const statement of controlTables(POSTGRES)) await client.query(statement);
  });
}

async function missing(client: Client, tables: readonly Table[]) {
  const names = tables.map(({ name }) => name);
  const physical = await readTables(client, names);
  const stored = await readEntries(client, names);
  const plans = tables.map((table) => {
    const plan = planTable(POSTGRES, table, physical.get(table.name));
    const entries = changedEntries(catalogueOf(table), stored.get(table.name) ?? new Map());
    return { table, plan, statements: [...plan.statements, ...writeCatalogue(table.name, entries)] };
  });
  return {
    statements: plans.flatMap(({ statements }) => statements),
    tables: new Map(plans.map(({ table, plan }) => [table.name, plan.after] as const)),
  };
}

/** Creates or widens the tables, in a transaction of its own; returns them as they are then. */
export async function widen(
  client: Client,
  tables: readonly Table[],
): Promise<ReadonlyMap<string, PhysicalTable>> {
  const found = await missing(client, tables);
  if (found.statements.length === 0) return found.tables;
  let after = found.tables;
  await alter(client, async () => {
    // Another process may have done it while we waited for the lock.
    const now = await missing(client, tables);
    for (const [i, statement] of now.statements.entries()) {
      if (i === Math.floor(now.statements.length / 2)) failpoint('load.widening');
      await client.query(statement);
    }
    after = now.tables;
  });
  return after;
}

/** Adds the variant columns that a load needs. */
export async function addVariants(client: Client, layout: Layout, columns: readonly string[]): Promise<void> {
  const { table } = layout;
  const entries = columns.map((column) =>
    catalogueEntry(
      layout.variantOf.get(column) ?? column,
      variantField(column, table.fields[column] ?? { type: 'string' }),
    ),
  );
  await alter(client, async () => {
    for (const statement of [
      ...planVariants(POSTGRES, layout, columns),
      ...writeCatalogue(table.name, entries),
    ]) {
      await client.query(statement);
    }
  });
}
