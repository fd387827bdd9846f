// Users and organizations, and the small lists that tickets point at.
// https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/

import { asRecord, idOf, type MappedTable, type VendorRecord } from '../../core/mapping.ts';
import type { Context, Json, Row, Stream, Tombstone } from '../../core/types.ts';
import { windowBounds, windowStart } from './checkpoints.ts';
import type { Client } from './client.ts';
import { readCursorExport, readTimeExport } from './exports.ts';
import { readListing } from './listings.ts';
import { instantOf, secondsOf } from './mapping.ts';
import { BRANDS, GROUPS, ORGANIZATIONS, TICKET_FIELDS, USERS } from './tables.ts';

type Connect = (context: Context) => Client;

export function users(connect: Connect): Stream {
  return {
    ...tableStream(USERS),
    name: 'users',
    description: 'End users, agents and administrators.',
    deletes: 'tombstones',
    mode: 'incremental',
    neverEmpty: true,
    start: (window) => ({ startTime: windowStart(window), ...windowBounds(window) }),
    read: (from, context) =>
      readCursorExport(from, context, connect(context), {
        path: 'incremental/users/cursor',
        bucket: 'incremental-exports-cursor',
        collection: 'users',
        table: USERS.table.name,
        query: {},
        changedAt,
        toPage: (records) => Promise.resolve(pageOf(USERS, records, (user) => user['active'] === false)),
      }),
  };
}

export function organizations(connect: Connect): Stream {
  return {
    ...tableStream(ORGANIZATIONS),
    name: 'organizations',
    description:
      "Organizations of the customers. Deleted ones vanish from the vendor's export without a word.",
    deletes: 'none',
    mode: 'incremental',
    start: (window) => ({ startTime: windowStart(window), ...windowBounds(window) }),
    read: (from, context) =>
      readTimeExport(from, context, connect(context), {
        path: 'incremental/organizations',
        bucket: 'incremental-exports/time-based',
        collection: 'organizations',
        table: ORGANIZATIONS.table.name,
        query: {},
        changedAt,
        toPage: (records) => Promise.resolve(pageOf(ORGANIZATIONS, records, () => false)),
      }),
  };
}

/** Lists that Zendesk cannot filter by change; they are small, so each run reads them whole. */
export function lists(connect: Connect): readonly Stream[] {
  const list = (
    name: string,
    mapped: MappedTable,
    description: string,
    options: { readonly counted?: boolean; readonly deletedFlag?: string } = {},
  ): Stream => ({
    ...tableStream(mapped),
    name,
    description,
    deletes: options.deletedFlag === undefined ? 'none' : 'tombstones',
    mode: 'snapshot',
    neverEmpty: true,
    start: () => ({}),
    read: (from, context) =>
      readListing(from, context, connect(context), {
        path: name,
        table: mapped.table.name,
        counted: options.counted === true,
        toPage: (records) =>
          pageOf(
            mapped,
            records,
            (record) => options.deletedFlag !== undefined && record[options.deletedFlag] === true,
          ),
      }),
  });
  return [
    list('ticket_fields', TICKET_FIELDS, 'System and custom fields of tickets, with their options.', {
      counted: true,
    }),
    list('groups', GROUPS, 'Groups of agents.', { counted: true, deletedFlag: 'deleted' }),
    list('brands', BRANDS, 'Brands of the account.', { deletedFlag: 'is_deleted' }),
  ];
}

function changedAt(record: VendorRecord): number | undefined {
  return secondsOf(record['updated_at']) ?? secondsOf(record['created_at']);
}

function tableStream(mapped: MappedTable) {
  return {
    tables: () => Promise.resolve([mapped.table]),
    remap(_table: string, value: Json): Row | undefined {
      const record = asRecord(value);
      return record === undefined || idOf(record['id']) === undefined ? undefined : mapRecord(mapped, record);
    },
  };
}

function mapRecord(mapped: MappedTable, record: VendorRecord): Row {
  const row = mapped.map(record);
  row['updated_at'] ??= row['created_at'] ?? null;
  return row;
}

function pageOf(
  mapped: MappedTable,
  records: readonly VendorRecord[],
  isGone: (record: VendorRecord) => boolean,
) {
  const { name } = mapped.table;
  const gone: Tombstone[] = [];
  const rows = records.map((record) => {
    const row = mapRecord(mapped, record);
    if (isGone(record)) {
      gone.push({
        key: { id: row['id'] },
        version: row['updated_at'] ?? null,
        deletedAt: instantOf(changedAt(record) ?? 0),
      });
    }
    return row;
  });
  return { rows: { [name]: rows }, deletes: { [name]: gone } };
}
