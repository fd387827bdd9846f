// `--since`: a window of the past on a lane of its own, that leaves the live bookmark alone, resumes, and harms nothing newer.

import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Engine, openPlace, type Place, RUN } from '../crash/place.ts';
import { templateHome } from '../state/home.ts';
import { pausingAt, stopped } from './pause.ts';

const DAY_MS = 86_400_000;

// Each test runs the command several times, each time with a start of its own.
vi.setConfig({ testTimeout: 240_000 });

async function newPlace(engine: Engine): Promise<Place> {
  const place = await openPlace({
    engine,
    ...(engine === 'duckdb' ? { template: await templateHome() } : {}),
    account: { tickets: 90, users: 30 },
  });
  onTestFinished(() => place.close());
  return place;
}

/** A day so long ago, as `--since` takes it. */
function daysAgo(days: number): string {
  return new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
}

/** The live bookmarks, byte for byte. */
async function liveBookmarks(place: Place): Promise<string> {
  return JSON.stringify((await place.bookmarks()).filter(({ lane }) => !lane.includes('@')));
}

/** Requests for tickets since the journal was cleared, by what they ask to begin with. */
function ticketRequests(place: Place): readonly URLSearchParams[] {
  return place.vendor.journal
    .list()
    .filter(({ path, status }) => path.includes('incremental/tickets/cursor') && status === 200)
    .map(({ path }) => new URL(path, place.vendor.url).searchParams);
}

describe('A backfill', () => {
  test.for(['duckdb', 'postgres'] as const)(
    'on %s leaves the live bookmarks byte for byte as they were, and resumes where it was killed',
    async (engine) => {
      const place = await newPlace(engine);
      expect((await place.run()).code).toBe(0);
      const before = await liveBookmarks(place);
      expect(JSON.parse(before).length).toBeGreaterThan(7);

      const window = [...RUN, '--since', daysAgo(400), '--until', daysAgo(1), '--streams', 'tickets'];
      const killed = await place.start(window, { PIPELINE_FAILPOINT: 'bookmark.moved@1' }).ended;
      expect(killed.signal).toBe('SIGKILL');
      expect(await liveBookmarks(place)).toBe(before);
      const lane = (await place.bookmarks()).find(({ lane }) => lane.includes('@'));
      expect(lane).toMatchObject({ done: false });

      place.vendor.journal.clear();
      const resumed = await place.run(window);
      expect(resumed.code).toBe(0);
      const asked = ticketRequests(place);
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.filter((query) => query.has('start_time'))).toEqual([]);
      expect(lane?.checkpoint).toMatchObject({ cursor: asked[0]?.get('cursor') });
      expect(await liveBookmarks(place)).toBe(before);
      const done = (await place.bookmarks()).find(({ lane }) => lane.includes('@'));
      expect(done).toMatchObject({ done: true });
      expect(await place.differences()).toEqual([]);
    },
  );

  test('after a live lane that began late gives the same rows as a clean full load', async () => {
    const place = await newPlace('postgres');
    const middle = daysAgo(150);
    const first = await place.run([...RUN, '--since', middle]);
    expect(first.code).toBe(0);
    expect(first.stderr).toContain(`starts at ${middle}`);
    expect(await place.differences()).not.toEqual([]);
    const before = await liveBookmarks(place);

    place.vendor.change({ tickets: 4, newTickets: 2, users: 2 });
    const past = [...RUN, '--since', '2000-01-01', '--until', middle];
    const killed = await place.start(past, { PIPELINE_FAILPOINT: 'load.committed@3' }).ended;
    expect(killed.signal).toBe('SIGKILL');
    expect((await place.run(past)).code).toBe(0);
    expect(await liveBookmarks(place)).toBe(before);

    expect((await place.run()).code).toBe(0);
    expect(await place.differences()).toEqual([]);
    expect(await place.brokenPromises()).toEqual([]);
  });

  test('that read a row long ago never overwrites the newer one that a live run brought meanwhile', async () => {
    const place = await newPlace('postgres');
    expect((await place.run()).code).toBe(0);
    const window = [...RUN, '--since', '2000-01-01', '--until', daysAgo(-1), '--streams', 'tickets'];
    const late = { PIPELINE_LEASE_SECONDS: '300', PIPELINE_LOAD_ROWS: '10000' };
    // It has read every ticket, and sleeps before it merges them.
    const backfill = place.start(window, { ...late, ...pausingAt('load.before-merge') });
    await stopped(backfill);

    place.vendor.change({ tickets: 12, silent: 6, deletes: 4 });
    expect((await place.run()).code).toBe(0);
    expect(await place.differences()).toEqual([]);

    backfill.signal('SIGCONT');
    const { code, stderr } = await backfill.ended;
    expect(stderr).not.toContain('"error":{');
    expect(code).toBe(0);
    expect(await place.differences()).toEqual([]);
  });
});
