// Two runs at once: one works and the other says so; a runner that slept past its lease commits nothing when it wakes.

import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Failpoint } from '../../core/failpoint.ts';
import type { Ended } from '../crash/command.ts';
import { type Engine, openPlace, type Place, RUN } from '../crash/place.ts';
import { templateHome } from '../state/home.ts';
import { pausingAt, stopped } from './pause.ts';

// Each test runs the command several times, each time with a start of its own.
vi.setConfig({ testTimeout: 240_000 });

async function newPlace(engine: Engine): Promise<Place> {
  const place = await openPlace({
    engine,
    ...(engine === 'duckdb' ? { template: await templateHome() } : {}),
    account: { tickets: 60, users: 30 },
  });
  onTestFinished(() => place.close());
  return place;
}

/** Loads of each lane under each epoch, as the warehouse's ledger tells them. */
function ledger(place: Place): Promise<readonly string[]> {
  return place.open(async (sink) => {
    const { rows } = await sink.query(
      'select lane, epoch, run_id, number from _pipeline_loads order by lane, number',
      { maxRows: 10_000 },
    );
    return rows.map((row) => `${row['lane']} ${row['number']}: epoch ${row['epoch']} of ${row['run_id']}`);
  });
}

describe('Two runs at once', () => {
  test.for(['duckdb', 'postgres'] as const)(
    'on %s: one works and succeeds, the other exits 75 with one clear sentence',
    async (engine) => {
      const place = await newPlace(engine);
      const first = place.start(RUN, { ...pausingAt('page.received', 2), PIPELINE_LEASE_SECONDS: '300' });
      await stopped(first);

      const second = await place.start(['run', 'zendesk']).ended;
      expect(second.code).toBe(75);
      expect(second.stdout).toBe('');
      const [error, next, ...more] = second.stderr.trim().split('\n');
      expect(error).toMatch(/^Error: .+ (is being worked on|is used|is held|in use|works).*\.$/);
      expect(next).toMatch(/^Next: .+/);
      expect(more).toEqual([]);
      expect(second.stderr).not.toMatch(/at .*\.ts:\d+/);
      const told = await place.start(RUN).ended;
      expect(told.code).toBe(75);
      expect(JSON.parse(told.stderr.trim()).error.code).toBe(
        engine === 'duckdb' ? 'state.locked' : 'lane.busy',
      );

      first.signal('SIGCONT');
      const { code, stdout } = await first.ended;
      expect(JSON.parse(stdout).status).toBe('succeeded');
      expect(code).toBe(0);
      expect(await place.differences()).toEqual([]);
    },
  );
});

describe('A runner that slept past its lease', () => {
  const SLEEPS: readonly Failpoint[] = [
    'page.received',
    'load.staged',
    'load.before-merge',
    'load.before-commit',
    'load.committed',
    'bookmark.before-move',
  ];

  test.for(SLEEPS)('at %s commits nothing more when it wakes, and the other run succeeds', async (point) => {
    const place = await newPlace('postgres');
    const url = new URL(place.env['WAREHOUSE_URL'] ?? '');
    // A frozen runner must not hold up the next one for ever: the server ends its transaction.
    url.searchParams.set('idle_in_transaction_session_timeout', '3000');
    const short = { PIPELINE_LEASE_SECONDS: '2', WAREHOUSE_URL: url.href, STATE_URL: url.href };
    const sleeper = place.start(RUN, { ...short, ...pausingAt(point, 2) });
    await stopped(sleeper);
    place.vendor.change({ tickets: 5, newTickets: 2, users: 2 });

    let heir: Ended;
    do heir = await place.start(RUN, { PIPELINE_LEASE_SECONDS: '2' }).ended;
    while (heir.code === 75);
    expect(heir.stderr).not.toContain('"error":{');
    expect(heir.code).toBe(0);
    const before = { ledger: await ledger(place), bookmarks: await place.bookmarks() };
    expect(await place.differences()).toEqual([]);

    sleeper.signal('SIGCONT');
    const woken = await sleeper.ended;
    expect(woken.signal).toBeNull();
    expect([1, 3]).toContain(woken.code);
    const codes = JSON.parse(woken.stdout).pipelines[0].streams.map(
      (stream: { error: { code: string } | null }) => stream.error?.code,
    );
    expect(codes).toContain('lane.lost');
    expect(await ledger(place)).toEqual(before.ledger);
    expect(await place.bookmarks()).toEqual(before.bookmarks);
    expect(await place.differences()).toEqual([]);
  });
});
