// The enrichment lane: labels what the warehouse holds without a label, whatever the models do, and never twice the same text.
//
// The warehouse itself is the queue (docs/decisions/): an utterance waits as long as it has no label for its present text. So
// nothing has to be enqueued while loading, nothing can be lost between two stores, and an outage only makes the queue longer.

import type { Io, StreamContext } from './context.ts';
import { createContext } from './context.ts';
import { asPipelineError, PipelineError } from './errors.ts';
import { newId } from './ids.ts';
import { type BatchLane, createBatchLane } from './label-batches.ts';
import { createLabelBudget } from './label-budget.ts';
import { type Cascade, cutQueue } from './label-cascade.ts';
import { createLabelDesk } from './label-desk.ts';
import { createEstimator, type Estimate } from './label-estimate.ts';
import type { Chance } from './label-packs.ts';
import { checkRetirement, retirementText } from './label-retirement.ts';
import { type LabelledText, sentimentRow, without } from './labelled-text.ts';
import { labelsLane } from './lanes.ts';
import { keepLeases } from './lease-keeper.ts';
import { loadOnce } from './load-once.ts';
import { SENTIMENT_HISTORY_TABLE, SENTIMENT_TABLE } from './tables.ts';
import type {
  ErrorReport,
  LabelCounts,
  Labeller,
  LabelStatus,
  LogFields,
  Owner,
  Pipeline,
  Sink,
  State,
  Unlabelled,
  UnlabelledQuery,
} from './types.ts';

export interface EnrichOptions {
  readonly pipeline: Pipeline;
  readonly io: Io;
  readonly state: State;
  readonly sink: Sink;
  readonly owner: Owner;
  readonly signal: AbortSignal;
  readonly leaseTtlMs: number;
  /** Also label anew what another prompt, or the offline model, labelled. */
  readonly stale?: boolean;
  /** At most this much in this run, besides the caps of the day. */
  readonly budgetUsd?: number;
  /** The share of the queue that goes on from the offline model to a provider, instead of the pipeline's own. */
  readonly cascade?: number;
  /** Hand texts over to be answered within a day, for less, where a provider offers that. */
  readonly batch?: boolean;
  /** What order and canaries of packs are drawn from; tests give a seed. */
  readonly chance?: Chance;
  readonly onWaiting?: (done: number, waiting: number) => void;
  readonly onEvent?: (event: string, fields: LogFields) => void;
}

export interface Enrichment {
  readonly labels: LabelCounts;
  readonly costUsd: number;
  /** Why it ended before the queue was empty; null when the queue is empty. */
  readonly stopped: ErrorReport | null;
  /** Sentences for the operator: caps that are nearly used, models that their vendor ends. */
  readonly warnings: readonly string[];
  /** Batches that providers still work on. */
  readonly openBatches: number;
}

/**
 * How many utterances are taken from the warehouse, and written back, at a time. Live labels are written often, for a crash to
 * cost little; what is handed over as a batch is one batch at most.
 */
const PART = { offline: 5000, provider: 400, batch: 20_000 } as const;

/** Statuses that a plain run tries again. */
const RETRY: readonly LabelStatus[] = ['pending', 'skipped_budget'];

type Queue = Omit<UnlabelledQuery, 'after' | 'limit'>;

function queueOf(options: EnrichOptions, labels: Labeller): Queue {
  const source = options.pipeline.source.name;
  if (options.stale !== true) return { source, retry: RETRY };
  return { source, retry: [...RETRY, 'offline', 'failed'], stalePromptVersion: labels.promptVersion };
}

/**
 * Works the queue until it is empty, the money is spent, or nobody is left to be asked. Throws only for what is wrong on our side
 * of the providers (warehouse, state); what the models do ends up in the counts and in `stopped`.
 */
export async function enrich(options: EnrichOptions): Promise<Enrichment> {
  const { pipeline, state, sink, io, owner } = options;
  const labeller = pipeline.labels;
  if (labeller === undefined) return NOTHING;
  const lane = labelsLane(pipeline.name);
  const leases = await state.acquire([lane], owner, options.leaseTtlMs);
  const keeper = keepLeases({ state, leases, ttlMs: options.leaseTtlMs, clock: io.clock, log: io.log });
  const signal = AbortSignal.any([options.signal, keeper.signal]);
  const epoch = leases[0]?.epoch ?? 0;
  try {
    await sink.fence(lane, epoch);
    const context = contextOf(options, lane, signal);
    return await workQueue({ ...options, signal }, labeller, context, { lane, epoch });
  } catch (thrown) {
    throw signal.aborted && !(thrown instanceof PipelineError) ? asPipelineError(signal.reason) : thrown;
  } finally {
    await keeper.release();
  }
}

const NOTHING: Enrichment = { labels: {}, costUsd: 0, stopped: null, warnings: [], openBatches: 0 };

async function workQueue(
  options: EnrichOptions,
  labeller: Labeller,
  context: StreamContext,
  lane: { readonly lane: string; readonly epoch: number },
): Promise<Enrichment> {
  const { state, sink, signal } = options;
  const routes = labeller.routes(options.io.env);
  const budget = createLabelBudget({ ...options, context, runId: options.owner.runId });
  const batchLane =
    routes &&
    createBatchLane({ ...options, pipeline: options.pipeline.name, labeller, routes, budget, context });
  const collected = await batchLane?.collect();
  const retiring = await checkRetirement({ ...options, providers: routes?.providers ?? [], context });
  const queue = queueOf(options, labeller);
  const waiting = await sink.countUnlabelled(queue);
  const cascade =
    waiting === 0 || routes === undefined ? undefined : await cascadeOf(options, labeller, queue);
  const desk = createLabelDesk({
    labeller,
    routes,
    context,
    state,
    budget,
    cascade,
    ...(collected === undefined ? {} : { collected: collected.labels }),
    handOver: options.batch === true ? batchLane?.handOver : undefined,
    onEvent: options.onEvent,
    chance: options.chance,
  });
  const counts: Partial<Record<keyof LabelCounts, number>> = {};
  const limit = partSize(options, batchLane);
  let after = '';
  let done = 0;
  if (waiting > 0) options.onWaiting?.(0, waiting);
  while (waiting > 0) {
    signal.throwIfAborted();
    const part = await sink.unlabelled({ ...queue, after, limit });
    const last = part.at(-1);
    if (last === undefined) break;
    after = last.feedbackId;
    const labelled = await desk.label(part);
    await writeLabels(options, lane, part, labelled, labeller.promptVersion);
    // The first labels make their table, and only then can the views for analysts show them.
    if (done === 0) await sink.publishMarts();
    for (const { status, cached } of labelled) {
      counts[status] = (counts[status] ?? 0) + 1;
      if (cached) counts.cached = (counts.cached ?? 0) + 1;
    }
    done += part.length;
    options.onWaiting?.(done, Math.max(waiting, done));
    // In a cascade the offline model still has work to do.
    if (desk.exhausted && cascade === undefined) break;
  }
  if (desk.exhausted && desk.stopped !== null) {
    const left = Math.max(0, waiting - done);
    const status = desk.stopped.code === 'label.budget' ? 'skipped_budget' : 'pending';
    if (left > 0) counts[status] = (counts[status] ?? 0) + left;
  }
  const labelsWait = (counts.pending ?? 0) + (counts.skipped_budget ?? 0) > 0;
  return {
    labels: counts,
    costUsd: budget.costUsd + (collected?.costUsd ?? 0),
    // A fallback that answered everything leaves nothing to stop for.
    stopped: labelsWait ? desk.stopped : null,
    warnings: [...budget.warnings, ...retiring.map(retirementText)],
    openBatches: options.batch === true || collected?.open ? await openBatches(options) : 0,
  };
}

async function openBatches({ state, pipeline }: EnrichOptions): Promise<number> {
  return (await state.openBatches(pipeline.name)).length;
}

function partSize(options: EnrichOptions, batchLane: BatchLane | undefined): number {
  if (batchLane === undefined) return PART.offline;
  return options.batch === true ? PART.batch : PART.provider;
}

function contextOf({ io, state }: EnrichOptions, lane: string, signal: AbortSignal): StreamContext {
  return createContext({ io, lane, signal, secrets: state.secrets, pins: { column: () => '' } });
}

/** Undefined where everything goes to a provider. */
async function cascadeOf(
  options: EnrichOptions,
  labeller: Labeller,
  query: Queue,
): Promise<Cascade | undefined> {
  const share = options.cascade ?? labeller.cascade;
  if (share === undefined || share >= 1) return undefined;
  return cutQueue({ ...options, query, labeller, share });
}

/** What labelling the whole queue would cost; nothing is sent, nothing is written. */
export async function estimate(options: EnrichOptions): Promise<Estimate & { readonly model: string }> {
  const { pipeline, sink, io, state } = options;
  const labeller = pipeline.labels;
  if (labeller === undefined) return { ...NOTHING_WAITS, model: 'none' };
  const queue = queueOf(options, labeller);
  const routes = labeller.routes(io.env);
  const cascade = routes === undefined ? undefined : await cascadeOf(options, labeller, queue);
  const estimator = createEstimator({ labeller, routes, state, cascade, batch: options.batch === true });
  const limit = options.batch === true ? PART.batch : PART.provider;
  for (let after = ''; ; ) {
    options.signal.throwIfAborted();
    const part = await sink.unlabelled({ ...queue, after, limit: ESTIMATE_PARTS * limit });
    const last = part.at(-1);
    if (last === undefined) break;
    after = last.feedbackId;
    // In the parts that a run would take, so that its half-filled packs are counted too.
    for (let at = 0; at < part.length; at += limit) await estimator.add(part.slice(at, at + limit));
  }
  const total = estimator.total();
  const models = [...new Set(total.providers.map(({ model }) => model))];
  return { ...total, model: models.length > 0 ? models.join(', ') : labeller.offlineModel };
}

/** An estimate reads so many parts at a time. */
const ESTIMATE_PARTS = 12;

const NOTHING_WAITS: Estimate = {
  waiting: 0,
  texts: 0,
  cached: 0,
  offline: 0,
  underWay: 0,
  tokens: 0,
  usd: 0,
  atMostUsd: 0,
  providers: [],
};

async function writeLabels(
  options: EnrichOptions,
  { lane, epoch }: { readonly lane: string; readonly epoch: number },
  part: readonly Unlabelled[],
  labelled: readonly LabelledText[],
  promptVersion: string,
): Promise<void> {
  const { sink, pipeline, owner, io } = options;
  const now = io.clock.now();
  const rows = part.map((utterance, i) => {
    const outcome = labelled[i] ?? without('failed', 'label.lost', undefined);
    return sentimentRow(utterance, outcome, promptVersion, now);
  });
  const given = rows.filter((row) => row['label'] !== null);
  await loadOnce(
    sink,
    {
      loadId: newId('load', now),
      runId: owner.runId,
      pipeline: pipeline.name,
      stream: 'labels',
      lane,
      epoch,
      tables: [SENTIMENT_TABLE, SENTIMENT_HISTORY_TABLE],
    },
    [
      { table: SENTIMENT_TABLE.name, rows, readAt: now },
      ...(given.length > 0 ? [{ table: SENTIMENT_HISTORY_TABLE.name, rows: given, readAt: now }] : []),
    ],
    { after: part.at(-1)?.feedbackId ?? '' },
  );
}
