// A stand-in for an OpenAI-compatible endpoint: labels Arabic feedback from a word list, counts tokens, and bills.
// https://platform.openai.com/docs/api-reference/chat

import type { MovableClock } from './clock.ts';
import type { Reply } from './delivery.ts';
import { type BucketState, createLimits } from './limits.ts';
import { type Answer, findItems, type Item, MISBEHAVIOURS, writeAnswer } from './openai/answers.ts';
import {
  countTokens,
  createLedger,
  type Invoice,
  type Ledger,
  type Price,
  type Usage,
} from './openai/ledger.ts';
import { fail, quotaExceeded, refuse, unknownModel, withLimits } from './openai/replies.ts';
import { type Asked, type OpenAIModel, readRequest } from './openai/request.ts';
import { createRandom } from './random.ts';
import {
  json,
  type Sandbox,
  type ServerOptions,
  startServer,
  type Vendor,
  type VendorRequest,
} from './server.ts';

export type { OpenAIModel } from './openai/request.ts';

export interface OpenAIOptions extends ServerOptions {
  readonly seed?: number | string;
  /** Default `sandbox-openai-key`. */
  readonly apiKey?: string;
  /** Default: gpt-4o-mini, gpt-4.1-mini and the retired gpt-3.5-turbo-0301. Prices are examples, not the vendor's. */
  readonly models?: readonly OpenAIModel[];
  /** The share of items that get a wrong label. Default 0. */
  readonly noise?: number;
  /** Per minute. Default: so many that nothing meets them. */
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

export interface OpenAISandbox extends Sandbox {
  /** What an SDK wants as its base URL: `url` with `/v1`. */
  readonly baseUrl: string;
  readonly apiKey: string;
  invoice(): Invoice;
  /** Every text that came, by hash: how often it was sent, and how often it was billed. */
  items(): ReturnType<Ledger['items']>;
}

const PRICE: Price = { inputPer1k: 0.00015, cachedPer1k: 0.000075, outputPer1k: 0.0006 };
const MODELS: readonly OpenAIModel[] = [
  { id: 'gpt-4o-mini', price: PRICE, contextTokens: 128_000 },
  {
    id: 'gpt-4.1-mini',
    price: { inputPer1k: 0.0004, cachedPer1k: 0.0001, outputPer1k: 0.0016 },
    contextTokens: 1_047_576,
  },
  { id: 'gpt-3.5-turbo-0301', price: PRICE, contextTokens: 4096, shutdownDate: '2024-09-13' },
];

export async function startOpenAI(options: OpenAIOptions = {}): Promise<OpenAISandbox> {
  const ledger = createLedger();
  const apiKey = options.apiKey ?? 'sandbox-openai-key';
  const sandbox = await startServer(
    options,
    ({ clock }) => createVendor(options, apiKey, ledger, clock),
    MISBEHAVIOURS,
  );
  return { ...sandbox, baseUrl: `${sandbox.url}/v1`, apiKey, invoice: ledger.invoice, items: ledger.items };
}

function createVendor(options: OpenAIOptions, apiKey: string, ledger: Ledger, clock: MovableClock): Vendor {
  const models = options.models ?? MODELS;
  const random = createRandom(options.seed ?? 1);
  const limits = createLimits(() => clock.monotonicMs());
  const seenPrefixes = new Set<string>();
  let answered = 0;

  function take(requests: number, tokens: number): readonly BucketState[] {
    return limits.take([
      { name: 'requests', total: options.requestsPerMinute ?? 1_000_000, periodSeconds: 60, cost: requests },
      { name: 'tokens', total: options.tokensPerMinute ?? 1_000_000_000, periodSeconds: 60, cost: tokens },
    ]);
  }

  function answer(request: VendorRequest): Reply {
    if (request.headers.authorization !== `Bearer ${apiKey}`) return withLimits(fail(401), take(0, 0));
    if (request.method === 'GET' && request.path === '/v1/models')
      return withLimits(json(200, { object: 'list', data: models.map(describeModel) }), take(0, 0));
    if (request.method === 'GET' && request.path.startsWith('/v1/models/')) {
      const model = models.find(
        (one) => one.id === decodeURIComponent(request.path.slice('/v1/models/'.length)),
      );
      return withLimits(
        model ? json(200, describeModel(model)) : unknownModel(request.path.slice('/v1/models/'.length)),
        take(0, 0),
      );
    }
    if (request.method !== 'POST' || request.path !== '/v1/chat/completions')
      return withLimits(refuse(404, `Invalid URL (${request.method} ${request.path})`), take(0, 0));
    return complete(request);
  }

  function complete(request: VendorRequest): Reply {
    const asked = readRequest(request.body, models, clock.now());
    if ('status' in asked) return withLimits(asked, take(1, 0));
    const words = asked.messages.map((message) => message.content);
    const items = findItems(asked.messages.findLast((message) => message.role === 'user')?.content ?? '');
    const prompt =
      words.reduce((sum, text) => sum + countTokens(text) + 4, 3) +
      (asked.schema ? countTokens(JSON.stringify(asked.schema)) : 0);
    ledger.arrive(items);
    const taken = take(1, prompt);
    const refused = taken.find((bucket) => !bucket.granted);
    if (refused) {
      const reply = fail(429);
      return withLimits(
        {
          ...reply,
          headers: {
            ...reply.headers,
            'retry-after': String(refused.resetSeconds),
            'retry-after-ms': String(refused.resetSeconds * 1000),
          },
        },
        taken,
      );
    }
    const what = request.fault?.kind === 'model' ? request.fault.what : undefined;
    if (what === 'content_filter')
      return withLimits(
        refuse(
          400,
          "The response was filtered due to the prompt triggering the provider's content management policy.",
          'content_filter',
          'prompt',
        ),
        taken,
      );
    if (what === 'insufficient_quota') return withLimits(quotaExceeded(), taken);
    if (prompt + (asked.outputLimit ?? 0) > asked.model.contextTokens) {
      return withLimits(
        refuse(
          400,
          `This model's maximum context length is ${asked.model.contextTokens} tokens. However, your messages resulted in ${prompt} tokens.`,
          'context_length_exceeded',
          'messages',
        ),
        taken,
      );
    }
    const system = asked.messages.find((message) => message.role === 'system')?.content ?? '';
    const reply = writeAnswer(items, asked.schema, { noise: options.noise ?? 0, random, what, system });
    return withLimits(bill(asked, items, shorten(reply, asked.outputLimit), prompt, what), taken);
  }

  function bill(
    asked: Asked,
    items: readonly Item[],
    reply: Answer,
    prompt: number,
    what: string | undefined,
  ): Reply {
    const completion = countTokens(reply.content ?? reply.refusal ?? '');
    const usage: Usage = { prompt, cached: countCached(asked), completion };
    ledger.bill(items, usage, asked.model.price);
    answered += 1;
    return json(200, {
      id: `chatcmpl-sandbox-${answered}`,
      object: 'chat.completion',
      created: Math.floor(clock.now().getTime() / 1000),
      model: what === 'model_changed' ? `${asked.model.id}-2099-01-01` : asked.model.id,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: reply.content, refusal: reply.refusal, annotations: [] },
          logprobs: null,
          finish_reason: reply.finishReason,
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

  return {
    name: 'openai',
    answer,
    fail: (status) => withLimits(fail(status), take(0, 0)),
    expireTokens: () => undefined,
    truth: () => ledger.items(),
    change: () => ({ changes: 0 }),
    admin: { invoice: ledger.invoice, items: ledger.items },
  };
}

/** The model stops at the limit it was given, wherever that is. */
function shorten(reply: Answer, limit: number | undefined): Answer {
  if (limit === undefined || reply.content === null) return reply;
  const tokens = countTokens(reply.content);
  if (tokens <= limit) return reply;
  return {
    ...reply,
    content: reply.content.slice(0, Math.floor((reply.content.length * limit) / tokens)),
    finishReason: 'length',
  };
}

function describeModel(model: OpenAIModel): object {
  return {
    id: model.id,
    object: 'model',
    created: 1_715_367_049,
    owned_by: 'system',
    shutdown_date: model.shutdownDate ?? null,
  };
}
