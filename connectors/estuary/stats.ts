// How many documents and bytes each task and collection moved, by day. Buckets change until their day is over, and shortly after.
// https://docs.estuary.dev/reference/Connectors/capture-connectors/estuary/

import { PipelineError } from '../../core/errors.ts';
import { asRecord, textOf } from '../../core/mapping.ts';
import type { Context, Json, Row, Stream, Window } from '../../core/types.ts';
import { type Client, stuck, unexpected } from './client.ts';
import { readablePrefixes } from './specs.ts';
import { STATS } from './tables.ts';

const TABLE = STATS.table.name;
const DAY_MS = 86_400_000;
/** A bucket is still open today, and its day may still be counted the day after. */
const LOOK_BACK_MS = 2 * DAY_MS;
const PER_PAGE = 1000;

/** Buckets that begin before `from` are read; `at` and `name` tell where inside a reading the next page begins. */
type StatsPoint = {
  readonly from: string;
  readonly since?: string;
  readonly until?: string;
  readonly caughtUp?: true;
  readonly at?: string;
  readonly name?: string;
};

export function catalogStats(connect: (context: Context) => Client): Stream {
  return {
    name: 'catalog_stats',
    description: 'Documents and bytes by task or collection and day; the last days again with each run.',
    deletes: 'none',
    mode: 'incremental',
    tables: () => Promise.resolve([STATS.table]),
    start: ({ since, until }: Window): StatsPoint => ({
      from: (since ?? new Date(0)).toISOString(),
      ...(since === undefined ? {} : { since: since.toISOString() }),
      ...(until === undefined ? {} : { until: until.toISOString() }),
    }),
    async *read(from, context) {
      const client = connect(context);
      const { caughtUp, at, name, ...point } = pointOf(from);
      const begun = context.clock.now().toISOString();
      const end = point.until !== undefined && point.until < begun ? point.until : begun;
      const back = caughtUp === true && at === undefined ? LOOK_BACK_MS : 0;
      const floor = point.since === undefined ? 0 : Date.parse(point.since);
      const start = new Date(Math.max(floor, Date.parse(point.from) - back)).toISOString();
      const prefixes = await readablePrefixes(client);
      let position = at === undefined || name === undefined ? undefined : { at, name };
      if (start >= end) return;
      for (;;) {
        const rows = await client.rows('catalog_stats', {
          select: '*',
          grain: 'eq.daily',
          or: `(${prefixes.map((prefix) => `catalog_name.like.${quoted(`${prefix}*`)}`).join(',')})`,
          and: after(position, start, end),
          order: 'ts.asc,catalog_name.asc',
          limit: String(PER_PAGE),
        });
        const mapped = rows.map((value) => toRow(value, context)).filter((row) => row !== undefined);
        const last = mapped.at(-1);
        if (rows.length > 0 && last === undefined) throw unexpected('/catalog_stats', 'no bucket at all');
        if (last === undefined) {
          // Only an empty page is the end: the server may hand out fewer rows than it was asked for.
          yield {
            rows: {},
            checkpoint: { ...point, from: end, caughtUp: true },
            caughtUpTo: end,
          };
          return;
        }
        const next = { at: String(last['ts']), name: String(last['catalog_name']) };
        if (position !== undefined && next.at === position.at && next.name === position.name) {
          throw stuck('/catalog_stats', 'the same bucket again');
        }
        position = next;
        yield { rows: { [TABLE]: mapped }, checkpoint: { ...point, from: start, ...next } };
      }
    },
  };
}

function pointOf(checkpoint: Json): StatsPoint {
  const record = asRecord(checkpoint) ?? {};
  const time = (name: string): string | undefined => {
    const value = textOf(record, name);
    return value === null || Number.isNaN(Date.parse(value)) ? undefined : value;
  };
  const [from, since, until, at, name] = [
    time('from'),
    time('since'),
    time('until'),
    time('at'),
    textOf(record, 'name'),
  ];
  if (from === undefined) {
    throw new PipelineError(
      'config',
      'estuary.bad_checkpoint',
      'An Estuary checkpoint must hold the instant "from".',
      {
        hint: 'Reset it with `pipeline state reset`, or give it that form with `pipeline state set`.',
      },
    );
  }
  return {
    from,
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(record['caughtUp'] === true ? { caughtUp: true as const } : {}),
    ...(at === undefined || name === null ? {} : { at, name }),
  };
}

/**
 * The buckets behind a position, in the order of their beginning and name: an offset would skip rows where others are added.
 * https://docs.postgrest.org/en/stable/references/api/tables_views.html#logical-operators
 */
function after(
  position: { readonly at: string; readonly name: string } | undefined,
  start: string,
  end: string,
) {
  const inside = `ts.gte.${start},ts.lt.${end}`;
  if (position === undefined) return `(${inside})`;
  const { at, name } = position;
  return `(${inside},or(ts.gt.${at},and(ts.eq.${at},catalog_name.gt.${quoted(name)})))`;
}

/** A value in which commas, dots and brackets mean nothing. */
function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The bucket, or undefined after setting aside what is none. */
function toRow(value: Json, context: Context): Row | undefined {
  const record = asRecord(value);
  const [name, at, grain] = [
    textOf(record ?? {}, 'catalog_name'),
    textOf(record ?? {}, 'ts'),
    textOf(record ?? {}, 'grain'),
  ];
  if (
    record === undefined ||
    name === null ||
    at === null ||
    grain === null ||
    Number.isNaN(Date.parse(at))
  ) {
    const reason = 'What the list holds has no name, grain or beginning.';
    context.reject({ table: TABLE, row: value, code: 'estuary.unreadable_bucket', reason });
    return undefined;
  }
  const row = STATS.map(record);
  row['ts'] = new Date(at).toISOString();
  row['id'] = `${grain} ${row['ts']} ${name}`;
  return row;
}
