// `pipeline run`: pulls what is new of one or more pipelines, or a window of the past, and says what came of it.

import pLimit from 'p-limit';
import { drySink, dryState } from '../core/dry-run.ts';
import { runPipeline } from '../core/engine.ts';
import { asPipelineError, PipelineError } from '../core/errors.ts';
import type { LabelCounts, LedgerEntry, Pipeline, RunRecord, RunStatus, Window } from '../core/types.ts';
import { parseCount, parseInstant, parseNames, parseText } from './arguments.ts';
import { count, duration, note, paint, print, printJson } from './output.ts';
import { begunPipelines, loadPipelines, pipelineNames } from './pipelines.ts';
import { createProgress, createSharedProgress, type ProgressView } from './progress.ts';
import { type Session, withSession } from './session.ts';
import { refuseDemoHome, requireSettings, settingProblems } from './settings.ts';
import type { Action } from './verbs.ts';

const EXIT: Record<RunStatus, number> = {
  succeeded: 0,
  failed: 1,
  partial: 3,
  busy: 75,
  interrupted: 130,
  running: 1,
};

/** With three streams each, as many lanes as a warehouse has connections for, and some left for what they do besides. */
const MOST_PARALLEL = 4;

export const run: Action = async (args, options) => {
  const named = (args[0] as readonly string[] | undefined) ?? [];
  const names = options['all'] === true ? pipelineNames() : named;
  if (names.length === 0) {
    throw new PipelineError('config', 'usage.no_pipeline', 'Which pipeline?', {
      hint: `Name one (${pipelineNames().join(', ')}), or run all with --all.`,
    });
  }
  const window = parseWindow(options['since'], options['until']);
  const loaded = await loadPipelines(names);
  const pipelines = options['all'] === true ? begunPipelines(loaded, process.env) : loaded;
  const known = [...new Set(pipelines.flatMap(({ source }) => source.streams.map(({ name }) => name)))];
  const streams = parseNames('--streams', options['streams'], 'stream', known);
  const parallel = parseCount('--parallel', options['parallel'], 3, { most: MOST_PARALLEL });
  // Of all, one that is set up by half is told with the others' results; whoever names it wants it mended first.
  const ready = pipelines.filter((pipeline) => settingProblems(pipeline, process.env).length === 0);
  if (options['all'] !== true || ready.length === 0) requireSettings(pipelines, process.env);
  const [dryRun, json] = [options['dryRun'] === true, options['json'] === true];
  const leftOut = loaded.filter((pipeline) => !pipelines.includes(pipeline)).map(({ name }) => name);
  if (leftOut.length > 0 && !json) note(`Left out, because nothing of them is set: ${leftOut.join(', ')}.`);

  return withSession({ to: parseText(options['to']), readOnly: dryRun }, async (session) => {
    refuseDemoHome(session.settings);
    const labels = options['labels'] !== false;
    const runs = { dryRun, json, labels, streams, window };
    const records =
      pipelines.length === 1
        ? await Promise.all(pipelines.map((pipeline) => runAlone(session, pipeline, runs)))
        : await runSideBySide(session, pipelines, parallel, runs);
    return report(records, { json, dryRun, interrupted: session.signal.aborted });
  });
};

interface Runs {
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly labels: boolean;
  readonly ledger?: readonly LedgerEntry[];
  readonly streams: readonly string[] | undefined;
  readonly window: Window | undefined;
}

/** Of these streams, or of all, those that the pipeline has. */
function streamsOf(pipeline: Pipeline, { streams }: Runs): readonly string[] {
  return pipeline.source.streams.map(({ name }) => name).filter((name) => streams?.includes(name) ?? true);
}

async function runAlone(session: Session, pipeline: Pipeline, runs: Runs): Promise<RunRecord> {
  const reading = session.sink().then((sink) => sink.ledger());
  // It is awaited below, and fails there; until then its failure waits. Where both cannot be had, the state's reason is told: it
  // names the process that has them.
  reading.catch(() => undefined);
  await session.state();
  const ledger = await reading;
  const progress = await createProgress(pipeline.name, streamsOf(pipeline, runs), runs.json);
  return runOne(session, pipeline, { ...runs, ledger }, progress);
}

/**
 * At most so many at once; what each may ask of its vendor is a matter of the vendor's limits, not of how many run. One that fails,
 * or cannot even start, does not keep the others from running. The records come in the order of the pipelines.
 */
async function runSideBySide(
  session: Session,
  pipelines: readonly Pipeline[],
  parallel: number,
  runs: Runs,
): Promise<readonly RunRecord[]> {
  await Promise.all([session.state(), session.sink()]);
  const limit = pLimit(parallel);
  const names = pipelines.map(({ name }) => name);
  const progress = await createSharedProgress(names, runs.json);
  try {
    const records = await Promise.all(
      pipelines.map((pipeline) =>
        limit(async () => {
          if (session.signal.aborted) return [];
          const shown = progress.of(pipeline.name, streamsOf(pipeline, runs));
          return [
            await runOne(session, pipeline, runs, shown).catch((thrown: unknown) =>
              notStarted(session, pipeline, thrown),
            ),
          ];
        }),
      ),
    );
    return records.flat();
  } finally {
    await progress.end();
  }
}

async function runOne(
  session: Session,
  pipeline: Pipeline,
  runs: Runs,
  progress: ProgressView,
): Promise<RunRecord> {
  const { dryRun, labels, ledger, streams, window } = runs;
  try {
    requireSettings([pipeline], process.env);
    const [state, sink] = [await session.state(), await session.sink()];
    return await runPipeline({
      pipeline,
      io: session.io,
      state: dryRun ? dryState(state) : state,
      sink: dryRun ? drySink(sink) : sink,
      owner: session.owner(),
      signal: session.signal,
      leaseTtlMs: session.settings.leaseTtlMs,
      labels: labels && !dryRun,
      ...(streams === undefined ? {} : { streams: streamsOf(pipeline, runs) }),
      ...(window === undefined ? {} : { window }),
      ...(ledger === undefined ? {} : { ledger }),
      onProgress: progress.show,
    });
  } finally {
    await progress.end();
  }
}

/** Undefined without --since: the live lanes. */
function parseWindow(from: unknown, to: unknown): Window | undefined {
  const [since, until] = [parseInstant('--since', from), parseInstant('--until', to)];
  if (since === undefined && until === undefined) return undefined;
  if (since === undefined) {
    throw new PipelineError('config', 'usage.no_since', '--until needs --since.', {
      hint: 'Name both ends of the window.',
    });
  }
  if (since.getTime() > Date.now()) {
    throw new PipelineError('config', 'usage.future', `--since ${String(from)} lies in the future.`);
  }
  if (until === undefined) return { since };
  if (since >= until) {
    throw new PipelineError(
      'config',
      'usage.empty_window',
      `--until ${String(to)} is not later than --since ${String(from)}.`,
    );
  }
  return { since, until };
}

/** What is told of a pipeline that threw before its run began; nothing of it is in the state. */
function notStarted(session: Session, pipeline: Pipeline, thrown: unknown): RunRecord {
  const { kind, code, message, hint } = asPipelineError(thrown);
  const now = new Date().toISOString();
  return {
    runId: '',
    pipeline: pipeline.name,
    lane: 'live',
    status: code === 'lane.busy' ? 'busy' : 'failed',
    sink: '',
    startedAt: now,
    endedAt: now,
    owner: session.owner(),
    streams: [],
    labels: {},
    costUsd: 0,
    error: { kind, code, message, hint: hint ?? null },
  };
}

/** Prints the result and returns the exit code: the worst of all pipelines. */
function report(
  records: readonly RunRecord[],
  {
    json,
    dryRun,
    interrupted,
  }: { readonly json: boolean; readonly dryRun: boolean; readonly interrupted: boolean },
): number {
  const status = interrupted ? 'interrupted' : overall(records.map((record) => record.status));
  if (json) printJson(resultOf(records, status));
  else for (const record of records) printRecord(record, dryRun);
  const bad = records.find((record) => record.status !== 'succeeded' && record.runId !== '');
  if (!json && !dryRun && bad !== undefined) note(`Why, and what to do: pipeline explain ${bad.runId}`);
  return exitCode(records, status);
}

/** Where every failure is one of configuration, a retry is useless, and the exit code says so. */
export function exitCode(records: readonly RunRecord[], status: RunStatus): number {
  const misconfigured = records.every((record) =>
    [...record.streams, record].every(({ error }) => error === null || error.kind === 'config'),
  );
  return status === 'failed' && misconfigured ? 2 : EXIT[status];
}

/** The form that other programs rely on. */
export function resultOf(records: readonly RunRecord[], status: RunStatus): object {
  const labels: { [status: string]: number } = {};
  for (const record of records) {
    for (const [name, n] of Object.entries(record.labels)) labels[name] = (labels[name] ?? 0) + n;
  }
  return {
    runId: records[0]?.runId ?? null,
    status,
    pipelines: records.map((record) => ({
      runId: record.runId,
      pipeline: record.pipeline,
      lane: record.lane,
      status: record.status,
      error: record.error,
      streams: record.streams.map((s) => ({
        stream: s.stream,
        status: s.status,
        read: s.read,
        loaded: s.loaded,
        deleted: s.deleted,
        rejected: s.rejected,
        repeated: s.repeated,
        expected: s.expected,
        error: s.error,
      })),
    })),
    labels,
    costUsd: records.reduce((sum, record) => sum + record.costUsd, 0),
  };
}

/** The one that all share; partial where they differ. */
export function overall(statuses: readonly RunStatus[]): RunStatus {
  const [first] = statuses;
  if (first === undefined || statuses.includes('interrupted')) return 'interrupted';
  return statuses.every((status) => status === first) ? first : 'partial';
}

function printRecord(record: RunRecord, dryRun: boolean): void {
  const colour = record.status === 'succeeded' ? '32' : record.status === 'failed' ? '31' : '33';
  const end = dryRun ? 'Nothing was written.' : record.runId === '' ? '' : `Run ${record.runId}.`;
  print(
    `${paint(colour, record.status)}  ${record.pipeline} (${record.lane}) in ${took(record)}. ${end}`.trimEnd(),
  );
  if (record.streams.length > 0) print(`  ${totals(record, dryRun ? 'would be loaded' : 'loaded')}`);
  for (const s of record.streams) {
    if (s.status === 'succeeded' || s.status === 'interrupted') continue;
    print(`  ${s.stream}: ${s.status}${s.error === null ? '.' : `. ${s.error.message}`}`);
  }
  if (record.error !== null)
    print(`  ${record.error.message}${record.error.hint === null ? '' : ` ${record.error.hint}`}`);
  const labels = labelText(record.labels, record.costUsd);
  if (labels !== '') print(`  labels: ${labels}`);
}

/** `8.9 s` */
export function took({ startedAt, endedAt }: RunRecord): string {
  return duration(Date.parse(endedAt ?? startedAt) - Date.parse(startedAt));
}

/** `4,914 records read, 4,890 loaded, 21 deleted, 0 rejected; 35 requests.` */
export function totals({ streams }: RunRecord, loaded = 'loaded'): string {
  const sum = (of: (s: RunRecord['streams'][number]) => number): number =>
    streams.reduce((total, s) => total + of(s), 0);
  return (
    `${count(
      sum((s) => s.read),
      'record',
    )} read, ${count(sum((s) => s.loaded))} ${loaded}, ${count(sum((s) => s.deleted))} deleted, ` +
    `${count(sum((s) => s.rejected))} rejected; ${count(
      sum((s) => s.http.requests),
      'request',
    )}.`
  );
}

/** `398 labelled (12 from the cache), 2 refused; 0.0123 USD` */
export function labelText(labels: LabelCounts, costUsd: number): string {
  const parts: string[] = [];
  for (const [status, n] of Object.entries(labels)) {
    if (status === 'cached' || n === 0) continue;
    const cached = status === 'labelled' && labels.cached ? ` (${count(labels.cached)} from the cache)` : '';
    parts.push(`${count(n)} ${status.replace('_', ' ')}${cached}`);
  }
  return parts.length === 0 ? '' : `${parts.join(', ')}; ${costUsd.toFixed(4)} USD`;
}
