// `npm run bench`: Zendesk into each warehouse, beside a bare loop over the same pages, and what labels cost. What is measured: bench/README.md.
// Above 300 lines because every program of a comparison is started, measured and told in the same way.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { openState } from '../state/index.ts';
import { createDatabase, startPostgres } from '../test/postgres.ts';
import { benchLabels } from './labels.ts';
import { cpuOfServer, type Measured, measure, parentOf } from './measure.ts';
import { readCount, readName, readOptions } from './usage.ts';

const WAREHOUSES = ['duckdb', 'postgres'] as const;
type Warehouse = (typeof WAREHOUSES)[number];

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PIPELINE = join(ROOT, 'bin/pipeline.js');
const START = join(ROOT, 'bin/start.js');
const MIB = 1024 * 1024;

const asked = readOptions(
  {
    part: { type: 'string', default: 'loads,labels' },
    tickets: { type: 'string', default: '100000,1000000' },
    warehouse: { type: 'string', default: 'duckdb,postgres' },
    rounds: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
  },
  `
npm run bench -- [options]: Zendesk into each warehouse beside a bare loop over the same pages, and what labels cost (bench/README.md).

  --part loads,labels         both, or one of them
  --tickets 100000,1000000    sizes of the account
  --warehouse duckdb,postgres both, or one of them
  --rounds 1                  of so many rounds the best is shown
  --quick                     20,000 tickets, 1,000 for the labels

npm run bench -- --quick --warehouse duckdb
npm run bench -- --part loads --tickets 100000 --rounds 3
npm run bench -- --part labels
`,
);
const sizes = asked.quick ? [20_000] : asked.tickets.split(',').map((one) => readCount('--tickets', one));
const warehouses = asked.warehouse.split(',').map((one) => readName('--warehouse', one, WAREHOUSES));
const parts = asked.part.split(',').map((one) => readName('--part', one, ['loads', 'labels']));
const rounds = readCount('--rounds', asked.rounds);

interface StandIn {
  readonly url: string;
  readonly token: string;
  readonly settings: { readonly [name: string]: string };
}

async function startStandIn(tickets: number): Promise<StandIn & { stop(): Promise<void> }> {
  const child: ChildProcess = spawn(
    process.execPath,
    [START, join(ROOT, 'bench/stand-in.ts'), String(tickets)],
    {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  let line = '';
  while (!line.includes('\n')) {
    const [chunk] = (await once(child.stdout ?? child, 'data')) as [Buffer];
    line += chunk.toString();
  }
  const stop = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.stdin?.end();
    await ended;
  };
  return { ...(JSON.parse(line) as StandIn), stop };
}

/** One place to load into: its files or databases are gone after `work`. */
async function inPlace<T>(
  warehouse: Warehouse,
  server: string,
  work: (place: {
    readonly home: string;
    readonly target: string;
    readonly env: NodeJS.ProcessEnv;
  }) => Promise<T>,
): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'pipeline-bench-'));
  const databases: string[] = [];
  const database = async (): Promise<string> => {
    databases.push(await createDatabase(server));
    return databases.at(-1) ?? '';
  };
  try {
    const target = warehouse === 'duckdb' ? join(home, 'bare.duckdb') : await database();
    const env =
      warehouse === 'duckdb'
        ? { PIPELINE_HOME: home }
        : { PIPELINE_HOME: home, STATE_URL: await database(), WAREHOUSE_URL: await database() };
    return await work({ home, target, env });
  } finally {
    for (const url of databases)
      await query(server, `drop database "${new URL(url).pathname.slice(1)}" with (force)`);
    await rm(home, { recursive: true, force: true });
  }
}

/** What is there from the second run on: the tables of the state, which a verb that only looks would not make, and the compiled command. */
async function makeState(env: NodeJS.ProcessEnv, home: string): Promise<void> {
  const url = env['STATE_URL'];
  const state = await openState({ home, ...(url === undefined ? {} : { url }) });
  await state.close();
  await measure([PIPELINE, 'status', '--json'], { cwd: home, env });
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

/** The server's own process: the one above the process that serves us. */
async function serverProcess(url: string): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return parentOf(rows[0]?.pid ?? 0);
  } finally {
    await client.end();
  }
}

interface Result {
  readonly warehouse: Warehouse;
  readonly tickets: number;
  readonly what: string;
  readonly measured: Measured;
  /** Processor seconds of the database server meanwhile. */
  readonly serverCpuSeconds: number;
  /** From the start of the process to its first request; null where that was not looked at. */
  readonly firstRequestMs: number | null;
}

/** Runs one program against the vendor; its journal tells when the first request came. */
async function runOnce(
  vendor: StandIn,
  serverPid: number,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  home: string,
): Promise<Pick<Result, 'measured' | 'serverCpuSeconds' | 'firstRequestMs'>> {
  await fetch(`${vendor.url}/__sandbox/journal`, { method: 'DELETE' });
  const startedMs = Date.now();
  const before = cpuOfServer(serverPid);
  const measured = await measure(args, { cwd: home, env });
  const serverCpuSeconds = cpuOfServer(serverPid) - before;
  const answer = await fetch(`${vendor.url}/__sandbox/journal`);
  const { journal } = (await answer.json()) as { journal: readonly { readonly at: string }[] };
  const first = journal[0];
  // The journal keeps the newest visits: of a long run it no longer has the first.
  const firstRequestMs = first === undefined ? null : Date.parse(first.at) - startedMs;
  return { measured, serverCpuSeconds, firstRequestMs };
}

/** Every program of one warehouse and size, the best of so many rounds each. */
async function compare(
  warehouse: Warehouse,
  tickets: number,
  vendor: StandIn,
  server: string,
  serverPid: number,
): Promise<readonly Result[]> {
  const best = new Map<string, Result>();
  const keep = (
    what: string,
    ran: Pick<Result, 'measured' | 'serverCpuSeconds' | 'firstRequestMs'>,
  ): void => {
    const result = { warehouse, tickets, what, ...ran };
    const before = best.get(what);
    if (before === undefined || ran.measured.seconds < before.measured.seconds) best.set(what, result);
    process.stderr.write(`${rowOf(result, undefined).join('  ')}\n`);
  };
  const bareEnv = { BARE_URL: vendor.url, BARE_TOKEN: vendor.token };
  const bare = [START, join(ROOT, 'bench/bare-loop.ts')];
  const smallest = tickets === Math.min(...sizes);
  for (let round = 0; round < rounds; round++) {
    for (const way of warehouse === 'duckdb' && smallest ? ['appender', 'json'] : ['appender']) {
      await inPlace(warehouse, server, async ({ home, target }) => {
        const name = way === 'json' ? 'bare loop, read_json' : BARE;
        keep(name, await runOnce(vendor, serverPid, [...bare, target, way], bareEnv, home));
      });
    }
    await inPlace(warehouse, server, async ({ home, env }) => {
      const settings = { ...vendor.settings, ...env };
      await makeState(settings, home);
      const run = [PIPELINE, 'run', 'zendesk', '--streams', 'tickets', '--json', '--no-labels'];
      const ran = await runOnce(vendor, serverPid, run, settings, home);
      assertComplete(ran.measured.stdout, tickets);
      keep(OURS, ran);
      if (smallest) {
        keep(
          'labels, offline model',
          await runOnce(vendor, serverPid, [PIPELINE, 'enrich', 'zendesk', '--json'], settings, home),
        );
      }
    });
    for (const part of smallest ? ['making', 'transforms', 'words'] : []) {
      await inPlace(warehouse, server, async ({ home, env }) => {
        const settings = { ...vendor.settings, ...env };
        await makeState(settings, home);
        const run = [START, join(ROOT, 'bench/without.ts'), '--part', part];
        keep(WITHOUT[part] ?? part, await runOnce(vendor, serverPid, run, settings, home));
      });
    }
  }
  return [...best.values()];
}

const BARE = 'bare loop';
const OURS = 'pipeline';
const WITHOUT: Readonly<Record<string, string>> = {
  making: 'pipeline, text columns filled, not made',
  transforms: 'pipeline without text transforms',
  words: 'pipeline without feedback',
};

/** A run that is fast because it lost rows is no result. */
function assertComplete(stdout: string, tickets: number): void {
  const { status, pipelines } = JSON.parse(stdout) as {
    readonly status: string;
    readonly pipelines: readonly { readonly streams: readonly { readonly loaded: number }[] }[];
  };
  const loaded = pipelines[0]?.streams[0]?.loaded;
  if (status !== 'succeeded' || loaded !== tickets) {
    throw new Error(`the run ended as ${status} with ${loaded} of ${tickets} tickets`);
  }
}

const HEADINGS = [
  'warehouse',
  'tickets',
  'program',
  'seconds',
  'rows/s',
  'of bare',
  'CPU µs/row',
  'server CPU µs/row',
  'peak MiB',
  'tree MiB',
  'first request ms',
];

function rowOf(
  { warehouse, tickets, what, measured, serverCpuSeconds, firstRequestMs }: Result,
  bare: Result | undefined,
): string[] {
  const { seconds, cpuSeconds, peakBytes, treePeakBytes } = measured;
  return [
    warehouse,
    tickets.toLocaleString('en'),
    what,
    seconds.toFixed(1),
    Math.round(tickets / seconds).toLocaleString('en'),
    bare === undefined ? '' : (bare.measured.seconds / seconds).toFixed(2),
    ((cpuSeconds / tickets) * 1e6).toFixed(0),
    ((serverCpuSeconds / tickets) * 1e6).toFixed(0),
    (peakBytes / MIB).toFixed(0),
    (treePeakBytes / MIB).toFixed(0),
    firstRequestMs === null ? '' : firstRequestMs.toFixed(0),
  ];
}

function print(results: readonly Result[]): void {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  let text = line(HEADINGS) + line(HEADINGS.map((_, i) => (i === 0 || i === 2 ? '---' : '---:')));
  for (const result of results) {
    const bare = results.find(
      (r) => r.what === BARE && r.warehouse === result.warehouse && r.tickets === result.tickets,
    );
    text += line(rowOf(result, bare));
  }
  process.stdout.write(text);
}

async function main(): Promise<void> {
  const server = await startPostgres();
  try {
    if (parts.includes('loads')) await loads(server);
    if (parts.includes('labels')) await labels(server.url);
  } finally {
    await server.stop();
  }
}

/** What labels cost, over 5,000 tickets, in a state of their own. */
async function labels(serverUrl: string): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'pipeline-bench-'));
  const stateUrl = await createDatabase(serverUrl);
  try {
    await benchLabels(stateUrl, home, asked.quick ? 1_000 : 5_000);
  } finally {
    await query(serverUrl, `drop database "${new URL(stateUrl).pathname.slice(1)}" with (force)`);
    await rm(home, { recursive: true, force: true });
  }
}

async function loads(server: { readonly url: string }): Promise<void> {
  const serverPid = await serverProcess(server.url);
  const results: Result[] = [];
  for (const tickets of sizes) {
    const vendor = await startStandIn(tickets);
    try {
      for (const warehouse of warehouses)
        results.push(...(await compare(warehouse, tickets, vendor, server.url, serverPid)));
    } finally {
      await vendor.stop();
    }
  }
  print(results);
}

await main();
