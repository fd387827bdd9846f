// Faults of Intercom: those that pass cost no row, and those that last are told with their reason.

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { intercom } from '../../connectors/intercom.ts';
import type { State } from '../../core/types.ts';
import { type IntercomOptions, type IntercomSandbox, startIntercom } from '../../sandbox/intercom.ts';
import { truthOf } from '../connectors/intercom-place.ts';
import {
  complaintsOf,
  expectPassed,
  expectTold,
  type Feed,
  type Lasting,
  openVendorTrial,
  PASSING,
  sharedState,
  type TrialOptions,
  type VendorTrial,
} from './vendor-trial.ts';

let state: State;
beforeAll(async () => {
  state = await sharedState();
});
afterAll(async () => {
  await state.close();
});

async function openTrial(options: TrialOptions & { readonly account?: IntercomOptions } = {}) {
  const small = { conversations: 20, contacts: 18, companies: 14, articles: 14, tickets: 14, largestPage: 6 };
  const sandbox = await startIntercom({ ...small, scrollTtlSeconds: 2, ...options.account });
  // What happened last must be older than what a search still leaves to the next run.
  sandbox.clock.advance(120_000);
  const vendor = {
    connector: intercom(),
    sandbox,
    env: () => ({ INTERCOM_BASE_URL: sandbox.url, INTERCOM_ACCESS_TOKEN: sandbox.token() }),
    truth: (stream: string) => truthOf(stream, sandbox.truth().resources),
  };
  const trial: VendorTrial<IntercomSandbox> = openVendorTrial(state, vendor, options);
  onTestFinished(() => trial.close());
  return trial;
}

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
    await expectPassed(await openTrial(options), FEEDS, fault);
  });

  test("the vendor's own limit, which it meets without asking too often", async () => {
    const trial = await openTrial({ account: { limits: 15 } });
    expect((await trial.run()).status).toBe('succeeded');
    const visits = trial.sandbox.journal.list();
    expect(visits.length).toBeGreaterThan(40);
    expect(visits.filter(({ status }) => status === 429).length / visits.length).toBeLessThan(0.005);
    expect(await trial.differences()).toEqual([]);
  });

  test('a scroll over companies that somebody else holds', async () => {
    const trial = await openTrial({ account: { scrollTtlSeconds: 6 } });
    const authorization = `Bearer ${trial.sandbox.token()}`;
    await fetch(`${trial.sandbox.url}/companies/scroll`, { headers: { authorization } });
    expect(complaintsOf(await trial.run())).toEqual({});
    expect(await trial.differences()).toEqual([]);
  });
});

const impatient: TrialOptions = { attempts: 2 };
const onSearch = { path: '/tickets/search', nth: 2 };
const LASTING: readonly Lasting[] = [
  {
    title: 'too many requests, for ever',
    faults: [{ kind: 'rate-limit', ...onSearch }],
    status: 'partial',
    because: { tickets: 'http.rate_limited' },
  },
  {
    title: 'server errors',
    faults: [{ kind: 'status', status: 500, ...onSearch }],
    status: 'partial',
    because: { tickets: 'http.server_error' },
  },
  {
    title: 'bodies that are cut',
    faults: [{ kind: 'truncated', ...onSearch }],
    status: 'partial',
    because: { tickets: 'http.bad_body' },
  },
  {
    title: 'HTML in place of data',
    faults: [{ kind: 'html', ...onSearch }],
    status: 'partial',
    because: { tickets: 'http.not_json' },
  },
  {
    title: 'a cursor that points at itself',
    faults: [{ kind: 'repeated-cursor', ...onSearch }],
    status: 'partial',
    because: { tickets: 'intercom.stuck_page' },
  },
  {
    title: 'pages without end',
    faults: [{ kind: 'never-ending', path: '/tickets/search' }],
    status: 'partial',
    because: { tickets: 'intercom.stuck_page' },
  },
  {
    title: 'a conversation that cannot be read',
    faults: [{ kind: 'status', status: 500, path: '/conversations/505' }],
    status: 'partial',
    because: { conversation_parts: 'http.server_error' },
  },
  {
    title: 'a scroll that always breaks',
    faults: [{ kind: 'reset', path: 'scroll_param=' }],
    status: 'partial',
    because: { companies: 'http.unreachable' },
  },
  {
    title: 'a stream that is forbidden',
    faults: [{ kind: 'forbidden', path: '/articles?' }],
    status: 'partial',
    because: { articles: 'intercom.forbidden' },
  },
  {
    title: 'a search that is gone',
    faults: [{ kind: 'not-available', path: '/contacts/search' }],
    status: 'partial',
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
    await expectTold(await openTrial(impatient), lasting);
  });

  test('a token that is revoked, with the setting to look at', async () => {
    const trial = await openTrial(impatient);
    const record = await trial.run([{ kind: 'expired-token', path: '/tickets/search', nth: 2 }]);
    expect(complaintsOf(record)['tickets']).toBe('intercom.unauthorized');
    expect(record.streams.find(({ stream }) => stream === 'tickets')?.error?.hint).toContain(
      'INTERCOM_ACCESS_TOKEN',
    );
    expect((await trial.run()).status).toBe('succeeded');
    expect(await trial.differences()).toEqual([]);
  });
});
