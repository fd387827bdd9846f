// Labels by Claude, through Anthropic's Messages API and its batches.
// https://platform.claude.com/docs/en/api/messages/create

import type { Environment, LabelProvider, SettingProblem } from '../../core/types.ts';
import { anthropicBatches } from './anthropic-batches.ts';
import { type AnthropicAccount, anthropicRefusal, callAnthropic } from './anthropic-sender.ts';
import { speechOf } from './anthropic-speech.ts';
import { type Price, priceOf } from './prices.ts';
import { labelProvider } from './provider.ts';
import { setting } from './setting.ts';
import { keyProblem, urlProblem, wordProblem } from './setting-problems.ts';
import { TOPICS, type Topic } from './topics.ts';

/** The smallest model of the newest family in the SDK's own list; a label needs no larger one. */
export const DEFAULT_ANTHROPIC_MODEL = 'claude-haiku-5-5';

/**
 * The provider behind ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL and ANTHROPIC_MODEL. Without a key there is none. The SDK is loaded
 * with the first request; requests go through `Context.fetch`, once each: tries and waits belong to the engine.
 */
export function anthropicProvider(
  env: Environment,
  prices: Readonly<Record<string, Price>> = {},
  topics: readonly Topic[] = TOPICS,
): LabelProvider | undefined {
  const apiKey = setting(env, 'ANTHROPIC_API_KEY');
  if (apiKey === undefined) return undefined;
  const account: AnthropicAccount = { apiKey, baseURL: setting(env, 'ANTHROPIC_BASE_URL') };
  const model = setting(env, 'ANTHROPIC_MODEL') ?? DEFAULT_ANTHROPIC_MODEL;
  const speech = speechOf(model);
  return labelProvider(
    {
      name: 'anthropic',
      model,
      price: priceOf(model, prices),
      async ask(question, context) {
        const { inputTokens, outputTokens } = question;
        for (;;) {
          const message = speech.write(question);
          const done = await callAnthropic(account, { context, inputTokens, outputTokens }, (client) =>
            client.messages.create(message),
          );
          if (!('refusal' in done)) return speech.read(done.answer);
          const lacking = speech.adapt(done.refusal);
          if (lacking === undefined) throw anthropicRefusal(done.refusal, model);
          context.log.warn('label.parameter_refused', { provider: 'anthropic', model, parameter: lacking });
        }
      },
      batches: anthropicBatches(account, model, speech),
      async retiresOn(context) {
        const done = await callAnthropic(account, { context }, (client) => client.models.retrieve(model));
        if ('refusal' in done) {
          // A list that does not have the model says nothing about its end; a gateway may have no list.
          if (done.refusal.status === 404) return null;
          throw anthropicRefusal(done.refusal, model);
        }
        return readDay(done.answer.retires_at);
      },
    },
    topics,
  );
}

/** The day of an instant, in UTC; null where there is none. */
function readDay(instant: unknown): string | null {
  const at = typeof instant === 'string' ? new Date(instant) : undefined;
  return at === undefined || Number.isNaN(at.getTime()) ? null : at.toISOString().slice(0, 10);
}

/** Nothing is needed without a key; with one, what is set must make sense. */
export function anthropicProblems(env: Environment): readonly SettingProblem[] {
  if (setting(env, 'ANTHROPIC_API_KEY') === undefined) return [];
  return [
    ...keyProblem(env, 'ANTHROPIC_API_KEY', 'the API keys page of the Claude Console; copy it again'),
    ...urlProblem(
      env,
      'ANTHROPIC_BASE_URL',
      'the documentation of the gateway; leave it unset for Anthropic itself',
    ),
    ...wordProblem(
      env,
      'ANTHROPIC_MODEL',
      `the vendor's list of models; leave it unset for ${DEFAULT_ANTHROPIC_MODEL}`,
    ),
  ];
}
