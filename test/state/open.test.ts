// Opening the state on PostgreSQL: what is refused, with which words, and what survives a lost connection.

import { existsSync } from 'node:fs';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { Owner, State } from '../../core/types.ts';
import { MIGRATIONS } from '../../migrations/index.ts';
import { openState, thisProcess } from '../../state/index.ts';
import { createDatabase } from '../postgres.ts';
import { emptyHome } from './home.ts';

const owner: Owner = { runId: 'run-1', ...thisProcess() };

async function open(url: string, options: { readonly readOnly?: boolean } = {}): Promise<State> {
  const state = await openState({ url, home: await emptyHome(), ...options });
  onTestFinished(() => state.close());
  return state;
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function refusal(url: string): Promise<{ kind: string; code: string; message: string; hint: string }> {
  return openState({ url, home: '/nowhere' }).then(
    () => Promise.reject(new Error('it opened')),
    (error) => error,
  );
}

test('many processes that start at once on an empty database all find it ready', async () => {
  const url = await createDatabase();
  const states = await Promise.all(Array.from({ length: 8 }, () => open(url)));
  for (const state of states) expect(await state.bookmarks()).toEqual([]);
  expect(await ask(url, 'select count(*)::int as n from pipeline_state.migrations')).toEqual([
    { n: Object.keys(MIGRATIONS).length },
  ]);
});

test('everything is in a schema of its own, so that state and warehouse may share a database', async () => {
  const url = await createDatabase();
  await open(url);
  const tables = await ask(
    url,
    "select distinct schemaname from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
  );
  expect(tables).toEqual([{ schemaname: 'pipeline_state' }]);
});

test('a database that a newer version migrated is refused with both versions named', async () => {
  const url = await createDatabase();
  await (await openState({ url, home: '/nowhere' })).close();
  await ask(url, "insert into pipeline_state.migrations values ('0099_from_the_future', '')");
  expect(await refusal(url)).toMatchObject({
    kind: 'config',
    code: 'state.newer',
    message: expect.stringMatching(new RegExp(`0099_from_the_future.*${Object.keys(MIGRATIONS).at(-1)}`)),
  });
});

test('a server that does not answer is a passing trouble; wrong words are the operator’s', async () => {
  const url = new URL(await createDatabase());
  const password = url.password;
  const changed = (change: (url: URL) => void): string => {
    const copy = new URL(url);
    change(copy);
    return copy.href;
  };
  const cases = [
    [
      changed((to) => {
        to.port = '1';
      }),
      'transient',
      'state.unreachable',
    ],
    [
      changed((to) => {
        to.password = `${password}x`;
      }),
      'config',
      'state.unauthorized',
    ],
    [
      changed((to) => {
        to.pathname = '/no_such_database';
      }),
      'config',
      'state.no_database',
    ],
    [`mysql://u:${password}@127.0.0.1/db`, 'config', 'state.bad_url'],
    [`${password} is no url`, 'config', 'state.bad_url'],
  ] as const;
  for (const [address, kind, code] of cases) {
    const error = await refusal(address);
    expect(error).toMatchObject({ kind, code });
    expect(`${error.message} ${error.hint}`).not.toContain(password);
    expect(error.hint.length).toBeGreaterThan(20);
  }
});

test('a user who may not create the schema is told what is missing', async () => {
  const url = new URL(await createDatabase());
  const name = `reader_${url.pathname.slice(-12)}`;
  await ask(url.href, `create role ${name} login password 'x'`);
  url.username = name;
  url.password = 'x';
  expect(await refusal(url.href)).toMatchObject({ kind: 'config', code: 'state.forbidden' });
});

test('connections that the server cuts are replaced, and what was acknowledged is still there', async () => {
  const url = await createDatabase();
  const state = await open(url);
  const [lease] = await state.acquire(['zendesk/tickets'], owner, 60_000);
  if (lease === undefined) throw new Error('no lease');
  await state.advance({ lease, from: 0, checkpoint: 1, loadId: null, done: false });
  await ask(
    url,
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pipeline state' and datname = current_database()",
  );
  const next = () => state.advance({ lease, from: 1, checkpoint: 2, loadId: null, done: false });
  // The first call may still get a connection of which nobody has told it that it is dead.
  const moved = await next().catch((error: unknown) => {
    expect(error).toMatchObject({ kind: 'transient', code: 'state.unreachable' });
    return next();
  });
  expect(moved).toMatchObject({ revision: 2 });
});

test('a transaction whose connection is cut in the middle leaves nothing behind', async () => {
  const url = await createDatabase();
  const state = await open(url);
  const [lease] = await state.acquire(['zendesk/tickets'], owner, 60_000);
  if (lease === undefined) throw new Error('no lease');
  const blocker = new pg.Client({ connectionString: url });
  await blocker.connect();
  await blocker.query('begin');
  await blocker.query('lock table pipeline_state.bookmarks in access exclusive mode');
  const move = state
    .advance({ lease, from: 0, checkpoint: 1, loadId: null, done: false })
    .catch((error: unknown) => error);
  const waiting =
    "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
  while ((await ask(url, waiting)).length === 0);
  await ask(url, `select pg_terminate_backend(pid) from (${waiting}) as stuck`);
  expect(await move).toMatchObject({ kind: 'transient', code: 'state.unreachable' });
  await blocker.query('rollback');
  await blocker.end();
  expect(await state.bookmark('zendesk/tickets')).toBeUndefined();
  expect(await state.advance({ lease, from: 0, checkpoint: 1, loadId: null, done: false })).toMatchObject({
    revision: 1,
  });
});

test('looking at a database without a state makes none, and shows an empty one', async () => {
  const url = await createDatabase();
  const state = await open(url, { readOnly: true });
  expect(await state.runs()).toEqual([]);
  await expect(state.acquire(['a'], owner, 1)).rejects.toMatchObject({
    kind: 'bug',
    code: 'state.read_only',
  });
  expect(await ask(url, "select 1 from pg_namespace where nspname = 'pipeline_state'")).toEqual([]);
});

test('looking at a state reads everything and writes nothing', async () => {
  const url = await createDatabase();
  const home = await emptyHome();
  const state = await openState({ url, home });
  onTestFinished(() => state.close());
  await state.setBookmark('zendesk/tickets', { cursor: 1 }, 'sara');
  await state.secrets.put('token', 'words');
  const seen = await openState({ url, home, readOnly: true });
  onTestFinished(() => seen.close());
  expect(await seen.bookmark('zendesk/tickets')).toMatchObject({ checkpoint: { cursor: 1 } });
  expect(await seen.secrets.get('token')).toBe('words');
  await expect(seen.setBookmark('zendesk/tickets', null, 'sara')).rejects.toMatchObject({
    code: 'state.read_only',
  });
  await expect(seen.secrets.put('token', 'other')).rejects.toMatchObject({ code: 'state.read_only' });
});

test('a message never holds what a row holds', async () => {
  const state = await open(await createDatabase());
  const run = {
    runId: 'run-1',
    pipeline: 'p',
    lane: 'live',
    status: 'running',
    sink: 's',
    startedAt: 'كلام العميل',
    owner,
  } as const;
  const error = await state.startRun(run).catch((thrown: Error) => thrown);
  expect(error).toMatchObject({ kind: 'bug', code: 'state.failed' });
  expect((error as Error).message).not.toContain('كلام');
});

test('a secret that one process works on is freed when its connection is cut', async () => {
  const url = await createDatabase();
  const [one, two] = [await open(url), await open(url)];
  let entered: () => void = () => undefined;
  const isIn = new Promise<void>((resolve) => {
    entered = resolve;
  });
  let leave: () => void = () => undefined;
  const mayLeave = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const first = one.secrets.locked('token', async () => {
    entered();
    await mayLeave;
    return 'finished';
  });
  await isIn;
  await ask(
    url,
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pipeline secret' and datname = current_database()",
  );
  expect(await two.secrets.locked('token', async () => 'second')).toBe('second');
  leave();
  expect(await first).toBe('finished');
});

test('no home directory is needed or made for PostgreSQL until a key is', async () => {
  const home = `${await emptyHome()}/deep/home`;
  const state = await openState({ url: await createDatabase(inject('postgresUrl')), home });
  onTestFinished(() => state.close());
  await state.bookmarks();
  expect(existsSync(home)).toBe(false);
  await state.secrets.put('token', 'words');
  expect(existsSync(`${home}/key`)).toBe(true);
});
