// A model behind the chat interface that OpenAI, Azure OpenAI and most servers of one's own have.
// https://platform.openai.com/docs/api-reference/chat/create

import type { OpenAI } from 'openai';
import { PipelineError } from '../../core/errors.ts';
import type { Context } from '../../core/types.ts';
import { type Refusal, refusalError } from './openai-errors.ts';
import { type Account, openSender } from './openai-sender.ts';
import type { ModelPrice, Usage } from './prices.ts';
import type { Model, ModelBatches, ModelReply, ModelRequest } from './provider.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const ANSWER_BYTES = 4 * 1024 * 1024;

type Completion = OpenAI.Chat.Completions.ChatCompletion;
export type CompletionRequest = OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming;

export interface ChatModel {
  /** Stands in the column `provider`. */
  readonly name: string;
  readonly account: Account;
  /** The model by its own name; `asked` is what stands for it in requests, such as a deployment. */
  readonly model: string;
  readonly asked: string;
  readonly price: ModelPrice;
  /** A server of unknown manners: it is told the shape of the answer in words, and found out whether it takes a schema, too. */
  readonly unknown?: boolean;
  /** Where the vendor's list of models says when one ends. */
  readonly endIn?: (listed: object) => unknown;
  /** How many tokens question and answer may have together. */
  readonly contextTokens?: number;
}

/** Parameters that some servers refuse; each is left out for good once it was refused. */
type Optional = 'response_format' | 'reasoning_effort' | 'temperature' | 'max_completion_tokens';
const OPTIONAL: readonly Optional[] = [
  'response_format',
  'reasoning_effort',
  'temperature',
  'max_completion_tokens',
];

/** Statuses with which servers refuse a parameter; some of them without naming it. */
const PERHAPS_A_PARAMETER = [400, 422, 501];

/** Fewer tokens of room for each label are none. */
const LEAST_OUTPUT_SHARE = 0.4;

/** The model, asked live; `batchesOf` adds batches, which ask with the same parameters. */
export function chatModel(
  chat: ChatModel,
  batchesOf?: (write: (question: ModelRequest) => CompletionRequest) => ModelBatches,
): Model {
  const { account, model } = chat;
  const refused = new Set<Optional>();
  let schemaTaken = false;
  return {
    name: chat.name,
    model,
    price: chat.price,
    async ask(question, context) {
      const send = await openChat(account, context, question);
      for (let withoutSchema = false; ; ) {
        const leaveOut = withoutSchema ? new Set([...refused, 'response_format' as const]) : refused;
        const request = requestFor(question, chat, leaveOut);
        const answer = await send((client) => client.chat.completions.create(request));
        if ('value' in answer) {
          if (withoutSchema) refused.add('response_format');
          else schemaTaken ||= 'response_format' in request;
          return readCompletion(answer.value, account);
        }
        const { refusal } = answer;
        const unwanted = unwantedParameter(refusal, request);
        if (unwanted !== undefined) refused.add(unwanted);
        else if (
          chat.unknown === true &&
          !schemaTaken &&
          'response_format' in request &&
          PERHAPS_A_PARAMETER.includes(refusal.status)
        )
          withoutSchema = true;
        else throw refusalError(refusal, model, account.settings);
      }
    },
    ...(chat.endIn === undefined ? {} : { retiresOn: (context) => readEnd(chat, context) }),
    ...(batchesOf === undefined
      ? {}
      : { batches: batchesOf((question) => requestFor(question, chat, refused)) }),
  };
}

/** The day on which the model ends, as the vendor's list has it: a date, or seconds since 1970. */
async function readEnd({ account, model, endIn }: ChatModel, context: Context): Promise<string | null> {
  const send = await openSender(account, context, {
    kind: 'models',
    timeoutMs: REQUEST_TIMEOUT_MS,
    maxBytes: ANSWER_BYTES,
  });
  const sent = await send((client) => client.models.retrieve(model));
  if ('refusal' in sent) {
    // A list that does not have the model says nothing about its end; a server of one's own may have no list.
    if (sent.refusal.status === 404) return null;
    throw refusalError(sent.refusal, model, account.settings);
  }
  const end = endIn?.(sent.value);
  const date = typeof end === 'number' ? new Date(end * 1000) : new Date(typeof end === 'string' ? end : '');
  return Number.isNaN(date.getTime()) ? null : date.toISOString().slice(0, 10);
}

function openChat(
  account: Account,
  context: Context,
  { inputTokens }: ModelRequest,
): ReturnType<typeof openSender> {
  return openSender(account, context, {
    kind: 'chat',
    timeoutMs: REQUEST_TIMEOUT_MS,
    maxBytes: ANSWER_BYTES,
    inputTokens,
  });
}

function requestFor(
  question: ModelRequest,
  chat: ChatModel,
  refused: ReadonlySet<Optional>,
): CompletionRequest {
  const schema = !refused.has('response_format');
  const reasons = /(?:^|\/)(?:gpt-[5-9]|o\d)/i.test(chat.model);
  const outputTokens = outputRoom(question, chat);
  return {
    model: chat.asked,
    messages: [
      {
        role: 'system',
        content: schema && chat.unknown !== true ? question.system : question.plainSystem,
      },
      { role: 'user', content: question.user },
    ],
    // Older servers only know the older name of the limit.
    ...(refused.has('max_completion_tokens')
      ? { max_tokens: outputTokens }
      : { max_completion_tokens: outputTokens }),
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

/** What a small context leaves for the answer. Throws data `label.too_long` where that is too little: fewer texts may fit. */
function outputRoom({ inputTokens, outputTokens }: ModelRequest, { contextTokens }: ChatModel): number {
  if (contextTokens === undefined) return outputTokens;
  const room = contextTokens - inputTokens;
  if (room >= outputTokens * LEAST_OUTPUT_SHARE) return Math.min(room, outputTokens);
  throw new PipelineError(
    'data',
    'label.too_long',
    `The texts have up to ${inputTokens} tokens, too many for a context of ${contextTokens}.`,
    // Nothing was sent, as if the server had refused it.
    { status: 413 },
  );
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

/** What a completion says, in no vendor's shape. Throws transient `label.unavailable` when it is none. */
export function readCompletion(completion: Partial<Completion>, { settings }: Account): ModelReply {
  const choice = completion.choices?.[0];
  if (choice?.message === undefined) {
    throw new PipelineError(
      'transient',
      'label.unavailable',
      'The label provider answered with something that is no completion.',
      { hint: `If it stays so, check ${settings.url}.` },
    );
  }
  const usage = readUsage(completion);
  return {
    text: choice.message.content ?? '',
    ended: endOf(choice),
    ...(completion.model === undefined ? {} : { model: completion.model }),
    ...(usage === undefined ? {} : { usage }),
  };
}

function endOf({ finish_reason, message }: Completion['choices'][number]): ModelReply['ended'] {
  if (finish_reason === 'content_filter') return 'filtered';
  if (message.refusal) return 'refused';
  return finish_reason === 'length' ? 'truncated' : 'complete';
}

/** Tokens as billed; undefined when the server does not tell them. */
function readUsage({ usage }: Partial<Completion>): Usage | undefined {
  const input = usage?.prompt_tokens;
  const output = usage?.completion_tokens;
  if (!isCount(input) || !isCount(output)) return undefined;
  const cached = usage?.prompt_tokens_details?.cached_tokens;
  return { input, output, cached: isCount(cached) ? Math.min(cached, input) : 0 };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
