// intercom-client, the vendor's own client, works against the stand-in: that is how we know it is one.

import { IntercomClient, IntercomError } from 'intercom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IntercomSandbox, startIntercom } from '../../sandbox/intercom.ts';

let sandbox: IntercomSandbox;
beforeAll(async () => {
  sandbox = await startIntercom({
    conversations: 60,
    contacts: 70,
    companies: 45,
    articles: 60,
    tickets: 35,
  });
  sandbox.clock.advance(60_000);
});
afterAll(async () => {
  await sandbox.close();
});

const client = (token = sandbox.token()) =>
  new IntercomClient({ token, environment: sandbox.url, maxRetries: 0 });
const since = { field: 'updated_at', operator: '>', value: '1000' } as const;

async function all<T>(pages: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const one of pages) found.push(one);
  return found;
}

test('it pages through searches of conversations, contacts and tickets', async () => {
  // The client writes its cursors into what it was asked with.
  const query = () => ({ query: since, pagination: { per_page: 20 } });
  const conversations = await all(await client().conversations.search(query()));
  expect(new Set(conversations.map(({ id }) => id)).size).toBe(60);
  expect(new Set((await all(await client().contacts.search(query()))).map(({ id }) => id)).size).toBe(70);
  expect(new Set((await all(await client().tickets.search(query()))).map((ticket) => ticket?.id)).size).toBe(
    35,
  );
});

test('it reads a conversation with its parts', async () => {
  const conversation = await client().conversations.find({ conversation_id: '500' });
  expect(conversation.conversation_parts?.total_count).toBe(8);
  expect(conversation.conversation_parts?.conversation_parts).toHaveLength(8);
  expect(conversation.source?.body).toContain('<p');
});

test('it lists articles and contacts, and scrolls over companies', async () => {
  expect(new Set((await all(await client().articles.list({ per_page: 25 }))).map(({ id }) => id)).size).toBe(
    60,
  );
  expect(new Set((await all(await client().contacts.list({ per_page: 30 }))).map(({ id }) => id)).size).toBe(
    70,
  );
  expect((await all(await client().companies.scroll())).length).toBeGreaterThanOrEqual(45);
});

test('it knows who it is, and gets the vendor’s errors with a wrong token', async () => {
  expect((await client().admins.identify())?.type).toBe('admin');
  await expect(client('nobody').articles.list()).rejects.toBeInstanceOf(IntercomError);
  await expect(client('nobody').articles.list()).rejects.toMatchObject({
    statusCode: 401,
    body: { type: 'error.list', errors: [{ code: 'unauthorized' }] },
  });
});
