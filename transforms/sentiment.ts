// How feedback is labelled: by the providers that are set up, each for the languages that are routed to it, and offline otherwise.

import type { Environment, Labeller, SettingProblem } from '../core/types.ts';
import { labelOffline, OFFLINE_MODEL } from './sentiment/offline.ts';
import { DEFAULT_MODEL } from './sentiment/openai.ts';
import { type Prices, pricesOn } from './sentiment/prices.ts';
import { PROMPT_VERSION } from './sentiment/prompt.ts';
import { labelRoutes, type Routes, routeProblems } from './sentiment/routes.ts';
import { setting } from './sentiment/setting.ts';
import { expectedTokens } from './sentiment/token-estimate.ts';

export interface SentimentOptions {
  /** Prices of models that our table lacks or has otherwise, such as a server of one's own; by model id, US dollars a million tokens. */
  readonly prices?: Prices;
  /** Who is asked about which language; LLM_ROUTES counts more. */
  readonly routes?: Routes;
  /** The share of the queue, the least sure first, that goes on from the offline model to a provider. All of it by default. */
  readonly cascade?: number;
}

/** Past 8 to 10 short texts a request nothing more is saved, and answers start to depend on their place (arXiv 2309.00384). */
const PACK_SIZE = 8;
/** Texts of 400 tokens and more go alone; eight usual ones have some 700. Fits the smallest context in use with prompt and answer. */
const PACK_TOKENS = 1_600;
/** Fits the smallest context in use, 8k tokens, with prompt and answer beside it. */
const MAX_CHARACTERS = 6_000;

/** The labeller of all pipelines. `offline` is pure; the providers of `routes` send texts to the endpoints that the environment names. */
export function sentiment(options: SentimentOptions = {}): Labeller {
  return {
    promptVersion: PROMPT_VERSION,
    packSize: PACK_SIZE,
    packTokens: PACK_TOKENS,
    maxCharacters: MAX_CHARACTERS,
    tokens: expectedTokens,
    problems: (env) => findProblems(env, options.routes),
    offline: labelOffline,
    offlineModel: OFFLINE_MODEL,
    // It was trained on Arabic letters and reads few words of Arabic in Latin ones.
    beyondOffline: (language) => language === 'arabizi',
    ...(options.cascade === undefined ? {} : { cascade: options.cascade }),
    routes: (env) => labelRoutes(env, options.routes, pricesOn(options.prices ?? {}, new Date())),
  };
}

/** Nothing is needed without a key; with one, what is set must make sense. */
function findProblems(env: Environment, own: Routes | undefined): readonly SettingProblem[] {
  const asks = labelRoutes(env, own, {}) !== undefined;
  return [...openAIProblems(env), ...routeProblems(env), ...(asks ? budgetProblems(env) : [])];
}

/** LLM_MODEL may be any name, or unset. */
function openAIProblems(env: Environment): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const key = setting(env, 'OPENAI_API_KEY');
  if (key === undefined) return problems;
  if (!/^[\x21-\x7e]+$/.test(key)) {
    problems.push({
      name: 'OPENAI_API_KEY',
      problem: 'holds a blank or a letter that no key has',
      where: 'the API keys page of the provider; copy it again',
    });
  }
  const baseUrl = setting(env, 'OPENAI_BASE_URL');
  if (baseUrl !== undefined && !isHttpUrl(baseUrl)) {
    problems.push({
      name: 'OPENAI_BASE_URL',
      problem: 'is not an http or https URL without user name and password',
      where: 'the documentation of the endpoint; leave it unset for OpenAI itself',
    });
  }
  if (/\s/.test(setting(env, 'LLM_MODEL') ?? '')) {
    problems.push({
      name: 'LLM_MODEL',
      problem: 'holds a blank',
      where: `the provider's list of models; leave it unset for ${DEFAULT_MODEL}`,
    });
  }
  return problems;
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

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === ''
  );
}
