// Who says what in cases, their comments and their e-mails: pure functions of rows.

import type { AuthorRole, Feedback, Row } from '../../core/types.ts';
import { textOf } from './records.ts';

export interface Words {
  /** The kind of its utterances. */
  readonly kind: string;
  say(row: Row): Feedback | undefined;
  /** Words that may have been said before and must no longer be heard. */
  isWithdrawn(row: Row): boolean;
}

/** Fields of related records that tell who speaks, and to whom the words belong. */
export const RELATED = {
  Case: { 'Contact.Name': 'contact_name' },
  CaseComment: {
    'CreatedBy.UserType': 'created_by_user_type',
    'CreatedBy.Name': 'created_by_name',
    'Parent.ContactId': 'parent_contact_id',
    'Parent.AccountId': 'parent_account_id',
  },
  EmailMessage: { 'Parent.ContactId': 'parent_contact_id', 'Parent.AccountId': 'parent_account_id' },
} as const;

/**
 * Users who come from outside, and those that are no people; everyone else works here.
 * https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_user.htm
 */
const ROLES: ReadonlyMap<string, AuthorRole> = new Map([
  ['CspLitePortal', 'customer'],
  ['CustomerSuccess', 'customer'],
  ['PowerCustomerSuccess', 'customer'],
  ['PowerPartner', 'customer'],
  ['SelfService', 'customer'],
  ['Guest', 'customer'],
  ['AutomatedProcess', 'bot'],
  ['CloudIntegrationUser', 'bot'],
]);
/** The status of an e-mail that nobody has sent. */
const DRAFT = '5';

export const WORDS: { readonly [object: string]: Words } = {
  /** What a case begins with. Whoever typed it in, the customer said it. */
  Case: {
    kind: 'case',
    isWithdrawn: () => false,
    say(row) {
      const title = textOf(row['subject']);
      const text = textOf(row['description']) ?? '';
      if (row['is_deleted'] === true || (text.trim() === '' && title === null)) return undefined;
      const contact = textOf(row['contact_id']);
      return {
        ...utterance('case', row, textOf(row['id'])),
        authorRole: 'customer',
        authorId: contact,
        authorName: textOf(row['contact_name']) ?? textOf(row['supplied_name']),
        customerId: contact,
        organizationId: textOf(row['account_id']),
        channel: textOf(row['origin']),
        title,
        text,
      };
    },
  },

  /** Comments that the customer may see. A user of the portal is a customer; an unknown one works here, as most do. */
  CaseComment: {
    kind: 'case_comment',
    isWithdrawn: (row) => row['is_published'] === false && row['system_modstamp'] !== row['created_date'],
    say(row) {
      const text = textOf(row['comment_body']) ?? '';
      if (row['is_deleted'] === true || row['is_published'] !== true || text.trim() === '') return undefined;
      return {
        ...utterance('case_comment', row, textOf(row['parent_id'])),
        authorRole: ROLES.get(textOf(row['created_by_user_type']) ?? '') ?? 'agent',
        authorId: textOf(row['created_by_id']),
        authorName: textOf(row['created_by_name']) ?? textOf(row['creator_name']),
        customerId: textOf(row['parent_contact_id']),
        organizationId: textOf(row['parent_account_id']),
        channel: null,
        title: null,
        text,
      };
    },
  },

  /** E-mails that came in. */
  EmailMessage: {
    kind: 'email_message',
    isWithdrawn: () => false,
    say(row) {
      const plain = textOf(row['text_body']);
      const html = plain === null || plain.trim() === '' ? textOf(row['html_body']) : null;
      const text = html ?? plain ?? '';
      const title = textOf(row['subject']);
      if (row['is_deleted'] === true || row['incoming'] !== true || row['status'] === DRAFT) return undefined;
      if (text.trim() === '' && title === null) return undefined;
      const sent = textOf(row['message_date']);
      return {
        ...utterance('email_message', row, textOf(row['parent_id']) ?? textOf(row['thread_identifier'])),
        ...(sent === null ? {} : { createdAt: sent }),
        authorRole: 'customer',
        authorId: textOf(row['from_id']),
        authorName: textOf(row['from_name']),
        customerId: textOf(row['parent_contact_id']),
        organizationId: textOf(row['parent_account_id']),
        channel: 'email',
        title,
        text,
        ...(html === null ? {} : { html: true }),
      };
    },
  },
};

function utterance(kind: string, row: Row, thread: string | null) {
  const id = String(row['id']);
  const updatedAt = textOf(row['system_modstamp']) ?? new Date(0).toISOString();
  return {
    source: 'salesforce',
    kind,
    nativeId: id,
    recordId: id,
    threadId: thread ?? id,
    createdAt: textOf(row['created_date']) ?? updatedAt,
    updatedAt,
    rating: null,
  };
}
