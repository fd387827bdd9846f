// The only door to the outside world: what a connector or a label provider may touch, built anew for each stream of a run.

import type { Clock, Context, Environment, Fetch, HttpMetrics, Log, Reject, SecretStore } from './types.ts';

/** What all streams of a process share: one limiter, one guard against private addresses, one clock. */
export interface Io {
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
  /** A fetch that counts into these metrics and stops with this signal. */
  fetch(metrics: HttpMetrics, signal: AbortSignal): Fetch;
}

/** Pinned column names: see core/names.ts. */
export interface ColumnPins {
  column(table: string, nativeId: string, label: string, reserved?: readonly string[]): string;
}

export interface StreamContext extends Context {
  readonly metrics: HttpMetrics;
  /** The rejects since the last call. */
  takeRejects(): readonly Reject[];
}

/** A context for one stream, or for one enrichment run. */
export function createContext(options: {
  readonly io: Io;
  readonly lane: string;
  readonly signal: AbortSignal;
  readonly secrets: SecretStore;
  readonly pins: ColumnPins;
}): StreamContext {
  const { io, lane, signal, secrets, pins } = options;
  const metrics: HttpMetrics = { requests: 0, retries: 0, waitMs: 0, bytes: 0, rateLimited: 0 };
  let rejects: Reject[] = [];
  return {
    signal,
    log: io.log,
    clock: io.clock,
    env: io.env,
    secrets,
    metrics,
    fetch: io.fetch(metrics, signal),
    reject: ({ table, row, code, reason }) => {
      rejects.push({ lane, table, row, code, reason });
    },
    column: (table, nativeId, label, reserved) => pins.column(table, nativeId, label, reserved),
    takeRejects() {
      const taken = rejects;
      rejects = [];
      return taken;
    },
  };
}
