// node-zendesk, a client that others wrote, works against the stand-in: that is how we know it is one.

import { createClient } from 'node-zendesk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startZendesk, type ZendeskSandbox } from '../../sandbox/zendesk.ts';
import type { Row } from './reader.ts';

let sandbox: ZendeskSandbox;
beforeAll(async () => {
  sandbox = await startZendesk({ tickets: 250, users: 130, organizations: 12 });
});
afterAll(async () => {
  await sandbox.close();
});

interface Paged {
  readonly response: { readonly status: number };
  readonly result: Row;
}

function client(how: 'oauth' | 'token'): ReturnType<typeof createClient> {
  const { accessToken, email, apiToken } = sandbox.credentials;
  const endpointUri = `${sandbox.url}/api/v2`;
  const credentials =
    how === 'oauth' ? { oauth: true, token: accessToken } : { username: email, token: apiToken };
  return createClient({ endpointUri, throwOriginalException: true, ...credentials } as Parameters<
    typeof createClient
  >[0]);
}

test.each(['oauth', 'token'] as const)(
  'it lists all tickets and users over many pages, signed in by %s',
  async (how) => {
    const tickets = (await client(how).tickets.list()) as unknown as readonly Row[];
    const users = (await client(how).users.list()) as unknown as readonly Row[];
    expect(new Set(users.map((user) => user['id'])).size).toBe(130);
    expect(tickets.length).toBeGreaterThan(50);
    expect(new Set(tickets.map((ticket) => ticket['id'])).size).toBe(tickets.length);
  },
);

test('it reads the cursor export, though it sends the word "undefined"', async () => {
  const exporter = client('oauth').ticketexport as unknown as {
    exportCursor(start: number, cursor?: string): Promise<Paged>;
  };
  const { result } = await exporter.exportCursor(1000);
  expect((result['tickets'] as readonly Row[]).length).toBeGreaterThan(200);
  expect(result['end_of_stream']).toBe(true);
  sandbox.change({ silent: 1 });
  const next = await exporter.exportCursor(undefined as unknown as number, String(result['after_cursor']));
  expect(next.result['tickets']).toHaveLength(1);
});

test('it creates a ticket and finds it again', async () => {
  const zendesk = client('oauth');
  const created = (await zendesk.tickets.create({
    ticket: { subject: 'شكوى', comment: { body: 'لم يصل الطلب' } },
  } as never)) as unknown as Paged;
  const shown = (await zendesk.tickets.show(Number(created.result['id']))) as unknown as Paged;
  expect(shown.result['description']).toBe('لم يصل الطلب');
});

test('it reads groups, ticket fields, comments and who it is', async () => {
  const zendesk = client('token');
  expect(await zendesk.groups.list()).toHaveLength(3);
  expect(((await zendesk.ticketfields.list()) as unknown as readonly Row[]).length).toBeGreaterThan(20);
  const me = (await zendesk.users.me()) as unknown as Paged;
  expect(me.result['role']).toBe('admin');
  expect(((await zendesk.tickets.getComments(1001)) as unknown as readonly Row[]).length).toBeGreaterThan(0);
});

test('it throws with the status and the body of the vendor’s error', async () => {
  await expect(client('oauth').tickets.show(999_999)).rejects.toMatchObject({
    statusCode: 404,
    result: { error: 'RecordNotFound' },
  });
});
