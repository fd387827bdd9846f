// `npm run bench`: Zendesk into each warehouse, beside a bare loop over the same pages, in one run. What is measured: bench/README.md.
//
//   npm run bench -- [--tickets 100000,1000000] [--warehouse duckdb,postgres] [--rounds 1] [--quick]

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { createDatabase, startPostgres } from '../test/postgres.ts';
import { cpuOfServer, type Measured, measure, parentOf } from './measure.ts';

type Warehouse = 'duckdb' | 'postgres';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PIPELINE = join(ROOT, 'bin/pipeline.js');
const TSX = ['--import', 'tsx'];
const MIB = 1024 * 1024;

const { values: asked } = parseArgs({
  options: {
    tickets: { type: 'string', default: '100000,1000000' },
    warehouse: { type: 'string', default: 'duckdb,postgres' },
    rounds: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
  },
});
const sizes = asked.quick ? [20_000] : asked.tickets.split(',').map(Number);
const warehouses = asked.warehouse.split(',') as readonly Warehouse[];
const rounds = Number(asked.rounds);

interface StandIn {
  readonly url: string;
  readonly token: string;
  readonly settings: { readonly [name: string]: string };
}

async function startStandIn(tickets: number): Promise<StandIn & { stop(): Promise<void> }> {
  const child: ChildProcess = spawn(process.execPath, [...TSX, join(ROOT, 'bench/stand-in.ts'), String(tickets)], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
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
  work: (place: { readonly home: string; readonly target: string; readonly env: NodeJS.ProcessEnv }) => Promise<T>,
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
    for (const url of databases) await query(server, `drop database "${new URL(url).pathname.slice(1)}" with (force)`);
    await rm(home, { recursive: true, force: true });
  }
}

async function query(url: string, sql: string): Promise<readonly { readonly [column: string]: unknown }[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<{ [column: string]: unknown }>(sql)).rows;
  } finally {
    await client.end();
  }
}

interface Line {
  readonly what: string;
  readonly rows: number;
  readonly measured: Measured;
  /** Processor seconds of the database server meanwhile. */
  readonly serverCpu: number;
  readonly firstRequestMs: number | null;
}

async function main(): Promise<void> {
  const server = await startPostgres();
  const [backend] = await query(server.url, 'select pg_backend_pid() as pid');
  const serverPid = await serverOf(server.url);
  void backend;
  const table: string[][] = [];
  try {
    for (const tickets of sizes) {
      const vendor = await startStandIn(tickets);
      try {
        for (const warehouse of warehouses) {
          table.push(...(await compare(warehouse, tickets, vendor, server.url, serverPid)));
        }
      } finally {
        await vendor.stop();
      }
    }
  } finally {
    await server.stop();
  }
}

await main();
