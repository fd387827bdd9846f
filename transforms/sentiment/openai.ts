// Labels through any OpenAI-compatible chat endpoint: OpenAI, Azure, or a server of one's own with JAIS or another model.
// https://platform.openai.com/docs/api-reference/chat/create

import { PipelineError } from '../../core/errors.ts';
import type {
  Environment,
  LabelAnswer,
  LabelOutcome,
  LabelProvider,
  LabelRequest,
} from '../../core/types.ts';
import { isContentRefusal, type Refusal, refusalError } from './openai-errors.ts';
import { type Completion, type CompletionRequest, openSender } from './openai-sender.ts';
import { costUsd, mostTokens, type Price, priceOf, type Usage } from './prices.ts';
import { ANSWER_SCHEMA, PLAIN_JSON_PROMPT, packMessage, SYSTEM_PROMPT } from './prompt.ts';
import { setting } from './setting.ts';

/**
 * The model where LLM_MODEL is not set. gpt-4o, the usual choice, is retired on 2027-01-14, and this is the replacement that
 * OpenAI names for it (https://developers.openai.com/api/docs/deprecations).
 */
export const DEFAULT_MODEL = 'gpt-6-luna';

/** Room for one label with the longest summary, and for the brackets around all of them. */
const OUTPUT_TOKENS_EACH = 260;
const OUTPUT_TOKENS_AROUND = 40;
/** What the chat format adds to the messages. */
const FORMAT_TOKENS = 50;

const PROMPT_TOKENS =
  mostTokens(PLAIN_JSON_PROMPT) + mostTokens(JSON.stringify(ANSWER_SCHEMA)) + FORMAT_TOKENS;

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
  const { price, version, listed } = priceOf(model, prices);
  const refused = new Set<Optional>();
  let toldUnlisted = listed;

  return {
    name: baseURL !== undefined && URL.canParse(baseURL) ? new URL(baseURL).hostname : 'openai',
    model,
    priceVersion: version,
    estimateUsd: (pack) => costUsd(price, mostUsage(pack)),
    async label(pack, context) {
      if (!toldUnlisted) {
        context.log.warn('label.price_unlisted', { model, priceVersion: version });
        toldUnlisted = true;
      }
      const send = await openSender({ apiKey, baseURL, env, context, inputTokens: mostUsage(pack).input });
      for (;;) {
        const request = requestFor(pack, model, refused);
        const answer = await send(request);
        if (!('refusal' in answer)) return await readCompletion(answer.completion, { pack, model, price });
        const unwanted = unwantedParameter(answer.refusal, request);
        if (unwanted === undefined) return giveUp(answer.refusal, pack, model);
        refused.add(unwanted);
      }
    },
  };
}

function requestFor(
  pack: readonly LabelRequest[],
  model: string,
  refused: ReadonlySet<Optional>,
): CompletionRequest {
  const schema = !refused.has('response_format');
  const reasons = /(?:^|\/)(?:gpt-[5-9]|o\d)/i.test(model);
  const outputTokens = mostOutputTokens(pack);
  return {
    model,
    messages: [
      { role: 'system', content: schema ? SYSTEM_PROMPT : PLAIN_JSON_PROMPT },
      { role: 'user', content: packMessage(pack) },
    ],
    // Older servers only know the older name of the limit.
    ...(refused.has('max_completion_tokens')
      ? { max_tokens: outputTokens }
      : { max_completion_tokens: outputTokens }),
    ...(schema
      ? {
          response_format: {
            type: 'json_schema' as const,
            json_schema: { name: 'labels', strict: true, schema: ANSWER_SCHEMA },
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

/** A single text that the provider's content rules refuse has that as its outcome; everything else is an error. */
function giveUp(refusal: Refusal, pack: readonly LabelRequest[], model: string): LabelAnswer {
  const [only] = pack;
  if (only === undefined || pack.length > 1 || !isContentRefusal(refusal)) throw refusalError(refusal, model);
  const outcome: LabelOutcome = { id: only.id, status: 'refused', reason: 'content_filter' };
  return { outcomes: [outcome], model, tokensIn: 0, tokensOut: 0, tokensCached: 0, costUsd: 0 };
}

async function readCompletion(
  completion: Completion,
  {
    pack,
    model,
    price,
  }: { readonly pack: readonly LabelRequest[]; readonly model: string; readonly price: Price },
): Promise<LabelAnswer> {
  // Loaded with the first answer: what reads it is half of what this file would cost a command that labels nothing.
  const { readAnswer } = await import('./answer.ts');
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
  const usage = readUsage(completion) ?? mostUsage(pack);
  const answer = (outcomes: readonly LabelOutcome[]): LabelAnswer => ({
    outcomes,
    model: completion.model || model,
    tokensIn: usage.input,
    tokensOut: usage.output,
    tokensCached: usage.cached,
    costUsd: costUsd(price, usage),
  });

  const refusedAs =
    choice.finish_reason === 'content_filter'
      ? 'content_filter'
      : choice.message.refusal
        ? 'refusal'
        : undefined;
  if (refusedAs !== undefined) {
    const [only] = pack;
    if (pack.length === 1 && only !== undefined)
      return answer([{ id: only.id, status: 'refused', reason: refusedAs }]);
    throw new PipelineError(
      'data',
      'label.refused',
      `The model refused a pack of ${pack.length} texts (${refusedAs}).`,
    );
  }
  if (choice.finish_reason === 'length') {
    throw new PipelineError(
      'data',
      'label.truncated',
      `The model's answer to ${pack.length} texts was cut off.`,
    );
  }
  const labels = readAnswer(
    choice.message.content ?? '',
    pack.map(({ id }) => id),
  );
  return answer(
    pack.flatMap(({ id }): readonly LabelOutcome[] => {
      const label = labels.get(id);
      return label === undefined ? [] : [{ id, status: 'labelled', label }];
    }),
  );
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

function mostUsage(pack: readonly LabelRequest[]): Usage {
  return { input: PROMPT_TOKENS + mostTokens(packMessage(pack)), output: mostOutputTokens(pack), cached: 0 };
}

function mostOutputTokens(pack: readonly LabelRequest[]): number {
  return OUTPUT_TOKENS_AROUND + OUTPUT_TOKENS_EACH * pack.length;
}
