// Faults of Estuary: those that pass cost no row, and those that last are told with their reason.

import { describe, expect, test } from 'vitest';
import { estuary } from '../../connectors/estuary.ts';
import { estuaryAccount } from '../accounts.ts';
import { CONTAINS } from '../connectors/estuary-place.ts';
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

const onSpecs = (stream: string) => ({ path: '/api/graphql', nth: 2, contains: CONTAINS[stream] ?? stream });
const FEEDS: readonly Feed[] = [
  onSpecs('captures'),
  onSpecs('collections'),
  onSpecs('materializations'),
  { path: '/catalog_stats', nth: 2 },
];

const EXPIRED = [{ kind: 'expired-token', path: '/api/graphql', nth: 4 }] as const;

describe('A run succeeds with the tables equal to the truth in spite of', () => {
  test.for(PASSING)('$title', async ({ fault, ...options }) => {
    await expectPassed(await openTrial(estuaryAccount(), options), everywhere(FEEDS, fault));
  });

  test('changes, births and deletions since the last run', async () => {
    await expectKeptUp(await openTrial(estuaryAccount()));
  });

  test('tokens that end while pages are read', async () => {
    await expectPassed(await openTrial(estuaryAccount()), EXPIRED);
  });

  test('tokens that work once and end while pages are read', async () => {
    await expectPassed(await openTrial(estuaryAccount({ singleUse: true })), EXPIRED);
  });
});

const impatient = { attempts: 2 };
const onCaptures = onSpecs('captures');
const LASTING: readonly Lasting[] = [
  {
    title: 'server errors',
    faults: [{ kind: 'status', status: 500, ...onCaptures }],
    because: { captures: 'http.server_error' },
  },
  {
    title: 'too many requests, for ever',
    faults: [{ kind: 'rate-limit', path: '/catalog_stats', nth: 2 }],
    because: { catalog_stats: 'http.rate_limited' },
  },
  {
    title: 'bodies that are cut',
    faults: [{ kind: 'truncated', ...onCaptures }],
    because: { captures: 'http.bad_body' },
  },
  {
    title: 'a cursor that points at itself',
    faults: [{ kind: 'repeated-cursor', ...onCaptures }],
    because: { captures: 'estuary.stuck_page' },
  },
  {
    title: 'pages without end',
    faults: [{ kind: 'never-ending', ...onCaptures }],
    complete: true,
    because: { captures: 'estuary.stuck_page' },
  },
  {
    title: 'a view that repeats its last row',
    faults: [{ kind: 'never-ending', path: '/catalog_stats' }],
    complete: true,
    because: { catalog_stats: 'estuary.stuck_page' },
  },
  {
    title: 'a view that is forbidden',
    faults: [{ kind: 'forbidden', path: '/catalog_stats' }],
    because: { catalog_stats: 'estuary.forbidden' },
  },
  {
    title: 'a view that is gone',
    faults: [{ kind: 'not-available', path: '/catalog_stats' }],
    because: { catalog_stats: 'estuary.not_found' },
  },
  {
    title: 'a vendor that is away',
    faults: [{ kind: 'status', status: 503, path: '/api/' }],
    status: 'failed',
    because: Object.fromEntries(estuary().streams.map(({ name }) => [name, 'http.server_error'])),
  },
];

describe('A run does not claim success, keeps what it read, and is completed by the next one, after', () => {
  test.for(LASTING)('$title', async (lasting) => {
    await expectTold(await openTrial(estuaryAccount(), impatient), lasting);
  });

  test('a key that is revoked, with the setting to look at', async () => {
    const trial = await openTrial(estuaryAccount(), impatient);
    const record = await trial.run([{ kind: 'forbidden', path: '/rpc/', count: 'always' }]);
    expect(record.status).toBe('failed');
    expect(new Set(Object.values(complaintsOf(record)))).toEqual(new Set(['estuary.unauthorized']));
    expect(record.streams[0]?.error?.hint).toContain('ESTUARY_API_KEY');
  });
});
