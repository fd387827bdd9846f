// Asks a provider for labels that are compared and then forgotten: packs, tries and validation as in `pipeline enrich`, but no
// cache and no ledger.

import { performance } from 'node:perf_hooks';
import { createContext } from '../core/context.ts';
import { PipelineError } from '../core/errors.ts';
import { createLabelBudget } from '../core/label-budget.ts';
import { createLabelDesk } from '../core/label-desk.ts';
import { createEstimator } from '../core/label-estimate.ts';
import type { ErrorReport, Labeller, LabelProvider, LabelRoutes, State, Unlabelled } from '../core/types.ts';
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
  /** One for each model that can be asked. */
  readonly uses: readonly ModelUse[];
  readonly stopped: ErrorReport | null;
}

/** Texts between two reports of progress. */
const CHUNK = 400;

/** Throws config `eval.over_budget`, and sends nothing, where the texts may cost more than the budget. */
export async function askProviders(
  texts: readonly Unlabelled[],
  routes: LabelRoutes,
  { session, labeller, budgetUsd, progress }: ProviderRun,
): Promise<ProviderAnswers> {
  const state = forgetfulState();
  const estimator = createEstimator({ labeller, routes, state, cascade: undefined, batch: false });
  for (let at = 0; at < texts.length; at += CHUNK) await estimator.add(texts.slice(at, at + CHUNK));
  const { atMostUsd: mostUsd } = estimator.total();
  const models = routes.providers.map(({ model }) => model).join(' and ');
  if (mostUsd > budgetUsd) {
    throw new PipelineError(
      'config',
      'eval.over_budget',
      `Labelling ${count(texts.length, 'text')} with ${models} may cost up to ${mostUsd.toFixed(4)} USD, more than the budget of ${budgetUsd} USD. Nothing was sent.`,
      { hint: `Allow it with --budget ${Math.ceil(mostUsd * 100) / 100}, or measure fewer texts.` },
    );
  }
  note(`${count(texts.length, 'text')} go to ${models}, for at most ${mostUsd.toFixed(4)} USD.`);
  const { timedRoutes, uses } = timed(routes);
  const context = createContext({
    io: session.io,
    lane: 'eval',
    signal: session.signal,
    secrets: state.secrets,
    pins: { column: () => '' },
  });
  const budget = createLabelBudget({ state, context, runId: session.owner().runId, budgetUsd });
  const desk = createLabelDesk({ labeller, routes: timedRoutes, context, state, budget });
  const labels: (string | null)[] = [];
  for (let at = 0; at < texts.length; at += CHUNK) {
    session.signal.throwIfAborted();
    const labelled = await desk.label(texts.slice(at, at + CHUNK));
    labels.push(...labelled.map(({ label }) => label?.label ?? null));
    progress.show({ at: 'labels', done: labels.length, waiting: texts.length });
  }
  session.signal.throwIfAborted();
  return { labels, uses: uses(), stopped: desk.stopped };
}

/** The same routes, with a watch on each provider. */
function timed(routes: LabelRoutes): { readonly timedRoutes: LabelRoutes; uses(): readonly ModelUse[] } {
  const watched = new Map<LabelProvider, LabelProvider>();
  const uses: (() => ModelUse)[] = [];
  for (const provider of routes.providers) {
    const timesMs: number[] = [];
    let [texts, costUsd] = [0, 0];
    watched.set(provider, {
      ...provider,
      async label(pack, context) {
        const startedMs = performance.now();
        texts += pack.length;
        try {
          const answer = await provider.label(pack, context);
          costUsd += answer.costUsd;
          return answer;
        } finally {
          timesMs.push(performance.now() - startedMs);
        }
      },
    });
    const { model } = provider;
    uses.push(() => ({ model, texts, requests: timesMs.length, costUsd, p95Ms: p95(timesMs) }));
  }
  const lists = new Map<readonly LabelProvider[], readonly LabelProvider[]>();
  const timedRoutes: LabelRoutes = {
    providers: [...watched.values()],
    of(language) {
      const route = routes.of(language);
      const list = lists.get(route) ?? route.flatMap((provider) => watched.get(provider) ?? []);
      lists.set(route, list);
      return list;
    },
  };
  return { timedRoutes, uses: () => uses.map((use) => use()) };
}

/** Keeps no label and no spending; what a run may spend is its own budget. */
function forgetfulState(): State {
  return {
    ...emptyState(),
    cacheLabels: async () => undefined,
    reserve: async ({ usd }) => ({ reservation: { id: 'eval', usd }, takenUsd: 0, providerTakenUsd: 0 }),
    settle: async () => undefined,
    remember: async () => false,
  };
}

/** The time that 95 of 100 stay below; null where there is none. */
export function p95(timesMs: readonly number[]): number | null {
  const sorted = [...timesMs].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.95) - 1)] ?? null;
}
