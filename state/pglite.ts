// State in an embedded PostgreSQL (PGlite), in `<home>/state`: nothing to install, one process at a time.
//
// It survives the death of its process at any instant. It does not flush to the disk itself, so that after a loss of power
// the newest writes may be missing: what the warehouse holds is then found again by `pipeline state recover`.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync } from 'node:fs';
import { access, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { PipelineError } from '../core/errors.ts';
import type { SecretStore } from '../core/types.ts';
import { type Backend, PARSERS } from './dialect.ts';
import { lockDirectory } from './directory-lock.ts';
import { type Mutex, mutex } from './mutex.ts';

const DRAFT = 'state.new-';
const COPY = 'state.look-';
const DAY_MS = 86_400_000;

/** Locks the directory, makes it when it is new, and opens it. Closing gives the lock back. */
export async function pgliteBackend(home: string): Promise<Backend> {
  const unlock = await lockDirectory(home);
  try {
    const directory = join(home, 'state');
    await sweepCopies(home);
    if (!(await exists(directory))) await create(home, directory);
    const database = await openDirectory(directory);
    return backendOver(database, `The state in ${directory}`, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

/**
 * For those who only look: a copy beside the original, gone with its last reader. Opening a data directory changes bytes in it,
 * and keeps every other process out; this way nothing is changed, and a run may start while somebody looks.
 */
export async function pgliteCopy(home: string): Promise<Backend> {
  const directory = join(home, 'state');
  const copy = join(home, COPY + randomBytes(6).toString('hex'));
  const remove = (): Promise<void> => rm(copy, { recursive: true, force: true });
  try {
    const unlock = await lockDirectory(home);
    try {
      // A thousand small files: in one go it takes a third of the time.
      cpSync(directory, copy, { recursive: true });
    } finally {
      await unlock();
    }
    return backendOver(await openDirectory(copy, directory), `The state in ${directory}`, remove);
  } catch (cause) {
    await remove();
    if (cause instanceof PipelineError) throw cause;
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new PipelineError(
      'transient',
      'state.no_copy',
      `The state in ${directory} cannot be copied to look into it (${why}).`,
      { hint: `${home} needs room for another 50 MB, and this user must be able to write there.`, cause },
    );
  }
}

/** What a killed reader left behind; a day is longer than any reader looks. Called with the directory locked. */
async function sweepCopies(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (!name.startsWith(COPY)) continue;
    const { mtimeMs } = await stat(join(home, name));
    if (Date.now() - mtimeMs > DAY_MS) await rm(join(home, name), { recursive: true, force: true });
  }
}

function backendOver(database: PGlite, place: string, unlock: () => Promise<void>): Backend {
  // There is one session: transactions take turns.
  const turns = mutex();
  return {
    place,
    async connect() {
      const leave = await turns.enter();
      return {
        async query(text, values) {
          const { rows, affectedRows } = await database.query<unknown>(text, [...values]);
          return { rows, affected: affectedRows };
        },
        release: leave,
      };
    },
    async close() {
      await database.close();
      await unlock();
    },
  };
}

/** As there is one process, keeping others out means taking turns inside it. */
export function pgliteLocked(): SecretStore['locked'] {
  const turns = new Map<string, Mutex>();
  return async (name, work) => {
    const turn = turns.get(name) ?? mutex();
    turns.set(name, turn);
    const leave = await turn.enter();
    try {
      return await work();
    } finally {
      leave();
    }
  };
}

/** The state is small: the 128 MB that PostgreSQL sets aside for its buffers would only be held. */
const START = [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'];

/** `place` is what an error names. */
async function openDirectory(directory: string, place = directory): Promise<PGlite> {
  try {
    return await PGlite.create({ dataDir: directory, parsers: { ...PARSERS }, startParams: START });
  } catch (cause) {
    throw new PipelineError('config', 'state.unreadable', `The state in ${place} does not open.`, {
      hint: 'It is damaged, or of another major version. Move the folder aside; then `pipeline state import` an export, or `pipeline state recover` from the warehouse.',
      cause,
    });
  }
}

/**
 * Under another name first, so that a kill in the middle leaves no half directory under the true one; and in a process of its
 * own, because initialising takes 840 MB for a moment, which would stay with ours.
 */
async function create(home: string, directory: string): Promise<void> {
  for (const name of await readdir(home)) {
    if (!name.startsWith(DRAFT)) continue;
    // The maker of a draft outlives a killed parent by a moment, and writes new files while the old ones go.
    await rm(join(home, name), { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
  const draft = join(home, DRAFT + randomBytes(6).toString('hex'));
  const program = fileURLToPath(new URL('./create-directory.mjs', import.meta.url));
  try {
    await promisify(execFile)(process.execPath, [program, draft], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    throw new PipelineError(
      'transient',
      'state.not_created',
      `The state in ${directory} could not be created.`,
      {
        hint: 'It needs about 50 MB of disk and, for a moment, 900 MB of memory. Or set STATE_URL to a PostgreSQL database.',
        cause,
      },
    );
  }
  await rename(draft, directory);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return false;
    },
  );
}
