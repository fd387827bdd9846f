// The tables that Zendesk fills, column by column, with what each one means and how close it is to a person.
// Above 300 lines when every column is listed, because the catalogue of a warehouse is read from here.
// Columns: https://developer.zendesk.com/api-reference/ticketing/introduction/

import { column, declareTable, id } from '../../core/mapping.ts';

const created = column('timestamp', 'When it was created.');
const updated = column('timestamp', 'When it last changed.');
const url = column('string', 'Its address in the API.');
const externalId = column('string', "The customer's own id for it.", 'identifier');

export const TICKETS = declareTable(
  {
    name: 'zendesk_tickets',
    description: 'Tickets, archived and deleted ones included, at their newest version.',
    key: ['id'],
    version: 'generated_timestamp',
  },
  {
    id: id('Id of the ticket.', 'identifier'),
    url,
    external_id: externalId,
    type: column('string', 'problem, incident, question or task.'),
    status: column('string', 'new, open, pending, hold, solved, closed or deleted.'),
    custom_status_id: id('The custom status.'),
    priority: column('string', 'low, normal, high or urgent.'),
    subject: column('string', 'Subject line.', 'free_text'),
    raw_subject: column('string', 'Subject with its dynamic content placeholder.', 'free_text'),
    description: column('string', 'The first comment.', 'free_text'),
    requester_id: id('The user who asks.', 'identifier'),
    submitter_id: id('The user who opened it; author of the first comment.', 'identifier'),
    assignee_id: id('The agent it is assigned to.'),
    group_id: id('The group it is assigned to.'),
    organization_id: id('The organization of the requester.'),
    brand_id: id('The brand.'),
    ticket_form_id: id('The form it was filed with.'),
    problem_id: id('The problem that this incident is linked to.'),
    forum_topic_id: id('The forum topic it came from.'),
    recipient: column('string', 'Address the first mail went to.', 'contact'),
    support_type: column('string', 'agent, or ai_agent where an AI agent serves it.'),
    has_incidents: column('boolean', 'Whether incidents are linked to it.'),
    is_public: column('boolean', 'Whether any comment is public.'),
    allow_channelback: column('boolean', 'Whether the answer goes back to its channel.'),
    allow_attachments: column('boolean', 'Whether agents may attach files.'),
    from_messaging_channel: column('boolean', 'Whether it came from messaging.'),
    due_at: column('timestamp', 'When a task is due.'),
    created_at: created,
    updated_at: column('timestamp', 'When an event last changed it; silent system changes do not count.'),
    generated_timestamp: column(
      'integer',
      'Unix second of the newest change, silent ones included; orders versions.',
    ),
    tags: column('json', 'Tags.'),
    via: column('json', 'Channel and source.', 'contact'),
    satisfaction_rating: column('json', 'The present rating.', 'free_text'),
    collaborator_ids: column('json', 'Users in copy.', 'identifier'),
    follower_ids: column('json', 'Agents who follow.'),
    email_cc_ids: column('json', 'Users in mail copy.', 'identifier'),
    followup_ids: column('json', 'Tickets that follow up on it.'),
    sharing_agreement_ids: column('json', 'Sharing agreements.'),
    custom_fields: column('json', 'Custom fields as id and value.', 'free_text'),
  },
  {
    derived: {
      via_channel: { type: 'string', description: 'The channel within via.' },
      author_role: {
        type: 'string',
        description: 'Who wrote the description: customer, agent or bot. Derived from the submitter.',
      },
      custom_fields_unknown: {
        type: 'json',
        description: 'Values of custom fields that were created after the columns of this run were read.',
        pii: 'free_text',
      },
    },
  },
);

export const USERS = declareTable(
  {
    name: 'zendesk_users',
    description: 'End users, agents and administrators.',
    key: ['id'],
    version: 'updated_at',
  },
  {
    id: id('Id of the user.', 'identifier'),
    url,
    external_id: externalId,
    name: column('string', 'Name.', 'contact'),
    alias: column('string', 'Name shown to end users.', 'contact'),
    email: column('string', 'Primary address.', 'contact'),
    phone: column('string', 'Primary number.', 'contact'),
    shared_phone_number: column('boolean', 'Whether the number is shared.'),
    role: column('string', 'end-user, agent or admin.'),
    role_type: column('integer', 'Kind of agent, as a number.'),
    custom_role_id: id('Custom role of an agent.'),
    default_group_id: id("The agent's default group."),
    organization_id: id('Default organization.'),
    locale: column('string', 'Language and region.'),
    locale_id: id('Language, as an id.'),
    time_zone: column('string', 'Time zone.'),
    iana_time_zone: column('string', 'Time zone, by its IANA name.'),
    active: column('boolean', 'False once the user is deleted.'),
    verified: column('boolean', 'Whether an identity was verified.'),
    suspended: column('boolean', 'Whether the user is suspended.'),
    shared: column('boolean', 'Whether shared from another account.'),
    shared_agent: column('boolean', 'Whether an agent of another account.'),
    moderator: column('boolean', 'Whether a forum moderator.'),
    chat_only: column('boolean', 'Whether the agent only chats.'),
    only_private_comments: column('boolean', 'Whether the agent may only comment privately.'),
    restricted_agent: column('boolean', 'Whether the agent is restricted.'),
    ticket_restriction: column('string', 'Which tickets the user may see.'),
    two_factor_auth_enabled: column('boolean', 'Whether two-factor sign-in is on.'),
    last_login_at: column('timestamp', 'Last sign-in.'),
    created_at: created,
    updated_at: updated,
    details: column('string', 'Details on the user.', 'free_text'),
    notes: column('string', 'Notes on the user.', 'free_text'),
    signature: column('string', "The agent's signature.", 'contact'),
    tags: column('json', 'Tags.'),
    photo: column('json', 'Picture.', 'contact'),
    user_fields: column('json', 'Custom fields by key.', 'free_text'),
  },
);

export const ORGANIZATIONS = declareTable(
  {
    name: 'zendesk_organizations',
    description: 'Organizations of the customers.',
    key: ['id'],
    version: 'updated_at',
  },
  {
    id: id('Id of the organization.'),
    url,
    external_id: externalId,
    name: column('string', 'Name.'),
    group_id: id('Group that gets its new tickets.'),
    shared_tickets: column('boolean', 'Whether its users see each other’s tickets.'),
    shared_comments: column('boolean', 'Whether its users comment on each other’s tickets.'),
    domain_names: column('json', 'Mail domains.'),
    details: column('string', 'Details.', 'free_text'),
    notes: column('string', 'Notes.', 'free_text'),
    tags: column('json', 'Tags.'),
    organization_fields: column('json', 'Custom fields by key.', 'free_text'),
    created_at: created,
    updated_at: updated,
  },
);

export const TICKET_EVENTS = declareTable(
  {
    name: 'zendesk_ticket_events',
    description: 'Every update of every ticket: who changed what, when.',
    key: ['id'],
    version: 'timestamp',
  },
  {
    id: id('Id of the update (the audit).'),
    ticket_id: id('The ticket.', 'identifier'),
    event_type: column('string', 'Audit in general.'),
    timestamp: column('integer', 'Unix second of the update.'),
    created_at: created,
    updater_id: id('Who made it; -1 is the system.', 'identifier'),
    via: column('json', 'Channel.'),
    system: column('json', 'Client, address and place of who made it.', 'contact'),
    metadata: column('json', 'Notices and custom data.'),
    merged_ticket_ids: column('json', 'Tickets merged into this one.'),
    child_events: column('json', 'What was changed, comments included.', 'free_text'),
  },
);

export const TICKET_COMMENTS = declareTable(
  {
    name: 'zendesk_ticket_comments',
    description: 'Comments of tickets, internal notes included (public is false).',
    key: ['id'],
    version: 'created_at',
  },
  {
    id: id('Id of the comment.', 'identifier'),
    type: column('string', 'Comment or VoiceComment.'),
    author_id: id('Who wrote it; -1 is the system.', 'identifier'),
    public: column('boolean', 'False for internal notes.'),
    body: column('string', 'The text.', 'free_text'),
    html_body: column('string', 'The text as HTML.', 'free_text'),
    plain_body: column('string', 'The text without markup.', 'free_text'),
    attachments: column('json', 'Attached files.', 'free_text'),
    via: column('json', 'Channel and source.', 'contact'),
    metadata: column('json', 'Notices and custom data.'),
    audit_id: id('The update it came with; see zendesk_ticket_events.'),
    created_at: created,
  },
  {
    derived: {
      ticket_id: { type: 'string', description: 'The ticket.', pii: 'identifier' },
      via_channel: { type: 'string', description: 'The channel within via.' },
      is_description: {
        type: 'boolean',
        description: 'Whether it is the first comment, which the ticket repeats as its description.',
      },
      author_role: {
        type: 'string',
        description: "customer, agent or bot, by the author's role; NULL when the author is no longer known.",
      },
    },
  },
);

export const TICKET_FIELDS = declareTable(
  {
    name: 'zendesk_ticket_fields',
    description: 'System and custom fields of tickets.',
    key: ['id'],
    version: 'updated_at',
  },
  {
    id: id('Id of the field.'),
    url,
    type: column('string', 'Kind of field.'),
    title: column('string', 'Title shown to agents.'),
    raw_title: column('string', 'Title with its dynamic content placeholder.'),
    title_in_portal: column('string', 'Title shown to end users.'),
    description: column('string', 'Purpose.'),
    agent_description: column('string', 'Purpose, for agents.'),
    position: column('integer', 'Place on the form.'),
    active: column('boolean', 'Whether it is in use.'),
    required: column('boolean', 'Whether it must be filled to solve a ticket.'),
    removable: column('boolean', 'False for system fields.'),
    tag: column('string', 'Tag that a checkbox adds.'),
    regexp_for_validation: column('string', 'Pattern that values must match.'),
    custom_field_options: column('json', 'Options of a drop-down or multi-select.'),
    system_field_options: column('json', 'Options of a system field.'),
    custom_statuses: column('json', 'Custom statuses.'),
    created_at: created,
    updated_at: updated,
  },
);

export const GROUPS = declareTable(
  { name: 'zendesk_groups', description: 'Groups of agents.', key: ['id'], version: 'updated_at' },
  {
    id: id('Id of the group.'),
    url,
    name: column('string', 'Name.'),
    description: column('string', 'Description.'),
    default: column('boolean', 'Whether it is the default group.'),
    is_public: column('boolean', 'Whether it is public.'),
    deleted: column('boolean', 'Whether it was deleted.'),
    created_at: created,
    updated_at: updated,
  },
);

export const BRANDS = declareTable(
  { name: 'zendesk_brands', description: 'Brands of the account.', key: ['id'], version: 'updated_at' },
  {
    id: id('Id of the brand.'),
    url,
    name: column('string', 'Name.'),
    subdomain: column('string', 'Subdomain.'),
    brand_url: column('string', 'Address.'),
    host_mapping: column('string', 'Own host name.'),
    active: column('boolean', 'Whether it is active.'),
    default: column('boolean', 'Whether it is the default brand.'),
    is_deleted: column('boolean', 'Whether it was deleted.'),
    has_help_center: column('boolean', 'Whether it has a help center.'),
    help_center_state: column('string', 'State of the help center.'),
    ticket_form_ids: column('json', 'Its ticket forms.'),
    signature_template: column('string', 'Signature of its mails.'),
    created_at: created,
    updated_at: updated,
  },
);

export const SATISFACTION_RATINGS = declareTable(
  {
    name: 'zendesk_satisfaction_ratings',
    description: 'Ratings of solved tickets (the older CSAT).',
    key: ['id'],
    version: 'updated_at',
  },
  {
    id: id('Id of the rating.'),
    url,
    ticket_id: id('The rated ticket.', 'identifier'),
    requester_id: id('Who rated.', 'identifier'),
    assignee_id: id('The agent at that time.'),
    group_id: id('The group at that time.'),
    score: column('string', 'offered, unoffered, good or bad.'),
    comment: column('string', 'What the customer said.', 'free_text'),
    reason: column('string', 'Why it was bad.'),
    reason_id: id('Why it was bad, as an id.'),
    reason_code: column('integer', 'Why it was bad, as a code.'),
    created_at: created,
    updated_at: updated,
  },
);

export const SURVEY_RESPONSES = declareTable(
  {
    name: 'zendesk_survey_responses',
    description: 'Answers to customer satisfaction surveys (the newer CSAT).',
    key: ['id'],
    version: 'updated_at',
  },
  {
    id: id('Id of the response.'),
    survey_id: id('The survey.'),
    survey_version: column('integer', 'Its version.'),
    responder_id: id('Who answered.', 'identifier'),
    subjects: column('json', 'What was rated, such as the ticket.', 'identifier'),
    answers: column('json', 'The answers, question by question.', 'free_text'),
    expires_at: column('timestamp', 'Until when the answers may change.'),
    created_at: column('timestamp', 'When the first answer was given.'),
    updated_at: column('timestamp', 'When an answer last changed.'),
  },
  {
    derived: {
      ticket_id: { type: 'string', description: 'The rated ticket.', pii: 'identifier' },
      rating: { type: 'number', description: 'The answer on a scale, from -1 (worst) to 1 (best).' },
      rating_category: { type: 'string', description: 'good or bad, as the vendor sorts the rating.' },
      comment: { type: 'string', description: 'What the customer said in words.', pii: 'free_text' },
    },
  },
);
