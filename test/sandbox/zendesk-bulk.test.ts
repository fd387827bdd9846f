// A bulk account serves tickets that nobody keeps in memory, and its truth is arithmetic.

import { afterEach, expect, test } from 'vitest';
import { startZendesk, type ZendeskSandbox } from '../../sandbox/zendesk.ts';
import { ask, type Row, readExport, STILL } from './reader.ts';

let sandbox: ZendeskSandbox | undefined;
afterEach(async () => {
  await sandbox?.close();
});

test('every ticket comes once, whatever the size of a page, and the sums match the truth', async () => {
  sandbox = await startZendesk({ clock: STILL, bulk: true, tickets: 2345 });
  const { rows } = await readExport(
    sandbox,
    '/api/v2/incremental/tickets/cursor?start_time=0&per_page=777',
    'tickets',
  );
  const sum = (field: string): string =>
    String(rows.reduce((total, row) => total + BigInt(Number(row[field])), 0n));
  const ids = rows.map((row) => Number(row['id']));
  expect({
    tickets: rows.length,
    firstId: ids[0],
    lastId: ids.at(-1),
    idSum: sum('id'),
    timestampSum: sum('generated_timestamp'),
  }).toEqual(sandbox.truth().bulk);
  expect(new Set(ids).size).toBe(2345);
  expect((await ask(sandbox, '/api/v2/tickets/count')).body['count']).toMatchObject({ value: 2345 });
});

test('a million tickets start at once, tie in tens, and name themselves in every place', async () => {
  sandbox = await startZendesk({ clock: STILL, bulk: true, tickets: 1_000_000 });
  const middle = STILL.now().getTime() / 1000 - 200 * 86_400;
  const answer = await ask(sandbox, `/api/v2/incremental/tickets/cursor?start_time=${middle}&per_page=25`);
  const tickets = answer.body['tickets'] as readonly Row[];
  expect(tickets).toHaveLength(25);
  for (const ticket of tickets) {
    const at = Number(ticket['generated_timestamp']);
    expect(at).toBeGreaterThanOrEqual(middle);
    expect(Date.parse(String(ticket['updated_at'])) / 1000).toBe(at);
    expect(String(ticket['url'])).toContain(`/${String(ticket['id'])}.json`);
    expect(String(ticket['description'])).toContain(`المرجع: ${String(ticket['id'])}`);
  }
  expect(new Set(tickets.map((ticket) => ticket['generated_timestamp'])).size).toBe(3);
  expect(Buffer.byteLength(answer.text) / 25).toBeGreaterThan(2500);
  const users = Object.keys(sandbox.truth().resources['users'] ?? {});
  expect(users).toContain(String(tickets[0]?.['requester_id']));
});

test('a bulk account does not change', async () => {
  sandbox = await startZendesk({ clock: STILL, bulk: true, tickets: 10 });
  const bulk = sandbox;
  expect(() => bulk.change({ tickets: 1 })).toThrow(TypeError);
});
