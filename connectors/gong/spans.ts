// Reads calls span by span, by the time that Gong filters them by, and again over the last days, because calls come late and change.

import { PipelineError } from '../../core/errors.ts';
import { asRecord, idOf, type VendorRecord } from '../../core/mapping.ts';
import type { Context, Json, Page, Window } from '../../core/types.ts';
import { type Client, createProgress, stuck } from './client.ts';

/**
 * Everything that Gong showed of calls before `from` is read. Inside a span, `to` is its end and `next` the vendor's cursor.
 * `caughtUp` means that the present was reached, so that the days before `from` are to be looked at again.
 */
export type SpanPoint = {
  readonly from: string;
  readonly since?: string;
  readonly until?: string;
  readonly caughtUp?: true;
  readonly to?: string;
  readonly next?: string;
};

export interface FoundCalls extends Pick<Page, 'expected' | 'caughtUpTo'> {
  readonly calls: readonly VendorRecord[];
  readonly point: SpanPoint;
}

const PATH = '/v2/calls/extensive';
export const DAY_MS = 86_400_000;
/** Long spans are cut, so that a cursor that is lost costs little. Empty ones grow: years without a call cost a few requests. */
const SPAN_MS = 30 * DAY_MS;
/** What is asked for with each call: who took part, and which account it belongs to. */
const CONTENT: Json = { context: 'Basic', exposedFields: { parties: true } };

export function startOf(window: Window): SpanPoint {
  const since = window.since === undefined ? undefined : isoOf(window.since.getTime());
  return {
    from: since ?? isoOf(0),
    ...(since === undefined ? {} : { since }),
    ...(window.until === undefined ? {} : { until: isoOf(window.until.getTime()) }),
  };
}

/** Throws config `gong.bad_checkpoint`. */
export function pointOf(checkpoint: Json): SpanPoint {
  const record = asRecord(checkpoint) ?? {};
  const time = (name: string): string | undefined => {
    const value = record[name];
    return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined;
  };
  const [from, since, until, to] = ['from', 'since', 'until', 'to'].map(time);
  const { next } = record;
  if (from === undefined) {
    throw new PipelineError(
      'config',
      'gong.bad_checkpoint',
      'A Gong checkpoint must hold the instant "from".',
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
    ...(to !== undefined && typeof next === 'string' ? { to, next } : {}),
  };
}

/**
 * Calls since the point, then those of the last days again. The filter goes by the scheduled time of a web conference and by the
 * start of every other call; the start is included, the end is not. There is no filter by change.
 */
export async function* readCalls(
  point: SpanPoint,
  table: string,
  context: Context,
  client: Client,
): AsyncGenerator<FoundCalls> {
  const { since, until } = point;
  const ends = { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
  const now = Math.floor(context.clock.now().getTime() / 1000) * 1000;
  const limit = Math.min(now, until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until));
  const floor = since === undefined ? 0 : Date.parse(since);
  let next = point.next;
  const resumesTo = next === undefined || point.to === undefined ? undefined : Date.parse(point.to);
  const back = point.caughtUp === true && next === undefined ? client.settings.lookBackDays * DAY_MS : 0;
  let start = Math.max(floor, Date.parse(point.from) - back);
  let width = SPAN_MS;
  let to = resumesTo ?? Math.min(start + width, limit);
  while (start < to) {
    const span = { from: isoOf(start), to: isoOf(to) };
    let progress = createProgress(PATH);
    let whole = next === undefined;
    let least = Number.POSITIVE_INFINITY;
    let empty = true;
    let refused = false;
    for (;;) {
      const filter = { fromDateTime: span.from, toDateTime: span.to };
      const answer = await client.ask({
        path: PATH,
        body: { filter, contentSelector: CONTENT },
        collection: 'calls',
        cursor: next,
      });
      if (answer.refused) {
        // How long a cursor lives is not told: the span is read again from its beginning.
        if (refused) throw stuck(PATH, 'a cursor that it just gave is refused again');
        context.log.warn('gong.cursor_refused', { path: PATH });
        refused = true;
        whole = true;
        next = undefined;
        progress = createProgress(PATH);
        continue;
      }
      const calls = readable(answer.records, table, context);
      least = Math.min(least, answer.total ?? Number.POSITIVE_INFINITY);
      empty &&= answer.records.length === 0;
      next = answer.cursor;
      if (next !== undefined) {
        progress.check(next, calls.map(callId));
        yield { calls, point: { ...ends, ...span, next } };
        continue;
      }
      const ended = to >= limit;
      yield {
        calls,
        point: { ...ends, from: span.to, ...(ended ? { caughtUp: true as const } : {}) },
        ...(whole && Number.isFinite(least) ? { expected: least } : {}),
        caughtUpTo: span.to,
      };
      break;
    }
    start = to;
    width = empty ? width * 2 : SPAN_MS;
    to = Math.min(start + width, limit);
  }
}

/** These calls as they are now; those that are gone are left out. */
export async function callsById(
  ids: readonly string[],
  table: string,
  context: Context,
  client: Client,
): Promise<readonly VendorRecord[]> {
  const found: VendorRecord[] = [];
  const progress = createProgress(PATH);
  let cursor: string | undefined;
  for (;;) {
    const body = { filter: { callIds: ids }, contentSelector: CONTENT };
    const answer = await client.ask({ path: PATH, body, collection: 'calls', cursor });
    if (answer.refused) throw stuck(PATH, 'a cursor that it just gave is refused');
    const calls = readable(answer.records, table, context);
    found.push(...calls);
    cursor = answer.cursor;
    if (cursor === undefined) return found;
    progress.check(cursor, calls.map(callId));
  }
}

/** Sets aside what is no call. */
function readable(records: readonly Json[], table: string, context: Context): readonly VendorRecord[] {
  return records.flatMap((value) => {
    const about = asRecord(asRecord(value)?.['metaData']);
    if (about !== undefined && idOf(about['id']) !== undefined) return [value as VendorRecord];
    const [code, reason] = ['gong.no_id', 'The call has no id.'];
    context.reject({ table, row: value, code, reason });
    return [];
  });
}

export function callId(call: VendorRecord): string {
  return idOf(asRecord(call['metaData'])?.['id']) ?? '';
}

/** As Gong writes instants, with milliseconds only where there are any. */
export function isoOf(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
