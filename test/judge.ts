// Compares a warehouse with what a stand-in knows to be true, whatever the vendor: rows lost, extra, doubled, old or wrongly marked.

import { feedbackId } from '../core/ids.ts';
import type { Bookmark, Connector, Context, Json, Row, Sink, Stream } from '../core/types.ts';
import type { StreamTruth } from './contracts/connector.ts';

/** Whose truth it is. */
export interface Known {
  readonly connector: Connector;
  /** By stream: what the warehouse must hold. */
  truth(stream: string): StreamTruth;
}

const EVERYTHING = { maxRows: 10_000_000, timeoutMs: 120_000 };

/** All rows; none where there is no such table. */
export async function rowsOf(sink: Sink, table: string): Promise<readonly Row[]> {
  const { rows } = await sink.query(`SELECT * FROM "${table}"`, EVERYTHING).catch((thrown: unknown) => {
    if ((thrown as { readonly code?: string }).code === 'query.failed') return { rows: [] };
    throw thrown;
  });
  return rows;
}

/** Lost, extra, doubled and stale rows, and deletions that are not told or not true. Empty when a run may say that it succeeded. */
export async function differences(known: Known, sink: Sink): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name } of known.connector.streams) {
    const { rows, gone } = known.truth(name);
    for (const [table, expected] of Object.entries(rows)) {
      found.push(...compare(table, await rowsOf(sink, table), expected, gone[table] ?? []));
    }
  }
  return found;
}

function compare(
  table: string,
  held: readonly Row[],
  expected: readonly Row[],
  gone: readonly Row[],
): readonly string[] {
  const keyOf = keyFor(expected[0] ?? held[0]);
  const found: string[] = [];
  const rows = new Map<string, Row>();
  for (const row of held) {
    if (rows.has(keyOf(row))) found.push(`${table} ${keyOf(row)}: twice`);
    rows.set(keyOf(row), row);
  }
  const left = new Set(gone.map(keyOf));
  const here = new Set(expected.map(keyOf));
  for (const row of expected) {
    const key = keyOf(row);
    const mine = rows.get(key);
    if (left.has(key)) continue;
    if (mine === undefined) found.push(`${table} ${key}: lost`);
    else if (mine['_deleted_at'] !== null) found.push(`${table} ${key}: is marked deleted, and not there`);
    else {
      for (const [column, value] of Object.entries(row)) {
        if (canonical(mine[column]) !== canonical(value))
          found.push(`${table} ${key}: ${column} is not the vendor's`);
      }
    }
  }
  for (const [key, row] of rows) {
    if (left.has(key) && row['_deleted_at'] === null)
      found.push(`${table} ${key}: lives here, and not there`);
    if (!left.has(key) && !here.has(key)) found.push(`${table} ${key}: the vendor does not know it`);
  }
  return found;
}

/** One text for the columns of a key; most tables have `id` alone. */
function keyFor(sample: Row | undefined): (row: Row) => string {
  const columns = ['object_type', 'pipeline_id', 'id'].filter(
    (column) => column === 'id' || (sample !== undefined && column in sample),
  );
  return (row) => columns.map((column) => String(row[column] ?? '')).join('/');
}

const LONELY = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** JSON with its keys in order, instants as milliseconds, decimals without idle zeros, and of a text what every warehouse can hold. */
function canonical(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${canonical(entry)}`).join(',')}}`;
  }
  if (typeof value !== 'string') return JSON.stringify(value ?? null);
  if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d[\d:.]*(Z|[+-]\d\d:\d\d)$/.test(value)) return String(Date.parse(value));
  if (/^-?\d+(\.\d+)?$/.test(value)) return value.includes('.') ? value.replace(/\.?0+$/, '') : value;
  return JSON.stringify(value.replaceAll('\u0000', '').replace(LONELY, '\ufffd'));
}

/** What neither the warehouse holds nor a reading from this checkpoint on brings. */
async function missedBeyond(
  known: Known,
  stream: Stream,
  checkpoint: Json,
  sink: Sink,
  context: Context,
): Promise<readonly string[]> {
  const brought = new Map<string, Row[]>();
  await stream.tables(context);
  for await (const { rows } of stream.read(checkpoint, context)) {
    for (const [table, read] of Object.entries(rows))
      brought.set(table, [...(brought.get(table) ?? []), ...read]);
  }
  const { rows, gone } = known.truth(stream.name);
  const found: string[] = [];
  for (const [table, expected] of Object.entries(rows)) {
    const held = await rowsOf(sink, table);
    const keyOf = keyFor(expected[0] ?? held[0]);
    const merged = new Map(held.map((row) => [keyOf(row), row]));
    for (const row of brought.get(table) ?? []) merged.set(keyOf(row), { ...row, _deleted_at: null });
    const left = new Set((gone[table] ?? []).map(keyOf));
    const living = expected.filter((row) => !left.has(keyOf(row)));
    const theirs = new Set(living.map(keyOf));
    const both = [...merged.values()].filter((row) => theirs.has(keyOf(row)));
    found.push(...compare(table, both, living, []).map((text) => `bookmark ahead: ${text}`));
  }
  return found;
}

/** The ledger keeps a checkpoint as text. */
function asJson(value: Json | undefined): Json {
  return typeof value === 'string' ? (JSON.parse(value) as Json) : (value ?? null);
}

/**
 * What must hold at any instant, also right after a kill: no key twice, no row that the vendor never had, every row written by a
 * load of the ledger, the words exactly those of the rows, and no bookmark ahead: whoever reads on from it gets all that is missing.
 */
export async function brokenPromises(
  known: Known,
  sink: Sink,
  bookmarks: readonly Bookmark[],
  context: () => Context,
): Promise<readonly string[]> {
  const found: string[] = [];
  const ledger = new Map((await rowsOf(sink, '_pipeline_loads')).map((row) => [String(row['load_id']), row]));
  const said = new Set<string>();
  for (const stream of known.connector.streams) {
    const { rows, gone } = known.truth(stream.name);
    for (const table of new Set([...Object.keys(rows), ...Object.keys(gone)])) {
      const held = await rowsOf(sink, table);
      const keyOf = keyFor(rows[table]?.[0] ?? held[0]);
      const theirs = new Set([...(rows[table] ?? []), ...(gone[table] ?? [])].map(keyOf));
      const seen = new Set<string>();
      for (const row of held) {
        const key = keyOf(row);
        if (seen.has(key)) found.push(`${table} ${key}: twice`);
        seen.add(key);
        if (!theirs.has(key)) found.push(`${table} ${key}: the vendor does not know it`);
        if (!ledger.has(String(row['_load_id'])))
          found.push(`${table} ${key}: of a load that the ledger does not know`);
        if (row['_deleted_at'] !== null) continue;
        for (const { source, kind, nativeId } of stream.feedback?.(table, row) ?? [])
          said.add(feedbackId(source, kind, nativeId));
      }
    }
  }
  const heard = new Set<string>();
  for (const row of await rowsOf(sink, 'feedback')) {
    const id = String(row['feedback_id']);
    if (heard.has(id)) found.push(`feedback ${id}: twice`);
    heard.add(id);
    if (row['_deleted_at'] === null && !said.has(id)) found.push(`feedback ${id}: nobody said it`);
    if (row['_deleted_at'] !== null) heard.delete(id);
  }
  for (const id of said) if (!heard.has(id)) found.push(`feedback ${id}: lost`);
  for (const { lane, loadId, checkpoint } of bookmarks) {
    if (loadId === null) continue;
    const load = ledger.get(loadId);
    if (load?.['lane'] !== lane)
      found.push(`the bookmark of ${lane} names a load that the warehouse does not have`);
    // Committed with the rows, the load's own checkpoint cannot be ahead of them.
    else if (canonical(asJson(load['checkpoint'])) !== canonical(checkpoint)) {
      const stream = known.connector.streams.find(({ name }) => lane === `${known.connector.name}/${name}`);
      if (stream !== undefined)
        found.push(...(await missedBeyond(known, stream, checkpoint, sink, context())));
    }
  }
  return found;
}
