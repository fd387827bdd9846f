// A state that holds nothing and keeps nothing, and the reading half of one that does.

import { PipelineError } from '../core/errors.ts';
import type { State } from '../core/types.ts';

/** What a verb that only looks sees before anything was ever run: no file is made for it. */
export function emptyState(): State {
  const refuse = async (): Promise<never> => {
    throw new PipelineError('bug', 'state.read_only', 'The state was opened for reading only.');
  };
  return {
    acquire: refuse,
    renew: refuse,
    release: refuse,
    leases: async () => [],
    bookmark: async () => undefined,
    bookmarks: async () => [],
    advance: refuse,
    setBookmark: refuse,
    columnNames: async () => [],
    pinColumns: refuse,
    startRun: refuse,
    saveStream: refuse,
    endRun: refuse,
    runs: async () => [],
    run: async () => undefined,
    addEvents: refuse,
    events: async () => [],
    addRejects: refuse,
    rejects: async () => [],
    reject: async () => undefined,
    markReplayed: refuse,
    cachedLabels: async () => new Map(),
    cacheLabels: refuse,
    reserve: refuse,
    settle: refuse,
    spend: async () => ({ spentUsd: 0, reservedUsd: 0 }),
    pastUsage: async () => [],
    writeBatch: refuse,
    noteBatch: refuse,
    openBatches: async () => [],
    batchPacks: async () => new Map(),
    endBatch: refuse,
    underWay: async () => new Set(),
    remember: refuse,
    remembered: async () => undefined,
    secrets: { get: async () => undefined, put: refuse, locked: async (_name, work) => work() },
    audit: refuse,
    async *exportAll() {},
    importAll: refuse,
    close: async () => undefined,
  };
}

/** Everything that only looks, from the state; everything else refuses. */
export function readOnly(state: State): State {
  const {
    leases,
    bookmark,
    bookmarks,
    columnNames,
    runs,
    run,
    events,
    rejects,
    reject,
    cachedLabels,
    spend,
    pastUsage,
    openBatches,
    batchPacks,
    underWay,
    remembered,
    exportAll,
    close,
  } = state;
  const reads = {
    leases,
    bookmark,
    bookmarks,
    columnNames,
    runs,
    run,
    events,
    rejects,
    reject,
    cachedLabels,
    spend,
    pastUsage,
    openBatches,
    batchPacks,
    underWay,
    remembered,
    exportAll,
    close,
  };
  const empty = emptyState();
  return { ...empty, ...reads, secrets: { ...empty.secrets, get: state.secrets.get } };
}
