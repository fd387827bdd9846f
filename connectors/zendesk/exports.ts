// Reads Zendesk's two kinds of incremental export: by cursor, and by time.
// https://developer.zendesk.com/documentation/ticketing/managing-tickets/using-the-incremental-export-api/

import { PipelineError } from '../../core/errors.ts';
import { asRecord, idOf, type VendorRecord } from '../../core/mapping.ts';
import type { Context, Json, Page } from '../../core/types.ts';
import {
  type CursorCheckpoint,
  cursorCheckpoint,
  newestSecond,
  type TimeCheckpoint,
  timeCheckpoint,
} from './checkpoints.ts';
import { askForPage, type Client, createPageSize, recordsOf, unexpected } from './client.ts';
import { instantOf } from './mapping.ts';

/** What differs from export to export. */
export interface Export {
  readonly path: string;
  readonly bucket: string;
  /** The name of the list in the answer. */
  readonly collection: string;
  /** The table that records which cannot be read are set aside for. */
  readonly table: string;
  readonly query: { readonly [name: string]: string };
  /** A parameter that some accounts refuse; without it the export is still good. */
  readonly optionalQuery?: { readonly [name: string]: string };
  /** Unix second of a record's change: what the window and the freshness go by. */
  changedAt(record: VendorRecord): number | undefined;
  /** The rows and tombstones of readable records. */
  toPage(records: readonly VendorRecord[]): Promise<Pick<Page, 'rows' | 'deletes'>>;
}

const PER_PAGE = 1000;
/** So many empty pages in a row, each promising more, are a stream that never ends. */
const EMPTY_PAGES = 20;
/** A cursor that the vendor no longer takes shows as one of these. */
export const REFUSED: readonly number[] = [400, 410, 422];

/**
 * Yields pages until the vendor says that there is no more, or until everything before `until` is read. Only the first request
 * carries `start_time`; a cursor that the vendor no longer takes is replaced by the newest second that was read.
 */
export async function* readCursorExport(
  from: Json,
  context: Context,
  client: Client,
  spec: Export,
): AsyncGenerator<Page> {
  let at: CursorCheckpoint = cursorCheckpoint(from);
  const { until } = at;
  const size = createPageSize(PER_PAGE);
  const seen = new Set<string>();
  let optionalQuery = spec.optionalQuery;
  let begunAgainAt: number | undefined;
  let emptyPages = 0;
  for (;;) {
    const position =
      at.cursor === undefined
        ? { start_time: Math.max(0, Math.min(at.startTime, newestSecond(context))) }
        : { cursor: at.cursor };
    const question = {
      path: spec.path,
      bucket: spec.bucket,
      query: { ...spec.query, ...optionalQuery, ...position },
      accept: optionalQuery !== undefined || at.cursor !== undefined ? REFUSED : [],
    };
    const { status, body } = await askForPage(client, question, size);
    if (status !== 200) {
      // A refused cursor comes first: without the optional parameter the export would go on and leave records out.
      if (at.cursor !== undefined && begunAgainAt !== at.startTime) {
        // Everything before this second was read; the second itself is read again.
        context.log.warn('zendesk.cursor_refused', { path: spec.path, startTime: at.startTime });
        begunAgainAt = at.startTime;
        seen.clear();
        at = { startTime: at.startTime, ...(until === undefined ? {} : { until }) };
      } else if (at.cursor === undefined && optionalQuery !== undefined) {
        context.log.warn('zendesk.parameter_refused', {
          path: spec.path,
          parameters: Object.keys(optionalQuery).join(),
        });
        optionalQuery = undefined;
      } else {
        throw stuck(spec.path, `the cursor after second ${at.startTime} is refused again and again`);
      }
      continue;
    }

    const received = recordsOf(body, spec.collection, spec.path);
    const cursor = cursorIn(body);
    const ended = typeof body['end_of_stream'] === 'boolean' ? body['end_of_stream'] : received.length === 0;
    if (!ended && cursor === undefined)
      throw unexpected(spec.path, 'neither a cursor nor the end of the stream');
    if (!ended && cursor !== undefined && seen.has(cursor)) throw stuck(spec.path, 'the same cursor again');
    if (cursor !== undefined) seen.add(cursor);
    emptyPages = received.length === 0 ? emptyPages + 1 : 0;
    if (!ended && emptyPages === EMPTY_PAGES) throw stuck(spec.path, `${EMPTY_PAGES} empty pages in a row`);

    const { records, newest, allLater } = readable(received, spec, context, until);
    // A record dated in the future must not move the second to begin again from beyond what was read.
    const startTime = Math.max(at.startTime, Math.min(newest ?? 0, newestSecond(context)));
    at = {
      startTime,
      ...(cursor === undefined ? (at.cursor === undefined ? {} : { cursor: at.cursor }) : { cursor }),
      ...(until === undefined ? {} : { until }),
    };
    yield {
      ...(await spec.toPage(records)),
      checkpoint: at,
      ...reached(newest, ended || allLater, until, context),
    };
    if (ended || allLater) return;
  }
}

/**
 * Yields pages until the vendor says that there is no more, or until everything before `until` is read. The last second of a
 * page is read again with the next one, because the vendor cuts pages by seconds; repeats have the same key and version.
 */
export async function* readTimeExport(
  from: Json,
  context: Context,
  client: Client,
  spec: Export,
): AsyncGenerator<Page> {
  let at: TimeCheckpoint = timeCheckpoint(from);
  const { until } = at;
  const size = createPageSize(PER_PAGE);
  for (;;) {
    const startTime = Math.max(0, Math.min(at.startTime, newestSecond(context)));
    const { body, asked } = await askForPage(
      client,
      { path: spec.path, bucket: spec.bucket, query: { ...spec.query, start_time: startTime } },
      size,
    );
    const received = recordsOf(body, spec.collection, spec.path);
    const { records, newest, dropped } = readable(received, spec, context, until);
    const told = body['end_time'];
    const endTime = typeof told === 'number' ? told : newest;
    const ended =
      typeof body['end_of_stream'] === 'boolean' ? body['end_of_stream'] : received.length < asked;
    if (!ended && (endTime === undefined || endTime <= at.startTime)) {
      throw stuck(
        spec.path,
        `a page of ${received.length} records ends at second ${endTime}, where it began`,
      );
    }
    // The vendor's own end moves us on; at the end of the stream it must not reach into seconds that are still being written.
    const nextTime = ended ? Math.min(endTime ?? 0, newestSecond(context)) : (endTime ?? 0);
    at = { startTime: Math.max(startTime, nextTime), ...(until === undefined ? {} : { until }) };
    const count = body['count'];
    yield {
      ...(await spec.toPage(records)),
      checkpoint: at,
      ...(typeof count === 'number' ? { expected: Math.max(0, count - dropped) } : {}),
      ...reached(newest, ended, until, context),
    };
    if (ended || (until !== undefined && at.startTime >= until)) return;
  }
}

/** How fresh we are now: at the end of the stream, also of a quiet one, everything up to the last settled second is covered. */
function reached(
  newest: number | undefined,
  ended: boolean,
  until: number | undefined,
  context: Context,
): Pick<Page, 'caughtUpTo'> {
  const second = ended ? Math.min(newestSecond(context), until ?? Number.POSITIVE_INFINITY) : newest;
  return second === undefined ? {} : { caughtUpTo: instantOf(second) };
}

/** Sets aside what is no record, leaves out what lies beyond the window, and says how far the page reaches. */
function readable(received: readonly Json[], spec: Export, context: Context, until: number | undefined) {
  const records: VendorRecord[] = [];
  let newest: number | undefined;
  let dropped = 0;
  for (const value of received) {
    const record = readRecord(value, spec.table, context);
    if (record === undefined) continue;
    const changed = spec.changedAt(record);
    if (until !== undefined && changed !== undefined && changed >= until) {
      dropped += 1;
      continue;
    }
    if (changed !== undefined && (newest === undefined || changed > newest)) newest = changed;
    records.push(record);
  }
  return { records, newest, dropped, allLater: dropped > 0 && records.length === 0 };
}

/** The record, or undefined after setting aside what has no id or is no record at all. */
export function readRecord(value: Json, table: string, context: Context): VendorRecord | undefined {
  const record = asRecord(value);
  if (record === undefined) {
    context.reject({
      table,
      row: value,
      code: 'zendesk.no_record',
      reason: 'What the list holds is no JSON object.',
    });
    return undefined;
  }
  if (idOf(record['id']) === undefined) {
    context.reject({ table, row: value, code: 'zendesk.no_id', reason: 'The record has no id.' });
    return undefined;
  }
  return record;
}

/** The cursor itself, or out of the link that some answers give instead. The link's address is never followed. */
function cursorIn(body: VendorRecord): string | undefined {
  const cursor = body['after_cursor'];
  if (typeof cursor === 'string' && cursor !== '') return cursor;
  const link = body['after_url'];
  if (typeof link !== 'string' || !URL.canParse(link)) return undefined;
  return new URL(link).searchParams.get('cursor') ?? undefined;
}

function stuck(path: string, what: string): PipelineError {
  return new PipelineError(
    'transient',
    'zendesk.stuck_page',
    `Zendesk's export /api/v2/${path} does not move on: ${what}.`,
    {
      hint: 'What was read is kept. A bulk change of more than 1000 records within one second stops a time-based export: step over that second with `pipeline state set`, or ask Zendesk.',
    },
  );
}
