// `pipeline enrich`: labels what still waits, or tells what that would cost.

import { type Enrichment, type EnrichOptions, enrich as enrichPipeline, estimate } from '../core/enrich.ts';
import { asPipelineError } from '../core/errors.ts';
import type { Pipeline } from '../core/types.ts';
import { parseText, parseUsd } from './arguments.ts';
import { count, print, printJson } from './output.ts';
import { begunPipelines, loadPipelines, pipelineNames } from './pipelines.ts';
import { createProgress } from './progress.ts';
import { labelText } from './run.ts';
import { withSession } from './session.ts';
import { requireLabelSettings } from './settings.ts';
import type { Action } from './verbs.ts';

export const enrich: Action = async (args, options) => {
  const named = (args[0] as readonly string[] | undefined) ?? [];
  const all = await loadPipelines(named.length > 0 ? named : pipelineNames());
  const pipelines = (named.length > 0 ? all : begunPipelines(all, process.env)).filter(
    ({ labels }) => labels !== undefined,
  );
  requireLabelSettings(pipelines, process.env);
  const budgetUsd = parseUsd('--budget', options['budget']);
  const [json, onlyEstimate] = [options['json'] === true, options['estimate'] === true];
  return withSession({ to: parseText(options['to']), readOnly: onlyEstimate }, async (session) => {
    const results: object[] = [];
    const exitCodes = [0];
    for (const pipeline of pipelines) {
      const enrichment: EnrichOptions = {
        pipeline,
        io: session.io,
        state: await session.state(),
        sink: await session.sink(),
        owner: session.owner(),
        signal: session.signal,
        leaseTtlMs: session.settings.leaseTtlMs,
        stale: options['stale'] === true,
        ...(budgetUsd === undefined ? {} : { budgetUsd }),
      };
      if (onlyEstimate) {
        const cost = await estimate(enrichment);
        results.push({ pipeline: pipeline.name, ...cost });
        if (!json) {
          print(
            `${pipeline.name}: ${count(cost.waiting, 'utterance')} to label, ${count(cost.texts, 'different text')}; ${cost.model} would cost at most ${cost.usd.toFixed(4)} USD. Nothing was sent.`,
          );
        }
        continue;
      }
      const outcome = await enrichAsRun(pipeline, enrichment, json);
      results.push({ pipeline: pipeline.name, runId: enrichment.owner.runId, ...outcome });
      exitCodes.push(exitCodeOf(outcome));
      if (!json) tell(pipeline, outcome);
    }
    if (json) printJson(results);
    return Math.max(...exitCodes);
  });
};

/** A run of the lane `labels`, so that its labels can be traced to a record as everything else can. */
async function enrichAsRun({ name }: Pipeline, options: EnrichOptions, json: boolean): Promise<Enrichment> {
  const { state, sink, owner, io } = options;
  const now = (): string => io.clock.now().toISOString();
  const [runId, run] = [owner.runId, { pipeline: name, lane: 'labels', sink: sink.location, owner }];
  const progress = await createProgress(name, [], json);
  let started = false;
  try {
    const outcome = await enrichPipeline({
      ...options,
      // The lease is ours by then: a run that finds the lane busy leaves no record.
      state: {
        ...state,
        async acquire(...request) {
          const leases = await state.acquire(...request);
          await state.startRun({ runId, ...run, status: 'running', startedAt: now() });
          started = true;
          return leases;
        },
      },
      onWaiting: (done, waiting) => progress.show({ at: 'labels', done, waiting }),
    });
    const { labels, costUsd, stopped } = outcome;
    if (stopped !== null) {
      const fields = { code: stopped.code, message: stopped.message };
      await state.addEvents([{ at: now(), runId, event: 'labels.stopped', fields }]);
    }
    await state.endRun(runId, {
      status: stopped === null ? 'succeeded' : 'partial',
      labels,
      costUsd,
      error: stopped,
    });
    return outcome;
  } catch (thrown) {
    const { kind, code, message, hint } = asPipelineError(thrown);
    const status = options.signal.aborted ? 'interrupted' : 'failed';
    const error = { kind, code, message, hint: hint ?? null };
    if (started) await state.endRun(runId, { status, labels: {}, costUsd: 0, error });
    throw thrown;
  } finally {
    await progress.end();
  }
}

function tell(pipeline: Pipeline, { labels, costUsd, stopped }: Enrichment): void {
  print(`${pipeline.name}: ${labelText(labels, costUsd) || 'nothing waits for a label'}.`);
  if (stopped !== null) print(`  Stopped: ${stopped.message} ${stopped.hint ?? ''}`);
}

/** A budget that is used up is no mistake of anybody's: the rest is labelled tomorrow. */
function exitCodeOf({ stopped }: Enrichment): number {
  if (stopped === null) return 0;
  return stopped.kind === 'config' && stopped.code !== 'label.budget' ? 2 : 3;
}
