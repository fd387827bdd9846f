// The one way out: requests with time-outs, retries by kind of error, the vendors' limits, a size cap and the address guard.
// Above 300 lines because what becomes of one attempt (again, later, never) is decided by all of these together.

/// <reference path="./undici.d.ts" />
import { isUtf8 } from 'node:buffer';
import { setMaxListeners } from 'node:events';
import pRetry from 'p-retry';
import type { Response } from 'undici';
import { Headers } from 'undici/lib/web/fetch/headers.js';
import { fetch } from 'undici/lib/web/fetch/index.js';
import type { AddressGuard } from './address-guard.ts';
import { PipelineError } from './errors.ts';
import {
  connectionError,
  interrupted,
  mayRepeat,
  readRetryAfterMs,
  statusError,
  timeoutError,
} from './http-errors.ts';
import { parseJson } from './json.ts';
import type { Limiter } from './limiter.ts';
import type { Clock, Fetch, HttpMetrics, HttpRequest, HttpResponse, Json, Log } from './types.ts';

const LONGEST_BACKOFF_MS = 30_000;
const MOST_REDIRECTS = 3;
const REDIRECTS = [301, 302, 303, 307, 308];
const WITHOUT_BODY = [204, 205];
/** Of an error's body only this much is read. */
const ERROR_BODY_BYTES = 1024 * 1024;

export interface FetchOptions {
  readonly clock: Clock;
  readonly limiter: Limiter;
  readonly guard: AddressGuard;
  /** Counted up in place. `bytes` are those of bodies, after decompression. */
  readonly metrics: HttpMetrics;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** From 0 up to 1, for the jitter of the backoff. Default `Math.random`. */
  readonly random?: () => number;
  /** The least wait between two tries; it doubles with each. Default 500. */
  readonly backoffMs?: number;
}

/**
 * A `Fetch` for one stream. It throws PipelineError with these codes, which connectors wrap into their own:
 * config `http.unauthorized` (401), `http.forbidden` (403), `http.redirected`, `http.certificate`, `http.bad_header`, and those
 * of the guard; transient `http.rate_limited` (429), `http.server_error` (408, 425, 5xx), `http.unreachable`, `http.timeout`,
 * `http.bad_body` (cut or no UTF-8), `http.not_json` (HTML, or broken JSON), `run.interrupted`;
 * data `http.not_found` (404, 410), `http.too_large`; bug `http.bad_request` (every other status).
 * Transient ones are thrown after `attempts` tries, or at once where the request must not be repeated or the server asks for
 * more than 15 minutes; `retryAfterMs` says how long. Messages name method, host and path; `responseOf(error)` has the body.
 */
export function createFetch(options: FetchOptions): Fetch {
  const { clock, limiter, metrics, log, signal, random = Math.random, backoffMs = 500 } = options;
  // Every request under way listens to the run's signal; Node would call more than ten of them a leak.
  setMaxListeners(0, signal);

  return async (request) => {
    const url = options.guard.check(request.url);
    const what = `${request.method ?? 'GET'} ${url.host}${url.pathname}`;
    const { attempts = 6 } = request;
    try {
      return await pRetry(
        (attempt) =>
          limiter.run(
            request.bucket,
            signal,
            async (waitedMs) => {
              metrics.waitMs += waitedMs;
              if (attempt > 1) metrics.retries += 1;
              return await send(request, url, `${what} (try ${attempt} of ${attempts})`, options);
            },
            request.spacingMs,
          ),
        {
          retries: attempts - 1,
          // The waiting is ours: p-retry knows neither Retry-After nor our clock.
          minTimeout: 0,
          maxTimeout: 0,
          shouldRetry: ({ error }) => mayRepeat(error, request),
          onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
            if (retriesLeft === 0 || !mayRepeat(error, request)) return;
            log.debug('http.retry', { what, attempt: attemptNumber, why: error.message });
            // Where the server asked for a wait, its bucket is paused and the limiter waits.
            if (error instanceof PipelineError && (error.retryAfterMs ?? 0) > 0) return;
            const backedOffMs = backoffMs * 2 ** (attemptNumber - 1) * (1 + random());
            const waitMs = Math.min(LONGEST_BACKOFF_MS, backedOffMs);
            metrics.waitMs += waitMs;
            await clock.sleep(waitMs, signal);
          },
        },
      );
    } catch (error) {
      throw signal.aborted ? interrupted(error) : error;
    }
  };
}

/** `fetch` for a vendor's own client: the same guard, no retries, no redirects. It takes a URL, not a Request. */
export function guardedFetch(guard: AddressGuard): typeof globalThis.fetch {
  const guarded = async (input: string | URL, init: Parameters<typeof fetch>[1]): Promise<Response> =>
    await fetch(guard.check(String(input)), { ...init, redirect: 'manual', dispatcher: guard.dispatcher });
  // The types of Node's own fetch and those of undici are two descriptions of the same objects.
  return guarded as unknown as typeof globalThis.fetch;
}

/** One try, from connecting to the last byte. */
async function send(
  request: HttpRequest,
  url: URL,
  what: string,
  options: FetchOptions,
): Promise<HttpResponse> {
  const deadline = startDeadline(request.timeoutMs ?? 60_000, options.signal);
  let receiving = false;
  try {
    const response = await follow(request, url, what, options, deadline.signal);
    receiving = true;
    if (!response.ok && request.accept?.includes(response.status) !== true) {
      throw await refusal(response, request, what, options);
    }
    const body = await readBody(response, request.maxBytes ?? 256 * 1024 * 1024, what);
    options.metrics.bytes += body.length;
    const answer = toAnswer(response, decode(body, what), what);
    if (response.ok) checkJson(answer, request, what);
    return answer;
  } catch (error) {
    if (error instanceof PipelineError) throw error;
    if (deadline.hasPassed())
      throw timeoutError(`${what} took longer than ${request.timeoutMs ?? 60_000} ms.`);
    throw connectionError(error, what, receiving);
  } finally {
    deadline.stop();
  }
}

/** Sends the request, and follows redirects of a GET within its own origin: nowhere else do the credentials belong. */
async function follow(
  request: HttpRequest,
  start: URL,
  what: string,
  { guard, limiter, metrics }: FetchOptions,
  signal: AbortSignal,
): Promise<Response> {
  const { method = 'GET', body } = request;
  const headers = readHeaders(request, what);
  let url = start;
  for (let hops = 0; ; hops++) {
    metrics.requests += 1;
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal,
      dispatcher: guard.dispatcher,
      ...(body === undefined ? {} : { body }),
    });
    if (request.limits !== undefined) limiter.learn(request.limits(response.headers));
    const { status } = response;
    if (!REDIRECTS.includes(status) || request.accept?.includes(status) === true) return response;
    await response.body?.cancel();
    const location = response.headers.get('location') ?? '';
    const target = URL.canParse(location, url.href) ? new URL(location, url.href) : undefined;
    if (target?.origin !== url.origin || method !== 'GET' || hops === MOST_REDIRECTS) {
      const where = target === undefined ? 'nowhere' : target.origin === url.origin ? 'itself' : target.host;
      throw new PipelineError('config', 'http.redirected', `${what} was redirected to ${where}.`, {
        status,
        hint: 'Check the base URL: it must be the final address, with https.',
      });
    }
    url = guard.check(target.href);
  }
}

function readHeaders(request: HttpRequest, what: string): Headers {
  const headers = new Headers({ accept: 'application/json', 'user-agent': 'voc-pipeline' });
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    try {
      headers.set(name, value);
    } catch {
      // The error of undici quotes the value, which may be a credential; so it is replaced and not kept as the cause.
      throw new PipelineError('config', 'http.bad_header', `The header ${name} of ${what} cannot be sent.`, {
        hint: 'Its value holds a line end or a letter outside Latin-1; look for one in the credential it is made of.',
      });
    }
  }
  return headers;
}

/** The error for an answer that nobody accepts; tells the limiter where the server asks for a pause. */
async function refusal(
  response: Response,
  request: HttpRequest,
  what: string,
  { clock, limiter, metrics, backoffMs = 500 }: FetchOptions,
): Promise<PipelineError> {
  const retryAfterMs = readRetryAfterMs(response.headers, clock.now());
  if (response.status === 429) metrics.rateLimited += 1;
  if (response.status === 429 || retryAfterMs !== undefined) {
    limiter.pause(request.bucket, Math.max(retryAfterMs ?? 0, backoffMs));
  }
  // The status says enough: an error whose explanation is cut or endless is still that error.
  const text = await readBody(response, ERROR_BODY_BYTES, what).then(
    (body) => body.toString('utf8'),
    () => '',
  );
  return statusError(what, toAnswer(response, text, what), retryAfterMs);
}

async function readBody(response: Response, maxBytes: number, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new PipelineError(
        'data',
        'http.too_large',
        `The answer to ${what} is larger than ${maxBytes} bytes.`,
        {
          hint: 'Ask for smaller pages.',
        },
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** Strictly UTF-8, without its byte order mark. */
function decode(body: Buffer, what: string): string {
  if (!isUtf8(body)) {
    throw new PipelineError('transient', 'http.bad_body', `The answer to ${what} is not valid UTF-8.`);
  }
  const text = body.toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function toAnswer({ status, headers }: Response, text: string, what: string): HttpResponse {
  let parsed: { readonly value: Json } | undefined;
  return {
    status,
    headers,
    text,
    json() {
      try {
        parsed ??= { value: parseJson(text) };
      } catch (cause) {
        throw new PipelineError('transient', 'http.not_json', `The answer to ${what} is not JSON.`, {
          status,
          cause,
        });
      }
      return parsed.value;
    },
  };
}

/** A page of a proxy or a log-in form in place of data, or a body cut where the connection does not show it. */
function checkJson(answer: HttpResponse, request: HttpRequest, what: string): void {
  const type = answer.headers.get('content-type') ?? '';
  if (/^(?:text\/html|application\/xhtml)/i.test(type)) {
    throw new PipelineError(
      'transient',
      'http.not_json',
      `The answer to ${what} is an HTML page, not data.`,
      {
        status: answer.status,
        hint: 'If it stays so, check the base URL and whether a proxy or a log-in page stands before the server.',
      },
    );
  }
  const isEmptyByRight =
    answer.text === '' && (WITHOUT_BODY.includes(answer.status) || (request.method ?? 'GET') !== 'GET');
  if (/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type) && !isEmptyByRight) answer.json();
}

interface Deadline {
  readonly signal: AbortSignal;
  hasPassed(): boolean;
  stop(): void;
}

/** Real time and not the clock's: what it bounds is a real connection. */
function startDeadline(timeoutMs: number, parent: AbortSignal): Deadline {
  const controller = new AbortController();
  let passed = false;
  const timer = setTimeout(() => {
    passed = true;
    controller.abort();
  }, timeoutMs);
  const interrupt = (): void => controller.abort(parent.reason);
  if (parent.aborted) interrupt();
  parent.addEventListener('abort', interrupt, { once: true });
  return {
    signal: controller.signal,
    hasPassed: () => passed,
    stop() {
      clearTimeout(timer);
      parent.removeEventListener('abort', interrupt);
    },
  };
}
