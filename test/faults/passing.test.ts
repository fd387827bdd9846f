// Faults that pass: each hits every kind of feed in the middle, and the run still ends with the tables equal to the truth.

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { State } from '../../core/types.ts';
import type { Fault } from '../../sandbox/faults.ts';
import { complaintsOf, metOf, openTrial, sharedState, type TrialOptions } from './run-through.ts';

let state: State;
beforeAll(async () => {
  state = await sharedState();
});
afterAll(async () => {
  await state.close();
});

/** One feed of each kind: by cursor, by time, a list, a list by spans, and who wrote what. */
const FEEDS = [
  'incremental/tickets/cursor*per_page=31',
  'incremental/ticket_events*per_page=125',
  'incremental/users/cursor*per_page=15',
  'incremental/organizations*per_page=15',
  '/ticket_fields?',
  '/satisfaction_ratings?',
  '/users/show_many?',
] as const;

/** The fault on each feed, at its second request, twice in a row. The lists of a small account end with their first. */
function everywhere(fault: Omit<Fault, 'path'>): readonly Fault[] {
  return FEEDS.map((path) => ({ nth: path.includes('incremental') ? 2 : 1, count: 2, ...fault, path }));
}

/** One while tickets are read and one at the very end: a token that ends twice within one request is a failure that is told. */
const EXPIRIES: readonly Fault[] = [
  { kind: 'expired-token', path: FEEDS[0], nth: 2 },
  { kind: 'expired-token', path: '/satisfaction_ratings?', nth: 3 },
];

interface Passing extends TrialOptions {
  readonly title: string;
  readonly faults: readonly Fault[];
}

const hasty: TrialOptions = { timeoutMs: 800 };

const PASSING: readonly Passing[] = [
  {
    title: 'too many requests, with the seconds to wait',
    faults: everywhere({ kind: 'rate-limit', count: 1 }),
  },
  {
    title: 'too many requests, with the instant to wait for',
    faults: everywhere({ kind: 'rate-limit', retryAfter: 'date', count: 1 }),
  },
  {
    title: 'too many requests, without a word',
    faults: everywhere({ kind: 'rate-limit', retryAfter: 'none' }),
  },
  { title: 'internal server errors', faults: everywhere({ kind: 'status', status: 500 }) },
  { title: 'bad gateways', faults: everywhere({ kind: 'status', status: 502 }) },
  { title: 'a service that is away', faults: everywhere({ kind: 'status', status: 503 }) },
  { title: 'connections that are reset', faults: everywhere({ kind: 'reset' }) },
  { title: 'answers that are lost', faults: everywhere({ kind: 'lost-answer' }) },
  { title: 'connections that are reset inside a body', faults: everywhere({ kind: 'reset-in-body' }) },
  { title: 'bodies shorter than their length', faults: everywhere({ kind: 'truncated' }) },
  { title: 'bodies without their last chunk', faults: everywhere({ kind: 'truncated-chunked' }) },
  { title: 'slow bodies', faults: everywhere({ kind: 'slow', bytes: 20_000, everyMs: 5 }) },
  { title: 'late answers', faults: everywhere({ kind: 'delay', ms: 100 }) },
  { title: 'requests that are never answered', faults: everywhere({ kind: 'hang', count: 1 }), ...hasty },
  {
    title: 'bodies that stop in the middle',
    faults: everywhere({ kind: 'hang-in-body', count: 1 }),
    ...hasty,
  },
  {
    title: 'bodies too slow to wait for',
    faults: everywhere({ kind: 'slow', everyMs: 50, count: 1 }),
    ...hasty,
  },
  { title: 'HTML in place of data', faults: everywhere({ kind: 'html' }) },
  { title: 'broken UTF-8', faults: everywhere({ kind: 'bad-utf8' }) },
  {
    title: 'a byte order mark on every answer',
    faults: [{ kind: 'bom', path: 'per_page=31', count: 'always' }],
  },
  {
    title: 'pages that repeat records of the page before',
    faults: everywhere({ kind: 'duplicate-page', nth: 1, count: 'always' }),
  },
  {
    title: 'tokens that expire while pages are read',
    faults: EXPIRIES,
  },
  {
    title: 'rotating tokens that expire while pages are read',
    faults: EXPIRIES,
    env: ({ credentials }) => ({ ZENDESK_OAUTH_REFRESH_TOKEN: credentials.refreshToken }),
  },
  {
    title: 'a token endpoint that is away at first',
    faults: [{ kind: 'status', status: 503, path: '/oauth/tokens', count: 2 }],
  },
  {
    title: 'records that change while they are paged',
    faults: [],
    account: { churn: { perRequest: 5, total: 15 } },
  },
  {
    title: 'more changes within one second than a page holds',
    faults: [],
    account: { tickets: 400 },
  },
  {
    title: "the vendor's own limits",
    faults: [],
    account: {
      limits: { account: 20, incremental: 8, usersExport: 4, periodSeconds: 1 },
    },
  },
];

describe('A run succeeds with the tables equal to the truth in spite of', () => {
  test.for(PASSING)('$title', async ({ faults, ...options }) => {
    const trial = await openTrial(state, options);
    onTestFinished(() => trial.close());
    const record = await trial.run(faults);
    expect(complaintsOf(record)).toEqual({});
    expect(record.status).toBe('succeeded');
    for (const { path, kind } of faults)
      expect(metOf(trial.vendor, path), `a ${kind} on ${path}`).toContain(kind);
    // Changes that came while the run was under way belong to the next one.
    if (options.account?.churn !== undefined) await trial.run();
    expect(await trial.differences()).toEqual([]);
  });
});
