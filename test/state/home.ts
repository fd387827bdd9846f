// Home directories with a prepared embedded state: initialising one takes seconds, copying one does not.

import { existsSync } from 'node:fs';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import { openState } from '../../state/index.ts';

/** An empty directory that goes when the test ends. */
export async function emptyHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'pipeline-home-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return home;
}

/** A home with an empty, migrated state in it, made once for the whole test run. */
export async function preparedHome(): Promise<string> {
  const home = await emptyHome();
  await cp(await templateHome(), home, { recursive: true });
  return home;
}

/** The home that is copied. The workers take turns by a lock in the test server, so that only the first one makes it. */
export async function templateHome(): Promise<string> {
  const made = join(inject('runDirectory'), 'home');
  if (existsSync(made)) return made;
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(726001)');
    if (!existsSync(made)) {
      const draft = await mkdtemp(join(inject('runDirectory'), 'draft-'));
      await (await openState({ home: draft })).close();
      await rename(draft, made);
    }
  } finally {
    await client.end();
  }
  return made;
}
