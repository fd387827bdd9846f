// Asks a provider for labels that are compared and then forgotten: packs, tries and validation as in `pipeline enrich`, but no
// cache and no ledger.

import { performance } from 'node:perf_hooks';
import { createContext } from '../core/context.ts';
import { PipelineError } from '../core/errors.ts';
import { createLabelDesk } from '../core/label-desk.ts';
import { packs } from '../core/label-packs.ts';
import type { ErrorReport, Labeller, LabelProvider, State, Unlabelled } from '../core/types.ts';
import { emptyState } from '../state/empty.ts';
import { count, note } from './output.ts';
import type { ProgressView } from './progress.ts';
import type { Session } from './session.ts';

/** What a model did in this evaluation, and what that cost. */
export interface ModelUse {
  readonly model: string;
  /** Texts that it was asked about. */
  readonly texts: number;
  readonly requests: number;
  readonly costUsd: number;
  /** The time that 95 of 100 requests stay below; a request of a provider holds several texts. Null where none was made. */
  readonly p95Ms: number | null;
}

export interface ProviderRun {
  readonly session: Session;
  readonly labeller: Labeller;
  readonly budgetUsd: number;
  readonly progress: ProgressView;
}

export interface ProviderAnswers {
  /** One for each text, in order; null where it got none. */
  readonly labels: readonly (string | null)[];
  readonly use: ModelUse;
  readonly stopped: ErrorReport | null;
}

/** Texts between two reports of progress. */
const CHUNK = 400;

/** Throws config `eval.over_budget`, and sends nothing, where the texts may cost more than the budget. */
export async function askProvider(
  texts: readonly Unlabelled[],
  provider: LabelProvider,
  { session, labeller, budgetUsd, progress }: ProviderRun,
): Promise<ProviderAnswers> {
  const mostUsd = estimateUsd(texts, labeller, provider);
  if (mostUsd > budgetUsd) {
    throw new PipelineError(
      'config',
      'eval.over_budget',
      `Labelling ${count(texts.length, 'text')} with ${provider.model} may cost up to ${mostUsd.toFixed(4)} USD, more than the budget of ${budgetUsd} USD. Nothing was sent.`,
      { hint: `Allow it with --budget ${Math.ceil(mostUsd * 100) / 100}, or measure fewer texts.` },
    );
  }
  note(`${count(texts.length, 'text')} go to ${provider.model}, for at most ${mostUsd.toFixed(4)} USD.`);
  const timesMs: number[] = [];
  const timed: LabelProvider = {
    ...provider,
    async label(pack, context) {
      const startedMs = performance.now();
      try {
        return await provider.label(pack, context);
      } finally {
        timesMs.push(performance.now() - startedMs);
      }
    },
  };
  const state = forgetfulState();
  const desk = createLabelDesk({
    labeller,
    provider: timed,
    context: createContext({
      io: session.io,
      lane: 'eval',
      signal: session.signal,
      secrets: state.secrets,
      pins: { column: () => '' },
    }),
    state,
    owner: session.owner(),
    budgetUsd,
  });
  const labels: (string | null)[] = [];
  for (let at = 0; at < texts.length; at += CHUNK) {
    session.signal.throwIfAborted();
    const labelled = await desk.label(texts.slice(at, at + CHUNK));
    labels.push(...labelled.map(({ label }) => label?.label ?? null));
    progress.show({ at: 'labels', done: labels.length, waiting: texts.length });
  }
  session.signal.throwIfAborted();
  const { costUsd, stopped } = desk;
  const use = { texts: texts.length, requests: timesMs.length, costUsd, p95Ms: p95(timesMs) };
  return { labels, use: { model: provider.model, ...use }, stopped };
}

/** What all packs together can cost at most; equal texts are asked once. */
function estimateUsd(texts: readonly Unlabelled[], labeller: Labeller, provider: LabelProvider): number {
  const different = new Map(
    texts.map(({ contentHash, text, language }) => [
      contentHash,
      { hash: contentHash, text: text.slice(0, labeller.maxCharacters), language },
    ]),
  );
  let usd = 0;
  for (const pack of packs([...different.values()], labeller)) {
    usd += provider.estimateUsd(pack.map(({ hash, text, language }) => ({ id: hash, text, language })));
  }
  return usd;
}

/** Keeps no label and no spending; what a run may spend is the desk's own budget. */
function forgetfulState(): State {
  return {
    ...emptyState(),
    cacheLabels: async () => undefined,
    reserve: async ({ usd }) => ({ id: 'eval', usd }),
    settle: async () => undefined,
  };
}

/** The time that 95 of 100 stay below; null where there is none. */
export function p95(timesMs: readonly number[]): number | null {
  const sorted = [...timesMs].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.95) - 1)] ?? null;
}
