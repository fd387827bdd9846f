// Compares a warehouse with what a stand-in knows to be true, whatever the vendor: rows lost, extra, doubled, old or wrongly marked.

import { feedbackId } from '../core/ids.ts';
import type { Bookmark, Connector, Context, Json, Row, Sink, Stream } from '../core/types.ts';
import type { VendorRecord } from '../sandbox/change-log.ts';
import type { StreamTruth } from './contracts/connector.ts';

/** Whose truth it is. */
export interface Known {
  readonly connector: Connector;
  /** By stream: what the warehouse must hold. A record both among the rows and the gone must be there, marked deleted, as it was last. */
  truth(stream: string): StreamTruth;
  /** Tables of which nobody can tell that a record is gone which was gone before it was ever read. Default: none. */
  readonly untold?: readonly string[];
  /** By table, then by id: the vendor's own records, whose values `raw` must hold. Default: `raw` is not looked at. */
  records?(): { readonly [table: string]: { readonly [id: string]: VendorRecord } };
  /**
   * By kind and record, `case 500…`: what was said, and by whom, from the vendor's own records; kinds that it does not name are not
   * looked at. Default: only that the words are those which the connector finds in the rows that are held.
   */
  words?(): ReadonlyMap<string, Words>;
}

export interface Words {
  readonly text: unknown;
  readonly role: string;
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
    const truth = known.truth(name);
    for (const table of Object.keys(truth.rows)) {
      const held = await rowsOf(sink, table);
      const isTold = known.untold?.includes(table) !== true;
      found.push(...compare(table, held, truth, isTold));
      found.push(...otherValues(table, held, known.records?.()[table]));
    }
  }
  return [...found, ...(await untrueWords(known, sink)), ...(await otherWords(known, sink))];
}

/** `isTold`: also of a record that was never read, somebody must have told that it is gone. */
function compare(
  table: string,
  held: readonly Row[],
  truth: StreamTruth,
  isTold: boolean,
): readonly string[] {
  const { [table]: expected = [] } = truth.rows;
  const { [table]: gone = [] } = truth.gone;
  const { [table]: unreachable = [] } = truth.unreachable ?? {};
  const keyOf = keyFor(expected[0] ?? held[0]);
  const found: string[] = [];
  const rows = new Map<string, Row>();
  for (const row of held) {
    if (rows.has(keyOf(row))) found.push(`${table} ${keyOf(row)}: twice`);
    rows.set(keyOf(row), row);
  }
  const left = new Set(gone.map(keyOf));
  const theirs = new Set([...expected, ...gone, ...unreachable].map(keyOf));
  for (const row of expected) {
    const key = keyOf(row);
    const mine = rows.get(key);
    if (mine === undefined) found.push(`${table} ${key}: lost`);
    else if (!left.has(key) && mine['_deleted_at'] !== null)
      found.push(`${table} ${key}: is marked deleted, and not there`);
    else {
      for (const [column, value] of Object.entries(row)) {
        if (canonical(mine[column]) !== canonical(value))
          found.push(`${table} ${key}: ${column} is not the vendor's`);
      }
    }
  }
  for (const key of left) {
    const mine = rows.get(key);
    if (mine === undefined ? isTold : mine['_deleted_at'] === null)
      found.push(
        `${table} ${key}: ${mine === undefined ? 'nobody told that it is gone' : 'lives here, and not there'}`,
      );
  }
  for (const key of rows.keys())
    if (!theirs.has(key)) found.push(`${table} ${key}: the vendor does not know it`);
  return found;
}

/** Fields of a record that the warehouse must hold in `raw`, and holds otherwise. */
function otherValues(
  table: string,
  held: readonly Row[],
  records: { readonly [id: string]: VendorRecord } = {},
): readonly string[] {
  return held.flatMap((row) => {
    const raw = (row['raw'] ?? {}) as { readonly [name: string]: Json };
    return Object.entries(records[String(row['id'])] ?? {})
      .filter(([name, value]) => value !== undefined && canonical(raw[name]) !== canonical(value as Json))
      .map(([name]) => `${table} ${String(row['id'])}: ${name} is not the vendor's`);
  });
}

/** What was said by the vendor's own records, and is told otherwise. */
async function otherWords(known: Known, sink: Sink): Promise<readonly string[]> {
  if (known.words === undefined) return [];
  const expected = new Map(known.words());
  const kinds = new Set([...expected.keys()].map((name) => name.split(' ')[0]));
  const found: string[] = [];
  for (const row of await rowsOf(sink, 'feedback')) {
    if (row['source'] !== known.connector.name || row['_deleted_at'] !== null) continue;
    if (!kinds.has(String(row['kind']))) continue;
    const name = `${String(row['kind'])} ${String(row['record_id'])}`;
    const words = expected.get(name);
    if (words === undefined) found.push(`feedback of ${name}: nobody said it, or it was taken back`);
    else if (row['text_original'] !== words.text) found.push(`feedback of ${name}: other words`);
    else if (row['author_role'] !== words.role) found.push(`feedback of ${name}: not by a ${words.role}`);
    expected.delete(name);
  }
  return [...found, ...[...expected.keys()].map((name) => `feedback of ${name}: lost`)];
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

/** What neither the warehouse holds nor a reading from this checkpoint on brings, deletions included. */
async function missedBeyond(
  known: Known,
  stream: Stream,
  checkpoint: Json,
  sink: Sink,
  context: Context,
): Promise<readonly string[]> {
  const brought = new Map<string, Row[]>();
  const told = new Map<string, Row[]>();
  const add = (to: Map<string, Row[]>, table: string, more: readonly Row[]): void =>
    void to.set(table, [...(to.get(table) ?? []), ...more]);
  await stream.tables(context);
  for await (const { rows, deletes = {} } of stream.read(checkpoint, context)) {
    for (const [table, read] of Object.entries(rows)) add(brought, table, read);
    for (const [table, tombstones] of Object.entries(deletes)) {
      add(
        told,
        table,
        tombstones.map(({ key }) => key),
      );
    }
  }
  const { rows, gone } = known.truth(stream.name);
  const found: string[] = [];
  for (const [table, expected] of Object.entries(rows)) {
    const held = await rowsOf(sink, table);
    const keyOf = keyFor(expected[0] ?? held[0]);
    const merged = new Map(held.map((row) => [keyOf(row), row]));
    for (const row of brought.get(table) ?? []) merged.set(keyOf(row), { ...row, _deleted_at: null });
    for (const key of told.get(table) ?? []) {
      const row = merged.get(keyOf(key));
      if (row !== undefined) merged.set(keyOf(key), { ...row, _deleted_at: 'told' });
    }
    const left = new Set((gone[table] ?? []).map(keyOf));
    const living = expected.filter((row) => !left.has(keyOf(row)));
    const theirs = new Set([...living.map(keyOf), ...left]);
    const both = [...merged.values()].filter((row) => theirs.has(keyOf(row)));
    const truth = { rows: { [table]: living }, gone: { [table]: gone[table] ?? [] } };
    found.push(...compare(table, both, truth, false).map((text) => `bookmark ahead: ${text}`));
  }
  return found;
}

/** Rows that no load of the ledger wrote, and words that are not exactly those of the rows. */
async function untrueWords({ connector, truth }: Known, sink: Sink): Promise<readonly string[]> {
  const found: string[] = [];
  const loads = new Set((await rowsOf(sink, '_pipeline_loads')).map((row) => row['load_id']));
  const trace = (table: string, rows: readonly Row[]): void => {
    const strangers = rows.filter((row) => !loads.has(row['_load_id'])).length;
    if (strangers > 0) found.push(`${table}: ${strangers} rows of loads that the ledger does not know`);
  };
  const said = new Set<string>();
  for (const stream of connector.streams) {
    const { rows, gone } = truth(stream.name);
    for (const table of new Set([...Object.keys(rows), ...Object.keys(gone)])) {
      const held = await rowsOf(sink, table);
      trace(table, held);
      for (const row of held) {
        if (row['_deleted_at'] !== null) continue;
        for (const { source, kind, nativeId } of stream.feedback?.(table, row) ?? [])
          said.add(feedbackId(source, kind, nativeId));
      }
    }
  }
  const words = (await rowsOf(sink, 'feedback')).filter((row) => row['source'] === connector.name);
  trace('feedback', words);
  const heard = new Set<string>();
  const seen = new Set<string>();
  for (const row of words) {
    const id = String(row['feedback_id']);
    if (seen.has(id)) found.push(`feedback ${id}: twice`);
    seen.add(id);
    if (row['_deleted_at'] !== null) continue;
    heard.add(id);
    if (!said.has(id)) found.push(`feedback ${id}: nobody said it`);
  }
  for (const id of said) if (!heard.has(id)) found.push(`feedback ${id}: lost`);
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
  for (const { name } of known.connector.streams) {
    const { rows, gone, unreachable = {} } = known.truth(name);
    for (const table of new Set([...Object.keys(rows), ...Object.keys(gone)])) {
      const held = await rowsOf(sink, table);
      const keyOf = keyFor(rows[table]?.[0] ?? held[0]);
      const theirs = new Set(
        [...(rows[table] ?? []), ...(gone[table] ?? []), ...(unreachable[table] ?? [])].map(keyOf),
      );
      const seen = new Set<string>();
      for (const row of held) {
        const key = keyOf(row);
        if (seen.has(key)) found.push(`${table} ${key}: twice`);
        seen.add(key);
        if (!theirs.has(key)) found.push(`${table} ${key}: the vendor does not know it`);
      }
    }
  }
  found.push(...(await untrueWords(known, sink)));
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
