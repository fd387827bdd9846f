// Reads a search of Intercom in the order of change, whether it compares seconds or only days.
// https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/searchconversations

import { asPipelineError } from '../../core/errors.ts';
import { asRecord, idOf, instantOf, type VendorRecord } from '../../core/mapping.ts';
import type { Context, Json, Page } from '../../core/types.ts';
import type { SpanPoint } from './checkpoints.ts';
import { type Answer, type Client, recordsOf, stuck, unexpected } from './client.ts';

/** One search. */
export interface Search {
  /** `/conversations/search` */
  readonly path: string;
  /** The name of the list in the answer. */
  readonly collection: string;
  /** The table that records which cannot be read are set aside for. */
  readonly table: string;
  readonly query?: { readonly [name: string]: string };
  /**
   * How the field `updated_at` compares. Conversations and tickets: by the second. Contacts: by calendar day in the time zone of
   * the workspace, where `>` begins with the day after the one that is named.
   */
  readonly granularity: 'second' | 'day';
  readonly perPage: number;
  /** How late a record may become searchable: so far back a caught-up search begins again. */
  readonly lookBackSeconds: number;
}

/** What one page of a search brought. */
export interface Found extends Pick<Page, 'expected' | 'caughtUpTo'> {
  readonly records: readonly VendorRecord[];
  /** Everything that changed before this second is now read. */
  readonly from: number;
}

/** The newest seconds are left to the next run: a search engine shows them in no reliable order. */
const SETTLE_SECONDS = 60;
/** The longest day a clock change makes, so that the day of an instant always begins after this long before it. */
const LONGEST_DAY_SECONDS = 25 * 3600;
/** So many pages in a row without anything new are a search that never ends. */
const STALE_PAGES = 5;
/** A page took the vendor too long to make. */
const TOO_SLOW = 504;

/**
 * Yields what changed since the span's `from`, oldest first, until everything before the span's end, or before about now, is
 * read. A record that changes meanwhile moves to the end and shows again. Only the second to go on from is kept: a cursor of
 * Intercom's lives as long as one reading, and the records of that second are read again.
 */
export async function* readSearch(
  span: SpanPoint,
  context: Context,
  client: Client,
  search: Search,
): AsyncGenerator<Found> {
  const { since = 0, until } = span;
  const now = Math.floor(context.clock.now().getTime() / 1000);
  const last = Math.min(now - SETTLE_SECONDS, (until ?? Number.POSITIVE_INFINITY) - 1);
  let from = Math.max(since, span.from - search.lookBackSeconds);
  let cursor: string | undefined;
  let refusedAt: number | undefined;
  let reached = from;
  let perPage = search.perPage;
  let dropped = 0;
  let progress = createProgress(search.path);
  while (from <= last) {
    const answer = await askPage(client, search, rangeOf(search, from, last, until), cursor, perPage);
    if (answer === 'too slow') {
      perPage = Math.max(1, Math.floor(perPage / 2));
      continue;
    }
    if (answer.status === 400) {
      if (refusedAt === reached) throw stuck(search.path, 'a cursor that it just gave is refused again');
      context.log.warn('intercom.cursor_refused', { path: search.path, code: answer.code ?? null });
      refusedAt = reached;
      from = reached;
      cursor = undefined;
      dropped = 0;
      progress = createProgress(search.path);
      continue;
    }
    const received = recordsOf(answer.body, search.collection, search.path);
    const next = nextOf(answer.body, search.path);
    const { records, dated } = readable(received, search.table, context, { since: from, until });
    dropped += dated.length - records.length;
    if (next !== undefined) progress.check(next, dated);

    // A search may show a record with a newer time than the one it is sorted by, so the oldest of a page counts, not the newest.
    const oldest = dated.reduce((least, { second }) => Math.min(least, second), Number.POSITIVE_INFINITY);
    // A search by days has no end within this one: a full page of what changed after we began is where we stop to chase it.
    const isBeyond = search.granularity === 'day' && dated.length >= search.perPage && oldest > last;
    const ended = next === undefined || isBeyond;
    if (ended) reached = last;
    else if (dated.length > 0) reached = Math.max(reached, Math.min(oldest, last));
    const total = answer.body['total_count'];
    yield {
      records,
      from: Math.max(reached, Math.min(span.from, last)),
      // What the query holds at its end was there all the time or came to its end: all of it was read, or something is missing.
      ...(next === undefined && typeof total === 'number' ? { expected: Math.max(0, total - dropped) } : {}),
      ...(ended ? caughtUp(last) : {}),
    };
    if (ended) return;
    cursor = next;
  }
}

/** What to ask for. Either reading of `>` and `<`, with and without the named second, brings all that is wanted. */
function rangeOf({ granularity }: Search, from: number, last: number, until: number | undefined): Json {
  const bound = (operator: '>' | '<', value: number) => ({ field: 'updated_at', operator, value });
  const value =
    granularity === 'second'
      ? [bound('>', Math.max(0, from - 1)), bound('<', last + 1)]
      : [
          bound('>', Math.max(0, from - LONGEST_DAY_SECONDS)),
          ...(until === undefined ? [] : [bound('<', until + LONGEST_DAY_SECONDS)]),
        ];
  return { operator: 'AND', value };
}

async function askPage(
  client: Client,
  { path, query = {} }: Search,
  range: Json,
  cursor: string | undefined,
  perPage: number,
): Promise<Answer | 'too slow'> {
  const pagination = { per_page: perPage, ...(cursor === undefined ? {} : { starting_after: cursor }) };
  const sort = { field: 'updated_at', order: 'ascending' };
  const accept = [...(cursor === undefined ? [] : [400]), ...(perPage > 1 ? [TOO_SLOW] : [])];
  try {
    const answer = await client.ask({ path, query, search: { query: range, pagination, sort }, accept });
    return answer.status === TOO_SLOW ? 'too slow' : answer;
  } catch (thrown) {
    if (perPage === 1 || asPipelineError(thrown).code !== 'http.timeout') throw thrown;
    return 'too slow';
  }
}

/** The cursor of the next page; undefined at the end. A page that promises more and does not say where is no end. */
function nextOf(body: VendorRecord, path: string): string | undefined {
  const pages = asRecord(body['pages']);
  const after = asRecord(pages?.['next'])?.['starting_after'];
  if (typeof after === 'string' && after !== '') return after;
  const [page, total] = [pages?.['page'], pages?.['total_pages']];
  const promised = typeof page === 'number' && typeof total === 'number' && page < total;
  if (promised || (after !== null && after !== undefined)) throw unexpected(path, 'no way to its next page');
  return undefined;
}

interface Dated {
  readonly id: string;
  readonly second: number;
}

/** Sets aside what is no record, and leaves out what lies outside the window; `dated` are all that could be read. */
function readable(
  received: readonly Json[],
  table: string,
  context: Context,
  window: { readonly since: number; readonly until: number | undefined },
) {
  const records: VendorRecord[] = [];
  const dated: Dated[] = [];
  for (const value of received) {
    const record = readRecord(value, table, context);
    if (record === undefined) continue;
    const second = changedAt(record);
    if (second === undefined) {
      const reason = 'The record does not tell when it changed.';
      context.reject({ table, row: value, code: 'intercom.no_time', reason });
      continue;
    }
    dated.push({ id: idOf(record['id']) ?? '', second });
    if (second >= window.since && second < (window.until ?? Number.POSITIVE_INFINITY)) records.push(record);
  }
  return { records, dated };
}

/** The record, or undefined after setting aside what has no id or is no record at all. */
export function readRecord(value: Json, table: string, context: Context): VendorRecord | undefined {
  const record = asRecord(value);
  if (record !== undefined && idOf(record['id']) !== undefined) return record;
  const [code, reason] =
    record === undefined
      ? ['intercom.no_record', 'What the list holds is no JSON object.']
      : ['intercom.no_id', 'The record has no id.'];
  context.reject({ table, row: value, code, reason });
  return undefined;
}

/** The second of a record's newest change. */
export function changedAt(record: VendorRecord): number | undefined {
  const value = record['updated_at'];
  return typeof value === 'number' && instantOf(value) !== undefined ? Math.floor(value) : undefined;
}

/** Notices cursors that come again, and pages in a row that bring nothing new, whatever their cursors say. */
function createProgress(path: string) {
  const cursors = new Set<string>();
  const recent: ReadonlySet<string>[] = [];
  let stale = 0;
  return {
    check(next: string, dated: readonly Dated[]): void {
      if (cursors.has(next)) throw stuck(path, 'the same cursor again');
      cursors.add(next);
      const page = new Set(dated.map(({ id, second }) => `${id}@${second}`));
      const isNew = [...page].some((version) => !recent.some((known) => known.has(version)));
      recent.push(page);
      if (recent.length > STALE_PAGES) recent.shift();
      stale = isNew ? 0 : stale + 1;
      if (stale === STALE_PAGES) throw stuck(path, `${STALE_PAGES} pages in a row hold nothing new`);
    },
  };
}

function caughtUp(second: number): { readonly caughtUpTo?: string } {
  const at = instantOf(second);
  return at === undefined ? {} : { caughtUpTo: at };
}
