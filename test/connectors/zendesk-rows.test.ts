// What Zendesk's records become: rows, columns of custom fields, and the words of customers.
// Above 300 lines because every kind of record is here.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zendesk } from '../../connectors/zendesk.ts';
import { feedbackId } from '../../core/ids.ts';
import type { Feedback, Json, Page, Row, Stream } from '../../core/types.ts';
import { pagesOf, rowsOf, type Scripted, script } from './zendesk-script.ts';

type Fields = { readonly [name: string]: Json };

function stream(name: string): Stream {
  const [found] = zendesk({ streams: [name] }).streams;
  if (found === undefined) throw new Error(`no stream ${name}`);
  return found;
}

const CUSTOMER = 11;
const AGENT = 12;
const ERASED = 13;

/** An account that holds these records and nothing else. */
function account(
  records: { readonly [list: string]: readonly Json[] },
  fields: readonly Json[] = [],
): Scripted {
  return script((address) => {
    if (address.pathname.endsWith('/ticket_fields'))
      return { body: { ticket_fields: fields, meta: { has_more: false } } };
    if (address.pathname.endsWith('/users/show_many')) {
      const known = [
        { id: CUSTOMER, role: 'end-user' },
        { id: AGENT, role: 'agent' },
      ];
      const ids = address.searchParams.get('ids')?.split(',');
      return { body: { users: known.filter(({ id }) => ids?.includes(String(id))) } };
    }
    return {
      body: { ...records, end_of_stream: true, after_cursor: 'x', end_time: 1, meta: { has_more: false } },
    };
  });
}

async function ticketRow(fields: Fields, customFields: readonly Json[] = []): Promise<Row> {
  const context = account({ tickets: [{ id: 1, generated_timestamp: 100, ...fields }] }, customFields);
  const [row] = rowsOf(await pagesOf(stream('tickets'), context), 'zendesk_tickets');
  if (row === undefined) throw new Error('no row');
  return row;
}

const words = (name: string, table: string, row: Row): readonly Feedback[] =>
  stream(name).feedback?.(table, row) ?? [];

async function ticketWords(fields: Fields): Promise<Feedback | undefined> {
  const given = { subject: 's', description: 'd', requester_id: CUSTOMER, submitter_id: CUSTOMER, ...fields };
  return words('tickets', 'zendesk_tickets', await ticketRow(given))[0];
}

describe('A ticket', () => {
  it('has ids as strings, whether they come as numbers or, past 2^53, as strings', async () => {
    const row = await ticketRow({ id: '9007199254740993', requester_id: 46407218913169, assignee_id: null });
    expect(row).toMatchObject({ id: '9007199254740993', requester_id: '46407218913169', assignee_id: null });
  });

  it('is kept whole in raw, but for the fields that repeat custom_fields', async () => {
    const custom = [{ id: 5, value: 'x' }];
    const row = await ticketRow({ new_thing: { deep: [1] }, custom_fields: custom, fields: custom });
    expect(row['raw']).toEqual({
      id: 1,
      generated_timestamp: 100,
      new_thing: { deep: [1] },
      custom_fields: custom,
    });
  });

  it('falls back on updated_at for its version', async () => {
    expect(
      (await ticketRow({ generated_timestamp: null, updated_at: '2026-01-01T00:00:00Z' }))[
        'generated_timestamp'
      ],
    ).toBe(1767225600);
  });

  it('is in UTC whatever offset the vendor writes', async () => {
    const row = await ticketRow({ created_at: '2026-01-01T03:00:00+03:00', due_at: 'tomorrow' });
    expect(row).toMatchObject({ created_at: '2026-01-01T00:00:00.000Z', due_at: 'tomorrow' });
  });

  it('is a row and a tombstone when deleted, and its words are silenced', async () => {
    const context = account({
      tickets: [{ id: 1, generated_timestamp: 100, status: 'deleted', description: 'SCRUBBED' }],
    });
    const [page] = await pagesOf(stream('tickets'), context);
    const at = '1970-01-01T00:01:40Z';
    expect(page?.deletes).toEqual({
      zendesk_tickets: [{ key: { id: '1' }, version: 100, deletedAt: at }],
      feedback: [{ key: { feedback_id: feedbackId('zendesk', 'ticket', '1') }, version: at, deletedAt: at }],
    });
    const [row] = rowsOf([page as Page], 'zendesk_tickets');
    expect(row?.['status']).toBe('deleted');
    expect(words('tickets', 'zendesk_tickets', row ?? {})).toEqual([]);
  });

  const definition = (id: Json, type: string, title: string): Json => ({ id, type, title });
  it('has a column for each custom field, of its type, with the title as label', async () => {
    const fields = [
      definition(1, 'subject', 'Subject'),
      definition(21, 'tagger', 'المدينة'),
      definition(22, 'integer', 'رقم الطلب'),
      definition(23, 'decimal', 'Amount'),
      definition(24, 'checkbox', 'VIP'),
      definition(25, 'date', 'Due'),
      definition(26, 'multiselect', 'Reasons'),
      definition(27, 'text', 'المدينة'),
      definition('9007199254740999', 'text', 'Big'),
    ];
    const custom_fields = [
      { id: 21, value: 'an_option_that_nobody_declared' },
      { id: 22, value: '9007199254740993' },
      { id: 23, value: '12.50' },
      { id: 24, value: true },
      { id: 25, value: '2026-03-04' },
      { id: 26, value: ['a', 'b'] },
      { id: 27, value: 'جدة' },
      { id: '9007199254740999', value: 'big' },
    ];
    const context = account({ tickets: [{ id: 1, generated_timestamp: 1, custom_fields }] }, fields);
    const tickets = stream('tickets');
    const [table] = await tickets.tables(context);
    const columns = Object.entries(table?.fields ?? {}).filter(
      ([name]) => name.startsWith('custom_') && name !== 'custom_fields',
    );
    const typed = columns.filter(([, { label }]) => label !== undefined);
    expect(typed.map(([, { label, type }]) => [label, type])).toEqual([
      ['المدينة', 'string'],
      ['رقم الطلب', 'integer'],
      ['Amount', 'decimal'],
      ['VIP', 'boolean'],
      ['Due', 'date'],
      ['Reasons', 'json'],
      ['المدينة', 'string'],
      ['Big', 'string'],
    ]);
    const [row] = rowsOf(await pagesOf(tickets, context), 'zendesk_tickets');
    expect(typed.map(([name]) => row?.[name])).toEqual(custom_fields.map(({ value }) => value));
    expect(row?.['custom_fields_unknown']).toBeNull();
  });

  it('keeps the value of a custom field that appeared since the columns were read', async () => {
    const row = await ticketRow({
      custom_fields: [{ id: 99, value: 'new' }, { id: 98, value: null }, 'junk', null, { value: 1 }],
    });
    expect(row['custom_fields_unknown']).toEqual({ 99: 'new' });
  });

  it('names its columns anew when the pins changed, without asking Zendesk again', async () => {
    const scripted = account({ tickets: [{ id: 1, custom_fields: [{ id: 21, value: 'x' }] }] }, [
      definition(21, 'text', 'City'),
    ]);
    let column = 'custom_city';
    const context = { ...scripted, column: () => column };
    const tickets = stream('tickets');
    await tickets.tables(context);
    column = 'custom_pinned';
    const [table] = await tickets.tables(context);
    expect(Object.keys(table?.fields ?? {})).toContain('custom_pinned');
    const reading = tickets.read(tickets.start({}), context)[Symbol.asyncIterator]();
    const { value } = await reading.next();
    expect(rowsOf([value as Page], 'zendesk_tickets')[0]?.['custom_pinned']).toBe('x');
    const asked = scripted.requests.filter(({ address }) => address.pathname.endsWith('/ticket_fields'));
    expect(asked).toHaveLength(1);
  });
});

describe("A ticket's first words", () => {
  it('are the requester’s, with what an analyst asks for', async () => {
    const said = await ticketWords({
      subject: 'تأخر الطلب',
      description: 'أين طلبي؟',
      organization_id: 7,
      via: { channel: 'whatsapp', source: { from: { name: 'نورة العتيبي' }, to: {}, rel: null } },
      created_at: '2026-01-01T00:00:00Z',
    });
    expect(said).toEqual({
      source: 'zendesk',
      kind: 'ticket',
      nativeId: '1',
      recordId: '1',
      threadId: '1',
      authorRole: 'customer',
      authorId: '11',
      authorName: 'نورة العتيبي',
      customerId: '11',
      organizationId: '7',
      channel: 'whatsapp',
      createdAt: '2026-01-01T00:00:00Z',
      updatedAt: '1970-01-01T00:01:40Z',
      rating: null,
      title: 'تأخر الطلب',
      text: 'أين طلبي؟',
    });
  });

  it.each([
    ['an agent for a customer', { submitter_id: AGENT }, 'agent'],
    ['a customer for another', { submitter_id: CUSTOMER, requester_id: 99 }, 'customer'],
    ['somebody unknown for a customer', { submitter_id: ERASED }, 'agent'],
    ['the system', { submitter_id: -1 }, 'bot'],
    ['nobody in particular', { submitter_id: null }, 'customer'],
  ] as const)('belong to who wrote them: %s', async (_name, fields, role) => {
    expect((await ticketWords(fields))?.authorRole).toBe(role);
  });

  it.each([
    ['an internal note', { is_public: false }],
    ['nothing', { subject: null, description: ' \n' }],
    ['a deleted ticket', { status: 'deleted' }],
  ] as const)('are none where there is only %s', async (_name, fields) => {
    expect(await ticketWords(fields)).toBeUndefined();
  });
});

describe('Comments', () => {
  async function comments(
    children: readonly Json[],
    event: Fields = {},
  ): Promise<{ readonly rows: readonly Row[]; readonly said: readonly Feedback[]; readonly page: Page }> {
    const context = account({
      ticket_events: [
        {
          id: 5,
          ticket_id: 1,
          timestamp: 100,
          via: 'Mail',
          event_type: 'Audit',
          child_events: children,
          ...event,
        },
      ],
    });
    const pages = await pagesOf(stream('ticket_events'), context);
    const rows = rowsOf(pages, 'zendesk_ticket_comments');
    return {
      rows,
      said: rows.flatMap((row) => words('ticket_events', 'zendesk_ticket_comments', row)),
      page: pages[0] as Page,
    };
  }
  const comment = (more: Fields = {}): Json => ({
    id: 6,
    event_type: 'Comment',
    author_id: CUSTOMER,
    body: 'شكرا',
    public: true,
    ...more,
  });

  it('come with their ticket, audit, time and author, even when the comment does not repeat them', async () => {
    const { rows, said } = await comments([comment()]);
    expect(rows[0]).toMatchObject({
      id: '6',
      ticket_id: '1',
      audit_id: '5',
      author_role: 'customer',
      via_channel: 'Mail',
      created_at: '1970-01-01T00:01:40Z',
    });
    expect(said).toMatchObject([
      {
        kind: 'comment',
        nativeId: '6',
        threadId: '1',
        authorRole: 'customer',
        customerId: '11',
        text: 'شكرا',
        html: false,
      },
    ]);
  });

  it.each([
    ['a customer', CUSTOMER, 'customer', '11'],
    ['an agent', AGENT, 'agent', null],
    ['the system', -1, 'bot', null],
    // Only customers can be erased for good, and their words must not be lost.
    ['somebody erased', ERASED, 'customer', '13'],
  ] as const)('are attributed to %s', async (_name, author_id, authorRole, customerId) => {
    expect((await comments([comment({ author_id })])).said).toMatchObject([{ authorRole, customerId }]);
  });

  it.each([
    ['internal notes', comment({ public: false })],
    ['notes of which we do not know that they are public', comment({ public: null })],
    ['blank ones', comment({ body: ' ', html_body: '' })],
  ])('are no feedback when they are %s', async (_name, child) => {
    const { rows, said } = await comments([child]);
    expect(rows).toHaveLength(1);
    expect(said).toEqual([]);
  });

  it('are HTML only where there is no text', async () => {
    const { said } = await comments([comment({ body: '', html_body: '<p>مرحبا</p>' })]);
    expect(said).toMatchObject([{ text: '<p>مرحبا</p>', html: true }]);
  });

  it('repeat the description when they created the ticket, and are then no feedback of their own', async () => {
    const { rows, said } = await comments([
      comment(),
      { event_type: 'Create', subject: 's' },
      comment({ id: 7, body: 'second' }),
    ]);
    expect(rows.map((row) => row['is_description'])).toEqual([true, false]);
    expect(said.map(({ nativeId }) => nativeId)).toEqual(['7']);
  });

  it('are not made of events that only say that there was a comment', async () => {
    const { rows } = await comments([
      { id: 6, event_type: 'Comment', comment_present: true, comment_public: true },
    ]);
    expect(rows).toEqual([]);
  });

  it('of a deleted ticket, or made private later, silence the words', async () => {
    const { page } = await comments([
      { event_type: 'Delete' },
      { event_type: 'CommentPrivacyChange', comment_id: 44, public: false },
    ]);
    const at = '1970-01-01T00:01:40Z';
    expect(page.deletes?.['feedback']).toEqual([
      { key: { feedback_id: feedbackId('zendesk', 'ticket', '1') }, version: at, deletedAt: at },
      { key: { feedback_id: feedbackId('zendesk', 'comment', '44') }, version: at, deletedAt: at },
    ]);
  });

  it('are attributed in packs of a hundred, each author once, and without the endpoint to nobody', async () => {
    const children = Array.from({ length: 250 }, (_, i) =>
      comment({ id: 1000 + i, author_id: 5000 + (i % 150) }),
    );
    const context = account({
      ticket_events: [{ id: 5, ticket_id: 1, timestamp: 100, child_events: children }],
    });
    await pagesOf(stream('ticket_events'), context);
    const asked = context.requests.filter(({ address }) => address.pathname.endsWith('show_many'));
    expect(asked.map(({ address }) => address.searchParams.get('ids')?.split(',').length)).toEqual([100, 50]);

    const without = script((address) =>
      address.pathname.endsWith('show_many')
        ? { status: 404 }
        : {
            body: {
              ticket_events: [{ id: 5, ticket_id: 1, timestamp: 100, child_events: children }],
              end_of_stream: true,
              end_time: 100,
            },
          },
    );
    const rows = rowsOf(await pagesOf(stream('ticket_events'), without), 'zendesk_ticket_comments');
    expect(new Set(rows.map((row) => row['author_role']))).toEqual(new Set([null]));
  });
});

describe('Authors', () => {
  it('are asked for once in a reading, however many pages they write on', async () => {
    const context = script((address) => {
      if (address.pathname.endsWith('show_many'))
        return { body: { users: [{ id: CUSTOMER, role: 'end-user' }] } };
      const start = Number(address.searchParams.get('start_time'));
      const child = { id: 100 + start, event_type: 'Comment', author_id: CUSTOMER, body: 'x', public: true };
      const event = { id: 200 + start, ticket_id: 1, timestamp: start + 1, child_events: [child] };
      return { body: { ticket_events: [event], count: 1, end_time: start + 1, end_of_stream: start === 2 } };
    });
    const rows = rowsOf(await pagesOf(stream('ticket_events'), context), 'zendesk_ticket_comments');
    expect(rows.map((row) => row['author_role'])).toEqual(['customer', 'customer', 'customer']);
    expect(context.requests.filter(({ address }) => address.pathname.endsWith('show_many'))).toHaveLength(1);
  });
});

describe('A user', () => {
  it('who is no longer active is a row and a tombstone', async () => {
    const updated_at = '2026-01-01T00:00:00Z';
    const context = account({
      users: [
        { id: 1, active: true, updated_at },
        { id: 2, active: false, updated_at },
      ],
    });
    const [page] = await pagesOf(stream('users'), context);
    expect(page?.rows['zendesk_users']).toHaveLength(2);
    expect(page?.deletes?.['zendesk_users']).toEqual([
      { key: { id: '2' }, version: updated_at, deletedAt: updated_at },
    ]);
  });
});

describe('Answers of customers', () => {
  const rated = (fields: Fields) => {
    const row = stream('satisfaction_ratings').remap?.(
      'zendesk_satisfaction_ratings',
      { id: 1, ticket_id: 2, requester_id: 3, ...fields },
      account({}),
    );
    return words('satisfaction_ratings', 'zendesk_satisfaction_ratings', row ?? {});
  };
  it.each([
    ['good', 1],
    ['bad', -1],
  ])('that are %s count %d, with or without a comment', (score, rating) => {
    expect(rated({ score })).toMatchObject([
      { kind: 'survey', threadId: '2', customerId: '3', rating, text: '' },
    ]);
    expect(rated({ score, comment: 'نص' })).toMatchObject([{ text: 'نص' }]);
  });
  it.each(['offered', 'unoffered', 'great', null, 7])('that are %j say nothing', (score) => {
    expect(rated({ score })).toEqual([]);
  });

  const answered = (answers: Json, more: Fields = {}): Row => {
    const row = stream('survey_responses').remap?.(
      'zendesk_survey_responses',
      { id: '01J', responder_id: 3, answers, ...more },
      account({}),
    );
    if (row === undefined) throw new Error('no row');
    return row;
  };
  const scale = (rating: Json, more: Fields = {}): Json => ({
    type: 'rating_scale',
    rating,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-02T00:00:00Z',
    ...more,
  });
  it.each([
    [scale(1), -1],
    [scale(3), 0],
    [scale(5), 1],
    [scale(2, { question: { options: [{ rating: 1 }, { rating: 2 }] } }), 1],
    [scale(10, { question: { options: [{ rating: 0 }, { rating: 10 }] } }), 1],
    [scale(9, { rating_category: 'good' }), 1],
    [scale(null, { rating_category: 'bad' }), -1],
    [scale('5'), null],
    [scale(7), null],
  ])('on a scale, %j, count %j', (answer, rating) => {
    expect(answered([answer])['rating']).toBe(rating);
  });
  it('have the ticket, the time and the words of their answers', () => {
    const open = { type: 'open_ended', value: 'ممتاز', created_at: '2026-01-01T00:01:00Z' };
    const row = answered([scale(5), open], { subjects: [{ id: 'S1', zrn: 'zen:ticket:77' }] });
    expect(row).toMatchObject({
      ticket_id: '77',
      comment: 'ممتاز',
      created_at: '2026-01-01T00:00:00Z',
      updated_at: '2026-01-02T00:00:00Z',
    });
    expect(words('survey_responses', 'zendesk_survey_responses', row)).toMatchObject([
      { kind: 'survey', threadId: '77', rating: 1, text: 'ممتاز' },
    ]);
  });
  it.each([
    [],
    null,
    'x',
    [null],
    [{ type: 'skipped' }],
    [{ type: 'open_ended', value: '' }],
  ] as readonly Json[])('that hold %j say nothing', (answers) => {
    expect(words('survey_responses', 'zendesk_survey_responses', answered(answers))).toEqual([]);
  });
});

describe('Whatever Zendesk sends', () => {
  const LISTS: { readonly [name: string]: string } = {
    tickets: 'tickets',
    ticket_events: 'ticket_events',
    users: 'users',
    organizations: 'organizations',
    groups: 'groups',
    brands: 'brands',
    satisfaction_ratings: 'satisfaction_ratings',
    survey_responses: 'survey_responses',
  };
  const names = [
    'id',
    'status',
    'subject',
    'description',
    'via',
    'custom_fields',
    'fields',
    'submitter_id',
    'requester_id',
    'generated_timestamp',
    'updated_at',
    'created_at',
    'timestamp',
    'child_events',
    'answers',
    'subjects',
    'survey',
    'active',
    'score',
    'event_type',
    'body',
    'public',
    'question',
    'rating',
    'type',
    '__proto__',
    'constructor',
  ];
  const json = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<Json>(
        null,
        true,
        0,
        -1,
        1e21,
        '',
        'Comment',
        'Create',
        'rating_scale',
        'open_ended',
        'deleted',
        '2026-01-01T00:00:00Z',
        '9007199254740993',
        // What JSON can hold, and neither a text nor an object can be looked up by.
        { toString: 1 },
        'constructor',
      ),
      fc.string(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 8 }),
    ),
  })).value;

  it('to tickets, an author that brings a toString of its own and a field of an unheard-of type, the ticket is a row with words', async () => {
    const odd = { toString: 1, valueOf: 1 };
    const ticket = { id: 1, generated_timestamp: 1, subject: 'طلب', description: 'متأخر', submitter_id: odd };
    const context = account({ tickets: [ticket] }, [{ id: 21, type: 'constructor', title: 'n' }]);
    const tickets = stream('tickets');
    const table = (await tickets.tables(context))[0];
    expect(Object.values(table?.fields ?? {}).find(({ label }) => label === 'n')?.type).toBe('string');
    const rows = rowsOf(await pagesOf(tickets, context, tickets.start({})), 'zendesk_tickets');
    expect(rows).toHaveLength(1);
    expect(rows.flatMap((row) => tickets.feedback?.('zendesk_tickets', row) ?? [])).toHaveLength(1);
  });

  it.each(Object.keys(LISTS))(
    'to %s, a reading never breaks: each record becomes a row or is set aside',
    async (name) => {
      await fc.assert(
        fc.asyncProperty(fc.array(json, { maxLength: 6 }), async (records) => {
          const context = account({ [LISTS[name] ?? '']: records }, [
            { id: 21, type: 'integer', title: 'n' },
          ]);
          const one = stream(name);
          const pages = await pagesOf(
            one,
            context,
            name.endsWith('s') && /ratings|responses/.test(name) ? { from: 1795000000 } : one.start({}),
          );
          for (const page of pages) {
            for (const [table, rows] of Object.entries(page.rows))
              for (const row of rows) one.feedback?.(table, row);
          }
          const main = rowsOf(pages, `zendesk_${name}`).length;
          const aside = context.rejects.filter(({ table }) => table === `zendesk_${name}`).length;
          expect(main + aside).toBe(records.length);
        }),
        { numRuns: 60 },
      );
    },
  );

  it('that was set aside can be mapped again once it is whole', () => {
    const context = account({});
    for (const one of zendesk().streams) {
      const table = `zendesk_${one.name}`;
      expect(one.remap?.(table, { id: 5, updated_at: '2026-01-01T00:00:00Z' }, context)).toMatchObject({
        id: '5',
      });
      for (const broken of [null, 'x', [], {}, { id: null }] as readonly Json[]) {
        expect(one.remap?.(table, broken, context)).toBeUndefined();
      }
    }
  });
});
