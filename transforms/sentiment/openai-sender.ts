// Carries requests to a server of the OpenAI family: the vendor's SDK on top, our own fetch with its limits and guards below.

import type { ClientOptions, OpenAI } from 'openai';
import { PipelineError } from '../../core/errors.ts';
import { responseOf } from '../../core/http-errors.ts';
import type { Context, HttpHeaders, HttpResponse, RateLimit } from '../../core/types.ts';
import type { Refusal, SettingNames } from './openai-errors.ts';
import { readLimit, unreachable } from './transport.ts';

/** An account with a server of the family. */
export interface Account {
  /** Requests of one account share their limits under this name. */
  readonly bucket: string;
  readonly settings: SettingNames;
  /** The SDK's client, with these options and those of the account. The package is loaded with the first request. */
  connect(options: Pick<ClientOptions, 'maxRetries' | 'logLevel' | 'fetch'>): Promise<OpenAI>;
}

/** What requests of one kind have in common. */
export interface Errand {
  readonly kind: 'chat' | 'batches' | 'models';
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Of the requests to come, for reading limits that count tokens; without it limits are not read. */
  readonly inputTokens?: number;
}

export type Sent<T> = { readonly value: T } | { readonly refusal: Refusal };

/** Calls the SDK once. Refusals of the server are returned; failures on the way are thrown. */
export type Send = <T>(call: (client: OpenAI) => PromiseLike<T>) => Promise<Sent<T>>;

/**
 * Sends requests through the SDK, each once; tries and waits belong to the engine. Failures on the way are transient
 * `label.unavailable`, or thrown as they came where no wait can help. One call at a time.
 */
export async function openSender(account: Account, context: Context, errand: Errand): Promise<Send> {
  const { APIError } = await import('openai');
  /** What our own fetch threw: the SDK hides it behind an error of its own. */
  let failure: unknown;
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    try {
      return toResponse(await context.fetch(await toRequest(url, init, account, errand)));
    } catch (error) {
      failure = error;
      const answer = responseOf(error);
      if (answer === undefined) throw error;
      return toResponse(answer);
    }
  };
  const client = await account.connect({
    maxRetries: 0,
    // OPENAI_LOG=debug would print customers' words.
    logLevel: 'off',
    // Without its own kind of response, the SDK would fetch something to see whether forms can be sent.
    fetch: Object.assign(fetch, { Response }),
  });
  return async (call) => {
    failure = undefined;
    try {
      return { value: await call(client) };
    } catch (error) {
      if (failure !== undefined && responseOf(failure) === undefined) throw unreachable(failure);
      if (!(error instanceof APIError) || error.status === undefined) throw error;
      const retryAfterMs = failure instanceof PipelineError ? failure.retryAfterMs : undefined;
      return { refusal: { ...readRefusal(error.status, error), said: error.message, retryAfterMs } };
    }
  };
}

/** The parts of a server's error, of whatever type they are: Azure's codes are statuses in words, those of vLLM numbers. */
export function readRefusal(
  status: number,
  error: { readonly code?: unknown; readonly type?: unknown; readonly param?: unknown },
): Omit<Refusal, 'said' | 'retryAfterMs'> {
  return {
    status,
    code: String(error.code ?? ''),
    type: String(error.type ?? ''),
    param: String(error.param ?? ''),
  };
}

// -------------------------------------------------------------------------------- between the SDK's fetch and our own

async function toRequest(
  url: string | URL | Request,
  init: RequestInit | undefined,
  account: Account,
  { kind, timeoutMs, maxBytes, inputTokens }: Errand,
): Promise<Parameters<Context['fetch']>[0]> {
  const bucket = `${account.bucket}/${kind}`;
  const headers = new Headers(init?.headers);
  return {
    method: readMethod(init?.method),
    url: String(url),
    ...(await readBody(init?.body, headers)),
    bucket,
    timeoutMs,
    maxBytes,
    attempts: 1,
    ...(inputTokens === undefined ? {} : { limits: (told) => readLimits(told, inputTokens, bucket) }),
  };
}

function readMethod(method: string | undefined): 'GET' | 'POST' {
  return method?.toUpperCase() === 'POST' ? 'POST' : 'GET';
}

/** A form is written out with the boundary that stands in its header; ours holds nothing but text. */
async function readBody(
  body: RequestInit['body'],
  headers: Headers,
): Promise<{ readonly headers: Record<string, string>; readonly body?: string }> {
  if (body === undefined || body === null) return { headers: Object.fromEntries(headers) };
  if (!(body instanceof FormData)) return { headers: Object.fromEntries(headers), body: String(body) };
  const written = new Response(body);
  headers.set('content-type', written.headers.get('content-type') ?? '');
  return { headers: Object.fromEntries(headers), body: await written.text() };
}

function toResponse({ status, headers, text }: HttpResponse): Response {
  const type = headers.get('content-type') ?? 'application/json';
  return new Response(text === '' ? null : text, { status, headers: { 'content-type': type } });
}

/** The tighter of the limits on requests and on tokens, both counted in requests like this one. */
function readLimits(headers: HttpHeaders, tokens: number, bucket: string): readonly RateLimit[] {
  const read = (what: string, unit: number): readonly RateLimit[] =>
    readLimit(
      headers,
      {
        limit: `x-ratelimit-limit-${what}`,
        remaining: `x-ratelimit-remaining-${what}`,
        reset: `x-ratelimit-reset-${what}`,
      },
      { bucket, unit, resetMs: readDurationMs },
    );
  return [...read('requests', 1), ...read('tokens', tokens)]
    .sort((a, b) => a.remaining - b.remaining)
    .slice(0, 1);
}

/** Durations as the vendor writes them: `20ms`, `1s`, `6m0s`. */
function readDurationMs(duration: string): number | undefined {
  const match = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)s)?(?:([\d.]+)ms)?$/.exec(duration);
  if (match === null || duration === '') return undefined;
  const [hours, minutes, seconds, milliseconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000 + (milliseconds ?? 0);
}
