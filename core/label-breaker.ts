// One provider's breaker: open while asking it cannot help, so that texts go on to the next choice, or wait.

import type { Clock, ErrorReport } from './types.ts';

export interface Breaker {
  /** Why it must not be asked now; null while it may. */
  readonly open: ErrorReport | null;
  succeeded(): void;
  /** A passing failure. True where it opened the breaker. */
  failed(report: ErrorReport): boolean;
  /** Opens it: for a while where the trouble passes, for the rest of the run where it does not. */
  trip(report: ErrorReport, lasts: 'a while' | 'this run'): void;
}

/** Passing failures in a row, over all packs, after which a provider counts as down. */
const FAILURES = 3;
/** After so long one request may find out whether it is back. */
const REST_MS = 60_000;

export function createBreaker(clock: Clock): Breaker {
  let inARow = 0;
  let reason: ErrorReport | null = null;
  let untilMs = 0;
  const trip: Breaker['trip'] = (report, lasts) => {
    reason = report;
    untilMs = lasts === 'this run' ? Number.POSITIVE_INFINITY : clock.monotonicMs() + REST_MS;
  };
  return {
    get open() {
      return reason !== null && clock.monotonicMs() < untilMs ? reason : null;
    },
    succeeded() {
      inARow = 0;
      // What was tripped for the rest of the run stays so: a request that was under way proves nothing of money or keys.
      if (untilMs !== Number.POSITIVE_INFINITY) reason = null;
    },
    failed(report) {
      inARow += 1;
      if (inARow < FAILURES && reason === null) return false;
      if (untilMs !== Number.POSITIVE_INFINITY) trip(report, 'a while');
      return true;
    },
    trip,
  };
}
