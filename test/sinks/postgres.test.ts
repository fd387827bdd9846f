// The PostgreSQL warehouse against the promises of a sink, and what only a network can do wrong.

import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import type { Sink } from '../../core/types.ts';
import { postgresError } from '../../sinks/postgres/errors.ts';
import { postgresSink } from '../../sinks/postgres.ts';
import { sinkContract } from '../contracts/sink.ts';
import { createDatabase } from '../postgres.ts';
import { eatingProxy } from './eating-proxy.ts';
import { batch, loadNotes, loadStart, NOTES } from './one-table.ts';

const opened: Sink[] = [];

async function freshSink(): Promise<Sink> {
  const sink = postgresSink(await createDatabase());
  opened.push(sink);
  return sink;
}

afterEach(async () => {
  for (const sink of opened.splice(0)) await sink.close();
});

sinkContract('postgres', freshSink);

async function sql(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

function sinkOf(url: string): Sink {
  const sink = postgresSink(url);
  opened.push(sink);
  return sink;
}

function changed(url: string, change: (url: URL) => void): string {
  const copy = new URL(url);
  change(copy);
  return copy.href;
}

describe('when the connection is lost around a COMMIT', () => {
  test('a commit whose answer was lost is found in the ledger, and nothing is doubled', async () => {
    const url = await createDatabase();
    const proxy = await eatingProxy(url);
    try {
      const sink = sinkOf(proxy.url);
      const load = await sink.begin(loadStart());
      await load.write(batch([{ id: '1', text: 'x' }]));
      proxy.eat('answer');
      const receipt = await load.commit({ after: 1 });
      expect(receipt).toMatchObject({
        loadId: 'load_1',
        repeated: true,
        tables: { notes: { rows: 1, tombstones: 0 } },
      });
      const again = await loadNotes(sink, [{ id: '1', text: 'x' }]);
      expect(again).toEqual(receipt);
      expect(await sql(url, 'SELECT id, text FROM notes')).toEqual([{ id: '1', text: 'x' }]);
      expect(await sql(url, 'SELECT count(*)::int AS n FROM _pipeline_loads')).toEqual([{ n: 1 }]);
    } finally {
      await proxy.close();
    }
  });

  test('a commit that never arrived is an error to retry, and leaves nothing', async () => {
    const url = await createDatabase();
    const proxy = await eatingProxy(url);
    try {
      const sink = sinkOf(proxy.url);
      const load = await sink.begin(loadStart());
      await load.write(batch([{ id: '1', text: 'x' }]));
      proxy.eat('commit');
      await expect(load.commit({ after: 1 })).rejects.toMatchObject({
        kind: 'transient',
        code: 'sink.unreachable',
      });
      await load.abort();
      expect(await sink.ledger()).toEqual([]);
      expect((await sink.query('SELECT * FROM notes')).rows).toEqual([]);
      expect((await loadNotes(sink, [{ id: '1', text: 'x' }])).repeated).toBe(false);
    } finally {
      await proxy.close();
    }
  });
});

describe('who must act is told without the password', () => {
  test.each([
    ['a wrong password', 'password', 'wr0ng', 'config', 'sink.unauthorized'],
    ['a database that is not there', 'pathname', '/nowhere', 'config', 'sink.not-found'],
    ['a port on which nobody listens', 'port', '1', 'transient', 'sink.unreachable'],
  ] as const)('for %s', async (_, part, value, kind, code) => {
    const url = changed(await createDatabase(), (copy) => {
      copy[part] = value;
    });
    const sink = sinkOf(url);
    const error: unknown = await sink.begin(loadStart()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind, code });
    const health = await sink.check();
    expect(health.ok).toBe(false);
    const { password } = new URL(url);
    expect(`${error} ${JSON.stringify(error)} ${JSON.stringify(health)} ${sink.location}`).not.toContain(
      password,
    );
  });

  test('for a user who may only read', async () => {
    const url = await createDatabase();
    const role = `reader_${randomBytes(6).toString('hex')}`;
    await sql(
      url,
      `CREATE ROLE ${role} LOGIN PASSWORD 'pw'; REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO ${role}`,
    );
    const sink = sinkOf(
      changed(url, (copy) => {
        copy.username = role;
        copy.password = 'pw';
      }),
    );
    await expect(loadNotes(sink, [])).rejects.toMatchObject({ kind: 'config', code: 'sink.forbidden' });
    expect(await sink.check()).toMatchObject({
      ok: false,
      message: expect.stringContaining('may not create tables'),
    });
    await loadNotes(sinkOf(url), [{ id: '1', text: 'x' }]);
    await sql(url, `GRANT SELECT ON notes TO ${role}`);
    expect((await sink.query('SELECT id FROM notes')).rows).toEqual([{ id: '1' }]);
  });

  test('for a database that is read-only', async () => {
    const url = await createDatabase();
    await sql(
      url,
      `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`,
    );
    await expect(loadNotes(sinkOf(url), [])).rejects.toMatchObject({
      kind: 'config',
      code: 'sink.read-only',
    });
  });
});

describe('loads that meet', () => {
  test('over the same keys in opposite order all arrive', async () => {
    const sink = sinkOf(await createDatabase());
    const keys = Array.from({ length: 400 }, (_, i) => String(i));
    await loadNotes(sink, []);
    await Promise.all(
      Array.from({ length: 6 }, (_, i) => {
        const order = i % 2 === 0 ? keys : [...keys].reverse();
        return loadNotes(
          sink,
          order.map((id) => ({ id, text: `by ${i}` })),
          { loadId: `l${i}`, lane: `lane${i}` },
        );
      }),
    );
    const { rows } = await sink.query('SELECT count(*) AS n, count(DISTINCT _load_id) AS loads FROM notes');
    expect(rows).toEqual([{ n: 400, loads: 1 }]);
    expect(await sink.ledger()).toHaveLength(7);
  });

  test('and a fence that is being raised wait for each other: the older owner never slips past', async () => {
    const url = await createDatabase();
    const sink = sinkOf(url);
    await loadNotes(sink, []);
    const load = await sink.begin(loadStart({ loadId: 'l2' }));
    await load.write(batch([{ id: '1', text: 'zombie' }]));
    const taker = new pg.Client({ connectionString: url });
    await taker.connect();
    try {
      await taker.query(`BEGIN; UPDATE _pipeline_fences SET epoch = 2 WHERE lane = 'p/s'`);
      let settled = false;
      const outcome = load
        .commit(null)
        .then(
          () => 'committed',
          (thrown: unknown) => thrown,
        )
        .finally(() => {
          settled = true;
        });
      const waiting = async (): Promise<boolean> =>
        (await taker.query('SELECT 1 FROM pg_locks WHERE NOT granted')).rowCount !== 0;
      while (!settled && !(await waiting())) await setImmediate();
      await taker.query('COMMIT');
      expect(await outcome).toMatchObject({ code: 'lane.fenced' });
    } finally {
      await taker.end();
    }
    expect((await sink.query('SELECT * FROM notes')).rows).toEqual([]);
  });

  test('on two machines that create the same tables at once both arrive', async () => {
    const url = await createDatabase();
    const sinks = Array.from({ length: 4 }, () => sinkOf(url));
    await Promise.all(
      sinks.map((sink, i) =>
        loadNotes(sink, [{ id: String(i), text: null }], { loadId: `l${i}`, lane: `lane${i}` }),
      ),
    );
    expect((await sql(url, 'SELECT id FROM notes')).length).toBe(4);
  });

  test('a table that was altered meanwhile stops the commit, and the next load takes it as it is', async () => {
    const url = await createDatabase();
    const sink = sinkOf(url);
    await loadNotes(sink, [{ id: '1', text: 'x' }]);
    const load = await sink.begin(loadStart({ loadId: 'l2' }));
    await load.write(batch([{ id: '2', text: 'y' }]));
    await sql(url, 'ALTER TABLE notes DROP COLUMN text; ALTER TABLE notes ADD COLUMN text bigint');
    await expect(load.commit(null)).rejects.toMatchObject({ kind: 'transient', code: 'sink.table-changed' });
    await loadNotes(sink, [{ id: '2', text: 'y' }], { loadId: 'l3' });
    expect((await sink.query(`SELECT text, text__text FROM notes WHERE id = '2'`)).rows).toEqual([
      { text: null, text__text: 'y' },
    ]);
  });
});

test('labels and descriptions stand in the comments and in the catalogue, and follow a change', async () => {
  const url = await createDatabase();
  const sink = sinkOf(url);
  await loadNotes(sink, []);
  const comment = `SELECT col_description('notes'::regclass, 2) AS c, obj_description('notes'::regclass) AS t`;
  expect(await sql(url, comment)).toEqual([{ c: 'ملاحظة — What was noted.', t: 'Notes.' }]);
  const renamed = {
    ...NOTES,
    fields: { ...NOTES.fields, text: { type: 'string', label: 'نص جديد' } as const },
  };
  await loadNotes(sink, [], { loadId: 'l2', tables: [renamed] });
  expect(await sql(url, comment)).toEqual([{ c: 'نص جديد', t: 'Notes.' }]);
  expect(
    await sql(
      url,
      `SELECT type, label, description, pii FROM _pipeline_columns WHERE table_name = 'notes' AND column_name = 'text'`,
    ),
  ).toEqual([{ type: 'string', label: 'نص جديد', description: null, pii: 'none' }]);
});

test('a query returns JSON values, stops at its time limit and tells what PostgreSQL says', async () => {
  const sink = sinkOf(await createDatabase());
  const { rows } = await sink.query(
    `SELECT 1::int AS i, 9007199254740993 AS b, 1.50::numeric AS n, 1e400::numeric AS huge, 'NaN'::float8 AS nan, true AS t, DATE '2024-02-29' AS d,
      TIMESTAMPTZ '2024-01-01 03:00:00.5+03' AS ts, TIMESTAMP '2024-01-01 00:00:00' AS plain, '{"a":[1]}'::jsonb AS j, NULL AS nothing -- and a comment`,
  );
  expect(rows).toEqual([
    {
      i: 1,
      b: '9007199254740993',
      n: 1.5,
      huge: `1${'0'.repeat(400)}`,
      nan: 'NaN',
      t: true,
      d: '2024-02-29',
      ts: '2024-01-01T00:00:00.500Z',
      plain: '2024-01-01T00:00:00.000Z',
      j: { a: [1] },
      nothing: null,
    },
  ]);
  expect((await sink.query('EXPLAIN SELECT 1')).rows.length).toBeGreaterThan(0);
  expect((await sink.query('SHOW TimeZone')).rows).toEqual([{ TimeZone: 'UTC' }]);
  await expect(sink.query('SELECT pg_sleep(60)', { timeoutMs: 20 })).rejects.toMatchObject({
    code: 'query.failed',
    message: /statement timeout/,
  });
  await expect(sink.query('SELECT nope')).rejects.toMatchObject({
    code: 'query.failed',
    message: /"nope" does not exist/,
  });
  await expect(
    sink.query('WITH x AS (DELETE FROM pg_class RETURNING 1) SELECT * FROM x'),
  ).rejects.toMatchObject({ code: 'query.failed' });
});

test('a view whose columns change is made anew, unless others were built on it', async () => {
  const url = await createDatabase();
  const sink = sinkOf(url);
  await sql(url, 'CREATE VIEW pipeline_freshness AS SELECT 1 AS other');
  await sink.publishMarts();
  expect((await sink.query('SELECT * FROM pipeline_freshness')).columns[0]?.name).toBe('pipeline');
  await sql(
    url,
    'DROP VIEW pipeline_freshness; CREATE VIEW pipeline_freshness AS SELECT 1 AS other; CREATE VIEW theirs AS SELECT * FROM pipeline_freshness',
  );
  await expect(sink.publishMarts()).rejects.toMatchObject({ kind: 'config', code: 'marts.in-use' });
  expect((await sink.query('SELECT * FROM theirs')).rows).toEqual([{ other: 1 }]);
});

test('an error of a statement names no value', () => {
  const error = postgresError(
    Object.assign(new Error('invalid input: "سر العميل"'), { code: '22P02' }),
    'postgres://host/db',
    'commit a load',
  );
  expect(error.kind).toBe('bug');
  expect(`${error.message} ${String(error.cause)}`).not.toContain('سر');
  expect(postgresError(Object.assign(new Error('x'), { code: '53100' }), 'w', 'commit a load')).toMatchObject(
    { kind: 'transient', code: 'sink.disk-full' },
  );
});
