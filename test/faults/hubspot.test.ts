// HubSpot misbehaves: what passes leaves the tables equal to the truth, what lasts is told and completed by the next run.

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { hubspot } from '../../connectors/hubspot.ts';
import type { State } from '../../core/types.ts';
import type { Fault } from '../../sandbox/faults.ts';
import type { HubspotOptions } from '../../sandbox/hubspot.ts';
import { hubspotPlace, settingsOf } from '../connectors/hubspot-place.ts';
import { complaintsOf, sharedState } from './run-through.ts';
import { openVendorTrial } from './trial-run.ts';

let state: State;
beforeAll(async () => {
  state = await sharedState();
});
afterAll(async () => {
  await state.close();
});

const SMALL = { contacts: 24, companies: 8, tickets: 24, deals: 8, notes: 12, emails: 12, calls: 8 };

async function open(account: HubspotOptions = {}, options: Parameters<typeof openVendorTrial>[2] = {}) {
  const connector = hubspot();
  const place = await hubspotPlace(connector, { now: new Date(), counts: SMALL, mostPerPage: 9, ...account });
  const { sandbox } = place;
  const env = () => ({ ...settingsOf(sandbox), PIPELINE_ALLOW_PRIVATE_HOSTS: '127.0.0.1' });
  const trial = await openVendorTrial(state, { connector, sandbox, env, truth: place.truth }, options);
  onTestFinished(() => trial.close());
  return { trial, sandbox };
}

/** A list, a search, a batch of associations and the definitions of properties. */
const FEEDS = [
  '/objects/contacts?limit=100&archived=false',
  '/objects/tickets/search',
  '/associations/tickets/contacts',
  '/properties/notes',
  '/owners',
] as const;
const everywhere = (fault: Omit<Fault, 'path'>): readonly Fault[] =>
  FEEDS.map((path) => ({ ...fault, path }));
const hasty = { timeoutMs: 1500 };

describe('A run succeeds with the tables equal to the truth in spite of', () => {
  test.for<{
    readonly title: string;
    readonly faults: readonly Fault[];
    readonly account?: HubspotOptions;
    readonly options?: { readonly timeoutMs: number };
  }>([
    { title: 'too many requests, with the seconds to wait', faults: everywhere({ kind: 'rate-limit' }) },
    {
      title: 'too many requests, without a word',
      faults: everywhere({ kind: 'rate-limit', retryAfter: 'none' }),
    },
    {
      title: 'errors of servers and gateways',
      faults: everywhere({ kind: 'status', status: 502, count: 2 }),
    },
    {
      title: 'connections that are reset, before and inside an answer',
      faults: [...everywhere({ kind: 'reset' }), ...everywhere({ kind: 'reset-in-body', nth: 1 })],
    },
    { title: 'answers that are lost', faults: everywhere({ kind: 'lost-answer' }) },
    { title: 'bodies that are cut', faults: everywhere({ kind: 'truncated-chunked' }) },
    { title: 'silence', faults: everywhere({ kind: 'hang' }), options: hasty },
    {
      title: 'HTML and broken UTF-8 in place of data',
      faults: [...everywhere({ kind: 'html' }), ...everywhere({ kind: 'bad-utf8' })],
    },
    {
      title: 'tokens that expire while pages are read',
      faults: [
        { kind: 'expired-token', path: FEEDS[0], nth: 2 },
        { kind: 'expired-token', path: FEEDS[2], nth: 2 },
      ],
    },
    {
      title: 'pages that repeat records, empty pages, and a page that is no longer known',
      faults: [
        { kind: 'duplicate-page', path: '/objects/companies?', nth: 1, count: 'always' },
        { kind: 'empty-page', path: FEEDS[0], nth: 2, count: 2 },
        { kind: 'expired-cursor', path: '/objects/tickets?*after=' },
      ],
    },
    {
      title: "the vendor's own limits",
      faults: [],
      account: { limits: { searchPerSecond: 5, perTenSeconds: 40 } },
    },
  ])('$title', async ({ faults, account, options }) => {
    const { trial } = await open(account, options);
    const record = await trial.run(faults);
    expect(complaintsOf(record)).toEqual({});
    expect(record.status).toBe('succeeded');
    expect(await trial.differences()).toEqual([]);
  });

  test('records that change while they are paged, after one more run', async () => {
    const { trial, sandbox } = await open({ churn: { perRequest: 2, total: 10 }, searchLagSeconds: 0 });
    await trial.run();
    sandbox.clock.advance(60_000);
    const next = await trial.run();
    expect(complaintsOf(next)).toEqual({});
    expect(await trial.differences()).toEqual([]);
  });
});

describe('A run does not claim success, keeps what it read, and is completed by the next one, after', () => {
  const always = (fault: Fault): readonly Fault[] => [{ ...fault, count: 'always' }];
  test.for<{ readonly title: string; readonly faults: readonly Fault[]; readonly because: object }>([
    {
      title: 'a search that fails for good',
      faults: always({ kind: 'status', status: 500, path: '/objects/tickets/search', nth: 3 }),
      because: { tickets: 'http.server_error' },
    },
    {
      title: 'a list whose pages go in a circle',
      faults: always({ kind: 'repeated-cursor', path: '/objects/contacts?' }),
      because: { contacts: 'hubspot.stuck_page' },
    },
    {
      title: 'a search that never ends',
      faults: always({ kind: 'never-ending', path: '/objects/deals/search', nth: 3 }),
      because: { deals: 'hubspot.stuck_page' },
    },
    {
      title: 'a next page without a name',
      faults: always({ kind: 'null-cursor', path: '/objects/emails?', nth: 2 }),
      because: { emails: 'hubspot.unexpected_answer' },
    },
    {
      title: 'a scope that is missing',
      faults: always({ kind: 'forbidden', path: '/objects/calls' }),
      because: { calls: 'hubspot.forbidden' },
    },
    {
      title: 'associations that are gone',
      faults: always({ kind: 'not-available', path: '/associations/notes' }),
      because: { notes: 'hubspot.not_found' },
    },
  ])('$title', async ({ faults, because }) => {
    const { trial } = await open({}, { attempts: 2 });
    const record = await trial.run(faults);
    expect(record.status).toBe('partial');
    expect(complaintsOf(record)).toEqual(because);
    expect((await trial.differences()).length).toBeGreaterThan(0);
    const next = await trial.run();
    expect(complaintsOf(next)).toEqual({});
    expect(next.status).toBe('succeeded');
    expect(await trial.differences()).toEqual([]);
  });

  test('the limit of a day, which names itself', async () => {
    const { trial } = await open({ limits: { perDay: 12 } }, { attempts: 2 });
    const record = await trial.run();
    expect(record.status).not.toBe('succeeded');
    const codes = new Set(Object.values(complaintsOf(record)));
    expect([...codes].every((code) => code === 'hubspot.daily_limit' || code === 'http.rate_limited')).toBe(
      true,
    );
    expect(codes.size).toBeGreaterThan(0);
  });
});
