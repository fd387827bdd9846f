// The embedded state: one process at a time, and nothing lost when that process dies.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { lockDirectory, requireUnlocked } from '../../state/directory-lock.ts';
import { openState, thisProcess } from '../../state/index.ts';
import { emptyHome, preparedHome, templateHome } from './home.ts';

beforeAll(templateHome);

/** Starting processes takes seconds on a quiet machine, and much longer on a busy one. */
const WITH_PROCESSES = { timeout: 240_000 };

const locks = async (home: string) => (await readdir(home)).filter((name) => name.startsWith('state.lock-'));

/** Starts the child that writes; `line` resolves with its next line, or undefined at its end. */
function writer(home: string): { child: ChildProcess; line(): Promise<string | undefined> } {
  const program = fileURLToPath(new URL('./crash-child.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program, home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, line: async () => (await lines.next()).value };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

test(
  'a process that is killed in mid-write loses nothing that was acknowledged',
  WITH_PROCESSES,
  async () => {
    const home = await preparedHome();
    let acknowledged = 0;
    let epoch = 0;
    for (const count of [1, 5, 25]) {
      const { child, line } = writer(home);
      const next = Number((await line())?.split(' ')[1]);
      expect(next).toBeGreaterThan(epoch);
      epoch = next;
      for (let i = 0; i < count; i++) acknowledged = Number((await line())?.split(' ')[1]);
      child.kill('SIGKILL');
      // What was written before the signal arrived was acknowledged too.
      for (let more = await line(); more !== undefined; more = await line())
        acknowledged = Number(more.split(' ')[1]);
    }
    const state = await openState({ home });
    onTestFinished(() => state.close());
    const bookmark = await state.bookmark('crash/rows');
    // The very last move may have been made without the time to say so.
    expect([acknowledged, acknowledged + 1]).toContain(bookmark?.revision);
    expect(bookmark?.checkpoint).toEqual({ number: bookmark?.revision });
    const rows = (await state.rejects()).map(({ row }) => (row as { number: number }).number).toReversed();
    const expected = Array.from({ length: rows.length }, (_, i) => i + 1);
    expect(rows).toEqual(expected);
    expect(rows.length - (bookmark?.revision ?? 0)).toBeLessThanOrEqual(1);
    expect(rows.length).toBeGreaterThanOrEqual(bookmark?.revision ?? 0);
    expect((await state.runs()).map(({ status }) => status)).toEqual([
      'interrupted',
      'interrupted',
      'interrupted',
    ]);
  },
);

test(
  'a second process is refused while one has the state, and let in once that one is dead',
  WITH_PROCESSES,
  async () => {
    const home = await preparedHome();
    const { child, line } = writer(home);
    await line();
    for (const readOnly of [false, true]) {
      await expect(openState({ home, readOnly })).rejects.toMatchObject({
        kind: 'transient',
        code: 'state.locked',
        message: expect.stringContaining(`process ${child.pid}`),
      });
    }
    await kill(child);
    const state = await openState({ home });
    expect((await state.leases())[0]).toMatchObject({ lane: 'crash/rows', live: false });
    await state.close();
    expect(await locks(home)).toEqual([]);
  },
);

test(
  'a first start that was killed half-way leaves nothing that the next one trips over',
  WITH_PROCESSES,
  async () => {
    const home = await emptyHome();
    const { child } = writer(home);
    while (!(await readdir(home)).some((name) => name.startsWith('state.new-')));
    await kill(child);
    expect(await readdir(home)).not.toContain('state');
    const state = await openState({ home });
    expect(await state.bookmarks()).toEqual([]);
    await state.close();
    expect(await readdir(home)).toEqual(['state']);
  },
);

test('looking where nothing was ever run makes no file', async () => {
  const home = join(await emptyHome(), 'not', 'there');
  const state = await openState({ home, readOnly: true });
  expect(await state.runs()).toEqual([]);
  expect(await state.spend('2026-01-01')).toEqual({ spentUsd: 0, reservedUsd: 0 });
  await expect(state.setBookmark('a', 1, 'sara')).rejects.toMatchObject({ code: 'state.read_only' });
  await state.close();
  await expect(readdir(join(home, '..'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('looking at a state gives it back', async () => {
  const home = await preparedHome();
  const state = await openState({ home, readOnly: true });
  expect(await state.runs()).toEqual([]);
  await state.close();
  expect(await locks(home)).toEqual([]);
});

test('a directory that is no database is refused with what to do', async () => {
  const home = await emptyHome();
  await writeFile(join(home, 'state'), 'not a database');
  await expect(openState({ home })).rejects.toMatchObject({
    kind: 'config',
    code: 'state.unreadable',
    hint: expect.stringContaining('recover'),
  });
  expect(await locks(home)).toEqual([]);
});

test('a home that cannot be a directory is refused with its name', async () => {
  const file = join(await emptyHome(), 'file');
  await writeFile(file, '');
  await expect(openState({ home: file })).rejects.toMatchObject({
    kind: 'config',
    code: 'state.home_unusable',
    message: expect.stringContaining(file),
  });
});

test('of many that want the directory at once, never do two have it', async () => {
  const home = await emptyHome();
  let inside = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 12 }, async () => {
      try {
        const unlock = await lockDirectory(home);
        most = Math.max(most, ++inside);
        await readdir(home);
        inside--;
        await unlock();
      } catch (error) {
        expect(error).toMatchObject({ code: 'state.locked' });
      }
    }),
  );
  expect(most).toBeLessThanOrEqual(1);
  await (await lockDirectory(home))();
  expect(await readdir(home)).toEqual([]);
});

const claim = (changes: object) => JSON.stringify({ ...thisProcess(), command: 'run zendesk', ...changes });

test('a claim is swept away when its process is gone, and its pid given to another one', async () => {
  const home = await emptyHome();
  const startedAt = thisProcess().processStartedAt.replace(/^\d+/, '1');
  await writeFile(join(home, 'state.lock-old'), claim({ processStartedAt: startedAt }));
  const unlock = await lockDirectory(home);
  expect(await locks(home)).toHaveLength(1);
  await unlock();
});

test('a claim of another container holds while it gives signs of life, and not for ever', async () => {
  const home = await emptyHome();
  const path = join(home, 'state.lock-far');
  await writeFile(path, claim({ host: 'another-container' }));
  await expect(lockDirectory(home)).rejects.toMatchObject({
    code: 'state.locked',
    message: expect.stringMatching(/run zendesk.*another-container/),
  });
  const longAgo = new Date(Date.now() - 600_000);
  await utimes(path, longAgo, longAgo);
  await (await lockDirectory(home))();
  expect(await locks(home)).toEqual([]);
});

test('a lock file that is none of ours is named and left alone', async () => {
  const home = await emptyHome();
  for (const text of ['', '{', '[]', 'null', '{"pid":"12"}']) {
    await writeFile(join(home, 'state.lock-odd'), text);
    await expect(requireUnlocked(home)).rejects.toMatchObject({
      kind: 'config',
      code: 'state.lock_unreadable',
      message: expect.stringContaining('state.lock-odd'),
    });
  }
  expect(await locks(home)).toEqual(['state.lock-odd']);
});
