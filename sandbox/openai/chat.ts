// Answers one chat completion: reads it strictly, labels its items from the word list, counts tokens and bills.

import type { Reply } from '../delivery.ts';
import type { Random } from '../random.ts';
import { json } from '../server.ts';
import { type Answer, findItems, type Item, makeUntidy, writeAnswer } from './answers.ts';
import type { Ledger, Usage } from './ledger.ts';
import { quotaExceeded, refuse } from './replies.ts';
import { type Asked, type FindModel, type OpenAIModel, readRequest } from './request.ts';
import { countTokens } from './tokens.ts';

/** What a server does with a schema that it is sent: hold to it, refuse it by name or without a word, or answer as if there were none. */
export type SchemaSupport = 'taken' | 'refused' | 'refused-unnamed' | 'ignored';

export interface ChatOptions {
  readonly ledger: Ledger;
  readonly random: Random;
  readonly now: () => Date;
  /** The share of items that get a wrong label, for models that have none of their own. */
  readonly noise: number;
  readonly schemas: SchemaSupport;
  /** The share of answers with sentences around them, and Arabic commas and digits within. */
  readonly untidy: number;
  /** Answers also tell what the content filters found, as Azure's do. */
  readonly tellsFilters: boolean;
}

export interface Question {
  readonly body: string;
  readonly find: FindModel;
  /** The misbehaviour to act out. */
  readonly what: string | undefined;
  /** Of the live price. */
  readonly share: number;
  /** Asked once it is known how many tokens the prompt has; its answer, if any, is given in place of ours. */
  readonly limit?: (promptTokens: number) => Reply | undefined;
}

/** Answers questions, live and in batches. */
export function createChat(options: ChatOptions): (question: Question) => Reply {
  const { ledger, random } = options;
  const seenPrefixes = new Set<string>();
  let answered = 0;

  function complete(question: Question): Reply {
    if (options.schemas.startsWith('refused') && question.body.includes('"response_format"'))
      return options.schemas === 'refused'
        ? refuse(400, 'response_format is not supported by this server', null, 'response_format')
        : refuse(400, 'Bad Request');
    const asked = readRequest(question.body, question.find);
    if ('status' in asked) return asked;
    const schema = options.schemas === 'ignored' ? undefined : asked.schema;
    const items = findItems(asked.messages.findLast((message) => message.role === 'user')?.content ?? '');
    const prompt =
      asked.messages.reduce((sum, { content }) => sum + countTokens(content) + 4, 3) + schemaTokens(asked);
    ledger.arrive(items);
    const limited = question.limit?.(prompt);
    if (limited !== undefined) return limited;
    const { what } = question;
    if (what === 'content_filter')
      return refuse(
        400,
        "The response was filtered due to the prompt triggering the provider's content management policy.",
        'content_filter',
        'prompt',
      );
    if (what === 'insufficient_quota') return quotaExceeded();
    if (prompt + (asked.outputLimit ?? 0) > asked.model.contextTokens) {
      return refuse(
        400,
        `This model's maximum context length is ${asked.model.contextTokens} tokens. However, your messages resulted in ${prompt} tokens.`,
        'context_length_exceeded',
        'messages',
      );
    }
    const model = modelRandom(asked.model);
    const written = writeAnswer(items, schema, {
      noise: asked.model.noise ?? options.noise,
      random: model,
      what,
      system: asked.messages.find((message) => message.role === 'system')?.content ?? '',
    });
    const answer =
      what === undefined ? untidied(written, model.fork(asked.messages.at(-1)?.content ?? '')) : written;
    return bill(asked, items, shorten(answer, asked.outputLimit), prompt, question);
  }

  /** Each model errs in its own way, and about one text always in the same. */
  const modelRandom = (model: OpenAIModel): Random => random.fork(model.id);

  function untidied(answer: Answer, drawn: Random): Answer {
    if (answer.content === null || !drawn.chance(options.untidy)) return answer;
    return { ...answer, content: makeUntidy(answer.content, drawn) };
  }

  function bill(
    asked: Asked,
    items: readonly Item[],
    answer: Answer,
    prompt: number,
    question: Question,
  ): Reply {
    const { what, share } = question;
    const completion = countTokens(answer.content ?? answer.refusal ?? '');
    const usage: Usage = { prompt, cached: countCached(asked), completion };
    ledger.bill(items, usage, {
      inputPer1k: asked.model.price.inputPer1k * share,
      cachedPer1k: asked.model.price.cachedPer1k * share,
      outputPer1k: asked.model.price.outputPer1k * share,
    });
    answered += 1;
    const filters = options.tellsFilters ? { content_filter_results: {} } : {};
    return json(200, {
      id: `chatcmpl-sandbox-${answered}`,
      object: 'chat.completion',
      created: Math.floor(options.now().getTime() / 1000),
      model: what === 'model_changed' ? `${asked.model.id}-2099-01-01` : asked.model.id,
      ...(options.tellsFilters ? { prompt_filter_results: [{ prompt_index: 0, ...filters }] } : {}),
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: answer.content, refusal: answer.refusal, annotations: [] },
          logprobs: null,
          finish_reason: answer.finishReason,
          ...filters,
        },
      ],
      usage: {
        prompt_tokens: usage.prompt,
        completion_tokens: usage.completion,
        total_tokens: usage.prompt + usage.completion,
        prompt_tokens_details: { cached_tokens: usage.cached, audio_tokens: 0 },
        completion_tokens_details: {
          reasoning_tokens: 0,
          audio_tokens: 0,
          accepted_prediction_tokens: 0,
          rejected_prediction_tokens: 0,
        },
      },
      service_tier: 'default',
      system_fingerprint: 'fp_sandbox',
    });
  }

  /** A prefix of at least 1024 tokens is cheaper from its second time on, in steps of 128. */
  function countCached(asked: Asked): number {
    const prefix =
      asked.messages
        .filter((message) => message.role !== 'user')
        .map((message) => message.content)
        .join('\n') + JSON.stringify(asked.schema ?? null);
    const tokens = countTokens(prefix);
    if (tokens < 1024) return 0;
    if (seenPrefixes.has(prefix)) return Math.floor(tokens / 128) * 128;
    seenPrefixes.add(prefix);
    return 0;
  }

  return complete;
}

function schemaTokens({ schema }: Asked): number {
  return schema === undefined ? 0 : countTokens(JSON.stringify(schema));
}

/** The model stops at the limit it was given, wherever that is. */
function shorten(answer: Answer, limit: number | undefined): Answer {
  if (limit === undefined || answer.content === null) return answer;
  const tokens = countTokens(answer.content);
  if (tokens <= limit) return answer;
  return {
    ...answer,
    content: answer.content.slice(0, Math.floor((answer.content.length * limit) / tokens)),
    finishReason: 'length',
  };
}
