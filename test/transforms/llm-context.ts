// What tests of label providers share: a pack, a provider, and contexts with the real way out or with answers that a test writes.

import { createAddressGuard } from '../../core/address-guard.ts';
import { systemClock } from '../../core/clock.ts';
import { createFetch } from '../../core/http.ts';
import { statusError } from '../../core/http-errors.ts';
import { createLimiter } from '../../core/limiter.ts';
import type {
  Context,
  Environment,
  Fetch,
  HttpRequest,
  HttpResponse,
  LabelOutcome,
  LabelProvider,
  LabelRequest,
  LogFields,
} from '../../core/types.ts';
import { sentiment } from '../../transforms/sentiment.ts';

export interface LlmContext extends Context {
  readonly logged: readonly { readonly event: string; readonly fields: LogFields }[];
}

/** Goes through core/http.ts to a server on this machine. `timeoutMs` takes the place of what requests ask for. */
export function loopbackContext(
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): LlmContext {
  const signal = options.signal ?? new AbortController().signal;
  const fetch = createFetch({
    clock: systemClock,
    limiter: createLimiter({ clock: systemClock }),
    guard: createAddressGuard({ allow: '127.0.0.1' }),
    metrics: { requests: 0, retries: 0, waitMs: 0, bytes: 0, rateLimited: 0 },
    log: { debug() {}, info() {}, warn() {}, error() {} },
    signal,
  });
  const { timeoutMs } = options;
  return contextWith(timeoutMs === undefined ? fetch : (request) => fetch({ ...request, timeoutMs }), signal);
}

export interface Scripted {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers without a network; keeps the requests. */
export function scriptedContext(
  answer: (request: HttpRequest, sent: ChatRequest) => Scripted,
): LlmContext & { readonly requests: readonly HttpRequest[] } {
  const requests: HttpRequest[] = [];
  const context = contextWith(async (request) => {
    requests.push(request);
    const { status = 200, body, headers = {} } = answer(request, readJson(request.body));
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const all = new Headers({ 'content-type': 'application/json', ...headers });
    const response: HttpResponse = { status, headers: all, text, json: () => JSON.parse(text) };
    if (status >= 400) throw statusError('POST llm.example/v1/chat/completions', response, undefined);
    return response;
  }, new AbortController().signal);
  return { ...context, requests };
}

/** A form, or nothing, is no question. */
function readJson(body: string | undefined): ChatRequest {
  return JSON.parse(body?.startsWith('{') === true ? body : '{}') as ChatRequest;
}

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly [parameter: string]: unknown;
}

/** A chat completion with this content. */
export function completion(content: string | null, more: Readonly<Record<string, unknown>> = {}): Scripted {
  return {
    body: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: 'gpt-4o-mini',
      choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1_000, completion_tokens: 100, prompt_tokens_details: { cached_tokens: 200 } },
      ...more,
    },
  };
}

function contextWith(fetch: Fetch, signal: AbortSignal): LlmContext {
  const logged: { event: string; fields: LogFields }[] = [];
  const keep = (event: string, fields: LogFields = {}): void => {
    logged.push({ event, fields });
  };
  return {
    logged,
    signal,
    fetch,
    clock: systemClock,
    env: {},
    log: { debug: keep, info: keep, warn: keep, error: keep },
    secrets: { get: async () => undefined, put: async () => undefined, locked: async (_, work) => work() },
    reject: () => undefined,
    column: (_, nativeId) => nativeId,
  };
}

export const MODEL = 'gpt-4o-mini';
const PRICES = { [MODEL]: { input: 0.15, output: 0.6, cached: 0.075 } };

export const PACK: readonly LabelRequest[] = [
  { id: 'a1', text: 'الخدمة ممتازة، شكرا لكم', language: 'ar' },
  { id: 'b2', text: 'التطبيق زفت ويعلق', language: 'ar' },
  { id: 'c3', text: 'ارجو تعديل العنوان', language: 'ar' },
];
export const SINGLE: readonly LabelRequest[] = PACK.slice(0, 1);

/** The provider with a key, a model and its price; `env` comes on top. */
export function providerOf(env: Environment): LabelProvider {
  const provider = sentiment({ prices: PRICES }).routes({
    OPENAI_API_KEY: 'sk-test',
    LLM_MODEL: MODEL,
    ...env,
  })?.providers[0];
  if (provider === undefined) throw new Error('A key was given, and there is no provider.');
  return provider;
}

/** The label or the status of each text by its id. */
export function labelsOf(outcomes: readonly LabelOutcome[]): Record<string, string> {
  return Object.fromEntries(
    outcomes.map((outcome) => [
      outcome.id,
      outcome.status === 'labelled' ? outcome.label.label : outcome.status,
    ]),
  );
}
