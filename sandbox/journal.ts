// What a stand-in saw: every request, what it answered, and whether the client came back too early.

export interface Visit {
  readonly n: number;
  readonly at: string;
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** 0 where the connection was cut or left hanging before an answer. */
  status: number;
  ms: number;
  fault?: string;
  /** Milliseconds before the end of a Retry-After that the client did not wait for. */
  earlyMs?: number;
}

export interface Journal {
  open(visit: { readonly at: Date; readonly method: string; readonly path: string }): Visit;
  /** Remembers that requests to this path must not come back before a moment. */
  closeUntil(path: string, monotonicMs: number): void;
  /** By how much a request to this path comes too early; 0 when it does not. */
  earliness(path: string, monotonicMs: number): number;
  list(): readonly Visit[];
  clear(): void;
}

const KEPT = 20_000;
/** Timers fire up to a few milliseconds before their time; a client that waited is not blamed for that. */
const TIMER_SLACK_MS = 25;

export function createJournal(): Journal {
  let visits: Visit[] = [];
  const closed = new Map<string, number>();
  let n = 0;
  return {
    open({ at, method, path }) {
      n += 1;
      const visit: Visit = { n, at: at.toISOString(), method, path, status: 0, ms: 0 };
      visits.push(visit);
      if (visits.length > KEPT) visits = visits.slice(-KEPT / 2);
      return visit;
    },
    closeUntil(path, monotonicMs) {
      closed.set(withoutQuery(path), monotonicMs);
    },
    earliness(path, monotonicMs) {
      const until = closed.get(withoutQuery(path));
      if (until === undefined) return 0;
      const early = until - monotonicMs;
      if (early <= 0) closed.delete(withoutQuery(path));
      return early > TIMER_SLACK_MS ? early : 0;
    },
    list: () => visits,
    clear() {
      visits = [];
    },
  };
}

function withoutQuery(path: string): string {
  return path.split('?')[0] ?? path;
}
