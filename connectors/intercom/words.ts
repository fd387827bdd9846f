// What was said in a conversation, by whom, as feedback.

import { asRecord, idOf, recordsIn, textOf, type VendorRecord } from '../../core/mapping.ts';
import type { AuthorRole, Feedback, Json, Row } from '../../core/types.ts';

const ROLES: ReadonlyMap<Json, AuthorRole> = new Map([
  ['user', 'customer'],
  ['lead', 'customer'],
  ['contact', 'customer'],
  ['admin', 'agent'],
  ['team', 'agent'],
  ['bot', 'bot'],
]);
/** A body of these parts is for the team only: notes, and the note that goes with handing a conversation over. */
const INTERNAL = /note|assign/;

/** By the type of the author; an AI agent that writes in a teammate's name is a bot. Null where it is not told. */
export function roleOf(author: Json | undefined): AuthorRole | null {
  const record = asRecord(author);
  if (record?.['from_ai_agent'] === true) return 'bot';
  return ROLES.get(record?.['type'] ?? null) ?? null;
}

/** The first contact of a conversation or ticket. */
export function contactOf(record: VendorRecord): string | null {
  const [contact] = recordsIn(asRecord(record['contacts'])?.['contacts']);
  return idOf(contact?.['id']) ?? null;
}

/** The message that began the conversation, and the rating that it was given. */
export function conversationWords(row: Row): readonly Feedback[] {
  return [...firstMessage(row), ...rating(row)];
}

function firstMessage(row: Row): readonly Feedback[] {
  const source = asRecord(row['source']);
  const role = roleOf(source?.['author']);
  const text = textOf(row, 'source_body') ?? '';
  const title = source === undefined ? null : textOf(source, 'subject');
  if (role === null || source?.['redacted'] === true || (text.trim() === '' && title === null)) return [];
  const author = asRecord(source?.['author']) ?? {};
  const authorId = idOf(author['id']) ?? null;
  return [
    {
      ...common(row),
      kind: 'conversation',
      authorRole: role,
      authorId,
      authorName: textOf(author, 'name'),
      customerId: textOf(row, 'contact_id') ?? (role === 'customer' ? authorId : null),
      rating: null,
      title,
      text,
      html: true,
    },
  ];
}

/** From 1 to 5: https://www.intercom.com/help/en/articles/6553774-conversation-ratings */
function rating(row: Row): readonly Feedback[] {
  const given = row['rating'];
  const stars = typeof given === 'number' && given >= 1 && given <= 5 ? given : null;
  const text = textOf(row, 'rating_remark') ?? '';
  if (stars === null && text.trim() === '') return [];
  const customer = textOf(row, 'contact_id');
  const rated = asRecord(row['conversation_rating'])?.['created_at'];
  const shared = common(row);
  return [
    {
      ...shared,
      kind: 'survey',
      authorRole: 'customer',
      authorId: customer,
      customerId: customer,
      createdAt: typeof rated === 'number' ? isoOf(rated, shared.createdAt) : shared.createdAt,
      rating: stars === null ? null : (stars - 3) / 2,
      title: null,
      text,
    },
  ];
}

/** What a part says to the other side; internal notes and words that were taken out are no feedback. */
export function partWords(row: Row): readonly Feedback[] {
  const role = row['author_role'];
  const text = textOf(row, 'body') ?? '';
  const id = textOf(row, 'id') ?? '';
  if (role !== 'customer' && role !== 'agent' && role !== 'bot') return [];
  if (text.trim() === '' || row['redacted'] === true) return [];
  if (role !== 'customer' && INTERNAL.test(textOf(row, 'part_type') ?? '')) return [];
  const author = asRecord(row['author']) ?? {};
  const authorId = textOf(row, 'author_id');
  return [
    {
      ...common(row),
      kind: 'conversation_part',
      nativeId: id,
      recordId: id,
      threadId: textOf(row, 'conversation_id') ?? id,
      authorRole: role,
      authorId,
      authorName: textOf(author, 'name'),
      customerId: textOf(row, 'contact_id') ?? (role === 'customer' ? authorId : null),
      rating: null,
      title: null,
      text,
      html: true,
    },
  ];
}

/** What a customer asked for with a ticket of its own; one made of a conversation says nothing new. */
export function ticketWords(row: Row): readonly Feedback[] {
  const linked = recordsIn(asRecord(row['linked_objects'])?.['data']);
  const text = textOf(row, 'description') ?? '';
  const title = textOf(row, 'title');
  const customer = textOf(row, 'contact_id');
  if (row['category'] !== 'Customer' || linked.some((one) => one['type'] === 'conversation')) return [];
  if (text.trim() === '' && title === null) return [];
  return [
    {
      ...common(row),
      kind: 'ticket',
      authorRole: 'customer',
      authorId: customer,
      customerId: customer,
      channel: null,
      rating: null,
      title,
      text,
    },
  ];
}

function common(row: Row) {
  const id = textOf(row, 'id') ?? '';
  const updatedAt = textOf(row, 'updated_at') ?? new Date(0).toISOString();
  return {
    source: 'intercom',
    nativeId: id,
    recordId: id,
    threadId: id,
    organizationId: textOf(row, 'company_id'),
    channel: textOf(row, 'source_type'),
    createdAt: textOf(row, 'created_at') ?? updatedAt,
    updatedAt,
  };
}

function isoOf(seconds: number, otherwise: string): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? otherwise : date.toISOString();
}
