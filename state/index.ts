// Opens the state: PostgreSQL where a URL names one, otherwise an embedded one in the home directory.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SecretStore, State } from '../core/types.ts';
import type { Backend } from './dialect.ts';
import { requireUnlocked } from './directory-lock.ts';
import { emptyState, readOnly } from './empty.ts';

export { thisProcess } from './process.ts';

export interface StateOptions {
  /** STATE_URL: postgres://…; the embedded state without it. */
  readonly url?: string;
  /** The directory that holds `state/` and, unless `key` is given, the file `key`. */
  readonly home: string;
  /** PIPELINE_KEY: 32 bytes in base64, for secrets at rest. */
  readonly key?: string;
  /** For verbs that only look: where there is no state yet they see an empty one and no file is made; writing throws. */
  readonly readOnly?: boolean;
}

/**
 * Connects, and brings the tables up to date. Throws config `state.bad_url`, `state.unauthorized`, `state.newer` and so on when
 * the operator must act, transient `state.unreachable` when the server does not answer, transient `state.locked` when another
 * process has the embedded state.
 */
export async function openState(options: StateOptions): Promise<State> {
  const looksOnly = options.readOnly ?? false;
  // Each database, and Kysely with it, is loaded only when it is needed: every verb starts through here.
  if (options.url !== undefined && options.url !== '') {
    const { postgresBackend, postgresLocked } = await import('./postgres.ts');
    return over(postgresBackend(options.url), postgresLocked(options.url), options);
  }
  if (looksOnly && !existsSync(join(options.home, 'state'))) {
    await requireUnlocked(options.home);
    return emptyState();
  }
  const { pgliteBackend, pgliteCopy, pgliteLocked } = await import('./pglite.ts');
  const backend = looksOnly ? await pgliteCopy(options.home) : await pgliteBackend(options.home);
  return over(backend, pgliteLocked(), options);
}

async function over(backend: Backend, locked: SecretStore['locked'], options: StateOptions): Promise<State> {
  const { openStore } = await import('./store.ts');
  const looksOnly = options.readOnly ?? false;
  const key = { given: options.key, file: join(options.home, 'key') };
  const { state, exists } = await openStore(backend, { key, locked, readOnly: looksOnly });
  if (!looksOnly) return state;
  if (exists) return readOnly(state);
  await state.close();
  return emptyState();
}
