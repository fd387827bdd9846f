// Keeps the leases of a run alive, and stops the run when they are lost.

import { asPipelineError, PipelineError } from './errors.ts';
import type { Clock, Lease, Log, State } from './types.ts';

export interface LeaseKeeper {
  /** Fires when a lease was lost: the work under way must stop; what it still tries to commit is fenced off. */
  readonly signal: AbortSignal;
  /** Stops renewing and releases what is still ours. */
  release(): Promise<void>;
}

/**
 * Renews every third of the time to live. A renewal that fails for a passing reason is tried again until the leases have run
 * out by our own monotonic clock; after that the run stops by itself, because somebody else may hold the lanes. What truly
 * keeps two writers apart is the epoch that each commit carries, not this timer.
 */
export function keepLeases(options: {
  readonly state: State;
  readonly leases: readonly Lease[];
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly log: Log;
}): LeaseKeeper {
  const { state, leases, ttlMs, clock, log } = options;
  const lost = new AbortController();
  const stopped = new AbortController();
  let renewedAtMs = clock.monotonicMs();

  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await clock.sleep(ttlMs / 3, stopped.signal);
      try {
        await state.renew(leases, ttlMs);
        renewedAtMs = clock.monotonicMs();
      } catch (thrown) {
        const error = asPipelineError(thrown);
        const expired = clock.monotonicMs() - renewedAtMs > ttlMs;
        log.warn('lease.renewal_failed', { code: error.code, expired });
        if (error.code === 'lane.lost' || expired) {
          lost.abort(
            new PipelineError(
              'transient',
              'lane.lost',
              'Another run has taken over; this one stops and commits nothing more.',
              {
                hint: 'Look at `pipeline status`. If this process was paused, nothing needs to be done.',
                cause: error,
              },
            ),
          );
          return;
        }
      }
    }
  };
  const running = loop().catch((thrown: unknown) => {
    if (!stopped.signal.aborted) lost.abort(asPipelineError(thrown));
  });

  return {
    signal: lost.signal,
    async release() {
      stopped.abort();
      await running;
      if (!lost.signal.aborted) await state.release(leases);
    },
  };
}
