// Answers searches as Intercom does: nested filters, compared by the second or only by the day, sorted and paged by a cursor.

import type { VendorRecord, Version } from '../change-log.ts';
import type { Reply } from '../delivery.ts';
import type { Fault } from '../faults.ts';
import { json } from '../server.ts';
import { errorList } from './replies.ts';

const MOST_FILTERS = 15;
const DAY = 86_400;
const DATES = new Set(['created_at', 'updated_at']);

export interface SearchPlace {
  /** The list in the answer, and the type of the answer. */
  readonly collection: string;
  readonly type: string;
  readonly granularity: 'second' | 'day';
  /** Whether `>` and `<` also hold for the very value, as the table of operators says of conversations. */
  readonly inclusive: boolean;
  /** Where the workspace's day begins, as seconds after midnight UTC. */
  readonly dayStartsAt: number;
  readonly largestPage: number;
  readonly defaultPage: number;
  readonly records: () => readonly Version[];
  /** What the last search found, for its next page; `state` changes with the records. */
  readonly memory: Map<string, readonly Found[]>;
  readonly state: string;
  show(record: VendorRecord): VendorRecord;
}

type Filter = { readonly field?: unknown; readonly operator?: unknown; readonly value?: unknown };

/** The answer to one search request. */
export function search(body: string, fault: Fault | undefined, place: SearchPlace): Reply {
  let request: VendorRecord;
  try {
    request = JSON.parse(body) as VendorRecord;
  } catch {
    return errorList(400, 'bad_request', 'The request body is no JSON');
  }
  const problem = problemOf(request['query'] as Filter, place, 1);
  if (problem !== undefined) return errorList(400, 'invalid_query', problem);
  const sort = (request['sort'] ?? {}) as { readonly field?: string; readonly order?: string };
  const order = sort.order ?? 'descending';
  if (order !== 'ascending' && order !== 'descending') {
    return errorList(
      400,
      'invalid_sort_order',
      `Invalid sort order '${order}'. Must be one of: ascending, descending`,
    );
  }
  const pagination = (request['pagination'] ?? {}) as VendorRecord;
  const asked = Number(pagination['per_page'] ?? place.defaultPage);
  if (!Number.isInteger(asked) || asked < 1 || asked > 150) {
    return errorList(400, 'parameter_invalid', 'per_page must be between 1 and 150');
  }
  const after = readCursor(pagination['starting_after']);
  if (after === 'invalid' || (after !== undefined && fault?.kind === 'expired-cursor'))
    return errorList(400, 'parameter_invalid', 'starting_after is invalid');

  const field = sort.field ?? 'updated_at';
  const way = order === 'ascending' ? 1 : -1;
  const compare = (a: Place, b: Place): number => way * (a.value - b.value || a.id - b.id);
  const placeOf = ({ id, record }: Version): Place => ({ id, value: Number(record[field] ?? 0) });
  const find = (): readonly Found[] =>
    place
      .records()
      .filter(({ record }) => matches(request['query'] as Filter, record, place))
      .map((version) => ({ version, at: placeOf(version) }))
      .sort((a, b) => compare(a.at, b.at));
  const key = `${place.collection} ${place.state} ${JSON.stringify([request['query'], sort])}`;
  const matching = place.memory.get(key) ?? find();
  place.memory.clear();
  place.memory.set(key, matching);
  const size = Math.min(asked, place.largestPage);
  const rest = after === undefined ? matching : matching.filter(({ at }) => compare(at, after) > 0);
  let page = rest.slice(0, size);
  const last = page.at(-1)?.at ?? after ?? { value: 0, id: 0 };
  const number = (after?.page ?? 1) + 1;
  let next = rest.length > size ? writeCursor({ ...last, page: number }) : undefined;
  if (fault?.kind === 'duplicate-page' && after !== undefined) {
    const before = matching.filter(({ at }) => compare(at, after) <= 0).slice(-3);
    page = [...before, ...page];
  }
  if (fault?.kind === 'repeated-cursor')
    next = String(pagination['starting_after'] ?? writeCursor({ ...last, page: 2 }));
  if (fault?.kind === 'never-ending' && next === undefined) {
    if (after !== undefined && rest.length === 0) page = [];
    next = writeCursor({ ...last, page: number });
  }
  if (fault?.kind === 'empty-page' && rest.length > 0) {
    page = [];
    next = writeCursor({ ...(after ?? { value: 0, id: 0 }), page: number });
  }
  return json(200, {
    type: place.type,
    pages: {
      type: 'pages',
      page: after?.page ?? 1,
      per_page: size,
      total_pages: Math.ceil(matching.length / size),
      ...(next === undefined
        ? {}
        : {
            next: {
              page: number,
              per_page: size,
              starting_after: fault?.kind === 'null-cursor' ? null : next,
            },
          }),
    },
    total_count: matching.length,
    [place.collection]: page.map(({ version }) => place.show(version.record)),
  });
}

export interface Found {
  readonly version: Version;
  readonly at: Place;
}

interface Place {
  readonly value: number;
  readonly id: number;
}

function writeCursor({ value, id, page }: Place & { readonly page: number }): string {
  return Buffer.from(JSON.stringify([value * 1000, id, page])).toString('base64');
}

export function readCursor(text: unknown): (Place & { readonly page: number }) | undefined | 'invalid' {
  if (text === undefined || text === null || text === '') return undefined;
  try {
    const [value, id, page] = JSON.parse(Buffer.from(String(text), 'base64').toString()) as readonly number[];
    if (value === undefined || id === undefined || page === undefined) return 'invalid';
    return { value: value / 1000, id, page };
  } catch {
    return 'invalid';
  }
}

function problemOf(filter: Filter | undefined, place: SearchPlace, depth: number): string | undefined {
  if (filter === undefined || filter === null) return 'query is required';
  if (Array.isArray(filter.value) && (filter.operator === 'AND' || filter.operator === 'OR')) {
    if (depth > 2) return 'There is a limit of max 2 nested filters';
    if (filter.value.length > MOST_FILTERS)
      return `There is a limit of max ${MOST_FILTERS} filters for each group`;
    for (const inner of filter.value as readonly Filter[]) {
      const problem = problemOf(inner, place, depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  const { field, operator, value } = filter;
  if (typeof field !== 'string' || typeof operator !== 'string') return 'a filter needs field and operator';
  if (DATES.has(field)) {
    const allowed = place.granularity === 'day' ? ['=', '>', '<'] : ['=', '!=', '>', '<', 'IN', 'NIN'];
    if (!allowed.includes(operator)) return `Operator ${operator} is not supported on date field ${field}`;
    if (!Number.isFinite(Number(value))) return `${field} accepts a date`;
  }
  return undefined;
}

function matches(filter: Filter, record: VendorRecord, place: SearchPlace): boolean {
  if (Array.isArray(filter.value) && filter.operator === 'AND')
    return (filter.value as readonly Filter[]).every((inner) => matches(inner, record, place));
  if (Array.isArray(filter.value) && filter.operator === 'OR')
    return (filter.value as readonly Filter[]).some((inner) => matches(inner, record, place));
  const held = record[String(filter.field)];
  if (!DATES.has(String(filter.field))) {
    const same = String(held) === String(filter.value);
    return filter.operator === '!=' ? !same : same;
  }
  const dayOf = (second: number): number => Math.floor((second - place.dayStartsAt) / DAY);
  const scale = place.granularity === 'day' ? dayOf : (second: number): number => second;
  const [has, named] = [scale(Number(held)), scale(Number(filter.value))];
  const inclusive = place.granularity === 'second' && place.inclusive;
  switch (filter.operator) {
    case '>':
      return has > named || (inclusive && has === named);
    case '<':
      return has < named || (inclusive && has === named);
    case '!=':
      return has !== named;
    default:
      return has === named;
  }
}
