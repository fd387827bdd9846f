// A loader that is killed with SIGKILL leaves all of its load or nothing, and the next load goes on.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSink } from '../../sinks/index.ts';
import { createDatabase } from '../postgres.ts';
import { loadNotes } from './one-table.ts';
import { loadAndDie } from './other-process.ts';

const DIES = [
  ['load.before-merge', 'nothing'],
  ['load.before-commit', 'nothing'],
  ['load.committed', 'everything'],
] as const;

describe.each(['duckdb', 'postgres'])('killed while it loads into %s', (kind) => {
  test.each(DIES)('at %s it leaves %s of its load', async (failpoint, left) => {
    const directory = await mkdtemp(join(tmpdir(), 'pipeline-killed-'));
    const url = kind === 'duckdb' ? `duckdb:${join(directory, 'w.duckdb')}` : await createDatabase();
    const before = await openSink(url, { home: directory });
    await loadNotes(before, [{ id: '1', text: 'old' }]);
    await before.close();

    expect(await loadAndDie(url, failpoint)).toBe('SIGKILL');

    const sink = await openSink(url, { home: directory });
    const texts = async (): Promise<unknown> =>
      (await sink.query('SELECT id, text FROM notes ORDER BY id')).rows.map(
        ({ id, text }) => `${id} ${text}`,
      );
    expect(await texts()).toEqual(left === 'nothing' ? ['1 old'] : ['1 new', '2 new']);
    expect((await sink.ledger()).map(({ loadId }) => loadId)).toEqual([
      left === 'nothing' ? 'load_1' : 'load_2',
    ]);
    const again = await loadNotes(
      sink,
      [
        { id: '1', text: 'new' },
        { id: '2', text: 'new' },
      ],
      { loadId: 'load_2' },
    );
    expect(again.repeated).toBe(left === 'everything');
    expect(await texts()).toEqual(['1 new', '2 new']);
    await sink.close();
    await rm(directory, { recursive: true, force: true });
  });
});
