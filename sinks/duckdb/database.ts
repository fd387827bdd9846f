// One DuckDB file in this process: opened when needed, shared by all who name it, written by one at a time.
//
// The file must never be opened twice in one process: closing the second handle drops the lock of the first (POSIX locks
// belong to the process), and another process could then write at the same time. Hence the register of open files.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api';
import { literal } from '../sql/dialect.ts';
import { instantOfMicros } from '../sql/fit.ts';
import { duckdbError } from './errors.ts';

export type Connection = DuckDBConnection;

export interface Database {
  readonly location: string;
  readonly exists: () => boolean;
  /** A connection for staging; opens the file for writing, creating it. Whoever asked closes it. */
  connect(purpose: string): Promise<Connection>;
  /** One writer at a time, in the order of the calls. */
  alone<T>(purpose: string, work: () => Promise<T>): Promise<T>;
  /** A connection to read; undefined where there is no file yet. Opens the file read-only unless it is open for writing already. */
  reading<T>(purpose: string, work: (connection: Connection | undefined) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface OpenFile {
  users: number;
  instance: DuckDBInstance | undefined;
  writable: boolean;
  readers: number;
  /** Opening and closing, one after the other. */
  gate: Promise<unknown>;
  /** Writers, one after the other. */
  queue: Promise<unknown>;
  /** Called when the last reader has gone. */
  idle: (() => void)[];
}

/**
 * Rows of a row group, ten of the engine's vectors. A checkpoint writes the last row group anew and takes it into memory: at
 * the engine's own 122,880 that is over a gigabyte of records of some kilobytes.
 */
const ROW_GROUP_ROWS = 20_480;
/** The file's name within the engine, which only an attached file can have with a row group size of its own. */
const CATALOGUE = 'warehouse';

const openFiles = new Map<string, OpenFile>();

/** Runs after everything that was chained before, whether that went well or not. */
function after<T>(earlier: Promise<unknown>, work: () => Promise<T>): Promise<T> {
  return earlier.then(work, work);
}

/** File systems without links answer so; the engine then makes the file in its place. */
const WITHOUT_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Makes an empty database under another name first: a kill among the first bytes of a new file leaves one that never opens
 * again. A link, unlike a rename, does not replace a file that another process made meanwhile.
 */
async function createFile(path: string): Promise<void> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const draft = `${path}.new-${randomBytes(6).toString('hex')}`;
  try {
    (await DuckDBInstance.create(draft)).closeSync();
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST' && !WITHOUT_LINKS.includes(error.code ?? '')) throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
}

/** `memoryLimit` as DuckDB writes it, `512MB`: what the engine may hold before it spills to `<file>.tmp`. */
export function duckdbDatabase(path: string, memoryLimit: string): Database {
  const absolute = resolve(path);
  const location = `duckdb:${path}`;
  const file: OpenFile = openFiles.get(absolute) ?? {
    users: 0,
    instance: undefined,
    writable: false,
    readers: 0,
    gate: Promise.resolve(),
    queue: Promise.resolve(),
    idle: [],
  };
  openFiles.set(absolute, file);
  file.users += 1;
  let closed = false;

  function gated<T>(work: () => Promise<T>): Promise<T> {
    const turn = after(file.gate, work);
    file.gate = turn.catch(() => undefined);
    return turn;
  }

  async function open(writable: boolean): Promise<DuckDBInstance> {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: memoryLimit,
      threads: String(Math.min(4, availableParallelism())),
      preserve_insertion_order: 'false',
      // Each checkpoint writes the last row group anew: at the default of 16 MB that is after every load, and most of the work.
      checkpoint_threshold: '64MB',
      temp_directory: `${absolute}.tmp`,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    try {
      await connection.run(
        `ATTACH ${literal(absolute)} AS ${CATALOGUE} (ROW_GROUP_SIZE ${ROW_GROUP_ROWS}${writable ? '' : ', READ_ONLY'})`,
      );
      // From here on no statement may read or write other files or load code, whoever wrote it.
      await connection.run('SET enable_external_access = false');
    } catch (thrown) {
      connection.closeSync();
      instance.closeSync();
      throw thrown;
    }
    connection.closeSync();
    return instance;
  }

  async function connected(instance: DuckDBInstance): Promise<Connection> {
    const connection = await instance.connect();
    await connection.run(`USE ${CATALOGUE}`);
    await connection.run("SET TimeZone = 'UTC'");
    return connection;
  }

  function shut(): void {
    file.instance?.closeSync();
    file.instance = undefined;
    file.writable = false;
  }

  async function readersGone(): Promise<void> {
    if (file.readers > 0) await new Promise<void>((done) => file.idle.push(done));
  }

  function connect(purpose: string): Promise<Connection> {
    return gated(async () => {
      try {
        if (file.instance !== undefined && !file.writable) {
          await readersGone();
          shut();
        }
        if (file.instance === undefined) {
          await mkdir(dirname(absolute), { recursive: true });
          if (!existsSync(absolute)) await createFile(absolute);
          file.instance = await open(true);
          file.writable = true;
        }
        return await connected(file.instance);
      } catch (thrown) {
        throw duckdbError(thrown, location, purpose);
      }
    });
  }

  async function reading<T>(
    purpose: string,
    work: (connection: Connection | undefined) => Promise<T>,
  ): Promise<T> {
    const connection = await gated(async () => {
      try {
        if (file.instance === undefined && !existsSync(absolute)) return undefined;
        file.instance ??= await open(false);
        const opened = await connected(file.instance);
        file.readers += 1;
        return opened;
      } catch (thrown) {
        throw duckdbError(thrown, location, purpose);
      }
    });
    try {
      return await work(connection);
    } catch (thrown) {
      throw duckdbError(thrown, location, purpose);
    } finally {
      if (connection !== undefined) {
        connection.closeSync();
        file.readers -= 1;
        if (file.readers === 0) {
          // A file that is only read is let go at once, so that other processes may write it.
          if (!file.writable && file.idle.length === 0) shut();
          for (const done of file.idle.splice(0)) done();
        }
      }
    }
  }

  return {
    location,
    exists: () => existsSync(absolute),
    connect,
    alone: (purpose, work) => {
      const turn = after(file.queue, work).catch((thrown: unknown) => {
        throw duckdbError(thrown, location, purpose);
      });
      file.queue = turn.catch(() => undefined);
      return turn;
    },
    reading,
    close: async () => {
      if (closed) return;
      closed = true;
      file.users -= 1;
      await file.queue;
      await gated(async () => {
        if (file.users > 0) return;
        await readersGone();
        if (file.writable && file.instance !== undefined) {
          const last = await connected(file.instance);
          await checkpoint(last).finally(() => last.closeSync());
        }
        shut();
        openFiles.delete(absolute);
      });
    },
  };
}

/** How often, and after how long each time, a checkpoint is tried: two seconds in all. */
const CHECKPOINTS = { tries: 40, waitMs: 50 } as const;

/**
 * Moves what is committed out of the write-ahead log, unless statements of other connections never leave a gap: the engine
 * refuses while one of them is older than the last commit (https://github.com/duckdb/duckdb/pull/19937). Nothing is lost
 * then: the log holds it until the next checkpoint.
 */
export async function checkpoint(connection: Connection): Promise<void> {
  for (let attempt = 1; attempt <= CHECKPOINTS.tries; attempt++) {
    try {
      await connection.run('CHECKPOINT');
      return;
    } catch (thrown) {
      if (!String(thrown).includes('Cannot CHECKPOINT')) throw thrown;
      await sleep(CHECKPOINTS.waitMs);
    }
  }
}

/** Commits what `work` did, or rolls all of it back. */
export async function inTransaction<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN TRANSACTION');
  try {
    const result = await work();
    await connection.run('COMMIT');
    return result;
  } catch (thrown) {
    // A failed COMMIT has ended the transaction already; the first error is the one to tell.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw thrown;
  }
}

function textOf(value: DuckDBValue): string | null {
  if (value === null) return null;
  // The engine's own text of an instant is in this computer's time zone.
  return typeof value === 'object' && 'micros' in value
    ? instantOfMicros(BigInt(value.micros))
    : String(value);
}

/** All rows of a statement, every value as its text. */
export async function rowsOf(
  connection: Connection,
  sql: string,
  values: readonly string[] = [],
): Promise<readonly { readonly [column: string]: string | null }[]> {
  const reader = await connection.runAndReadAll(sql, [...values]);
  return reader.getRowObjects().map((row) => {
    return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)]));
  });
}
