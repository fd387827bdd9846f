// Runs the Zendesk pipeline in this process through the real connector and the real fetch, while the stand-in misbehaves.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zendesk } from '../../connectors/zendesk.ts';
import { createAddressGuard } from '../../core/address-guard.ts';
import { systemClock } from '../../core/clock.ts';
import type { Io } from '../../core/context.ts';
import { runPipeline } from '../../core/engine.ts';
import { createFetch } from '../../core/http.ts';
import { newId } from '../../core/ids.ts';
import { createLimiter } from '../../core/limiter.ts';
import { createLog } from '../../core/log.ts';
import { pipeline } from '../../core/pipeline.ts';
import type { Environment, RunRecord, Sink, State } from '../../core/types.ts';
import type { Fault } from '../../sandbox/faults.ts';
import { startZendesk, type ZendeskOptions, type ZendeskSandbox } from '../../sandbox/zendesk.ts';
import { openSink } from '../../sinks/index.ts';
import { openState, thisProcess } from '../../state/index.ts';
import { language } from '../../transforms/language.ts';
import { redactor } from '../../transforms/redact.ts';
import { text } from '../../transforms/text.ts';
import { differences } from '../crash/oracle.ts';
import { SMALL_PAGES } from '../crash/place.ts';
import { createDatabase } from '../postgres.ts';

const silent = createLog({ level: 'silent', destination: process.stderr, scrub: (words) => words });

/** A vendor, a warehouse in a file of its own, and a lane of its own in the state that all tests of a file share. */
export interface Trial {
  readonly vendor: ZendeskSandbox;
  readonly sink: Sink;
  /** Sets these faults, runs once, and clears them. */
  run(faults?: readonly Fault[]): Promise<RunRecord>;
  /** What the warehouse does not hold as the vendor does. */
  differences(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface TrialOptions {
  readonly account?: ZendeskOptions;
  /** Each attempt may take this long; a hanging vendor then costs a test little. */
  readonly timeoutMs?: number;
  readonly attempts?: number;
  readonly env?: (vendor: ZendeskSandbox) => Environment;
}

export async function sharedState(): Promise<State> {
  return openState({
    url: await createDatabase(),
    home: await mkdtemp(join(tmpdir(), 'pipeline-faults-')),
    key: Buffer.alloc(32, 7).toString('base64'),
  });
}

export async function openTrial(state: State, options: TrialOptions = {}): Promise<Trial> {
  const { timeoutMs = 20_000, attempts = 6 } = options;
  const vendor = await startZendesk({ tickets: 70, users: 40, organizations: 30, ...options.account });
  const directory = await mkdtemp(join(tmpdir(), 'pipeline-faults-'));
  const sink = await openSink(`duckdb:${join(directory, 'warehouse.duckdb')}`, { home: directory });
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  // The limiter of one run: every run of the command has its own.
  let limiter = createLimiter({ clock: systemClock });
  const io: Io = {
    env: {
      PIPELINE_LOAD_ROWS: '20',
      ZENDESK_BASE_URL: vendor.url,
      ZENDESK_OAUTH_CLIENT_ID: vendor.credentials.clientId,
      ZENDESK_OAUTH_CLIENT_SECRET: vendor.credentials.clientSecret,
      ...options.env?.(vendor),
    },
    clock: systemClock,
    log: silent,
    fetch: (metrics, signal) => {
      const fetch = createFetch({
        clock: systemClock,
        limiter,
        guard,
        metrics,
        log: silent,
        signal,
        backoffMs: 1,
      });
      return (request) => fetch({ ...request, timeoutMs, attempts });
    },
  };
  const trial = pipeline({
    name: `trial_${newId('t', new Date())}`,
    source: zendesk(),
    transforms: [text({ redactor: redactor() }), language()],
  });
  return {
    vendor,
    sink,
    async run(faults = []) {
      vendor.faults.set([...faults, ...SMALL_PAGES]);
      limiter = createLimiter({ clock: systemClock });
      const record = await runPipeline({
        pipeline: trial,
        io,
        state,
        sink,
        owner: { runId: newId('run', new Date()), ...thisProcess() },
        signal: new AbortController().signal,
        leaseTtlMs: 30_000,
      });
      vendor.faults.clear();
      return record;
    },
    differences: () => differences(vendor.truth(), sink),
    async close() {
      await vendor.close();
      await sink.close();
      await guard.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The faults that requests with this part in their path and query met. */
export function metOf(vendor: ZendeskSandbox, path = ''): readonly string[] {
  const parts = path.split('*');
  return vendor.journal
    .list()
    .filter((visit) => parts.every((part) => visit.path.includes(part)))
    .flatMap(({ fault }) => fault ?? []);
}

/** The streams that did not succeed, each with the code that says why; a skipped one is no failure. */
export function complaintsOf(record: RunRecord): { readonly [stream: string]: string } {
  return Object.fromEntries(
    record.streams
      .filter(({ status }) => status !== 'succeeded' && status !== 'skipped')
      .map(({ stream, error }) => [stream, error?.code ?? 'said nothing']),
  );
}
