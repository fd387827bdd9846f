// The enrichment lane: labels what the warehouse holds without a label, whatever the model does, and never twice the same text.
//
// The warehouse itself is the queue (docs/decisions/): an utterance waits as long as it has no label for its present text. So
// nothing has to be enqueued while loading, nothing can be lost between two stores, and an outage only makes the queue longer.

import type { Io } from './context.ts';
import { createContext } from './context.ts';
import { asPipelineError, PipelineError } from './errors.ts';
import { newId } from './ids.ts';
import { createLabelDesk } from './label-desk.ts';
import type { LabelledText } from './labelled-text.ts';
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
  Row,
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
  /** At most this much in this run, besides the cap of the day. */
  readonly budgetUsd?: number;
  readonly onWaiting?: (done: number, waiting: number) => void;
  readonly onEvent?: (event: string, fields: LogFields) => void;
}

export interface Enrichment {
  readonly labels: LabelCounts;
  readonly costUsd: number;
  /** Why it ended before the queue was empty; null when the queue is empty. */
  readonly stopped: ErrorReport | null;
}

/** How many utterances are taken from the warehouse, and written back, at a time. */
const BATCH = { offline: 5000, provider: 400 } as const;

/** Statuses that a plain run tries again. */
const RETRY: readonly LabelStatus[] = ['pending', 'skipped_budget'];

function query(options: EnrichOptions, labels: Labeller): Omit<UnlabelledQuery, 'after' | 'limit'> {
  const source = options.pipeline.source.name;
  if (options.stale !== true) return { source, retry: RETRY };
  return { source, retry: [...RETRY, 'offline', 'failed'], stalePromptVersion: labels.promptVersion };
}

/**
 * Works the queue until it is empty, the money is spent, or the endpoint is gone. Throws only for what is wrong on our side of
 * the endpoint (warehouse, state); what the model does ends up in the counts and in `stopped`.
 */
export async function enrich(options: EnrichOptions): Promise<Enrichment> {
  const { pipeline, state, sink, io, owner } = options;
  const labeller = pipeline.labels;
  if (labeller === undefined) return { labels: {}, costUsd: 0, stopped: null };
  const lane = labelsLane(pipeline.name);
  const leases = await state.acquire([lane], owner, options.leaseTtlMs);
  const keeper = keepLeases({ state, leases, ttlMs: options.leaseTtlMs, clock: io.clock, log: io.log });
  const signal = AbortSignal.any([options.signal, keeper.signal]);
  const epoch = leases[0]?.epoch ?? 0;
  try {
    await sink.fence(lane, epoch);
    const waiting = await sink.countUnlabelled(query(options, labeller));
    const counts: Partial<Record<keyof LabelCounts, number>> = {};
    if (waiting === 0) return { labels: counts, costUsd: 0, stopped: null };
    const context = createContext({ io, lane, signal, secrets: state.secrets, pins: { column: () => '' } });
    const provider = labeller.provider(io.env);
    const desk = createLabelDesk({ ...options, labeller, provider, context });
    const limit = provider === undefined ? BATCH.offline : BATCH.provider;
    let after = '';
    let done = 0;
    options.onWaiting?.(0, waiting);
    for (;;) {
      signal.throwIfAborted();
      const batch = await sink.unlabelled({ ...query(options, labeller), after, limit });
      const last = batch.at(-1);
      if (last === undefined) break;
      after = last.feedbackId;
      const labelled = await desk.label(batch);
      await writeLabels(options, lane, epoch, batch, labelled, labeller.promptVersion);
      // The first labels of a warehouse bring a table that the views must now show.
      if (done === 0) await sink.publishMarts();
      // The first labels make their table, and only then can the views for analysts show them.
      if (done === 0) await sink.publishMarts();
      for (const { status, cached } of labelled) {
        counts[status] = (counts[status] ?? 0) + 1;
        if (cached) counts.cached = (counts.cached ?? 0) + 1;
      }
      done += batch.length;
      options.onWaiting?.(done, Math.max(waiting, done));
      if (desk.stopped !== null) break;
    }
    if (desk.stopped !== null) {
      const left = Math.max(0, waiting - done);
      const status = desk.stopped.code === 'label.budget' ? 'skipped_budget' : 'pending';
      if (left > 0) counts[status] = (counts[status] ?? 0) + left;
    }
    return { labels: counts, costUsd: desk.costUsd, stopped: desk.stopped };
  } catch (thrown) {
    throw signal.aborted && !(thrown instanceof PipelineError) ? asPipelineError(signal.reason) : thrown;
  } finally {
    await keeper.release();
  }
}

/** What labelling the whole queue would cost at most; nothing is sent. */
export async function estimate(options: EnrichOptions): Promise<{
  readonly waiting: number;
  readonly texts: number;
  readonly usd: number;
  readonly model: string;
}> {
  const { pipeline, sink, io } = options;
  const labeller = pipeline.labels;
  const provider = labeller?.provider(io.env);
  if (labeller === undefined || provider === undefined) {
    const waiting = labeller === undefined ? 0 : await sink.countUnlabelled(query(options, labeller));
    return { waiting, texts: waiting, usd: 0, model: labeller?.offlineModel ?? 'none' };
  }
  let waiting = 0;
  let usd = 0;
  let after = '';
  const seen = new Set<string>();
  for (;;) {
    const batch = await sink.unlabelled({ ...query(options, labeller), after, limit: BATCH.offline });
    const last = batch.at(-1);
    if (last === undefined) break;
    after = last.feedbackId;
    waiting += batch.length;
    const fresh = batch.filter(({ contentHash }) => !seen.has(contentHash) && seen.add(contentHash));
    for (let i = 0; i < fresh.length; i += labeller.packSize) {
      usd += provider.estimateUsd(
        fresh
          .slice(i, i + labeller.packSize)
          .map((u) => ({ id: u.feedbackId, text: u.text, language: u.language })),
      );
    }
  }
  return { waiting, texts: seen.size, usd, model: provider.model };
}

async function writeLabels(
  options: EnrichOptions,
  lane: string,
  epoch: number,
  batch: readonly Unlabelled[],
  labelled: readonly LabelledText[],
  promptVersion: string,
): Promise<void> {
  const { sink, pipeline, owner, io } = options;
  const now = io.clock.now();
  const rows = batch.map((utterance, i) => sentimentRow(utterance, labelled[i], promptVersion, now));
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
    { after: batch.at(-1)?.feedbackId ?? '' },
  );
}

function sentimentRow(
  utterance: Unlabelled,
  labelled: LabelledText | undefined,
  promptVersion: string,
  now: Date,
): Row {
  const label = labelled?.label;
  return {
    feedback_id: utterance.feedbackId,
    label: label?.label ?? null,
    score: label?.score ?? null,
    confidence: label?.confidence ?? null,
    topics: label?.topics ?? null,
    urgency: label?.urgency ?? null,
    intent: label?.intent ?? null,
    summary: label?.summary ?? null,
    status: labelled?.status ?? 'failed',
    reason: labelled?.reason ?? null,
    provider: labelled?.provider ?? null,
    model: labelled?.model ?? null,
    prompt_version: promptVersion,
    content_hash: utterance.contentHash,
    cached: labelled?.cached ?? false,
    tokens_in: labelled?.tokensIn ?? null,
    tokens_out: labelled?.tokensOut ?? null,
    tokens_cached: labelled?.tokensCached ?? null,
    cost_usd: labelled?.costUsd ?? null,
    price_version: labelled?.priceVersion ?? null,
    labelled_at: now.toISOString(),
  };
}
