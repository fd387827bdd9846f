// Reads Vercel's lists page by page, by both kinds of cursor: a time, and a token that says nothing.
// https://vercel.com/docs/rest-api#pagination

import type { Context, Json } from '../../core/types.ts';
import { type Client, recordsOf, stuck, unexpected } from './client.ts';
import { asRecord, millisecondsOf, textOf } from './mapping.ts';

export interface Listing {
  readonly path: string;
  /** The name of the list in the answer. */
  readonly collection: string;
  /** The parameter that takes the cursor: `until` or `from`. */
  readonly cursor: string;
  readonly idName: string;
  /** The time, in the record, that the list is ordered by. */
  readonly orderedBy: string;
  readonly query: { readonly [name: string]: string };
}

export interface ListPage {
  /** As they came, without those that came on the page before; what is no record is among them. */
  readonly records: readonly Json[];
  /** How many the vendor says there are among them; undefined where it does not tell. */
  readonly count: number | undefined;
  /** The cursor of the page to go on with; undefined at the end. */
  readonly next: string | undefined;
}

const PAGE_SIZE = 100;
const EMPTY_PAGES = 20;

/** Yields the pages of a list from a cursor on. A token that Vercel no longer knows makes it begin again, once. */
export async function* readList(
  client: Client,
  listing: Listing,
  start: string | undefined,
  context: Context,
): AsyncGenerator<ListPage> {
  const { path, collection, idName } = listing;
  const seen = new Set<string>();
  let cursor = start;
  let begunAgain = false;
  let emptyPages = 0;
  let before: ReadonlySet<string> = new Set();
  for (;;) {
    const { status, body } = await client.ask({
      path,
      query: {
        ...listing.query,
        limit: String(PAGE_SIZE),
        ...(cursor === undefined ? {} : { [listing.cursor]: cursor }),
      },
      accept: cursor === undefined ? [] : [400],
    });
    if (status === 400) {
      if (begunAgain) throw stuck(path, 'its pages are refused again and again');
      context.log.warn('vercel.cursor_refused', { path });
      begunAgain = true;
      cursor = undefined;
      seen.clear();
      continue;
    }
    const received = recordsOf(body, collection, path);
    const pagination = asRecord(body['pagination']);
    const told = pagination?.['next'];
    // Only a null is the end: an answer without a word on what follows is none that we know.
    if (told === undefined || (told !== null && textOf(told) === undefined))
      throw unexpected(path, 'no way to its next page, and no end');
    const next = told === null ? undefined : overlapping(told, received, listing);
    if (next !== undefined && received.length > 0) {
      if (next === cursor || seen.has(next))
        throw stuck(path, 'its pages go in a circle, or a whole page shares one millisecond');
      seen.add(next);
    }
    // A page that holds nothing may also leave a time where it was: it is asked for again, and not for ever.
    emptyPages = next !== undefined && received.length === 0 ? emptyPages + 1 : 0;
    if (emptyPages === EMPTY_PAGES) throw stuck(path, `${EMPTY_PAGES} empty pages in a row`);
    const idIn = (value: Json): string | undefined => textOf(asRecord(value)?.[idName]);
    const known = before;
    const records = received.filter((value) => !known.has(idIn(value) ?? ''));
    const count = millisecondsOf(pagination?.['count']);
    yield {
      records,
      count: count === undefined ? undefined : count - (received.length - records.length),
      next,
    };
    if (next === undefined) return;
    if (received.length > 0) before = new Set(received.map(idIn).filter((id) => id !== undefined));
    cursor = next;
  }
}

/**
 * A time moves by one millisecond back to what was read: several records may share the millisecond at the edge of a page, and
 * nothing says whether the vendor's end is included. A token is passed on as it is.
 */
function overlapping(told: Json, received: readonly Json[], { orderedBy }: Listing): string | undefined {
  if (typeof told !== 'number') return textOf(told);
  const times = received
    .map((value) => millisecondsOf(asRecord(value)?.[orderedBy]))
    .filter((ms) => ms !== undefined);
  const first = times[0];
  if (first === undefined) return String(told);
  return String(told <= first ? told + 1 : told - 1);
}
