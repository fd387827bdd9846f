// `pipeline enrich`: labels what still waits, or tells what that would cost.

import { enrich as enrichPipeline, estimate } from '../core/enrich.ts';
import { PipelineError } from '../core/errors.ts';
import type { LabelCounts } from '../core/types.ts';
import { count, note, print, printJson } from './output.ts';
import { labelText } from './run.ts';
import { loadPipelines, missingText, pipelineNames, withSession } from './session.ts';
import type { Action } from './verbs.ts';

export const enrich: Action = async (args, options) => {
  const named = (args[0] as readonly string[] | undefined) ?? [];
  const pipelines = (await loadPipelines(named.length > 0 ? named : pipelineNames())).filter(
    (p) => p.labels !== undefined,
  );
  const problems = pipelines.flatMap((p) => p.labels?.problems(process.env) ?? []);
  if (problems.length > 0) throw new PipelineError('config', 'config.missing', missingText(problems));
  const budget = options['budget'] === undefined ? undefined : Number(options['budget']);
  if (budget !== undefined && !(budget >= 0)) {
    throw new PipelineError(
      'config',
      'usage.bad_number',
      `--budget ${String(options['budget'])} is no amount of US dollars.`,
    );
  }
  return withSession({ to: options['to'] as string | undefined }, async (session) => {
    const results: unknown[] = [];
    let exitCode = 0;
    for (const pipeline of pipelines) {
      const common = {
        pipeline,
        io: session.io,
        state: await session.state(),
        sink: await session.sink(),
        owner: session.owner(),
        signal: session.signal,
        leaseTtlMs: session.settings.leaseTtlMs,
        stale: options['stale'] === true,
        ...(budget === undefined ? {} : { budgetUsd: budget }),
      };
      if (options['estimate'] === true) {
        const cost = await estimate(common);
        results.push({ pipeline: pipeline.name, ...cost });
        if (options['json'] !== true) {
          print(
            `${pipeline.name}: ${count(cost.waiting)} utterances wait (${count(cost.texts)} different texts); ${cost.model} would cost at most ${cost.usd.toFixed(4)} USD. Nothing was sent.`,
          );
        }
        continue;
      }
      const outcome = await enrichPipeline({ ...common, onWaiting: progress(pipeline.name) });
      results.push({
        pipeline: pipeline.name,
        labels: outcome.labels,
        costUsd: outcome.costUsd,
        stopped: outcome.stopped,
      });
      if (options['json'] !== true) {
        print(
          `${pipeline.name}: ${labelText(outcome.labels as LabelCounts, outcome.costUsd) || 'nothing waits for a label.'}`,
        );
        if (outcome.stopped !== null)
          print(`  Stopped: ${outcome.stopped.message} ${outcome.stopped.hint ?? ''}`);
      }
      if (outcome.stopped !== null)
        exitCode = Math.max(
          exitCode,
          outcome.stopped.kind === 'config' && outcome.stopped.code !== 'label.budget' ? 2 : 3,
        );
    }
    if (options['json'] === true) printJson(results);
    return exitCode;
  });
};

function progress(pipeline: string): (done: number, waiting: number) => void {
  let shownMs = 0;
  return (done, waiting) => {
    if (Date.now() - shownMs < 1000 && done < waiting) return;
    shownMs = Date.now();
    note(
      process.stderr.isTTY === true
        ? `labels ${pipeline}: ${count(done)} of ${count(waiting)}`
        : JSON.stringify({ progress: 'labels', pipeline, done, waiting }),
    );
  };
}
