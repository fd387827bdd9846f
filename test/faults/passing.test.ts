// Faults of Zendesk that pass: each hits every kind of feed in the middle, and the run still ends with the tables equal to the truth.

import { describe, expect, test } from 'vitest';
import type { Fault } from '../../sandbox/faults.ts';
import type { ZendeskOptions } from '../../sandbox/zendesk.ts';
import { zendeskAccount } from '../accounts.ts';
import { SMALL_PAGES } from '../crash/place.ts';
import {
  everywhere,
  expectKeptUp,
  expectPassed,
  type Feed,
  openTrial,
  PASSING,
  shareState,
} from './trial.ts';

shareState();

const account = (options: ZendeskOptions = {}) =>
  zendeskAccount({ tickets: 70, users: 40, organizations: 30, ...options });
const habits = { habits: SMALL_PAGES };

/** One feed of each kind: by cursor, by time, a list, a list by spans, and who wrote what. The lists of a small account end with their first page. */
const FEEDS: readonly Feed[] = [
  { path: 'incremental/tickets/cursor*per_page=31', nth: 2 },
  { path: 'incremental/ticket_events*per_page=125', nth: 2 },
  { path: 'incremental/users/cursor*per_page=15', nth: 2 },
  { path: 'incremental/organizations*per_page=15', nth: 2 },
  { path: '/ticket_fields?' },
  { path: '/satisfaction_ratings?' },
  { path: '/users/show_many?' },
];

/** One while tickets are read and one at the very end: a token that ends twice within one request is a failure that is told. */
const EXPIRIES: readonly Fault[] = [
  { kind: 'expired-token', path: 'incremental/tickets/cursor*per_page=31', nth: 2 },
  { kind: 'expired-token', path: '/satisfaction_ratings?', nth: 3 },
];

describe('A run succeeds with the tables equal to the truth in spite of', () => {
  test.for(PASSING)('$title', async ({ fault, ...options }) => {
    await expectPassed(await openTrial(account(), { ...habits, ...options }), everywhere(FEEDS, fault));
  });

  test('changes, births and deletions since the last run', async () => {
    await expectKeptUp(await openTrial(account(), habits));
  });

  test.for<{
    readonly title: string;
    readonly faults?: readonly Fault[];
    readonly account?: ZendeskOptions;
  }>([
    { title: 'tokens that expire while pages are read', faults: EXPIRIES },
    {
      title: 'a token endpoint that is away at first',
      faults: [{ kind: 'status', status: 503, path: '/oauth/tokens', count: 2 }],
    },
    { title: 'more changes within one second than a page holds', account: { tickets: 400 } },
    {
      title: "the vendor's own limits",
      account: { limits: { account: 20, incremental: 8, usersExport: 4, periodSeconds: 1 } },
    },
  ])('$title', async ({ faults, account: options }) => {
    await expectPassed(await openTrial(account(options), habits), faults);
  });

  test('rotating tokens that expire while pages are read', async () => {
    const starting = await account();
    const settings = { ZENDESK_OAUTH_REFRESH_TOKEN: starting.sandbox.credentials.refreshToken };
    await expectPassed(await openTrial(Promise.resolve(starting), { ...habits, settings }), EXPIRIES);
  });

  test('records that change while they are paged, after one more run', async () => {
    const trial = await openTrial(account({ churn: { perRequest: 5, total: 15 } }), habits);
    // Changes that came while the run was under way belong to the next one.
    expect((await trial.run()).status).toBe('succeeded');
    await expectPassed(trial);
  });
});
