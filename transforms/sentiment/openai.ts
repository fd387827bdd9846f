// Labels by OpenAI, or by any endpoint that speaks its language: OPENAI_API_KEY, OPENAI_BASE_URL, LLM_MODEL.

import type { Environment, LabelProvider, SettingProblem } from '../../core/types.ts';
import { openAIBatches } from './openai-batches.ts';
import { chatModel } from './openai-chat.ts';
import type { Account } from './openai-sender.ts';
import { type Price, priceOf } from './prices.ts';
import { labelProvider } from './provider.ts';
import { setting } from './setting.ts';
import { keyProblem, urlProblem, wordProblem } from './setting-problems.ts';
import { TOPICS, type Topic } from './topics.ts';

/**
 * The model where LLM_MODEL is not set. gpt-4o, the usual choice, is retired on 2027-01-14, and this is the replacement that
 * OpenAI names for it (https://developers.openai.com/api/docs/deprecations).
 */
export const DEFAULT_MODEL = 'gpt-6-luna';

/**
 * The provider behind OPENAI_API_KEY, OPENAI_BASE_URL and LLM_MODEL. Without a key there is none. The `openai` package is
 * loaded with the first request; requests go through `Context.fetch`, once each: tries and waits belong to the engine.
 */
export function openAIProvider(
  env: Environment,
  prices: Readonly<Record<string, Price>> = {},
  topics: readonly Topic[] = TOPICS,
): LabelProvider | undefined {
  const apiKey = setting(env, 'OPENAI_API_KEY');
  if (apiKey === undefined) return undefined;
  const baseURL = setting(env, 'OPENAI_BASE_URL');
  const model = setting(env, 'LLM_MODEL') ?? DEFAULT_MODEL;
  const name = baseURL !== undefined && URL.canParse(baseURL) ? new URL(baseURL).hostname : 'openai';
  const account: Account = {
    bucket: 'openai',
    settings: { key: 'OPENAI_API_KEY', model: 'LLM_MODEL', url: 'OPENAI_BASE_URL' },
    async connect(options) {
      const { OpenAI } = await import('openai');
      return new OpenAI({
        ...options,
        apiKey,
        baseURL: baseURL ?? null,
        organization: setting(env, 'OPENAI_ORG_ID') ?? null,
        project: setting(env, 'OPENAI_PROJECT_ID') ?? null,
      });
    },
  };
  return labelProvider(
    chatModel(
      {
        name,
        account,
        model,
        asked: model,
        price: priceOf(model, prices),
        endIn: (listed) => (listed as { readonly shutdown_date?: unknown }).shutdown_date,
      },
      (write) => openAIBatches({ account, model, endpoint: '/v1/chat/completions', write }),
    ),
    topics,
  );
}

/** What is set of OpenAI must make sense; without a key nothing is needed. */
export function openAIProblems(env: Environment): readonly SettingProblem[] {
  if (setting(env, 'OPENAI_API_KEY') === undefined) return [];
  return [
    ...keyProblem(env, 'OPENAI_API_KEY', 'the API keys page of the provider; copy it again'),
    ...urlProblem(
      env,
      'OPENAI_BASE_URL',
      'the documentation of the endpoint; leave it unset for OpenAI itself',
    ),
    ...wordProblem(env, 'LLM_MODEL', `the provider's list of models; leave it unset for ${DEFAULT_MODEL}`),
  ];
}
