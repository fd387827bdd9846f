// `pipeline run`: pulls what is new of one or more pipelines, or a window of the past, and says what came of it.

import { drySink, dryState } from '../core/dry-run.ts';
import { runPipeline } from '../core/engine.ts';
import { PipelineError } from '../core/errors.ts';
import type { LabelCounts, RunRecord, RunStatus } from '../core/types.ts';
import { count, duration, note, paint, print, printJson } from './output.ts';
import { createProgress } from './progress.ts';
import {
  loadPipelines,
  parseInstant,
  parseNames,
  pipelineNames,
  refuseDemoHome,
  requireSettings,
  type Session,
  withSession,
} from './session.ts';
import type { Action } from './verbs.ts';

const EXIT: Record<RunStatus, number> = {
  succeeded: 0,
  failed: 1,
  partial: 3,
  busy: 75,
  interrupted: 130,
  running: 1,
};

export const run: Action = async (args, options) => {
  const named = (args[0] as readonly string[] | undefined) ?? [];
  const names = options['all'] === true ? pipelineNames() : named;
  if (names.length === 0) {
    throw new PipelineError('config', 'usage.no_pipeline', 'Which pipeline?', {
      hint: `Name one (${pipelineNames().join(', ')}), or run all with --all.`,
    });
  }
  const since = parseInstant('--since', options['since']);
  const until = parseInstant('--until', options['until']);
  if (since !== undefined && until !== undefined && since >= until) {
    throw new PipelineError('config', 'usage.empty_window', '--until must be later than --since.');
  }
  if (since === undefined && until !== undefined) {
    throw new PipelineError('config', 'usage.no_since', '--until needs --since.', {
      hint: 'Name both ends of the window.',
    });
  }
  if (since !== undefined && since.getTime() > Date.now()) {
    throw new PipelineError(
      'config',
      'usage.future',
      `--since ${String(options['since'])} lies in the future.`,
    );
  }
  const pipelines = await loadPipelines(names);
  requireSettings(pipelines, process.env);
  const dryRun = options['dryRun'] === true;
  const streams = parseNames(options['streams']);

  return withSession({ to: options['to'] as string | undefined, readOnly: dryRun }, async (session) => {
    refuseDemoHome(session.settings);
    const records: RunRecord[] = [];
    for (const pipeline of pipelines) {
      if (session.signal.aborted) break;
      const progress = await createProgress(pipeline, options['json'] === true);
      try {
        const state = await session.state();
        records.push(
          await runPipeline({
            pipeline,
            io: session.io,
            state: dryRun ? dryState(state) : state,
            sink: dryRun
              ? drySink(session.settings.warehouseUrl, await state.bookmarks())
              : await session.sink(),
            owner: session.owner(),
            signal: session.signal,
            leaseTtlMs: session.settings.leaseTtlMs,
            labels: options['labels'] !== false && !dryRun,
            ...(streams === undefined ? {} : { streams }),
            ...(since === undefined ? {} : { window: { since, ...(until === undefined ? {} : { until }) } }),
            onProgress: progress.show,
          }),
        );
      } finally {
        await progress.end();
      }
    }
    return report(records, options['json'] === true, dryRun, session);
  });
};

/** Prints the result and returns the exit code: the worst of all pipelines. */
export function report(
  records: readonly RunRecord[],
  json: boolean,
  dryRun: boolean,
  session: Session,
): number {
  const status = worst(records.map((record) => record.status));
  if (json) printJson(resultOf(records, status));
  else for (const record of records) printRecord(record, dryRun);
  if (!json && !dryRun && status !== 'succeeded')
    note(`Why and what to do: pipeline explain ${records.at(-1)?.runId ?? 'last'}`);
  if (session.signal.aborted) return 130;
  const misconfigured = records.some(
    (r) => r.status === 'failed' && r.streams.every((s) => s.error?.kind === 'config'),
  );
  return misconfigured ? 2 : EXIT[status];
}

/** The form that other programs rely on. */
export function resultOf(records: readonly RunRecord[], status: RunStatus): unknown {
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

/** Failed only when all failed; one that failed beside others that did not makes the whole partial. */
function worst(statuses: readonly RunStatus[]): RunStatus {
  if (statuses.length === 0 || statuses.includes('interrupted')) return 'interrupted';
  if (statuses.every((status) => status === 'failed')) return 'failed';
  return statuses.every((status) => status === 'succeeded') ? 'succeeded' : 'partial';
}

function printRecord(record: RunRecord, dryRun: boolean): void {
  const sum = (of: (s: RunRecord['streams'][number]) => number): number =>
    record.streams.reduce((total, s) => total + of(s), 0);
  const colour = record.status === 'succeeded' ? '32' : record.status === 'failed' ? '31' : '33';
  const took = duration(Date.parse(record.endedAt ?? record.startedAt) - Date.parse(record.startedAt));
  const verb = dryRun ? 'would load' : 'loaded';
  print(
    `${paint(colour, record.status)}  ${record.pipeline} (${record.lane}): ${verb} ${count(sum((s) => s.loaded))}, deleted ${count(sum((s) => s.deleted))}, ` +
      `rejected ${count(sum((s) => s.rejected))} of ${count(sum((s) => s.read))} records in ${took}${dryRun ? '; nothing was written' : `; run ${record.runId}`}`,
  );
  for (const s of record.streams) {
    if (s.status === 'succeeded') continue;
    print(`  ${s.stream}: ${s.status}${s.error === null ? '' : `. ${s.error.message}`}`);
  }
  if (record.error !== null) print(`  ${record.error.message}`);
  const labels = labelText(record.labels, record.costUsd);
  if (labels !== '') print(`  labels: ${labels}`);
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
