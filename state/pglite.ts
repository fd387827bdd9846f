// State in an embedded PostgreSQL (PGlite), in `<home>/state`: nothing to install, one process at a time.
//
// It survives the death of its process at any instant. It does not flush to the disk itself, so that after a loss of power
// the newest writes may be missing: what the warehouse holds is then found again by `pipeline state recover`.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, readdir, rename, rm } from 'node:fs/promises';
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

/** Locks the directory, makes it when it is new, and opens it. Closing gives the lock back. */
export async function pgliteBackend(home: string): Promise<Backend> {
  const unlock = await lockDirectory(home).catch((cause: unknown) => {
    if (cause instanceof PipelineError) throw cause;
    const why = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new PipelineError('config', 'state.home_unusable', `The directory ${home} cannot be used${why}.`, {
      hint: 'It must be a directory in which this user may write, on a disk with room.',
      cause,
    });
  });
  try {
    const directory = join(home, 'state');
    if (!(await exists(directory))) await create(home, directory);
    const database = await openDirectory(directory);
    return backendOver(database, `The state in ${directory}`, unlock);
  } catch (error) {
    await unlock();
    throw error;
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

async function openDirectory(directory: string): Promise<PGlite> {
  try {
    return await PGlite.create({ dataDir: directory, parsers: { ...PARSERS } });
  } catch (cause) {
    throw new PipelineError('config', 'state.unreadable', `The state in ${directory} does not open.`, {
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
    if (name.startsWith(DRAFT)) await rm(join(home, name), { recursive: true, force: true });
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
