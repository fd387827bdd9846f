// The test database server itself: fresh databases, awkward folders, nothing left behind.

import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { createDatabase, startPostgres } from '../postgres.ts';
import { embeddedBinaries, startServer } from './server.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('every database is fresh and empty', async () => {
  const [one, two] = await Promise.all([createDatabase(), createDatabase()]);
  await ask(one, 'create table seen (id int)');
  expect(await ask(two, "select * from pg_tables where tablename = 'seen'")).toEqual([]);
  expect(await ask(one, 'show server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
});

test('binaries without their links, in a folder that only we may enter, still make a server', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pipeline-unreachable-'));
  folders.push(folder);
  const native = join(folder, 'private', 'native');
  await mkdir(join(folder, 'private'), { mode: 0o700 });
  await chmod(folder, 0o700);
  await cp((await embeddedBinaries()).root, native, { recursive: true, verbatimSymlinks: true });
  const links: { target: string }[] = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  for (const { target } of links) await unlink(join(native, '..', target));

  const server = await startServer({ root: native, movable: true });
  expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  await server.stop();
  await expect(ask(server.url, 'select 1')).rejects.toThrow();
});

test('a server that was stopped leaves no file behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pipeline-alone-'));
  folders.push(folder);
  await chmod(folder, 0o777);
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  onTestFinished(() => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  });
  const server = await startServer(await embeddedBinaries());
  expect(await readdir(folder)).toHaveLength(1);
  await server.stop();
  expect(await readdir(folder)).toEqual([]);
});

test('a TEST_DATABASE_URL that does not answer fails the run', async () => {
  process.env['TEST_DATABASE_URL'] = 'postgres://nobody:x@127.0.0.1:1/none';
  try {
    await expect(startPostgres()).rejects.toThrow();
  } finally {
    delete process.env['TEST_DATABASE_URL'];
  }
});
