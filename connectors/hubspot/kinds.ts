// The kinds of objects that are read, with HubSpot's own properties that become columns; custom ones are described at run time.
// https://developers.hubspot.com/docs/api-reference/crm-understanding

import { type Fields, field } from './mapping.ts';

/** Other kinds whose ids a record is associated with. */
export type Linked = 'contacts' | 'companies' | 'deals' | 'tickets';

export interface Kind {
  readonly name: string;
  readonly description: string;
  /** The property that says when a record last changed: contacts have a name of their own for it. */
  readonly changed: string;
  /** HubSpot's own properties, under their own names. */
  readonly properties: Fields;
  readonly links: readonly Linked[];
}

const CHANGED = 'hs_lastmodifieddate';
const owner = field('string', 'The owner.');
const source = field('string', 'What made the record: CRM_UI, IMPORT, FORM, CONVERSATIONS, …');
const merged = field('json', 'Ids of records that were merged into this one.', 'identifier');

/** The column of the ids of linked records. */
export const LINK_COLUMN: { readonly [linked in Linked]: string } = {
  contacts: 'contact_ids',
  companies: 'company_ids',
  deals: 'deal_ids',
  tickets: 'ticket_ids',
};

/** A property that lists merged ids, and what separates an id from what follows it. Contacts have an older one too: `123:1700000000000;…`. */
export const MERGED_PROPERTIES: readonly string[] = ['hs_merged_object_ids', 'hs_calculated_merged_vids'];

const ENGAGEMENT = {
  hs_timestamp: field('timestamp', 'When it happened.'),
  hubspot_owner_id: owner,
  hs_created_by_user_id: field('string', 'The user who logged it.'),
  hs_object_source: source,
};

export const KINDS: readonly Kind[] = [
  {
    name: 'contacts',
    description: 'Contacts: the people behind tickets and mails.',
    changed: 'lastmodifieddate',
    properties: {
      email: field('string', 'E-mail address.', 'contact'),
      firstname: field('string', 'First name.', 'contact'),
      lastname: field('string', 'Last name.', 'contact'),
      phone: field('string', 'Phone number.', 'contact'),
      mobilephone: field('string', 'Mobile phone number.', 'contact'),
      company: field('string', 'Name of the company, as the contact has it.'),
      jobtitle: field('string', 'Job title.'),
      city: field('string', 'City.'),
      country: field('string', 'Country.'),
      hs_language: field('string', 'Preferred language.'),
      lifecyclestage: field('string', 'Lifecycle stage.'),
      hs_lead_status: field('string', 'Lead status.'),
      hubspot_owner_id: owner,
      hs_object_source: source,
      hs_merged_object_ids: merged,
      hs_calculated_merged_vids: merged,
    },
    links: ['companies'],
  },
  {
    name: 'companies',
    description: 'Companies of the contacts.',
    changed: CHANGED,
    properties: {
      name: field('string', 'Name.'),
      domain: field('string', 'Domain.'),
      industry: field('string', 'Industry.'),
      city: field('string', 'City.'),
      country: field('string', 'Country.'),
      numberofemployees: field('decimal', 'Number of employees.'),
      annualrevenue: field('decimal', 'Annual revenue, in the currency of the account.'),
      lifecyclestage: field('string', 'Lifecycle stage.'),
      hubspot_owner_id: owner,
      hs_merged_object_ids: merged,
    },
    links: [],
  },
  {
    name: 'tickets',
    description: 'Tickets, with the words that opened them.',
    changed: CHANGED,
    properties: {
      subject: field('string', 'Subject line.', 'free_text'),
      content: field('string', 'What the ticket says.', 'free_text'),
      hs_pipeline: field('string', 'The pipeline.'),
      hs_pipeline_stage: field('string', 'The stage in the pipeline.'),
      hs_ticket_priority: field('string', 'LOW, MEDIUM, HIGH or URGENT.'),
      hs_ticket_category: field('json', 'Categories.'),
      source_type: field('string', 'Channel it came from: EMAIL, CHAT, FORM, PHONE.'),
      closed_date: field('timestamp', 'When it was closed.'),
      hubspot_owner_id: owner,
      hs_object_source: source,
      hs_merged_object_ids: merged,
    },
    links: ['contacts', 'companies'],
  },
  {
    name: 'deals',
    description: 'Deals.',
    changed: CHANGED,
    properties: {
      dealname: field('string', 'Name.'),
      amount: field('decimal', 'Amount, in the currency of the deal.'),
      deal_currency_code: field('string', 'Currency.'),
      pipeline: field('string', 'The pipeline.'),
      dealstage: field('string', 'The stage in the pipeline.'),
      closedate: field('timestamp', 'When it is, or was, closed.'),
      hubspot_owner_id: owner,
      hs_merged_object_ids: merged,
    },
    links: ['contacts', 'companies'],
  },
  {
    name: 'notes',
    description: 'Notes that users wrote on records.',
    changed: CHANGED,
    properties: { hs_note_body: field('string', 'What the note says, in HTML.', 'free_text'), ...ENGAGEMENT },
    links: ['contacts', 'companies', 'deals', 'tickets'],
  },
  {
    name: 'emails',
    description: 'E-mails that were sent, received or logged.',
    changed: CHANGED,
    properties: {
      hs_email_subject: field('string', 'Subject line.', 'free_text'),
      hs_email_text: field('string', 'What it says, as text.', 'free_text'),
      hs_email_html: field('string', 'What it says, in HTML.', 'free_text'),
      hs_email_direction: field('string', 'EMAIL (sent), INCOMING_EMAIL or FORWARDED_EMAIL.'),
      hs_email_status: field('string', 'SENT, BOUNCED, FAILED, …'),
      hs_email_from_email: field('string', 'Address of the sender.', 'contact'),
      hs_email_from_firstname: field('string', 'First name of the sender.', 'contact'),
      hs_email_from_lastname: field('string', 'Last name of the sender.', 'contact'),
      hs_email_thread_id: field('string', 'The thread of the conversation.'),
      ...ENGAGEMENT,
    },
    links: ['contacts', 'companies', 'deals', 'tickets'],
  },
  {
    name: 'calls',
    description: 'Calls, with what users wrote about them.',
    changed: CHANGED,
    properties: {
      hs_call_title: field('string', 'Title.', 'free_text'),
      hs_call_body: field('string', 'What a user wrote about the call, in HTML.', 'free_text'),
      hs_call_direction: field('string', 'INBOUND or OUTBOUND.'),
      hs_call_disposition: field('string', 'Outcome, as an id.'),
      hs_call_status: field('string', 'COMPLETED, MISSED, …'),
      hs_call_duration: field('decimal', 'Duration in milliseconds.'),
      ...ENGAGEMENT,
    },
    links: ['contacts', 'companies', 'deals', 'tickets'],
  },
];
