// Runs one pipeline: takes its lanes, reads its streams side by side, tells what came of it, and labels what was loaded.

import pLimit from 'p-limit';
import type { Io } from './context.ts';
import { enrich } from './enrich.ts';
import { asPipelineError, PipelineError } from './errors.ts';
import { failpoint } from './failpoint.ts';
import { newId } from './ids.ts';
import { runLane } from './lane-run.ts';
import { backfillLane, liveLane, windowName } from './lanes.ts';
import { keepLeases } from './lease-keeper.ts';
import { loadOnce } from './load-once.ts';
import { createColumnPins } from './names.ts';
import { FRESHNESS_TABLE } from './tables.ts';
import type {
  LabelCounts,
  LedgerEntry,
  LogFields,
  Owner,
  Pipeline,
  RunRecord,
  RunStatus,
  Sink,
  State,
  Stream,
  StreamReport,
  Window,
} from './types.ts';

export interface RunOptions {
  readonly pipeline: Pipeline;
  readonly io: Io;
  readonly state: State;
  readonly sink: Sink;
  /**
   * The sink's ledger, where it was read while the state was opened: two databases at once take half the time. Else it is read
   * here. It only says which streams were ever read; where a lane starts is asked again once the lane is ours.
   */
  readonly ledger?: readonly LedgerEntry[];
  readonly owner: Owner;
  readonly signal: AbortSignal;
  /** Only these streams; all without it. */
  readonly streams?: readonly string[];
  /** A backfill of this span; the live lanes without it. */
  readonly window?: Window;
  /** False leaves the labels to a later `pipeline enrich`. Default true. */
  readonly labels?: boolean;
  readonly leaseTtlMs: number;
  readonly onProgress?: (progress: Progress) => void;
}

export type Progress =
  | { readonly at: 'stream'; readonly report: StreamReport }
  | { readonly at: 'labels'; readonly done: number; readonly waiting: number }
  | { readonly at: 'note'; readonly message: string };

interface Plan {
  readonly stream: Stream;
  readonly lane: string;
  readonly window: Window;
}

/**
 * Runs the pipeline once. Resolves with the run's record, whatever came of it; throws only before anything was started:
 * `config` for bad usage, `transient lane.busy` when another run holds one of the lanes.
 */
export async function runPipeline(options: RunOptions): Promise<RunRecord> {
  const { pipeline, state, sink, io, owner } = options;
  const streams = chooseStreams(pipeline, options.streams);
  const entries = options.ledger ?? (await sink.ledger());
  const ledger = new Map(entries.map((entry) => [entry.lane, entry]));
  const plans = await planLanes(options, streams, ledger);
  const leases = await state.acquire(
    plans.map((plan) => plan.lane),
    owner,
    options.leaseTtlMs,
  );
  failpoint('lane.acquired');
  const keeper = keepLeases({ state, leases, ttlMs: options.leaseTtlMs, clock: io.clock, log: io.log });
  const signal = AbortSignal.any([options.signal, keeper.signal]);
  const startedAt = io.clock.now().toISOString();
  const lane = options.window === undefined ? 'live' : windowName(options.window);
  await state.startRun({
    runId: owner.runId,
    pipeline: pipeline.name,
    lane,
    status: 'running',
    sink: sink.location,
    startedAt,
    owner,
  });

  const onEvent = eventWriter(options);
  const pins = createColumnPins(await state.columnNames());
  const leaseOf = new Map(leases.map((lease) => [lease.lane, lease]));
  const limit = pLimit(pipeline.concurrency ?? 3);
  const reports = await Promise.all(
    plans.map((plan) =>
      limit(async () => {
        const lease = leaseOf.get(plan.lane);
        if (lease === undefined)
          throw new PipelineError('bug', 'lane.no_lease', `No lease for ${plan.lane}.`);
        const report = await runLane({
          ...plan,
          pipeline,
          lease,
          runId: owner.runId,
          io,
          state,
          sink,
          pins,
          signal,
          onProgress: (progress) => options.onProgress?.({ at: 'stream', report: progress }),
          onEvent,
        });
        await state.saveStream(owner.runId, report);
        options.onProgress?.({ at: 'stream', report });
        return report;
      }),
    ),
  );

  let error: RunRecord['error'] = null;
  let labels: LabelCounts = {};
  let costUsd = 0;
  let status = overall(reports);
  try {
    const warehouseFailed = reports.some((report) => report.error?.code.startsWith('sink.'));
    if (!warehouseFailed && !signal.aborted) {
      await writeFreshness(options, reports);
      await sink.publishMarts();
    }
    failpoint('run.before-release');
    await keeper.release();
    if (options.labels !== false && pipeline.labels !== undefined && !options.signal.aborted) {
      const outcome = await enrich({
        ...options,
        onWaiting: (done, waiting) => options.onProgress?.({ at: 'labels', done, waiting }),
        onEvent,
      });
      labels = outcome.labels;
      costUsd = outcome.costUsd;
      if (outcome.stopped !== null)
        onEvent('labels.stopped', { code: outcome.stopped.code, message: outcome.stopped.message });
    }
  } catch (thrown) {
    // Kept any longer, the lanes would be closed to the next run, and this process would not end.
    await keeper.release();
    const failed = asPipelineError(thrown);
    error = { kind: failed.kind, code: failed.code, message: failed.message, hint: failed.hint ?? null };
    status = status === 'succeeded' ? 'partial' : status;
  }
  if (options.signal.aborted) status = 'interrupted';
  await onEvent.flush();
  await state.endRun(owner.runId, { status, labels, costUsd, error });
  const record = await state.run(owner.runId);
  if (record === undefined)
    throw new PipelineError('bug', 'run.no_record', `The record of run ${owner.runId} is gone.`);
  return record;
}

function chooseStreams(pipeline: Pipeline, names: readonly string[] | undefined): readonly Stream[] {
  const all = pipeline.source.streams;
  if (names === undefined) return all;
  const unknown = names.filter((name) => !all.some((stream) => stream.name === name));
  if (unknown.length > 0) {
    throw new PipelineError(
      'config',
      'pipeline.unknown_stream',
      `${pipeline.name} has no stream ${unknown.join(', ')}.`,
      {
        hint: `It has: ${all.map((stream) => stream.name).join(', ')}.`,
      },
    );
  }
  return all.filter((stream) => names.includes(stream.name));
}

/**
 * A window gets a lane of its own, so that the live bookmark stays as it is. Where a stream was never read and the window has
 * no end, the window's start becomes the start of the live lane: there is nothing yet that a backfill could leave alone.
 */
async function planLanes(
  options: RunOptions,
  streams: readonly Stream[],
  ledger: ReadonlyMap<string, LedgerEntry>,
): Promise<readonly Plan[]> {
  const { pipeline, state, window, io } = options;
  const plans: Plan[] = [];
  const becomesLive: string[] = [];
  for (const stream of streams) {
    const live = liveLane(pipeline.name, stream.name);
    if (window === undefined) {
      plans.push({ stream, lane: live, window: {} });
      continue;
    }
    const known = ledger.has(live) || (await state.bookmark(live)) !== undefined;
    if (!known && window.until === undefined) {
      becomesLive.push(stream.name);
      plans.push({ stream, lane: live, window });
    } else {
      const until = window.until ?? io.clock.now();
      const since = window.since === undefined ? {} : { since: window.since };
      plans.push({
        stream,
        lane: backfillLane(pipeline.name, stream.name, window),
        window: { ...since, until },
      });
    }
  }
  if (becomesLive.length > 0) {
    const since = window?.since?.toISOString().slice(0, 10) ?? 'the beginning';
    options.onProgress?.({
      at: 'note',
      message: `Nothing was read of ${becomesLive.join(', ')} yet: the live lane starts at ${since}.`,
    });
  }
  return plans;
}

/** Some streams lost: partial. All lost: failed. */
function overall(reports: readonly StreamReport[]): RunStatus {
  const bad = reports.filter((r) => r.status !== 'succeeded' && r.status !== 'skipped');
  if (bad.length === 0) return 'succeeded';
  if (bad.some((r) => r.status === 'interrupted')) return 'interrupted';
  const something = reports.some((r) => r.status === 'succeeded' || r.loads > 0 || r.status === 'partial');
  return something ? 'partial' : 'failed';
}

/** One row a lane, also where nothing changed: the only way to see that a quiet stream is a healthy one. */
async function writeFreshness(options: RunOptions, reports: readonly StreamReport[]): Promise<void> {
  const { sink, pipeline, owner, io } = options;
  const now = io.clock.now();
  const rows = reports.map((report) => ({
    lane: report.lane,
    pipeline: pipeline.name,
    stream: report.stream,
    status: report.status,
    run_id: owner.runId,
    checked_at: now.toISOString(),
    caught_up_to: report.caughtUpTo,
    rows_loaded: report.loaded,
    rows_rejected: report.rejected,
  }));
  const start = {
    loadId: newId('load', now),
    runId: owner.runId,
    pipeline: pipeline.name,
    stream: 'freshness',
    lane: `${pipeline.name}/freshness`,
    epoch: 0,
    tables: [FRESHNESS_TABLE],
  };
  await loadOnce(sink, start, [{ table: FRESHNESS_TABLE.name, rows, readAt: now }], null);
}

interface EventWriter {
  (event: string, fields: LogFields): void;
  flush(): Promise<void>;
}

/** Events go to the log at once and to the state in order, without holding up the load. */
function eventWriter({ state, io, owner }: RunOptions): EventWriter {
  let last: Promise<void> = Promise.resolve();
  const write = (event: string, fields: LogFields): void => {
    io.log.info(event, { run: owner.runId, ...fields });
    const at = io.clock.now().toISOString();
    last = last.then(() => state.addEvents([{ at, runId: owner.runId, event, fields }]));
    last.catch((thrown: unknown) => io.log.warn('event.lost', { code: asPipelineError(thrown).code }));
  };
  return Object.assign(write, { flush: () => last });
}
