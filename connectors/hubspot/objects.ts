// The streams of objects: all that is there once, then what changed, with a second look at the last hour, and what was archived.

import { feedbackId } from '../../core/ids.ts';
import type { Context, Json, Page, Row, Stream, Tombstone } from '../../core/types.ts';
import { fillLinks } from './associations.ts';
import { type ObjectCheckpoint, readObjectCheckpoint, startObjects } from './checkpoints.ts';
import { type Client, recordsOf } from './client.ts';
import { UTTERANCE, wordsOf } from './feedback.ts';
import { KINDS, type Kind, MERGED_PROPERTIES } from './kinds.ts';
import { PAGE_SIZE, readList } from './listing.ts';
import { asRecord, idOf, instantOf, millisecondsOf, readRecord, type VendorRecord } from './mapping.ts';
import { changedAt, mergedInto, readProperties, type Shape, shapeOf, tableName } from './properties.ts';
import { countRecords, search } from './search.ts';

type Connect = (context: Context) => Client;

/** The search shows most changes within seconds and some much later, so that what is newer than this is read again by the next run. */
const LOOK_BACK_MS = 3_600_000;
/** Nothing newer than this is asked for: it has not reached the search, and our clock may be ahead. */
const SETTLE_MS = 10_000;
/** A list is asked for by an address, which must not grow beyond what servers take. */
const LONGEST_NAMES = 6_000;

export function objectStreams(connect: Connect): readonly Stream[] {
  return KINDS.map((kind) => objectStream(kind, connect));
}

function objectStream(kind: Kind, connect: Connect): Stream {
  // What `tables` declared, for the `read` of the same run.
  const shapes = new WeakMap<Context, Shape>();
  const definitions = new WeakMap<Context, readonly VendorRecord[]>();
  const describe = async (context: Context): Promise<Shape> => {
    const known = definitions.get(context) ?? (await readProperties(kind, connect(context)));
    definitions.set(context, known);
    const shape = shapeOf(kind, known, context);
    shapes.set(context, shape);
    return shape;
  };
  return {
    name: kind.name,
    description: kind.description,
    deletes: 'tombstones',
    mode: 'incremental',
    tables: async (context) => [(await describe(context)).table],
    start: startObjects,
    async *read(from, context) {
      const shape = shapes.get(context) ?? (await describe(context));
      yield* readObjects({ kind, shape, client: connect(context), context }, readObjectCheckpoint(from));
    },
    remap(_table, value, context) {
      const record = asRecord(value);
      if (record === undefined || idOf(record['id']) === undefined) return undefined;
      return (shapes.get(context) ?? shapeOf(kind, [], context)).map(record);
    },
    ...(UTTERANCE.has(kind.name) ? { feedback: (_table: string, row: Row) => wordsOf(kind.name, row) } : {}),
  };
}

interface Reading {
  readonly kind: Kind;
  readonly shape: Shape;
  readonly client: Client;
  readonly context: Context;
}

async function* readObjects(reading: Reading, start: ObjectCheckpoint): AsyncGenerator<Page> {
  let at = start;
  if (at.step === 'list') at = yield* listAll(reading, at);
  if (at.step === 'search') at = yield* searchChanges(reading, at);
  yield* listArchived(reading, at);
}

/** The whole list, in the order of ids. What changes meanwhile is found by the search, which begins where this began. */
async function* listAll(reading: Reading, start: ObjectCheckpoint): AsyncGenerator<Page, ObjectCheckpoint> {
  const { kind, client, context, shape } = reading;
  const whole = start.after === undefined;
  const before = whole ? await countRecords(client, kind) : undefined;
  const { after: first, ...kept } = start;
  let at: ObjectCheckpoint = { ...kept, begun: start.begun ?? context.clock.now().getTime() };
  const names = shape.asked.join();
  const inAddress = names.length <= LONGEST_NAMES;
  const question = {
    family: 'objects',
    path: kind.name,
    query: { limit: String(PAGE_SIZE), archived: 'false', ...(inAddress ? { properties: names } : {}) },
  } as const;
  for await (const { records, after } of readList(client, question, first, context)) {
    const whatIsAsked = inAddress ? records : await readBatch(reading, records);
    const page = await toPage(reading, whatIsAsked);
    if (after !== undefined) {
      yield { ...page, checkpoint: { ...at, after } };
      continue;
    }
    const { begun = at.from, ...rest } = at;
    const counted = before === undefined ? undefined : await countRecords(client, kind);
    const expected = before === undefined || counted === undefined ? undefined : Math.min(before, counted);
    at = { ...rest, step: 'search', from: Math.max(at.from, begun - LOOK_BACK_MS) };
    yield { ...page, checkpoint: at, ...(expected === undefined ? {} : { expected }) };
  }
  return at;
}

/** The same records with all their properties, where these are too many for an address. */
async function readBatch(
  { kind, client, shape }: Reading,
  records: readonly Json[],
): Promise<readonly Json[]> {
  const ids = records.map((record) => idOf(asRecord(record)?.['id']));
  const inputs = ids.filter((id) => id !== undefined).map((id) => ({ id }));
  if (inputs.length === 0) return records;
  const question = { family: 'objects', path: `${kind.name}/batch/read` } as const;
  const { body } = await client.ask({ ...question, body: { inputs, properties: shape.asked } });
  // What is no record has no id to be asked by, and is set aside as it came.
  return [...recordsOf(body, question), ...records.filter((_, i) => ids[i] === undefined)];
}

async function* searchChanges(
  reading: Reading,
  start: ObjectCheckpoint,
): AsyncGenerator<Page, ObjectCheckpoint> {
  const { kind, client, context, shape } = reading;
  const { begun = context.clock.now().getTime(), tie: _tie, ...kept } = start;
  const to = Math.min(begun - SETTLE_MS, (start.until ?? Number.POSITIVE_INFINITY) - 1);
  const first = { from: start.from, ...(start.tie === undefined ? {} : { tie: start.tie }) };
  const range = start.tie === undefined && first.from <= to ? { from: first.from, to } : undefined;
  const before = range === undefined ? undefined : await countRecords(client, kind, range);
  let expected: number | undefined;
  for await (const { records, place, ended } of search(
    client,
    kind,
    first,
    { to, asked: shape.asked },
    context,
  )) {
    const page = await toPage(reading, records, start.until);
    if (ended) {
      // What changed again meanwhile has left the range, and is no record that is missing.
      const after = before === undefined ? undefined : await countRecords(client, kind, range);
      if (before !== undefined && after !== undefined) expected = Math.min(before, after);
    }
    yield {
      ...page,
      checkpoint: { ...kept, begun, ...place },
      ...(ended && expected !== undefined ? { expected } : {}),
    };
  }
  // What the search did not yet show of the last hour is asked for again by the next run.
  const from = Math.max(start.since ?? 0, Math.min(Math.max(start.from, to + 1), begun - LOOK_BACK_MS));
  const at: ObjectCheckpoint = { ...kept, step: 'archived', begun, from };
  yield { rows: {}, checkpoint: at, caughtUpTo: instantOf(Math.max(0, to)) };
  return at;
}

/** The bin: it has neither order nor filter, so that every run reads it whole and tells what came into it since. */
async function* listArchived(reading: Reading, start: ObjectCheckpoint): AsyncGenerator<Page> {
  const { kind, client, context, shape } = reading;
  const { after: first, ...at } = start;
  const { begun = context.clock.now().getTime(), ...kept } = at;
  const question = {
    family: 'objects',
    path: kind.name,
    query: {
      limit: String(PAGE_SIZE),
      archived: 'true',
      properties: [kind.changed, ...MERGED_PROPERTIES].join(),
    },
  } as const;
  for await (const { records, after } of readList(client, question, first, context)) {
    const gone: Gone[] = [];
    for (const value of records) {
      const record = readRecord(value, tableName(kind), context);
      if (record === undefined) continue;
      const changed = changedAt(kind, record) ?? 0;
      const archived = Math.max(millisecondsOf(record['archivedAt']) ?? changed, changed);
      if (archived < start.archivedFrom || archived >= (start.until ?? Number.POSITIVE_INFINITY)) continue;
      gone.push({ id: idOf(record['id']) ?? '', at: archived });
      // Who was archived before its merger was seen takes the merged ones along: they are in no list and in no bin.
      for (const id of mergedInto(shape.map(record))) gone.push({ id, at: archived });
    }
    const checkpoint: ObjectCheckpoint =
      after !== undefined
        ? { ...at, begun, after }
        : { ...kept, step: 'search', archivedFrom: Math.max(start.archivedFrom, begun - LOOK_BACK_MS) };
    yield { rows: {}, deletes: tombstones(kind, gone), checkpoint };
  }
}

interface Gone {
  readonly id: string;
  readonly at: number;
}

/** For the records and, where they hold words, for their words. */
function tombstones(kind: Kind, gone: readonly Gone[]): { readonly [table: string]: readonly Tombstone[] } {
  const utterance = UTTERANCE.get(kind.name);
  const when = (at: number) => ({ version: instantOf(at), deletedAt: instantOf(at) });
  return {
    [tableName(kind)]: gone.map(({ id, at }) => ({ key: { id }, ...when(at) })),
    ...(utterance === undefined
      ? {}
      : {
          feedback: gone.map(({ id, at }) => ({
            key: { feedback_id: feedbackId('hubspot', utterance, id) },
            ...when(at),
          })),
        }),
  };
}

/** Rows of the records with their links; those that were merged into them are gone. Nothing from `until` on. */
async function toPage(
  { kind, shape, client, context }: Reading,
  values: readonly Json[],
  until = Number.POSITIVE_INFINITY,
): Promise<Pick<Page, 'rows' | 'deletes'>> {
  const rows: { [column: string]: Json }[] = [];
  const gone: Gone[] = [];
  for (const value of values) {
    const record = readRecord(value, tableName(kind), context);
    if (record === undefined) continue;
    const changed = changedAt(kind, record) ?? 0;
    if (changed >= until) continue;
    const row = shape.map(record);
    rows.push(row);
    for (const id of mergedInto(row)) gone.push({ id, at: changed });
  }
  await fillLinks(client, kind, rows);
  return { rows: { [tableName(kind)]: rows }, deletes: tombstones(kind, gone) };
}
