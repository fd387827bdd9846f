// The tables that Gong fills, column by column, with what each one means and how close it is to a person.

import { column, declareTable, id } from '../../core/mapping.ts';

export const CALLS = declareTable(
  { name: 'gong_calls', description: 'Recorded calls with their participants.', key: ['id'] },
  {
    id: id('Id of the call, up to 20 digits.', 'identifier'),
    url: column('string', 'Its page in Gong.'),
    title: column('string', 'Title.', 'free_text'),
    scheduled: column('timestamp', 'When it was to begin.'),
    started: column('timestamp', 'When its recording began.'),
    duration: column('integer', 'Length in seconds.'),
    primary_user_id: id('The team member who hosted it.'),
    direction: column('string', 'Inbound, Outbound, Conference or Unknown.'),
    system: column('string', 'The system it was held on.'),
    scope: column('string', 'Internal, External or Unknown.'),
    media: column('string', 'Video or Audio.'),
    language: column('string', 'ISO 639-2B code.'),
    workspace_id: id('Workspace.'),
    client_unique_id: id('Id in the system it came from.'),
    purpose: column('string', 'Purpose.'),
    is_private: column('boolean', 'Whether it is private.'),
    calendar_event_id: id('The meeting in the calendar.'),
  },
  {
    from: {
      primary_user_id: 'primaryUserId',
      workspace_id: 'workspaceId',
      client_unique_id: 'clientUniqueId',
      is_private: 'isPrivate',
      calendar_event_id: 'calendarEventId',
    },
    derived: {
      parties: { type: 'json', description: 'Who took part.', pii: 'contact' },
      context: { type: 'json', description: 'Linked records of other systems.', pii: 'identifier' },
      account_id: { type: 'string', description: 'The account in the CRM that it is linked to.' },
    },
  },
);

export const SEGMENTS = declareTable(
  {
    name: 'gong_transcript_segments',
    description: 'What was said in calls: one row for each time that somebody speaks.',
    key: ['id'],
  },
  {
    topic: column('string', 'The topic that Gong heard.'),
    sentences: column('json', 'The sentences with their times in milliseconds.', 'free_text'),
  },
  {
    derived: {
      id: { type: 'string', description: 'The call and the place of the segment in it.', pii: 'identifier' },
      call_id: { type: 'string', description: 'The call.', pii: 'identifier' },
      position: { type: 'integer', description: 'Its place in the call, from 0.' },
      speaker_id: { type: 'string', description: 'The speaker within the call.', pii: 'identifier' },
      party_id: { type: 'string', description: 'The participant.', pii: 'identifier' },
      speaker_name: { type: 'string', description: 'Name of the speaker.', pii: 'contact' },
      affiliation: { type: 'string', description: 'Internal, External or Unknown.' },
      author_role: {
        type: 'string',
        description:
          'customer for an external speaker, agent for an internal one; NULL where Gong does not know.',
      },
      customer_id: {
        type: 'string',
        description: 'The external participant, where there is one alone.',
        pii: 'identifier',
      },
      account_id: { type: 'string', description: 'The account in the CRM that the call is linked to.' },
      spoken_at: { type: 'timestamp', description: 'When its first sentence began.' },
      start_ms: { type: 'integer', description: 'Milliseconds from the start of the call.' },
      end_ms: { type: 'integer', description: 'Milliseconds from the start of the call.' },
      call_started: { type: 'timestamp', description: 'When the call began.' },
      text: { type: 'string', description: 'Its sentences.', pii: 'free_text' },
    },
  },
);

export const USERS = declareTable(
  { name: 'gong_users', description: 'Members of the company.', key: ['id'] },
  {
    id: id('Id of the user.'),
    email_address: column('string', 'Address.', 'contact'),
    first_name: column('string', 'First name.', 'contact'),
    last_name: column('string', 'Last name.', 'contact'),
    title: column('string', 'Job title.'),
    phone_number: column('string', 'Number.', 'contact'),
    active: column('boolean', 'False once the user was deactivated.'),
    created: column('timestamp', 'When it was created.'),
    manager_id: id('The manager.'),
    settings: column('json', 'Settings.'),
    spoken_languages: column('json', 'Languages.'),
  },
  {
    from: {
      email_address: 'emailAddress',
      first_name: 'firstName',
      last_name: 'lastName',
      phone_number: 'phoneNumber',
      manager_id: 'managerId',
      spoken_languages: 'spokenLanguages',
    },
  },
);

export const WORKSPACES = declareTable(
  { name: 'gong_workspaces', description: 'Workspaces of the company.', key: ['id'] },
  {
    id: id('Id of the workspace.'),
    name: column('string', 'Name.'),
    description: column('string', 'Description.'),
  },
);
