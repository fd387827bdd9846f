// The search: filters, one sort, a hard end after 10,000 results, and an index that lags behind the records.
// https://developers.hubspot.com/docs/api-reference/search/guide

import type { VendorRecord, Version } from '../change-log.ts';
import type { Reply } from '../delivery.ts';
import type { Fault } from '../faults.ts';
import { json } from '../server.ts';
import { type ObjectPlace, show } from './objects.ts';
import { invalid, refuse } from './replies.ts';
import { changedProperty, type ObjectType } from './schema.ts';
import type { Stored } from './world.ts';

const MOST_RESULTS = 10_000;
const LARGEST_PAGE = 200;
const MOST_GROUPS = 5;

interface Filter {
  readonly propertyName: string;
  readonly operator: string;
  readonly value?: string;
  readonly highValue?: string;
}

/** POST /crm/v3/objects/{type}/search. `now` is when it is asked; what changed within `lagMs` before it does not show. */
export function searchObjects(
  place: ObjectPlace & { readonly now: number; readonly lagMs: number },
  type: ObjectType,
  body: VendorRecord,
  fault: Fault | undefined,
): Reply {
  const groups = (body['filterGroups'] ?? []) as readonly { readonly filters: readonly Filter[] }[];
  const sorts = (body['sorts'] ?? []) as readonly (
    | string
    | { readonly propertyName: string; readonly direction?: string }
  )[];
  const limit = Number(body['limit'] ?? 10);
  const after = Number(body['after'] ?? 0);
  if (!Number.isInteger(limit) || limit < 0 || limit > LARGEST_PAGE)
    return invalid(`Limit must be between 1 and ${LARGEST_PAGE}`);
  if (groups.length > MOST_GROUPS) return invalid(`The maximum number of filter groups is ${MOST_GROUPS}`);
  if (sorts.length > 1) return invalid('Only one sort is supported');
  if (!Number.isInteger(after) || after < 0) return invalid('The after cursor is not valid');
  if (after + limit > MOST_RESULTS)
    return invalid(`Paging beyond ${MOST_RESULTS} results is not supported: after ${after}, limit ${limit}`);
  const changed = changedProperty(type);
  const filters = groups.flatMap((group) => group.filters);
  const fromEpoch = filters.some(({ propertyName, value }) => propertyName === changed && Number(value) <= 0);
  if (fromEpoch) return refuse(500, 'internal error', 'INTERNAL_ERROR');

  const twist = fault?.kind;
  const wanted = twist === 'repeated-cursor' ? groups.map(withoutLowerEnd) : groups;
  const { log, shownFrom } = place.world;
  // The log is in the order of change, so that a search by time looks only at its own part of it.
  const lowest = Math.min(
    ...wanted.map((group) => lowerEnd(group.filters, changed)),
    Number.POSITIVE_INFINITY,
  );
  const start = { at: Number.isFinite(lowest) ? lowest - 1 : 0, id: Number.POSITIVE_INFINITY };
  const found = log
    .after(type, start, Number.POSITIVE_INFINITY, place.now - place.lagMs)
    .filter(
      (version) =>
        (version.record as unknown as Stored).gone === undefined &&
        shownFrom(type, version.id) <= place.now &&
        (wanted.length === 0 ||
          wanted.some((group) => group.filters.every((filter) => matches(version, filter, changed)))),
    );
  const sort = sorts[0];
  const sortBy = typeof sort === 'string' ? sort : (sort?.propertyName ?? changed);
  const ordered =
    sortBy === changed
      ? found
      : sortBy === 'hs_object_id'
        ? found.toSorted((a, b) => a.id - b.id)
        : found.toSorted((a, b) => compare(propertyOf(a, sortBy), propertyOf(b, sortBy)));
  if (typeof sort === 'object' && sort.direction === 'DESCENDING') ordered.reverse();
  const size = Math.min(limit, place.mostPerPage);
  const rows = twist === 'empty-page' ? [] : ordered.slice(after, after + size);
  const total = ordered.length + (twist === 'never-ending' ? 1 : 0);
  const next = String(after + rows.length);
  const asked = Array.isArray(body['properties']) ? (body['properties'] as readonly string[]) : [];
  return json(200, {
    total,
    results: rows.map((one) => show(type, one, asked)),
    ...(after + rows.length < total ? { paging: { next: { after: next, link: `?after=${next}` } } } : {}),
  });
}

function withoutLowerEnd(group: { readonly filters: readonly Filter[] }) {
  return { filters: group.filters.filter(({ operator }) => operator !== 'GTE' && operator !== 'GT') };
}

function lowerEnd(filters: readonly Filter[], changed: string): number {
  const ends = filters
    .filter(
      ({ propertyName, operator }) => propertyName === changed && /^(GT|GTE|EQ|BETWEEN)$/.test(operator),
    )
    .map(({ value }) => Number(value));
  return ends.length === 0 ? Number.NEGATIVE_INFINITY : Math.max(...ends);
}

function propertyOf({ record }: Version, property: string): string | null {
  return (record as unknown as Stored).properties[property] ?? null;
}

/** Times are compared as milliseconds, numbers as numbers, and all else as text; nothing comes before everything. */
function compare(a: string | null, b: string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  const [x, y] = [measure(a), measure(b)];
  if (Number.isNaN(x) || Number.isNaN(y)) return a < b ? -1 : a > b ? 1 : 0;
  return x - y;
}

function measure(value: string): number {
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : Date.parse(value);
}

function matches(version: Version, filter: Filter, changed: string): boolean {
  const { propertyName, operator, value = '', highValue = '' } = filter;
  // The two properties that every search by time asks for are at hand as numbers.
  const known =
    propertyName === changed ? version.at : propertyName === 'hs_object_id' ? version.id : undefined;
  const held = known === undefined ? propertyOf(version, propertyName) : String(known);
  if (operator === 'HAS_PROPERTY') return held !== null;
  if (operator === 'NOT_HAS_PROPERTY') return held === null;
  if (held === null) return operator === 'NEQ';
  const order = known === undefined ? compare(held, value) : known - Number(value);
  switch (operator) {
    case 'EQ':
      return order === 0;
    case 'NEQ':
      return order !== 0;
    case 'GT':
      return order > 0;
    case 'GTE':
      return order >= 0;
    case 'LT':
      return order < 0;
    case 'LTE':
      return order <= 0;
    case 'BETWEEN':
      return order >= 0 && compare(held, highValue) <= 0;
    default:
      return false;
  }
}
