// How feedback is labelled: by a model behind an OpenAI-compatible endpoint where there is a key, by the lexicon otherwise.

import type { Environment, Labeller, SettingProblem } from '../core/types.ts';
import { labelOffline, OFFLINE_MODEL } from './sentiment/offline.ts';
import { DEFAULT_MODEL, openAIProvider } from './sentiment/openai.ts';
import type { Price } from './sentiment/prices.ts';
import { PROMPT_VERSION } from './sentiment/prompt.ts';
import { setting } from './sentiment/setting.ts';

export interface SentimentOptions {
  /** Prices of models that our table lacks or has otherwise, such as a server of one's own; by model id, US dollars a million tokens. */
  readonly prices?: Readonly<Record<string, Price>>;
}

/** Past 8 to 10 short texts a request nothing more is saved, and answers start to depend on their place (arXiv 2309.00384). */
const PACK_SIZE = 8;
/** Fits the smallest context in use, 8k tokens, with prompt and answer beside it. */
const MAX_CHARACTERS = 6_000;

/** The labeller of all pipelines. `offline` is pure; `provider` sends texts to the endpoint that the environment names. */
export function sentiment(options: SentimentOptions = {}): Labeller {
  return {
    promptVersion: PROMPT_VERSION,
    packSize: PACK_SIZE,
    maxCharacters: MAX_CHARACTERS,
    problems: findProblems,
    offline: labelOffline,
    offlineModel: OFFLINE_MODEL,
    provider: (env) => openAIProvider(env, options.prices),
  };
}

/** Nothing is needed without a key; with one, what is set must make sense. LLM_MODEL may be any name, or unset. */
function findProblems(env: Environment): readonly SettingProblem[] {
  const key = setting(env, 'OPENAI_API_KEY');
  if (key === undefined) return [];
  const problems: SettingProblem[] = [];
  if (!/^[\x21-\x7e]+$/.test(key)) {
    problems.push({
      name: 'OPENAI_API_KEY',
      problem: 'holds a blank or a letter that no key has',
      where: 'the API keys page of the provider; copy it again',
    });
  }
  const budget = setting(env, 'LLM_DAILY_BUDGET_USD');
  if (budget !== undefined && !(Number.isFinite(Number(budget)) && Number(budget) >= 0)) {
    problems.push({
      name: 'LLM_DAILY_BUDGET_USD',
      problem: 'is not a number of US dollars, 0 or more, such as 5 or 0.50',
      where: 'your own decision: what labels may cost in one UTC day',
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

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.password === ''
  );
}
