// The limiter against a clock that the test moves: limits, pauses, slots and interruptions.

import { describe, expect, test } from 'vitest';
import { createLimiter, type Limiter, LONGEST_WAIT_MS } from '../../core/limiter.ts';
import { createFakeClock, settle } from './fake-clock.ts';

const never = new AbortController().signal;

/** Starts a request that ends at once, and records in what order requests started and how long they had waited. */
function recorder(limiter: Limiter) {
  const starts: string[] = [];
  const waits: number[] = [];
  const ask = (bucket: string, name = bucket): Promise<void> =>
    limiter.run(bucket, never, async (waitedMs) => {
      starts.push(name);
      waits.push(waitedMs);
    });
  return { starts, waits, ask };
}

describe('the limiter', () => {
  test('starts at once where nothing is known, and says that nothing was waited', async () => {
    const { ask, waits } = recorder(createLimiter({ clock: createFakeClock() }));
    await ask('zendesk/incremental');
    expect(waits).toEqual([0]);
  });

  test('gives back what the work gives, and throws what it throws', async () => {
    const limiter = createLimiter({ clock: createFakeClock() });
    expect(await limiter.run('a', never, async () => 42)).toBe(42);
    await expect(limiter.run('a', never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await limiter.run('a', never, async () => 43)).toBe(43);
  });

  test('runs as many of one bucket side by side as allowed, whatever other buckets do', async () => {
    const limiter = createLimiter({ clock: createFakeClock(), concurrency: 2 });
    let running = 0;
    let most = 0;
    let finish = (): void => {};
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const work = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await gate;
      running -= 1;
    };
    const all = [1, 2, 3, 4, 5].map(() => limiter.run('a', never, work));
    await settle();
    expect(running).toBe(2);
    expect(await limiter.run('b', never, async () => 'free')).toBe('free');
    finish();
    await Promise.all(all);
    expect(most).toBe(2);
  });

  test('keeps the distance that a bucket asks for between starts, and lets other buckets go on', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({ clock });
    const starts: number[] = [];
    const all = [1, 2, 3].map(() =>
      limiter.run('gong', never, async () => void starts.push(clock.monotonicMs()), 400),
    );
    await settle();
    const begun = starts[0] ?? Number.NaN;
    expect(starts).toEqual([begun]);
    expect(await limiter.run('other', never, async () => 'free', 400)).toBe('free');
    for (let i = 0; i < 2; i++) {
      clock.advance(399);
      await settle();
      expect(starts).toHaveLength(i + 1);
      clock.advance(1);
      await settle();
    }
    await Promise.all(all);
    expect(starts).toEqual([begun, begun + 400, begun + 800]);
  });

  test('counts those under way against what the first answer of a window says is left', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({ clock });
    const answers: (() => void)[] = [];
    const ask = () => limiter.run('a', never, () => new Promise<void>((resolve) => answers.push(resolve)));
    const first = [1, 2, 3, 4].map(ask);
    await settle();
    // The vendor allows five, and has seen one of the four.
    limiter.learn([{ bucket: 'a', remaining: 4, resetMs: 1000 }]);
    const rest = [1, 2, 3].map(ask);
    await settle();
    expect(answers).toHaveLength(5);
    await clock.advance(1000);
    expect(answers).toHaveLength(7);
    for (const answer of answers) answer();
    await Promise.all([...first, ...rest]);
  });

  test('starts nobody before the reset when nothing remains', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({ clock });
    const { ask, starts, waits } = recorder(limiter);
    limiter.learn([{ bucket: 'zendesk', limit: 700, remaining: 0, resetMs: 30_000 }]);
    const asked = [ask('zendesk'), ask('zendesk')];
    await clock.advance(29_999);
    expect(starts).toEqual([]);
    await clock.advance(1);
    await Promise.all(asked);
    expect(waits).toEqual([30_000, 30_000]);
  });

  test('holds the limit of an account for each of its endpoints, and that of an endpoint for it alone', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({ clock });
    const { ask, starts } = recorder(limiter);
    limiter.learn([
      { bucket: 'zendesk', remaining: 0, resetMs: 10_000 },
      { bucket: 'zendesk/incremental', remaining: 0, resetMs: 20_000 },
    ]);
    const asked = [ask('zendesk/incremental'), ask('zendesk/search'), ask('zendesk2/search'), ask('zendesk')];
    await settle();
    expect(starts).toEqual(['zendesk2/search']);
    await clock.advance(10_000);
    expect(starts).toEqual(['zendesk2/search', 'zendesk/search', 'zendesk']);
    await clock.advance(10_000);
    await Promise.all(asked);
    expect(starts.at(-1)).toBe('zendesk/incremental');
  });

  test('starts no more than remain, counting those under way', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({ clock });
    const { ask, starts } = recorder(limiter);
    limiter.learn([{ bucket: 'a', remaining: 3, resetMs: 60_000 }]);
    const asked = ['1', '2', '3', '4', '5'].map((name) => ask('a/b', name));
    await settle();
    expect(starts).toEqual(['1', '2', '3']);
    await clock.advance(60_000);
    await Promise.all(asked);
    expect(starts).toEqual(['1', '2', '3', '4', '5']);
  });

  test('does not believe an answer that was overtaken by later ones', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({ clock });
    const { ask, starts } = recorder(limiter);
    limiter.learn([{ bucket: 'a', remaining: 1, resetMs: 60_000 }]);
    limiter.learn([{ bucket: 'a', remaining: 5, resetMs: 60_000 }]);
    const asked = [ask('a', '1'), ask('a', '2')];
    await settle();
    expect(starts).toEqual(['1']);
    await clock.advance(60_000);
    await Promise.all(asked);
  });

  test('waits for the later reset when the vendor says zero again', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({ clock });
    const { ask, starts } = recorder(limiter);
    limiter.learn([{ bucket: 'a', remaining: 0, resetMs: 5_000 }]);
    const asked = ask('a');
    await settle();
    limiter.learn([{ bucket: 'a', remaining: 0, resetMs: 9_000 }]);
    await clock.advance(8_999);
    expect(starts).toEqual([]);
    await clock.advance(1);
    await asked;
  });

  test('forgets a window that has ended', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({ clock });
    const { ask, waits } = recorder(limiter);
    limiter.learn([{ bucket: 'a', remaining: 0, resetMs: 5_000 }]);
    await clock.advance(5_000);
    await ask('a');
    limiter.learn([{ bucket: 'a', remaining: 9, resetMs: 5_000 }]);
    await ask('a');
    expect(waits).toEqual([0, 0]);
  });

  test('pauses a bucket and what is below it; pauses only grow', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({ clock });
    const { ask, starts } = recorder(limiter);
    limiter.pause('a', 10_000);
    limiter.pause('a', 1_000);
    const asked = [ask('a'), ask('a/b'), ask('c')];
    await clock.advance(9_999);
    expect(starts).toEqual(['c']);
    await clock.advance(1);
    await Promise.all(asked);
    expect(starts).toEqual(['c', 'a', 'a/b']);
  });

  test('keeps waiting when a pause grows meanwhile', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({ clock });
    const { ask, starts, waits } = recorder(limiter);
    limiter.pause('a', 1_000);
    const asked = ask('a');
    await settle();
    limiter.pause('a', 5_000);
    await clock.advance(1_000);
    expect(starts).toEqual([]);
    await clock.advance(4_000);
    await asked;
    expect(waits).toEqual([5_000]);
  });

  test('refuses to wait longer than a run can, and says when to come back', async () => {
    const clock = createFakeClock();
    const limiter = createLimiter({ clock });
    limiter.learn([{ bucket: 'hubspot', remaining: 0, resetMs: 8 * 3_600_000 }]);
    await expect(limiter.run('hubspot/search', never, async () => {})).rejects.toMatchObject({
      kind: 'transient',
      code: 'http.rate_limited',
      retryAfterMs: 8 * 3_600_000,
    });
    limiter.pause('b', LONGEST_WAIT_MS);
    const bearable = limiter.run('b', never, async () => 'served');
    await clock.advance(LONGEST_WAIT_MS);
    expect(await bearable).toBe('served');
  });

  test.each(['waiting for a reset', 'queueing for a slot', 'under way'])(
    'is interrupted at once while %s',
    async (state) => {
      const limiter = createLimiter({ clock: createFakeClock(), concurrency: 1 });
      const stop = new AbortController();
      const endless = (): Promise<never> => new Promise(() => {});
      if (state === 'waiting for a reset') limiter.pause('a', 60_000);
      if (state === 'queueing for a slot') limiter.run('a', never, endless).catch(() => {});
      const asked = limiter.run('a', stop.signal, endless);
      await settle();
      stop.abort();
      await expect(asked).rejects.toMatchObject({ code: 'run.interrupted' });
    },
  );

  test('does no work for a signal that has fired already', async () => {
    const limiter = createLimiter({ clock: createFakeClock() });
    let worked = false;
    const asked = limiter.run('a', AbortSignal.abort(), async () => {
      worked = true;
    });
    await expect(asked).rejects.toMatchObject({ code: 'run.interrupted' });
    await settle();
    expect(worked).toBe(false);
  });

  test('gives the slot of an interrupted request to the next one', async () => {
    const limiter = createLimiter({ clock: createFakeClock(), concurrency: 1 });
    const stop = new AbortController();
    limiter.pause('a/slow', 60_000);
    const first = limiter.run('a/slow', stop.signal, async () => 'first');
    await settle();
    stop.abort();
    await expect(first).rejects.toMatchObject({ code: 'run.interrupted' });
    expect(await limiter.run('a', never, async () => 'second')).toBe('second');
  });
});
