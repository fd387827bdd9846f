// The real clock: time of day, monotonic time and sleeps that can be interrupted.

import { describe, expect, test } from 'vitest';
import { systemClock } from '../../core/clock.ts';

describe('the clock of the machine', () => {
  test('tells the time of day', () => {
    const before = Date.now();
    const now = systemClock.now().getTime();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  test('has a second hand that never goes back', () => {
    const first = systemClock.monotonicMs();
    expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(first);
  });

  test('sleeps nothing for nothing, and for less than nothing', async () => {
    await systemClock.sleep(0);
    await systemClock.sleep(-5);
  });

  test('wakes with AbortError as soon as the signal fires', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(3_600_000, stop.signal);
    stop.abort();
    await expect(sleeping).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('does not fall asleep when the signal has fired already', async () => {
    await expect(systemClock.sleep(3_600_000, AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  test('does not wake at once from a sleep that is longer than the longest timer of Node', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(90 * 24 * 3_600_000, stop.signal).then(
      () => 'woke by itself',
      () => 'was woken',
    );
    // A timer that overflows fires after 1 ms; a timer of 20 ms is later than that.
    setTimeout(() => stop.abort(), 20);
    expect(await sleeping).toBe('was woken');
  });
});
