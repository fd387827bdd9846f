// `pipeline explain`: why a run ended as it did, in plain words, and what to do next; built from the run's record alone.

import type { RunRecord, StreamReport } from '../core/types.ts';
import { count, duration, print, printJson } from './output.ts';
import { labelText } from './run.ts';
import { findRun } from './runs.ts';
import { withSession } from './session.ts';
import type { Action } from './verbs.ts';

export const explain: Action = async (args, options) =>
  withSession({ readOnly: true }, async (session) => {
    const state = await session.state();
    const record = await findRun(state, String(args[0]));
    const events = await state.events(record.runId);
    const stopped = events.find(({ event }) => event === 'labels.stopped');
    const lines = explainRun(
      record,
      typeof stopped?.fields['message'] === 'string' ? stopped.fields['message'] : null,
    );
    if (options['json'] === true)
      printJson({ runId: record.runId, status: record.status, explanation: lines, run: record });
    else print(lines.join('\n'));
    return 0;
  });

/** Sentences, most important first. */
export function explainRun(record: RunRecord, labelsStopped: string | null): readonly string[] {
  const lines = [headline(record), ''];
  for (const report of record.streams) lines.push(...explainStream(report));
  if (record.error !== null)
    lines.push('', `After the streams: ${record.error.message}`, ...hint(record.error.hint));
  const labels = labelText(record.labels, record.costUsd);
  if (labels !== '') lines.push('', `Labels: ${labels}.`);
  if (labelsStopped !== null) {
    lines.push(
      `Labelling stopped early: ${labelsStopped} The data itself is complete; \`pipeline enrich\` labels the rest.`,
    );
  }
  lines.push('', `What to do: ${advice(record)}`);
  return lines;
}

function headline(record: RunRecord): string {
  const end =
    record.endedAt === null ? null : duration(Date.parse(record.endedAt) - Date.parse(record.startedAt));
  const what = `Run ${record.runId} of ${record.pipeline} (${record.lane === 'live' ? 'live' : `backfill ${record.lane}`}) into ${record.sink}`;
  const started = `started ${record.startedAt}`;
  switch (record.status) {
    case 'succeeded':
      return `${what}, ${started}, succeeded after ${end}: every stream caught up with its source.`;
    case 'partial':
      return `${what}, ${started}, ended partial after ${end}: some of the data is there and some is not, as told below.`;
    case 'failed':
      return `${what}, ${started}, failed after ${end}: no stream could be completed.`;
    case 'interrupted':
      return `${what}, ${started}, was interrupted${end === null ? ': its process is gone without a last word' : ` after ${end}`}. What was committed stays; nothing is lost.`;
    case 'busy':
      return `${what}, ${started}, found the lane taken by another run and did nothing.`;
    case 'running':
      return `${what}, ${started}, is still running.`;
  }
}

function explainStream(report: StreamReport): readonly string[] {
  const { stream, status, read, loaded, deleted, rejected, repeated, expected, http } = report;
  const numbers =
    `${count(read)} records read = ${count(loaded)} loaded + ${count(deleted)} deleted + ${count(rejected)} rejected + ${count(repeated)} repeated` +
    `${expected === null ? '' : `; the vendor counts ${count(expected)}`}`;
  const requests =
    `${count(http.requests)} requests, ${count(http.retries)} retried, ${count(http.rateLimited)} told to wait, ${duration(http.waitMs)} waited, ` +
    `${(http.bytes / 1e6).toFixed(1)} MB, ${count(report.pages)} pages in ${count(report.loads)} loads, ${duration(report.durationMs)}`;
  if (status === 'skipped')
    return [`${stream}: skipped. This account does not have it, which is no failure.`];
  const lines = [`${stream}: ${status}. ${numbers}.`, `  ${requests}.`];
  if (report.error !== null) lines.push(`  ${report.error.message}`, ...hint(report.error.hint, '  '));
  return lines;
}

function hint(text: string | null, indent = ''): readonly string[] {
  return text === null ? [] : [`${indent}Next: ${text}`];
}

function advice(record: RunRecord): string {
  const errors = record.streams.flatMap(({ error }) => (error === null ? [] : [error]));
  if (record.status === 'succeeded') return 'nothing.';
  if (record.status === 'running') return 'wait, or look at `pipeline status`.';
  if (errors.some(({ kind }) => kind === 'config'))
    return 'set right what is named above, prove it with `pipeline check`, and run again; what succeeded is not read twice.';
  if (errors.some(({ code }) => code === 'stream.too_many_rejects'))
    return 'look at `pipeline rejects list`, mend the cause, run again.';
  if (errors.some(({ kind }) => kind === 'bug'))
    return `report it with this explanation; the bookmark stands before the trouble, so nothing is lost.`;
  return 'run again: it resumes from the last committed page, and repeats nothing that a reader can see.';
}
