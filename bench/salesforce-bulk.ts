// Reads a bulk query of many small rows: through the connector alone, to show that the heap does not grow with them, or with the real
// command into a warehouse, to show what the whole process holds. The stand-in runs in a process of its own and makes the rows while it sends them.

import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { salesforce } from '../connectors/salesforce.ts';
import { createAddressGuard } from '../core/address-guard.ts';
import { systemClock } from '../core/clock.ts';
import { createContext } from '../core/context.ts';
import { createFetch } from '../core/http.ts';
import { createLimiter } from '../core/limiter.ts';
import { createLog } from '../core/log.ts';
import { createColumnPins } from '../core/names.ts';
import { startSalesforce } from '../sandbox/salesforce.ts';
import { createDatabase, startPostgres } from '../test/postgres.ts';
import { measure } from './measure.ts';
import { readCount, readName, readOptions } from './usage.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const START = join(ROOT, 'bin/start.js');
const MEBIBYTE = 1024 * 1024;
const ENV = { SALESFORCE_CLIENT_ID: 'sandbox-client', SALESFORCE_CLIENT_SECRET: 'sandbox-secret' };

const asked = readOptions(
  { rows: { type: 'string', default: '1000000' }, warehouse: { type: 'string', default: 'none' } },
  `
node --expose-gc bin/start.js bench/salesforce-bulk.ts [options]: one bulk query of many small rows, and the memory that it takes.

  --rows 1000000    rows of the object
  --warehouse none  the connector alone, and its heap after collections; or duckdb or postgres: the real command into it

node --expose-gc bin/start.js bench/salesforce-bulk.ts --rows 100000
node bin/start.js bench/salesforce-bulk.ts --rows 1000000 --warehouse duckdb
`,
);
const rows = readCount('--rows', asked.rows);
const warehouse = readName('--warehouse', asked.warehouse, ['none', 'duckdb', 'postgres']);

if (process.send !== undefined) await serve(process.send.bind(process));
else await withVendor((url) => (warehouse === 'none' ? readThrough(url) : load(url)));

async function serve(tell: (message: string) => unknown): Promise<void> {
  const vendor = await startSalesforce({ cases: 10, generatedAccounts: rows });
  tell(vendor.url);
}

async function withVendor(work: (url: string) => Promise<void>): Promise<void> {
  const vendor = fork(START, [fileURLToPath(import.meta.url), '--rows', String(rows)]);
  const url = await new Promise<string>((resolve, reject) => {
    vendor.once('message', (message) => resolve(String(message)));
    vendor.once('exit', () => reject(new Error('the stand-in did not start')));
  });
  try {
    await work(url);
  } finally {
    vendor.kill();
  }
}

/** With the real command, state and ledger included. */
async function load(url: string): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'pipeline-bench-'));
  const server = warehouse === 'postgres' ? await startPostgres() : undefined;
  try {
    const databases =
      server === undefined
        ? {}
        : { STATE_URL: await createDatabase(server.url), WAREHOUSE_URL: await createDatabase(server.url) };
    const own = { PIPELINE_HOME: home, PIPELINE_ALLOW_PRIVATE_HOSTS: '127.0.0.1', SALESFORCE_LOGIN_URL: url };
    const program = join(ROOT, 'bin/pipeline.js');
    const run = [program, 'run', 'salesforce', '--streams', 'accounts', '--json', '--no-labels'];
    const ran = await measure(run, { cwd: home, env: { ...ENV, ...own, ...databases } });
    const { status, pipelines } = JSON.parse(ran.stdout) as {
      readonly status: string;
      readonly pipelines: readonly { readonly streams: readonly { readonly loaded: number }[] }[];
    };
    const loaded = pipelines[0]?.streams[0]?.loaded;
    if (status !== 'succeeded' || loaded !== rows)
      throw new Error(`${status} with ${loaded} of ${rows} rows`);
    console.log(
      `${rows} rows into ${warehouse} in ${ran.seconds.toFixed(1)} s; ${((ran.cpuSeconds / rows) * 1e6).toFixed(0)} µs of processor a row; peak ${(ran.peakBytes / MEBIBYTE).toFixed(0)} MiB`,
    );
  } finally {
    await server?.stop();
    await rm(home, { recursive: true, force: true });
  }
}

async function readThrough(url: string): Promise<void> {
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  const limiter = createLimiter({ clock: systemClock });
  const log = createLog({ level: 'silent', destination: process.stderr, scrub: (words) => words });
  const { signal } = new AbortController();
  const context = createContext({
    io: {
      env: { ...ENV, SALESFORCE_LOGIN_URL: url },
      clock: systemClock,
      log,
      fetch: (metrics) => createFetch({ clock: systemClock, limiter, guard, metrics, log, signal }),
    },
    lane: 'bench',
    signal,
    secrets: {
      get: () => Promise.resolve(undefined),
      put: () => Promise.resolve(),
      locked: (_name, work) => work(),
    },
    pins: createColumnPins([]),
  });
  const [stream] = salesforce({ streams: ['accounts'] }).streams;
  if (stream === undefined) throw new Error('no stream');
  await stream.tables(context);
  const startedMs = performance.now();
  let read = 0;
  let pages = 0;
  let nextTold = 0;
  let peakBytes = 0;
  for await (const page of stream.read(stream.start({}), context)) {
    read += page.rows['salesforce_accounts']?.length ?? 0;
    pages += 1;
    peakBytes = Math.max(peakBytes, process.memoryUsage().heapUsed);
    if (read < nextTold) continue;
    nextTold += rows / 10;
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    console.log(
      `${read} rows: heap ${(heapUsed / MEBIBYTE).toFixed(1)} MiB, resident ${(rss / MEBIBYTE).toFixed(0)} MiB`,
    );
  }
  const seconds = (performance.now() - startedMs) / 1000;
  console.log(
    `${read} rows in ${pages} pages and ${seconds.toFixed(1)} s, ${(context.metrics.bytes / MEBIBYTE).toFixed(0)} MiB; highest heap ${(peakBytes / MEBIBYTE).toFixed(1)} MiB`,
  );
  if (read !== rows) throw new Error(`${read} of ${rows} rows`);
  await guard.close();
}
