// Runs the pipeline of any vendor in this process, through the real connector, fetch and engine, while its stand-in misbehaves, and
// lets the judge compare. A vendor's file says only which account it is, which faults come, and which outcome is right.
//
// The warehouse is the one in memory, with which the contract of sinks compares every other. Who waits for the vendor moves the
// stand-in's clock on instead.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { createAddressGuard } from '../../core/address-guard.ts';
import { systemClock } from '../../core/clock.ts';
import type { Io } from '../../core/context.ts';
import { runPipeline } from '../../core/engine.ts';
import { createFetch } from '../../core/http.ts';
import { newId } from '../../core/ids.ts';
import { createLimiter } from '../../core/limiter.ts';
import { createLog } from '../../core/log.ts';
import { pipeline } from '../../core/pipeline.ts';
import type { Bookmark, Clock, Environment, RunRecord, Sink, State } from '../../core/types.ts';
import type { Fault } from '../../sandbox/faults.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import { memorySink } from '../../sinks/memory.ts';
import { openState, thisProcess } from '../../state/index.ts';
import { language } from '../../transforms/language.ts';
import { redactor } from '../../transforms/redact.ts';
import { text } from '../../transforms/text.ts';
import type { Account } from '../accounts.ts';
import { clockOf } from '../contracts/stand-in.ts';
import { createDatabase } from '../postgres.ts';

export interface TrialOptions {
  /** Each attempt may take this long; a hanging vendor then costs a test little. */
  readonly timeoutMs?: number;
  readonly attempts?: number;
  /** Settings in place of the account's own. */
  readonly settings?: Environment;
  /** What the vendor does in every run, besides what it is asked to. */
  readonly habits?: readonly Fault[];
}

/** An account, a warehouse, and lanes of its own in the state that all tests of a file share. */
export interface Trial<S extends Sandbox = Sandbox> {
  readonly sandbox: S;
  readonly sink: Sink;
  /** Sets these faults, runs once, and clears them. Throws where one of them never struck: such a run proves nothing. */
  run(faults?: readonly Fault[]): Promise<RunRecord>;
  /** What the warehouse does not hold as the vendor does. */
  differences(): Promise<readonly string[]>;
  /** Of its own lanes. */
  bookmarks(): Promise<readonly Bookmark[]>;
  /** So much happens that every stream has work to do, and settles. */
  busy(): void;
  close(): Promise<void>;
}

const silent = createLog({ level: 'silent', destination: process.stderr, scrub: (words) => words });
/** Renewed by real time, and longer than any test: who moves the stand-in's clock must not run through the leases. */
const LEASE_TTL_MS = 24 * 3_600_000;
/** Small loads, so that a fault strikes between two of them. */
const LOAD_ROWS = '20';

let shared: State | undefined;

/** For the top of a file: its tests share one state, and each has lanes of its own in it. */
export function shareState(): void {
  beforeAll(async () => {
    const home = await mkdtemp(join(tmpdir(), 'pipeline-faults-'));
    shared = await openState({
      url: await createDatabase(),
      home,
      key: Buffer.alloc(32, 7).toString('base64'),
    });
  });
  afterAll(async () => {
    await shared?.close();
  });
}

/** A trial that ends with its test. */
export async function openTrial<S extends Sandbox>(
  starting: Promise<Account<S>>,
  options: TrialOptions = {},
): Promise<Trial<S>> {
  const trial = startTrial(await starting, options);
  onTestFinished(() => trial.close());
  return trial;
}

/** A trial that somebody else closes. */
export function startTrial<S extends Sandbox>(
  account: Account<S>,
  { timeoutMs = 20_000, attempts = 6, settings = {}, habits = [] }: TrialOptions = {},
): Trial<S> {
  const { sandbox, connector } = account;
  const state = shared;
  if (state === undefined) throw new Error('call shareState() at the top of the file');
  const sink = memorySink();
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  const vendorClock = clockOf(sandbox);
  const clock: Clock = {
    ...vendorClock,
    sleep: (ms, signal) =>
      ms === LEASE_TTL_MS / 3 ? systemClock.sleep(ms, signal) : vendorClock.sleep(ms, signal),
  };
  const trial = pipeline({
    name: `trial_${newId('t', new Date())}`,
    source: connector,
    transforms: [text({ redactor: redactor() }), language()],
  });
  return {
    sandbox,
    sink,
    async run(faults = []) {
      sandbox.faults.set([...faults, ...habits]);
      // The limiter of one run: every run of the command has its own.
      const limiter = createLimiter({ clock: vendorClock });
      const io: Io = {
        env: { PIPELINE_LOAD_ROWS: LOAD_ROWS, ...account.settings(), ...settings },
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
        leaseTtlMs: LEASE_TTL_MS,
      });
      const idle = sandbox.faults
        .list()
        .slice(0, faults.length)
        .filter(({ fired }) => fired === 0);
      sandbox.faults.clear();
      if (idle.length > 0) throw new Error(`never struck: ${JSON.stringify(idle)}`);
      return record;
    },
    differences: () => account.differences(sink),
    bookmarks: async () => (await state.bookmarks()).filter(({ lane }) => lane.startsWith(`${trial.name}/`)),
    busy: () => account.busy(),
    async close() {
      await sandbox.close();
      await guard.close();
    },
  };
}

// -------------------------------------------------------------------------------------------------------- what passes

/** One feed of a vendor: a part of its path, and the request of it that a fault should hit, by default its first. */
export type Feed = Pick<Fault, 'path' | 'nth' | 'method' | 'contains'>;

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
  return feeds.map((feed) => ({ ...feed, ...fault }));
}

/** A run under these faults must succeed with the tables equal to the truth. */
export async function expectPassed(trial: Trial, faults: readonly Fault[] = []): Promise<RunRecord> {
  const record = await trial.run(faults);
  expect(complaintsOf(record)).toEqual({});
  expect(record.status).toBe('succeeded');
  expect(await trial.differences()).toEqual([]);
  return record;
}

/** And once more after changes, births and deletions: what passed must not have left a bookmark in a wrong place either. */
export async function expectKeptUp(trial: Trial, faults: readonly Fault[] = []): Promise<void> {
  await expectPassed(trial, faults);
  trial.busy();
  await expectPassed(trial);
}

/** The streams that did not succeed, or speak of an error all the same, each with the code that says why; one that is not on the account is no failure. */
export function complaintsOf(record: RunRecord): { readonly [stream: string]: string } {
  return Object.fromEntries(
    record.streams
      .filter(({ status, error }) => status !== 'skipped' && (status !== 'succeeded' || error !== null))
      .map(({ stream, error }) => [stream, error?.code ?? 'said nothing']),
  );
}

// --------------------------------------------------------------------------------------------------------- what lasts

export interface Lasting extends TrialOptions {
  readonly title: string;
  readonly faults: readonly Omit<Fault, 'count'>[];
  /** Default: `partial`. */
  readonly status?: 'partial' | 'failed';
  /** Which streams complain, and with which code. */
  readonly because: { readonly [stream: string]: string };
  /** The fault comes after the last record, so that nothing is missing all the same. */
  readonly complete?: boolean;
}

/** A run under these faults, for ever, must not claim success and must keep what it read; the next one completes it. */
export async function expectTold(
  trial: Trial,
  { faults, status = 'partial', because, complete = false }: Omit<Lasting, 'title'>,
): Promise<void> {
  const record = await trial.run(faults.map((fault) => ({ ...fault, count: 'always' })));
  expect(complaintsOf(record)).toEqual(because);
  expect(record.status).toBe(status);
  for (const { error } of record.streams.filter(({ stream }) => stream in because)) {
    expect(error?.message.length).toBeGreaterThan(20);
    expect(error?.hint).not.toBe('');
  }
  const loaded = record.streams.reduce((sum, stream) => sum + stream.loaded, 0);
  expect(loaded > 0).toBe(status === 'partial');
  expect((await trial.differences()).length === 0).toBe(complete);
  await expectPassed(trial);
}

/** Credentials that end in this stream's reading: it says which setting to look at, and the next run completes it. Returns both. */
export async function expectSignIn(
  trial: Trial,
  faults: readonly Fault[],
  told: { readonly stream: string; readonly code: string; readonly setting: string },
): Promise<readonly [RunRecord, RunRecord]> {
  const record = await trial.run(faults);
  expect(record.status).not.toBe('succeeded');
  const failed = record.streams.find(({ stream }) => stream === told.stream);
  expect(failed?.error).toMatchObject({ code: told.code });
  expect(failed?.error?.hint).toContain(told.setting);
  return [record, await expectPassed(trial)];
}
