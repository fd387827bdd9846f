// How feedback is labelled: by the providers that are set up, each for the languages that are routed to it, and offline otherwise.

import type { Environment, Labeller, SettingProblem } from '../core/types.ts';
import { CANARIES } from './sentiment/canaries.ts';
import { labelOffline, OFFLINE_MODEL, offlineLabeller } from './sentiment/offline.ts';
import { type Prices, pricesOn } from './sentiment/prices.ts';
import { promptVersion } from './sentiment/prompt.ts';
import { labelRoutes, type Routes, vendorProblems } from './sentiment/routes.ts';
import { setting } from './sentiment/setting.ts';
import { isSuspicious } from './sentiment/suspicious.ts';
import { expectedTokens } from './sentiment/token-estimate.ts';
import { checkTopics, TOPICS, type Topic } from './sentiment/topics.ts';

export interface SentimentOptions {
  /** Prices of models that our table lacks or has otherwise, such as a server of one's own; by model id, US dollars a million tokens. */
  readonly prices?: Prices;
  /** Who is asked about which language; LLM_ROUTES counts more. */
  readonly routes?: Routes;
  /** The share of the queue, the least sure first, that goes on from the offline model to a provider. All of it by default. */
  readonly cascade?: number;
  /** What labels may be about, in place of the list of this release; `other` is always there. Part of the prompt's version. */
  readonly topics?: readonly Topic[];
}

/** Past 8 to 10 short texts a request nothing more is saved, and answers start to depend on their place (arXiv 2309.00384). */
const PACK_SIZE = 8;
/** Texts of 400 tokens and more go alone; eight usual ones have some 700. Fits the smallest context in use with prompt and answer. */
const PACK_TOKENS = 1_600;
/** Fits the smallest context in use, 8k tokens, with prompt and answer beside it. */
const MAX_CHARACTERS = 6_000;

/** The labeller of all pipelines. `offline` is pure; the providers of `routes` send texts to the endpoints that the environment names. */
export function sentiment(options: SentimentOptions = {}): Labeller {
  const { topics = TOPICS } = options;
  checkTopics(topics);
  return {
    promptVersion: promptVersion(topics),
    packSize: PACK_SIZE,
    packTokens: PACK_TOKENS,
    maxCharacters: MAX_CHARACTERS,
    tokens: expectedTokens,
    isSuspicious,
    canaries: CANARIES,
    problems: (env) => findProblems(env, options.routes),
    // All pipelines with the topics of this release share one memory of words.
    offline: topics === TOPICS ? labelOffline : offlineLabeller(topics),
    offlineModel: OFFLINE_MODEL,
    // It was trained on Arabic letters and reads few words of Arabic in Latin ones.
    beyondOffline: (language) => language === 'arabizi',
    ...(options.cascade === undefined ? {} : { cascade: options.cascade }),
    routes: (env) => labelRoutes(env, options.routes, pricesOn(options.prices ?? {}, new Date()), topics),
  };
}

/** Nothing is needed without a key; with one, what is set must make sense. */
function findProblems(env: Environment, own: Routes | undefined): readonly SettingProblem[] {
  const asks = labelRoutes(env, own, {}) !== undefined;
  return [...vendorProblems(env), ...(asks ? budgetProblems(env) : [])];
}

/** Of the day, and of each provider. */
function budgetProblems(env: Environment): readonly SettingProblem[] {
  return Object.keys(env)
    .filter((name) => /^LLM_DAILY_BUDGET_USD(?:_[A-Z0-9_]+)?$/.test(name))
    .filter((name) => {
      const budget = setting(env, name);
      return budget !== undefined && !(Number.isFinite(Number(budget)) && Number(budget) >= 0);
    })
    .map((name) => ({
      name,
      problem: 'is not a number of US dollars, 0 or more, such as 5 or 0.50',
      where: 'your own decision: what labels may cost in one UTC day',
    }));
}
