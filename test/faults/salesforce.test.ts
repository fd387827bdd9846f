// Faults of Salesforce: those that pass leave a run that succeeded with the tables equal to the truth; those that last are told, keep
// what was read, and the next run completes it.

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { State } from '../../core/types.ts';
import type { Fault } from '../../sandbox/faults.ts';
import { complaintsOf, sharedState } from './run-through.ts';
import { openTrial, STREAMS, type TrialOptions } from './salesforce.ts';

let state: State;
beforeAll(async () => {
  state = await sharedState();
});
afterAll(async () => {
  await state.close();
});

const CASES = 'queryAll*FROM+Case+WHERE*ORDER+BY';
const RESULTS = '/results';
/** One request of each kind. */
const REQUESTS = [
  'sobjects/Case/describe',
  'COUNT%28%29+FROM+CaseComment',
  CASES,
  'sobjects/CaseComment/deleted',
] as const;
const bulk = { bulkFromRows: 1 };

/** The fault on each kind of request, twice in a row. */
function everywhere(fault: Omit<Fault, 'path'>): readonly Fault[] {
  return REQUESTS.map((path) => ({ count: 2, ...fault, path }));
}

/** The fault on what a bulk query needs: its job, the look at it, and its second page. */
function inBulk(fault: Omit<Fault, 'path'>): readonly Fault[] {
  return [
    { count: 1, ...fault, path: 'jobs/query', method: 'POST' },
    { count: 1, ...fault, path: 'jobs/query/', nth: 1 },
    { count: 1, ...fault, path: RESULTS, nth: 2 },
  ];
}

interface Passing extends TrialOptions {
  readonly title: string;
  readonly faults: readonly Fault[];
}

const hasty: TrialOptions = { timeoutMs: 800 };

const PASSING: readonly Passing[] = [
  {
    title: 'too many requests, without a word',
    faults: everywhere({ kind: 'rate-limit', retryAfter: 'none' }),
  },
  { title: 'internal server errors', faults: everywhere({ kind: 'status', status: 500 }) },
  { title: 'maintenance', faults: everywhere({ kind: 'status', status: 503 }) },
  { title: 'maintenance told in JSON', faults: everywhere({ kind: 'model', what: 'maintenance' }) },
  {
    title: 'too many long requests of the org at once',
    faults: everywhere({ kind: 'model', what: 'crowded' }),
  },
  { title: 'connections that are reset', faults: everywhere({ kind: 'reset' }) },
  { title: 'answers that are lost', faults: everywhere({ kind: 'lost-answer' }) },
  { title: 'bodies shorter than their length', faults: everywhere({ kind: 'truncated' }) },
  { title: 'bodies without their last chunk', faults: everywhere({ kind: 'truncated-chunked' }) },
  { title: 'slow bodies', faults: everywhere({ kind: 'slow', bytes: 5_000, everyMs: 2 }) },
  {
    title: 'requests that are never answered',
    faults: everywhere({ kind: 'hang', count: 1 }),
    ...hasty,
  },
  { title: 'HTML in place of data', faults: everywhere({ kind: 'html' }) },
  { title: 'broken UTF-8', faults: everywhere({ kind: 'bad-utf8' }) },
  { title: 'a byte order mark', faults: everywhere({ kind: 'bom', count: 'always' }) },
  {
    title: 'pages that repeat records of the page before',
    faults: [{ kind: 'duplicate-page', path: CASES, count: 'always' }],
  },
  {
    title: 'empty pages before the end',
    faults: [{ kind: 'empty-page', path: CASES, nth: 2, count: 3 }],
  },
  {
    title: 'sessions that end while pages are read',
    faults: [
      { kind: 'expired-token', path: CASES, nth: 2 },
      { kind: 'expired-token', path: 'deleted' },
    ],
  },
  {
    title: 'rotating tokens and sessions that end while pages are read',
    faults: [{ kind: 'expired-token', path: CASES, nth: 2 }],
    env: ({ credentials }) => ({ SALESFORCE_REFRESH_TOKEN: credentials.refreshToken }),
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
    faults: [],
    account: { churn: { perRequest: 3, total: 12 } },
  },
  { title: 'changes that show four minutes late', faults: [], account: { lagSeconds: 240 } },
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
  test.for(PASSING)('$title', async ({ faults, ...options }) => {
    const trial = await openTrial(state, options);
    onTestFinished(() => trial.close());
    const first = await trial.run(faults);
    expect(complaintsOf(first)).toEqual({});
    expect(first.status).toBe('succeeded');
    // Changes that came while the run was under way, and those that show late, belong to the next one.
    if (options.account !== undefined) {
      trial.change();
      expect((await trial.run()).status).toBe('succeeded');
    }
    expect(await trial.differences()).toEqual([]);
    const met = new Set(trial.vendor.journal.list().flatMap(({ fault }) => fault ?? []));
    for (const { kind, what } of faults) expect(met, `${kind} struck`).toContain(what ?? kind);
  });
});

interface Lasting extends TrialOptions {
  readonly title: string;
  readonly faults: readonly Fault[];
  /** Which streams complain, and with which code. */
  readonly because: { readonly [stream: string]: string };
  readonly status?: 'partial' | 'failed';
  /** The fault comes after the last record, so that nothing is missing all the same. */
  readonly complete?: true;
}

const always = (fault: Omit<Fault, 'count'>): readonly Fault[] => [{ ...fault, count: 'always' }];
const onCases = (fault: Omit<Fault, 'count' | 'path'>) => always({ nth: 2, ...fault, path: CASES });
const impatient: TrialOptions = { attempts: 2 };

const LASTING: readonly Lasting[] = [
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
    faults: always({ kind: 'forbidden', path: 'sobjects/CaseComment/describe' }),
    because: { case_comments: 'salesforce.forbidden' },
  },
  {
    title: 'an object that is gone',
    faults: always({ kind: 'not-available', path: 'sobjects/CaseComment/describe' }),
    because: { case_comments: 'salesforce.no_object' },
  },
  {
    title: 'a field that vanishes while it is read',
    faults: onCases({ kind: 'model', what: 'unknown_field' }),
    because: { cases: 'salesforce.unknown_field' },
  },
  {
    title: 'an API that is switched off',
    faults: always({ kind: 'model', what: 'api_disabled', path: 'services/data' }),
    because: Object.fromEntries(STREAMS.map((stream) => [stream, 'salesforce.api_disabled'])),
    status: 'failed',
  },
  {
    title: 'bulk: CSV that ends between two rows',
    faults: always({ kind: 'model', what: 'cut_csv', path: RESULTS, nth: 2 }),
    because: { cases: 'salesforce.unexpected_answer' },
    reading: { ...bulk, streams: ['cases'] },
  },
  {
    title: 'bulk: a locator that points at itself',
    faults: always({ kind: 'repeated-cursor', path: RESULTS, nth: 2 }),
    because: { cases: 'salesforce.stuck_page' },
    reading: { ...bulk, streams: ['cases'] },
  },
];

describe('A run does not claim success, keeps what it read, and is completed by the next one, after', () => {
  test.for(LASTING)('$title', async ({ faults, because, status = 'partial', ...options }) => {
    const trial = await openTrial(state, { ...impatient, ...options });
    onTestFinished(() => trial.close());
    const record = await trial.run(faults);
    expect(record.status).toBe(status);
    expect(complaintsOf(record)).toEqual(because);
    for (const { error } of record.streams.filter(({ stream }) => stream in because)) {
      expect(error?.message.length).toBeGreaterThan(20);
      expect(error?.hint?.length ?? 1).toBeGreaterThan(0);
    }
    const next = await trial.run();
    expect(complaintsOf(next)).toEqual({});
    expect(next.status).toBe('succeeded');
    expect(await trial.differences()).toEqual([]);
  });
});

describe('The daily allowance of the org', () => {
  test('is left alone beyond the share that is ours, and the run says when to come back', async () => {
    const trial = await openTrial(state, {
      account: { dailyRequests: 100, usedRequests: 72 },
      reading: { keptForOthers: 0.2 },
    });
    onTestFinished(() => trial.close());
    const record = await trial.run();
    expect(record.status).not.toBe('succeeded');
    const told = record.streams.flatMap(({ error }) => error ?? []);
    expect(told.length).toBeGreaterThan(0);
    for (const { kind, code, message } of told) {
      expect({ kind, code }).toEqual({ kind: 'transient', code: 'salesforce.quota_spent' });
      expect(message).toMatch(/try again after \d{4}-\d\d-\d\dT/);
    }
    const used = trial.vendor.journal.list().filter(({ path }) => path.startsWith('/services/data/')).length;
    expect(72 + used).toBeLessThanOrEqual(80 + 3);
    // A day later the run goes on where it ended.
    trial.vendor.clock.advance(86_400_000);
    expect((await trial.run()).status).toBe('succeeded');
    expect(await trial.differences()).toEqual([]);
  });
});
