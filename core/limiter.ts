// Keeps the vendors' rate limits: how many requests of a bucket run at once, and when the next one may start.

import pLimit, { type LimitFunction } from 'p-limit';
import { PipelineError } from './errors.ts';
import type { Clock, RateLimit } from './types.ts';

/** The longest that a request waits for a limit; beyond it the run ends with the time to come back. */
export const LONGEST_WAIT_MS = 15 * 60_000;

/** Shared by all requests of one run. A limit or a pause of `zendesk` holds for `zendesk/incremental` too. */
export interface Limiter {
  /**
   * Runs the work when its bucket, and every bucket above it, lets one more start; tells the work how long it waited.
   * Throws `run.interrupted` at once when the signal fires, and transient `http.rate_limited` with `retryAfterMs` where the
   * wait would be longer than LONGEST_WAIT_MS. `spacingMs` is the least time between this start and the next one of the bucket.
   */
  run<T>(
    bucket: string,
    signal: AbortSignal,
    work: (waitedMs: number) => Promise<T>,
    spacingMs?: number,
  ): Promise<T>;
  /** Nobody in this bucket starts during the next `ms`. Pauses only grow. */
  pause(bucket: string, ms: number): void;
  /** What the vendor's headers said. With nothing remaining nobody in the bucket starts before its reset. */
  learn(limits: readonly RateLimit[]): void;
}

/** What is known of one bucket's present window; in milliseconds of the monotonic clock. */
interface Gate {
  pausedUntilMs: number;
  /** Starts that are left until the reset; of no meaning once the reset has passed. */
  remaining: number;
  resetAtMs: number;
  /** Where requests keep a distance: when the next one may start. */
  nextAtMs: number;
  /** Requests that were started and have not ended. */
  underWay: number;
}

/** `concurrency` requests of one bucket run side by side. Default 8. */
export function createLimiter(options: { readonly clock: Clock; readonly concurrency?: number }): Limiter {
  const { clock, concurrency = 8 } = options;
  const gates = new Map<string, Gate>();
  const slots = new Map<string, LimitFunction>();

  function gateOf(bucket: string): Gate {
    const fresh = {
      pausedUntilMs: 0,
      remaining: Number.POSITIVE_INFINITY,
      resetAtMs: 0,
      nextAtMs: 0,
      underWay: 0,
    };
    const gate = gates.get(bucket) ?? fresh;
    gates.set(bucket, gate);
    return gate;
  }

  /** Takes one start from every gate above the bucket, or says until when one of them is shut. */
  function enter(bucket: string, spacingMs: number): { readonly shutForMs: number } {
    const now = clock.monotonicMs();
    const above = withParents(bucket).map(gateOf);
    let openAtMs = now;
    for (const gate of above) {
      const resetAtMs = gate.remaining < 1 ? gate.resetAtMs : 0;
      openAtMs = Math.max(openAtMs, gate.pausedUntilMs, gate.nextAtMs, resetAtMs);
    }
    if (openAtMs > now) return { shutForMs: openAtMs - now };
    for (const gate of above) {
      gate.remaining -= 1;
      gate.underWay += 1;
    }
    gateOf(bucket).nextAtMs = now + spacingMs;
    return { shutForMs: 0 };
  }

  async function waitForGates(bucket: string, signal: AbortSignal, spacingMs: number): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const { shutForMs } = enter(bucket, spacingMs);
      if (shutForMs === 0) return;
      if (shutForMs > LONGEST_WAIT_MS) throw waitTooLong(bucket, shutForMs);
      await clock.sleep(Math.ceil(shutForMs), signal);
    }
  }

  return {
    async run(bucket, signal, work, spacingMs = 0) {
      const slot = slots.get(bucket) ?? pLimit(concurrency);
      slots.set(bucket, slot);
      const askedAtMs = clock.monotonicMs();
      const started = slot(async () => {
        await waitForGates(bucket, signal, spacingMs);
        try {
          return await work(clock.monotonicMs() - askedAtMs);
        } finally {
          for (const name of withParents(bucket)) gateOf(name).underWay -= 1;
        }
      });
      return await unlessAborted(signal, started);
    },

    pause(bucket, ms) {
      const gate = gateOf(bucket);
      gate.pausedUntilMs = Math.max(gate.pausedUntilMs, clock.monotonicMs() + ms);
    },

    learn(limits) {
      const now = clock.monotonicMs();
      for (const { bucket, remaining, resetMs } of limits) {
        const gate = gateOf(bucket);
        const resetAtMs = now + resetMs;
        if (gate.resetAtMs <= now) {
          // The vendor has perhaps not seen those that are under way beside the one that this answers.
          gate.remaining = remaining - Math.max(0, gate.underWay - 1);
          gate.resetAtMs = resetAtMs;
        } else {
          // Answers overtake each other, and our own count knows of requests that the vendor has not seen yet: the lower one holds.
          gate.remaining = Math.min(gate.remaining, remaining);
          if (remaining < 1) gate.resetAtMs = Math.max(gate.resetAtMs, resetAtMs);
        }
      }
    },
  };
}

/** `a/b/c` is held by the gates of `a`, `a/b` and `a/b/c`. */
function withParents(bucket: string): readonly string[] {
  const parts = bucket.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

function waitTooLong(bucket: string, waitMs: number): PipelineError {
  return new PipelineError(
    'transient',
    'http.rate_limited',
    `The rate limit of ${bucket} opens again in ${Math.ceil(waitMs / 60_000)} minutes, which is longer than a run waits.`,
    { hint: 'Run it again then; it resumes from its bookmark.', retryAfterMs: Math.ceil(waitMs) },
  );
}

/** The promise, or an interruption as soon as the signal fires, also for work that still queues for a slot. */
async function unlessAborted<T>(signal: AbortSignal, started: Promise<T>): Promise<T> {
  let stopListening = (): void => {};
  const interrupted = new Promise<never>((_, reject) => {
    const interrupt = (): void => {
      reject(new PipelineError('transient', 'run.interrupted', 'The run was interrupted.'));
    };
    if (signal.aborted) interrupt();
    signal.addEventListener('abort', interrupt, { once: true });
    stopListening = () => signal.removeEventListener('abort', interrupt);
  });
  try {
    return await Promise.race([interrupted, started]);
  } finally {
    stopListening();
  }
}
