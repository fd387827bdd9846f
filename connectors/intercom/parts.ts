// The parts of conversations: a search tells which conversations changed, and each of them is then asked for.
// https://developers.intercom.com/docs/references/rest-api/api.intercom.io/conversations/retrieveconversation

import { feedbackId } from '../../core/ids.ts';
import { asRecord, idOf, textOf, type VendorRecord } from '../../core/mapping.ts';
import type { Context, Row, Stream, Tombstone } from '../../core/types.ts';
import { type SpanPoint, spanOf, startOf } from './checkpoints.ts';
import { type Client, createClient, recordsOf, unexpected } from './client.ts';
import { mapConversation, remap, searchConversations } from './conversations.ts';
import { readRecord, readSearch } from './search.ts';
import { CONVERSATION_PARTS } from './tables.ts';
import { partWords, roleOf } from './words.ts';

const TABLE = CONVERSATION_PARTS.table.name;
/** Each of them is a request of its own, and may hold five hundred parts: a page of rows stays a few megabytes. */
const CONVERSATIONS_PER_PAGE = 40;
/** The vendor's hard limit: of a longer conversation only the newest parts are returned. */
const MOST_PARTS = 500;

export function conversationParts(): Stream {
  return {
    name: 'conversation_parts',
    description: 'What was said and done in conversations after their first message.',
    deletes: 'none',
    mode: 'incremental',
    tables: () => Promise.resolve([CONVERSATION_PARTS.table]),
    start: startOf,
    async *read(from, context) {
      const client = createClient(context);
      const span = spanOf(from);
      const search = searchConversations(CONVERSATIONS_PER_PAGE, TABLE);
      for await (const found of readSearch(span, context, client, search)) {
        const ids = new Set(found.records.map((record) => idOf(record['id']) ?? ''));
        const read = await Promise.all([...ids].map((id) => readParts(id, context, client)));
        const checkpoint: SpanPoint = { ...span, from: found.from };
        yield {
          rows: { [TABLE]: read.flatMap(({ rows }) => rows) },
          deletes: { feedback: read.flatMap(({ silenced }) => silenced) },
          expected: read.reduce((sum, { expected }) => sum + expected, 0),
          checkpoint,
          ...(found.caughtUpTo === undefined ? {} : { caughtUpTo: found.caughtUpTo }),
        };
      }
    },
    remap: (_table, record) => remap(record, CONVERSATION_PARTS.map),
    feedback: (_table, row) => partWords(row),
  };
}

interface Parts {
  readonly rows: readonly Row[];
  readonly silenced: readonly Tombstone[];
  /** How many parts the conversation counts, as far as they can be had at all. */
  readonly expected: number;
}

/**
 * All parts of one conversation. Its own count must be met: parts that are missing without a known reason end the run `partial`.
 * Beyond the limit of 500 the older ones cannot be had, and the conversation is set aside by name as `intercom.parts_beyond_limit`;
 * those that earlier runs read stay in the warehouse.
 */
async function readParts(id: string, context: Context, client: Client): Promise<Parts> {
  const path = `/conversations/${encodeURIComponent(id)}`;
  const { status, body } = await client.ask({ path, accept: [404] });
  // It was deleted since the search; the stream of conversations tells of that.
  if (status === 404) return { rows: [], silenced: [], expected: 0 };
  const list = asRecord(body['conversation_parts']);
  if (list === undefined) throw unexpected('/conversations/{id}', 'no parts');
  const received = recordsOf(list, 'conversation_parts', '/conversations/{id}');
  const total = typeof list['total_count'] === 'number' ? list['total_count'] : received.length;
  const beyond = total > received.length && received.length >= MOST_PARTS;
  if (beyond) {
    context.reject({
      table: TABLE,
      row: { conversation_id: id, parts: total, returned: received.length },
      code: 'intercom.parts_beyond_limit',
      reason: `Intercom returns the newest ${MOST_PARTS} parts of a conversation; ${total - received.length} older ones are left out.`,
    });
  }
  const conversation = mapConversation(body);
  const rows: Row[] = [];
  const silenced: Tombstone[] = [];
  for (const value of received) {
    const part = readRecord(value, TABLE, context);
    if (part === undefined) continue;
    rows.push(mapPart(part, id, conversation));
    if (part['redacted'] === true) silenced.push(silence(part, conversation));
  }
  return { rows, silenced, expected: beyond ? received.length + 1 : total };
}

function mapPart(part: VendorRecord, conversationId: string, conversation: Row): Row {
  const row = CONVERSATION_PARTS.map(part);
  row['updated_at'] ??= row['created_at'] ?? null;
  row['conversation_id'] = conversationId;
  row['contact_id'] = conversation['contact_id'] ?? null;
  row['company_id'] = conversation['company_id'] ?? null;
  row['source_type'] = conversation['source_type'] ?? null;
  row['author_role'] = roleOf(part['author']);
  row['author_id'] = idOf(asRecord(part['author'])?.['id']) ?? null;
  return row;
}

/** Words that were taken out of a part later. The conversation changed with that, so its time is later than the words'. */
function silence(part: VendorRecord, conversation: Row): Tombstone {
  const at = textOf(conversation, 'updated_at') ?? new Date(0).toISOString();
  const id = idOf(part['id']) ?? '';
  return {
    key: { feedback_id: feedbackId('intercom', 'conversation_part', id) },
    version: at,
    deletedAt: at,
  };
}
