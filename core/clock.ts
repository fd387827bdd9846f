// The clock of the machine: the one place where time is read and waited for.

import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from './types.ts';

/** A timer of Node fires at once above this many milliseconds (https://nodejs.org/api/timers.html), so longer sleeps go in parts. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Real time. `sleep` rejects with AbortError as soon as the signal fires, and for one that had fired already. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    const options = signal === undefined ? {} : { signal };
    let leftMs = Math.max(0, ms);
    while (leftMs > LONGEST_TIMER_MS) {
      await wait(LONGEST_TIMER_MS, undefined, options);
      leftMs -= LONGEST_TIMER_MS;
    }
    await wait(leftMs, undefined, options);
  },
};
