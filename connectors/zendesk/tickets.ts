// Tickets: the cursor export, custom fields as columns, deleted tickets as tombstones, and the customer's first words.
// https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/#incremental-ticket-export-cursor-based

import { feedbackId } from '../../core/ids.ts';
import { asRecord, idOf, type MappedTable, textOf, type VendorRecord } from '../../core/mapping.ts';
import type { AuthorRole, Context, Feedback, Json, Row, Stream, Tombstone } from '../../core/types.ts';
import { type Authors, createAuthors } from './authors.ts';
import { windowBounds, windowStart } from './checkpoints.ts';
import type { Client } from './client.ts';
import { type CustomColumns, customColumns, readTicketFields } from './custom-fields.ts';
import { readCursorExport } from './exports.ts';
import { instantOf, secondsOf, senderName } from './mapping.ts';
import { TICKETS } from './tables.ts';

const TABLE = TICKETS.table.name;

export function tickets(connect: (context: Context) => Client): Stream {
  // What `tables` declared, for the `read` of the same run.
  const declared = new WeakMap<Context, Mapper>();
  const described = new WeakMap<Context, readonly VendorRecord[]>();

  async function describe(context: Context): Promise<Mapper> {
    const definitions = described.get(context) ?? (await readTicketFields(context, connect(context)));
    described.set(context, definitions);
    const mapper = createMapper(definitions, context);
    declared.set(context, mapper);
    return mapper;
  }

  return {
    name: 'tickets',
    description: 'Tickets, archived and deleted ones included, whenever anything about them changes.',
    deletes: 'tombstones',
    mode: 'incremental',
    async tables(context) {
      const { mapped } = await describe(context);
      return [mapped.table];
    },
    start: (window) => ({ startTime: windowStart(window), ...windowBounds(window) }),
    async *read(from, context) {
      const client = connect(context);
      const mapper = declared.get(context) ?? (await describe(context));
      const authors = createAuthors(context, client);
      yield* readCursorExport(from, context, client, {
        path: 'incremental/tickets/cursor',
        bucket: 'incremental-exports/tickets-cursor',
        collection: 'tickets',
        table: TABLE,
        query: {},
        // Without it the tickets of AI agents are missing.
        optionalQuery: { support_type_scope: 'all' },
        changedAt,
        async toPage(records) {
          await authors.learn(foreignSubmitters(records));
          const rows: Row[] = [];
          const gone: Tombstone[] = [];
          const silenced: Tombstone[] = [];
          for (const record of records) {
            rows.push(mapTicket(record, mapper, authors));
            if (record['status'] !== 'deleted') continue;
            const version = changedAt(record) ?? null;
            const deletedAt = instantOf(version ?? 0);
            const id = idOf(record['id']) ?? '';
            gone.push({ key: { id }, version, deletedAt });
            silenced.push({
              key: { feedback_id: feedbackId('zendesk', 'ticket', id) },
              version: deletedAt,
              deletedAt,
            });
          }
          return { rows: { [TABLE]: rows }, deletes: { [TABLE]: gone, feedback: silenced } };
        },
      });
    },
    remap(_table, record, context) {
      const ticket = asRecord(record);
      if (ticket === undefined || idOf(ticket['id']) === undefined) return undefined;
      return mapTicket(ticket, declared.get(context) ?? createMapper([], context), undefined);
    },
    feedback: (_table, row) => firstWords(row),
  };
}

/** The second that the export goes by: silent system changes move it and leave `updated_at` as it was. */
function changedAt(ticket: VendorRecord): number | undefined {
  return secondsOf(ticket['generated_timestamp']) ?? secondsOf(ticket['updated_at']);
}

/** Users who opened a ticket for somebody else. */
function foreignSubmitters(records: readonly VendorRecord[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const record of records) {
    const submitter = idOf(record['submitter_id']);
    if (submitter !== undefined && submitter !== idOf(record['requester_id'])) ids.add(submitter);
  }
  return ids;
}

interface Mapper {
  readonly mapped: MappedTable;
  readonly columns: CustomColumns;
}

function createMapper(ticketFields: readonly VendorRecord[], context: Context): Mapper {
  const columns = customColumns(ticketFields, context);
  return { mapped: TICKETS.extend(columns.fields), columns };
}

function mapTicket(record: VendorRecord, { mapped, columns }: Mapper, authors: Authors | undefined): Row {
  const row = mapped.map(withoutFields(record));
  if (typeof row['generated_timestamp'] !== 'number') row['generated_timestamp'] = changedAt(record) ?? null;
  const channel = asRecord(record['via'])?.['channel'];
  row['via_channel'] = typeof channel === 'string' ? channel : null;
  row['author_role'] = authorRole(record, authors);
  columns.fill(row, record['custom_fields']);
  return row;
}

/** `fields` repeats `custom_fields`, value for value. */
function withoutFields(record: VendorRecord): VendorRecord {
  if (record['fields'] === undefined || record['custom_fields'] === undefined) return record;
  const { fields: _repeated, ...rest } = record;
  return rest;
}

/** Who opens a ticket for somebody else is staff, unless Zendesk says otherwise. */
function authorRole(record: VendorRecord, authors: Authors | undefined): AuthorRole {
  const submitter = record['submitter_id'];
  if (submitter === -1 || submitter === '-1') return 'bot';
  if (submitter === undefined || submitter === null || submitter === record['requester_id'])
    return 'customer';
  return authors?.roleOf(idOf(submitter) ?? '') ?? 'agent';
}

function firstWords(row: Row): readonly Feedback[] {
  const text = textOf(row, 'description') ?? '';
  const title = textOf(row, 'subject');
  // A ticket without any public comment begins with an internal note.
  if (row['status'] === 'deleted' || row['is_public'] === false || (text.trim() === '' && title === null))
    return [];
  const id = String(row['id']);
  const version = row['generated_timestamp'];
  const updatedAt =
    typeof version === 'number' ? instantOf(version) : (textOf(row, 'updated_at') ?? instantOf(0));
  const role: Json = row['author_role'] ?? null;
  return [
    {
      source: 'zendesk',
      kind: 'ticket',
      nativeId: id,
      recordId: id,
      threadId: id,
      authorRole: role === 'agent' || role === 'bot' ? role : 'customer',
      authorId: textOf(row, 'submitter_id'),
      authorName: senderName(row),
      customerId: textOf(row, 'requester_id'),
      organizationId: textOf(row, 'organization_id'),
      channel: textOf(row, 'via_channel'),
      createdAt: textOf(row, 'created_at') ?? updatedAt,
      updatedAt,
      rating: null,
      title,
      text,
    },
  ];
}
