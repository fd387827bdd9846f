// Contexts for tests of label providers: one with the real way out, and one whose answers a test writes itself.

import { createAddressGuard } from '../../core/address-guard.ts';
import { systemClock } from '../../core/clock.ts';
import { createFetch } from '../../core/http.ts';
import { statusError } from '../../core/http-errors.ts';
import { createLimiter } from '../../core/limiter.ts';
import type { Context, Fetch, HttpRequest, HttpResponse, LogFields } from '../../core/types.ts';

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
    const {
      status = 200,
      body,
      headers = {},
    } = answer(request, JSON.parse(request.body ?? '{}') as ChatRequest);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const all = new Headers({ 'content-type': 'application/json', ...headers });
    const response: HttpResponse = { status, headers: all, text, json: () => JSON.parse(text) };
    if (status >= 400) throw statusError('POST llm.example/v1/chat/completions', response, undefined);
    return response;
  }, new AbortController().signal);
  return { ...context, requests };
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
