// Faults of Zendesk that last: the run says what is wrong and how far it came, keeps what it read, and the next run completes it.

import { describe, expect, test } from 'vitest';
import { zendesk } from '../../connectors/zendesk.ts';
import type { RunRecord } from '../../core/types.ts';
import type { Fault } from '../../sandbox/faults.ts';
import { zendeskAccount } from '../accounts.ts';
import { SMALL_PAGES } from '../crash/place.ts';
import { expectSignIn, expectTold, type Lasting, openTrial, shareState, type TrialOptions } from './trial.ts';

shareState();

const open = (options: TrialOptions = {}) =>
  openTrial(zendeskAccount({ tickets: 70, users: 40, organizations: 30 }), {
    habits: SMALL_PAGES,
    attempts: 2,
    ...options,
  });

const TICKETS = 'incremental/tickets/cursor*per_page=31';
const EVENTS = 'incremental/ticket_events*per_page=125';

/** From its second page on, so that something was read before. */
const onTickets = (fault: Omit<Fault, 'count' | 'path'>): Lasting['faults'] => [
  { nth: 2, ...fault, path: TICKETS },
];

const LASTING: readonly Lasting[] = [
  {
    title: 'too many requests, for ever',
    faults: onTickets({ kind: 'rate-limit', retryAfterSeconds: 1 }),
    because: { tickets: 'http.rate_limited' },
  },
  {
    title: 'a wait of an hour',
    faults: onTickets({ kind: 'rate-limit', retryAfterSeconds: 3600 }),
    because: { tickets: 'http.rate_limited' },
  },
  {
    title: 'server errors',
    faults: onTickets({ kind: 'status', status: 500 }),
    because: { tickets: 'http.server_error' },
  },
  {
    title: 'resets',
    faults: onTickets({ kind: 'reset' }),
    because: { tickets: 'http.unreachable' },
  },
  {
    title: 'bodies that are cut',
    faults: onTickets({ kind: 'truncated' }),
    because: { tickets: 'http.bad_body' },
  },
  {
    title: 'chunked bodies that are cut',
    faults: onTickets({ kind: 'truncated-chunked' }),
    because: { tickets: 'http.bad_body' },
  },
  {
    title: 'silence at whatever size of page',
    timeoutMs: 800,
    faults: [{ kind: 'hang', path: 'incremental/tickets/cursor*cursor=' }],
    because: { tickets: 'http.timeout' },
  },
  {
    title: 'HTML in place of data',
    faults: onTickets({ kind: 'html' }),
    because: { tickets: 'http.not_json' },
  },
  {
    title: 'broken UTF-8',
    faults: onTickets({ kind: 'bad-utf8' }),
    because: { tickets: 'http.bad_body' },
  },
  {
    title: 'a cursor that points at itself',
    faults: onTickets({ kind: 'repeated-cursor' }),
    because: { tickets: 'zendesk.stuck_page' },
  },
  {
    title: 'empty pages without end',
    faults: onTickets({ kind: 'never-ending' }),
    complete: true,
    because: { tickets: 'zendesk.stuck_page' },
  },
  {
    title: 'a page by time that does not move on',
    faults: [{ kind: 'repeated-cursor', path: EVENTS, nth: 2 }],
    because: { ticket_events: 'zendesk.stuck_page' },
  },
  {
    title: 'a stream that is forbidden',
    faults: [{ kind: 'forbidden', path: 'incremental/ticket_events' }],
    because: { ticket_events: 'zendesk.forbidden' },
  },
  {
    title: 'a list that is forbidden in its middle',
    faults: [{ kind: 'forbidden', path: '/satisfaction_ratings?', nth: 3 }],
    because: { satisfaction_ratings: 'zendesk.forbidden' },
  },
  {
    title: 'an export that is gone',
    faults: [{ kind: 'not-available', path: 'incremental/users/cursor' }],
    because: { users: 'zendesk.not_found' },
  },
  {
    title: 'a vendor that is away',
    faults: [{ kind: 'status', status: 503 }],
    status: 'failed',
    because: Object.fromEntries(zendesk().streams.map(({ name }) => [name, 'http.server_error'])),
  },
];

describe('A run does not claim success, keeps what it read, and is completed by the next one, after', () => {
  test.for(LASTING)('$title', async (lasting) => {
    await expectTold(await open(lasting), lasting);
  });
});

describe('A run whose credentials end', () => {
  test('fails with the setting to look at, and reads nothing twice once they are back', async () => {
    const trial = await open();
    const ended: readonly Fault[] = [
      { kind: 'expired-token', path: TICKETS, nth: 2 },
      { kind: 'forbidden', path: '/oauth/tokens', nth: 2, count: 'always' },
    ];
    const told = { stream: 'tickets', code: 'zendesk.unauthorized', setting: 'ZENDESK_OAUTH_CLIENT_ID' };
    const [first, second] = await expectSignIn(trial, ended, told);
    expect(first.status).toBe('partial');
    const ofTickets = ({ streams }: RunRecord) => streams.find(({ stream }) => stream === 'tickets');
    const { loaded = 0, deleted = 0 } = ofTickets(first) ?? {};
    expect(loaded + deleted + (ofTickets(second)?.read ?? 0)).toBe(70);
  });
});
