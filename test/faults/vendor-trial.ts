// Runs any vendor's pipeline in this process, through the real engine and the real fetch, while its stand-in misbehaves.
//
// The warehouse is the one in memory, and whoever waits for a vendor's limit moves the stand-in's clock on instead.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createAddressGuard } from '../../core/address-guard.ts';
import { systemClock } from '../../core/clock.ts';
import type { Io } from '../../core/context.ts';
import { runPipeline } from '../../core/engine.ts';
import { createFetch } from '../../core/http.ts';
import { newId } from '../../core/ids.ts';
import { createLimiter } from '../../core/limiter.ts';
import { createLog } from '../../core/log.ts';
import { pipeline } from '../../core/pipeline.ts';
import type { Connector, Environment, Json, Row, RunRecord, Sink, State } from '../../core/types.ts';
import type { Fault, FaultKind } from '../../sandbox/faults.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { memorySink } from '../../sinks/memory.ts';
import { openState, thisProcess } from '../../state/index.ts';
import type { StreamTruth } from '../contracts/connector.ts';
import { clockOf } from '../contracts/stand-in.ts';
import { createDatabase } from '../postgres.ts';

/** A vendor's stand-in and the connector that reads it. */
export interface OnTrial<S extends Sandbox = Sandbox> {
  readonly connector: Connector;
  readonly sandbox: S;
  env(): Environment;
  /** By stream: what the warehouse must hold. */
  truth(stream: string): StreamTruth;
}

export interface TrialOptions {
  /** Each attempt may take this long; a hanging vendor then costs a test little. */
  readonly timeoutMs?: number;
  readonly attempts?: number;
}

export interface VendorTrial<S extends Sandbox> {
  readonly sandbox: S;
  readonly sink: Sink;
  /** Sets these faults, runs once, and clears them. */
  run(faults?: readonly Fault[]): Promise<RunRecord>;
  /** What the warehouse does not hold as the vendor does. */
  differences(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Sleeps shorter than this are waits for the vendor; longer ones are the engine's own, such as renewing a lease. */
const VENDOR_WAIT_MS = 9_000;
const silent = createLog({ level: 'silent', destination: process.stderr, scrub: (words) => words });

export async function sharedState(): Promise<State> {
  return openState({
    url: await createDatabase(),
    home: await mkdtemp(join(tmpdir(), 'pipeline-faults-')),
    key: Buffer.alloc(32, 7).toString('base64'),
  });
}

export function openVendorTrial<S extends Sandbox>(
  state: State,
  vendor: OnTrial<S>,
  { timeoutMs = 20_000, attempts = 6 }: TrialOptions = {},
): VendorTrial<S> {
  const { sandbox, connector } = vendor;
  const sink = memorySink();
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  const vendorClock = clockOf(sandbox);
  const clock = {
    ...vendorClock,
    sleep: (ms: number, signal?: AbortSignal) =>
      ms < VENDOR_WAIT_MS ? vendorClock.sleep(ms, signal) : systemClock.sleep(ms, signal),
  };
  const trial = pipeline({ name: `trial_${newId('t', new Date())}`, source: connector, transforms: [] });
  return {
    sandbox,
    sink,
    async run(faults = []) {
      sandbox.faults.set(faults);
      // The limiter of one run: every run of the command has its own.
      const limiter = createLimiter({ clock: vendorClock });
      const io: Io = {
        env: { PIPELINE_LOAD_ROWS: '20', ...vendor.env() },
        clock,
        log: silent,
        fetch(metrics, signal) {
          const options = { clock: vendorClock, limiter, guard, metrics, log: silent, signal, backoffMs: 1 };
          const fetch = createFetch(options);
          return (request) => fetch({ ...request, timeoutMs, attempts });
        },
      };
      const record = await runPipeline({
        pipeline: trial,
        io,
        state,
        sink,
        owner: { runId: newId('run', new Date()), ...thisProcess() },
        signal: new AbortController().signal,
        leaseTtlMs: 60_000,
      });
      sandbox.faults.clear();
      return record;
    },
    differences: () => differences(vendor, sink),
    async close() {
      await sandbox.close();
      await guard.close();
    },
  };
}

/** Lost, extra and stale rows, and deletions that are not told or not true. */
async function differences(vendor: OnTrial, sink: Sink): Promise<readonly string[]> {
  const found: string[] = [];
  for (const stream of vendor.connector.streams) {
    const truth = vendor.truth(stream.name);
    for (const [table, expected] of Object.entries(truth.rows)) {
      const { rows } = await sink
        .query(`select * from ${table}`, { maxRows: 1_000_000 })
        .catch(() => ({ rows: [] }));
      const held = new Map(rows.map((row) => [String(row['id']), row]));
      const gone = new Set((truth.gone[table] ?? []).map((row) => String(row['id'])));
      const here = new Set(expected.map((row) => String(row['id'])));
      if (held.size !== rows.length) found.push(`${table}: a key is there twice`);
      for (const row of expected) found.push(...compare(table, row, held.get(String(row['id']))));
      for (const [id, row] of held) {
        if (!here.has(id) && !gone.has(id)) found.push(`${table} ${id}: the vendor does not know it`);
        if (gone.has(id) && row['_deleted_at'] === null)
          found.push(`${table} ${id}: lives here, and not there`);
      }
    }
  }
  return found;
}

function compare(table: string, expected: Row, held: Row | undefined): readonly string[] {
  const id = String(expected['id']);
  if (held === undefined) return [`${table} ${id}: lost`];
  if (held['_deleted_at'] !== null) return [`${table} ${id}: is marked deleted, and not there`];
  return Object.entries(expected)
    .filter(([column, value]) => canonical(value ?? null) !== canonical(held[column] ?? null))
    .map(([column]) => `${table} ${id}: ${column} is not the vendor's`);
}

const LONELY = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** JSON with its keys in order, instants as milliseconds, and of a text what every warehouse can hold. */
function canonical(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${canonical(entry)}`).join(',')}}`;
  }
  if (typeof value !== 'string') return JSON.stringify(value ?? null);
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return String(Date.parse(value));
  return JSON.stringify(value.replaceAll('\u0000', '').replace(LONELY, '\ufffd'));
}

/** One feed of a vendor: a part of its path, and the request of it that a fault should hit. */
export interface Feed {
  readonly path: string;
  readonly nth: number;
  readonly method?: string;
  readonly contains?: string;
}

export interface Passing extends TrialOptions {
  readonly title: string;
  readonly fault: Omit<Fault, 'path'>;
}

const hasty: TrialOptions = { timeoutMs: 800 };

/** What passes by itself, whatever the vendor: it may cost time, and never a row. */
export const PASSING: readonly Passing[] = [
  { title: 'too many requests, with the seconds to wait', fault: { kind: 'rate-limit' } },
  { title: 'too many requests, with an instant', fault: { kind: 'rate-limit', retryAfter: 'date' } },
  { title: 'too many requests, without a word', fault: { kind: 'rate-limit', retryAfter: 'none', count: 2 } },
  { title: 'internal server errors', fault: { kind: 'status', status: 500, count: 2 } },
  { title: 'bad gateways', fault: { kind: 'status', status: 502, count: 2 } },
  { title: 'a service that is away', fault: { kind: 'status', status: 503, count: 2 } },
  { title: 'pages that take too long to make', fault: { kind: 'status', status: 504, count: 2 } },
  { title: 'connections that are reset', fault: { kind: 'reset', count: 2 } },
  { title: 'answers that are lost', fault: { kind: 'lost-answer', count: 2 } },
  { title: 'connections that are reset inside a body', fault: { kind: 'reset-in-body', count: 2 } },
  { title: 'bodies shorter than their length', fault: { kind: 'truncated', count: 2 } },
  { title: 'bodies without their last chunk', fault: { kind: 'truncated-chunked', count: 2 } },
  { title: 'slow bodies', fault: { kind: 'slow', bytes: 20_000, everyMs: 5 } },
  { title: 'late answers', fault: { kind: 'delay', ms: 50 } },
  { title: 'requests that are never answered', fault: { kind: 'hang' }, ...hasty },
  { title: 'bodies that stop in the middle', fault: { kind: 'hang-in-body' }, ...hasty },
  { title: 'bodies too slow to wait for', fault: { kind: 'slow', everyMs: 50 }, ...hasty },
  { title: 'HTML in place of data', fault: { kind: 'html', count: 2 } },
  { title: 'broken UTF-8', fault: { kind: 'bad-utf8', count: 2 } },
  { title: 'a byte order mark on every answer', fault: { kind: 'bom', nth: 1, count: 'always' } },
  {
    title: 'pages that repeat records of the one before',
    fault: { kind: 'duplicate-page', nth: 1, count: 'always' },
  },
];

/** The fault on each feed. */
export function everywhere(feeds: readonly Feed[], fault: Omit<Fault, 'path'>): readonly Fault[] {
  return feeds.map((feed) => ({ ...feed, ...fault, count: fault.count ?? 1 }));
}

/** A run under this fault must succeed, and every feed must have met it. */
export async function expectPassed<S extends Sandbox>(
  trial: VendorTrial<S>,
  feeds: readonly Feed[],
  fault: Omit<Fault, 'path'>,
): Promise<void> {
  const faults = everywhere(feeds, fault);
  const record = await trial.run(faults);
  expect(complaintsOf(record)).toEqual({});
  expect(record.status).toBe('succeeded');
  for (const { path } of feeds) expect(metOf(trial.sandbox, path), path).toContain(fault.kind);
  expect(await trial.differences()).toEqual([]);
}

/** The faults that requests with this part in their path met. */
function metOf(sandbox: Sandbox, path: string): readonly string[] {
  const parts = path.split('*');
  return sandbox.journal
    .list()
    .filter((visit) => parts.every((part) => visit.path.includes(part)))
    .flatMap(({ fault }) => fault ?? []);
}

/** The streams that did not succeed, each with the code that says why. */
export function complaintsOf(record: RunRecord): { readonly [stream: string]: string } {
  return Object.fromEntries(
    record.streams
      .filter(({ status, error }) => (status !== 'succeeded' && status !== 'skipped') || error !== null)
      .map(({ stream, error }) => [stream, error?.code ?? 'said nothing']),
  );
}

export interface Lasting extends TrialOptions {
  readonly title: string;
  readonly faults: readonly (Omit<Fault, 'count'> & { readonly kind: FaultKind })[];
  readonly status: 'partial' | 'failed';
  /** Which streams complain, and with which code. */
  readonly because: { readonly [stream: string]: string };
}

/** A run under these faults must not claim success and must keep what it read; the next one completes it. */
export async function expectTold<S extends Sandbox>(trial: VendorTrial<S>, lasting: Lasting): Promise<void> {
  const record = await trial.run(lasting.faults.map((fault) => ({ ...fault, count: 'always' })));
  expect(complaintsOf(record)).toEqual(lasting.because);
  expect(record.status).toBe(lasting.status);
  for (const { error } of record.streams.filter(({ stream }) => stream in lasting.because)) {
    expect(error?.message.length).toBeGreaterThan(20);
  }
  const next = await trial.run();
  expect(complaintsOf(next)).toEqual({});
  expect(next.status).toBe('succeeded');
  expect(await trial.differences()).toEqual([]);
}
