// SIGKILL at random instants of a run of each source: nothing lost, nothing twice, no bookmark ahead. The long version is main.ts.

import { expect, onTestFinished, test, vi } from 'vitest';
import { createRandom } from '../../sandbox/random.ts';
import { ACCOUNTS } from '../accounts.ts';
import { killAfter, recover } from './kills.ts';
import { openPlaceOf } from './place.ts';

// Each starts the command five times.
vi.setConfig({ testTimeout: 240_000 });

/** Zendesk has a file of its own on each engine. */
const SOURCES = Object.entries(ACCOUNTS).filter(([name]) => name !== 'zendesk');

test.for(SOURCES)('%s: three kills at any instant of a run', async ([, start]) => {
  const seed = String(Date.now());
  const random = createRandom(seed);
  const place = await openPlaceOf(await start({ seed }), { engine: 'postgres' });
  onTestFinished(() => place.close());
  let wholeMs = 3000;
  for (let kills = 0; kills < 3; ) {
    const afterMs = Math.round(random.next() * wholeMs);
    const begun = Date.now();
    const { signal, code } = await killAfter(place, afterMs);
    if (signal === 'SIGKILL') kills += 1;
    else wholeMs = Date.now() - begun;
    expect(signal ?? code, `seed ${seed}`).toBe(signal === null ? 0 : 'SIGKILL');
    expect(await place.brokenPromises(), `seed ${seed}, killed after ${afterMs} ms`).toEqual([]);
    place.account.busy();
  }
  expect(await recover(place), `seed ${seed}`).toEqual([]);
});
