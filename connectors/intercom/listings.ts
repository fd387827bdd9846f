// Reads Intercom's whole lists, and finds what is gone by comparing one listing with the next.

import { asPipelineError } from '../../core/errors.ts';
import { asRecord, idOf, type VendorRecord } from '../../core/mapping.ts';
import type { Context, Json, Page, Tombstone } from '../../core/types.ts';
import { type Client, recordsOf, stuck, unexpected } from './client.ts';
import { readRecord } from './search.ts';

/** The ids that the warehouse holds; absent while nothing was compared, `null` where there are too many to compare. */
export type Known = readonly string[] | null;

/** More ids than this are not kept in a checkpoint: it is stored with every load. Then deletions are not told. */
export const MOST_KNOWN = 10_000;
/** So many pages in a row without a new record are a list that never ends. */
const STALE_PAGES = 3;
const PER_PAGE = 100;
/** A scroll ends for good when it is not asked for a minute, or when a request of it fails. */
const SCROLL_STARTS = 4;
const SCROLL = '/companies/scroll';
const PAGES_AHEAD = 100;
const SCROLL_WAITS_MS = [1000, 2000, 4000, 8000, 16_000, 32_000];

export interface Listed {
  readonly records: readonly VendorRecord[];
  readonly expected?: number;
}

/** The ids of a checkpoint, read back with suspicion. */
export function knownIn(checkpoint: Json): Known {
  const known = asRecord(checkpoint)?.['known'];
  if (known === null) return null;
  return Array.isArray(known) ? known.filter((one) => typeof one === 'string') : [];
}

/** Ids that grow page by page, until they are too many. */
export function createRegister(known: Known) {
  const ids = known === null ? undefined : new Set(known);
  let kept = known;
  return {
    add(records: readonly VendorRecord[]): Known {
      if (ids === undefined || kept === null) return null;
      const before = ids.size;
      for (const record of records) ids.add(idOf(record['id']) ?? '');
      if (ids.size > before) kept = ids.size > MOST_KNOWN ? null : [...ids];
      return kept;
    },
  };
}

/**
 * Reads a whole list as pages of rows, then tells what is in no list any more. Not being listed is only a suspicion (a company
 * without users is not listed either): each one is asked for, and only a 404 or a 410 makes a tombstone.
 */
export async function* readSnapshot(
  from: Json,
  context: Context,
  list: AsyncIterable<Listed>,
  spec: {
    readonly table: string;
    /** Of one record: `/articles`. */
    readonly path: string;
    toRows(records: readonly VendorRecord[]): Page['rows'];
  },
  client: Client,
): AsyncGenerator<Page> {
  const begun = context.clock.now().toISOString();
  const known = knownIn(from);
  const register = createRegister(known);
  const listed = new Set<string>();
  let kept: Known = known;
  for await (const { records, ...rest } of list) {
    kept = register.add(records);
    if (kept !== null) for (const record of records) listed.add(idOf(record['id']) ?? '');
    yield { ...rest, rows: spec.toRows(records), checkpoint: { known: kept } };
  }
  if (kept === null)
    context.log.warn('intercom.too_many_to_compare', { table: spec.table, most: MOST_KNOWN });
  const gone =
    kept === null
      ? []
      : await confirmGone(
          kept.filter((id) => !listed.has(id)),
          spec.path,
          context,
          client,
        );
  const lost = new Set(gone.map(({ key }) => key['id']));
  yield {
    rows: {},
    deletes: { [spec.table]: gone },
    expected: gone.length,
    checkpoint: { known: kept === null ? null : kept.filter((id) => !lost.has(id)) },
    caughtUpTo: begun,
  };
}

/**
 * Tombstones for those of these ids that Intercom no longer has: 404, or 410 for a contact that was merged into another. When it
 * went is not told, so the time of asking stands for it, later than any version that was read.
 */
export async function confirmGone(
  ids: readonly string[],
  path: string,
  context: Context,
  client: Client,
): Promise<readonly Tombstone[]> {
  const asked = await Promise.all(
    ids.map(async (id) => {
      const { status } = await client.ask({ path: `${path}/${encodeURIComponent(id)}`, accept: [404, 410] });
      return { id, isGone: status !== 200 };
    }),
  );
  const at = context.clock.now().toISOString();
  return asked.filter(({ isGone }) => isGone).map(({ id }) => ({ key: { id }, version: at, deletedAt: at }));
}

/**
 * A list by page number, newest change first. A page that shifts while we read repeats records; a deletion may hide one, which
 * the count then shows.
 * https://developers.intercom.com/docs/references/rest-api/api.intercom.io/articles/listarticles
 */
export async function* listByNumber(
  path: string,
  table: string,
  context: Context,
  client: Client,
): AsyncGenerator<Listed> {
  const distinct = createFreshness(path);
  let least = Number.POSITIVE_INFINITY;
  for (let page = 1; ; page++) {
    const { body } = await client.ask({ path, query: { page, per_page: PER_PAGE } });
    const received = recordsOf(body, 'data', path);
    const pages = asRecord(body['pages']);
    const totalPages = pages?.['total_pages'];
    if (typeof totalPages !== 'number') throw unexpected(path, 'no number of pages');
    if (pages?.['page'] !== page) throw stuck(path, `page ${page} was asked for and another one came`);
    const records = received.map((value) => readRecord(value, table, context)).filter(isThere);
    const total = body['total_count'];
    least = Math.min(least, typeof total === 'number' ? total : Number.POSITIVE_INFINITY);
    const ended = page >= totalPages;
    if (!ended && received.length === 0) throw stuck(path, 'an empty page promises more');
    if (!ended) distinct.check(records);
    yield { records, ...(ended && Number.isFinite(least) ? { expected: least } : {}) };
    if (ended) return;
  }
}

/**
 * All companies, by the one scroll that an app may have. Each request moves it on, so a request whose answer was lost is not
 * repeated: that would skip a page. A scroll that broke cannot be resumed, so it starts anew. It also ends when nobody asks for a
 * minute, so ten thousand companies are read before the first is handed on: loading them may take longer.
 * https://developers.intercom.com/docs/references/rest-api/api.intercom.io/companies/scrolloverallcompanies
 */
export async function* scrollCompanies(
  table: string,
  context: Context,
  client: Client,
): AsyncGenerator<Listed> {
  for (let start = 1; ; start++) {
    const distinct = createFreshness(SCROLL);
    let ahead: Listed[] = [];
    let page: VendorRecord | undefined = await openScroll(context, client);
    while (page !== undefined) {
      const received = recordsOf(page, 'data', SCROLL);
      if (received.length === 0) {
        yield* ahead;
        return;
      }
      const records = received.map((value) => readRecord(value, table, context)).filter(isThere);
      distinct.check(records);
      ahead.push({ records });
      if (ahead.length === PAGES_AHEAD) {
        yield* ahead;
        ahead = [];
      }
      const next = page['scroll_param'];
      if (typeof next !== 'string' || next === '') throw unexpected(SCROLL, 'no way to its next page');
      page = await moveScroll(next, start === SCROLL_STARTS, context, client);
    }
  }
}

/** The first page. Another scroll, somebody else's or that of a run that was stopped, ends by itself within a minute. */
async function openScroll(context: Context, client: Client): Promise<VendorRecord> {
  for (const waitMs of SCROLL_WAITS_MS) {
    const { status, body, code } = await client.ask({ path: SCROLL, accept: [400] });
    if (status === 200) return body;
    context.log.warn('intercom.scroll_taken', { code: code ?? null });
    await context.clock.sleep(waitMs, context.signal);
  }
  const { body } = await client.ask({ path: SCROLL });
  return body;
}

/** The page after; undefined when the scroll broke and may start anew. */
async function moveScroll(
  scroll: string,
  isLast: boolean,
  context: Context,
  client: Client,
): Promise<VendorRecord | undefined> {
  const accept = isLast ? [400, 404] : [400, 404, 500];
  try {
    const query = { scroll_param: scroll };
    const { status, body } = await client.ask({ path: SCROLL, query, once: true, accept });
    if (status === 200) return body;
  } catch (thrown) {
    const { kind, code } = asPipelineError(thrown);
    if (isLast || kind !== 'transient' || context.signal.aborted || code === 'http.rate_limited')
      throw thrown;
  }
  if (isLast) throw stuck(SCROLL, `the scroll broke ${SCROLL_STARTS} times`);
  context.log.warn('intercom.scroll_broke', {});
  return undefined;
}

/** Throws when pages in a row hold only records of the page before: remembering more than one page would grow with the list. */
function createFreshness(path: string) {
  let former: ReadonlySet<string> = new Set();
  let stale = 0;
  return {
    check(records: readonly VendorRecord[]): void {
      const page = new Set(records.map((record) => idOf(record['id']) ?? ''));
      const isNew = [...page].some((id) => !former.has(id));
      former = page;
      stale = isNew ? 0 : stale + 1;
      if (stale === STALE_PAGES) throw stuck(path, `${STALE_PAGES} pages in a row hold nothing new`);
    },
  };
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined;
}
