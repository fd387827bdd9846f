// `pipeline eval`: how right the labels of a model are on texts that people labelled; nothing is written.

import { performance } from 'node:perf_hooks';
import { PipelineError } from '../core/errors.ts';
import { feedbackTable, transformed } from '../core/feedback.ts';
import { stableHash } from '../core/ids.ts';
import { createCut } from '../core/label-cascade.ts';
import { offline } from '../core/labelled-text.ts';
import type { ErrorReport, Labeller, LabelRoutes, Pipeline, Row, Unlabelled } from '../core/types.ts';
import { parseShare, parseText, parseUsd } from './arguments.ts';
import { askProviders, type ModelUse, type ProviderRun, p95 } from './eval-provider.ts';
import { printEvaluation } from './eval-report.ts';
import { type LabelledLine, readLabelledFile } from './labelled-file.ts';
import { type Judged, type Measures, measure } from './measures.ts';
import { note, printJson } from './output.ts';
import { loadPipelines, pipelineNames } from './pipelines.ts';
import { createProgress } from './progress.ts';
import { type Session, withSession } from './session.ts';
import { requireLabelSettings } from './settings.ts';
import type { Action } from './verbs.ts';

type Mode = 'offline' | 'provider' | 'cascade';

export interface Evaluation extends Measures {
  readonly mode: Mode;
  /** Texts without a word or an emoji, which are never labelled. */
  readonly leftOut: number;
  /** Texts that a provider gave no label; they count as wrong. */
  readonly unlabelled: number;
  readonly languages: { readonly [language: string]: Measures };
  readonly dialects: { readonly [dialect: string]: Measures };
  readonly models: readonly ModelUse[];
  /** Why the provider was asked no more; null while all went well. */
  readonly stopped: ErrorReport | null;
}

/** A labelled text as the pipeline would hand it to a model. */
interface Prepared extends Unlabelled {
  readonly line: LabelledLine;
}

interface Predicted {
  readonly label: string | null;
}

const DEFAULT_BUDGET_USD = 1;
const DEFAULT_SHARE = 0.4;
const UNKNOWN = 'unknown';

export const evaluate: Action = async (args, options) => {
  const { mode, only } = parseMode(options['model']);
  const share = shareOf(options['cascade'], mode);
  const budgetUsd = parseUsd('--budget', options['budget']) ?? DEFAULT_BUDGET_USD;
  const { pipeline, labeller } = await labellingPipeline();
  if (only !== undefined) requireProvider(labeller, only);
  const lines = readLabelledFile(String(args[0]), {
    text: parseText(options['text']),
    label: parseText(options['label']),
    language: parseText(options['language']),
    dialect: parseText(options['dialect']),
  });
  if (mode !== 'offline') requireLabelSettings([pipeline], process.env);
  const json = options['json'] === true;
  return withSession({ readOnly: true }, async (session) => {
    const routes = mode === 'offline' ? undefined : routesOf(labeller, session, only);
    const texts = await prepare(lines, pipeline);
    const prepared = texts.filter(({ contentHash }) => contentHash !== '');
    const progress = await createProgress('eval', [], json);
    try {
      const run = { session, labeller, routes, budgetUsd, progress };
      const evaluation = await evaluateTexts(prepared, mode, share, run);
      const whole = { ...evaluation, leftOut: texts.length - prepared.length };
      await progress.end();
      if (json) printJson(whole);
      else await printEvaluation(whole);
      if (whole.stopped === null) return 0;
      if (!json) note(`Stopped: ${whole.stopped.message}`);
      return whole.stopped.kind === 'config' && whole.stopped.code !== 'label.budget' ? 2 : 3;
    } finally {
      await progress.end();
    }
  });
};

async function evaluateTexts(
  texts: readonly Prepared[],
  mode: Mode,
  share: number,
  run: ProviderRun & { readonly routes: LabelRoutes | undefined },
): Promise<Omit<Evaluation, 'leftOut'>> {
  const predicted: Predicted[] = texts.map(() => ({ label: null }));
  const models: ModelUse[] = [];
  if (mode !== 'provider') {
    const timesMs = texts.map((text, at) => {
      const startedMs = performance.now();
      const { label } = offline(run.labeller, text);
      if (label !== null) predicted[at] = label;
      return performance.now() - startedMs;
    });
    models.push({
      model: run.labeller.offlineModel,
      texts: texts.length,
      requests: texts.length,
      costUsd: 0,
      p95Ms: p95(timesMs),
    });
  }
  let stopped: ErrorReport | null = null;
  const asked = mode === 'provider' ? texts.map((_, at) => at) : leastSure(texts, run.labeller, share);
  if (mode !== 'offline') {
    const { routes } = run;
    if (routes === undefined) throw new PipelineError('bug', 'eval.no_provider', 'There is no provider.');
    const asking = asked.flatMap((at) => texts[at] ?? []);
    const answers = await askProviders(asking, routes, run);
    asked.forEach((at, i) => {
      const label = answers.labels[i] ?? null;
      // In a cascade a text that the provider gave no label keeps the one that it had.
      if (label !== null || mode === 'provider') predicted[at] = { label };
    });
    models.push(...answers.uses);
    stopped = answers.stopped;
  }
  const judged = texts.map(
    ({ line }, at): Judged => ({ actual: line.label, predicted: predicted[at]?.label ?? null }),
  );
  return {
    mode,
    ...measure(judged),
    unlabelled: judged.filter(({ predicted }) => predicted === null).length,
    languages: measureGroups(
      judged,
      texts.map(({ line, language }) => line.language ?? language),
    ),
    dialects: measureGroups(
      judged,
      texts.map(({ line }) => line.dialect),
    ),
    models,
    stopped,
  };
}

/** The places of the texts that go on from the small model, as a cascade of `pipeline enrich` would choose them. */
function leastSure(texts: readonly Prepared[], labeller: Labeller, share: number): readonly number[] {
  const labels = texts.map(({ text, language }) => labeller.offline(text, language));
  const cut = createCut(labeller, share);
  texts.forEach((text, at) => {
    const label = labels[at];
    if (label !== undefined) cut.add(text, label);
  });
  const cascade = cut.cascade();
  return texts.flatMap((text, at) => {
    const label = labels[at];
    return label !== undefined && cascade.takes(text, label) ? [at] : [];
  });
}

/** Texts as the transforms of the pipeline hand them to a model; the file's word on the language counts more than ours. */
async function prepare(lines: readonly LabelledLine[], pipeline: Pipeline): Promise<readonly Prepared[]> {
  const empty = Object.fromEntries(
    Object.keys(feedbackTable(pipeline.transforms).fields).map((name) => [name, null]),
  );
  const given = lines.map(({ text }): Row => ({ ...empty, text_original: text, text_is_html: false }));
  const rows = await transformed(given, pipeline.transforms);
  return lines.map((line, at): Prepared => {
    const row = rows[at] ?? {};
    const { text_analysis: analysis, content_hash: hash, language } = row;
    const text = typeof analysis === 'string' ? analysis : line.text;
    return {
      line,
      feedbackId: String(at),
      text,
      contentHash: typeof hash === 'string' ? hash : stableHash(text),
      language: typeof language === 'string' ? language : null,
    };
  });
}

function measureGroups(
  judged: readonly Judged[],
  groups: readonly (string | null)[],
): { readonly [group: string]: Measures } {
  if (groups.every((group) => group === null)) return {};
  const members = new Map<string, Judged[]>();
  judged.forEach((one, at) => {
    const group = groups[at] ?? UNKNOWN;
    const those = members.get(group);
    if (those === undefined) members.set(group, [one]);
    else those.push(one);
  });
  return Object.fromEntries([...members].sort().map(([group, those]) => [group, measure(those)]));
}

/** The first pipeline that labels: all of them label alike. */
async function labellingPipeline(): Promise<{ readonly pipeline: Pipeline; readonly labeller: Labeller }> {
  for (const name of pipelineNames()) {
    const [pipeline] = await loadPipelines([name]);
    if (pipeline?.labels !== undefined) return { pipeline, labeller: pipeline.labels };
  }
  throw new PipelineError('config', 'eval.no_labels', 'No pipeline in pipelines/ labels anything.', {
    hint: 'Give one of them `labels: sentiment()`.',
  });
}

/** Those of the pipeline, or one provider for everything. */
function routesOf(labeller: Labeller, session: Session, only: string | undefined): LabelRoutes {
  const env = only === undefined ? session.io.env : { ...session.io.env, LLM_ROUTES: `*=${only}` };
  const routes = labeller.routes(env);
  if (routes !== undefined) return routes;
  throw new PipelineError(
    'config',
    'eval.no_key',
    only === undefined
      ? 'OPENAI_API_KEY is not set, so there is no provider to ask.'
      : `The settings of ${only} are missing, so there is nobody to ask.`,
    {
      hint: 'Set it, or measure the offline model: --model offline.',
    },
  );
}

function requireProvider(labeller: Labeller, name: string): void {
  const problems = labeller.problems({ LLM_ROUTES: `*=${name}` });
  if (problems.some((problem) => problem.name === 'LLM_ROUTES')) throw unknownModel(name);
}

function parseMode(text: unknown): { readonly mode: Mode; readonly only?: string } {
  const mode = (['offline', 'provider', 'cascade'] as const).find((one) => one === (text ?? 'offline'));
  if (mode !== undefined) return { mode };
  if (/^[a-z][a-z0-9]{0,30}$/.test(String(text))) return { mode: 'provider', only: String(text) };
  throw unknownModel(text);
}

function unknownModel(text: unknown): PipelineError {
  return new PipelineError('config', 'usage.bad_model', `--model “${String(text)}” is not known.`, {
    hint: 'It is offline, provider, cascade, or the name of one provider such as openai.',
  });
}

function shareOf(text: unknown, mode: Mode): number {
  if (text !== undefined && mode !== 'cascade') {
    throw new PipelineError('config', 'usage.bad_number', '--cascade goes with --model cascade only.');
  }
  return text === undefined ? DEFAULT_SHARE : parseShare('--cascade', text);
}
