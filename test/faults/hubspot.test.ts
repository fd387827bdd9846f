// HubSpot misbehaves: what passes leaves the tables equal to the truth, what lasts is told and completed by the next run.

import { describe, expect, test } from 'vitest';
import type { Fault } from '../../sandbox/faults.ts';
import type { HubspotOptions } from '../../sandbox/hubspot.ts';
import { hubspotAccount } from '../accounts.ts';
import {
  complaintsOf,
  everywhere,
  expectKeptUp,
  expectPassed,
  expectTold,
  type Feed,
  type Lasting,
  openTrial,
  PASSING,
  shareState,
} from './trial.ts';

shareState();

const account = (options: HubspotOptions = {}) => hubspotAccount(options, 'oauth');

/** A list, a search, a batch of associations and the definitions of properties. */
const FEEDS: readonly Feed[] = [
  { path: '/objects/contacts?limit=100&archived=false' },
  { path: '/objects/tickets/search' },
  { path: '/associations/tickets/contacts' },
  { path: '/properties/notes' },
  { path: '/owners' },
];

describe('A run succeeds with the tables equal to the truth in spite of', () => {
  test.for(PASSING)('$title', async ({ fault, ...options }) => {
    await expectPassed(await openTrial(account(), options), everywhere(FEEDS, fault));
  });

  test('changes, births and deletions since the last run', async () => {
    await expectKeptUp(await openTrial(account()));
  });

  test.for<{
    readonly title: string;
    readonly faults?: readonly Fault[];
    readonly options?: HubspotOptions;
  }>([
    // One at a time, and one at the very end: a token that ends twice within one request is a failure that is told.
    {
      title: 'tokens that expire while a list and the last stream are read',
      faults: [
        { kind: 'expired-token', path: '/objects/contacts?limit=100&archived=false', nth: 2 },
        { kind: 'expired-token', path: '/pipelines' },
      ],
    },
    {
      title: 'tokens that expire while associations are read',
      faults: [{ kind: 'expired-token', path: '/associations/tickets/contacts', nth: 2 }],
    },
    {
      title: 'pages that repeat records, empty pages, and a page that is no longer known',
      faults: [
        { kind: 'duplicate-page', path: '/objects/companies?', nth: 1, count: 'always' },
        { kind: 'empty-page', path: '/objects/contacts?limit=100&archived=false', nth: 2, count: 2 },
        { kind: 'expired-cursor', path: '/objects/tickets?*after=' },
      ],
    },
    { title: "the vendor's own limits", options: { limits: { searchPerSecond: 5, perTenSeconds: 40 } } },
  ])('$title', async ({ faults, options }) => {
    await expectPassed(await openTrial(account(options)), faults);
  });

  test('records that change while they are paged, after one more run', async () => {
    const trial = await openTrial(account({ churn: { perRequest: 2, total: 10 }, searchLagSeconds: 0 }));
    await trial.run();
    trial.sandbox.clock.advance(60_000);
    await expectPassed(trial);
  });
});

const LASTING: readonly Lasting[] = [
  {
    title: 'a search that fails for good',
    faults: [{ kind: 'status', status: 500, path: '/objects/tickets/search', nth: 3 }],
    because: { tickets: 'http.server_error' },
  },
  {
    title: 'a list whose pages go in a circle',
    faults: [{ kind: 'repeated-cursor', path: '/objects/contacts?' }],
    because: { contacts: 'hubspot.stuck_page' },
  },
  {
    title: 'a search that never ends',
    faults: [{ kind: 'never-ending', path: '/objects/deals/search', nth: 3 }],
    because: { deals: 'hubspot.stuck_page' },
  },
  {
    title: 'a next page without a name',
    faults: [{ kind: 'null-cursor', path: '/objects/emails?', nth: 2 }],
    because: { emails: 'hubspot.unexpected_answer' },
  },
  {
    title: 'a scope that is missing',
    faults: [{ kind: 'forbidden', path: '/objects/calls' }],
    because: { calls: 'hubspot.forbidden' },
  },
  {
    title: 'associations that are gone',
    faults: [{ kind: 'not-available', path: '/associations/notes' }],
    because: { notes: 'hubspot.not_found' },
  },
];

describe('A run does not claim success, keeps what it read, and is completed by the next one, after', () => {
  test.for(LASTING)('$title', async (lasting) => {
    await expectTold(await openTrial(account(), { attempts: 2 }), lasting);
  });

  test('the limit of a day, which names itself', async () => {
    const record = await (await openTrial(account({ limits: { perDay: 12 } }), { attempts: 2 })).run();
    expect(record.status).not.toBe('succeeded');
    const codes = Object.values(complaintsOf(record));
    expect(codes.length).toBeGreaterThan(0);
    for (const code of codes) expect(['hubspot.daily_limit', 'http.rate_limited']).toContain(code);
  });
});
