// Every promise of State, on both databases, and on states that break one on purpose.

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { State } from '../../core/types.ts';
import { openState } from '../../state/index.ts';
import { BROKEN_STATES } from '../contracts/broken-states.ts';
import { STATE_PROMISES, type StateUnderTest, stateContract } from '../contracts/state.ts';
import { createDatabase } from '../postgres.ts';
import { templateHome } from './home.ts';

const homes: string[] = [];
afterAll(async () => {
  for (const home of homes) await rm(home, { recursive: true, force: true });
});

async function newHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'pipeline-home-'));
  homes.push(home);
  return home;
}

async function onPostgres(): Promise<StateUnderTest & { close(): Promise<void> }> {
  const [url, home] = [await createDatabase(), await newHome()];
  const [state, other] = await Promise.all([openState({ url, home }), openState({ url, home })]);
  return {
    state,
    other,
    fresh: async () => openState({ url: await createDatabase(), home }),
    close: async () => {
      await Promise.all([state.close(), other.close()]);
    },
  };
}

async function onPglite(): Promise<StateUnderTest & { close(): Promise<void> }> {
  const open = async () => {
    const home = await newHome();
    await cp(await templateHome(), home, { recursive: true });
    return openState({ home });
  };
  const state = await open();
  return { state, other: state, fresh: open, close: () => state.close() };
}

stateContract('PostgreSQL', onPostgres);
stateContract('PGlite', onPglite);

describe('a state that breaks a promise is caught', () => {
  let sound: ReturnType<typeof onPostgres> | undefined;
  afterAll(async () => (await sound)?.close());

  test.each(BROKEN_STATES)('one that $name', async ({ make, breaks }) => {
    sound ??= onPostgres();
    const subject = await sound;
    const broken = (state: State): State => ({ ...state, ...make(state) });
    const check = STATE_PROMISES[breaks]({
      state: broken(subject.state),
      other: broken(subject.other),
      fresh: async () => broken(await subject.fresh()),
    });
    await expect(check).rejects.toThrow();
  });

  test('every promise has at least one that breaks it', () => {
    const broken = new Set<string>(BROKEN_STATES.map(({ breaks }) => breaks));
    expect(Object.keys(STATE_PROMISES).filter((promise) => !broken.has(promise))).toEqual([]);
  });
});
