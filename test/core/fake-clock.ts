// A clock that a test moves by hand, or that jumps over every sleep at once.

import type { Clock } from '../../core/types.ts';

export interface FakeClock extends Clock {
  /** Lets time pass and wakes who has slept enough. */
  advance(ms: number): Promise<void>;
  /** How long each sleep was asked to be, in order. */
  readonly slept: readonly number[];
}

/** `jumps`: a sleep ends at once and moves the time by its length. */
export function createFakeClock(options: { readonly jumps?: boolean } = {}): FakeClock {
  const start = Date.parse('2026-03-01T00:00:00Z');
  const sleepers = new Set<{ readonly wakeAtMs: number; wake(): void }>();
  const slept: number[] = [];
  let nowMs = 0;
  return {
    slept,
    now: () => new Date(start + nowMs),
    monotonicMs: () => nowMs,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      slept.push(ms);
      if (options.jumps === true) {
        nowMs += ms;
        return;
      }
      await new Promise<void>((resolve, reject) => {
        const interrupt = (): void => {
          sleepers.delete(sleeper);
          reject(new DOMException('The sleep was aborted.', 'AbortError'));
        };
        const sleeper = {
          wakeAtMs: nowMs + ms,
          wake() {
            signal?.removeEventListener('abort', interrupt);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', interrupt, { once: true });
      });
    },
    async advance(ms) {
      nowMs += ms;
      for (const sleeper of sleepers) {
        if (sleeper.wakeAtMs <= nowMs) {
          sleepers.delete(sleeper);
          sleeper.wake();
        }
      }
      await settle();
    },
  };
}

/** Lets everything run that waits for no time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
