// Faults of Intercom: those that pass cost no row, and those that last are told with their reason.

import { describe, expect, test } from 'vitest';
import { intercom } from '../../connectors/intercom.ts';
import { intercomAccount } from '../accounts.ts';
import {
  everywhere,
  expectKeptUp,
  expectPassed,
  expectSignIn,
  expectTold,
  type Feed,
  type Lasting,
  openTrial,
  PASSING,
  shareState,
} from './trial.ts';

shareState();

const account = (options: Parameters<typeof intercomAccount>[0] = {}) =>
  intercomAccount({ scrollTtlSeconds: 2, ...options });

const FEEDS: readonly Feed[] = [
  { path: '/conversations/search', nth: 2 },
  { path: '/conversations/5', nth: 3 },
  { path: '/contacts/search', nth: 2 },
  { path: '/companies/scroll', nth: 2 },
  { path: '/articles?', nth: 2 },
  { path: '/tickets/search', nth: 2 },
];

describe('A run succeeds with the tables equal to the truth in spite of', () => {
  test.for(PASSING)('$title', async ({ fault, ...options }) => {
    await expectPassed(await openTrial(account(), options), everywhere(FEEDS, fault));
  });

  test('changes, births and deletions since the last run', async () => {
    await expectKeptUp(await openTrial(account()));
  });

  test("the vendor's own limit, which it meets without asking too often", async () => {
    const trial = await openTrial(account({ limits: 15 }));
    await expectPassed(trial);
    const visits = trial.sandbox.journal.list();
    expect(visits.length).toBeGreaterThan(40);
    expect(visits.filter(({ status }) => status === 429).length / visits.length).toBeLessThan(0.005);
  });

  test('a scroll over companies that somebody else holds', async () => {
    const trial = await openTrial(account({ scrollTtlSeconds: 6 }));
    const authorization = `Bearer ${trial.sandbox.token()}`;
    await fetch(`${trial.sandbox.url}/companies/scroll`, { headers: { authorization } });
    await expectPassed(trial);
  });
});

const impatient = { attempts: 2 };
const onSearch = { path: '/tickets/search', nth: 2 };
const LASTING: readonly Lasting[] = [
  {
    title: 'too many requests, for ever',
    faults: [{ kind: 'rate-limit', ...onSearch }],
    because: { tickets: 'http.rate_limited' },
  },
  {
    title: 'server errors',
    faults: [{ kind: 'status', status: 500, ...onSearch }],
    because: { tickets: 'http.server_error' },
  },
  {
    title: 'bodies that are cut',
    faults: [{ kind: 'truncated', ...onSearch }],
    because: { tickets: 'http.bad_body' },
  },
  {
    title: 'HTML in place of data',
    faults: [{ kind: 'html', ...onSearch }],
    because: { tickets: 'http.not_json' },
  },
  {
    title: 'a cursor that points at itself',
    faults: [{ kind: 'repeated-cursor', ...onSearch }],
    because: { tickets: 'intercom.stuck_page' },
  },
  {
    title: 'pages without end',
    faults: [{ kind: 'never-ending', path: '/tickets/search' }],
    complete: true,
    because: { tickets: 'intercom.stuck_page' },
  },
  {
    title: 'a conversation that cannot be read',
    faults: [{ kind: 'status', status: 500, path: '/conversations/505' }],
    because: { conversation_parts: 'http.server_error' },
  },
  {
    title: 'a scroll that always breaks',
    faults: [{ kind: 'reset', path: 'scroll_param=' }],
    because: { companies: 'http.unreachable' },
  },
  {
    title: 'a stream that is forbidden',
    faults: [{ kind: 'forbidden', path: '/articles?' }],
    because: { articles: 'intercom.forbidden' },
  },
  {
    title: 'a search that is gone',
    faults: [{ kind: 'not-available', path: '/contacts/search' }],
    because: { contacts: 'intercom.not_found' },
  },
  {
    title: 'a vendor that is away',
    faults: [{ kind: 'status', status: 503 }],
    status: 'failed',
    because: Object.fromEntries(intercom().streams.map(({ name }) => [name, 'http.server_error'])),
  },
];

describe('A run does not claim success, keeps what it read, and is completed by the next one, after', () => {
  test.for(LASTING)('$title', async (lasting) => {
    await expectTold(await openTrial(account(), impatient), lasting);
  });

  test('a token that is revoked, with the setting to look at', async () => {
    await expectSignIn(
      await openTrial(account(), impatient),
      [{ kind: 'expired-token', path: '/tickets/search', nth: 2 }],
      { stream: 'tickets', code: 'intercom.unauthorized', setting: 'INTERCOM_ACCESS_TOKEN' },
    );
  });
});
