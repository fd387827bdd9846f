// Labels by a model of the JAIS family, on a server of one's own or a hosted one, that speaks OpenAI's language.
// https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html

import type { Environment, LabelProvider, SettingProblem } from '../../core/types.ts';
import { chatModel } from './openai-chat.ts';
import type { Account } from './openai-sender.ts';
import { type Price, priceOf } from './prices.ts';
import { labelProvider } from './provider.ts';
import { setting } from './setting.ts';
import { keyProblem, missingProblem, problemWhere, urlProblem, wordProblem } from './setting-problems.ts';
import { TOPICS, type Topic } from './topics.ts';

/** What most models of the family have. */
const DEFAULT_CONTEXT_TOKENS = 8192;

/**
 * The provider behind JAIS_BASE_URL and JAIS_MODEL; without one of them there is none. JAIS_API_KEY may be missing, as a server of
 * one's own often asks for none. JAIS_CONTEXT_TOKENS is how much question and answer may have together. Whether the server takes a
 * schema is found out with the first question; the shape of the answer is always told in words, too.
 */
export function jaisProvider(
  env: Environment,
  prices: Readonly<Record<string, Price>> = {},
  topics: readonly Topic[] = TOPICS,
): LabelProvider | undefined {
  const baseURL = setting(env, 'JAIS_BASE_URL');
  const model = setting(env, 'JAIS_MODEL');
  if (baseURL === undefined || model === undefined) return undefined;
  const account: Account = {
    bucket: 'jais',
    settings: { key: 'JAIS_API_KEY', model: 'JAIS_MODEL', url: 'JAIS_BASE_URL' },
    async connect(options) {
      const { OpenAI } = await import('openai');
      return new OpenAI({
        ...options,
        // The SDK insists on one; a server without keys does not look.
        apiKey: setting(env, 'JAIS_API_KEY') ?? 'none',
        baseURL,
        organization: null,
        project: null,
      });
    },
  };
  const contextTokens = Number(setting(env, 'JAIS_CONTEXT_TOKENS') ?? DEFAULT_CONTEXT_TOKENS);
  return labelProvider(
    chatModel({
      name: 'jais',
      account,
      model,
      asked: model,
      price: priceOf(model, prices),
      unknown: true,
      contextTokens,
    }),
    topics,
  );
}

/** With a key or an address, all that the server needs must be there and make sense. */
export function jaisProblems(env: Environment): readonly SettingProblem[] {
  const isMeant = ['JAIS_API_KEY', 'JAIS_BASE_URL'].some((name) => setting(env, name) !== undefined);
  if (!isMeant) return [];
  const server = 'whoever runs the server; mostly it ends in /v1';
  return [
    ...keyProblem(env, 'JAIS_API_KEY', 'the console of the provider; copy it again'),
    ...missingProblem(env, 'JAIS_BASE_URL', server),
    ...urlProblem(env, 'JAIS_BASE_URL', server),
    ...missingProblem(env, 'JAIS_MODEL', 'the list of models that the server shows at /v1/models'),
    ...wordProblem(env, 'JAIS_MODEL', 'the list of models that the server shows at /v1/models'),
    ...problemWhere(
      env,
      'JAIS_CONTEXT_TOKENS',
      'the description of the model; 8192 without it',
      'is not a whole number of tokens, 2048 or more',
      (text) => /^\d{4,7}$/.test(text) && Number(text) >= 2048,
    ),
  ];
}
