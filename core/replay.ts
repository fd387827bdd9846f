// Tries rejected records again, after their cause was mended: the same mapping, the same load path, the same guards.

import type { Io, StreamContext } from './context.ts';
import { createContext } from './context.ts';
import { asPipelineError } from './errors.ts';
import { feedbackOf, feedbackTable } from './feedback.ts';
import { newId } from './ids.ts';
import { describeTables } from './lane-run.ts';
import { type ColumnPins, createColumnPins } from './names.ts';
import { keyOf } from './tally.ts';
import type {
  Owner,
  Pipeline,
  Row,
  RunStatus,
  Sink,
  State,
  StoredReject,
  Stream,
  StreamReport,
  Table,
} from './types.ts';

export interface ReplayOptions {
  readonly pipeline: Pipeline;
  readonly rejects: readonly StoredReject[];
  readonly io: Io;
  readonly state: State;
  readonly sink: Sink;
  readonly owner: Owner;
  readonly signal: AbortSignal;
}

export interface Replay {
  readonly loaded: number;
  /** Rejects that still cannot be loaded; they stay. */
  readonly stillRejected: readonly StillRejected[];
}

export interface StillRejected {
  readonly rejectId: string;
  readonly reason: string;
}

/**
 * Loads what can be loaded now and marks it replayed, as a run of the lane `replay` with a record of its own. A replayed row
 * carries the time at which it was first read, so that it never overwrites what was read since. Safe to repeat and to
 * interrupt: a row is marked only after it is durable.
 */
export async function replayRejects(options: ReplayOptions): Promise<Replay> {
  const { pipeline, rejects, io, state, sink, owner } = options;
  await state.startRun({
    runId: owner.runId,
    pipeline: pipeline.name,
    lane: 'replay',
    status: 'running',
    sink: sink.location,
    startedAt: io.clock.now().toISOString(),
    owner,
  });
  const end = (status: RunStatus, error: StreamReport['error']): Promise<void> =>
    state.endRun(owner.runId, { status, labels: {}, costUsd: 0, error });
  const pins = createColumnPins(await state.columnNames());
  const stillRejected: StillRejected[] = [];
  let loaded = 0;
  try {
    for (const stream of pipeline.source.streams) {
      const mine = rejects.filter(({ lane }) => streamOf(lane) === stream.name);
      if (mine.length === 0) continue;
      const outcome = await replayStream(options, stream, mine, pins);
      loaded += outcome.loaded;
      stillRejected.push(...outcome.stillRejected);
    }
  } catch (thrown) {
    const { kind, code, message, hint } = asPipelineError(thrown);
    await end(options.signal.aborted ? 'interrupted' : 'failed', { kind, code, message, hint: hint ?? null });
    throw thrown;
  }
  await end(stillRejected.length === 0 ? 'succeeded' : 'partial', null);
  return { loaded, stillRejected };
}

async function replayStream(
  options: ReplayOptions,
  stream: Stream,
  rejects: readonly StoredReject[],
  pins: ColumnPins,
): Promise<Replay> {
  const { pipeline, io, state, sink, owner, signal } = options;
  const startedMs = io.clock.monotonicMs();
  const lane = `${pipeline.name}/${stream.name}/replay`;
  const context = createContext({ io, lane, signal, secrets: state.secrets, pins });
  const tables = await describeTables({ stream, pins, state }, context);
  const { mask } = pipeline;
  for (const table of tables) mask?.check(table);
  const feedback = feedbackTable(pipeline.transforms);
  const load = await sink.begin({
    loadId: newId('load', io.clock.now()),
    runId: owner.runId,
    pipeline: pipeline.name,
    stream: stream.name,
    lane,
    epoch: 0,
    tables: stream.feedback === undefined ? tables : [...tables, feedback],
  });
  const stillRejected: StillRejected[] = [];
  const done: string[] = [];
  let utterances = 0;
  try {
    for (const reject of rejects) {
      const row = readAgain(stream, reject, tables, context);
      if (row === undefined) {
        const reason = context.takeRejects()[0]?.reason ?? reject.reason;
        stillRejected.push({ rejectId: reject.rejectId, reason });
        continue;
      }
      const readAt = new Date(reject.at);
      const table = tables.find(({ name }) => name === reject.table);
      const masked = table === undefined ? [row] : (mask?.apply(table, [row]) ?? [row]);
      await load.write({ table: reject.table, rows: masked, readAt });
      const words = await feedbackOf(stream, { [reject.table]: [row] }, pipeline.transforms);
      if (words.rows.length + words.tombstones.length > 0) {
        await load.write({
          table: feedback.name,
          rows: mask?.apply(feedback, words.rows) ?? words.rows,
          tombstones: words.tombstones,
          readAt,
        });
      }
      utterances += words.rows.length;
      done.push(reject.rejectId);
    }
    if (done.length > 0) await load.commit(null);
    else await load.abort();
  } catch (thrown) {
    await load.abort();
    throw thrown;
  }
  await state.markReplayed(done);
  await state.saveStream(owner.runId, {
    stream: stream.name,
    lane,
    status: stillRejected.length === 0 ? 'succeeded' : 'partial',
    read: rejects.length,
    loaded: done.length,
    deleted: 0,
    rejected: stillRejected.length,
    repeated: 0,
    expected: null,
    feedback: utterances,
    pages: 0,
    loads: done.length > 0 ? 1 : 0,
    http: { ...context.metrics, waitMs: Math.round(context.metrics.waitMs) },
    durationMs: Math.round(io.clock.monotonicMs() - startedMs),
    caughtUpTo: null,
    error: null,
  });
  return { loaded: done.length, stillRejected };
}

function readAgain(
  stream: Stream,
  reject: StoredReject,
  tables: readonly Table[],
  context: StreamContext,
): Row | undefined {
  const table = tables.find(({ name }) => name === reject.table);
  if (table === undefined) return undefined;
  const mapped = stream.remap?.(reject.table, reject.row, context);
  return mapped !== undefined && keyOf(table, mapped) !== undefined ? mapped : undefined;
}

/** `tickets` of `zendesk/tickets@2026-01-01..`. */
function streamOf(lane: string): string {
  return lane.slice(lane.indexOf('/') + 1).replace(/[@/].*$/, '');
}
