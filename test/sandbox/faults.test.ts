// Every fault of the common vocabulary does what it says, and the admin paths tell what happened.

import { afterEach, expect, test } from 'vitest';
import { createFaults, type Fault, type FaultKind } from '../../sandbox/faults.ts';
import { createLimits } from '../../sandbox/limits.ts';
import { startZendesk, type ZendeskSandbox } from '../../sandbox/zendesk.ts';
import { ask, type Row, readExport, STILL } from './reader.ts';

const started: ZendeskSandbox[] = [];
async function start(faults: readonly Fault[] = []): Promise<ZendeskSandbox> {
  const sandbox = await startZendesk({ clock: STILL, tickets: 40, users: 30, organizations: 12, faults });
  started.push(sandbox);
  return sandbox;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
});

const GROUPS = '/api/v2/groups.json';
const TICKETS = '/api/v2/incremental/tickets/cursor?start_time=0&support_type_scope=all&per_page=9';

test.each([
  ['seconds', '7'],
  ['date', new Date(STILL.now().getTime() + 7000).toUTCString()],
  ['none', null],
] as const)('rate-limit: 429 once, with Retry-After as %s', async (retryAfter, header) => {
  const sandbox = await start([{ kind: 'rate-limit', retryAfterSeconds: 7, retryAfter }]);
  const refused = await ask(sandbox, GROUPS);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, header]);
  expect((await ask(sandbox, GROUPS)).status).toBe(200);
});

test('the journal blames a client that comes back before its Retry-After, and not one that waited', async () => {
  const sandbox = await start([{ kind: 'rate-limit', retryAfterSeconds: 10, count: 2 }]);
  await ask(sandbox, GROUPS);
  sandbox.clock.advance(4000);
  await ask(sandbox, GROUPS);
  sandbox.clock.advance(10_000);
  await ask(sandbox, GROUPS);
  const { journal } = (await ask(sandbox, '/__sandbox/journal')).body as { readonly journal: readonly Row[] };
  expect(journal.map((visit) => [visit['path'], visit['status'], visit['fault'], visit['earlyMs']])).toEqual([
    [GROUPS, 429, 'rate-limit', undefined],
    [GROUPS, 429, 'rate-limit', 6000],
    [GROUPS, 200, undefined, undefined],
  ]);
});

test.each([
  [500, 'json'],
  [503, 'html'],
  [504, 'text/plain'],
  [422, 'json'],
  [409, 'json'],
] as const)('status: %i in a body of %s', async (status, type) => {
  const sandbox = await start([{ kind: 'status', status }]);
  const answer = await ask(sandbox, GROUPS);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toContain(type);
});

test('forbidden, not-available and html answer in the vendor’s place', async () => {
  const sandbox = await start([
    { kind: 'forbidden', path: 'groups' },
    { kind: 'not-available', path: 'brands' },
    { kind: 'html', path: 'users' },
  ]);
  expect((await ask(sandbox, GROUPS)).body['error']).toMatchObject({ title: 'Forbidden' });
  expect((await ask(sandbox, '/api/v2/brands')).body['error']).toBe('InvalidEndpoint');
  const page = await ask(sandbox, '/api/v2/users');
  expect(page.status).toBe(200);
  expect(page.text).toMatch(/^<!doctype html>/);
});

test.each<FaultKind>(['reset', 'reset-in-body', 'truncated', 'truncated-chunked', 'lost-answer'])(
  '%s breaks the connection, and the next request is whole',
  async (kind) => {
    const sandbox = await start([{ kind }]);
    await expect(ask(sandbox, TICKETS)).rejects.toThrow();
    expect((await ask(sandbox, TICKETS)).status).toBe(200);
  },
);

test.each<FaultKind>(['reset-in-body', 'truncated', 'truncated-chunked', 'hang-in-body'])(
  '%s sends headers and a part of the body first',
  async (kind) => {
    const sandbox = await start([{ kind }]);
    const response = await fetch(sandbox.url + TICKETS, {
      headers: { authorization: `Bearer ${sandbox.credentials.accessToken}` },
    });
    expect(response.status).toBe(200);
    expect(response.headers.has('content-length')).toBe(kind !== 'truncated-chunked');
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(new TextDecoder().decode(first?.value).slice(0, 11)).toBe('{"tickets":');
    await reader?.cancel().catch(() => undefined);
  },
);

test('lost-answer takes effect, and reset does not', async () => {
  const sandbox = await start([
    { kind: 'reset', method: 'POST' },
    { kind: 'lost-answer', method: 'POST', nth: 2 },
  ]);
  const post = (): Promise<unknown> =>
    ask(sandbox, '/api/v2/tickets', {
      method: 'POST',
      headers: { authorization: `Bearer ${sandbox.credentials.accessToken}` },
      body: '{"ticket":{"comment":{"body":"نص"}}}',
    });
  const count = (): number =>
    sandbox.truth(new Date(STILL.now().getTime())).resources['tickets']
      ? Object.keys(sandbox.truth(STILL.now()).resources['tickets'] ?? {}).length
      : 0;
  await expect(post()).rejects.toThrow();
  expect(count()).toBe(40);
  await expect(post()).rejects.toThrow();
  expect(count()).toBe(41);
});

test.each<FaultKind>(['hang', 'hang-in-body'])('%s never ends on its own', async (kind) => {
  const sandbox = await start([{ kind }]);
  const waiting = ask(sandbox, GROUPS, {
    headers: { authorization: `Bearer ${sandbox.credentials.accessToken}` },
    signal: AbortSignal.timeout(150),
  });
  await expect(waiting).rejects.toThrow(/abort|timeout/i);
  expect(sandbox.journal.list()[0]?.fault).toBe(kind);
});

test('slow and delay bring the whole answer', async () => {
  const sandbox = await start([
    { kind: 'slow', bytes: 200, everyMs: 1 },
    { kind: 'delay', ms: 5, nth: 2 },
  ]);
  const slow = await ask(sandbox, GROUPS);
  const late = await ask(sandbox, GROUPS);
  expect(slow.text).toBe(late.text);
  expect(sandbox.journal.list().map((visit) => visit.fault)).toEqual(['slow', 'delay']);
});

test('bad-utf8 cannot be read strictly, and bom stands before the JSON', async () => {
  const sandbox = await start([{ kind: 'bad-utf8' }, { kind: 'bom', nth: 2 }]);
  const fetchBytes = async (): Promise<Uint8Array> => {
    const response = await fetch(sandbox.url + GROUPS, {
      headers: { authorization: `Bearer ${sandbox.credentials.accessToken}` },
    });
    return new Uint8Array(await response.arrayBuffer());
  };
  const broken = await fetchBytes();
  expect(() => new TextDecoder('utf-8', { fatal: true }).decode(broken)).toThrow(TypeError);
  expect([...(await fetchBytes()).slice(0, 4)]).toEqual([0xef, 0xbb, 0xbf, 0x7b]);
});

test('expired-token ends every token in the middle of a run', async () => {
  const sandbox = await start([{ kind: 'expired-token', nth: 2 }]);
  expect((await ask(sandbox, GROUPS)).status).toBe(200);
  expect((await ask(sandbox, GROUPS)).status).toBe(401);
  expect((await ask(sandbox, GROUPS)).status).toBe(401);
});

test('duplicate-page repeats records of the page before, and loses none', async () => {
  const sandbox = await start([{ kind: 'duplicate-page', path: 'cursor=', count: 2 }]);
  const { rows } = await readExport(sandbox, TICKETS, 'tickets');
  expect(rows).toHaveLength(46);
  expect(new Set(rows.map((row) => row['id'])).size).toBe(40);
});

test('repeated-cursor points at its own page', async () => {
  const sandbox = await start([{ kind: 'repeated-cursor', path: 'cursor=', count: 'always' }]);
  const first = await ask(sandbox, TICKETS);
  const second = await ask(sandbox, String(first.body['after_url']));
  const third = await ask(sandbox, String(second.body['after_url']));
  expect(second.body['after_cursor']).toBe(first.body['after_cursor']);
  expect(third.body).toEqual(second.body);
});

test('never-ending says that there is more after the last page, with a new cursor each time', async () => {
  const sandbox = await start([{ kind: 'never-ending', count: 'always' }]);
  const seen = new Set<unknown>();
  let next = TICKETS;
  for (let i = 0; i < 12; i++) {
    const answer = await ask(sandbox, next);
    expect(answer.body['end_of_stream']).toBe(false);
    seen.add(answer.body['after_cursor']);
    next = String(answer.body['after_url']);
  }
  expect(seen.size).toBe(12);
});

test('the page faults bend lists by cursor and exports by time too', async () => {
  const sandbox = await start();
  const list = '/api/v2/users?page[size]=5';
  const second = String(((await ask(sandbox, list)).body['links'] as Row)['next']);
  const events = '/api/v2/incremental/ticket_events?start_time=0&per_page=5';
  sandbox.faults.set([{ kind: 'repeated-cursor', count: 3 }]);
  expect(((await ask(sandbox, second)).body['links'] as Row)['next']).toBe(second);
  expect((await ask(sandbox, events)).body['end_time']).toBe(0);
  sandbox.faults.set([{ kind: 'duplicate-page', count: 2 }]);
  expect((await ask(sandbox, second)).body['users']).toHaveLength(8);
  sandbox.faults.set([{ kind: 'never-ending', count: 2 }]);
  expect((await ask(sandbox, '/api/v2/groups?page[size]=100')).body['meta']).toMatchObject({
    has_more: true,
  });
  expect((await ask(sandbox, '/api/v2/incremental/organizations?start_time=0')).body['end_of_stream']).toBe(
    false,
  );
});

test('a rule counts matching requests: nth, count, method, contains', () => {
  const faults = createFaults([
    { kind: 'status', path: '/a*?x=', method: 'GET', nth: 2, count: 2, contains: 'سم' },
  ]);
  const meet = (method: string, path: string, body: string): boolean =>
    faults.meet(method, path, body) !== undefined;
  expect(meet('POST', '/a/b?x=1', 'سم')).toBe(false);
  expect(meet('GET', '/b?x=1', 'سم')).toBe(false);
  expect(meet('GET', '/a/b?x=1', 'عسل')).toBe(false);
  expect([1, 2, 3, 4].map(() => meet('GET', '/a/b?x=1', 'سم'))).toEqual([false, true, true, false]);
  expect(faults.list()).toMatchObject([{ kind: 'status', fired: 2 }]);
});

test('a probability is drawn from the seed: the same seed gives the same storm', () => {
  const storm = (seed: number): readonly boolean[] => {
    const faults = createFaults([{ kind: 'status', probability: 0.3, seed }]);
    return Array.from({ length: 40 }, () => faults.meet('GET', '/x') !== undefined);
  };
  expect(storm(3)).toEqual(storm(3));
  expect(storm(3)).not.toEqual(storm(4));
  expect(storm(3).filter(Boolean).length).toBeGreaterThan(3);
});

test('faults are put, listed and deleted over HTTP, and a wrong one is refused with the allowed set', async () => {
  const sandbox = await start();
  const put = (body: string): ReturnType<typeof ask> =>
    ask(sandbox, '/__sandbox/faults', { method: 'PUT', body });
  expect((await put('{"faults":[{"kind":"status","status":500}]}')).body['faults']).toMatchObject([
    { kind: 'status', fired: 0 },
  ]);
  expect((await ask(sandbox, GROUPS)).status).toBe(500);
  expect((await put('[{"kind":"flood"}]')).status).toBe(400);
  expect((await put('[{"kind":"flood"}]')).text).toContain('rate-limit');
  expect((await put('{"faults":')).status).toBe(400);
  expect((await put('[{"kind":"status","stauts":500}]')).text).toContain('stauts');
  await put('[{"kind":"status","count":"always"}]');
  await ask(sandbox, '/__sandbox/faults', { method: 'DELETE' });
  expect((await ask(sandbox, GROUPS)).status).toBe(200);
});

test('changes, truth and clock over HTTP do what they do in process', async () => {
  const sandbox = await start();
  const changed = await ask(sandbox, '/__sandbox/changes', { method: 'POST', body: '{"newTickets":3}' });
  expect(changed.body).toEqual({ changes: 3 });
  const misspelt = await ask(sandbox, '/__sandbox/changes', { method: 'POST', body: '{"ticket":3}' });
  expect([misspelt.status, misspelt.text]).toEqual([400, expect.stringContaining('newTickets')]);
  const truth = (await ask(sandbox, '/__sandbox/truth')).body['resources'] as {
    readonly [name: string]: Row;
  };
  expect(Object.keys(truth['tickets'] ?? {})).toHaveLength(43);
  const early = (await ask(sandbox, '/__sandbox/truth?at=2026-01-01T00:00:00Z')).body['resources'] as {
    readonly [name: string]: Row;
  };
  expect(Object.keys(early['tickets'] ?? {}).length).toBeLessThan(20);
  await ask(sandbox, '/__sandbox/clock', { method: 'POST', body: '{"advanceMs":60000}' });
  expect(sandbox.clock.now().getTime()).toBe(STILL.now().getTime() + 60_000);
  expect((await ask(sandbox, '/__sandbox/nothing')).status).toBe(404);
});

test('a bucket refuses what is one too many, and is full again after its period', () => {
  let now = 0;
  const limits = createLimits(() => now);
  const take = (): boolean =>
    limits.take([{ name: 'a', total: 2, periodSeconds: 10 }]).every((bucket) => bucket.granted);
  expect([take(), take(), take()]).toEqual([true, true, false]);
  now = 9999;
  expect(take()).toBe(false);
  now = 10_000;
  expect(take()).toBe(true);
});
