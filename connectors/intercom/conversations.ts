// Conversations and tickets, by the second of their change; deleted conversations by the list that Intercom keeps of them.

import { feedbackId } from '../../core/ids.ts';
import { asRecord, idOf, instantOf, textOf, type VendorRecord } from '../../core/mapping.ts';
import type { Context, Json, Page, Row, Stream, Tombstone } from '../../core/types.ts';
import { type DeletionPoint, deletionPoint, type SpanPoint, spanOf, startOf } from './checkpoints.ts';
import { type Client, createClient, recordsOf, stuck, unexpected } from './client.ts';
import { readRecord, readSearch, type Search } from './search.ts';
import { CONVERSATIONS, TICKETS } from './tables.ts';
import { contactOf, conversationWords, ticketWords } from './words.ts';

const TABLE = CONVERSATIONS.table.name;
/** A change shows in the search some seconds later; what came later than that is found ten minutes later still. */
export const LOOK_BACK_SECONDS = 600;
const DELETED = '/conversations/deleted';
const DELETED_PER_PAGE = 60;

export function searchConversations(perPage: number, table: string): Search {
  return {
    path: '/conversations/search',
    collection: 'conversations',
    table,
    granularity: 'second',
    perPage,
    lookBackSeconds: LOOK_BACK_SECONDS,
  };
}

export function conversations(): Stream {
  return {
    name: 'conversations',
    description: 'Conversations with their first message and rating, whenever anything about them changes.',
    deletes: 'tombstones',
    mode: 'incremental',
    tables: () => Promise.resolve([CONVERSATIONS.table]),
    start: startOf,
    async *read(from, context) {
      const client = createClient(context);
      const span = spanOf(from);
      let deleted = deletionPoint(from);
      // Deletions come first: a tombstone behind its row would not be counted, and the count must prove that nothing is missing.
      for await (const page of readDeletions(span, deleted, context, client)) {
        deleted = page.deleted;
        yield { ...page, checkpoint: { ...span, deleted } };
      }
      for await (const found of readSearch(span, context, client, searchConversations(150, TABLE))) {
        const { records, from: reached, ...rest } = found;
        yield {
          ...rest,
          rows: { [TABLE]: records.map(mapConversation) },
          checkpoint: { ...span, from: reached, deleted },
        };
      }
    },
    remap: (_table, record) => remap(record, mapConversation),
    feedback: (_table, row) => conversationWords(row),
  };
}

export function tickets(): Stream {
  const { name } = TICKETS.table;
  const search: Search = {
    ...searchConversations(150, name),
    path: '/tickets/search',
    collection: 'tickets',
  };
  return {
    name: 'tickets',
    description: 'Tickets, whenever anything about them changes.',
    deletes: 'none',
    mode: 'incremental',
    tables: () => Promise.resolve([TICKETS.table]),
    start: startOf,
    async *read(from, context) {
      const span = spanOf(from);
      for await (const found of readSearch(span, context, createClient(context), search)) {
        const { records, from: reached, ...rest } = found;
        const checkpoint: SpanPoint = { ...span, from: reached };
        yield { ...rest, rows: { [name]: records.map(mapTicket) }, checkpoint };
      }
    },
    remap: (_table, record) => remap(record, mapTicket),
    feedback: (_table, row) => ticketWords(row),
  };
}

/**
 * Tombstones for conversations that were deleted since the last reading. The list is not said to be in the order of deletion, so
 * reading stops only when as many newer entries were found as the count has grown; deleted conversations never come back.
 * https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/listdeletedconversationids
 */
async function* readDeletions(
  { until }: SpanPoint,
  { count, to }: DeletionPoint,
  context: Context,
  client: Client,
): AsyncGenerator<Pick<Page, 'rows' | 'deletes' | 'expected'> & { readonly deleted: DeletionPoint }> {
  if (until !== undefined) return;
  let total: number | undefined;
  let newest = to;
  const found = new Set<string>();
  for (let number = 1; ; number++) {
    const query = { page: number, per_page: DELETED_PER_PAGE, order: 'desc' };
    const { status, body, code } = await client.ask({ path: DELETED, query, accept: [400] });
    if (status === 400) {
      // A version before this list: without it nobody tells of deletions.
      context.log.warn('intercom.deletions_not_told', { code: code ?? null });
      return;
    }
    const received = recordsOf(body, 'conversations', DELETED);
    const pages = asRecord(body['pages']);
    if (pages?.['page'] !== number) throw stuck(DELETED, `page ${number} was asked for and another one came`);
    const told = body['total_count'];
    total ??= typeof told === 'number' ? told : undefined;
    const gone: Tombstone[] = [];
    const silenced: Tombstone[] = [];
    for (const value of received) {
      const record = readRecord(value, TABLE, context);
      const second = record?.['deleted_at'];
      if (record === undefined || typeof second !== 'number') continue;
      const at = instantOf(second);
      if (second < to || at === undefined) continue;
      const id = idOf(record['id']) ?? '';
      if (second > to) found.add(id);
      newest = Math.max(newest, second);
      gone.push({ key: { id }, version: at, deletedAt: at });
      for (const kind of ['conversation', 'survey']) {
        silenced.push({ key: { feedback_id: feedbackId('intercom', kind, id) }, version: at, deletedAt: at });
      }
    }
    const totalPages = pages['total_pages'];
    if (typeof totalPages !== 'number') throw unexpected(DELETED, 'no number of pages');
    const ended = number >= totalPages || (total !== undefined && found.size >= total - count);
    if (!ended && received.length === 0) throw stuck(DELETED, 'an empty page promises more');
    // Until the list is read, the next run must read all of it again.
    const deleted = ended ? { count: total ?? count, to: newest } : { count, to };
    yield { rows: {}, deletes: { [TABLE]: gone, feedback: silenced }, expected: gone.length, deleted };
    if (ended) return;
  }
}

export function mapConversation(record: VendorRecord): Row {
  const row = CONVERSATIONS.map(record);
  const source = asRecord(record['source']);
  const given = asRecord(record['conversation_rating']);
  row['source_type'] = source === undefined ? null : textOf(source, 'type');
  row['source_body'] = source === undefined ? null : textOf(source, 'body');
  row['contact_id'] = contactOf(record);
  row['company_id'] = idOf(asRecord(record['company'])?.['id']) ?? null;
  row['rating'] = typeof given?.['rating'] === 'number' ? given['rating'] : null;
  row['rating_remark'] = given === undefined ? null : textOf(given, 'remark');
  return row;
}

function mapTicket(record: VendorRecord): Row {
  const row = TICKETS.map(record);
  const attributes = asRecord(record['ticket_attributes']) ?? {};
  row['title'] = textOf(attributes, '_default_title_');
  row['description'] = textOf(attributes, '_default_description_');
  row['contact_id'] = contactOf(record);
  row['type_name'] = textOf(asRecord(record['ticket_type']) ?? {}, 'name');
  return row;
}

/** A record that was set aside, mapped again; undefined when it still has no id. */
export function remap(value: Json, map: (record: VendorRecord) => Row): Row | undefined {
  const record = asRecord(value);
  return record === undefined || idOf(record['id']) === undefined ? undefined : map(record);
}
