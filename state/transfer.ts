// The whole state as JSON lines and back: for backups, for moving to another database, and across PostgreSQL's major versions.
//
// The first line names the format, each further line is one row, and the last line counts them, so that a cut file shows.
// Secrets stay behind: they are of no use without their key. Whoever held a lane, or was running, did so in the old place.

import { sql } from 'kysely';
import { PipelineError } from '../core/errors.ts';
import { chunks, type Database, type Tables, type Tx } from './schema.ts';

const FORMAT = 'pipeline-state/1';

/** Every table, with the columns that put its rows into one order; parents before children. Secrets are left out. */
const ORDER = {
  bookmarks: ['lane'],
  leases: ['lane'],
  runs: ['run_id'],
  run_streams: ['run_id', 'lane'],
  run_events: ['seq'],
  rejects: ['reject_id'],
  label_batches: ['intent'],
  label_batch_texts: ['intent', 'pack', 'position'],
  label_cache: ['key'],
  notes: ['name'],
  spend_ledger: ['id'],
  column_names: ['table_name', 'native_id'],
  audit_log: ['seq'],
} as const satisfies {
  readonly [table in Exclude<keyof Tables, 'secrets'>]: readonly (keyof Tables[table])[];
};

type TableName = keyof typeof ORDER;
const TABLE_NAMES = Object.keys(ORDER) as readonly TableName[];
const NUMBERED: readonly TableName[] = ['run_streams', 'run_events', 'rejects', 'audit_log'];
const PAGE = 500;

type StoredRow = Readonly<Record<string, string | number | boolean | null>>;

export async function* exportAll(db: Database): AsyncIterable<string> {
  yield JSON.stringify({ format: FORMAT });
  let count = 0;
  for (const table of TABLE_NAMES) {
    for await (const row of readTable(db, table)) {
      yield JSON.stringify({ table, row });
      count++;
    }
  }
  yield JSON.stringify({ rows: count });
}

/** In pages after the last key, so that a table of any size takes little memory and no long transaction. */
async function* readTable(db: Database, table: TableName): AsyncIterable<StoredRow> {
  const keys = sql.join(ORDER[table].map((column) => sql.ref(column)));
  let after: StoredRow | undefined;
  while (true) {
    const from = after;
    const where =
      from === undefined
        ? sql``
        : sql`where (${keys}) > (${sql.join(ORDER[table].map((column) => sql`${from[column]}`))})`;
    const { rows } = await sql<StoredRow>`
      select * from ${sql.table(`pipeline_state.${table}`)} ${where} order by ${keys} limit ${sql.lit(PAGE)}`.execute(
      db,
    );
    yield* rows;
    after = rows.at(-1);
    if (rows.length < PAGE) return;
  }
}

/** All lines or none. Returns the number of rows. Throws config `state.not_empty` or `state.bad_export` with the line. */
export async function importAll(db: Database, lines: AsyncIterable<string>): Promise<number> {
  return db.transaction().execute(async (tx) => {
    await requireEmpty(tx);
    let number = 0;
    let count = 0;
    let ended = false;
    let waiting: { readonly table: TableName; readonly rows: StoredRow[] } | undefined;
    const flush = async (): Promise<void> => {
      if (waiting !== undefined) await insert(tx, waiting.table, waiting.rows, number);
      waiting = undefined;
    };
    for await (const line of lines) {
      number++;
      if (line.trim() === '') continue;
      const parsed = parse(line, number);
      if (number === 1) {
        if (parsed['format'] !== FORMAT)
          throw badExport(number, `it does not begin with {"format":"${FORMAT}"}`);
      } else if (ended) {
        throw badExport(number, 'there is more after the last line');
      } else if ('rows' in parsed) {
        if (parsed['rows'] !== count)
          throw badExport(number, `it counts ${String(parsed['rows'])} rows, and ${count} were there`);
        ended = true;
      } else {
        const { table, row } = requireRow(parsed, number);
        if (waiting?.table !== table || waiting.rows.length === PAGE) await flush();
        waiting ??= { table, rows: [] };
        waiting.rows.push(row);
        count++;
      }
    }
    await flush();
    if (!ended) throw badExport(number, 'it ends before its last line');
    await settle(tx);
    return count;
  });
}

async function requireEmpty(tx: Tx): Promise<void> {
  for (const table of TABLE_NAMES) {
    const { rows } = await sql`select 1 from ${sql.table(`pipeline_state.${table}`)} limit 1`.execute(tx);
    if (rows.length > 0) {
      throw new PipelineError(
        'config',
        'state.not_empty',
        `The state already holds ${table.replace('_', ' ')}; nothing was imported.`,
        {
          hint: 'Import into a new state: another STATE_URL, or another home directory.',
        },
      );
    }
  }
}

async function insert(tx: Tx, table: TableName, rows: readonly StoredRow[], line: number): Promise<void> {
  const columns = Object.keys(rows[0] ?? {}).sort();
  for (const row of rows) {
    if (Object.keys(row).sort().join() !== columns.join())
      throw badExport(line, `rows of ${table} differ in their columns`);
  }
  for (const some of chunks(rows)) {
    const values = some.map((row) => sql`(${sql.join(columns.map((column) => sql`${row[column]}`))})`);
    await sql`insert into ${sql.table(`pipeline_state.${table}`)}
      (${sql.join(columns.map((column) => sql.ref(column)))}) values ${sql.join(values)}`
      .execute(tx)
      .catch((cause: unknown) => {
        if (cause instanceof PipelineError && cause.kind === 'transient') throw cause;
        throw badExport(line, `a row of ${table} before here does not fit its table`, cause);
      });
  }
}

/** Epochs and revisions go on from where they were; the holders do not. */
async function settle(tx: Tx): Promise<void> {
  await tx
    .updateTable('leases')
    .set({ run_id: null, host: null, pid: null, process_started_at: null, expires_at: null })
    .execute();
  await tx.updateTable('runs').set({ status: 'interrupted' }).where('status', '=', 'running').execute();
  for (const table of NUMBERED) {
    const name = `pipeline_state.${table}`;
    await sql`select setval(pg_get_serial_sequence(${name}, 'seq'), (select coalesce(max(seq), 0) + 1 from ${sql.table(name)}), false)`.execute(
      tx,
    );
  }
}

function parse(line: string, number: number): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (cause) {
    throw badExport(number, 'it is no JSON', cause);
  }
  throw badExport(number, 'it is no JSON object');
}

function requireRow(
  parsed: Readonly<Record<string, unknown>>,
  number: number,
): { table: TableName; row: StoredRow } {
  const table = TABLE_NAMES.find((name) => name === parsed['table']);
  if (table === undefined)
    throw badExport(number, `it names no table of the state (they are ${TABLE_NAMES.join(', ')})`);
  const row = parsed['row'];
  const isRow =
    typeof row === 'object' &&
    row !== null &&
    Object.values(row).every((value) => value === null || typeof value !== 'object');
  if (!isRow) throw badExport(number, 'it holds no row');
  return { table, row: row as StoredRow };
}

function badExport(line: number, problem: string, cause?: unknown): PipelineError {
  return new PipelineError(
    'config',
    'state.bad_export',
    `Line ${line} of the export: ${problem}; nothing was imported.`,
    {
      hint: 'Export again with `pipeline state export`, and import the whole file.',
      cause,
    },
  );
}
