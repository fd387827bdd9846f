// The incremental exports: by cursor for tickets and users, by time for organizations and ticket events.
// https://developer.zendesk.com/documentation/ticketing/managing-tickets/using-the-incremental-export-api

import { encodeRecord, type Position, type VendorRecord, type Version } from '../change-log.ts';
import type { Reply } from '../delivery.ts';
import type { VendorRequest } from '../server.ts';
import type { BulkTickets } from './bulk.ts';
import { type ExportPlace, horizon, readCursor, writeCursor } from './place.ts';
import { error, invalidParameter } from './replies.ts';

const LARGEST_PAGE = 1000;

/** One page of a cursor export; `resource` is tickets or users. A bulk account makes its tickets itself. */
export function exportByCursor(
  place: ExportPlace,
  resource: 'tickets' | 'users',
  request: VendorRequest,
  bulk?: BulkTickets,
): Reply {
  const asked = readStart(place, request);
  if ('status' in asked) return asked;
  const perPage = readPerPage(request);
  if (perPage === undefined) return invalidParameter('per_page', 'per_page must be a number from 1 to 1000');
  const keep = (version: Version): boolean =>
    resource !== 'tickets' || isWanted(version.record, request.query);
  const { position, turn } = asked;
  if (bulk) return bulk.page(place, position, perPage);
  let found = collect(place, resource, position, perPage, keep);
  const last = found.read.at(-1);
  let after: Position = last ?? position;
  let end = found.end;
  const twist = request.fault?.kind;
  if (twist === 'duplicate-page')
    found = { ...found, kept: [...collectBefore(place, resource, position, keep), ...found.kept] };
  if (twist === 'repeated-cursor') {
    after = position;
    end = false;
  }
  if (twist === 'never-ending') {
    end = false;
    after = { at: after.at, id: after.id + 1 };
  }
  if (twist === 'empty-page') {
    found = { ...found, kept: [] };
    after = { at: position.at, id: Math.max(position.id, -1) };
    end = false;
  }
  const cursor = writeCursor(after, twist === 'empty-page' ? turn + 1 : 0);
  const link = new URL(`${place.baseUrl}/api/v2/incremental/${resource}/cursor.json`);
  for (const [name, value] of request.query)
    if (name !== 'start_time' && name !== 'cursor' && !name.startsWith('page['))
      link.searchParams.set(name, value);
  link.searchParams.set('cursor', cursor);
  const lost = twist === 'null-cursor';
  if (lost) end = false;
  const parts = [
    `"${resource}":[${found.kept.map((version) => encodeRecord(version.record)).join(',')}]`,
    ...sideload(place, resource, request, found.kept),
    `"after_url":${JSON.stringify(lost ? null : link.href)},"after_cursor":${JSON.stringify(lost ? null : cursor)},"before_url":null,"before_cursor":null,"end_of_stream":${end}`,
  ];
  return page(parts);
}

/** One page of a time-based export: ends at a whole second where it can, and the next page starts with that second again. */
export function exportByTime(
  place: ExportPlace,
  resource: 'organizations' | 'ticket_events' | 'tickets' | 'users',
  request: VendorRequest,
): Reply {
  const start = readStartTime(place, request);
  if (typeof start !== 'number') return start;
  const perPage = readPerPage(request);
  if (perPage === undefined) return invalidParameter('per_page', 'per_page must be a number from 1 to 1000');
  const from = { at: start, id: Number.NEGATIVE_INFINITY };
  const until = horizon(place);
  const rows = place.log.after(resource, from, LARGEST_PAGE + 1, until);
  let size = Math.min(perPage, rows.length, LARGEST_PAGE);
  // A page takes the rest of its last second, and more until it gets past the second it started with. Only a second with more
  // than a thousand rows defeats it: then the same page comes again and again.
  while (
    size > 0 &&
    size < Math.min(rows.length, LARGEST_PAGE) &&
    (rows[size]?.at === rows[size - 1]?.at || rows[size - 1]?.at === start)
  )
    size += 1;
  const kept = rows.slice(0, size);
  const twist = request.fault?.kind;
  const lost = twist === 'null-cursor';
  const endTime = twist === 'repeated-cursor' ? start : (kept.at(-1)?.at ?? start);
  const end = size === rows.length && twist !== 'repeated-cursor' && twist !== 'never-ending' && !lost;
  const repeated =
    twist === 'duplicate-page'
      ? place.log.after(resource, { at: 0, id: 0 }, LARGEST_PAGE, start).slice(-3)
      : [];
  const link = new URL(`${place.baseUrl}/api/v2/incremental/${resource}.json`);
  for (const [name, value] of request.query)
    if (!name.startsWith('page[')) link.searchParams.set(name, value);
  link.searchParams.set('start_time', String(endTime));
  const shown = [...repeated, ...kept].map((version) => showTimed(resource, version.record, request));
  const parts = [
    `"${resource}":[${shown.join(',')}]`,
    `"next_page":${JSON.stringify(lost ? null : link.href)},"count":${shown.length},"end_of_stream":${end},"end_time":${lost ? null : endTime}`,
  ];
  return page(parts);
}

function page(parts: readonly string[]): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: `{${parts.join(',')}}`,
  };
}

function readStart(
  place: ExportPlace,
  request: VendorRequest,
): { readonly position: Position; readonly turn: number } | Reply {
  const cursor = readParameter(request, 'cursor');
  if (cursor !== undefined) {
    const position = request.fault?.kind === 'expired-cursor' ? undefined : readCursor(cursor);
    return position
      ? { position, turn: position.turn }
      : error(400, 'InvalidCursor', 'The cursor is not valid');
  }
  const start = readStartTime(place, request);
  // Below every id: the first second is part of the export.
  return typeof start === 'number'
    ? { position: { at: start, id: Number.NEGATIVE_INFINITY }, turn: 0 }
    : start;
}

function readStartTime(place: ExportPlace, request: VendorRequest): number | Reply {
  const text = readParameter(request, 'start_time');
  if (text === undefined || !/^\d{1,12}$/.test(text))
    return invalidParameter('start_time', 'start_time must be a Unix time in seconds');
  const start = Number(text);
  if (start >= horizon(place)) {
    return error(400, 'StartTimeTooRecent', 'Too recent start_time. Use a start_time older than 60 seconds');
  }
  return start;
}

/** node-zendesk sends the word "undefined" for what it has not; the vendor takes it for absent. */
function readParameter(request: VendorRequest, name: string): string | undefined {
  const value = request.query.get(name);
  return value === null || value === '' || value === 'undefined' ? undefined : value;
}

function readPerPage(request: VendorRequest): number | undefined {
  const text = request.query.get('per_page');
  if (text === null) return LARGEST_PAGE;
  const size = Number(text);
  return Number.isInteger(size) && size >= 1 ? Math.min(size, LARGEST_PAGE) : undefined;
}

/** AI-agent tickets show only to those who ask for them; `exclude_deleted` hides the deleted. */
function isWanted(record: VendorRecord, query: URLSearchParams): boolean {
  if (query.get('exclude_deleted') === 'true' && record['status'] === 'deleted') return false;
  const scope = query.get('support_type_scope') ?? 'agent';
  return scope === 'all' || record['support_type'] === scope;
}

/** Reads a page; what a filter hides does not count, and the cursor still moves past it. */
function collect(
  place: ExportPlace,
  resource: string,
  from: Position,
  size: number,
  keep: (version: Version) => boolean,
): { readonly kept: readonly Version[]; readonly read: readonly Version[]; readonly end: boolean } {
  const rows = place.log.after(resource, from, LARGEST_PAGE * 2 + 1, horizon(place));
  const read: Version[] = [];
  const kept: Version[] = [];
  for (const row of rows) {
    if (kept.length === size) break;
    read.push(row);
    if (keep(row)) kept.push(row);
  }
  return { kept, read, end: read.length === rows.length };
}

/** The last records before a position: a page that repeats some of the page before. */
function collectBefore(
  place: ExportPlace,
  resource: string,
  position: Position,
  keep: (version: Version) => boolean,
): readonly Version[] {
  const before = place.log.after(resource, { at: 0, id: 0 }, Number.MAX_SAFE_INTEGER, position.at);
  return before.filter((row) => keep(row) && (row.at < position.at || row.id <= position.id)).slice(-3);
}

function sideload(
  place: ExportPlace,
  resource: string,
  request: VendorRequest,
  kept: readonly Version[],
): string[] {
  const wanted = (request.query.get('include') ?? '').split(',');
  if (resource !== 'tickets' || !wanted.includes('users')) return [];
  const ids = new Set<number>();
  for (const { record } of kept)
    for (const field of ['requester_id', 'submitter_id', 'assignee_id'])
      if (typeof record[field] === 'number') ids.add(record[field]);
  const users = [...ids].flatMap((id) => place.log.latest('users', id) ?? []);
  return [`"users":[${users.map((user) => encodeRecord(user.record)).join(',')}]`];
}

/** Without the sideload, an event tells only that there was a comment. */
function showTimed(resource: string, record: VendorRecord, request: VendorRequest): string {
  if (resource !== 'ticket_events' || request.query.get('include') === 'comment_events')
    return encodeRecord(record);
  const children = record['child_events'] as readonly VendorRecord[];
  const bare = children.map((child) =>
    child['event_type'] === 'Comment'
      ? {
          id: child['id'],
          via: child['via'],
          via_reference_id: null,
          comment_present: true,
          comment_public: child['public'],
          event_type: 'Comment',
        }
      : child,
  );
  return JSON.stringify({ ...record, child_events: bare });
}
