// What an operator and an analyst find after `pipeline demo`: answers, records, and verbs that change nothing by looking.

import { execFile } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { changes, emptyFolder, fingerprint, ownDemo, parsed, pipeline, sharedDemo } from './command.ts';

// Some of these start the real command many times over.
vi.setConfig({ testTimeout: 240_000 });

const ANALYST = 'select language, label, count(*) from voc_feedback group by 1,2 order by 3 desc';
let folder: string;
beforeAll(async () => {
  folder = await sharedDemo();
});

describe('a question to the warehouse', () => {
  it('is answered as a table, as an array of objects, and as CSV', async () => {
    const [table, json, csv] = await Promise.all([
      pipeline({ folder }, ['query', ANALYST]),
      pipeline({ folder }, ['query', '--json', ANALYST]),
      pipeline({ folder }, ['query', ANALYST, '--format', 'csv']),
    ]);
    expect(table).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/│ language +│ label +│ count_star\(\) │/),
    });
    const rows = parsed(json) as { language: string; label: string; 'count_star()': number }[];
    expect(rows.length).toBeGreaterThan(5);
    expect(rows[0]).toEqual({
      language: 'ar',
      label: expect.any(String),
      'count_star()': expect.any(Number),
    });
    expect(csv.stdout.split('\n')).toHaveLength(rows.length + 2);
    expect(table.stderr).toBe(`${rows.length} rows\n`);
  });

  it('is answered to the DuckDB library of another process, too', async () => {
    // The library is found where node looks for it: beside the project.
    const elsewhere = await emptyFolder();
    symlinkSync(
      fileURLToPath(new URL('../../node_modules', import.meta.url)),
      join(elsewhere, 'node_modules'),
    );
    const program = `
      import { DuckDBInstance } from '@duckdb/node-api';
      const connection = await (await DuckDBInstance.create(${JSON.stringify(join(folder, '.pipeline/warehouse.duckdb'))}, { access_mode: 'READ_ONLY' })).connect();
      console.log(JSON.stringify((await connection.runAndReadAll(${JSON.stringify(ANALYST)})).getRowsJson()));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      cwd: elsewhere,
    });
    const ours = parsed(await pipeline({ folder }, ['query', '--json', ANALYST])) as Record<
      string,
      unknown
    >[];
    const theirs = JSON.parse(stdout) as unknown[][];
    expect(theirs.map((row) => row.map(String)).sort()).toEqual(
      ours.map((row) => Object.values(row).map(String)).sort(),
    );
  });

  it.each([
    ['drop table feedback', /Only statements that read are allowed/],
    ['select 1; select 2', /A query is one statement; this text holds 2/],
    ["select * from read_text('/etc/hostname')", /disabled by configuration/],
    ['explain analyze delete from feedback', /read-only/],
  ])('that is none is refused: %s', async (sql, why) => {
    const outcome = await pipeline({ folder }, ['query', sql]);
    expect(outcome).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(why) });
  });

  it('shows as many rows as were asked for, and says that there are more', async () => {
    const outcome = await pipeline({ folder }, [
      'query',
      'select feedback_id from feedback',
      '--rows',
      '2',
      '--json',
    ]);
    expect(parsed(outcome)).toHaveLength(2);
    expect(outcome.stderr).toBe('Only the first 2 rows are shown; --rows asks for more.\n');
  });

  it('whose reader leaves early ends quietly', async () => {
    const command = `"${process.execPath}" "${fileURLToPath(new URL('../../bin/pipeline.js', import.meta.url))}"`;
    const script = `${command} query "select * from feedback" --json | head -c 20; echo " code \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', script], { cwd: folder });
    expect(stdout).toMatch(/^\[\{"feedback_id".* code 0\n$/s);
    expect(stderr).toBe('');
  });
});

describe('verbs that only look', () => {
  it('tell what happened, in the forms that other programs rely on, and leave every byte as it was', async () => {
    const before = fingerprint(folder);
    const json = async (...args: readonly string[]): Promise<unknown> =>
      parsed(await pipeline({ folder }, [...args, '--json']));
    const [status, runs, bookmarks, explained] = [
      await json('status'),
      await json('runs'),
      await json('state', 'show'),
      await json('explain'),
    ];
    const logs = await pipeline({ folder }, ['logs', 'last', '--json']);
    const exported = await pipeline({ folder }, ['state', 'export']);
    expect(changes(before, fingerprint(folder))).toEqual([]);

    expect(status).toMatchObject({
      lanes: expect.arrayContaining([
        expect.objectContaining({
          lane: 'zendesk/tickets',
          status: 'succeeded',
          rejectsWaiting: 0,
          error: null,
        }),
        expect.objectContaining({ lane: 'zendesk/survey_responses', status: 'skipped' }),
      ]),
      spend: { spentUsd: 0, reservedUsd: 0 },
    });
    expect(runs).toMatchObject([{ pipeline: 'zendesk', lane: 'live', status: 'succeeded', error: null }, {}]);
    for (const stream of (runs as { streams: object[] }[]).flatMap((run) => run.streams))
      expect(stream).toMatchObject(STREAM);
    expect(bookmarks).toContainEqual(
      expect.objectContaining({
        lane: 'zendesk/tickets',
        checkpoint: expect.objectContaining({ cursor: expect.any(String) }),
        revision: 2,
      }),
    );
    const { explanation } = explained as { explanation: string[] };
    expect(explanation[0]).toMatch(/succeeded after .*: every stream caught up with its source\./);
    expect(explanation.join('\n')).toMatch(
      /ticket_events: succeeded\. \d+ records read = .*; the vendor counts \d+\./,
    );
    expect(explanation.at(-1)).toBe('What to do: nothing.');
    expect(logs.stdout).toMatch(/"event":"lane.started"[\s\S]*"event":"load.committed"/);
    expect(exported.stdout).toContain('"table":"bookmarks"');
    expect(exported.stdout).not.toContain('"table":"secrets"');
  });
});

/** Every number that explains how a stream went. */
const STREAM = Object.fromEntries([
  ['stream', expect.any(String)],
  ...['read', 'loaded', 'deleted', 'rejected', 'repeated', 'pages', 'loads', 'durationMs'].map(
    (name) => [name, expect.any(Number)] as const,
  ),
  [
    'http',
    Object.fromEntries(
      ['requests', 'retries', 'waitMs', 'bytes', 'rateLimited'].map((name) => [name, expect.any(Number)]),
    ),
  ],
]);

describe('the home of the demo', () => {
  const account = {
    ZENDESK_SUBDOMAIN: 'acme',
    ZENDESK_OAUTH_CLIENT_ID: 'client',
    ZENDESK_OAUTH_REFRESH_TOKEN: 'hunter2hunter',
  };

  it('takes no account of yours, and does not even sign in', async () => {
    for (const args of [
      ['run', 'zendesk'],
      ['preview', 'zendesk', 'tickets'],
      ['discover', 'zendesk'],
      ['check'],
    ]) {
      const { code, stdout, stderr } = await pipeline({ folder, env: account }, args);
      expect(code, args.join(' ')).toBe(2);
      expect(stdout + stderr).toContain('.pipeline holds the data and bookmarks of the demo.');
    }
  });

  it('is filled anew by each demo, so that the first run always reads everything', async () => {
    const own = await ownDemo();
    const outcome = await pipeline({ folder: own }, ['demo', '--tickets', '60']);
    expect(outcome.code).toBe(0);
    const [first, second] = [...outcome.stdout.matchAll(/succeeded in .*: ([\d,]+) records read/g)].map(
      (match) => Number(match[1]?.replace(',', '')),
    );
    expect(first).toBeGreaterThan(300);
    expect(second).toBeLessThan(first ?? 0);
    expect(outcome.stdout).toContain('What an analyst asks:');
  });

  it('is never one that holds something else', async () => {
    const own = await emptyFolder();
    const home = fileURLToPath(new URL('.', import.meta.url));
    const outcome = await pipeline({ folder: own, env: { PIPELINE_HOME: home } }, ['demo']);
    expect(outcome).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('already holds a state that is not the demo'),
    });
    expect(existsSync(join(home, 'demo'))).toBe(false);
  });

  it('cannot be below a file', async () => {
    const outcome = await pipeline({ folder: await emptyFolder(), env: { PIPELINE_HOME: '/dev/null/x' } }, [
      'demo',
    ]);
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be used (ENOTDIR)') });
  });
});
