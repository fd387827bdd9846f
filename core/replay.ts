// Tries rejected records again, after their cause was mended: the same mapping, the same load path, the same guards.

import type { Io } from './context.ts';
import { createContext } from './context.ts';
import { feedbackOf, feedbackTable } from './feedback.ts';
import { newId } from './ids.ts';
import { createColumnPins } from './names.ts';
import { keyOf } from './tally.ts';
import type { Owner, Pipeline, Row, Sink, State, StoredReject, Stream, Table } from './types.ts';

export interface Replay {
  readonly loaded: number;
  /** Rejects that still cannot be loaded; they stay. */
  readonly stillRejected: readonly { readonly rejectId: string; readonly reason: string }[];
}

/**
 * Loads what can be loaded now and marks it replayed. A replayed row carries the time at which it was first read, so that it
 * never overwrites what was read since. Safe to repeat and to interrupt: a row is marked only after it is durable.
 */
export async function replayRejects(options: {
  readonly pipeline: Pipeline;
  readonly rejects: readonly StoredReject[];
  readonly io: Io;
  readonly state: State;
  readonly sink: Sink;
  readonly owner: Owner;
  readonly signal: AbortSignal;
}): Promise<Replay> {
  const { pipeline, rejects, io, state, sink, owner, signal } = options;
  const pins = createColumnPins(await state.columnNames());
  const stillRejected: { rejectId: string; reason: string }[] = [];
  let loaded = 0;
  for (const stream of pipeline.source.streams) {
    const mine = rejects.filter(({ lane }) => streamOf(lane) === stream.name);
    if (mine.length === 0) continue;
    const lane = `${pipeline.name}/${stream.name}/replay`;
    const context = createContext({ io, lane, signal, secrets: state.secrets, pins });
    const tables = await stream.tables(context);
    const feedback = feedbackTable(pipeline.transforms);
    const loadTables = stream.feedback === undefined ? tables : [...tables, feedback];
    const load = await sink.begin({
      loadId: newId('load', io.clock.now()),
      runId: owner.runId,
      pipeline: pipeline.name,
      stream: stream.name,
      lane,
      epoch: 0,
      tables: loadTables,
    });
    const done: string[] = [];
    try {
      for (const reject of mine) {
        const row = readAgain(stream, reject, tables, context);
        if (row === undefined) {
          const reason = context.takeRejects()[0]?.reason ?? reject.reason;
          stillRejected.push({ rejectId: reject.rejectId, reason });
          continue;
        }
        const readAt = new Date(reject.at);
        await load.write({ table: reject.table, rows: [row], readAt });
        const words = feedbackOf(stream, { [reject.table]: [row] }, pipeline.transforms);
        if (words.rows.length > 0)
          await load.write({ table: feedback.name, rows: words.rows, tombstones: words.tombstones, readAt });
        done.push(reject.rejectId);
      }
      if (done.length > 0) await load.commit(null);
      else await load.abort();
    } catch (thrown) {
      await load.abort();
      throw thrown;
    }
    await state.markReplayed(done);
    loaded += done.length;
  }
  return { loaded, stillRejected };
}

function readAgain(
  stream: Stream,
  reject: StoredReject,
  tables: readonly Table[],
  context: Parameters<Stream['tables']>[0],
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
