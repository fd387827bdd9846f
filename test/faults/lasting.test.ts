// Faults that last: the run says what is wrong and how far it came, keeps what it read, and the next run completes it.

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { State } from '../../core/types.ts';
import type { Fault } from '../../sandbox/faults.ts';
import { complaintsOf, openTrial, sharedState, type TrialOptions } from './run-through.ts';

let state: State;
beforeAll(async () => {
  state = await sharedState();
});
afterAll(async () => {
  await state.close();
});

const TICKETS = 'incremental/tickets/cursor*per_page=31';
const EVENTS = 'incremental/ticket_events*per_page=125';

interface Lasting extends TrialOptions {
  readonly title: string;
  readonly faults: readonly Fault[];
  readonly status: 'partial' | 'failed';
  /** Which streams complain, and with which code. */
  readonly because: { readonly [stream: string]: string };
  /** The fault comes after the last record, so that nothing is missing all the same. */
  readonly complete?: boolean;
}

const always = (fault: Omit<Fault, 'count'>): readonly Fault[] => [{ ...fault, count: 'always' }];
/** From its second page on, so that something was read before. */
const onTickets = (fault: Omit<Fault, 'count' | 'path'>) => always({ nth: 2, ...fault, path: TICKETS });
const impatient: TrialOptions = { attempts: 2 };

const LASTING: readonly Lasting[] = [
  {
    title: 'too many requests, for ever',
    faults: onTickets({ kind: 'rate-limit', retryAfterSeconds: 1 }),
    status: 'partial',
    because: { tickets: 'http.rate_limited' },
  },
  {
    title: 'a wait of an hour',
    faults: onTickets({ kind: 'rate-limit', retryAfterSeconds: 3600 }),
    status: 'partial',
    because: { tickets: 'http.rate_limited' },
  },
  {
    title: 'server errors',
    faults: onTickets({ kind: 'status', status: 500 }),
    status: 'partial',
    because: { tickets: 'http.server_error' },
  },
  {
    title: 'resets',
    faults: onTickets({ kind: 'reset' }),
    status: 'partial',
    because: { tickets: 'http.unreachable' },
  },
  {
    title: 'bodies that are cut',
    faults: onTickets({ kind: 'truncated' }),
    status: 'partial',
    because: { tickets: 'http.bad_body' },
  },
  {
    title: 'chunked bodies that are cut',
    faults: onTickets({ kind: 'truncated-chunked' }),
    status: 'partial',
    because: { tickets: 'http.bad_body' },
  },
  {
    title: 'silence at whatever size of page',
    timeoutMs: 800,
    faults: always({ kind: 'hang', path: 'incremental/tickets/cursor*cursor=' }),
    status: 'partial',
    because: { tickets: 'http.timeout' },
  },
  {
    title: 'HTML in place of data',
    faults: onTickets({ kind: 'html' }),
    status: 'partial',
    because: { tickets: 'http.not_json' },
  },
  {
    title: 'broken UTF-8',
    faults: onTickets({ kind: 'bad-utf8' }),
    status: 'partial',
    because: { tickets: 'http.bad_body' },
  },
  {
    title: 'a cursor that points at itself',
    faults: onTickets({ kind: 'repeated-cursor' }),
    status: 'partial',
    because: { tickets: 'zendesk.stuck_page' },
  },
  {
    title: 'empty pages without end',
    faults: onTickets({ kind: 'never-ending' }),
    complete: true,
    status: 'partial',
    because: { tickets: 'zendesk.stuck_page' },
  },
  {
    title: 'a page by time that does not move on',
    faults: always({ kind: 'repeated-cursor', path: EVENTS, nth: 2 }),
    status: 'partial',
    because: { ticket_events: 'zendesk.stuck_page' },
  },
  {
    title: 'a stream that is forbidden',
    faults: always({ kind: 'forbidden', path: 'incremental/ticket_events' }),
    status: 'partial',
    because: { ticket_events: 'zendesk.forbidden' },
  },
  {
    title: 'a list that is forbidden in its middle',
    faults: always({ kind: 'forbidden', path: '/satisfaction_ratings?', nth: 3 }),
    status: 'partial',
    because: { satisfaction_ratings: 'zendesk.forbidden' },
  },
  {
    title: 'an export that is gone',
    faults: always({ kind: 'not-available', path: 'incremental/users/cursor' }),
    status: 'partial',
    because: { users: 'zendesk.not_found' },
  },
  {
    title: 'a vendor that is away',
    faults: always({ kind: 'status', status: 503 }),
    status: 'failed',
    because: Object.fromEntries(
      [
        'tickets',
        'ticket_events',
        'users',
        'organizations',
        'ticket_fields',
        'groups',
        'brands',
        'satisfaction_ratings',
        'survey_responses',
      ].map((stream) => [stream, 'http.server_error']),
    ),
  },
];

describe('A run does not claim success, keeps what it read, and is completed by the next one, after', () => {
  test.for(LASTING)('$title', async ({ faults, status, because, complete = false, ...options }) => {
    const trial = await openTrial(state, { ...impatient, ...options });
    onTestFinished(() => trial.close());
    const record = await trial.run(faults);
    expect(record.status).toBe(status);
    expect(complaintsOf(record)).toEqual(because);
    for (const { error } of record.streams.filter(({ stream }) => stream in because)) {
      expect(error?.message.length).toBeGreaterThan(20);
    }
    const loaded = record.streams.reduce((sum, stream) => sum + stream.loaded, 0);
    expect(loaded > 0).toBe(status === 'partial');
    expect((await trial.differences()).length === 0).toBe(complete);

    const next = await trial.run();
    expect(complaintsOf(next)).toEqual({});
    expect(next.status).toBe('succeeded');
    expect(await trial.differences()).toEqual([]);
  });
});

describe('A run whose credentials end', () => {
  test('fails with the setting to look at, and reads nothing twice once they are back', async () => {
    const trial = await openTrial(state, impatient);
    onTestFinished(() => trial.close());
    const first = await trial.run([
      { kind: 'expired-token', path: TICKETS, nth: 2 },
      { kind: 'forbidden', path: '/oauth/tokens', nth: 2, count: 'always' },
    ]);
    expect(first.status).toBe('partial');
    expect(complaintsOf(first)['tickets']).toBe('zendesk.unauthorized');
    const tickets = first.streams.find(({ stream }) => stream === 'tickets');
    expect(tickets?.error?.hint).toContain('ZENDESK_OAUTH_CLIENT_ID');
    const second = await trial.run();
    expect(second.status).toBe('succeeded');
    const rest = second.streams.find(({ stream }) => stream === 'tickets');
    expect((tickets?.loaded ?? 0) + (tickets?.deleted ?? 0) + (rest?.read ?? 0)).toBe(70);
    expect(await trial.differences()).toEqual([]);
  });
});
