// Reads a bulk query of many small rows through the connector, and shows that the heap does not grow with them:
//   node --expose-gc --import tsx bench/salesforce-bulk.ts [rows]
// The stand-in runs in a process of its own and makes the rows while it sends them.

import { fork } from 'node:child_process';
import { salesforce } from '../connectors/salesforce.ts';
import { createAddressGuard } from '../core/address-guard.ts';
import { systemClock } from '../core/clock.ts';
import { createContext } from '../core/context.ts';
import { createFetch } from '../core/http.ts';
import { createLimiter } from '../core/limiter.ts';
import { createLog } from '../core/log.ts';
import { createColumnPins } from '../core/names.ts';
import { startSalesforce } from '../sandbox/salesforce.ts';

const MEBIBYTE = 1024 * 1024;

if (process.send !== undefined) await serve(process.send.bind(process));
else await measure(Number(process.argv[2] ?? 1_000_000));

async function serve(tell: (message: string) => unknown): Promise<void> {
  const rows = Number(process.argv[2]);
  const vendor = await startSalesforce({ cases: 10, generatedAccounts: rows });
  tell(vendor.url);
}

async function measure(rows: number): Promise<void> {
  const vendor = fork(new URL(import.meta.url).pathname, [String(rows)]);
  const url = await new Promise<string>((resolve, reject) => {
    vendor.once('message', (message) => resolve(String(message)));
    vendor.once('exit', () => reject(new Error('the stand-in did not start')));
  });
  try {
    await readThrough(url, rows);
  } finally {
    vendor.kill();
  }
}

async function readThrough(url: string, rows: number): Promise<void> {
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  const limiter = createLimiter({ clock: systemClock });
  const log = createLog({ level: 'silent', destination: process.stderr, scrub: (words) => words });
  const { signal } = new AbortController();
  const context = createContext({
    io: {
      env: {
        SALESFORCE_LOGIN_URL: url,
        SALESFORCE_CLIENT_ID: 'sandbox-client',
        SALESFORCE_CLIENT_SECRET: 'sandbox-secret',
      },
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
