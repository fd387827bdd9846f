// The State of core/types.ts over Kysely, the same for both databases.

import { Kysely, Migrator, sql } from 'kysely';
import { PipelineError } from '../core/errors.ts';
import type { SecretStore, State } from '../core/types.ts';
import { MIGRATIONS } from '../migrations/index.ts';
import { addAudit } from './audit.ts';
import { batchStore } from './batches.ts';
import { bookmarkStore } from './bookmarks.ts';
import { columnStore } from './columns.ts';
import { type Backend, dialect } from './dialect.ts';
import { labelStore } from './labels.ts';
import { leaseStore } from './leases.ts';
import { noteStore } from './notes.ts';
import { rejectStore } from './rejects.ts';
import { runStore } from './runs.ts';
import type { Database, Tables } from './schema.ts';
import { type KeySource, secretStore } from './secrets.ts';
import { exportAll, importAll } from './transfer.ts';

/** Tables of our own corner, so that state and warehouse may share one database. */
const SCHEMA = 'pipeline_state';
/** PostgreSQL 13 (2020) is the oldest that is tried. */
const OLDEST_SERVER = 130_000;

export interface Store {
  readonly state: State;
  /** False where no migration was ever run; only asked for by those that may not run one. */
  readonly exists: boolean;
}

/** Connects, and brings the tables up to date unless `readOnly` finds none at all. */
export async function openStore(
  backend: Backend,
  options: { readonly key: KeySource; readonly locked: SecretStore['locked']; readonly readOnly: boolean },
): Promise<Store> {
  const kysely = new Kysely<Tables>({ dialect: dialect(backend) });
  try {
    const db = kysely.withSchema(SCHEMA);
    const exists = await migrate(kysely, backend.place, options.readOnly);
    return { exists, state: stateOver(db, options) };
  } catch (error) {
    await kysely.destroy();
    throw error;
  }
}

function stateOver(
  db: Database,
  options: { readonly key: KeySource; readonly locked: SecretStore['locked'] },
): State {
  return {
    ...leaseStore(db),
    ...bookmarkStore(db),
    ...columnStore(db),
    ...runStore(db),
    ...rejectStore(db),
    ...labelStore(db),
    ...batchStore(db),
    ...noteStore(db),
    secrets: secretStore(db, options.key, options.locked),
    audit: (entry) => addAudit(db, entry),
    exportAll: () => exportAll(db),
    importAll: (lines) => importAll(db, lines),
    close: () => db.destroy(),
  };
}

/** One cheap question where nothing is to be done. Several processes may start at once: Kysely holds an advisory lock. */
async function migrate(db: Database, place: string, readOnly: boolean): Promise<boolean> {
  const present = await presentMigrations(db);
  const known = Object.keys(MIGRATIONS);
  const newer = present.filter((name) => !known.includes(name));
  if (newer.length > 0) {
    throw new PipelineError(
      'config',
      'state.newer',
      `${place} was last used by a newer version of pipeline: it holds ${newer.join(', ')}, and this version ends at ${known.at(-1)}.`,
      { hint: 'Run the newer version. To go back, export the state with it and import into an empty one.' },
    );
  }
  if (present.length === known.length) return true;
  if (present.length === 0 && readOnly) return false;
  await requireServer(db, place);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => MIGRATIONS },
    migrationTableSchema: SCHEMA,
    migrationTableName: 'migrations',
    migrationLockTableName: 'migrations_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return true;
}

async function presentMigrations(db: Database): Promise<readonly string[]> {
  const table = sql.table(`${SCHEMA}.migrations`);
  const { rows } = await sql<{ there: boolean }>`
    select to_regclass(${`${SCHEMA}.migrations`}) is not null as there`.execute(db);
  if (rows[0]?.there !== true) return [];
  return (await sql<{ name: string }>`select name from ${table} order by name`.execute(db)).rows.map(
    ({ name }) => name,
  );
}

async function requireServer(db: Database, place: string): Promise<void> {
  const { rows } = await sql<{ version: number }>`
    select current_setting('server_version_num')::int as version`.execute(db);
  const version = rows[0]?.version ?? 0;
  if (version >= OLDEST_SERVER) return;
  throw new PipelineError(
    'config',
    'state.old_server',
    `${place} is PostgreSQL ${Math.floor(version / 10_000)}; 13 is the oldest that works.`,
    {
      hint: 'Point STATE_URL at a newer server.',
    },
  );
}
