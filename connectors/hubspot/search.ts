// Searches objects by their time of change. Every page is a question of its own, asked from where the page before ended, so that the
// search's end after 10,000 results is never met. https://developers.hubspot.com/docs/api-reference/search/guide

import type { Context, Json } from '../../core/types.ts';
import { type Client, type Question, recordsOf, stuck } from './client.ts';
import type { Kind } from './kinds.ts';
import { idOf, type VendorRecord } from './mapping.ts';
import { changedAt } from './properties.ts';

/** Everything that changed before `from` is read, and of what changed in it the ids up to `tie`. */
export interface Place {
  readonly from: number;
  readonly tie?: string;
}

export interface FoundPage {
  /** As they came; what is no record is among them. */
  readonly records: readonly Json[];
  readonly place: Place;
  readonly ended: boolean;
}

const PAGE_SIZE = 200;
/** So many pages in a row that bring nothing, each promising more, are a search that never ends. */
const EMPTY_PAGES = 20;

/**
 * Yields what changed from a place up to and including the millisecond `to`. Records of the last millisecond of a page are asked for
 * again, because more may share it; where a whole page shares one millisecond, that millisecond is read in the order of ids.
 */
export async function* search(
  client: Client,
  kind: Kind,
  start: Place,
  range: { readonly to: number; readonly asked: readonly string[] },
  context: Context,
): AsyncGenerator<FoundPage> {
  const { to, asked } = range;
  const question = { family: 'objects', path: `${kind.name}/search` } as const;
  let place = start;
  let idle = 0;
  // Of the last page: the records of the millisecond that is asked for again.
  let edge: ReadonlySet<string> = new Set();
  while (place.from <= to) {
    const { from, tie } = place;
    const changed = kind.changed;
    const filters =
      tie === undefined
        ? [
            { propertyName: changed, operator: 'GTE', value: String(from) },
            { propertyName: changed, operator: 'LTE', value: String(to) },
          ]
        : [
            { propertyName: changed, operator: 'EQ', value: String(from) },
            { propertyName: 'hs_object_id', operator: 'GT', value: tie },
          ];
    const sortBy = tie === undefined ? changed : 'hs_object_id';
    const { total, records } = await ask(client, question, {
      filterGroups: [{ filters }],
      sorts: [{ propertyName: sortBy, direction: 'ASCENDING' }],
      properties: asked,
      limit: PAGE_SIZE,
    });
    const ended = total === undefined ? records.length < PAGE_SIZE : records.length >= total;
    const known = edge;
    const fresh = known.size === 0 ? records : records.filter((record) => !known.has(idIn(record) ?? ''));
    const next = ended
      ? { place: { from: tie === undefined ? to + 1 : from + 1 }, edge: new Set<string>() }
      : advance(kind, records, place, to, question);
    if (next === undefined || (fresh.length === 0 && !ended)) {
      idle += 1;
      if (idle === EMPTY_PAGES) throw stuck(question, `${EMPTY_PAGES} pages in a row brought nothing`);
    } else idle = 0;
    if (next !== undefined) {
      place = next.place;
      // What was read of a millisecond before it is read in the order of ids comes again there.
      if (ended || place.tie === undefined) edge = next.edge;
      else if (tie === undefined) edge = new Set([...known, ...next.edge]);
    } else context.log.debug('hubspot.page_without_progress', { kind: kind.name });
    yield { records: fresh, place, ended: place.from > to };
  }
}

/** Where a page ends, when more follow it; undefined when none of it says anything. */
function advance(
  kind: Kind,
  records: readonly Json[],
  { from, tie }: Place,
  to: number,
  question: Question,
): { readonly place: Place; readonly edge: ReadonlySet<string> } | undefined {
  const read = records.flatMap((record) => {
    const id = idIn(record);
    const ms = id === undefined ? undefined : changedAt(kind, record as VendorRecord);
    return id === undefined || ms === undefined ? [] : [{ id, ms }];
  });
  if (tie !== undefined) {
    const ids = read.map(({ id }) => id).filter((id) => /^\d+$/.test(id));
    const last = ids.reduce((most, id) => (BigInt(id) > BigInt(most) ? id : most), tie);
    return last === tie ? undefined : { place: { from, tie: last }, edge: new Set() };
  }
  // A record that changed after the search found it shows its new time, which lies beyond the range: it says nothing of the order.
  const ordered = read.filter(({ ms }) => ms <= to);
  let last = from;
  for (const { ms } of ordered) {
    if (ms < last) throw stuck(question, 'its results are not in the order that was asked for');
    last = ms;
  }
  if (ordered.length === 0) return undefined;
  const edge = new Set(ordered.filter(({ ms }) => ms === last).map(({ id }) => id));
  return { place: last === from ? { from, tie: '0' } : { from: last }, edge };
}

/** How many records there are, all or of a range; undefined where HubSpot does not tell. */
export async function countRecords(
  client: Client,
  kind: Kind,
  range?: { readonly from: number; readonly to: number },
): Promise<number | undefined> {
  const filters =
    range === undefined
      ? []
      : [
          { propertyName: kind.changed, operator: 'GTE', value: String(range.from) },
          { propertyName: kind.changed, operator: 'LTE', value: String(range.to) },
        ];
  const question = { family: 'objects', path: `${kind.name}/search` } as const;
  const body = { filterGroups: filters.length === 0 ? [] : [{ filters }], limit: 1 };
  return (await ask(client, question, body)).total;
}

async function ask(
  client: Client,
  question: Question,
  body: { readonly [name: string]: Json },
): Promise<{ readonly total: number | undefined; readonly records: readonly Json[] }> {
  const answer = (await client.ask({ ...question, body })).body;
  const total = answer['total'];
  return {
    total: typeof total === 'number' && Number.isInteger(total) ? total : undefined,
    records: recordsOf(answer, question),
  };
}

function idIn(value: Json): string | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? idOf((value as VendorRecord)['id'])
    : undefined;
}
