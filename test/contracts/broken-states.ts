// States that break exactly one promise each, made out of a sound one, to show that the contract suite notices.

import type { Lease, State } from '../../core/types.ts';
import type { StatePromise } from './state.ts';

export interface BrokenState {
  readonly name: string;
  readonly breaks: StatePromise;
  /** The sound state with one method replaced. */
  make(sound: State): Partial<State>;
}

/** The lease that the lane has now, whoever holds it. */
async function present(state: State, lane: string): Promise<Lease | undefined> {
  return (await state.leases()).find((lease) => lease.lane === lane);
}

async function freeAll(state: State, lanes: readonly string[]): Promise<void> {
  await state.release((await state.leases()).filter(({ lane }) => lanes.includes(lane)));
}

export const BROKEN_STATES: readonly BrokenState[] = [
  {
    name: 'gives a held lane to whoever asks',
    breaks: 'a lane that is held is refused to everyone else, whichever process asks',
    make: (state) => ({
      async acquire(lanes, owner, ttlMs) {
        await freeAll(state, lanes);
        return state.acquire(lanes, owner, ttlMs);
      },
    }),
  },
  {
    name: 'takes lanes one by one',
    breaks: 'all lanes are had or none',
    make: (state) => ({
      async acquire(lanes, owner, ttlMs) {
        const leases: Lease[] = [];
        for (const lane of lanes) leases.push(...(await state.acquire([lane], owner, ttlMs)));
        return leases;
      },
    }),
  },
  {
    name: 'looks first and takes later',
    breaks: 'of many that ask for one lane at the same instant, exactly one gets it',
    make: (state) => ({
      async acquire(lanes, owner, ttlMs) {
        const held = (await state.leases()).some(({ lane, live }) => live && lanes.includes(lane));
        if (held) return state.acquire(lanes, owner, ttlMs);
        return lanes.map((lane) => ({ lane, epoch: 1, owner }));
      },
    }),
  },
  {
    name: 'fails with an error of the database',
    breaks: 'lanes asked for in any order by many at once never block each other for good',
    make: (state) => ({
      acquire: (lanes, owner, ttlMs) =>
        state.acquire(lanes, owner, ttlMs).catch(() => {
          throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
        }),
    }),
  },
  {
    name: 'returns leases in an order of its own',
    breaks: 'the leases come back in the order in which the lanes were named',
    make: (state) => ({
      acquire: async (lanes, owner, ttlMs) =>
        (await state.acquire(lanes, owner, ttlMs)).toSorted((a, b) => (a.lane < b.lane ? -1 : 1)),
    }),
  },
  {
    name: 'keeps the epoch',
    breaks: 'the epoch grows each time a lane changes hands',
    make: (state) => ({
      acquire: async (lanes, owner, ttlMs) =>
        (await state.acquire(lanes, owner, ttlMs)).map((lease) => ({ ...lease, epoch: 1 })),
    }),
  },
  {
    name: 'releases nothing',
    breaks: 'a released lane is free at once',
    make: () => ({ release: async () => undefined }),
  },
  {
    name: 'never lets a lease run out',
    breaks: 'a lease that ran out is free, also when its holder is on another host',
    make: (state) => ({ acquire: (lanes, owner) => state.acquire(lanes, owner, 60_000) }),
  },
  {
    name: 'believes that every process lives',
    breaks: 'a lease whose process on this host is gone is free before it runs out',
    make: (state) => ({
      acquire: (lanes, owner, ttlMs) =>
        state.acquire(lanes, { ...owner, host: `${owner.host}-unseen` }, ttlMs),
    }),
  },
  {
    name: 'leaves the record of a run that was taken over',
    breaks: 'a run whose lane is taken over is marked interrupted',
    make: (state) => ({
      async acquire(lanes, owner, ttlMs) {
        await freeAll(state, lanes);
        return state.acquire(lanes, owner, ttlMs);
      },
    }),
  },
  {
    name: 'renews what is lost',
    breaks: 'renewing keeps a lane, and fails once it is somebody else’s',
    make: (state) => ({ renew: (leases, ttlMs) => state.renew(leases, ttlMs).catch(() => undefined) }),
  },
  {
    name: 'renews what it can',
    breaks: 'renewing many fails when one of them is lost',
    make: (state) => ({
      async renew(leases, ttlMs) {
        const done = await Promise.allSettled(leases.map((lease) => state.renew([lease], ttlMs)));
        if (done.every(({ status }) => status === 'rejected')) throw new Error('all are lost');
      },
    }),
  },
  {
    name: 'releases by lane alone',
    breaks: 'a lease that was lost releases nothing of its successor',
    make: (state) => ({
      release: (leases) =>
        freeAll(
          state,
          leases.map(({ lane }) => lane),
        ),
    }),
  },
  {
    name: 'sorts the keys of a checkpoint',
    breaks: 'a checkpoint comes back as it was given, keys in their order, whatever it holds',
    make: (state) => ({
      advance: (move) => {
        const sorted = Object.entries(move.checkpoint as object).sort(([a], [b]) => (a < b ? -1 : 1));
        return state.advance({ ...move, checkpoint: Object.fromEntries(sorted) });
      },
    }),
  },
  {
    name: 'moves from any revision',
    breaks: 'a bookmark moves only from the revision that is named',
    make: (state) => ({
      async advance(move) {
        const from = (await state.bookmark(move.lease.lane))?.revision ?? 0;
        return state.advance({ ...move, from });
      },
    }),
  },
  {
    name: 'tries again from wherever the bookmark is',
    breaks: 'of many moves from one revision, exactly one is made',
    make: (state) => ({
      advance: (move) =>
        state.advance(move).catch(async () => {
          const from = (await state.bookmark(move.lease.lane))?.revision ?? 0;
          return state.advance({ ...move, from });
        }),
    }),
  },
  {
    name: 'does not look at the epoch',
    breaks: 'a lease that was lost moves nothing',
    make: (state) => ({
      async advance(move) {
        return state.advance({ ...move, lease: (await present(state, move.lease.lane)) ?? move.lease });
      },
    }),
  },
  {
    name: 'takes a released lane back to move its bookmark',
    breaks: 'a lease that was released moves nothing',
    make: (state) => ({
      advance: (move) =>
        state.advance(move).catch(async () => {
          const [lease] = await state.acquire([move.lease.lane], move.lease.owner, 1000);
          return state.advance({ ...move, lease: lease ?? move.lease });
        }),
    }),
  },
  {
    name: 'writes nothing on the record',
    breaks: 'an operator may set a bookmark: a revision on, of no load, and on the record',
    make: (state) => ({ setBookmark: (lane, checkpoint) => state.setBookmark(lane, checkpoint, 'nobody') }),
  },
  {
    name: 'lets an operator interfere with a run',
    breaks: 'an operator may not set the bookmark of a lane that is held',
    make: (state) => ({
      async setBookmark(lane, checkpoint, by) {
        await freeAll(state, [lane]);
        await state.setBookmark(lane, checkpoint, by);
      },
    }),
  },
  {
    name: 'leaves the sleeper its lane',
    breaks: 'a runner that slept while an operator set the bookmark moves nothing',
    make: (state) => ({
      advance: (move) =>
        state.advance(move).catch(async () => {
          const [lease] = await state.acquire([move.lease.lane], move.lease.owner, 1000);
          return state.advance({ ...move, lease: lease ?? move.lease });
        }),
    }),
  },
  {
    name: 'hands back what was asked for',
    breaks: 'a column that was pinned stays, and whoever comes later gets the same',
    make: (state) => ({
      async pinColumns(names) {
        await state.pinColumns(names);
        return names;
      },
    }),
  },
  {
    name: 'gives one column to two fields',
    breaks: 'one column is never given to two fields',
    make: (state) => ({ pinColumns: (names) => state.pinColumns(names).catch(() => names) }),
  },
  {
    name: 'keeps the first report of a stream',
    breaks: 'a run tells what it was started with, what its streams did and how it ended',
    make: (state) => ({
      async saveStream(runId, report) {
        const known = (await state.run(runId))?.streams.some(({ lane }) => lane === report.lane) ?? false;
        if (!known) await state.saveStream(runId, report);
      },
    }),
  },
  {
    name: 'shows the oldest run first',
    breaks: 'runs come newest first, of one pipeline when asked, and no more than asked for',
    make: (state) => ({ runs: async (query) => (await state.runs(query)).toReversed() }),
  },
  {
    name: 'believes that a dead run is running',
    breaks: 'a run whose process is gone, or whose leases ran out, shows as interrupted',
    make: (state) => ({
      async run(runId) {
        const record = await state.run(runId);
        return record && { ...record, status: 'running' };
      },
    }),
  },
  {
    name: 'tells events backwards',
    breaks: 'events come back in the order in which they happened',
    make: (state) => ({ events: async (runId) => (await state.events(runId)).toReversed() }),
  },
  {
    name: 'keeps more events than it may',
    breaks: 'a run that tells without end fills no database',
    make: (state) => ({
      events: async (runId) => {
        const events = await state.events(runId);
        return [...events, ...events.slice(0, 1)];
      },
    }),
  },
  {
    name: 'keeps a reject twice',
    breaks: 'a row that is rejected again is kept once, however its keys are ordered',
    make: (state) => ({
      addRejects: (runId, rejects) =>
        state.addRejects(
          runId,
          rejects.map((reject, i) => ({ ...reject, table: `${reject.table}-${runId}-${i}` })),
        ),
    }),
  },
  {
    name: 'shows a hundred rejects and no more',
    breaks: 'thousands of rejects, and one of megabytes, are kept',
    make: (state) => ({ rejects: (query) => state.rejects({ limit: 100, ...query }) }),
  },
  {
    name: 'replays a reject for ever',
    breaks: 'a replayed reject waits no longer, until the same row is rejected again',
    make: () => ({ markReplayed: async () => undefined }),
  },
  {
    name: 'finds labels only when all are there',
    breaks: 'a cached label is found by its key, and the first one stays',
    make: (state) => ({
      async cachedLabels(keys) {
        const found = await state.cachedLabels(keys);
        return found.size === keys.length ? found : new Map();
      },
    }),
  },
  {
    name: 'looks at the cap first and reserves later',
    breaks: 'many that reserve at once never pass the cap',
    make: (state) => ({
      async reserve(request) {
        const { spentUsd, reservedUsd } = await state.spend(request.day);
        if (spentUsd + reservedUsd + request.usd > request.capUsd)
          return { reservation: undefined, takenUsd: spentUsd, providerTakenUsd: spentUsd };
        return state.reserve({ ...request, capUsd: 1_000_000 });
      },
    }),
  },
  {
    name: 'counts only what is settled',
    breaks: 'what is reserved counts until it is settled, and then its true cost does',
    make: (state) => ({
      async reserve(request) {
        const { reservedUsd } = await state.spend(request.day);
        return state.reserve({ ...request, capUsd: request.capUsd + reservedUsd });
      },
    }),
  },
  {
    name: 'adds the true cost to the estimate',
    breaks: 'what is reserved counts until it is settled, and then its true cost does',
    make: (state) => ({
      settle: (reservation, actual) =>
        state.settle(reservation, { ...actual, usd: actual.usd + reservation.usd }),
    }),
  },
  {
    name: 'adds fractions of dollars',
    breaks: 'a cap can be used to the last micro-dollar and not one beyond',
    make: (state) => ({
      async reserve(request) {
        const taken = (await state.spend(request.day)).reservedUsd;
        if (taken + request.usd < request.capUsd) return state.reserve(request);
        return { reservation: undefined, takenUsd: taken, providerTakenUsd: taken };
      },
    }),
  },
  {
    name: 'knows one cap only',
    breaks: 'the cap of a provider holds it back and nobody else',
    make: (state) => ({
      reserve: ({ providerCapUsd: _, ...request }) => state.reserve(request),
    }),
  },
  {
    name: 'learns from what is not settled',
    breaks: 'what a request was expected to cost is kept beside what it cost, newest first',
    make: (state) => ({
      async pastUsage(query) {
        const past = await state.pastUsage(query);
        return past.map((one) => ({ ...one, usd: one.expected.usd }));
      },
    }),
  },
  {
    name: 'forgets the texts of a batch that is noted',
    breaks: 'a batch and its texts are there from before it is handed over until it is ended',
    make: () => ({ underWay: async () => new Set() }),
  },
  {
    name: 'lets everyone be the first',
    breaks: 'of many who say the same, one is the first',
    make: (state) => ({
      async remember(name, value) {
        await state.remember(name, value);
        return true;
      },
    }),
  },
  {
    name: 'keeps the first secret',
    breaks: 'a secret comes back, the last one stored',
    make: (state) => ({
      secrets: {
        ...state.secrets,
        async put(name, value) {
          if ((await state.secrets.get(name)) === undefined) await state.secrets.put(name, value);
        },
      },
    }),
  },
  {
    name: 'locks no secret',
    breaks: 'one at a time works on a secret, and others wait their turn',
    make: (state) => ({ secrets: { ...state.secrets, locked: async (_name, work) => work() } }),
  },
  {
    name: 'forgets the rejects in an export',
    breaks: 'an export holds everything but secrets, and makes the same state elsewhere',
    make: (state) => ({
      async *exportAll() {
        for await (const line of state.exportAll()) if (!line.includes('"rejects"')) yield line;
      },
    }),
  },
  {
    name: 'mends a cut export',
    breaks: 'an import is whole or nothing: a cut, damaged or foreign file leaves the state empty',
    make: (state) => ({
      importAll: (lines) =>
        state.importAll(
          (async function* () {
            let count = 0;
            for await (const line of lines) {
              if ('rows' in JSON.parse(line)) break;
              if (count++ >= 0) yield line;
            }
            yield JSON.stringify({ rows: count - 1 });
          })(),
        ),
    }),
  },
];
