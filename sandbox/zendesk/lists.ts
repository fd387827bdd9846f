// The ordinary lists: by cursor (`page[size]`, `page[after]`) and by page number.
// https://developer.zendesk.com/api-reference/introduction/pagination

import { encodeRecord, type Version } from '../change-log.ts';
import type { Reply } from '../delivery.ts';
import { json, type VendorRequest } from '../server.ts';
import { invalidParameter } from './replies.ts';

const LARGEST_PAGE = 100;
/** Lists by page number end here; whoever wants more must use cursors. */
const DEEPEST_OFFSET = 10_000;

/** One page of a list, in the order of ids. `shown` are the records that the caller asked for and may see. */
export function listRecords(
  baseUrl: string,
  key: string,
  shown: readonly Version[],
  request: VendorRequest,
): Reply {
  const size = request.query.get('page[size]');
  return size === null
    ? listByNumber(baseUrl, key, shown, request)
    : listByCursor(baseUrl, key, shown, request, Number(size));
}

function listByCursor(
  baseUrl: string,
  key: string,
  shown: readonly Version[],
  request: VendorRequest,
  size: number,
): Reply {
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE)
    return invalidParameter('page[size]', 'page[size] must be a number from 1 to 100');
  const cursor = request.query.get('page[after]');
  const twist = request.fault?.kind;
  const from = cursor === null ? { id: Number.NEGATIVE_INFINITY, turn: 0 } : readPlace(cursor);
  if (from === undefined || (twist === 'expired-cursor' && cursor !== null))
    return invalidParameter('page[after]', 'The cursor is not valid');
  const after = from.id;
  const rest = shown.filter((version) => version.id > after);
  const isEmpty = twist === 'empty-page';
  const rows = isEmpty ? [] : rest.slice(0, size);
  const repeated = twist === 'duplicate-page' ? shown.filter((version) => version.id <= after).slice(-3) : [];
  const lost = twist === 'null-cursor';
  const more =
    rest.length > size || twist === 'repeated-cursor' || twist === 'never-ending' || lost || isEmpty;
  const stays = twist === 'repeated-cursor' && cursor !== null;
  const next = stays
    ? cursor
    : writePlace(rows.at(-1)?.id ?? Math.max(after, 0), isEmpty ? from.turn + 1 : 0);
  return page(
    key,
    [...repeated, ...rows],
    [
      `"meta":${JSON.stringify({ has_more: more, after_cursor: more && !lost ? next : null, before_cursor: rows[0] ? writePlace(rows[0].id) : null })}`,
      `"links":${JSON.stringify({ prev: null, next: more && !lost ? linkTo(baseUrl, request, 'page[after]', next) : null })}`,
    ],
  );
}

function listByNumber(
  baseUrl: string,
  key: string,
  shown: readonly Version[],
  request: VendorRequest,
): Reply {
  const number = Number(request.query.get('page') ?? '1');
  const size = Number(request.query.get('per_page') ?? LARGEST_PAGE);
  if (!Number.isInteger(number) || number < 1)
    return invalidParameter('page', 'page must be a positive number');
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE)
    return invalidParameter('per_page', 'per_page must be a number from 1 to 100');
  if (number * size > DEEPEST_OFFSET) {
    const detail = 'Offset pagination is limited to the first 10,000 records. Use cursor pagination.';
    return json(400, {
      errors: [{ code: 'InvalidPaginationDepth', title: 'Invalid pagination depth', detail }],
    });
  }
  const more = shown.length > number * size;
  return page(key, shown.slice((number - 1) * size, number * size), [
    `"next_page":${JSON.stringify(more ? linkTo(baseUrl, request, 'page', String(number + 1)) : null)}`,
    `"previous_page":${JSON.stringify(number > 1 ? linkTo(baseUrl, request, 'page', String(number - 1)) : null)}`,
    `"count":${shown.length}`,
  ]);
}

/** `{key: [records], …rest}`; the records are spliced in as they were encoded once. */
export function page(key: string, rows: readonly Version[], rest: readonly string[]): Reply {
  const records = rows.map((row) => encodeRecord(row.record)).join(',');
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `{${[`"${key}":[${records}]`, ...rest].join(',')}}`,
  };
}

/** `{key: record}`. */
export function showRecord(key: string, version: Version, status = 200): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `{"${key}":${encodeRecord(version.record)}}`,
  };
}

function linkTo(baseUrl: string, request: VendorRequest, name: string, value: string): string {
  const link = new URL(`${baseUrl}${request.path}.json`);
  for (const [known, held] of request.query) link.searchParams.set(known, held);
  link.searchParams.set(name, value);
  return link.href;
}

/** `turn` tells cursors of the same place apart, where a page moved nowhere. */
function writePlace(id: number, turn = 0): string {
  return Buffer.from(turn === 0 ? `o:${id}` : `o:${id}.${turn}`).toString('base64');
}

function readPlace(cursor: string): { readonly id: number; readonly turn: number } | undefined {
  const match = /^o:(\d+)(?:\.(\d+))?$/.exec(Buffer.from(cursor, 'base64').toString('latin1'));
  return match ? { id: Number(match[1]), turn: Number(match[2] ?? 0) } : undefined;
}
