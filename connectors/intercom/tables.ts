// The tables that Intercom fills, column by column, with what each one means and how close it is to a person.
// Columns: https://developers.intercom.com/docs/references/rest-api/api.intercom.io

import { column, declareTable, id, unixTime } from '../../core/mapping.ts';

const created = unixTime('When it was created.');
const updated = unixTime('When it last changed.');
const customAttributes = column('json', "The workspace's own attributes.", 'free_text');

export const CONVERSATIONS = declareTable(
  {
    name: 'intercom_conversations',
    description: 'Conversations at their newest version, deleted ones with the time of their deletion.',
    key: ['id'],
    version: 'updated_at',
  },
  {
    id: id('Id of the conversation.', 'identifier'),
    title: column('string', 'Title given by a teammate.', 'free_text'),
    created_at: created,
    updated_at: updated,
    waiting_since: unixTime('Since when the customer waits for an answer.'),
    snoozed_until: unixTime('Until when it is snoozed.'),
    open: column('boolean', 'Whether it is open.'),
    state: column('string', 'open, closed or snoozed.'),
    read: column('boolean', 'Whether the teammate has read it.'),
    priority: column(
      'string',
      'none, low, medium, high or urgent; priority or not_priority in older versions.',
    ),
    admin_assignee_id: id('The teammate it is assigned to; 0 for none.'),
    team_assignee_id: id('The team it is assigned to; 0 for none.'),
    ai_agent_participated: column('boolean', 'Whether an AI agent took part.'),
    source: column('json', 'The message that began it.', 'free_text'),
    contacts: column('json', 'Who takes part from outside.', 'identifier'),
    teammates: column('json', 'Who takes part from inside.'),
    tags: column('json', 'Tags.'),
    statistics: column('json', 'Times and counts for reports.'),
    conversation_rating: column('json', 'The rating and its remark.', 'free_text'),
    custom_attributes: customAttributes,
  },
  {
    derived: {
      source_type: {
        type: 'string',
        description: 'The channel: conversation (messenger), email, whatsapp …',
      },
      source_body: { type: 'string', description: 'The first message, HTML.', pii: 'free_text' },
      contact_id: { type: 'string', description: 'The first contact in it.', pii: 'identifier' },
      company_id: { type: 'string', description: 'The company of the contact, where told.' },
      rating: { type: 'integer', description: 'From 1 to 5, where the customer gave one.' },
      rating_remark: { type: 'string', description: 'What the customer wrote with it.', pii: 'free_text' },
    },
  },
);

export const CONVERSATION_PARTS = declareTable(
  {
    name: 'intercom_conversation_parts',
    description: 'Everything that was said or done in a conversation after its first message.',
    key: ['id'],
    version: 'updated_at',
  },
  {
    id: id('Id of the part.', 'identifier'),
    part_type: column('string', 'comment, note, assignment, close and so on.'),
    body: column('string', 'HTML.', 'free_text'),
    created_at: created,
    updated_at: updated,
    notified_at: unixTime('When the others were told.'),
    external_id: id('Id in another system.'),
    redacted: column('boolean', 'Whether its words were taken out.'),
    author: column('json', 'Who wrote it.', 'contact'),
    assigned_to: column('json', 'Who it was assigned to with this part.'),
    attachments: column('json', 'Attached files.', 'free_text'),
  },
  {
    derived: {
      conversation_id: { type: 'string', description: 'The conversation.', pii: 'identifier' },
      contact_id: {
        type: 'string',
        description: 'The first contact of the conversation.',
        pii: 'identifier',
      },
      company_id: { type: 'string', description: 'The company of the conversation, where told.' },
      source_type: { type: 'string', description: 'The channel of the conversation.' },
      author_role: { type: 'string', description: 'customer, agent or bot; NULL where it is not told.' },
      author_id: { type: 'string', description: 'Who wrote it.', pii: 'identifier' },
    },
  },
);

export const CONTACTS = declareTable(
  {
    name: 'intercom_contacts',
    description: 'Users and leads; deleted and merged ones with the time at which that was seen.',
    key: ['id'],
    version: 'updated_at',
  },
  {
    id: id('Id of the contact.', 'identifier'),
    external_id: id("The customer's own id for it.", 'identifier'),
    role: column('string', 'user or lead.'),
    name: column('string', 'Name.', 'contact'),
    email: column('string', 'Address.', 'contact'),
    phone: column('string', 'Number.', 'contact'),
    owner_id: id('The teammate who owns it.'),
    created_at: created,
    updated_at: updated,
    signed_up_at: unixTime('When it signed up.'),
    last_seen_at: unixTime('When it was last seen.'),
    last_replied_at: unixTime('When it last answered.'),
    last_contacted_at: unixTime('When it was last written to.'),
    last_email_opened_at: unixTime('When it last opened a mail.'),
    last_email_clicked_at: unixTime('When it last followed a link in a mail.'),
    has_hard_bounced: column('boolean', 'Whether mail to it bounced for good.'),
    marked_email_as_spam: column('boolean', 'Whether it called our mail spam.'),
    unsubscribed_from_emails: column('boolean', 'Whether it wants no mail.'),
    language_override: column('string', 'Language of the messenger.'),
    browser_language: column('string', 'Language of the browser.'),
    os: column('string', 'Operating system.'),
    location: column('json', 'Where it seems to be.', 'contact'),
    companies: column('json', 'The first ten of its companies.'),
    tags: column('json', 'The first ten of its tags.'),
    merge_history: column('json', 'Contacts that were merged into this one.', 'identifier'),
    custom_attributes: customAttributes,
  },
);

export const COMPANIES = declareTable(
  {
    name: 'intercom_companies',
    description: 'Companies that have users.',
    key: ['id'],
    version: 'updated_at',
  },
  {
    id: id('Id of the company.', 'identifier'),
    company_id: id("The customer's own id for it.", 'identifier'),
    name: column('string', 'Name.', 'contact'),
    created_at: created,
    updated_at: updated,
    remote_created_at: unixTime('When it was created in the system it came from.'),
    last_request_at: unixTime('When one of its users was last seen.'),
    size: column('integer', 'Number of employees.'),
    website: column('string', 'Website.'),
    industry: column('string', 'Industry.'),
    monthly_spend: column('number', 'What it pays in a month.'),
    session_count: column('integer', 'Sessions of its users.'),
    user_count: column('integer', 'Its users.'),
    plan: column('json', 'Its plan.'),
    tags: column('json', 'Tags.'),
    segments: column('json', 'Segments.'),
    custom_attributes: customAttributes,
  },
);

export const ARTICLES = declareTable(
  {
    name: 'intercom_articles',
    description: 'Articles of the help centre.',
    key: ['id'],
    version: 'updated_at',
  },
  {
    id: id('Id of the article.'),
    title: column('string', 'Title, in the default language.'),
    description: column('string', 'Description, in the default language.'),
    body: column('string', 'HTML, in the default language.'),
    state: column('string', 'published or draft.'),
    url: column('string', 'Its address.'),
    author_id: id('Who wrote it.'),
    created_at: created,
    updated_at: updated,
    default_locale: column('string', 'Default language.'),
    parent_ids: column('json', 'The collections it stands in.'),
    tags: column('json', 'Tags.'),
    statistics: column('json', 'Views and reactions.'),
    translated_content: column('json', 'The other languages.'),
  },
);

export const TICKETS = declareTable(
  {
    name: 'intercom_tickets',
    description: 'Tickets at their newest version.',
    key: ['id'],
    version: 'updated_at',
  },
  {
    id: id('Id of the ticket in the API.', 'identifier'),
    ticket_id: id('The number that people see.', 'identifier'),
    category: column('string', 'Customer, Back-office or Tracker.'),
    open: column('boolean', 'Whether it is open.'),
    is_shared: column('boolean', 'Whether the customer sees it.'),
    admin_assignee_id: id('The teammate it is assigned to; 0 for none.'),
    team_assignee_id: id('The team it is assigned to; 0 for none.'),
    created_at: created,
    updated_at: updated,
    snoozed_until: unixTime('Until when it is snoozed.'),
    ticket_state: column('json', 'Its state.'),
    ticket_type: column('json', 'Its type.'),
    ticket_attributes: column('json', 'Title, description and the attributes of its type.', 'free_text'),
    contacts: column('json', 'Who it is for.', 'identifier'),
    linked_objects: column('json', 'Linked conversations and tickets.'),
    ticket_parts: column('json', 'What was said and done; at most the newest 500.', 'free_text'),
  },
  {
    derived: {
      title: { type: 'string', description: 'Title.', pii: 'free_text' },
      description: { type: 'string', description: 'Description.', pii: 'free_text' },
      contact_id: { type: 'string', description: 'The first contact of it.', pii: 'identifier' },
      type_name: { type: 'string', description: 'Name of its type.' },
    },
  },
);
