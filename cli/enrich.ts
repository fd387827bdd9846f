// `pipeline enrich`: labels what still waits, or tells what that would cost.

import { type Enrichment, type EnrichOptions, enrich as enrichPipeline, estimate } from '../core/enrich.ts';
import { asPipelineError } from '../core/errors.ts';
import type { Estimate } from '../core/label-estimate.ts';
import type { LogFields, Pipeline } from '../core/types.ts';
import { parseShare, parseText, parseUsd } from './arguments.ts';
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
  const cascade = options['cascade'] === undefined ? undefined : parseShare('--cascade', options['cascade']);
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
        batch: options['batch'] === true,
        ...(budgetUsd === undefined ? {} : { budgetUsd }),
        ...(cascade === undefined ? {} : { cascade }),
      };
      if (onlyEstimate) {
        const cost = await estimate(enrichment);
        results.push({ pipeline: pipeline.name, ...cost });
        if (!json) tellEstimate(pipeline, cost);
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
  let told: Promise<void> = Promise.resolve();
  const onEvent = (event: string, fields: LogFields): void => {
    io.log.info(event, { run: runId, ...fields });
    const at = now();
    told = told.then(() => state.addEvents([{ at, runId, event, fields }]));
    told.catch((thrown: unknown) => io.log.warn('event.lost', { code: asPipelineError(thrown).code }));
  };
  try {
    const outcome = await enrichPipeline({
      ...options,
      onEvent,
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
    if (stopped !== null) onEvent('labels.stopped', { code: stopped.code, message: stopped.message });
    await told;
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

function tell(pipeline: Pipeline, outcome: Enrichment): void {
  const { labels, costUsd, stopped, warnings, openBatches } = outcome;
  print(`${pipeline.name}: ${labelText(labels, costUsd) || 'nothing waits for a label'}.`);
  if (openBatches > 0)
    print(
      `  ${openBatches === 1 ? 'One batch is' : `${count(openBatches)} batches are`} under way; a later \`pipeline enrich\` takes the answers.`,
    );
  for (const warning of warnings) print(`  ${warning}`);
  if (stopped !== null) print(`  Stopped: ${stopped.message} ${stopped.hint ?? ''}`);
}

function tellEstimate(pipeline: Pipeline, cost: Estimate & { readonly model: string }): void {
  const { waiting, texts, cached, offline, underWay, providers } = cost;
  print(
    `${pipeline.name}: ${count(waiting, 'utterance')} to label, ${count(texts, 'different text')}; ${cost.model} would cost about ${cost.usd.toFixed(4)} USD, at most ${cost.atMostUsd.toFixed(4)}. Nothing was sent.`,
  );
  for (const { provider, model, texts, requests, tokens, usd } of providers) {
    print(
      `  ${provider}, ${model}: ${count(texts, 'text')} in ${count(requests, 'request')}, about ${tokens.toLocaleString('en')} tokens, ${usd.toFixed(4)} USD.`,
    );
  }
  if (cached > 0) print(`  ${count(cached, 'text')} known from before, at no cost.`);
  if (underWay > 0) print(`  ${count(underWay, 'text')} under way in a batch.`);
  if (offline > 0 && providers.length > 0) print(`  ${count(offline, 'text')} left to the offline model.`);
}

/** A budget that is used up is no mistake of anybody's: the rest is labelled tomorrow. */
function exitCodeOf({ stopped }: Enrichment): number {
  if (stopped === null) return 0;
  return stopped.kind === 'config' && stopped.code !== 'label.budget' ? 2 : 3;
}
