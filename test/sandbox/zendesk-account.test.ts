// The rest of the Zendesk stand-in: who may read, the lists, the ratings, creating tickets, limits, and what is in the texts.
// Above 300 lines: the stand-in makes that many promises.

import { afterEach, expect, test } from 'vitest';
import { ODDITIES } from '../../sandbox/utterance.ts';
import { startZendesk, type ZendeskOptions, type ZendeskSandbox } from '../../sandbox/zendesk.ts';
import { type Answer, ask, NOON, type Row, STILL } from './reader.ts';

const started: ZendeskSandbox[] = [];
async function start(options: ZendeskOptions = {}): Promise<ZendeskSandbox> {
  const sandbox = await startZendesk({ clock: STILL, tickets: 60, users: 30, organizations: 12, ...options });
  started.push(sandbox);
  return sandbox;
}
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
});

async function token(sandbox: ZendeskSandbox, fields: { readonly [name: string]: string }): Promise<Answer> {
  const { clientId, clientSecret } = sandbox.credentials;
  return ask(sandbox, '/oauth/tokens', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_id: clientId, client_secret: clientSecret, ...fields }),
  });
}

const bearer = (value: unknown): RequestInit => ({ headers: { authorization: `Bearer ${String(value)}` } });

test('client credentials bring a token that ends', async () => {
  const sandbox = await start({ tokenTtlSeconds: 30 });
  const granted = await token(sandbox, { grant_type: 'client_credentials', scope: 'read' });
  expect(granted.body).toMatchObject({ token_type: 'bearer', scope: 'read', expires_in: 30 });
  const use = (): Promise<Answer> => ask(sandbox, '/api/v2/groups', bearer(granted.body['access_token']));
  expect((await use()).status).toBe(200);
  sandbox.clock.advance(30_000);
  expect(await use()).toMatchObject({ status: 401, body: { error: "Couldn't authenticate you" } });
});

test('a refresh token works once: the old one is an invalid grant, the new one works', async () => {
  const sandbox = await start();
  const first = await token(sandbox, {
    grant_type: 'refresh_token',
    refresh_token: sandbox.credentials.refreshToken,
  });
  expect(first.status).toBe(200);
  const again = await token(sandbox, {
    grant_type: 'refresh_token',
    refresh_token: sandbox.credentials.refreshToken,
  });
  expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  const second = await token(sandbox, {
    grant_type: 'refresh_token',
    refresh_token: String(first.body['refresh_token']),
  });
  expect(second.status).toBe(200);
  expect(sandbox.refreshToken()).toBe(second.body['refresh_token']);
});

test('a wrong secret and an unknown grant are refused', async () => {
  const sandbox = await start();
  expect(
    (await token(sandbox, { grant_type: 'client_credentials', client_secret: 'wrong' })).body['error'],
  ).toBe('invalid_client');
  expect((await token(sandbox, { grant_type: 'password' })).body['error']).toBe('unsupported_grant_type');
});

test('an unknown scope still brings a token, and every call with it is forbidden', async () => {
  const sandbox = await start();
  const granted = await token(sandbox, { grant_type: 'client_credentials', scope: 'raed' });
  expect(granted.status).toBe(200);
  expect((await ask(sandbox, '/api/v2/groups', bearer(granted.body['access_token']))).status).toBe(403);
});

test('the legacy API token works, and a wrong one does not', async () => {
  const sandbox = await start();
  const basic = (secret: string): RequestInit => ({
    headers: {
      authorization: `Basic ${Buffer.from(`${sandbox.credentials.email}/token:${secret}`).toString('base64')}`,
    },
  });
  expect((await ask(sandbox, '/api/v2/groups.json', basic(sandbox.credentials.apiToken))).status).toBe(200);
  expect((await ask(sandbox, '/api/v2/groups.json', basic('wrong'))).status).toBe(401);
});

test('users/me answers a stranger with 200 and nobody', async () => {
  const sandbox = await start();
  const stranger = await ask(sandbox, '/api/v2/users/me.json', { headers: {} });
  expect(stranger).toMatchObject({ status: 200, body: { user: { id: null } } });
  expect((await ask(sandbox, '/api/v2/users/me.json')).body['user']).toMatchObject({ role: 'admin' });
});

test('a list by cursor follows links.next to its end and counts what its count says', async () => {
  const sandbox = await start();
  for (const resource of [
    'ticket_fields',
    'groups',
    'brands',
    'users',
    'organizations',
    'satisfaction_ratings',
  ]) {
    const seen = new Set<unknown>();
    let next: string | null = `/api/v2/${resource}.json?page[size]=3`;
    while (next !== null) {
      const answer: Answer = await ask(sandbox, next);
      for (const row of answer.body[resource] as readonly Row[]) seen.add(row['id']);
      const { has_more } = answer.body['meta'] as { readonly has_more: boolean };
      next = (answer.body['links'] as { readonly next: string | null }).next;
      expect(has_more).toBe(next !== null);
    }
    const count = (await ask(sandbox, `/api/v2/${resource}/count.json`)).body['count'];
    if (resource !== 'brands') expect(count).toMatchObject({ value: seen.size });
    expect(seen.size).toBeGreaterThan(0);
  }
});

test('pages by number end at ten thousand records, and a page of more than a hundred is refused', async () => {
  const sandbox = await start();
  expect((await ask(sandbox, '/api/v2/tickets?page=101')).body['errors']).toMatchObject([
    { code: 'InvalidPaginationDepth' },
  ]);
  expect((await ask(sandbox, '/api/v2/tickets?page[size]=101')).status).toBe(400);
  expect((await ask(sandbox, '/api/v2/tickets?page[size]=5&page[after]=zzz')).status).toBe(400);
});

test('at most a hundred users are shown at once', async () => {
  const sandbox = await start();
  const ids = Object.keys(sandbox.truth().resources['users'] ?? {});
  expect(
    (await ask(sandbox, `/api/v2/users/show_many?ids=${ids.slice(0, 4).join(',')},1`)).body['users'],
  ).toHaveLength(4);
  expect(
    (await ask(sandbox, `/api/v2/users/show_many?ids=${Array.from({ length: 101 }, (_, i) => i).join(',')}`))
      .status,
  ).toBe(400);
});

test('an account has one of the two ratings, and the other endpoint does not exist', async () => {
  const legacy = await start();
  expect((await ask(legacy, '/api/v2/guide/survey_responses?page[size]=1')).body['error']).toBe(
    'InvalidEndpoint',
  );
  const surveys = await start({ csat: 'surveys' });
  expect((await ask(surveys, '/api/v2/satisfaction_ratings?page[size]=1')).body['error']).toBe(
    'InvalidEndpoint',
  );
  expect((await ask(surveys, '/api/v2/satisfaction_ratings/count')).body['error']).toBe('InvalidEndpoint');
  const [first] = (await ask(surveys, '/api/v2/guide/survey_responses?page[size]=1')).body[
    'survey_responses'
  ] as readonly Row[];
  expect(first?.['subjects']).toMatchObject([{ zrn: expect.stringMatching(/^zen:ticket:\d+$/) }]);
});

test('ratings are cut to their window, and a window that ends in the last minute is refused', async () => {
  const sandbox = await start();
  const second = (iso: unknown): number => Date.parse(String(iso)) / 1000;
  const all = Object.values(sandbox.truth().resources['satisfaction_ratings'] ?? {})
    .map((row) => second(row['updated_at']))
    .sort((a, b) => a - b);
  const [start_, end] = [all[5] ?? 0, all[15] ?? 0];
  const answer = await ask(
    sandbox,
    `/api/v2/satisfaction_ratings?page[size]=100&start_time=${start_}&end_time=${end}`,
  );
  expect(answer.body['satisfaction_ratings']).toHaveLength(
    all.filter((at) => at >= start_ && at <= end).length,
  );
  expect(
    (await ask(sandbox, `/api/v2/satisfaction_ratings?end_time=${NOON.getTime() / 1000 - 60}`)).status,
  ).toBe(400);
  expect(
    new Set(
      Object.values(sandbox.truth().resources['satisfaction_ratings'] ?? {}).map((row) => row['score']),
    ),
  ).toEqual(new Set(['offered', 'good', 'bad']));
});

const create = (sandbox: ZendeskSandbox, key: string, body: string): Promise<Answer> =>
  ask(sandbox, '/api/v2/tickets.json', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${sandbox.credentials.accessToken}`,
      'idempotency-key': key,
      'content-type': 'application/json',
    },
    body,
  });

test('one Idempotency-Key makes one ticket; another body under it is refused; after two hours it is forgotten', async () => {
  const sandbox = await start();
  const body = JSON.stringify({
    ticket: { subject: 'شكوى', comment: { body: 'الطلب متأخر' }, external_id: 'voc-1' },
  });
  const made = await create(sandbox, 'k1', body);
  expect(made.status).toBe(201);
  expect(made.headers.get('x-idempotency-lookup')).toBe('miss');
  const again = await create(sandbox, 'k1', body);
  expect(again.headers.get('x-idempotency-lookup')).toBe('hit');
  expect(again.body['ticket']).toMatchObject({ id: (made.body['ticket'] as Row)['id'] });
  expect((await create(sandbox, 'k1', body.replace('متأخر', 'ضائع'))).body['error']).toBe(
    'IdempotentRequestError',
  );
  expect((await ask(sandbox, '/api/v2/tickets?external_id=voc-1')).body['tickets']).toHaveLength(1);
  sandbox.clock.advance(2 * 3600_000);
  expect((await create(sandbox, 'k1', body)).headers.get('x-idempotency-lookup')).toBe('miss');
});

test('a ticket without words, and a body that is no JSON, are refused', async () => {
  const sandbox = await start();
  expect(await create(sandbox, 'a', '{"ticket":{"subject":"x"}}')).toMatchObject({
    status: 422,
    body: { error: 'RecordInvalid' },
  });
  expect((await create(sandbox, 'b', '{"ticket":')).status).toBe(422);
});

test('comments of a deleted ticket are gone, those of a living one are there', async () => {
  const sandbox = await start({ tickets: 200 });
  const tickets = Object.values(sandbox.truth().resources['tickets'] ?? {});
  const gone = tickets.find((ticket) => ticket['status'] === 'deleted');
  const alive = tickets.find((ticket) => ticket['status'] !== 'deleted');
  expect((await ask(sandbox, `/api/v2/tickets/${String(gone?.['id'])}/comments`)).body['error']).toBe(
    'RecordNotFound',
  );
  const { comments } = (
    await ask(sandbox, `/api/v2/tickets/${String(alive?.['id'])}/comments?page[size]=100`)
  ).body as { readonly comments: readonly Row[] };
  expect(comments[0]?.['body']).toBe(alive?.['description']);
});

test('limits are told in the vendor’s headers, and the request that is one too many gets 429 with Retry-After', async () => {
  const sandbox = await start({ limits: { account: 5, incremental: 2, periodSeconds: 36 } });
  const path = '/api/v2/incremental/tickets/cursor?start_time=0';
  const first = await ask(sandbox, path);
  expect(first.headers.get('zendesk-ratelimit-incremental-exports')).toBe('total=2; remaining=1; resets=36');
  expect(first.headers.get('x-rate-limit-remaining')).toBe('4');
  expect(first.headers.get('ratelimit-reset')).toBe('36');
  // Organizations share the bucket of the tickets export.
  expect((await ask(sandbox, '/api/v2/incremental/organizations?start_time=0')).status).toBe(200);
  const refused = await ask(sandbox, path);
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('36');
  expect(refused.headers.get('content-type')).toContain('text/plain');
  sandbox.clock.advance(36_000);
  expect((await ask(sandbox, path)).status).toBe(200);
});

test('the fields of the account are hard on column names', async () => {
  const sandbox = await start();
  const fields = Object.values(sandbox.truth().resources['ticket_fields'] ?? {});
  const titles = fields.map((field) => field['title']);
  expect(titles.filter((title) => title === 'المدينة')).toHaveLength(2);
  expect(titles.filter((title) => title === 'Status')).toHaveLength(2);
  expect(titles).toEqual(expect.arrayContaining(['حالة', 'حاله']));
  expect(new Set(fields.map((field) => field['type']))).toEqual(
    new Set([
      'subject',
      'description',
      'status',
      'tickettype',
      'priority',
      'group',
      'assignee',
      'custom_status',
      'tagger',
      'integer',
      'decimal',
      'date',
      'checkbox',
      'multiselect',
      'text',
      'regexp',
      'textarea',
    ]),
  );
});

test('a field that appears is held by the tickets that change afterwards', async () => {
  const sandbox = await start();
  sandbox.change({ fields: 1, tickets: 10 });
  const fields = Object.values(sandbox.truth().resources['ticket_fields'] ?? {});
  const newest = fields.reduce((a, b) => (Number(a['id']) > Number(b['id']) ? a : b));
  const tickets = Object.values(sandbox.truth().resources['tickets'] ?? {});
  expect(
    tickets.some((ticket) =>
      (ticket['custom_fields'] as readonly Row[]).some((field) => field['id'] === newest['id']),
    ),
  ).toBe(true);
});

test('even a small account has every odd text, and a truth label for every story', async () => {
  const sandbox = await start();
  const { resources, labels } = sandbox.truth();
  const bodies = Object.values(resources['comments'] ?? {}).map((comment) => String(comment['body']));
  const signs: { readonly [oddity in (typeof ODDITIES)[number]]: RegExp } = {
    tatweel: /\u0640{4}/,
    tashkeel: /\u064e/,
    presentation_forms: /\ufedf/,
    bidi_controls: /\u2067/,
    html: /./,
    joined_emoji: /\u200d/,
    nul: /\u0000/,
    lone_surrogate: /[\ud800-\udbff](?![\udc00-\udfff])/,
    very_long: /.{30000}/,
    prompt_injection: /Ignore all previous/,
    formula: /^=HYPERLINK/,
  };
  for (const oddity of ODDITIES)
    expect(
      bodies.some((body) => signs[oddity].test(body)),
      oddity,
    ).toBe(true);
  expect(bodies.some((body) => Buffer.byteLength(body) > 70_000)).toBe(true);
  expect(Object.keys(labels)).toHaveLength(60);
  expect(new Set(Object.values(labels))).toEqual(new Set(['positive', 'negative', 'neutral', 'mixed']));
});

test('the same seed tells the same story at another time', async () => {
  const words = async (now: Date): Promise<readonly unknown[]> => {
    const sandbox = await start({ clock: { now: () => now, monotonicMs: () => 0 } });
    return Object.values(sandbox.truth().resources['tickets'] ?? {}).map((ticket) => ticket['description']);
  };
  expect(await words(NOON)).toEqual(await words(new Date('2025-03-01T08:30:17Z')));
});

test('required properties of the vendor’s schemas are there', async () => {
  const sandbox = await start();
  const resources = sandbox.truth().resources;
  const required: { readonly [resource: string]: readonly string[] } = {
    tickets: [
      'id',
      'url',
      'requester_id',
      'created_at',
      'updated_at',
      'subject',
      'description',
      'status',
      'priority',
      'type',
      'via',
      'tags',
      'custom_fields',
      'satisfaction_rating',
      'brand_id',
      'group_id',
      'organization_id',
      'assignee_id',
      'submitter_id',
      'has_incidents',
      'due_at',
      'external_id',
    ],
    users: [
      'id',
      'url',
      'name',
      'email',
      'active',
      'role',
      'created_at',
      'updated_at',
      'organization_id',
      'time_zone',
      'locale',
      'tags',
      'user_fields',
      'suspended',
      'verified',
    ],
    organizations: [
      'id',
      'url',
      'name',
      'created_at',
      'updated_at',
      'domain_names',
      'tags',
      'organization_fields',
      'external_id',
      'group_id',
    ],
    ticket_fields: [
      'id',
      'url',
      'type',
      'title',
      'raw_title',
      'position',
      'active',
      'created_at',
      'updated_at',
      'removable',
      'tag',
      'regexp_for_validation',
    ],
    satisfaction_ratings: [
      'id',
      'url',
      'assignee_id',
      'group_id',
      'requester_id',
      'ticket_id',
      'score',
      'created_at',
      'updated_at',
      'comment',
    ],
    ticket_events: [
      'id',
      'ticket_id',
      'timestamp',
      'created_at',
      'updater_id',
      'via',
      'system',
      'event_type',
      'child_events',
    ],
  };
  for (const [resource, names] of Object.entries(required))
    for (const record of Object.values(resources[resource] ?? {}))
      expect(Object.keys(record), resource).toEqual(expect.arrayContaining([...names]));
});
