// The exports of the Zendesk stand-in: they keep the vendor's contract, its traps included.

import { parse } from 'lossless-json';
import { afterEach, expect, test } from 'vitest';
import { startZendesk, type ZendeskOptions, type ZendeskSandbox } from '../../sandbox/zendesk.ts';
import { ask, NOON, newestById, type Reading, type Row, readExport, STILL } from './reader.ts';

const started: ZendeskSandbox[] = [];
async function start(options: ZendeskOptions = {}): Promise<ZendeskSandbox> {
  const sandbox = await startZendesk({ clock: STILL, tickets: 60, users: 30, organizations: 12, ...options });
  started.push(sandbox);
  return sandbox;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
});

const TICKETS = '/api/v2/incremental/tickets/cursor?start_time=0&support_type_scope=all';
const EVENTS = '/api/v2/incremental/ticket_events?start_time=0&include=comment_events';
const noonSeconds = NOON.getTime() / 1000;

function secondsOf(reading: Reading, key: string, field: string): readonly (readonly number[])[] {
  return reading.pages.map((page) => (page.body[key] as readonly Row[]).map((row) => Number(row[field])));
}

test('the tickets export gives every ticket once, in the order of change, and ends with a cursor to keep', async () => {
  const sandbox = await start();
  const { rows, pages } = await readExport(sandbox, `${TICKETS}&per_page=7`, 'tickets');
  expect(rows).toHaveLength(60);
  expect(new Set(rows.map((row) => row['id'])).size).toBe(60);
  const times = rows.map((row) => Number(row['generated_timestamp']));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  const cursor = String(pages.at(-1)?.body['after_cursor']);
  expect(Buffer.from(cursor, 'base64').toString()).toMatch(/^\d+\.0\|\|\d+\|$/);
  expect(pages[0]?.body).toMatchObject({ before_cursor: null, before_url: null, end_of_stream: false });
});

test('what the export shows is the truth', async () => {
  const sandbox = await start();
  const { rows } = await readExport(sandbox, TICKETS, 'tickets');
  const truth = sandbox.truth().resources['tickets'] ?? {};
  expect(newestById(rows).size).toBe(Object.keys(truth).length);
  for (const row of rows)
    expect(row['generated_timestamp']).toBe(truth[String(row['id'])]?.['generated_timestamp']);
});

test('many tickets of one second are torn apart by the edge of a page, and none is lost', async () => {
  const sandbox = await start();
  const reading = await readExport(sandbox, `${TICKETS}&per_page=4`, 'tickets');
  const pages = secondsOf(reading, 'tickets', 'generated_timestamp');
  const torn = pages.filter((page, i) => page.at(-1) !== undefined && page.at(-1) === pages[i + 1]?.[0]);
  expect(torn.length).toBeGreaterThan(0);
  expect(reading.rows).toHaveLength(60);
});

test('a ticket that changes while it is paged comes again, and nothing else is skipped', async () => {
  const sandbox = await start({ churn: { perRequest: 3, total: 30 } });
  const { rows } = await readExport(sandbox, `${TICKETS}&per_page=9`, 'tickets');
  const truth = sandbox.truth().resources['tickets'] ?? {};
  expect(rows.length).toBeGreaterThan(60);
  const held = newestById(rows);
  for (const [id, record] of Object.entries(truth))
    expect(held.get(id)?.['generated_timestamp'], id).toBe(record['generated_timestamp']);
});

test('after the end, the kept cursor brings only what changed since', async () => {
  const sandbox = await start();
  const { pages } = await readExport(sandbox, TICKETS, 'tickets');
  const after = String(pages.at(-1)?.body['after_url']);
  expect((await ask(sandbox, after)).body['tickets']).toEqual([]);
  sandbox.change({ newTickets: 2, burst: 5, silent: 1 });
  const { rows } = await readExport(sandbox, after, 'tickets');
  // The burst hits the five newest tickets, the two new ones among them; the silent update may hit one of those.
  expect([5, 6]).toContain(newestById(rows).size);
  expect(rows.filter((row) => Number(row['id']) > 1060)).toHaveLength(2);
});

test('a silent update shows a ticket again with its old updated_at', async () => {
  const sandbox = await start();
  const { pages } = await readExport(sandbox, TICKETS, 'tickets');
  sandbox.change({ silent: 1 });
  const { rows } = await readExport(sandbox, String(pages.at(-1)?.body['after_url']), 'tickets');
  expect(rows).toHaveLength(1);
  expect(Date.parse(String(rows[0]?.['updated_at'])) / 1000).toBeLessThan(
    Number(rows[0]?.['generated_timestamp']),
  );
});

test('the most recent minute is withheld until the clock has passed it', async () => {
  const sandbox = await start();
  const { pages } = await readExport(sandbox, TICKETS, 'tickets');
  const after = String(pages.at(-1)?.body['after_url']);
  // So many changes that the quiet hour before now is used up.
  for (let i = 0; i < 40; i++) sandbox.change({ silent: 60 });
  const early = await readExport(sandbox, after, 'tickets');
  sandbox.clock.advance(3600_000);
  const late = await readExport(sandbox, String(early.pages.at(-1)?.body['after_url']), 'tickets');
  expect(Math.max(...early.rows.map((row) => Number(row['generated_timestamp'])))).toBeLessThanOrEqual(
    noonSeconds - 60,
  );
  expect(late.rows.length).toBeGreaterThan(0);
  expect(Math.min(...late.rows.map((row) => Number(row['generated_timestamp'])))).toBeGreaterThan(
    noonSeconds - 60,
  );
});

test.each([
  '/api/v2/incremental/tickets/cursor',
  '/api/v2/incremental/users/cursor.json',
  '/api/v2/incremental/organizations',
  '/api/v2/incremental/ticket_events.json',
])('%s refuses a start_time of the last minute, and one that is no number', async (path) => {
  const sandbox = await start();
  expect((await ask(sandbox, `${path}?start_time=${noonSeconds - 60}`)).body['error']).toBe(
    'StartTimeTooRecent',
  );
  expect((await ask(sandbox, `${path}?start_time=${noonSeconds - 61}`)).status).toBe(200);
  expect((await ask(sandbox, `${path}?start_time=yesterday`)).status).toBe(400);
  expect((await ask(sandbox, path)).status).toBe(400);
  expect((await ask(sandbox, `${path}?start_time=0&per_page=0`)).status).toBe(400);
});

test('a start_time in the middle includes its second', async () => {
  const sandbox = await start();
  const { rows } = await readExport(sandbox, TICKETS, 'tickets');
  const second = Number(rows[30]?.['generated_timestamp']);
  const later = await readExport(
    sandbox,
    `/api/v2/incremental/tickets/cursor?start_time=${second}&support_type_scope=all`,
    'tickets',
  );
  expect(later.rows.map((row) => row['id'])).toEqual(
    rows.filter((row) => Number(row['generated_timestamp']) >= second).map((row) => row['id']),
  );
});

test('a broken cursor is an error', async () => {
  const sandbox = await start();
  expect((await ask(sandbox, '/api/v2/incremental/tickets/cursor?cursor=bm9uc2Vuc2U=')).status).toBe(400);
});

test('AI-agent tickets show only to those who ask for all, and exclude_deleted hides the deleted', async () => {
  const sandbox = await start({ tickets: 200 });
  const all = await readExport(sandbox, TICKETS, 'tickets');
  const agents = await readExport(
    sandbox,
    '/api/v2/incremental/tickets/cursor?start_time=0&per_page=10',
    'tickets',
  );
  const kept = await readExport(sandbox, `${TICKETS}&exclude_deleted=true`, 'tickets');
  expect(agents.rows.length).toBeLessThan(all.rows.length);
  expect(agents.rows.every((row) => row['support_type'] === 'agent')).toBe(true);
  expect(all.rows.some((row) => row['status'] === 'deleted' && row['subject'] === 'SCRUBBED')).toBe(true);
  expect(kept.rows.some((row) => row['status'] === 'deleted')).toBe(false);
});

test('export tickets hold their custom fields twice, and a number above 2^53 with all its digits', async () => {
  const sandbox = await start();
  const answer = await ask(sandbox, TICKETS);
  const first = (answer.body['tickets'] as readonly Row[])[0];
  expect(first?.['fields']).toEqual(first?.['custom_fields']);
  const numbers = [...answer.text.matchAll(/"value":(9007199\d+)/g)].map((match) => match[1] ?? '');
  expect(numbers.some((digits) => String(Number(digits)) !== digits)).toBe(true);
  expect(parse(answer.text)).toBeTypeOf('object');
});

test('include=users brings the people of the page', async () => {
  const sandbox = await start();
  const answer = await ask(sandbox, `${TICKETS}&per_page=3&include=users`);
  const people = new Set((answer.body['users'] as readonly Row[]).map((user) => user['id']));
  for (const ticket of answer.body['tickets'] as readonly Row[])
    if (ticket['requester_id'] !== -1) expect(people.has(ticket['requester_id'])).toBe(true);
});

test('the users export shows the soft-deleted, and ties cross its pages', async () => {
  const sandbox = await start({ users: 300 });
  const reading = await readExport(
    sandbox,
    '/api/v2/incremental/users/cursor?start_time=0&per_page=13',
    'users',
  );
  expect(newestById(reading.rows).size).toBe(300);
  expect(reading.rows.some((row) => row['active'] === false)).toBe(true);
});

test.each([1, 5, 50])(
  'a time-based export of %i a page repeats its last second, never stands still, and loses nothing',
  async (size) => {
    const sandbox = await start();
    const { rows, pages } = await readExport(sandbox, `${EVENTS}&per_page=${size}`, 'ticket_events');
    const truth = sandbox.truth().resources['ticket_events'] ?? {};
    expect(newestById(rows).size).toBe(Object.keys(truth).length);
    expect(rows.length).toBeGreaterThanOrEqual(Object.keys(truth).length + pages.length - 1);
    expect(pages.at(-1)?.body['next_page']).toBeTypeOf('string');
    for (const page of pages)
      expect(page.body['count']).toBe((page.body['ticket_events'] as readonly Row[]).length);
  },
);

test('a page grows beyond its size where many rows share a second', async () => {
  const sandbox = await start();
  const { pages } = await readExport(
    sandbox,
    '/api/v2/incremental/organizations?start_time=0&per_page=1',
    'organizations',
  );
  expect(Math.max(...pages.map((page) => Number(page.body['count'])))).toBeGreaterThan(1);
});

test('a second with more than a thousand rows brings the same page again and again', async () => {
  const sandbox = await start({ tickets: 1300 });
  sandbox.change({ burst: 1200 });
  const events = Object.values(sandbox.truth().resources['ticket_events'] ?? {});
  const burst = Math.max(...events.map((event) => Number(event['timestamp'])));
  const answer = await ask(sandbox, `/api/v2/incremental/ticket_events?start_time=${burst}`);
  expect(answer.body).toMatchObject({ count: 1000, end_time: burst, end_of_stream: false });
});

test('ticket events carry the comments: the description first, private notes, the system as author', async () => {
  const sandbox = await start();
  const { rows } = await readExport(sandbox, EVENTS, 'ticket_events');
  const children = rows.flatMap((row) => row['child_events'] as readonly Row[]);
  const kinds = new Set(children.map((child) => child['event_type']));
  expect(kinds).toEqual(new Set(['Create', 'Change', 'Comment', 'Delete']));
  const tickets = sandbox.truth().resources['tickets'] ?? {};
  for (const row of rows) {
    const [comment, birth] = row['child_events'] as readonly Row[];
    if (birth?.['event_type'] !== 'Create') continue;
    const ticket = tickets[String(row['ticket_id'])];
    if (ticket?.['status'] !== 'deleted') expect(comment?.['body']).toBe(ticket?.['description']);
  }
  expect(children.some((child) => child['event_type'] === 'Comment' && child['public'] === false)).toBe(true);
  expect(rows.some((row) => row['updater_id'] === -1)).toBe(true);
});

test('customers open tickets, the team writes private notes, and both have the last word in public', async () => {
  const sandbox = await start();
  const { tickets, users, comments } = sandbox.truth().resources;
  const roleOf = (id: unknown): unknown => users?.[String(id)]?.['role'];
  for (const ticket of Object.values(tickets ?? {}))
    if (ticket['requester_id'] !== -1) expect(roleOf(ticket['requester_id'])).toBe('end-user');
  const roles = (isPublic: boolean): ReadonlySet<unknown> =>
    new Set(
      Object.values(comments ?? {})
        .filter((comment) => comment['public'] === isPublic)
        .map((comment) => (roleOf(comment['author_id']) === 'end-user' ? 'customer' : 'team')),
    );
  expect(roles(false)).toEqual(new Set(['team']));
  expect(roles(true)).toEqual(new Set(['team', 'customer']));
});

test('without the sideload, ticket events do not carry the words', async () => {
  const sandbox = await start();
  const answer = await ask(sandbox, '/api/v2/incremental/ticket_events?start_time=0');
  expect(answer.text).not.toContain('html_body');
  expect(answer.text).toContain('comment_present');
});
