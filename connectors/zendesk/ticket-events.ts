// Ticket events with their comments: the time-based export, one call for a thousand updates instead of one for each ticket.
// https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/#incremental-ticket-event-export

import { feedbackId } from '../../core/ids.ts';
import { asRecord, idOf, recordsIn, textOf, type VendorRecord } from '../../core/mapping.ts';
import type { Context, Feedback, Json, Row, Stream, Tombstone } from '../../core/types.ts';
import { type Authors, createAuthors } from './authors.ts';
import { windowBounds, windowStart } from './checkpoints.ts';
import type { Client } from './client.ts';
import { readTimeExport } from './exports.ts';
import { instantOf, secondsOf, senderName } from './mapping.ts';
import { TICKET_COMMENTS, TICKET_EVENTS } from './tables.ts';

const EVENTS = TICKET_EVENTS.table.name;
const COMMENTS = TICKET_COMMENTS.table.name;
const COMMENT_TYPES: ReadonlySet<Json | undefined> = new Set(['Comment', 'VoiceComment']);

export function ticketEvents(connect: (context: Context) => Client): Stream {
  return {
    name: 'ticket_events',
    description: 'Every update of every ticket, and the comments that came with it.',
    deletes: 'tombstones',
    mode: 'incremental',
    tables: () => Promise.resolve([TICKET_EVENTS.table, TICKET_COMMENTS.table]),
    start: (window) => ({ startTime: windowStart(window), ...windowBounds(window) }),
    read(from, context) {
      const client = connect(context);
      const authors = createAuthors(context, client);
      return readTimeExport(from, context, client, {
        path: 'incremental/ticket_events',
        bucket: 'incremental-exports/time-based',
        collection: 'ticket_events',
        table: EVENTS,
        // Without it the export only says that there was a comment.
        query: { include: 'comment_events' },
        changedAt,
        toPage: (records) => toPage(records, authors, context),
      });
    },
    remap(table, record) {
      const event = asRecord(record);
      if (event === undefined || idOf(event['id']) === undefined) return undefined;
      return table === EVENTS ? mapEvent(event) : TICKET_COMMENTS.map(event);
    },
    feedback: (table, row) => (table === COMMENTS ? words(row) : []),
  };
}

function changedAt(event: VendorRecord): number | undefined {
  return secondsOf(event['timestamp']) ?? secondsOf(event['created_at']);
}

async function toPage(records: readonly VendorRecord[], authors: Authors, context: Context) {
  const rows: Row[] = [];
  const comments: {
    readonly event: VendorRecord;
    readonly child: VendorRecord;
    readonly isFirst: boolean;
  }[] = [];
  const silenced: Tombstone[] = [];
  const writers = new Set<string>();
  for (const event of records) {
    rows.push(mapEvent(event));
    const children = recordsIn(event['child_events']);
    const creates = children.some((child) => child['event_type'] === 'Create');
    let isFirst = creates;
    for (const child of children) {
      if (isComment(child)) {
        if (idOf(child['id']) === undefined) {
          context.reject({
            table: COMMENTS,
            row: child,
            code: 'zendesk.no_id',
            reason: 'The comment has no id.',
          });
          continue;
        }
        comments.push({ event, child, isFirst });
        isFirst = false;
        const author = idOf(child['author_id']);
        if (author !== undefined) writers.add(author);
      }
      const silencedId = silencedBy(event, child);
      if (silencedId !== undefined) {
        const deletedAt = instantOf(changedAt(event) ?? 0);
        silenced.push({ key: { feedback_id: silencedId }, version: deletedAt, deletedAt });
      }
    }
  }
  await authors.learn(writers);
  const commentRows = comments.map(({ event, child, isFirst }) => mapComment(event, child, isFirst, authors));
  return { rows: { [EVENTS]: rows, [COMMENTS]: commentRows }, deletes: { feedback: silenced } };
}

/** Without the sideload a comment event holds no words, and then it is no comment. */
function isComment(child: VendorRecord): boolean {
  const isOne = COMMENT_TYPES.has(child['event_type']) || COMMENT_TYPES.has(child['type']);
  return isOne && (child['body'] !== undefined || child['html_body'] !== undefined);
}

/** The utterance that this event takes out of what counts: of a deleted ticket, or of a comment that was made an internal note. */
function silencedBy(event: VendorRecord, child: VendorRecord): string | undefined {
  if (child['event_type'] === 'Delete') {
    const ticket = idOf(event['ticket_id']);
    return ticket === undefined ? undefined : feedbackId('zendesk', 'ticket', ticket);
  }
  if (child['event_type'] === 'CommentPrivacyChange' && child['public'] === false) {
    const comment = idOf(child['comment_id']);
    return comment === undefined ? undefined : feedbackId('zendesk', 'comment', comment);
  }
  return undefined;
}

function mapEvent(event: VendorRecord): Row {
  const row = TICKET_EVENTS.map(event);
  const second = changedAt(event);
  if (typeof row['timestamp'] !== 'number') row['timestamp'] = second ?? null;
  if (row['created_at'] === null && second !== undefined) row['created_at'] = instantOf(second);
  return row;
}

function mapComment(event: VendorRecord, child: VendorRecord, isFirst: boolean, authors: Authors): Row {
  const row = TICKET_COMMENTS.map(child);
  const via = child['via'] ?? event['via'];
  const channel = asRecord(via)?.['channel'] ?? via;
  const second = changedAt(event);
  row['type'] ??= 'Comment';
  row['audit_id'] ??= idOf(event['id']) ?? null;
  row['created_at'] ??= second === undefined ? null : instantOf(second);
  row['ticket_id'] = idOf(event['ticket_id']) ?? null;
  row['via_channel'] = typeof channel === 'string' ? channel : null;
  row['is_description'] = isFirst;
  row['author_role'] = authors.roleOf(idOf(row['author_id']) ?? '');
  return row;
}

/** Public comments are what was said in the conversation; the first one is the ticket's description, which the ticket tells. */
function words(row: Row): readonly Feedback[] {
  const plain = textOf(row, 'body') ?? textOf(row, 'plain_body');
  const text = plain ?? textOf(row, 'html_body');
  const id = textOf(row, 'id');
  const ticket = textOf(row, 'ticket_id');
  if (row['public'] !== true || row['is_description'] === true) return [];
  if (id === null || ticket === null || text === null || text.trim() === '') return [];
  const role = row['author_role'];
  const author = textOf(row, 'author_id');
  // Only people erased for good are unknown, and those are customers: agents become end users before they can be erased.
  const isCustomer = role !== 'agent' && role !== 'bot';
  const createdAt = textOf(row, 'created_at') ?? instantOf(0);
  return [
    {
      source: 'zendesk',
      kind: 'comment',
      nativeId: id,
      recordId: id,
      threadId: ticket,
      authorRole: isCustomer ? 'customer' : role,
      authorId: author,
      authorName: senderName(row),
      customerId: isCustomer ? author : null,
      organizationId: null,
      channel: textOf(row, 'via_channel'),
      createdAt,
      updatedAt: createdAt,
      rating: null,
      title: null,
      text,
      html: plain === null,
    },
  ];
}
