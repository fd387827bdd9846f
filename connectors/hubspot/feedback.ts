// Who said what in HubSpot: customers open tickets and write mails; notes and what is written about calls are words of users.

import type { AuthorRole, Feedback, Json, Row } from '../../core/types.ts';
import { textOf } from './mapping.ts';

/** By kind of object: the kind of utterance. Other kinds hold no words. */
export const UTTERANCE: ReadonlyMap<string, string> = new Map([
  ['tickets', 'ticket'],
  ['notes', 'note'],
  ['emails', 'email'],
  ['calls', 'call'],
]);

/** The utterance of one row, if it holds any words. Pure. */
export function wordsOf(kindName: string, row: Row): readonly Feedback[] {
  const kind = UTTERANCE.get(kindName);
  const said = kind === undefined ? undefined : SAID.get(kindName)?.(row);
  const id = textOf(row, 'id');
  const updatedAt = textOf(row, 'updated_at') ?? textOf(row, 'created_at');
  if (kind === undefined || said === undefined || id === null || updatedAt === null) return [];
  if (said.text.trim() === '' && said.title === null) return [];
  const contact = firstOf(row['contact_ids']);
  const isCustomer = said.role === 'customer';
  return [
    {
      source: 'hubspot',
      kind,
      nativeId: id,
      recordId: id,
      threadId: kind === 'ticket' ? id : (firstOf(row['ticket_ids']) ?? said.thread ?? id),
      authorRole: said.role,
      authorId: isCustomer ? contact : (textOf(row, 'hubspot_owner_id') ?? null),
      authorName: said.name,
      customerId: isCustomer ? contact : null,
      organizationId: firstOf(row['company_ids']),
      channel: said.channel,
      createdAt: textOf(row, 'hs_timestamp') ?? textOf(row, 'created_at') ?? updatedAt,
      updatedAt,
      rating: null,
      title: said.title,
      text: said.text,
      html: said.html,
    },
  ];
}

interface Said {
  readonly role: AuthorRole;
  readonly title: string | null;
  readonly text: string;
  readonly html: boolean;
  readonly channel: string | null;
  readonly name: string | null;
  readonly thread?: string | null;
}

const SAID: ReadonlyMap<string, (row: Row) => Said | undefined> = new Map<
  string,
  (row: Row) => Said | undefined
>([
  [
    'tickets',
    (row) => ({
      role: openedBy(row),
      title: textOf(row, 'subject'),
      text: textOf(row, 'content') ?? '',
      html: false,
      channel: textOf(row, 'source_type')?.toLowerCase() ?? null,
      name: null,
    }),
  ],
  ['notes', (row) => ({ ...writtenByUser(textOf(row, 'hs_note_body')), channel: 'note', title: null })],
  [
    'calls',
    (row) => ({
      ...writtenByUser(textOf(row, 'hs_call_body')),
      channel: 'phone',
      title: textOf(row, 'hs_call_title'),
    }),
  ],
  [
    'emails',
    (row) => {
      // A mail that we sent, or forwarded into HubSpot, is no word of a customer; its direction is told for every mail.
      const plain = textOf(row, 'hs_email_text');
      const names = [textOf(row, 'hs_email_from_firstname'), textOf(row, 'hs_email_from_lastname')];
      return {
        role: row['hs_email_direction'] === 'INCOMING_EMAIL' ? 'customer' : 'agent',
        title: textOf(row, 'hs_email_subject'),
        text: plain ?? textOf(row, 'hs_email_html') ?? '',
        html: plain === null,
        channel: 'email',
        name: names.filter((name) => name !== null).join(' ') || null,
        thread: textOf(row, 'hs_email_thread_id'),
      };
    },
  ],
]);

/** A ticket that a user typed in is the user's words; one that a bot opened is the bot's. */
function openedBy(row: Row): AuthorRole {
  switch (row['hs_object_source']) {
    case 'CRM_UI':
    case 'MOBILE_IOS':
    case 'MOBILE_ANDROID':
      return 'agent';
    case 'AUTOMATION_PLATFORM':
    case 'BOT':
      return 'bot';
    default:
      return 'customer';
  }
}

function writtenByUser(body: string | null) {
  return { role: 'agent', text: body ?? '', html: body !== null, name: null } as const;
}

function firstOf(ids: Json | undefined): string | null {
  const first = Array.isArray(ids) ? (ids as readonly Json[])[0] : undefined;
  return typeof first === 'string' ? first : null;
}
