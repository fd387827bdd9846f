// Labels through any OpenAI-compatible chat endpoint: OpenAI, Azure, or a server of one's own with JAIS or another model.
// https://platform.openai.com/docs/api-reference/chat/create

import { PipelineError } from '../../core/errors.ts';
import type { Environment, LabelProvider } from '../../core/types.ts';
import { type Refusal, refusalError } from './openai-errors.ts';
import { type Completion, type CompletionRequest, openSender } from './openai-sender.ts';
import { type Price, priceOf, type Usage } from './prices.ts';
import { labelProvider, type ModelReply, type ModelRequest } from './provider.ts';
import { setting } from './setting.ts';

/**
 * The model where LLM_MODEL is not set. gpt-4o, the usual choice, is retired on 2027-01-14, and this is the replacement that
 * OpenAI names for it (https://developers.openai.com/api/docs/deprecations).
 */
export const DEFAULT_MODEL = 'gpt-6-luna';

/** Parameters that some servers refuse; each is left out for good once it was refused. */
type Optional = 'response_format' | 'reasoning_effort' | 'temperature' | 'max_completion_tokens';
const OPTIONAL: readonly Optional[] = [
  'response_format',
  'reasoning_effort',
  'temperature',
  'max_completion_tokens',
];

/**
 * The provider behind OPENAI_API_KEY, OPENAI_BASE_URL and LLM_MODEL. Without a key there is none. The `openai` package is
 * loaded with the first request; requests go through `Context.fetch`, once each: tries and waits belong to the engine.
 */
export function openAIProvider(
  env: Environment,
  prices: Readonly<Record<string, Price>> = {},
): LabelProvider | undefined {
  const apiKey = setting(env, 'OPENAI_API_KEY');
  if (apiKey === undefined) return undefined;
  const baseURL = setting(env, 'OPENAI_BASE_URL');
  const model = setting(env, 'LLM_MODEL') ?? DEFAULT_MODEL;
  const refused = new Set<Optional>();
  return labelProvider({
    name: baseURL !== undefined && URL.canParse(baseURL) ? new URL(baseURL).hostname : 'openai',
    model,
    price: priceOf(model, prices),
    async ask(question, context) {
      const send = await openSender({ apiKey, baseURL, env, context, inputTokens: question.inputTokens });
      for (;;) {
        const request = requestFor(question, model, refused);
        const answer = await send(request);
        if (!('refusal' in answer)) return readCompletion(answer.completion);
        const unwanted = unwantedParameter(answer.refusal, request);
        if (unwanted === undefined) throw refusalError(answer.refusal, model);
        refused.add(unwanted);
      }
    },
  });
}

function requestFor(
  question: ModelRequest,
  model: string,
  refused: ReadonlySet<Optional>,
): CompletionRequest {
  const schema = !refused.has('response_format');
  const reasons = /(?:^|\/)(?:gpt-[5-9]|o\d)/i.test(model);
  return {
    model,
    messages: [
      { role: 'system', content: schema ? question.system : question.plainSystem },
      { role: 'user', content: question.user },
    ],
    // Older servers only know the older name of the limit.
    ...(refused.has('max_completion_tokens')
      ? { max_tokens: question.outputTokens }
      : { max_completion_tokens: question.outputTokens }),
    ...(schema
      ? {
          response_format: {
            type: 'json_schema' as const,
            json_schema: { name: 'labels', strict: true, schema: { ...question.schema } },
          },
        }
      : {}),
    // Models that reason do so by default and bill it as output; a label needs none, and they refuse a temperature.
    ...(reasons && !refused.has('reasoning_effort') ? { reasoning_effort: 'none' as const } : {}),
    ...(reasons || refused.has('temperature') ? {} : { temperature: 0 }),
  };
}

/** The optional parameter that a 400 or 422 is about, when it was sent. */
function unwantedParameter(refusal: Refusal, request: CompletionRequest): Optional | undefined {
  if (refusal.status !== 400 && refusal.status !== 422) return undefined;
  return OPTIONAL.find(
    (name) =>
      name in request &&
      (refusal.param.startsWith(name) || (refusal.param === '' && refusal.said.includes(name))),
  );
}

function readCompletion(completion: Completion): ModelReply {
  const choice = completion.choices?.[0];
  if (choice?.message === undefined) {
    throw new PipelineError(
      'transient',
      'label.unavailable',
      'The label provider answered with something that is no completion.',
      {
        hint: 'If it stays so, check OPENAI_BASE_URL.',
      },
    );
  }
  const usage = readUsage(completion);
  return {
    text: choice.message.content ?? '',
    ended:
      choice.finish_reason === 'content_filter'
        ? 'filtered'
        : choice.message.refusal
          ? 'refused'
          : choice.finish_reason === 'length'
            ? 'truncated'
            : 'complete',
    model: completion.model,
    ...(usage === undefined ? {} : { usage }),
  };
}

/** Tokens as billed; undefined when the server does not tell them. */
function readUsage({ usage }: Completion): Usage | undefined {
  const input = usage?.prompt_tokens;
  const output = usage?.completion_tokens;
  if (!isCount(input) || !isCount(output)) return undefined;
  const cached = usage?.prompt_tokens_details?.cached_tokens;
  return { input, output, cached: isCount(cached) ? Math.min(cached, input) : 0 };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
