// From the staging of a load into its tables: the last word per key, behind the version guard, then the tombstones.

import { type Dialect, list, quote } from './dialect.ts';
import type { Layout, StagedColumn } from './layout.ts';

// Every statement takes the same parameters: $1 run, $2 load, $3 instant of the commit.
const SYSTEM_COLUMNS = ['_run_id', '_load_id', '_read_at', '_loaded_at', '_deleted_at'] as const;

/** Whether what is staged (`s`) may replace what is there (`t`): the newer version, and between equal or missing ones the later reading. */
function guard(dialect: Dialect, version: StagedColumn | undefined, s: string, t: string): string {
  const later = `${s}."_read_at" >= ${t}."_read_at"`;
  if (version === undefined) return later;
  const column = quote(version.name);
  const newer =
    version.type === 'string'
      ? `${s}.${column} > ${t}.${column}${dialect.collateBinary}`
      : `${s}.${column} > ${t}.${column}`;
  const undecided = `${s}.${column} IS NULL OR ${t}.${column} IS NULL OR ${s}.${column} = ${t}.${column}`;
  return `${newer}\n   OR ((${undecided}) AND ${later})`;
}

/** Limits the staging to one row a key, by the order that the guard has. Only paid for when a key did repeat. */
function lastWord(dialect: Dialect, layout: Layout, stage: string): string {
  const { version, table } = layout;
  const collate = version?.type === 'string' ? dialect.collateBinary : '';
  const byVersion = version === undefined ? '' : `${quote(version.name)}${collate} DESC NULLS LAST, `;
  return `s."_seq" IN (
    SELECT "_seq" FROM (
      SELECT "_seq", row_number() OVER (PARTITION BY ${list(table.key)} ORDER BY ${byVersion}"_read_at" DESC, "_seq" DESC) AS "_rank"
      FROM ${quote(stage)}
    ) AS ranked WHERE "_rank" = 1
  )`;
}

function matches(layout: Layout, s: string, t: string): string {
  return layout.table.key.map((column) => `${t}.${quote(column)} = ${s}.${quote(column)}`).join(' AND ');
}

/** The staging of one table, with the warehouse's types; PostgreSQL takes JSON as text and casts it once, in the merge. */
export function createStage(dialect: Dialect, layout: Layout, stage: string): string {
  const text = dialect.types.string;
  const columns = layout.staged.map(({ name, type }) => {
    return `${quote(name)} ${dialect.name === 'postgres' && type === 'json' ? text : dialect.types[type]}`;
  });
  // A staged row stays in one piece on its page: moving long texts out and back costs more than the copy itself.
  const storage =
    dialect.name === 'postgres' ? ' WITH (toast_tuple_target = 8160, autovacuum_enabled = false)' : '';
  return `CREATE TEMP TABLE ${quote(stage)} ("_seq" ${dialect.types.integer}, "_read_at" ${dialect.types.timestamp}, "_variants" ${text}, ${columns.join(', ')})${storage}`;
}

export function createTombstoneStage(dialect: Dialect, layout: Layout, stage: string): string {
  const { integer, timestamp } = dialect.types;
  const version = layout.version === undefined ? [] : [layout.version];
  const keys = layout.keyAt.flatMap((at) => layout.staged[at] ?? []);
  const columns = [...keys, ...version.filter(({ name }) => !layout.table.key.includes(name))].map(
    ({ name, type }) => `${quote(name)} ${dialect.types[type]}`,
  );
  return `CREATE TEMP TABLE ${quote(stage)} ("_seq" ${integer}, "_read_at" ${timestamp}, "_deleted_at" ${timestamp}, ${columns.join(', ')})`;
}

interface Assignment {
  readonly column: string;
  /** What the staged row `s` gives it. */
  readonly value: string;
}

function assignments(dialect: Dialect, layout: Layout): readonly Assignment[] {
  const { types } = dialect;
  const json = dialect.name === 'postgres';
  return [
    ...layout.staged.map(({ name, type }) => ({
      column: name,
      value: json && type === 'json' ? `CAST(s.${quote(name)} AS ${types.json})` : `s.${quote(name)}`,
    })),
    ...layout.blocked.map((column) => ({ column, value: 'NULL' })),
    ...layout.variants.map((column) => ({
      column: layout.variantOf.get(column) ?? '',
      value: `CAST(s."_variants" AS ${types.json}) ->> '${column}'`,
    })),
  ];
}

const SYSTEM_VALUES = (dialect: Dialect) =>
  `CAST($1 AS ${dialect.types.string}), CAST($2 AS ${dialect.types.string}), s."_read_at", CAST($3 AS ${dialect.types.timestamp})`;

/** The upsert of one table. `repeats`: some key was staged more than once. */
export function mergeRows(
  dialect: Dialect,
  layout: Layout,
  stage: string,
  repeats: boolean,
): readonly string[] {
  const target = quote(layout.table.name);
  const set = assignments(dialect, layout);
  const columns = [...set.map(({ column }) => column), ...SYSTEM_COLUMNS];
  const values = `${set.map(({ value }) => value).join(', ')}, ${SYSTEM_VALUES(dialect)}, NULL`;
  const once = repeats ? lastWord(dialect, layout, stage) : undefined;
  if (dialect.name === 'postgres') {
    const updates = columns.filter((column) => !layout.table.key.includes(column));
    return [
      `INSERT INTO ${target} AS t (${list(columns)})
SELECT ${values}
FROM ${quote(stage)} AS s${once === undefined ? '' : `\nWHERE ${once}`}
ON CONFLICT (${list(layout.table.key)}) DO UPDATE SET
${updates.map((column) => `  ${quote(column)} = excluded.${quote(column)}`).join(',\n')}
WHERE ${guard(dialect, layout.version, 'excluded', 't')}`,
    ];
  }
  // Without an index, deleting by row number and inserting touches only the key's columns of the old rows: memory stays
  // flat however large the table is.
  const carried = layout.carried.map((column) => `, t.${quote(column)}`).join('');
  const wins = `(t.rowid IS NULL OR ${guard(dialect, layout.version, 's', 't')})`;
  return [
    `CREATE OR REPLACE TEMP TABLE "_winners" AS
SELECT s."_seq" AS "_seq", t.rowid AS "_old"${carried}
FROM ${quote(stage)} AS s LEFT JOIN ${target} AS t ON ${matches(layout, 's', 't')}
WHERE ${wins}${once === undefined ? '' : ` AND ${once}`}`,
    `DELETE FROM ${target} WHERE rowid IN (SELECT "_old" FROM "_winners" WHERE "_old" IS NOT NULL)`,
    `INSERT INTO ${target} (${list([...columns, ...layout.carried])})
SELECT ${values}${layout.carried.map((column) => `, w.${quote(column)}`).join('')}
FROM ${quote(stage)} AS s JOIN "_winners" AS w ON w."_seq" = s."_seq"`,
  ];
}

/** The tombstones of one table, after its rows: they mark what is not newer, and leave a bare row for a key never seen. */
export function mergeTombstones(
  dialect: Dialect,
  layout: Layout,
  stage: string,
  repeats: boolean,
): readonly string[] {
  const { key, name } = layout.table;
  const target = quote(name);
  const version =
    layout.version !== undefined && !key.includes(layout.version.name) ? layout.version.name : undefined;
  const once = repeats ? `\nWHERE ${lastWord(dialect, layout, stage)}` : '';
  const columns = [...key, ...(version === undefined ? [] : [version])];
  const insert = `INSERT INTO ${target}${dialect.name === 'postgres' ? ' AS t' : ''} (${list([...columns, ...SYSTEM_COLUMNS])})
SELECT ${list(columns, 's.')}, ${SYSTEM_VALUES(dialect)}, s."_deleted_at"
FROM ${quote(stage)} AS s${once}`;
  const sets = (source: string) => [
    ...(version === undefined
      ? []
      : [`${quote(version)} = coalesce(${source}.${quote(version)}, t.${quote(version)})`]),
    `"_read_at" = ${source}."_read_at"`,
    `"_deleted_at" = ${source}."_deleted_at"`,
  ];
  if (dialect.name === 'postgres') {
    const rest = ['_run_id', '_load_id', '_loaded_at'].map(
      (column) => `${quote(column)} = excluded.${quote(column)}`,
    );
    return [
      `${insert}
ON CONFLICT (${list(key)}) DO UPDATE SET
  ${[...sets('excluded'), ...rest].join(',\n  ')}
WHERE ${guard(dialect, layout.version, 'excluded', 't')}`,
    ];
  }
  const where = `${matches(layout, 's', 't')} AND (${guard(dialect, layout.version, 's', 't')})`;
  const { string, timestamp } = dialect.types;
  return [
    `UPDATE ${target} AS t SET
  ${[...sets('s'), `"_run_id" = CAST($1 AS ${string})`, `"_load_id" = CAST($2 AS ${string})`, `"_loaded_at" = CAST($3 AS ${timestamp})`].join(',\n  ')}
FROM ${quote(stage)} AS s
WHERE ${where}${once.replace('\nWHERE', ' AND')}`,
    `${insert}${once === '' ? '\nWHERE' : ' AND'} NOT EXISTS (SELECT 1 FROM ${target} AS t WHERE ${matches(layout, 's', 't')})`,
  ];
}
