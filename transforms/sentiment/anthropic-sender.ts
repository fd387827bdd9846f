// Carries requests to Anthropic: the vendor's SDK on top, our own fetch with its limits and guards below.

import type { Anthropic } from '@anthropic-ai/sdk';
import type { Context, HttpHeaders, RateLimit } from '../../core/types.ts';
import { codeOfStatus, type RefusalCode, refusal, type VendorWords } from './refusals.ts';
import { type Received, readJson, readLimit, sendOnce } from './transport.ts';

const BUCKET = 'anthropic/messages';

const WORDS: VendorWords = {
  title: 'Anthropic',
  hints: {
    no_money:
      'Add credit or raise the spend limit of the account behind ANTHROPIC_API_KEY; then run `pipeline enrich`.',
    unauthorized: 'Check ANTHROPIC_API_KEY, that it belongs to ANTHROPIC_BASE_URL and may use the model.',
    model_gone: 'Set ANTHROPIC_MODEL to a model of https://platform.claude.com/docs/en/about-claude/models.',
  },
};

/** What the API said no to; `said` decides and is never shown, because it may quote the prompt. */
export interface AnthropicRefusal {
  readonly status: number;
  /** The vendor's type of error, such as `rate_limit_error`. */
  readonly type: string;
  readonly errorCode: string;
  readonly said: string;
  readonly retryAfterMs?: number | undefined;
}

/** For one question or one step of a batch. */
export interface AnthropicCall {
  readonly context: Context;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  /** Of the question, for limits that count tokens. */
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}

export interface AnthropicAccount {
  readonly apiKey: string;
  readonly baseURL: string | undefined;
}

/**
 * Does something with the SDK's client; each of its requests goes through Context.fetch once. Refusals of the server are returned,
 * failures on the way are thrown: transient `label.unavailable`, or as they came where no wait can help.
 */
export async function callAnthropic<T>(
  account: AnthropicAccount,
  call: AnthropicCall,
  work: (client: Anthropic) => Promise<T>,
): Promise<{ readonly answer: T } | { readonly refusal: AnthropicRefusal }> {
  const { Anthropic: Client } = await import('@anthropic-ai/sdk');
  /** What our own fetch threw: the SDK hides it behind an error of its own. */
  let failure: { readonly thrown: unknown } | undefined;
  let received: Received | undefined;
  const client = new Client({
    apiKey: account.apiKey,
    // Always given, so that it is not read from the process's own environment.
    baseURL: account.baseURL ?? 'https://api.anthropic.com',
    // The SDK sends the key as a bearer token; gateways of before October 2026 look for it here. Anthropic takes both.
    defaultHeaders: { 'x-api-key': account.apiKey },
    maxRetries: 0,
    // ANTHROPIC_LOG=debug would print customers' words.
    logLevel: 'off',
    fetch: async (url, init) => {
      try {
        received = await sendOnce(
          {
            method: init?.method === 'POST' ? 'POST' : 'GET',
            url: String(url),
            headers: Object.fromEntries(new Headers(init?.headers as Headers)),
            ...(typeof init?.body === 'string' ? { body: init.body } : {}),
            bucket: BUCKET,
            ...(call.timeoutMs === undefined ? {} : { timeoutMs: call.timeoutMs }),
            ...(call.maxBytes === undefined ? {} : { maxBytes: call.maxBytes }),
            limits: (headers) => readLimits(headers, call),
          },
          call.context,
        );
      } catch (thrown) {
        failure = { thrown };
        throw thrown;
      }
      const { status, headers, text } = received.response;
      const type = headers.get('content-type') ?? 'application/json';
      return new Response(text, { status, headers: { 'content-type': type } });
    },
  });
  try {
    return { answer: await work(client) };
  } catch (error) {
    if (failure !== undefined) throw failure.thrown;
    if (received === undefined || received.response.status < 400) throw error;
    const { status, text } = received.response;
    return {
      refusal: { status, ...readError(readJson(text)), retryAfterMs: received.retryAfterMs },
    };
  }
}

/** The parts of an error body that decide. */
export function readError(body: unknown): Omit<AnthropicRefusal, 'status' | 'retryAfterMs'> {
  const { error } = (body ?? {}) as { readonly error?: Readonly<Record<string, unknown>> };
  const details = error?.['details'] as { readonly error_code?: unknown } | null | undefined;
  return {
    type: String(error?.['type'] ?? ''),
    errorCode: String(details?.error_code ?? ''),
    said: String(error?.['message'] ?? ''),
  };
}

/** The error for a refusal. https://platform.claude.com/docs/en/api/errors */
export function anthropicRefusal(refused: AnthropicRefusal, model: string): Error {
  const { status, type, errorCode, retryAfterMs } = refused;
  const named = errorCode === '' ? type : errorCode;
  return refusal(codeOf(refused), WORDS, { model, status, named, retryAfterMs });
}

/** Statuses that stand for the types of errors, which is all that a batch tells of its requests. */
const STATUS_OF: { readonly [type: string]: number } = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** The status that a request of a batch would have had live. */
export function statusOfType(type: string): number {
  return STATUS_OF[type] ?? 500;
}

/**
 * An empty purse shows in four ways: 402, a 429 with a code of its own and no wait, and 400 with nothing but a sentence where the
 * operator's own limit or the prepaid credit is used up.
 */
function codeOf({ status, type, errorCode, said }: AnthropicRefusal): RefusalCode {
  if (type === 'billing_error' || /spend_limit_reached$/.test(errorCode)) return 'no_money';
  if (status === 400) {
    if (/credit balance|api usage limits|spend limit/i.test(said)) return 'no_money';
    if (/content filtering policy/i.test(said)) return 'refused';
  }
  return codeOfStatus(status);
}

/** The tightest of the limits on requests, input and output tokens, all counted in requests like this one. */
function readLimits(headers: HttpHeaders, call: AnthropicCall): readonly RateLimit[] {
  const now = call.context.clock.now().getTime();
  const resetMs = (instant: string): number | undefined => {
    const at = Date.parse(instant);
    return Number.isNaN(at) ? undefined : Math.max(0, at - now);
  };
  const read = (what: string, unit: number): readonly RateLimit[] => {
    const name = (part: string): string => `anthropic-ratelimit-${what}-${part}`;
    const names = { limit: name('limit'), remaining: name('remaining'), reset: name('reset') };
    return readLimit(headers, names, { bucket: BUCKET, unit, resetMs });
  };
  return [
    ...read('requests', 1),
    ...read('input-tokens', call.inputTokens ?? 1),
    ...read('output-tokens', call.outputTokens ?? 1),
  ]
    .sort((a, b) => a.remaining - b.remaining)
    .slice(0, 1);
}
