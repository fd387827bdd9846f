// `pipeline rejects`: what was set aside, one record as it came, and another try after the cause was mended.

import { PipelineError } from '../core/errors.ts';
import { type Replay, replayRejects } from '../core/replay.ts';
import type { StoredReject } from '../core/types.ts';
import { parseCount, parseText } from './arguments.ts';
import { cell, count, note, plain, print, printJson } from './output.ts';
import { loadPipelines } from './pipelines.ts';
import { type Session, withSession } from './session.ts';
import { requireSettings } from './settings.ts';
import { printTable } from './table.ts';
import type { Action } from './verbs.ts';

/** More than this many at once would not fit the memory, nor any eye. */
const MOST = 100_000;

export const list: Action = async (args, options) => {
  const limit = parseCount('--limit', options['limit'], 50, { most: MOST });
  return withSession({ readOnly: true }, async (session) => {
    const found = await (await session.state()).rejects({ limit: MOST, pending: options['all'] !== true });
    const mine = found.filter(({ lane }) => args[0] === undefined || lane.startsWith(`${String(args[0])}/`));
    // The record itself is shown only by `rejects show`: lists end up in logs, and tickets are people.
    const rows = mine
      .slice(0, limit)
      .map(({ rejectId, at, lane, table, code, reason, replayedAt, runId }) => ({
        rejectId,
        at,
        lane,
        table,
        code,
        reason,
        replayedAt,
        runId,
      }));
    if (options['json'] === true) printJson(rows);
    else if (rows.length === 0) note('Nothing is set aside.');
    else {
      await printTable(['rejectId', 'at', 'lane', 'code', 'reason'], rows, { widest: 70 });
      if (mine.length > limit)
        note(`Only the first ${count(limit)} of ${count(mine.length)} are shown; --limit asks for more.`);
      note(
        'One of them as it came: pipeline rejects show <id>. Again, after mending: pipeline rejects replay --all',
      );
    }
    return 0;
  });
};

export const show: Action = async (args, options) =>
  withSession({ readOnly: true }, async (session) => {
    const reject = await (await session.state()).reject(String(args[0]));
    if (reject === undefined) throw unknownReject([String(args[0])]);
    if (options['json'] === true) printJson(reject);
    else {
      print(`${reject.rejectId} of ${reject.lane}, set aside at ${reject.at} by ${reject.runId}`);
      print(`${reject.code}: ${plain(reject.reason)}`);
      print(plain(JSON.stringify(reject.row, null, 2)));
    }
    return 0;
  });

export const replay: Action = async (args, options) => {
  const ids = (args[0] as readonly string[] | undefined) ?? [];
  if (ids.length === 0 && options['all'] !== true) {
    throw new PipelineError('config', 'usage.no_reject', 'Which rejects?', {
      hint: 'Name their ids, or --all.',
    });
  }
  return withSession({ to: parseText(options['to']) }, async (session) => {
    const waiting = await (await session.state()).rejects({ pending: true, limit: MOST });
    const unknown = ids.filter((id) => !waiting.some(({ rejectId }) => rejectId === id));
    if (unknown.length > 0) throw unknownReject(unknown);
    const chosen = ids.length === 0 ? waiting : waiting.filter(({ rejectId }) => ids.includes(rejectId));
    const { loaded, stillRejected } = await replayAll(session, chosen);
    if (options['json'] === true) printJson({ loaded, stillRejected });
    else {
      print(`${count(loaded)} loaded, ${count(stillRejected.length)} still set aside.`);
      for (const { rejectId, reason } of stillRejected) print(`  ${rejectId}: ${cell(reason, 100)}`);
    }
    return stillRejected.length > 0 ? 3 : 0;
  });
};

async function replayAll(session: Session, rejects: readonly StoredReject[]): Promise<Replay> {
  const names = [...new Set(rejects.map(({ lane }) => lane.slice(0, lane.indexOf('/'))))];
  const pipelines = await loadPipelines(names);
  requireSettings(pipelines, process.env);
  const outcomes: Replay[] = [];
  for (const pipeline of pipelines) {
    outcomes.push(
      await replayRejects({
        pipeline,
        rejects: rejects.filter(({ lane }) => lane.startsWith(`${pipeline.name}/`)),
        io: session.io,
        state: await session.state(),
        sink: await session.sink(),
        owner: session.owner(),
        signal: session.signal,
      }),
    );
  }
  return {
    loaded: outcomes.reduce((sum, { loaded }) => sum + loaded, 0),
    stillRejected: outcomes.flatMap(({ stillRejected }) => stillRejected),
  };
}

function unknownReject(ids: readonly string[]): PipelineError {
  const names = ids.map((id) => `“${cell(id)}”`).join(', ');
  return new PipelineError('config', 'rejects.unknown', `There is no waiting reject ${names}.`, {
    hint: 'See `pipeline rejects list`, and with --all also what was replayed.',
  });
}
