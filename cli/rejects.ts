// `pipeline rejects`: what was set aside, one record as it came, and another try after the cause was mended.

import { PipelineError } from '../core/errors.ts';
import { replayRejects } from '../core/replay.ts';
import { cell, note, print, printJson, printTable } from './output.ts';
import { loadPipelines, parseCount, pipelineNames, requireSettings, withSession } from './session.ts';
import type { Action } from './verbs.ts';

export const list: Action = async (args, options) => {
  const limit = parseCount('--limit', options['limit'], 50);
  return withSession({ readOnly: true }, async (session) => {
    const found = await (await session.state()).rejects({ limit: 10_000, pending: options['all'] !== true });
    const mine = found
      .filter(({ lane }) => args[0] === undefined || lane.startsWith(`${String(args[0])}/`))
      .slice(0, limit);
    // The record itself is shown only by `rejects show`: lists end up in logs, and tickets are people.
    const rows = mine.map(({ rejectId, at, lane, table, code, reason, replayedAt, runId }) => ({
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
    else if (rows.length === 0) note('Nothing was set aside.');
    else await printTable(['rejectId', 'at', 'lane', 'code', 'reason'], rows, 70);
    return 0;
  });
};

export const show: Action = async (args, options) =>
  withSession({ readOnly: true }, async (session) => {
    const reject = await (await session.state()).reject(String(args[0]));
    if (reject === undefined)
      throw new PipelineError('config', 'rejects.unknown', `There is no reject ${cell(String(args[0]))}.`, {
        hint: 'See `pipeline rejects list`.',
      });
    if (options['json'] === true) printJson(reject);
    else {
      print(`${reject.rejectId} of ${reject.lane}, set aside at ${reject.at} by ${reject.runId}`);
      print(`${reject.code}: ${reject.reason}`);
      print(JSON.stringify(reject.row, null, 2).replace(/[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ''));
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
  return withSession({ to: options['to'] as string | undefined }, async (session) => {
    const state = await session.state();
    const waiting = await state.rejects({ pending: true, limit: 100_000 });
    const chosen = ids.length === 0 ? waiting : waiting.filter(({ rejectId }) => ids.includes(rejectId));
    let loaded = 0;
    const stillRejected: { readonly rejectId: string; readonly reason: string }[] = [];
    for (const name of pipelineNames()) {
      const mine = chosen.filter(({ lane }) => lane.startsWith(`${name}/`));
      if (mine.length === 0) continue;
      const pipelines = await loadPipelines([name]);
      requireSettings(pipelines, process.env);
      const [pipeline] = pipelines;
      if (pipeline === undefined) continue;
      const outcome = await replayRejects({
        pipeline,
        rejects: mine,
        io: session.io,
        state,
        sink: await session.sink(),
        owner: session.owner(),
        signal: session.signal,
      });
      loaded += outcome.loaded;
      stillRejected.push(...outcome.stillRejected);
    }
    if (options['json'] === true) printJson({ loaded, stillRejected });
    else {
      print(`${loaded} loaded, ${stillRejected.length} still set aside.`);
      for (const { rejectId, reason } of stillRejected) print(`  ${rejectId}: ${cell(reason, 100)}`);
    }
    return stillRejected.length > 0 ? 3 : 0;
  });
};
