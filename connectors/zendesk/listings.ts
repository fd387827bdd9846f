// Reads Zendesk's lists page by page: whole small lists, and feeds that are filtered by a span of time.
// https://developer.zendesk.com/api-reference/introduction/pagination/

import { asPipelineError, PipelineError } from '../../core/errors.ts';
import { asRecord, type VendorRecord } from '../../core/mapping.ts';
import type { Context, Json, Page } from '../../core/types.ts';
import {
  type ListCheckpoint,
  listCheckpoint,
  newestSecond,
  type SpanCheckpoint,
  spanCheckpoint,
} from './checkpoints.ts';
import { type Client, recordsOf, unexpected } from './client.ts';
import { REFUSED, readRecord } from './exports.ts';
import { instantOf, secondsOf } from './mapping.ts';

/** One list of the API. */
export interface Listing {
  /** `groups`; also the name of the list in the answer, unless `collection` tells another. */
  readonly path: string;
  readonly collection?: string;
  readonly table: string;
  /** Whether `<path>/count` exists. */
  readonly counted?: boolean;
  /** Whether accounts without it exist: a 404 then is `zendesk.not_available`. */
  readonly optional?: boolean;
  toPage(records: readonly VendorRecord[]): Pick<Page, 'rows' | 'deletes'>;
}

/** A list that only shows what was created within a span of time. */
export interface SpanListing extends Listing {
  /** The names of the parameters for the span's ends, and how many of their units make a second. */
  readonly span: { readonly start: string; readonly end: string; readonly perSecond: number };
  createdAt(record: VendorRecord): number | undefined;
}

const PAGE_SIZE = 100;
const DAY_SECONDS = 86_400;
/** Long spans end in time-outs, so a span with records in it is at most this long. */
const SPAN_SECONDS = 30 * DAY_SECONDS;
/** How long a rating may still change after it was offered: a survey stays open for 28 days. */
const LOOK_BACK_SECONDS = 30 * DAY_SECONDS;
/** A count that was made longer ago than this is one from the vendor's cache. */
const FRESH_COUNT_SECONDS = 60;

/** Yields the whole list. A resumed reading begins at the page that it stopped before, and claims no count. */
export async function* readListing(
  from: Json,
  context: Context,
  client: Client,
  listing: Listing,
): AsyncGenerator<Page> {
  let { next } = listCheckpoint(from);
  const whole = next === undefined;
  const before = whole ? await countRecords(listing, context, client) : undefined;
  const seen = new Set<string>();
  let refused: string | undefined;
  const begunAt = instantOf(Math.floor(context.clock.now().getTime() / 1000));
  for (;;) {
    const answer = await askList(client, listing, {}, next);
    if (answer === 'refused') {
      context.log.warn('zendesk.cursor_refused', { path: listing.path });
      if (next === refused) throw circle(listing.path);
      refused = next;
      next = undefined;
      seen.clear();
      continue;
    }
    const records = readRecords(answer.records, listing, context);
    next = answer.next;
    if (next === undefined) {
      const after = before === undefined ? undefined : await countRecords(listing, context, client);
      const expected = before === undefined || after === undefined ? undefined : Math.min(before, after);
      yield {
        ...listing.toPage(records),
        checkpoint: {} satisfies ListCheckpoint,
        caughtUpTo: begunAt,
        ...(expected === undefined ? {} : { expected }),
      };
      return;
    }
    remember(seen, next, listing.path);
    yield { ...listing.toPage(records), checkpoint: { next } satisfies ListCheckpoint };
  }
}

/**
 * Yields what was created since the checkpoint, span by span, and once caught up reads the last days again, because ratings
 * change after they were created. Empty spans grow, so that years without a rating cost a few requests.
 * Throws `zendesk.not_available` where the account has no such feature.
 */
export async function* readSpans(
  from: Json,
  context: Context,
  client: Client,
  listing: SpanListing,
): AsyncGenerator<Page> {
  const at: SpanCheckpoint = spanCheckpoint(from);
  const bounds = at.until === undefined ? {} : { until: at.until };
  const limit = Math.min(at.until ?? Number.POSITIVE_INFINITY, newestSecond(context));
  const { start: startName, end: endName, perSecond } = listing.span;
  const resumes = at.next !== undefined && at.to !== undefined;
  let start = at.lookBack === true && !resumes ? Math.max(0, at.from - LOOK_BACK_SECONDS) : at.from;
  let { next } = resumes ? at : { next: undefined };
  let width = SPAN_SECONDS;
  while (start < limit) {
    const to = next !== undefined && at.to !== undefined ? at.to : Math.min(start + width, limit);
    const query = { [startName]: start * perSecond, [endName]: to * perSecond };
    const seen = new Set<string>();
    let refused: string | undefined;
    let empty = true;
    for (;;) {
      const answer = await askList(client, listing, query, next);
      if (answer === 'refused') {
        context.log.warn('zendesk.cursor_refused', { path: listing.path });
        if (next === refused) throw circle(listing.path);
        refused = next;
        next = undefined;
        seen.clear();
        continue;
      }
      const records = readRecords(answer.records, listing, context).filter((record) => {
        const created = listing.createdAt(record);
        return at.until === undefined || created === undefined || created < at.until;
      });
      empty &&= answer.records.length === 0;
      next = answer.next;
      if (next !== undefined) {
        remember(seen, next, listing.path);
        yield {
          ...listing.toPage(records),
          checkpoint: { from: start, to, next, ...bounds } satisfies SpanCheckpoint,
        };
        continue;
      }
      const lookBack = to >= limit;
      const checkpoint: SpanCheckpoint = { from: to, ...(lookBack ? { lookBack } : {}), ...bounds };
      yield { ...listing.toPage(records), checkpoint, caughtUpTo: instantOf(to) };
      break;
    }
    start = to;
    width = empty ? width * 2 : SPAN_SECONDS;
  }
}

/** One page of a list, and the query of the page after it; `refused` when the vendor no longer knows the page. */
export async function askList(
  client: Client,
  listing: Listing,
  query: { readonly [name: string]: string | number },
  next: string | undefined,
): Promise<{ readonly records: readonly Json[]; readonly next: string | undefined } | 'refused'> {
  const { status, body } = await client.ask({
    path: listing.path,
    bucket: listing.path,
    query:
      next === undefined
        ? { ...query, 'page[size]': PAGE_SIZE }
        : Object.fromEntries(new URLSearchParams(next)),
    accept: [...(listing.optional === true ? [404] : []), ...(next === undefined ? [] : REFUSED)],
  });
  if (REFUSED.includes(status)) return 'refused';
  if (status === 404) {
    throw new PipelineError(
      'config',
      'zendesk.not_available',
      `This Zendesk account has no /api/v2/${listing.path}.`,
      {
        status,
        hint: 'An account has either the older satisfaction ratings or the newer surveys, and some plans have neither.',
      },
    );
  }
  const records = recordsOf(body, listing.collection ?? listing.path, listing.path);
  return { records, next: nextQuery(body, listing, query, records.length) };
}

/**
 * The query of the next page. Of a link only the query is used, and only when it stays on the same list: an answer must not be
 * able to send our token to another address.
 */
function nextQuery(
  body: VendorRecord,
  { path }: Listing,
  query: { readonly [name: string]: string | number },
  received: number,
): string | undefined {
  const meta = asRecord(body['meta']);
  if (meta?.['has_more'] === false) return undefined;
  const after = meta?.['after_cursor'];
  if (typeof after === 'string' && after !== '' && (meta?.['has_more'] === true || received > 0)) {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) parameters.set(name, String(value));
    parameters.set('page[size]', String(PAGE_SIZE));
    parameters.set('page[after]', after);
    return parameters.toString();
  }
  const link = asRecord(body['links'])?.['next'] ?? body['next_page'];
  if (typeof link === 'string' && URL.canParse(link)) {
    const { pathname, search } = new URL(link);
    if (!pathname.replace(/\.json$/, '').endsWith(`/api/v2/${path}`))
      throw unexpected(path, 'a link to another list');
    return search.slice(1);
  }
  if (meta?.['has_more'] === true) throw unexpected(path, 'no way to its next page');
  return undefined;
}

function remember(seen: Set<string>, next: string, path: string): void {
  if (seen.has(next)) throw circle(path);
  seen.add(next);
}

function circle(path: string): PipelineError {
  return new PipelineError(
    'transient',
    'zendesk.stuck_page',
    `The pages of Zendesk's list /api/v2/${path} go in a circle.`,
    {
      hint: 'Run again; what was read is kept. If it repeats, ask Zendesk.',
    },
  );
}

function readRecords(values: readonly Json[], listing: Listing, context: Context): readonly VendorRecord[] {
  return values
    .map((value) => readRecord(value, listing.table, context))
    .filter((record) => record !== undefined);
}

/** How many records the list has; undefined where the vendor does not tell, or tells what it counted earlier. */
async function countRecords(listing: Listing, context: Context, client: Client): Promise<number | undefined> {
  if (listing.counted !== true) return undefined;
  try {
    const accept = [400, 403, 404, 405, 422, 500, 501, 502, 503];
    const { status, body } = await client.ask({
      path: `${listing.path}/count`,
      bucket: listing.path,
      query: {},
      accept,
    });
    const count = status === 200 ? asRecord(body['count']) : undefined;
    const value = count?.['value'];
    const refreshed = secondsOf(count?.['refreshed_at']);
    const fresh =
      refreshed !== undefined && refreshed >= context.clock.now().getTime() / 1000 - FRESH_COUNT_SECONDS;
    return fresh && typeof value === 'number' ? value : undefined;
  } catch (thrown) {
    // A list is complete without its count; only an interruption and wrong credentials stop the reading.
    const error = asPipelineError(thrown);
    if (context.signal.aborted || error.kind === 'config' || error.kind === 'bug') throw error;
    context.log.warn('zendesk.count_failed', { path: listing.path, code: error.code });
    return undefined;
  }
}
