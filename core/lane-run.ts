// Reads one lane from its bookmark until it has caught up: pages in, loads out, and the bookmark only behind what is durable.
// Above 300 lines because the order of load, commit and bookmark is one promise, and is read in one piece.

import type { Io } from './context.ts';
import { createContext, type StreamContext } from './context.ts';
import { asPipelineError, PipelineError } from './errors.ts';
import { failpoint } from './failpoint.ts';
import { feedbackOf, feedbackTable } from './feedback.ts';
import { newId } from './ids.ts';
import { isBackfill } from './lanes.ts';
import type { createColumnPins } from './names.ts';
import { readAhead } from './read-ahead.ts';
import { startingPoint } from './starting-point.ts';
import { keyOf, sameCheckpoint, Tally } from './tally.ts';
import type {
  ErrorReport,
  Json,
  Lease,
  LedgerEntry,
  Load,
  Page,
  Pipeline,
  Row,
  Sink,
  State,
  Stream,
  StreamReport,
  Table,
  Window,
} from './types.ts';
import { checkRejects, isSourceFailure, statusAfter, toReport, verdict } from './verdict.ts';

type Pins = ReturnType<typeof createColumnPins>;

export interface LaneRun {
  readonly pipeline: Pipeline;
  readonly stream: Stream;
  readonly lane: string;
  readonly window: Window;
  readonly lease: Lease;
  readonly runId: string;
  readonly io: Io;
  readonly state: State;
  readonly sink: Sink;
  readonly pins: Pins;
  readonly signal: AbortSignal;
  onProgress(report: StreamReport): void;
  onEvent(event: string, fields: Record<string, string | number | boolean | null>): void;
}

/** A lane that is fenced: nobody else can commit to it any more. */
interface FencedRun extends LaneRun {
  /** The newest load of this lane that the warehouse itself knows of. */
  readonly ledger: LedgerEntry | undefined;
}

/** Never throws: what went wrong is in the report. */
export async function runLane(run: LaneRun): Promise<StreamReport> {
  const { stream, io, signal } = run;
  const startedMs = io.clock.monotonicMs();
  const stop = new AbortController();
  const context = createContext({
    io,
    lane: run.lane,
    signal: AbortSignal.any([signal, stop.signal]),
    secrets: run.state.secrets,
    pins: run.pins,
  });
  let tally = new Tally({ name: '', key: [], fields: {} });
  const report = (error: ErrorReport | null): StreamReport => ({
    stream: stream.name,
    lane: run.lane,
    status: tally.status,
    read: tally.read,
    loaded: tally.loaded,
    deleted: tally.deleted,
    rejected: tally.rejected,
    repeated: tally.repeated,
    expected: tally.expected,
    feedback: tally.feedback,
    pages: tally.pages,
    loads: tally.loads,
    http: { ...context.metrics, waitMs: Math.round(context.metrics.waitMs) },
    durationMs: Math.round(io.clock.monotonicMs() - startedMs),
    caughtUpTo: tally.caughtUpTo,
    error,
  });

  try {
    const tables = await describeTables(run, context);
    const main = tables[0];
    if (main === undefined)
      throw new PipelineError('bug', 'stream.no_table', `Stream ${stream.name} declares no table.`);
    tally = new Tally(main);
    for (const table of tables) run.pipeline.mask?.check(table);
    await run.sink.fence(run.lane, run.lease.epoch);
    const ledger = (await run.sink.ledger()).find(({ lane }) => lane === run.lane);
    const fenced = { ...run, ledger };
    await readToEnd(
      fenced,
      context,
      tables,
      tally,
      () => run.onProgress(report(null)),
      () => stop.abort(),
    );
    tally.status = 'succeeded';
    return report(verdict(fenced, tally));
  } catch (thrown) {
    stop.abort();
    const error = signal.aborted ? asPipelineError(signal.reason) : asPipelineError(thrown);
    tally.status = statusAfter(error, stream, tally, signal.aborted);
    return report(toReport(error));
  }
}

/** Declares the tables and pins the names of their custom columns; a name that another process pinned meanwhile wins. */
export async function describeTables(
  { stream, pins, state }: Pick<LaneRun, 'stream' | 'pins' | 'state'>,
  context: StreamContext,
): Promise<readonly Table[]> {
  for (;;) {
    const tables = await stream.tables(context);
    const added = pins.added();
    if (added.length === 0) return tables;
    if (!pins.adopt(await state.pinColumns(added))) return tables;
  }
}

async function readToEnd(
  run: FencedRun,
  context: StreamContext,
  tables: readonly Table[],
  tally: Tally,
  onProgress: () => void,
  abandon: () => void,
): Promise<void> {
  const { stream, lane, lease, state, sink, io } = run;
  const from = startingPoint(await state.bookmark(lane), run.ledger, lane, () => stream.start(run.window));
  run.onEvent('lane.started', { stream: stream.name, lane, because: from.because });

  const { mask } = run.pipeline;
  const feedback = feedbackTable(run.pipeline.transforms);
  const loadTables = stream.feedback === undefined ? tables : [...tables, feedback];
  const byName = new Map(loadTables.map((table) => [table.name, table]));
  const size = loadSize(sink, io);
  let bookmark = { revision: from.revision, loadId: from.loadId };
  let durable: Json | undefined = from.because === 'bookmark' ? from.checkpoint : undefined;
  let load: Load | undefined;
  let loadId = '';
  // Only the checkpoint: a page that waits here would stay in memory beside the next two.
  let pending: Pick<Page, 'checkpoint'> | undefined;
  let openedMs = 0;
  let openedBytes = 0;

  const keepRejects = async (): Promise<void> => {
    const rejects = context.takeRejects();
    if (rejects.length === 0) return;
    tally.reject(rejects.length);
    await state.addRejects(run.runId, rejects);
    checkRejects(run, tally, rejects);
  };

  const advance = async (checkpoint: Json, newLoadId: string | null, done: boolean): Promise<void> => {
    failpoint('bookmark.before-move');
    const moved = await state.advance({
      lease,
      from: bookmark.revision,
      checkpoint,
      loadId: newLoadId,
      done,
    });
    failpoint('bookmark.moved');
    bookmark = { revision: moved.revision, loadId: newLoadId };
    durable = checkpoint;
  };

  const commit = async (): Promise<void> => {
    if (load === undefined || pending === undefined) return;
    await keepRejects();
    const current = load;
    load = undefined;
    const receipt = await current.commit(pending.checkpoint).catch(async (thrown: unknown) => {
      tally.dropped();
      await current.abort();
      throw thrown;
    });
    tally.committed();
    await advance(pending.checkpoint, loadId, false);
    run.onEvent('load.committed', {
      stream: stream.name,
      load: loadId,
      repeated: receipt.repeated,
      loaded: tally.loaded,
    });
    onProgress();
  };

  try {
    for await (const page of readAhead(stream.read(from.checkpoint, context), abandon)) {
      failpoint('page.received');
      context.signal.throwIfAborted();
      const readAt = io.clock.now();
      const rows = keyedRows(page, byName, context);
      const words = await feedbackOf(stream, rows, run.pipeline.transforms);
      failpoint('page.transformed');
      const deletes = { ...page.deletes };
      if (words.tombstones.length > 0)
        deletes[feedback.name] = [...(deletes[feedback.name] ?? []), ...words.tombstones];

      const batches = loadTables
        .map((table) => {
          const read = table === feedback ? words.rows : (rows[table.name] ?? []);
          return {
            table: table.name,
            rows: mask?.apply(table, read) ?? read,
            tombstones: deletes[table.name] ?? [],
            readAt,
          };
        })
        .filter((batch) => batch.rows.length > 0 || batch.tombstones.length > 0);
      if (batches.length > 0 && load === undefined) {
        loadId = newId('load', io.clock.now());
        load = await sink.begin({
          loadId,
          runId: run.runId,
          pipeline: run.pipeline.name,
          stream: stream.name,
          lane,
          epoch: lease.epoch,
          tables: loadTables,
        });
        openedMs = io.clock.monotonicMs();
        openedBytes = context.metrics.bytes;
      }
      for (const batch of batches) await load?.write(batch);

      const main = tables[0]?.name ?? '';
      tally.page(rows[main] ?? [], deletes[main] ?? [], page.expected);
      tally.feedback += words.rows.length;
      if (page.caughtUpTo !== undefined) tally.caughtUpTo = page.caughtUpTo;
      pending = { checkpoint: page.checkpoint };
      const full =
        tally.stagedRows >= size.rows ||
        context.metrics.bytes - openedBytes >= size.bytes ||
        io.clock.monotonicMs() - openedMs >= size.ms;
      if (load !== undefined && full) await commit();
      else onProgress();
    }
  } catch (thrown) {
    // What was read before the failure is good, and its checkpoint covers it: it is committed, unless the warehouse itself or
    // the lease is what failed, or we were told to stop at once.
    if (load !== undefined && isSourceFailure(thrown) && !run.signal.aborted) await commit();
    else {
      tally.dropped();
      await load?.abort();
    }
    throw thrown;
  }

  await commit();
  await keepRejects();
  const last = pending?.checkpoint ?? from.checkpoint;
  const done = isBackfill(lane);
  if (done || !sameCheckpoint(durable, last)) await advance(last, bookmark.loadId, done);
}

/** As the warehouse likes it, or smaller: PIPELINE_LOAD_ROWS commits sooner, which costs speed and repeats less after a crash. */
function loadSize(sink: Sink, io: Io): Sink['capabilities']['load'] {
  const asked = Number(io.env['PIPELINE_LOAD_ROWS'] || sink.capabilities.load.rows);
  if (!Number.isSafeInteger(asked) || asked < 1) {
    throw new PipelineError(
      'config',
      'config.bad_value',
      'PIPELINE_LOAD_ROWS must be a whole number of at least 1.',
    );
  }
  return { ...sink.capabilities.load, rows: asked };
}

/** Rows without a key are set aside; a row for an undeclared table is a broken connector. */
function keyedRows(
  page: Page,
  tables: ReadonlyMap<string, Table>,
  context: StreamContext,
): { readonly [table: string]: readonly Row[] } {
  const checked: { [table: string]: readonly Row[] } = {};
  for (const [name, rows] of Object.entries(page.rows)) {
    const table = tables.get(name);
    if (table === undefined)
      throw new PipelineError(
        'bug',
        'stream.undeclared_table',
        `A page holds rows for ${name}, which the stream did not declare.`,
      );
    const kept = rows.filter((row) => {
      if (keyOf(table, row) !== undefined) return true;
      context.reject({
        table: name,
        row: row as Json,
        code: 'row.no_key',
        reason: `No value for its key (${table.key.join(', ')}).`,
      });
      return false;
    });
    checked[name] = kept.length === rows.length ? rows : kept;
  }
  return checked;
}
