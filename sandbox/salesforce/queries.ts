// GET /query and /queryAll: pages of records, with links to next pages that end when too many are open.
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm

import type { Reply } from '../delivery.ts';
import { json, type VendorRequest } from '../server.ts';
import type { Org } from './org.ts';
import { refuse } from './replies.ts';
import { asRest, prepare, QueryRefused, run } from './results.ts';

export interface QueryPlace {
  readonly org: Org;
  readonly version: string;
  /** The newest second that queries show; undefined shows everything. */
  readonly until: number | undefined;
}

export interface Queries {
  answer(request: VendorRequest, everything: boolean, place: QueryPlace): Reply;
  /** GET /query/{locator}. */
  more(locator: string, place: QueryPlace): Reply;
}

/** A user has so many open cursors; a new one ends the oldest. https://help.salesforce.com/s/articleView?id=000385236 */
const OPEN_CURSORS = 10;
const DUPLICATED = 5;

/** `pageRows` is what a page holds at most: the vendor sends 2,000, and fewer where records are wide. */
export function createQueries(pageRows: number): Queries {
  const cursors = new Map<string, { readonly rows: readonly object[]; readonly path: string }>();
  const served = new Map<string, readonly object[]>();
  let opened = 0;

  function page(
    rows: readonly object[],
    from: number,
    cursor: string,
    place: QueryPlace,
    path: string,
  ): Reply {
    const records = rows.slice(from, from + pageRows);
    const next = from + records.length;
    const more = next < rows.length;
    if (!more) cursors.delete(cursor);
    const nextRecordsUrl = `/services/data/v${place.version}/${path}/${cursor}-${next}`;
    return json(200, { totalSize: rows.length, done: !more, ...(more ? { nextRecordsUrl } : {}), records });
  }

  function open(rows: readonly object[], path: string): string {
    opened += 1;
    const cursor = `0r8000000000${String(opened).padStart(6, '0')}`;
    cursors.set(cursor, { rows, path });
    const oldest = cursors.keys().next().value;
    if (cursors.size > OPEN_CURSORS && oldest !== undefined) cursors.delete(oldest);
    return cursor;
  }

  return {
    answer(request, everything, place) {
      const { org, version, until } = place;
      const soql = request.query.get('q') ?? '';
      if (request.pathAndQuery.length > 16_384) return refuse(414, 'URI_TOO_LONG', 'The URI is too long');
      try {
        const prepared = prepare(org, soql);
        const found = run(org, prepared, { everything, until });
        if (prepared.query.counts) return json(200, { totalSize: found.length, done: true, records: [] });
        const rows = found.map(asRest(org, prepared, version));
        const path = everything ? 'queryAll' : 'query';
        const before = served.get(prepared.plan.name) ?? [];
        const kind = request.fault?.kind;
        if (kind === 'null-cursor') {
          const records = rows.slice(0, pageRows);
          return json(200, { totalSize: rows.length, done: false, nextRecordsUrl: null, records });
        }
        if (kind === 'never-ending' || kind === 'empty-page' || kind === 'repeated-cursor') {
          const records =
            kind !== 'repeated-cursor' ? [] : before.length > 0 ? before : rows.slice(0, pageRows);
          if (records.length > 0) served.set(prepared.plan.name, records);
          const nextRecordsUrl = `/services/data/v${version}/${path}/0r8-same-0`;
          return json(200, { totalSize: rows.length + 1, done: false, nextRecordsUrl, records });
        }
        served.set(prepared.plan.name, rows.slice(0, pageRows));
        const all = kind === 'duplicate-page' ? [...before.slice(-DUPLICATED), ...rows] : rows;
        return page(all, 0, all.length > pageRows ? open(all, path) : '', place, path);
      } catch (error) {
        if (error instanceof QueryRefused) return refuse(400, error.code, error.message);
        throw error;
      }
    },
    more(locator, place) {
      const [cursor = '', from] = locator.split('-');
      const found = cursors.get(cursor);
      if (found === undefined || !/^\d+$/.test(from ?? '')) {
        return refuse(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
      }
      return page(found.rows, Number(from), cursor, place, found.path);
    },
  };
}
