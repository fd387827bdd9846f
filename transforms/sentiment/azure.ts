// Labels by a deployment of Azure OpenAI.
// https://learn.microsoft.com/azure/ai-foundry/openai/reference

import type { Environment, LabelProvider, SettingProblem } from '../../core/types.ts';
import { openAIBatches } from './openai-batches.ts';
import { type ChatModel, chatModel } from './openai-chat.ts';
import type { Account } from './openai-sender.ts';
import { type Price, priceOf } from './prices.ts';
import { labelProvider } from './provider.ts';
import { setting } from './setting.ts';
import { keyProblem, missingProblem, problemWhere, urlProblem } from './setting-problems.ts';
import { TOPICS, type Topic } from './topics.ts';

/**
 * The provider behind AZURE_OPENAI_API_KEY, AZURE_OPENAI_ENDPOINT (`https://<resource>.openai.azure.com`) and
 * AZURE_OPENAI_DEPLOYMENT; without one of them there is none. AZURE_OPENAI_MODEL says which model is deployed, for its price,
 * where the deployment is not called after it. With AZURE_OPENAI_API_VERSION, a date, requests go to that version of the API;
 * otherwise to the versionless address, which follows the newest. Batches need a deployment of their own, of the kind Global
 * Batch: AZURE_OPENAI_BATCH_DEPLOYMENT.
 */
export function azureProvider(
  env: Environment,
  prices: Readonly<Record<string, Price>> = {},
  topics: readonly Topic[] = TOPICS,
): LabelProvider | undefined {
  const apiKey = setting(env, 'AZURE_OPENAI_API_KEY');
  const endpoint = setting(env, 'AZURE_OPENAI_ENDPOINT')?.replace(/\/+$/, '');
  const deployment = setting(env, 'AZURE_OPENAI_DEPLOYMENT');
  if (apiKey === undefined || endpoint === undefined || deployment === undefined) return undefined;
  const apiVersion = setting(env, 'AZURE_OPENAI_API_VERSION');
  const batchDeployment = setting(env, 'AZURE_OPENAI_BATCH_DEPLOYMENT');
  const model = setting(env, 'AZURE_OPENAI_MODEL') ?? deployment;
  const account: Account = {
    bucket: 'azure',
    settings: {
      key: 'AZURE_OPENAI_API_KEY',
      model: 'AZURE_OPENAI_DEPLOYMENT',
      url: 'AZURE_OPENAI_ENDPOINT',
    },
    async connect(options) {
      const { AzureOpenAI, OpenAI } = await import('openai');
      // Both with their base URL: the SDK would otherwise take OPENAI_BASE_URL, which is another account's.
      return apiVersion === undefined
        ? new OpenAI({
            ...options,
            apiKey,
            baseURL: `${endpoint}/openai/v1`,
            defaultHeaders: { authorization: null, 'api-key': apiKey },
            organization: null,
            project: null,
          })
        : new AzureOpenAI({
            ...options,
            apiKey,
            baseURL: `${endpoint}/openai`,
            apiVersion,
            organization: null,
            project: null,
          });
    },
  };
  const chat: ChatModel = {
    name: 'azure',
    account,
    model,
    asked: deployment,
    price: priceOf(model, prices),
    endIn: (listed) =>
      (listed as { readonly deprecation?: { readonly inference?: unknown } }).deprecation?.inference,
  };
  if (batchDeployment === undefined) return labelProvider(chatModel(chat), topics);
  return labelProvider(
    chatModel(chat, (write) =>
      openAIBatches({
        account,
        model,
        endpoint: apiVersion === undefined ? '/v1/chat/completions' : '/chat/completions',
        write: (question) => ({ ...write(question), model: batchDeployment }),
      }),
    ),
    topics,
  );
}

/** With a key, all that Azure needs must be there and make sense. */
export function azureProblems(env: Environment): readonly SettingProblem[] {
  if (setting(env, 'AZURE_OPENAI_API_KEY') === undefined) return [];
  const resource = 'the page “Keys and Endpoint” of the resource in the Azure portal';
  const deployments = 'the page “Deployments” of the resource';
  const nameProblem = (name: string): readonly SettingProblem[] =>
    problemWhere(env, name, deployments, 'has other signs than letters, digits, - _ and .', (text) =>
      /^[\w.-]{1,64}$/.test(text),
    );
  return [
    ...keyProblem(env, 'AZURE_OPENAI_API_KEY', resource),
    ...missingProblem(env, 'AZURE_OPENAI_ENDPOINT', resource),
    ...urlProblem(env, 'AZURE_OPENAI_ENDPOINT', resource),
    ...missingProblem(env, 'AZURE_OPENAI_DEPLOYMENT', deployments),
    ...nameProblem('AZURE_OPENAI_DEPLOYMENT'),
    ...nameProblem('AZURE_OPENAI_BATCH_DEPLOYMENT'),
    ...nameProblem('AZURE_OPENAI_MODEL'),
    ...problemWhere(
      env,
      'AZURE_OPENAI_API_VERSION',
      'the list of API versions in the documentation; leave it unset for the newest',
      'is not a date such as 2024-10-21, nor one with -preview',
      (text) => /^\d{4}-\d{2}-\d{2}(?:-preview)?$/.test(text),
    ),
  ];
}
