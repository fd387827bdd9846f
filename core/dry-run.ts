// A state and a warehouse that read and count, and write nothing: what `--dry-run` hands to the engine.

import type { Lease, LoadStart, RunRecord, Sink, State, StreamReport } from './types.ts';

/**
 * Reads through to the real state; keeps what a run would write in memory, for its own report. The one exception are secrets: a
 * rotating token that was exchanged and not stored would lock the account out, so it is stored.
 */
export function dryState(real: State): State {
  let record: RunRecord | undefined;
  const streams: StreamReport[] = [];
  const nothing = async (): Promise<void> => {};
  return {
    acquire: async (lanes, owner) => lanes.map((lane): Lease => ({ lane, epoch: 0, owner })),
    renew: nothing,
    release: nothing,
    leases: () => real.leases(),
    bookmark: (lane) => real.bookmark(lane),
    bookmarks: () => real.bookmarks(),
    advance: async ({ lease, from, checkpoint, loadId, done }) => ({
      lane: lease.lane,
      checkpoint,
      revision: from + 1,
      loadId,
      done,
      updatedAt: new Date().toISOString(),
    }),
    setBookmark: nothing,
    columnNames: () => real.columnNames(),
    pinColumns: async (names) => names,
    startRun: async (run) => {
      record = { ...run, endedAt: null, streams: [], labels: {}, costUsd: 0, error: null };
    },
    saveStream: async (_runId, report) => {
      streams.push(report);
    },
    endRun: async (_runId, end) => {
      if (record !== undefined) record = { ...record, ...end, streams, endedAt: new Date().toISOString() };
    },
    runs: (query) => real.runs(query),
    run: async () => record,
    addEvents: nothing,
    events: (runId) => real.events(runId),
    addRejects: nothing,
    rejects: (query) => real.rejects(query),
    reject: (id) => real.reject(id),
    markReplayed: nothing,
    cachedLabels: async () => new Map(),
    cacheLabels: nothing,
    reserve: async () => ({ reservation: undefined, takenUsd: 0, providerTakenUsd: 0 }),
    settle: nothing,
    spend: (day) => real.spend(day),
    pastUsage: (query) => real.pastUsage(query),
    writeBatch: nothing,
    noteBatch: nothing,
    openBatches: async () => [],
    batchPacks: async () => new Map(),
    endBatch: nothing,
    underWay: (hashes, promptVersion) => real.underWay(hashes, promptVersion),
    remember: async () => false,
    remembered: (name) => real.remembered(name),
    secrets: real.secrets,
    audit: nothing,
    exportAll: () => real.exportAll(),
    importAll: async () => 0,
    close: nothing,
  };
}

/** Takes every row and keeps none. Its ledger is the warehouse's own, so that a dry run starts where a real one would. */
export function drySink(real: Sink): Sink {
  return {
    name: real.name,
    location: `${real.location} (dry run)`,
    capabilities: real.capabilities,
    check: () => real.check(),
    fence: async () => {},
    begin: async (start) => dryLoad(start),
    ledger: () => real.ledger(),
    query: (sql, options) => real.query(sql, options),
    unlabelled: async () => [],
    countUnlabelled: async () => 0,
    publishMarts: async () => {},
    close: async () => {},
  };
}

function dryLoad(start: LoadStart): Awaited<ReturnType<Sink['begin']>> {
  const tables: { [table: string]: { rows: number; tombstones: number } } = {};
  return {
    async write({ table, rows, tombstones }) {
      const before = tables[table] ?? { rows: 0, tombstones: 0 };
      tables[table] = {
        rows: before.rows + rows.length,
        tombstones: before.tombstones + (tombstones?.length ?? 0),
      };
    },
    async commit() {
      return { loadId: start.loadId, committedAt: new Date().toISOString(), tables, repeated: false };
    },
    async abort() {},
  };
}
