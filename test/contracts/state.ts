// What every State must keep, one named promise each; run on every database, and on states broken on purpose.
// Above 300 lines because it is one list: each promise stands alone.

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  Bookmark,
  CachedLabel,
  Json,
  Lease,
  Owner,
  Reject,
  RunRecord,
  State,
  StreamReport,
} from '../../core/types.ts';
import { thisProcess } from '../../state/index.ts';

export interface StateUnderTest {
  /** Two states over one database; the same one twice where only one process may have it. */
  readonly state: State;
  readonly other: State;
  /** A state over an empty database of its own. The caller closes it. */
  fresh(): Promise<State>;
}

type Check = (subject: StateUnderTest) => Promise<void>;

const MINUTE_MS = 60_000;

/** Nothing is shared between promises but the database: each one has names of its own. */
const unique = (what: string): string => `${what}-${randomBytes(6).toString('hex')}`;
const uniqueDay = (): string => `day-${randomBytes(6).toString('hex')}`;

const owner = (identity: Partial<Owner> = {}): Owner => ({
  runId: unique('run'),
  ...thisProcess(),
  ...identity,
});

/** Of a process of this host that has ended. */
const deadOwner = (): Owner => owner({ pid: spawnSync(process.execPath, ['--version']).pid });
const farOwner = (): Owner => owner({ host: 'another-host' });

async function hold(state: State, lane: string, by = owner(), ttlMs = MINUTE_MS): Promise<Lease> {
  const [lease] = await state.acquire([lane], by, ttlMs);
  if (lease === undefined) throw new Error('acquire returned no lease');
  return lease;
}

const move = (lease: Lease, from: number, checkpoint: Json = { from }) => ({
  lease,
  from,
  checkpoint,
  loadId: null,
  done: false,
});

const code = (wanted: string) => expect.objectContaining({ name: 'PipelineError', code: wanted });

async function liveLanes(state: State): Promise<readonly string[]> {
  return (await state.leases()).filter(({ live }) => live).map(({ lane }) => lane);
}

function newRun(by: Owner = owner(), pipeline = unique('pipeline')) {
  return {
    runId: by.runId,
    pipeline,
    lane: 'live',
    status: 'running',
    sink: 'memory',
    startedAt: new Date().toISOString(),
    owner: by,
  } as const;
}

function report(lane: string, changes: Partial<StreamReport> = {}): StreamReport {
  const http = { requests: 1, retries: 0, waitMs: 0, bytes: 10, rateLimited: 0 };
  const counts = {
    read: 3,
    loaded: 2,
    deleted: 0,
    rejected: 1,
    repeated: 0,
    expected: null,
    feedback: 0,
    pages: 1,
    loads: 1,
  };
  return {
    stream: lane,
    lane,
    status: 'running',
    ...counts,
    http,
    durationMs: 5,
    caughtUpTo: null,
    error: null,
    ...changes,
  };
}

const label = (priceVersion: string): CachedLabel => ({
  label: {
    label: 'negative',
    score: -0.5,
    confidence: 0.75,
    topics: ['توصيل'],
    urgency: 'high',
    intent: null,
    summary: 'تأخر الطلب',
  },
  provider: 'openai',
  model: 'small',
  priceVersion,
  repaired: true,
});

const reject = (lane: string, row: Json): Reject => ({
  lane,
  table: 'tickets',
  row,
  code: 'row.bad',
  reason: 'no id',
});

async function* linesOf(lines: readonly string[]): AsyncIterable<string> {
  yield* lines;
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

export const STATE_PROMISES = {
  // ------------------------------------------------------------------------------------------------------- leases
  'a lane that is held is refused to everyone else, whichever process asks': async ({ state, other }) => {
    const lane = unique('lane');
    await hold(state, lane, owner());
    await expect(other.acquire([lane], owner(), MINUTE_MS)).rejects.toEqual(code('lane.busy'));
    await expect(other.acquire([lane], farOwner(), MINUTE_MS)).rejects.toEqual(code('lane.busy'));
  },

  'all lanes are had or none': async ({ state, other }) => {
    const [free, taken] = [unique('a'), unique('b')];
    await hold(state, taken);
    await expect(other.acquire([free, taken], owner(), MINUTE_MS)).rejects.toEqual(code('lane.busy'));
    expect(await liveLanes(state)).not.toContain(free);
    await expect(hold(other, free)).resolves.toMatchObject({ lane: free });
  },

  'of many that ask for one lane at the same instant, exactly one gets it': async ({ state, other }) => {
    const lane = unique('lane');
    // A lane that nobody ever held, then one that was held and released.
    for (let round = 0; round < 4; round++) {
      const tries = Array.from({ length: 12 }, (_, i) => hold(i % 2 === 0 ? state : other, lane));
      const won = (await Promise.allSettled(tries)).filter((result) => result.status === 'fulfilled');
      expect(won).toHaveLength(1);
      await state.release(won.map(({ value }) => value));
    }
  },

  'lanes asked for in any order by many at once never block each other for good': async ({
    state,
    other,
  }) => {
    const lanes = Array.from({ length: 5 }, () => unique('lane'));
    const tries = Array.from({ length: 10 }, async (_, i) => {
      const db = i % 2 === 0 ? state : other;
      try {
        await db.release(await db.acquire(i % 3 === 0 ? lanes : lanes.toReversed(), owner(), MINUTE_MS));
        return 'had';
      } catch (error) {
        return (error as { code?: string }).code;
      }
    });
    const outcomes = await Promise.all(tries);
    expect(outcomes.every((outcome) => outcome === 'had' || outcome === 'lane.busy')).toBe(true);
    expect(outcomes).toContain('had');
  },

  'the leases come back in the order in which the lanes were named': async ({ state }) => {
    const lanes = [unique('b'), unique('a'), unique('c')];
    expect((await state.acquire(lanes, owner(), MINUTE_MS)).map(({ lane }) => lane)).toEqual(lanes);
  },

  'the epoch grows each time a lane changes hands': async ({ state, other }) => {
    const lane = unique('lane');
    const first = await hold(state, lane);
    await state.release([first]);
    const second = await hold(other, lane, owner(), 0);
    const third = await hold(state, lane);
    expect(second.epoch).toBeGreaterThan(first.epoch);
    expect(third.epoch).toBeGreaterThan(second.epoch);
  },

  'a released lane is free at once': async ({ state, other }) => {
    const lane = unique('lane');
    await state.release([await hold(state, lane)]);
    expect(await liveLanes(state)).not.toContain(lane);
    await expect(hold(other, lane)).resolves.toMatchObject({ lane });
  },

  'a lease that ran out is free, also when its holder is on another host': async ({ state, other }) => {
    const lane = unique('lane');
    await hold(state, lane, farOwner(), 0);
    expect((await state.leases()).find((lease) => lease.lane === lane)).toMatchObject({ live: false });
    await expect(hold(other, lane)).resolves.toMatchObject({ lane });
  },

  'a lease whose process on this host is gone is free before it runs out': async ({ state, other }) => {
    const lane = unique('lane');
    await hold(state, lane, deadOwner());
    expect((await state.leases()).find((lease) => lease.lane === lane)).toMatchObject({ live: false });
    await expect(hold(other, lane)).resolves.toMatchObject({ lane });
  },

  'a run whose lane is taken over is marked interrupted': async ({ state, other }) => {
    const lane = unique('lane');
    const lost = farOwner();
    await state.startRun(newRun(lost));
    await hold(state, lane, lost, 0);
    await hold(other, lane);
    expect(await state.run(lost.runId)).toMatchObject({ status: 'interrupted', endedAt: expect.any(String) });
  },

  'renewing keeps a lane, and fails once it is somebody else’s': async ({ state, other }) => {
    const lane = unique('lane');
    const lease = await hold(state, lane, owner(), 0);
    await state.renew([lease], MINUTE_MS);
    await expect(other.acquire([lane], owner(), MINUTE_MS)).rejects.toEqual(code('lane.busy'));
    await state.renew([lease], 0);
    await hold(other, lane);
    await expect(state.renew([lease], MINUTE_MS)).rejects.toEqual(code('lane.lost'));
  },

  'renewing many fails when one of them is lost': async ({ state, other }) => {
    const lanes = [unique('a'), unique('b')];
    const leases = await state.acquire(lanes, owner(), 0);
    await hold(other, lanes[1] ?? '');
    await expect(state.renew(leases, MINUTE_MS)).rejects.toEqual(code('lane.lost'));
  },

  'a lease that was lost releases nothing of its successor': async ({ state, other }) => {
    const lane = unique('lane');
    const late = await hold(state, lane, owner(), 0);
    await hold(other, lane);
    await state.release([late]);
    expect(await liveLanes(state)).toContain(lane);
  },

  // ---------------------------------------------------------------------------------------------------- bookmarks
  'a checkpoint comes back as it was given, keys in their order, whatever it holds': async ({
    state,
    other,
  }) => {
    const lane = unique('lane');
    const lease = await hold(state, lane);
    const checkpoint = {
      z: 1,
      a: { ب: ['نص', '\u0000', '\ud800', '"\\'], é: 0.1, n: null },
      2: '9007199254740993',
    };
    const moved = await state.advance({ lease, from: 0, checkpoint, loadId: 'load-1', done: true });
    const seen = await other.bookmark(lane);
    expect(JSON.stringify(seen?.checkpoint)).toBe(JSON.stringify(checkpoint));
    expect(seen).toEqual(moved);
    expect(seen).toMatchObject({ lane, revision: 1, loadId: 'load-1', done: true });
    expect(new Date(seen?.updatedAt ?? '').toISOString()).toBe(seen?.updatedAt);
    expect((await other.bookmarks()).find((bookmark) => bookmark.lane === lane)).toEqual(moved);
  },

  'a bookmark moves only from the revision that is named': async ({ state }) => {
    const lane = unique('lane');
    const lease = await hold(state, lane);
    await expect(state.advance(move(lease, 3))).rejects.toEqual(code('bookmark.moved'));
    expect(await state.bookmark(lane)).toBeUndefined();
    expect(await state.advance(move(lease, 0))).toMatchObject({ revision: 1 });
    await expect(state.advance(move(lease, 0))).rejects.toEqual(code('bookmark.moved'));
    expect(await state.advance(move(lease, 1))).toMatchObject({ revision: 2, checkpoint: { from: 1 } });
    await expect(state.advance(move(lease, 1, 'late'))).rejects.toEqual(code('bookmark.moved'));
    expect(await state.bookmark(lane)).toMatchObject({ revision: 2, checkpoint: { from: 1 } });
  },

  'of many moves from one revision, exactly one is made': async ({ state, other }) => {
    const lease = await hold(state, unique('lane'));
    for (const from of [0, 1]) {
      const tries = Array.from({ length: 10 }, (_, i) =>
        (i % 2 === 0 ? state : other).advance(move(lease, from, i)),
      );
      const won = (await Promise.allSettled(tries)).filter((result) => result.status === 'fulfilled');
      expect(won).toHaveLength(1);
      expect(await other.bookmark(lease.lane)).toEqual((won[0] as PromiseFulfilledResult<Bookmark>).value);
    }
  },

  'a lease that was lost moves nothing': async ({ state, other }) => {
    const lane = unique('lane');
    const late = await hold(state, lane, owner(), 0);
    await state.advance(move(late, 0));
    const lease = await hold(other, lane);
    await expect(state.advance(move(late, 1, 'late'))).rejects.toEqual(code('lane.lost'));
    expect(await other.advance(move(lease, 1))).toMatchObject({ revision: 2 });

    // Not even when the same run took the lane again: what it began before is void.
    const again = await hold(state, unique('lane'), late.owner, 0);
    await hold(state, again.lane, late.owner);
    await expect(state.advance(move(again, 0))).rejects.toEqual(code('lane.lost'));
  },

  'a lease that was released moves nothing': async ({ state }) => {
    const lease = await hold(state, unique('lane'));
    await state.release([lease]);
    await expect(state.advance(move(lease, 0))).rejects.toEqual(code('lane.lost'));
  },

  'an operator may set a bookmark: a revision on, of no load, and on the record': async ({
    state,
    fresh,
  }) => {
    const lane = unique('lane');
    const lease = await hold(state, lane);
    await state.advance({ lease, from: 0, checkpoint: 'old', loadId: 'load-1', done: true });
    await state.release([lease]);
    await state.setBookmark(lane, { cursor: 'by hand' }, 'sara');
    expect(await state.bookmark(lane)).toMatchObject({
      checkpoint: { cursor: 'by hand' },
      revision: 2,
      loadId: null,
      done: false,
    });
    await state.setBookmark(lane, null, 'sara');
    expect(await state.bookmark(lane)).toMatchObject({ checkpoint: null, revision: 3 });

    const empty = await fresh();
    await empty.setBookmark(lane, 1, 'sara');
    const audit = (await collect(empty.exportAll())).filter((line) => line.includes('audit_log'));
    await empty.close();
    expect(audit).toHaveLength(1);
    expect(audit[0]).toContain('sara');
    expect(audit[0]).toContain(lane);
  },

  'an operator may not set the bookmark of a lane that is held': async ({ state, other }) => {
    const lane = unique('lane');
    await hold(state, lane);
    await expect(other.setBookmark(lane, 'by hand', 'sara')).rejects.toEqual(code('lane.busy'));
    expect(await state.bookmark(lane)).toBeUndefined();
  },

  'a runner that slept while an operator set the bookmark moves nothing': async ({ state, other }) => {
    const lane = unique('lane');
    const asleep = await hold(state, lane, owner(), 0);
    await other.setBookmark(lane, 'by hand', 'sara');
    await expect(state.advance(move(asleep, 1))).rejects.toEqual(code('lane.lost'));
    expect(await state.bookmark(lane)).toMatchObject({ checkpoint: 'by hand' });
  },

  // ------------------------------------------------------------------------------------------------- column names
  'a column that was pinned stays, and whoever comes later gets the same': async ({ state, other }) => {
    const table = unique('table');
    const first = { table, nativeId: '360001', column: 'custom_city', label: 'المدينة' };
    expect(await state.pinColumns([first])).toEqual([first]);
    const next = { table, nativeId: '360002', column: 'custom_city_2', label: 'المدينة' };
    const late = { ...first, column: 'custom_other', label: 'غيرها' };
    expect(await other.pinColumns([next, late])).toEqual([next, first]);
    expect((await state.columnNames()).filter((name) => name.table === table)).toEqual([first, next]);
  },

  'one column is never given to two fields': async ({ state, other }) => {
    const table = unique('table');
    await state.pinColumns([{ table, nativeId: '1', column: 'custom_city', label: 'City' }]);
    const second = { table, nativeId: '2', column: 'custom_city', label: 'City' };
    const third = { table, nativeId: '3', column: 'custom_street', label: 'Street' };
    await expect(other.pinColumns([third, second])).rejects.toEqual(code('column.taken'));
    expect((await state.columnNames()).filter((name) => name.table === table)).toHaveLength(1);
  },

  // --------------------------------------------------------------------------------------------------------- runs
  'a run tells what it was started with, what its streams did and how it ended': async ({ state, other }) => {
    const run = newRun();
    await state.startRun(run);
    const open = { endedAt: null, streams: [], labels: {}, costUsd: 0, error: null };
    expect(await other.run(run.runId)).toEqual({ ...run, ...open } satisfies RunRecord);
    await state.saveStream(run.runId, report('b'));
    await state.saveStream(run.runId, report('a'));
    const error = { kind: 'transient', code: 'x.busy', message: 'مشغول\u0000', hint: null };
    await state.saveStream(run.runId, report('b', { status: 'failed', error }));
    await state.endRun(run.runId, {
      status: 'partial',
      labels: { labelled: 3, cached: 1 },
      costUsd: 0.1 + 0.2,
      error,
    });
    const ended = await other.run(run.runId);
    expect(ended).toMatchObject({
      status: 'partial',
      labels: { labelled: 3, cached: 1 },
      costUsd: 0.3,
      error,
    });
    expect(ended?.endedAt).not.toBeNull();
    expect(ended?.streams).toEqual([report('b', { status: 'failed', error }), report('a')]);
    expect(await state.run(unique('run'))).toBeUndefined();
  },

  'runs come newest first, of one pipeline when asked, and no more than asked for': async ({ state }) => {
    const pipeline = unique('pipeline');
    const days = [2, 3, 1];
    for (const day of days)
      await state.startRun({ ...newRun(owner(), pipeline), startedAt: `2026-01-0${day}T00:00:00.000Z` });
    const started = (await state.runs({ pipeline })).map((run) => run.startedAt.slice(9, 10));
    expect(started).toEqual(['3', '2', '1']);
    expect(await state.runs({ pipeline, limit: 2 })).toHaveLength(2);
    expect(await state.runs({ pipeline: unique('none') })).toEqual([]);
    expect((await state.runs()).length).toBeGreaterThanOrEqual(3);
  },

  'a run whose process is gone, or whose leases ran out, shows as interrupted': async ({ state }) => {
    const dead = newRun(deadOwner());
    await state.startRun(dead);
    await state.saveStream(dead.runId, report('a'));
    expect(await state.run(dead.runId)).toMatchObject({
      status: 'interrupted',
      streams: [{ status: 'interrupted' }],
    });

    const far = newRun(farOwner());
    await state.startRun(far);
    expect(await state.run(far.runId)).toMatchObject({ status: 'running' });
    const lease = await hold(state, unique('lane'), far.owner);
    expect(await state.run(far.runId)).toMatchObject({ status: 'running' });
    await state.renew([lease], 0);
    expect((await state.runs({ pipeline: far.pipeline }))[0]).toMatchObject({ status: 'interrupted' });
  },

  'events come back in the order in which they happened': async ({ state }) => {
    const [runId, another] = [unique('run'), unique('run')];
    const event = (of: string, i: number) => ({
      at: '2026-01-01T00:00:00.000Z',
      runId: of,
      event: 'page.read',
      fields: { i, ok: true, none: null, name: 'نص\u0000' },
    });
    const many = Array.from({ length: 1500 }, (_, i) => event(runId, i));
    await state.addEvents([event(another, 7), ...many]);
    await state.addEvents([event(runId, 1500)]);
    expect(await state.events(runId)).toEqual([...many, event(runId, 1500)]);
    expect(await state.events(another)).toEqual([event(another, 7)]);
  },

  'a run that tells without end fills no database': async ({ state }) => {
    const runId = unique('run');
    const events = Array.from({ length: 10_500 }, () => ({
      at: '2026-01-01T00:00:00.000Z',
      runId,
      event: 'loop',
      fields: {},
    }));
    await state.addEvents(events);
    await state.addEvents(events.slice(0, 10));
    expect(await state.events(runId)).toHaveLength(10_000);
  },

  // ------------------------------------------------------------------------------------------------------ rejects
  'a row that is rejected again is kept once, however its keys are ordered': async ({ state, other }) => {
    const lane = unique('lane');
    await state.addRejects('run-1', [reject(lane, { id: 1, name: 'نص\u0000' }), reject(lane, { id: 2 })]);
    await other.addRejects('run-2', [
      reject(lane, { name: 'نص\u0000', id: 1 }),
      reject(lane, { id: 3 }),
      reject(lane, { id: 3 }),
    ]);
    const kept = await state.rejects({ lane });
    expect(kept.map(({ row }) => row)).toEqual([{ id: 3 }, { id: 2 }, { id: 1, name: 'نص\u0000' }]);
    expect(kept[2]).toMatchObject({
      runId: 'run-1',
      table: 'tickets',
      code: 'row.bad',
      reason: 'no id',
      replayedAt: null,
    });
    expect(await state.reject(kept[0]?.rejectId ?? '')).toEqual(kept[0]);
    await state.addRejects('run-3', [reject(unique('lane'), { id: 2 })]);
    expect(await state.rejects({ lane })).toHaveLength(3);
  },

  'thousands of rejects, and one of megabytes, are kept': async ({ state }) => {
    const lane = unique('lane');
    const rows = Array.from({ length: 2500 }, (_, id) => reject(lane, { id }));
    await state.addRejects('run-1', [...rows, reject(lane, { text: 'نص '.repeat(1_000_000) })]);
    expect(await state.rejects({ lane })).toHaveLength(2501);
    expect(await state.rejects({ lane, limit: 3 })).toHaveLength(3);
    expect(await state.rejects({ lane, table: 'none' })).toEqual([]);
  },

  'a replayed reject waits no longer, until the same row is rejected again': async ({ state }) => {
    const lane = unique('lane');
    await state.addRejects('run-1', [reject(lane, { id: 1 }), reject(lane, { id: 2 })]);
    const [second, first] = await state.rejects({ lane, pending: true });
    await state.markReplayed([first?.rejectId ?? '', unique('none')]);
    expect(await state.rejects({ lane, pending: true })).toEqual([second]);
    expect((await state.rejects({ lane, pending: false })).map(({ row }) => row)).toEqual([{ id: 1 }]);
    await state.addRejects('run-2', [{ ...reject(lane, { id: 1 }), reason: 'still no id' }]);
    expect(await state.rejects({ lane, pending: true })).toHaveLength(2);
    expect(await state.reject(first?.rejectId ?? '')).toMatchObject({
      runId: 'run-2',
      reason: 'still no id',
    });
  },

  // ----------------------------------------------------------------------------------------------- labels, money
  'a cached label is found by its key, and the first one stays': async ({ state, other }) => {
    const [key, missing] = [unique('key'), unique('key')];
    await state.cacheLabels(new Map([[key, label('2026-01')]]));
    await other.cacheLabels(new Map([[key, label('2026-02')]]));
    expect(await other.cachedLabels([missing, key])).toEqual(new Map([[key, label('2026-01')]]));
    expect(await state.cachedLabels([])).toEqual(new Map());
    const many = new Map(Array.from({ length: 2500 }, () => [unique('key'), label('2026-01')] as const));
    await state.cacheLabels(many);
    expect((await other.cachedLabels([...many.keys()])).size).toBe(2500);
  },

  'many that reserve at once never pass the cap': async ({ state, other }) => {
    const day = uniqueDay();
    const ask = { day, provider: 'openai', usd: 0.1, capUsd: 0.5, runId: 'run-1' };
    const tries = Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? state : other).reserve(ask));
    const had = (await Promise.all(tries)).flatMap(({ reservation }) => reservation ?? []);
    expect(had).toHaveLength(5);
    expect(new Set(had.map(({ id }) => id)).size).toBe(5);
    expect(await state.spend(day)).toEqual({ spentUsd: 0, reservedUsd: 0.5 });
  },

  'what is reserved counts until it is settled, and then its true cost does': async ({ state, other }) => {
    const day = uniqueDay();
    const ask = { day, provider: 'openai', capUsd: 1, runId: 'run-1' };
    const { reservation: first } = await state.reserve({ ...ask, usd: 0.6 });
    expect(await other.reserve({ ...ask, usd: 0.6, provider: 'azure' })).toEqual({
      reservation: undefined,
      takenUsd: 0.6,
      providerTakenUsd: 0,
    });
    if (first === undefined) throw new Error('nothing was reserved');
    const actual = { usd: 0.25, tokensIn: 100, tokensOut: 10 };
    await state.settle(first, actual);
    await state.settle(first, actual);
    expect(await other.spend(day)).toEqual({ spentUsd: 0.25, reservedUsd: 0 });
    expect(await other.reserve({ ...ask, usd: 0.6 })).toMatchObject({
      reservation: { usd: 0.6 },
      takenUsd: 0.25,
      providerTakenUsd: 0.25,
    });
    expect(await other.spend(day)).toEqual({ spentUsd: 0.25, reservedUsd: 0.6 });
    expect((await other.reserve({ ...ask, usd: 0.16 })).reservation).toBeUndefined();
    expect(await other.reserve({ ...ask, day: uniqueDay(), usd: 1 })).toMatchObject({
      reservation: { usd: 1 },
    });
  },

  'a cap can be used to the last micro-dollar and not one beyond': async ({ state }) => {
    const day = uniqueDay();
    const ask = { day, provider: 'openai', usd: 0.07, capUsd: 0.21, runId: 'run-1' };
    const reserved = async (more: object) => (await state.reserve({ ...ask, ...more })).reservation;
    for (let i = 0; i < 3; i++) expect(await reserved({})).toBeDefined();
    expect(await reserved({ usd: 0.000001 })).toBeUndefined();
    expect(await reserved({ usd: 0.000001, capUsd: 0.210001 })).toBeDefined();
    for (const usd of [Number.NaN, -1, Number.POSITIVE_INFINITY])
      await expect(state.reserve({ ...ask, usd })).rejects.toThrow();
    expect(await reserved({ capUsd: Number.NaN })).toBeUndefined();
    expect(await reserved({ capUsd: 9, providerCapUsd: Number.NaN })).toBeUndefined();
  },

  'the cap of a provider holds it back and nobody else': async ({ state, other }) => {
    const day = uniqueDay();
    const ask = { day, usd: 0.1, capUsd: 1, providerCapUsd: 0.3, runId: 'run-1' };
    const tries = Array.from({ length: 16 }, (_, i) =>
      (i % 2 === 0 ? state : other).reserve({ ...ask, provider: i % 4 === 0 ? 'jais' : 'openai' }),
    );
    expect((await Promise.all(tries)).filter(({ reservation }) => reservation !== undefined)).toHaveLength(6);
    const { reservation, ...found } = await state.reserve({ ...ask, provider: 'azure' });
    expect(reservation).toBeDefined();
    expect(found).toEqual({ takenUsd: 0.6, providerTakenUsd: 0 });
  },

  'what a request was expected to cost is kept beside what it cost, newest first': async ({
    state,
    other,
  }) => {
    const [day, model] = [uniqueDay(), unique('model')];
    const ask = { day, provider: 'openai', usd: 0.5, capUsd: 9, runId: 'run-1' };
    const expected = (tokens: number) => ({ model, script: 'Arab', tokens, usd: tokens / 1000 });
    for (const tokens of [100, 200]) {
      const { reservation } = await state.reserve({ ...ask, expected: expected(tokens) });
      if (reservation === undefined) throw new Error('nothing was reserved');
      await state.settle(reservation, { usd: tokens / 500, tokensIn: tokens, tokensOut: 7 });
    }
    // Neither what is not settled, nor what cost nothing, nor what nobody expected.
    await state.reserve({ ...ask, expected: expected(300) });
    const { reservation: refused } = await state.reserve({ ...ask, expected: expected(400) });
    if (refused !== undefined) await state.settle(refused, { usd: 0, tokensIn: 0, tokensOut: 0 });
    const past = await other.pastUsage({ provider: 'openai', model, limit: 10 });
    expect(past).toEqual([
      { expected: expected(200), tokens: 207, usd: 0.4 },
      { expected: expected(100), tokens: 107, usd: 0.2 },
    ]);
    expect(await other.pastUsage({ provider: 'openai', model, limit: 1 })).toHaveLength(1);
    expect(await other.pastUsage({ provider: 'jais', model, limit: 10 })).toEqual([]);
  },

  'a batch and its texts are there from before it is handed over until it is ended': async ({
    state,
    other,
  }) => {
    const [pipeline, intent, hash] = [unique('pipeline'), unique('batch'), unique('hash')];
    const batch = {
      intent,
      pipeline,
      provider: 'openai',
      model: 'small',
      promptVersion: 'p1',
      priceVersion: '2026-11',
      reservation: { id: unique('spend'), usd: 0.25 },
    };
    const texts = Array.from({ length: 1001 }, (_, i) => ({
      id: `r${i}`,
      hash: i === 0 ? hash : unique('hash'),
      language: i === 0 ? null : 'ar',
      text: `نص\u0000 ${i}`,
    }));
    const packs = new Map([
      ['b', texts.slice(0, 1)],
      ['a', texts.slice(1)],
    ]);
    await state.writeBatch(batch, packs);
    expect(await other.openBatches(pipeline)).toEqual([
      { ...batch, batchId: null, createdAt: expect.stringMatching(/Z$/) },
    ]);
    expect(await other.openBatches(unique('pipeline'))).toEqual([]);
    await other.noteBatch(intent, 'batch_77');
    expect((await state.openBatches(pipeline)).map(({ batchId }) => batchId)).toEqual(['batch_77']);
    expect(await other.batchPacks(intent)).toEqual(packs);
    expect(await other.underWay([hash, unique('hash')], 'p1')).toEqual(new Set([hash]));
    expect(await other.underWay([hash], 'p2')).toEqual(new Set());
    await other.endBatch(intent);
    await state.endBatch(intent);
    expect(await state.openBatches(pipeline)).toEqual([]);
    expect(await state.batchPacks(intent)).toEqual(new Map());
    expect(await state.underWay([hash], 'p1')).toEqual(new Set());
  },

  'of many who say the same, one is the first': async ({ state, other }) => {
    const name = unique('note');
    expect(await state.remembered(name)).toBeUndefined();
    const said = await Promise.all(
      Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? state : other).remember(name, '2026-11-29')),
    );
    expect(said.filter(Boolean)).toHaveLength(1);
    expect(await other.remember(name, '2026-11-30')).toBe(true);
    expect(await state.remembered(name)).toBe('2026-11-30');
  },

  // ------------------------------------------------------------------------------------------------------ secrets
  'a secret comes back, the last one stored': async ({ state, other }) => {
    const name = unique('secret');
    expect(await state.secrets.get(name)).toBeUndefined();
    await state.secrets.put(name, 'first');
    await other.secrets.put(name, 'كلمة سر\u0000🔑');
    expect(await state.secrets.get(name)).toBe('كلمة سر\u0000🔑');
  },

  'one at a time works on a secret, and others wait their turn': async ({ state, other }) => {
    const name = unique('secret');
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      // Long enough for everyone to arrive, counted in questions and not in time.
      for (let i = 0; i < 40; i++) await state.bookmark(name);
      inside--;
    };
    await Promise.all(
      Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? state : other).secrets.locked(name, work)),
    );
    expect(most).toBe(1);
    const failed = state.secrets.locked(name, async () => {
      throw new Error('refused by the vendor');
    });
    await expect(failed).rejects.toThrow('refused by the vendor');
    expect(await other.secrets.locked(name, async () => 'free again')).toBe('free again');
    // Another name is another lock: work on one may need the other.
    const inner = () => other.secrets.locked(unique('secret'), async () => 'both');
    expect(await state.secrets.locked(name, inner)).toBe('both');
  },

  // ------------------------------------------------------------------------------------------------ export, import
  'an export holds everything but secrets, and makes the same state elsewhere': async ({ fresh }) => {
    const from = await fresh();
    await fill(from);
    const lines = await collect(from.exportAll());
    expect(lines.join('\n')).not.toMatch(/refresh-token|secret-words|sealed/);
    const tables = new Set(lines.map((line) => (JSON.parse(line) as { table?: string }).table));
    expect([...tables].filter((table) => table !== undefined).sort()).toEqual(EXPORTED);

    const into = await fresh();
    expect(await into.importAll(linesOf(lines))).toBe(lines.length - 2);
    const again = await collect(into.exportAll());
    const kept = (all: readonly string[]) => all.filter((line) => !/"table":"(leases|runs)"/.test(line));
    expect(kept(again)).toEqual(kept(lines));
    expect(await into.bookmarks()).toEqual(await from.bookmarks());
    // Who held a lane or was running did so in the old place; epochs and numbers go on.
    expect(await into.leases()).toEqual([]);
    expect((await into.runs()).map(({ status }) => status)).toEqual(['interrupted']);
    const [before] = await from.leases();
    expect((await hold(into, before?.lane ?? '')).epoch).toBeGreaterThan(before?.epoch ?? 0);
    await into.addRejects('run-9', [reject('other', { id: 9 })]);
    expect((await into.rejects({ limit: 1 }))[0]).toMatchObject({ row: { id: 9 } });
    await from.close();
    await into.close();
  },

  'an import is whole or nothing: a cut, damaged or foreign file leaves the state empty': async ({
    fresh,
  }) => {
    const from = await fresh();
    await fill(from);
    const lines = await collect(from.exportAll());
    const into = await fresh();
    const damaged: readonly (readonly string[])[] = [
      [],
      lines.slice(0, -1),
      lines.slice(0, 4),
      [...lines.slice(0, 3), ...lines.slice(4)],
      [...lines.slice(0, -2), (lines.at(-2) ?? '').slice(0, 10)],
      ['{"format":"something-else/9"}', ...lines.slice(1)],
      [...lines, ...lines],
      [lines[0] ?? '', '{"table":"secrets","row":{"name":"x","sealed":"y"}}', '{"rows":1}'],
      [lines[0] ?? '', '{"table":"bookmarks","row":{"lane":"x","oops":1}}', '{"rows":1}'],
      [
        lines[0] ?? '',
        '{"table":"bookmarks","row":{"lane\\") values (1); drop table runs; --":"x"}}',
        '{"rows":1}',
      ],
      [lines[0] ?? '', '[1,2]', '{"rows":1}'],
    ];
    for (const some of damaged)
      await expect(into.importAll(linesOf(some))).rejects.toEqual(code('state.bad_export'));
    expect(await collect(into.exportAll())).toHaveLength(2);
    await expect(from.importAll(linesOf(lines))).rejects.toEqual(code('state.not_empty'));
    await from.close();
    await into.close();
  },
} satisfies Record<string, Check>;

export type StatePromise = keyof typeof STATE_PROMISES;

const EXPORTED = [
  'audit_log',
  'bookmarks',
  'column_names',
  'label_batch_texts',
  'label_batches',
  'label_cache',
  'leases',
  'notes',
  'rejects',
  'run_events',
  'run_streams',
  'runs',
  'spend_ledger',
];

/** Something in every table, and more of one than fits a page of the export. */
async function fill(state: State): Promise<void> {
  const run = newRun();
  await state.startRun(run);
  await state.saveStream(run.runId, report('zendesk/tickets'));
  await state.addEvents([
    { at: '2026-01-01T00:00:00.000Z', runId: run.runId, event: 'run.started', fields: { n: 1 } },
  ]);
  const lease = await hold(state, 'zendesk/tickets', run.owner);
  await state.advance(move(lease, 0, { z: 1, a: '\u0000' }));
  await state.setBookmark('zendesk/users', null, 'omar');
  const many = Array.from({ length: 1203 }, (_, id) => reject('zendesk/tickets', { id, text: 'نص\u0000' }));
  await state.addRejects(run.runId, many);
  await state.cacheLabels(new Map([['key', label('2026-01')]]));
  await state.reserve({ day: '2026-01-01', provider: 'openai', usd: 0.1, capUsd: 1, runId: run.runId });
  await state.writeBatch(
    {
      intent: 'batch-1',
      pipeline: 'zendesk',
      provider: 'openai',
      model: 'small',
      promptVersion: 'p1',
      priceVersion: '2026-11',
      reservation: { id: 'spend-1', usd: 0.1 },
    },
    new Map([['0', [{ id: 'r1', hash: 'h1', language: null, text: 'نص' }]]]),
  );
  await state.remember('looked', '2026-01-01');
  await state.pinColumns([{ table: 'tickets', nativeId: '1', column: 'custom_city', label: 'المدينة' }]);
  await state.secrets.put('refresh-token', 'secret-words');
  await state.audit({ by: 'sara', action: 'test.done', subject: 'state', detail: { n: 1 } });
}

/** Runs every promise against what `open` gives; one database serves them all. */
export function stateContract(
  name: string,
  open: () => Promise<StateUnderTest & { close(): Promise<void> }>,
): void {
  describe(name, () => {
    let subject: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject.close());
    for (const [promise, check] of Object.entries(STATE_PROMISES)) test(promise, () => check(subject));
  });
}
