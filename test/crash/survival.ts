// What a SIGKILL must not cost, on each engine: data, bookmarks, credentials, money. The long version is main.ts.

import { expect, onTestFinished, test, vi } from 'vitest';
import { FAILPOINTS } from '../../core/failpoint.ts';
import { createRandom } from '../../sandbox/random.ts';
import { templateHome } from '../state/home.ts';
import { killAfter, killAt, recover } from './kills.ts';
import { type Engine, openPlace, type Place } from './place.ts';

const LOAD_POINTS = FAILPOINTS.filter((point) => !/^(secret|label|batch)\./.test(point));
const RANDOM_KILLS = 10;

async function newPlace(engine: Engine): Promise<Place> {
  const place = await openPlace({
    engine,
    ...(engine === 'duckdb' ? { template: await templateHome() } : {}),
    account: { tickets: 60, users: 40, organizations: 20 },
  });
  onTestFinished(() => place.close());
  return place;
}

/** Texts that the model was paid for more than once, each counted as often. */
function billedAgain(place: Place): number {
  return place.paidTwice().reduce((sum, { paid }) => sum + paid - 1, 0);
}

/** Declares the tests of one engine. */
export function survives(engine: Engine): void {
  // Each test starts the command ten times and more.
  vi.setConfig({ testTimeout: 1_200_000 });

  test('a kill at every point of a load, one after the other: nothing lost, nothing twice, no bookmark ahead', async () => {
    const place = await newPlace(engine);
    for (const [i, point] of LOAD_POINTS.entries()) {
      // A table exists by the time it is widened; a new field of the vendor is what widens it.
      place.account.busy(point === 'load.widening');
      // The second passing comes with something committed before it, where a run has two.
      const nth = /^(page|load|bookmark)\./.test(point) && point !== 'load.widening' ? 2 : 1;
      expect(await killAt(place, point, nth), `the run passes ${point} ${nth} times`).toBe(true);
      expect(await place.brokenPromises(), `right after ${point}`).toEqual([]);
      if (i % 4 === 3) expect(await recover(place), `recovered from ${point} and those before`).toEqual([]);
    }
    expect(await recover(place)).toEqual([]);
  });

  test('a kill while labels are bought: only the pack whose answer was not kept yet is paid again', async () => {
    const place = await newPlace(engine);
    expect(await recover(place)).toEqual([]);
    const again: { [point: string]: number } = {};
    for (const point of FAILPOINTS.filter((name) => name.startsWith('label.'))) {
      // Few enough for one pack.
      place.vendor.change({ newTickets: 4 });
      const before = billedAgain(place);
      expect(await killAt(place, point), `the run passes ${point}`).toBe(true);
      expect(await place.brokenPromises()).toEqual([]);
      expect(await recover(place), `recovered from ${point}`).toEqual([]);
      again[point] = billedAgain(place) - before;
    }
    expect(again).toEqual({
      'label.reserved': 0,
      'label.answered': expect.toSatisfy((texts: number) => texts >= 1 && texts <= 4),
      'label.cached': 0,
      'label.settled': 0,
    });
  });

  test('a kill while a single-use token is changed: the stored one goes on, the lost one is told', async () => {
    const place = await newPlace(engine);
    const signIn = () => ({ ZENDESK_OAUTH_REFRESH_TOKEN: place.vendor.refreshToken() });
    const first = signIn();
    expect(await killAt(place, 'secret.stored', 1, first)).toBe(true);
    expect(await recover(place, first)).toEqual([]);

    place.account.busy();
    place.vendor.expireTokens();
    expect(await killAt(place, 'secret.received', 1, first)).toBe(true);
    // The vendor has taken the old token and nobody has the new one: only a person can sign in again.
    const refused = await place.run(undefined, first);
    expect(refused.code).toBe(2);
    const codes = refused.result.pipelines[0]?.streams.map(({ error }) => error?.code);
    expect(new Set(codes)).toEqual(new Set(['zendesk.unauthorized']));
    expect(await place.brokenPromises()).toEqual([]);
    expect(await recover(place, signIn())).toEqual([]);
  });

  test(`${RANDOM_KILLS} kills at any instant, the start and the end of the program included`, async () => {
    const place = await newPlace(engine);
    const seed = Date.now();
    const random = createRandom(seed);
    let wholeMs = 4000;
    for (let kills = 0; kills < RANDOM_KILLS; ) {
      const afterMs = Math.round(random.next() * wholeMs);
      const begun = Date.now();
      const { signal, code } = await killAfter(place, afterMs);
      if (signal === 'SIGKILL') kills += 1;
      else wholeMs = Date.now() - begun;
      expect(signal ?? code, `seed ${seed}`).toBe(signal === null ? 0 : 'SIGKILL');
      if (engine === 'postgres' || kills % 3 === 0) {
        expect(await place.brokenPromises(), `seed ${seed}, killed after ${afterMs} ms`).toEqual([]);
      }
      place.account.busy();
    }
    expect(await recover(place), `seed ${seed}`).toEqual([]);
  });
}
