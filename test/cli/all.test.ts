// `pipeline run --all` against every stand-in at once, into both warehouses: whole, side by side, and only what is new the second time.

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Sink } from '../../core/types.ts';
import { PEOPLE } from '../../sandbox/people.ts';
import { openSink } from '../../sinks/index.ts';
import { ACCOUNTS, type Account } from '../accounts.ts';
import { createDatabase } from '../postgres.ts';
import { emptyFolder, type Place, parsed, pipeline } from './command.ts';

// Each starts the real command several times.
vi.setConfig({ testTimeout: 240_000 });

interface Result {
  readonly status: string;
  readonly pipelines: readonly {
    readonly pipeline: string;
    readonly status: string;
    readonly error: { readonly code: string } | null;
    readonly streams: readonly { readonly stream: string; readonly status: string; readonly read: number }[];
  }[];
}

async function openAll(names = Object.keys(ACCOUNTS)) {
  const accounts = await Promise.all(names.map(async (name) => (await ACCOUNTS[name]?.({})) as Account));
  onTestFinished(async () => void (await Promise.all(accounts.map(({ sandbox }) => sandbox.close()))));
  const env = {
    PIPELINE_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
    ...Object.assign({}, ...accounts.map((account) => account.settings())),
  } as { readonly [name: string]: string };
  return { accounts, env };
}

const readOf = (result: Result): number =>
  result.pipelines.flatMap(({ streams }) => streams).reduce((sum, { read }) => sum + read, 0);

/** One person, whom the vendors know by other ids, is found by the address and by the domain; nobody's words are there twice. */
async function expectOneCustomer(sink: Sink): Promise<void> {
  const ask = async (sql: string) => (await sink.query(sql)).rows;
  const told = await ask(
    `select source, customer_key from map_customer_identity where email = '${PEOPLE[0]?.email}'`,
  );
  const everyone = ['gong', 'hubspot', 'intercom', 'salesforce', 'zendesk'];
  expect([...new Set(told.map((row) => row['source']))].sort()).toEqual(everyone);
  const [key, ...others] = new Set(told.map((row) => row['customer_key']));
  expect(others).toEqual([]);
  expect(await ask(`select sources, domain from dim_customer where customer_key = '${key}'`)).toEqual([
    { sources: everyone.join(', '), domain: 'alnoor-trading.example' },
  ]);
  const words = await ask(
    `select source, count(*) as n, count(distinct feedback_id) as d from voc_feedback where customer_domain = 'alnoor-trading.example' group by 1`,
  );
  expect(words.length).toBeGreaterThanOrEqual(4);
  for (const { n, d } of words) expect(n).toBe(d);
  const [counts] = await ask(
    `select (select count(*) from voc_feedback) as shown, (select count(*) from feedback where author_role = 'customer' and _deleted_at is null) as said`,
  );
  // Those of deleted Zendesk tickets are left out.
  expect(Number(counts?.['shown'])).toBeLessThanOrEqual(Number(counts?.['said']));
}

describe('All sources at once', () => {
  it.each(['duckdb', 'postgres'])(
    'into %s: equal to the truth, and then only what is new',
    async (engine) => {
      const { accounts, env } = await openAll();
      const url = engine === 'postgres' ? { url: await createDatabase() } : {};
      const folder = await emptyFolder();
      const warehouse = url.url ?? 'duckdb:warehouse.duckdb';
      const settings = { ...env, WAREHOUSE_URL: warehouse, ...(url.url ? { STATE_URL: url.url } : {}) };
      const place: Place = { folder, env: settings };

      const first = await pipeline(place, ['run', '--all', '--json', '--no-labels', '--parallel', '4']);
      expect(first.code, first.stdout + first.stderr).toBe(0);
      expect(first.stdout.trimEnd().split('\n')).toHaveLength(1);
      const result = parsed(first) as Result;
      expect(result.pipelines.map(({ pipeline: name }) => name)).toEqual(Object.keys(ACCOUNTS));
      expect(new Set(result.pipelines.map(({ status }) => status))).toEqual(new Set(['succeeded']));
      const begun = first.stderr
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly pipeline?: string; readonly status?: string });
      // Side by side: another source is told of before the first one has ended.
      const order = begun.map(({ pipeline: name }) => name);
      expect(order.indexOf('gong')).toBeLessThan(order.lastIndexOf('estuary'));

      const sink = await openSink(url.url ?? `duckdb:${folder}/warehouse.duckdb`, { home: folder });
      try {
        for (const account of accounts) expect(await account.differences(sink), account.name).toEqual([]);
        await expectOneCustomer(sink);
      } finally {
        await sink.close();
      }

      const second = parsed(await pipeline(place, ['run', '--all', '--json', '--no-labels'])) as Result;
      expect(second.status).toBe('succeeded');
      expect(readOf(second)).toBeLessThan(readOf(result) / 2);

      const status = parsed(await pipeline(place, ['status', '--json'])) as {
        readonly lanes: readonly { readonly lane: string; readonly status: string }[];
      };
      for (const name of Object.keys(ACCOUNTS)) {
        const lanes = status.lanes.filter(({ lane }) => lane.startsWith(`${name}/`));
        expect(lanes.length, name).toBeGreaterThan(1);
        for (const lane of lanes) expect(lane.status, lane.lane).toMatch(/^(succeeded|skipped)$/);
      }
    },
  );

  it('one that is refused and one that is set up by half stop no other, and the worst decides how it ends', async () => {
    const { accounts, env } = await openAll(['estuary', 'vercel', 'zendesk']);
    accounts[1]?.sandbox.faults.set([{ kind: 'status', status: 500, path: '/', count: 'always' }]);
    const place: Place = {
      folder: await emptyFolder(),
      env: { ...env, STATE_URL: await createDatabase(), HUBSPOT_CLIENT_ID: 'and no secret' },
    };
    const outcome = await pipeline(place, ['run', '--all', '--json', '--no-labels']);
    expect(outcome.code).toBe(3);
    const { status, pipelines } = parsed(outcome) as Result;
    expect(status).toBe('partial');
    expect(pipelines.map((one) => [one.pipeline, one.status, one.error?.code ?? null])).toEqual([
      ['estuary', 'succeeded', null],
      ['hubspot', 'failed', 'config.missing'],
      ['vercel', 'failed', null],
      ['zendesk', 'succeeded', null],
    ]);
  });

  it('more at once than a warehouse has connections for is refused', async () => {
    const outcome = await pipeline({ folder: await emptyFolder() }, ['run', '--all', '--parallel', '9']);
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringContaining('from 1 to 4') });
  });
});
