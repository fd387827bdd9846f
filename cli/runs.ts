// `pipeline runs` and `pipeline logs`: the history, and what happened in one run.

import { PipelineError } from '../core/errors.ts';
import type { RunRecord, State } from '../core/types.ts';
import { parseCount } from './arguments.ts';
import { cell, count, duration, note, print, printJson } from './output.ts';
import { labelText } from './run.ts';
import { withSession } from './session.ts';
import { printTable } from './table.ts';
import type { Action } from './verbs.ts';

export const runs: Action = async (args, options) => {
  const limit = parseCount('--limit', options['limit'], 20);
  return withSession({ readOnly: true }, async (session) => {
    const state = await session.state();
    const records = await state.runs({
      limit,
      ...(args[0] === undefined ? {} : { pipeline: String(args[0]) }),
    });
    if (options['json'] === true) printJson(records);
    else if (records.length === 0)
      note('No run yet. Start with `pipeline run zendesk`, or `pipeline demo` to look around.');
    else
      await printTable(
        ['run', 'status', 'pipeline', 'lane', 'started', 'took', 'read', 'loaded', 'rejected', 'labels'],
        records.map(asRow),
        { widest: 40, least: 4 },
      );
    return 0;
  });
};

function asRow(record: RunRecord): { readonly [column: string]: string | number } {
  const sum = (of: 'read' | 'loaded' | 'rejected'): string =>
    count(record.streams.reduce((n, s) => n + s[of], 0));
  const end = record.endedAt === null ? Date.now() : Date.parse(record.endedAt);
  return {
    run: record.runId,
    pipeline: record.pipeline,
    lane: record.lane,
    status: record.status,
    started: record.startedAt,
    took: duration(end - Date.parse(record.startedAt)),
    read: sum('read'),
    loaded: sum('loaded'),
    rejected: sum('rejected'),
    labels: labelText(record.labels, record.costUsd),
  };
}

export const logs: Action = async (args, options) =>
  withSession({ readOnly: true }, async (session) => {
    const state = await session.state();
    const record = await findRun(state, String(args[0] ?? 'last'));
    const events = await state.events(record.runId);
    if (options['json'] === true) {
      for (const event of events) printJson(event);
      return 0;
    }
    for (const { at, event, fields } of events) {
      const detail = Object.entries(fields).map(([name, value]) => `${name}=${cell(String(value), 120)}`);
      print(`${at}  ${event.padEnd(20)} ${detail.join(' ')}`);
    }
    if (events.length === 0) note('This run left no event.');
    return 0;
  });

/** A run by its id, by the start of its id, or the newest as `last`. */
export async function findRun(state: State, name: string): Promise<RunRecord> {
  const exact = name === 'last' ? (await state.runs({ limit: 1 }))[0] : await state.run(name);
  if (exact !== undefined) return exact;
  const close =
    name === 'last' ? [] : (await state.runs({ limit: 1000 })).filter(({ runId }) => runId.startsWith(name));
  if (close.length === 1 && close[0] !== undefined) return close[0];
  throw new PipelineError(
    'config',
    'run.unknown',
    name === 'last' ? 'There is no run yet.' : `There is no run ${cell(name)}.`,
    {
      hint: 'See `pipeline runs`.',
    },
  );
}
