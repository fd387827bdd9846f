// Faults of Salesforce: those that pass leave a run that succeeded with the tables equal to the truth; those that last are told, keep
// what was read, and the next run completes it.

import { describe, expect, test } from 'vitest';
import type { SalesforceOptions as Reading } from '../../connectors/salesforce.ts';
import type { Fault } from '../../sandbox/faults.ts';
import type { SalesforceOptions } from '../../sandbox/salesforce.ts';
import { salesforceAccount } from '../accounts.ts';
import {
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

/** All streams share one reading, so that few stand for all and a test costs little. */
const STREAMS = ['cases', 'case_comments'];
const account = (options: SalesforceOptions = {}, reading: Reading = {}) =>
  salesforceAccount(
    { cases: 16, pageRows: 7, bulkPageRows: 7, now: new Date('2026-11-20T08:00:00Z'), ...options },
    { streams: STREAMS, ...reading },
  );

/** After this a reading must have told everything: five minutes that it leaves to settle, and two of the list of deletions. */
const SETTLED_MS = 430_000;

const CASES = 'queryAll*FROM+Case+WHERE*ORDER+BY';
const RESULTS = '/results';
const bulk = { bulkFromRows: 1 };
/** One request of each kind. */
const FEEDS: readonly Feed[] = [
  { path: 'sobjects/Case/describe' },
  { path: 'COUNT%28%29+FROM+CaseComment' },
  { path: CASES },
  { path: 'sobjects/CaseComment/deleted' },
];

/** The fault on what a bulk query needs: its job, the look at it, and its second page. */
function inBulk(fault: Omit<Fault, 'path'>): readonly Fault[] {
  return [
    { count: 1, ...fault, path: 'jobs/query', method: 'POST' },
    { count: 1, ...fault, path: 'jobs/query/', nth: 1 },
    { count: 1, ...fault, path: RESULTS, nth: 2 },
  ];
}

interface Own {
  readonly title: string;
  readonly faults?: readonly Fault[];
  readonly org?: SalesforceOptions;
  readonly reading?: Reading;
  readonly attempts?: number;
  /** Signs in with a refresh token that is taken once. */
  readonly rotates?: true;
}

const OWN: readonly Own[] = [
  {
    title: 'maintenance told in JSON',
    faults: everywhere(FEEDS, { kind: 'model', what: 'maintenance', count: 2 }),
  },
  {
    title: 'too many long requests of the org at once',
    faults: everywhere(FEEDS, { kind: 'model', what: 'crowded', count: 2 }),
  },
  {
    title: 'empty pages before the end',
    faults: [{ kind: 'empty-page', path: CASES, nth: 2, count: 3 }],
  },
  {
    title: 'sessions that end while pages are read',
    faults: [
      { kind: 'expired-token', path: CASES, nth: 2 },
      // The last of both streams: a session that ends twice within one request is a failure that is told.
      { kind: 'expired-token', path: 'deleted', nth: 2 },
    ],
  },
  {
    title: 'rotating tokens and sessions that end while pages are read',
    faults: [{ kind: 'expired-token', path: CASES, nth: 2 }],
    rotates: true,
  },
  {
    title: 'a token endpoint that is away at first',
    faults: [{ kind: 'status', status: 503, path: 'oauth2/token', count: 2 }],
  },
  {
    title: 'a span that takes too long to sort',
    faults: [{ kind: 'model', what: 'query_timeout', path: CASES, count: 2 }],
  },
  {
    title: 'more deletions than one answer may tell',
    faults: [{ kind: 'model', what: 'too_many_deleted', path: 'deleted', count: 3 }],
  },
  {
    title: 'related records that the user may not read',
    faults: [{ kind: 'model', what: 'unknown_field', path: 'Contact.Name', count: 'always' }],
  },
  {
    title: 'records that change while they are paged',
    org: { churn: { perRequest: 3, total: 12 } },
  },
  { title: 'changes that show four minutes late', org: { lagSeconds: 240 } },
  { title: 'bulk: server errors', faults: inBulk({ kind: 'status', status: 500 }), reading: bulk },
  { title: 'bulk: answers that are lost', faults: inBulk({ kind: 'lost-answer' }), reading: bulk },
  { title: 'bulk: bodies that are cut', faults: inBulk({ kind: 'truncated' }), reading: bulk },
  {
    title: 'bulk: pages that are empty',
    faults: [{ kind: 'empty-page', path: RESULTS, nth: 2, count: 3 }],
    reading: bulk,
  },
  {
    title: 'bulk: a locator that is no longer taken',
    faults: [{ kind: 'expired-cursor', path: `${RESULTS}*locator=` }],
    reading: bulk,
    attempts: 1,
  },
  {
    title: 'bulk: an object that cannot be read in bulk',
    faults: [{ kind: 'model', what: 'no_bulk', path: 'jobs/query', method: 'POST', count: 'always' }],
    reading: bulk,
  },
  {
    title: 'bulk: more jobs than a day may have',
    faults: [{ kind: 'model', what: 'too_many_jobs', path: 'jobs/query', method: 'POST', count: 'always' }],
    reading: bulk,
  },
  {
    title: 'bulk: a job that fails because it took too long',
    faults: [{ kind: 'model', what: 'failed_job', path: 'jobs/query', method: 'POST' }],
    reading: bulk,
  },
];

describe('A run succeeds with the tables equal to the truth in spite of', () => {
  test.for(PASSING)('$title', async ({ fault, ...options }) => {
    await expectPassed(await openTrial(account(), options), everywhere(FEEDS, fault));
  });

  test('changes, births and deletions since the last run', async () => {
    await expectKeptUp(await openTrial(account()));
  });

  test.for(OWN)('$title', async ({ faults, org, reading, attempts = 6, rotates }) => {
    const starting = await account(org, reading);
    const { refreshToken } = starting.sandbox.credentials;
    const settings = rotates === true ? { SALESFORCE_REFRESH_TOKEN: refreshToken } : {};
    const trial = await openTrial(Promise.resolve(starting), { attempts, settings });
    if (org !== undefined) {
      // Changes that came while the run was under way, and those that show late, belong to the next one.
      expect((await trial.run(faults)).status).toBe('succeeded');
      trial.busy();
    }
    await expectPassed(trial, org === undefined ? faults : []);
  });
});

/** From its second page on, so that something was read before. */
const onCases = (fault: Omit<Fault, 'count' | 'path'>): Lasting['faults'] => [
  { nth: 2, ...fault, path: CASES },
];

const LASTING: readonly (Lasting & { readonly reading?: Reading })[] = [
  {
    title: 'server errors',
    faults: onCases({ kind: 'status', status: 500 }),
    because: { cases: 'http.server_error' },
  },
  { title: 'resets', faults: onCases({ kind: 'reset' }), because: { cases: 'http.unreachable' } },
  {
    title: 'bodies that are cut',
    faults: onCases({ kind: 'truncated' }),
    because: { cases: 'http.bad_body' },
  },
  { title: 'HTML in place of data', faults: onCases({ kind: 'html' }), because: { cases: 'http.not_json' } },
  {
    title: 'pages that repeat',
    faults: onCases({ kind: 'repeated-cursor' }),
    because: { cases: 'salesforce.stuck_page' },
  },
  {
    title: 'empty pages without end',
    faults: onCases({ kind: 'never-ending' }),
    because: { cases: 'salesforce.stuck_page' },
  },
  {
    title: 'a daily allowance that is spent',
    faults: onCases({ kind: 'model', what: 'quota_spent' }),
    because: { cases: 'salesforce.quota_spent' },
  },
  {
    title: 'an org that is always crowded',
    faults: onCases({ kind: 'model', what: 'crowded' }),
    because: { cases: 'salesforce.crowded' },
  },
  {
    title: 'an object that is forbidden',
    faults: [{ kind: 'forbidden', path: 'sobjects/CaseComment/describe' }],
    because: { case_comments: 'salesforce.forbidden' },
  },
  {
    title: 'an object that is gone',
    faults: [{ kind: 'not-available', path: 'sobjects/CaseComment/describe' }],
    because: { case_comments: 'salesforce.no_object' },
  },
  {
    title: 'a field that vanishes while it is read',
    faults: onCases({ kind: 'model', what: 'unknown_field' }),
    because: { cases: 'salesforce.unknown_field' },
  },
  {
    title: 'an API that is switched off',
    faults: [{ kind: 'model', what: 'api_disabled', path: 'services/data' }],
    because: Object.fromEntries(STREAMS.map((stream) => [stream, 'salesforce.api_disabled'])),
    status: 'failed',
  },
  {
    title: 'bulk: CSV that ends between two rows',
    faults: [{ kind: 'model', what: 'cut_csv', path: RESULTS, nth: 2 }],
    because: { cases: 'salesforce.unexpected_answer' },
    reading: { ...bulk, streams: ['cases'] },
  },
  {
    title: 'bulk: a locator that points at itself',
    faults: [{ kind: 'repeated-cursor', path: RESULTS, nth: 2 }],
    because: { cases: 'salesforce.stuck_page' },
    reading: { ...bulk, streams: ['cases'] },
  },
];

describe('A run does not claim success, keeps what it read, and is completed by the next one, after', () => {
  test.for(LASTING)('$title', async ({ reading, ...lasting }) => {
    await expectTold(await openTrial(account({}, reading), { attempts: 2 }), lasting);
  });
});

describe('The daily allowance of the org', () => {
  test('is left alone beyond the share that is ours, and the run says when to come back', async () => {
    const trial = await openTrial(account({ dailyRequests: 100, usedRequests: 72 }, { keptForOthers: 0.2 }));
    const record = await trial.run();
    expect(record.status).not.toBe('succeeded');
    const told = record.streams.flatMap(({ error }) => error ?? []);
    expect(told.length).toBeGreaterThan(0);
    for (const { kind, code, message } of told) {
      expect({ kind, code }).toEqual({ kind: 'transient', code: 'salesforce.quota_spent' });
      expect(message).toMatch(/try again after \d{4}-\d\d-\d\dT/);
    }
    const used = trial.sandbox.journal.list().filter(({ path }) => path.startsWith('/services/data/')).length;
    expect(72 + used).toBeLessThanOrEqual(80 + 3);
    // A day later the run goes on where it ended.
    trial.sandbox.clock.advance(86_400_000);
    await expectPassed(trial);
  });
});

describe('A record that left the recycle bin', () => {
  // Deletions are told by the minute, and a reading leaves its last minutes to the next one.
  test.each([0, 17, 31, 59])(
    '%d seconds into a minute is marked as deleted by a later run, whenever that comes',
    async (second) => {
      const trial = await openTrial(account());
      trial.sandbox.clock.advance(second * 1000);
      await expectPassed(trial);
      trial.sandbox.change({ object: 'Case', purges: 1 });
      let late = 0;
      for (let waitedMs = 0; waitedMs < SETTLED_MS; waitedMs += 20_000) {
        trial.sandbox.clock.advance(20_000);
        expect((await trial.run()).status).toBe('succeeded');
        if ((await trial.differences()).length > 0) late += 1;
      }
      expect(late).toBeGreaterThan(0);
      expect(await trial.differences()).toEqual([]);
    },
  );
});
