// The time of a stand-in: it can start anywhere, runs at the real pace, and can be moved on by a test.

export interface SandboxClock {
  now(): Date;
  /** Milliseconds that never jump; for waits. */
  monotonicMs(): number;
}

export interface MovableClock extends SandboxClock {
  /** Lets time pass at once. */
  advance(ms: number): void;
}

/** Runs from `start` (default: the real time) at the pace of the machine, or follows a clock that a test controls. */
export function createClock(start: Date | undefined, given: SandboxClock | undefined): MovableClock {
  let jumpedMs = 0;
  const base = given ?? runFrom(start ?? new Date());
  return {
    now: () => new Date(base.now().getTime() + jumpedMs),
    monotonicMs: () => base.monotonicMs() + jumpedMs,
    advance(ms) {
      jumpedMs += ms;
    },
  };
}

function runFrom(start: Date): SandboxClock {
  const begun = performance.now();
  return {
    now: () => new Date(start.getTime() + (performance.now() - begun)),
    monotonicMs: () => performance.now(),
  };
}
