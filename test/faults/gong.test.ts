// Faults of Gong: those that pass cost no row, and those that last are told with their reason.

import { describe, expect, test } from 'vitest';
import { gong } from '../../connectors/gong.ts';
import { gongAccount } from '../accounts.ts';
import {
  complaintsOf,
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

const FEEDS: readonly Feed[] = [
  { path: '/v2/calls/extensive', nth: 12 },
  { path: '/v2/calls/transcript', nth: 2 },
  { path: '/v2/users', nth: 2 },
  { path: '/v2/workspaces', nth: 1 },
];

describe('A run succeeds with the tables equal to the truth in spite of', () => {
  test.for(PASSING)('$title', async ({ fault, ...options }) => {
    await expectPassed(await openTrial(gongAccount(), options), everywhere(FEEDS, fault));
  });

  test('changes, births and deletions since the last run', async () => {
    await expectKeptUp(await openTrial(gongAccount()));
  });
});

const impatient = { attempts: 2 };
const onUsers = { path: '/v2/users', nth: 2 };
const LASTING: readonly Lasting[] = [
  {
    title: 'too many requests, for ever',
    faults: [{ kind: 'rate-limit', ...onUsers }],
    because: { users: 'http.rate_limited' },
  },
  {
    title: 'server errors',
    faults: [{ kind: 'status', status: 500, ...onUsers }],
    because: { users: 'http.server_error' },
  },
  {
    title: 'bodies that are cut',
    faults: [{ kind: 'truncated', ...onUsers }],
    because: { users: 'http.bad_body' },
  },
  {
    title: 'HTML in place of data',
    faults: [{ kind: 'html', ...onUsers }],
    because: { users: 'http.not_json' },
  },
  {
    title: 'a cursor that points at itself',
    faults: [{ kind: 'repeated-cursor', ...onUsers }],
    because: { users: 'gong.stuck_page' },
  },
  {
    title: 'pages without end',
    faults: [{ kind: 'never-ending', path: '/v2/users' }],
    complete: true,
    because: { users: 'gong.stuck_page' },
  },
  {
    title: 'transcripts that cannot be read',
    faults: [{ kind: 'status', status: 500, path: '/v2/calls/transcript', nth: 3 }],
    because: { transcripts: 'http.server_error' },
  },
  {
    title: 'a scope that is missing',
    faults: [{ kind: 'forbidden', path: '/v2/workspaces' }],
    because: { workspaces: 'gong.forbidden' },
  },
  {
    title: 'an endpoint that is gone',
    faults: [{ kind: 'not-available', path: '/v2/calls/extensive' }],
    because: { calls: 'gong.not_found', transcripts: 'gong.not_found' },
  },
  {
    title: 'a vendor that is away',
    faults: [{ kind: 'status', status: 503 }],
    status: 'failed',
    because: Object.fromEntries(gong().streams.map(({ name }) => [name, 'http.server_error'])),
  },
];

describe('A run does not claim success, keeps what it read, and is completed by the next one, after', () => {
  test.for(LASTING)('$title', async (lasting) => {
    await expectTold(await openTrial(gongAccount(), impatient), lasting);
  });

  test('a quota of the day that is spent: it is partial, says so, and goes on the next day', async () => {
    const trial = await openTrial(gongAccount({ limits: { perSecond: 1000, perDay: 30 } }));
    const first = await trial.run();
    expect(first.status).toBe('partial');
    expect(new Set(Object.values(complaintsOf(first)))).toEqual(new Set(['http.rate_limited']));
    for (let day = 0; day < 4; day++) {
      trial.sandbox.clock.advance(86_400_000);
      const next = await trial.run();
      if (next.status === 'succeeded') break;
    }
    expect(await trial.differences()).toEqual([]);
  });

  test('a key that is revoked, with the setting to look at', async () => {
    await expectSignIn(
      await openTrial(gongAccount(), impatient),
      [{ kind: 'expired-token', path: '/v2/users', nth: 2 }],
      { stream: 'users', code: 'gong.unauthorized', setting: 'GONG_API_KEY' },
    );
  });

  test('a key that sees no call: Gong then answers as if there were none', async () => {
    const trial = await openTrial(gongAccount({ calls: 0 }));
    expect(complaintsOf(await trial.run())).toEqual({ calls: 'stream.unexplained_zero' });
  });
});
