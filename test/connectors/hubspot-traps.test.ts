// The traps of HubSpot: tokens, versions of its paths, its search, and who said what.

import { afterEach, describe, expect, it } from 'vitest';
import { hubspot } from '../../connectors/hubspot.ts';
import { feedbackId } from '../../core/ids.ts';
import type { Feedback, Page, Row, Stream } from '../../core/types.ts';
import type { TorturePlace } from '../contracts/torture.ts';
import { hubspotPlace, settingsOf } from './hubspot-place.ts';

type Place = Awaited<ReturnType<typeof hubspotPlace>>;
const opened: Place[] = [];
async function open(options: Parameters<typeof hubspotPlace>[1] = {}): Promise<Place> {
  const place = await hubspotPlace(hubspot(), options);
  opened.push(place);
  return place;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((place) => place.close()));
});

function streamOf(place: TorturePlace, name: string): Stream {
  const stream = place.connector.streams.find((one) => one.name === name);
  if (stream === undefined) throw new Error(`no stream ${name}`);
  return stream;
}

async function read(place: Place, name: string, env = place.context().env): Promise<readonly Page[]> {
  const stream = streamOf(place, name);
  const context = place.context(env);
  await stream.tables(context);
  const pages: Page[] = [];
  for await (const page of stream.read(stream.start({}), context)) pages.push(page);
  return pages;
}

const rowsOf = (pages: readonly Page[], table: string): readonly Row[] =>
  pages.flatMap((page) => page.rows[table] ?? []);

describe('A token of HubSpot', () => {
  it('is asked for once by fifty requests that are refused at the same time', async () => {
    const place = await open();
    const { sandbox, connector } = place;
    expect((await connector.check(place.context())).ok).toBe(true);
    sandbox.expireTokens();
    sandbox.journal.clear();
    const answers = await Promise.all(Array.from({ length: 50 }, () => connector.check(place.context())));
    expect(answers.every(({ ok }) => ok)).toBe(true);
    const issued = sandbox.journal.list().filter(({ path }) => path === '/oauth/v1/token');
    expect(issued).toHaveLength(1);
  });

  it('is renewed before it ends', async () => {
    const place = await open();
    await place.connector.check(place.context());
    place.sandbox.clock.advance(1_780_000);
    place.sandbox.journal.clear();
    expect((await place.connector.check(place.context())).ok).toBe(true);
    expect(place.sandbox.journal.list().map(({ status }) => status)).toEqual([200, 200]);
  });

  it('of a private app is named by its setting when it was rotated', async () => {
    const place = await open({ how: 'token' });
    const { env } = place.context();
    expect((await place.connector.check(place.context(env))).ok).toBe(true);
    place.sandbox.expireTokens();
    const health = await place.connector.check(place.context(env));
    expect(health).toMatchObject({ ok: false });
    expect(health.hint).toContain('HUBSPOT_API_KEY');
  });

  it('of the old kind, and a version that is none, are told before anything is asked', () => {
    const env = { HUBSPOT_API_KEY: '01234567-89ab-cdef-0123-456789abcdef', HUBSPOT_API_VERSION: 'latest' };
    const names = hubspot()
      .problems(env)
      .map(({ name }) => name);
    expect(names.sort()).toEqual(['HUBSPOT_API_KEY', 'HUBSPOT_API_VERSION']);
  });
});

describe('The paths of HubSpot', () => {
  it('carry the version that is configured', async () => {
    const place = await open();
    const env = { ...settingsOf(place.sandbox), HUBSPOT_API_VERSION: '2026-03' };
    const pages = await read(place, 'tickets', env);
    expect(rowsOf(pages, 'hubspot_tickets').length).toBeGreaterThan(50);
    const paths = place.sandbox.journal.list().map(({ path }) => path);
    expect(paths.some((path) => path.startsWith('/crm/objects/2026-03/tickets/search'))).toBe(true);
    expect(paths.filter((path) => /\/v[34]\//.test(path))).toEqual([]);
  });
});

describe('Objects of HubSpot', () => {
  it('never ask the search beyond its end, however many records share a millisecond', async () => {
    const place = await open({ mostPerPage: 1000, counts: { companies: 0, contacts: 10 } });
    place.sandbox.change({ of: 'companies', bornAtOnce: 700 });
    place.sandbox.clock.advance(60_000);
    const stream = streamOf(place, 'companies');
    const context = place.context();
    await stream.tables(context);
    const ids = new Set<unknown>();
    for await (const page of stream.read(stream.start({ since: new Date('2026-01-01') }), context))
      for (const row of page.rows['hubspot_companies'] ?? []) {
        expect(ids.has(row['id'])).toBe(false);
        ids.add(row['id']);
      }
    expect(ids.size).toBe(700);
  });

  it('have a column for each custom property, also for two of one label, with their values', async () => {
    const place = await open();
    const stream = streamOf(place, 'tickets');
    const context = place.context();
    const [table] = await stream.tables(context);
    const labelled = Object.entries(table?.fields ?? {}).filter(([, { label }]) => label === 'رقم الطلب');
    expect(labelled).toHaveLength(2);
    const list = Object.entries(table?.fields ?? {}).find(([, { label }]) => label === 'نوع المشكلة');
    expect(list?.[1].type).toBe('json');
    const rows = rowsOf(await read(place, 'tickets'), 'hubspot_tickets');
    expect(rows.some((row) => Array.isArray(row[list?.[0] ?? '']))).toBe(true);
    expect(rows.every((row) => typeof row[labelled[0]?.[0] ?? ''] === 'string')).toBe(true);
  });

  it('that were merged into another are gone, and so are those in the bin, with their words', async () => {
    const place = await open();
    const gone = (await read(place, 'contacts')).flatMap((page) => page.deletes?.['hubspot_contacts'] ?? []);
    const merged = Object.entries(place.sandbox.truth().resources['contacts'] ?? {}).filter(
      ([, record]) => record['gone'] === 'merged',
    );
    expect(merged.length).toBeGreaterThan(0);
    for (const [id] of merged) expect(gone.map(({ key }) => key['id'])).toContain(id);
    const silenced = (await read(place, 'tickets')).flatMap((page) => page.deletes?.['feedback'] ?? []);
    const binned = Object.entries(place.sandbox.truth().resources['tickets'] ?? {}).filter(
      ([, record]) => record['gone'] === 'archived',
    );
    expect(new Set(silenced.map(({ key }) => key['feedback_id']))).toEqual(
      new Set(binned.map(([id]) => feedbackId('hubspot', 'ticket', id))),
    );
  });

  it('are compared with what the search counts', async () => {
    const place = await open();
    const pages = await read(place, 'deals');
    const expected = pages.reduce((sum, page) => sum + (page.expected ?? 0), 0);
    expect(expected).toBe(23);
    expect(rowsOf(pages, 'hubspot_deals').length).toBeGreaterThanOrEqual(expected);
  });
});

describe('Words in HubSpot', () => {
  const said = (stream: string, row: Row): readonly Feedback[] =>
    hubspot()
      .streams.find(({ name }) => name === stream)
      ?.feedback?.(`hubspot_${stream}`, { id: '5', updated_at: '2026-01-01T00:00:00.001Z', ...row }) ?? [];

  it.each([
    ['INCOMING_EMAIL', 'customer', '7'],
    ['EMAIL', 'agent', '71001'],
    ['FORWARDED_EMAIL', 'agent', '71001'],
    [null, 'agent', '71001'],
  ])('of a mail that is %s are by a %s', (hs_email_direction, authorRole, authorId) => {
    const row = {
      hs_email_direction,
      hs_email_text: 'أين طلبي؟',
      hs_email_from_firstname: 'ريم',
      hs_email_from_lastname: 'المصري',
      contact_ids: ['7'],
      ticket_ids: ['9'],
      company_ids: ['3'],
      hubspot_owner_id: '71001',
    };
    expect(said('emails', row)).toMatchObject([
      {
        kind: 'email',
        authorRole,
        authorId,
        authorName: 'ريم المصري',
        threadId: '9',
        organizationId: '3',
        customerId: authorRole === 'customer' ? '7' : null,
        html: false,
      },
    ]);
  });

  it.each([
    ['FORM', 'customer'],
    ['CONVERSATIONS', 'customer'],
    ['CRM_UI', 'agent'],
    ['AUTOMATION_PLATFORM', 'bot'],
  ])('of a ticket that came by %s are by a %s', (hs_object_source, authorRole) => {
    expect(said('tickets', { subject: 'شكوى', content: 'تأخر', hs_object_source })).toMatchObject([
      { kind: 'ticket', threadId: '5', authorRole, title: 'شكوى', text: 'تأخر' },
    ]);
  });

  it('of notes and calls are by users, in HTML', () => {
    for (const row of [{ hs_note_body: '<p>اتصل</p>' }, { hs_call_body: '<p>اتصل</p>' }] as const) {
      const stream = 'hs_note_body' in row ? 'notes' : 'calls';
      expect(said(stream, { ...row, hubspot_owner_id: '71001' })).toMatchObject([
        { authorRole: 'agent', authorId: '71001', customerId: null, html: true },
      ]);
    }
  });

  it.each([
    ['tickets', { subject: null, content: ' ' }],
    ['notes', { hs_note_body: '' }],
    ['emails', {}],
    ['contacts', { firstname: 'ريم' }],
  ])('are none where nothing is said: %s', (stream, row) => {
    expect(said(stream, row)).toEqual([]);
  });
});
