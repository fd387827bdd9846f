// `node bin/start.js bench/all.ts`: what a nightly `pipeline run --all` holds in memory, labels included, with every source beside the others.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDatabase, startPostgres } from '../test/postgres.ts';
import { measure } from './measure.ts';
import { readCount, readName, readOptions } from './usage.ts';
import { startVendor } from './vendor-process.ts';

const PIPELINE = fileURLToPath(new URL('../bin/pipeline.js', import.meta.url));
const SOURCES = ['estuary', 'gong', 'hubspot', 'intercom', 'salesforce', 'vercel', 'zendesk'];
const WAREHOUSES = ['duckdb', 'postgres'] as const;
const MIB = 1024 * 1024;

const asked = readOptions(
  {
    records: { type: 'string', default: '3000' },
    parallel: { type: 'string', default: '3' },
    warehouse: { type: 'string', default: 'duckdb,postgres' },
  },
  `
node bin/start.js bench/all.ts [options]: the memory of \`pipeline run --all\` over the stand-ins of all sources.

  --records 3000              of each source's largest stream
  --parallel 3                sources side by side, from 1 to 4
  --warehouse duckdb,postgres both, or one of them

node bin/start.js bench/all.ts --records 500 --warehouse duckdb
`,
);
const records = readCount('--records', asked.records);
const parallel = readCount('--parallel', asked.parallel);
const warehouses = asked.warehouse.split(',').map((one) => readName('--warehouse', one, WAREHOUSES));

interface Result {
  readonly status: string;
  readonly pipelines: readonly { readonly streams: readonly { readonly loaded: number }[] }[];
}

async function runInto(
  warehouse: (typeof WAREHOUSES)[number],
  vendors: { readonly [name: string]: string },
): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'pipeline-bench-'));
  const server = warehouse === 'postgres' ? await startPostgres() : undefined;
  try {
    const databases =
      server === undefined
        ? {}
        : { STATE_URL: await createDatabase(server.url), WAREHOUSE_URL: await createDatabase(server.url) };
    const env = {
      ...vendors,
      ...databases,
      PIPELINE_HOME: home,
      PIPELINE_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
    };
    const run = [PIPELINE, 'run', '--all', '--json', '--parallel', String(parallel)];
    const { stdout, seconds, cpuSeconds, peakBytes } = await measure(run, { cwd: home, env });
    const { status, pipelines } = JSON.parse(stdout) as Result;
    if (status !== 'succeeded' || pipelines.length !== SOURCES.length)
      throw new Error(`${pipelines.length} sources ended ${status}`);
    const rows = pipelines.flatMap(({ streams }) => streams).reduce((sum, { loaded }) => sum + loaded, 0);
    const cells = [
      warehouse,
      String(parallel),
      rows.toLocaleString('en'),
      seconds.toFixed(0),
      cpuSeconds.toFixed(0),
      (peakBytes / MIB).toFixed(0),
    ];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  } finally {
    await server?.stop();
    await rm(home, { recursive: true, force: true });
  }
}

const vendors = await Promise.all(SOURCES.map((source) => startVendor(source, records)));
try {
  process.stdout.write(
    '| warehouse | at once | rows | seconds | CPU s | peak MiB |\n|---|---:|---:|---:|---:|---:|\n',
  );
  const settings: { readonly [name: string]: string } = Object.assign(
    {},
    ...vendors.map((vendor) => vendor.settings),
  );
  for (const warehouse of warehouses) await runInto(warehouse, settings);
} finally {
  await Promise.all(vendors.map((vendor) => vendor.stop()));
}
