// `pipeline explain`: why a run ended as it did, in plain words, and what to do next; built from the run's record alone.

import type { ErrorReport, RunRecord, StreamReport } from '../core/types.ts';
import { count, duration, plain, print, printJson } from './output.ts';
import { labelText } from './run.ts';
import { findRun } from './runs.ts';
import { withSession } from './session.ts';
import type { Action } from './verbs.ts';

export const explain: Action = async (args, options) =>
  withSession({ readOnly: true }, async (session) => {
    const state = await session.state();
    const record = await findRun(state, String(args[0] ?? 'last'));
    const events = await state.events(record.runId);
    const stopped = events.find(({ event }) => event === 'labels.stopped')?.fields['message'];
    const lines = explainRun(record, typeof stopped === 'string' ? stopped : null);
    if (options['json'] === true)
      printJson({ runId: record.runId, status: record.status, explanation: lines, run: record });
    else print(plain(lines.join('\n')));
    return 0;
  });

/** Sentences, most important first. */
export function explainRun(record: RunRecord, labelsStopped: string | null): readonly string[] {
  const lines = [headline(record), ''];
  for (const report of record.streams) lines.push(...explainStream(report));
  if (record.error !== null) lines.push('', `${record.error.message}${next(record.error)}`);
  const labels = labelText(record.labels, record.costUsd);
  if (labels !== '') lines.push('', `Labels: ${labels}.`);
  if (labelsStopped !== null && record.lane !== 'labels') {
    lines.push(
      `Labelling stopped early: ${labelsStopped} The data itself is complete; \`pipeline enrich\` labels the rest.`,
    );
  }
  lines.push('', `What to do: ${advice(record)}`);
  return lines.filter((line, i) => line !== '' || lines[i - 1] !== '');
}

const LANES: { readonly [lane: string]: string } = {
  live: 'the live lanes',
  labels: 'labels only',
  replay: 'rejects that were tried again',
};

function headline(record: RunRecord): string {
  const lane = LANES[record.lane] ?? `backfill ${record.lane}`;
  const what = `Run ${record.runId} of ${record.pipeline} (${lane}) into ${record.sink}, started ${record.startedAt},`;
  const { endedAt, startedAt } = record;
  const took =
    endedAt === null ? '' : ` after ${duration(Math.max(0, Date.parse(endedAt) - Date.parse(startedAt)))}`;
  switch (record.status) {
    case 'succeeded':
      return record.streams.length === 0
        ? `${what} succeeded${took}.`
        : `${what} succeeded${took}: ${record.lane === 'replay' ? 'all of them are loaded' : 'every stream caught up with its source'}.`;
    case 'partial':
      return record.lane === 'labels'
        ? `${what} stopped early${took}: some labels are there, the others wait.`
        : `${what} ended partial${took}: some of the data is there and some is not, as told below.`;
    case 'failed':
      return `${what} failed${took}: nothing could be completed.`;
    case 'interrupted':
      return `${what} was interrupted${took}. What was committed stays, and nothing is lost.`;
    case 'busy':
      return `${what} found the lane taken by another run and did nothing.`;
    case 'running':
      return `${what} is still running.`;
  }
}

function explainStream(report: StreamReport): readonly string[] {
  const { stream, status, read, loaded, deleted, rejected, repeated, expected, http } = report;
  if (status === 'skipped')
    return [`${stream}: skipped. This account does not have it, which is no failure.`];
  const parts = [`${count(loaded)} loaded`, `${count(deleted)} deleted`, `${count(rejected)} rejected`];
  if (repeated > 0) parts.push(`${count(repeated)} repeated`);
  const rest = read - loaded - deleted - rejected - repeated;
  // Read and staged, and then dropped with the load that held them; the next run reads them again.
  if (rest > 0) parts.push(`${count(rest)} not yet durable`);
  const counted = expected === null ? '' : `; the vendor counts ${count(expected)}`;
  const requests = [
    count(http.requests, 'request'),
    ...(http.retries > 0 ? [`${count(http.retries)} retried`] : []),
    ...(http.rateLimited > 0 ? [`${count(http.rateLimited)} told to wait`] : []),
    ...(http.waitMs >= 1 ? [`${duration(http.waitMs)} waited`] : []),
    `${(http.bytes / 1e6).toFixed(2)} MB`,
    `${count(report.pages, 'page')} in ${count(report.loads, 'load')}`,
    duration(report.durationMs),
  ];
  return [
    `${stream}: ${status}. ${count(read, 'record')} read = ${parts.join(' + ')}${counted}.`,
    `  ${requests.join(', ')}.`,
    ...(report.error === null ? [] : [`  ${report.error.message}${next(report.error)}`]),
  ];
}

function next({ hint }: ErrorReport): string {
  return hint === null ? '' : ` ${hint}`;
}

function advice(record: RunRecord): string {
  const setAside = record.streams.some(({ rejected }) => rejected > 0)
    ? ' Look at `pipeline rejects list`; when the cause is mended, `pipeline rejects replay --all`.'
    : '';
  if (record.status === 'running') return 'wait, or look at `pipeline status`.';
  if (record.status === 'succeeded') return setAside === '' ? 'nothing.' : setAside.trim();
  const failed = record.streams.filter(({ status }) => status !== 'succeeded' && status !== 'skipped');
  const errors = [...failed, record].flatMap(({ error }) => (error === null ? [] : [error]));
  if (errors.some(({ kind, code }) => kind === 'config' && code !== 'label.budget'))
    return `set right what is named above, prove it with \`pipeline check\`, and run again; what succeeded is not read twice.${setAside}`;
  if (errors.some(({ code }) => code === 'stream.too_many_rejects'))
    return 'look at `pipeline rejects list`, mend the cause, and run again.';
  if (errors.some(({ kind }) => kind === 'bug'))
    return `report it with this explanation; the bookmark stands before the trouble, so nothing is lost.${setAside}`;
  if (record.lane === 'replay') return setAside.trim();
  const again = record.lane === 'labels' ? '`pipeline enrich`' : 'the same command';
  return `run ${again} again: it resumes behind what is durable, and repeats nothing that a reader can see.${setAside}`;
}
