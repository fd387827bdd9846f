// What goes wrong with a request, as PipelineErrors: which code, whether it may be repeated, and the answer behind it.

import { PipelineError } from './errors.ts';
import { LONGEST_WAIT_MS } from './limiter.ts';
import type { HttpHeaders, HttpRequest, HttpResponse } from './types.ts';

/** The answers behind errors; beside them and not on them, so that no log prints a vendor's body by accident. */
const answers = new WeakMap<PipelineError, HttpResponse>();
/** Errors of requests that the vendor certainly did not act upon. */
const unserved = new WeakSet<PipelineError>();

/** The answer that made `fetch` throw this error, for a connector that must read the vendor's own code out of its body. */
export function responseOf(error: unknown): HttpResponse | undefined {
  return error instanceof PipelineError ? answers.get(error) : undefined;
}

/**
 * Whether the same request may be sent again: the failure is transient, the wait is bearable, and either the request may
 * arrive twice or it cannot have been served.
 */
export function mayRepeat(error: unknown, request: HttpRequest): boolean {
  if (!(error instanceof PipelineError) || error.kind !== 'transient' || error.code === 'run.interrupted') {
    return false;
  }
  if ((error.retryAfterMs ?? 0) > LONGEST_WAIT_MS) return false;
  return (request.idempotent ?? (request.method ?? 'GET') === 'GET') || unserved.has(error);
}

/** The error for a status that nobody accepts. `what` names method, host and path. */
export function statusError(
  what: string,
  answer: HttpResponse,
  retryAfterMs: number | undefined,
): PipelineError {
  const { status } = answer;
  const details = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  const says = `${what} was answered with status ${status}`;
  const error = ((): PipelineError => {
    if (status === 401) {
      return new PipelineError('config', 'http.unauthorized', `${says}: the credentials are not accepted.`, {
        ...details,
        hint: 'Check the credentials, or make new ones.',
      });
    }
    if (status === 403) {
      return new PipelineError('config', 'http.forbidden', `${says}: this account may not do that.`, {
        ...details,
        hint: 'Give the account or token the missing permission.',
      });
    }
    if (status === 404 || status === 410) {
      return new PipelineError('data', 'http.not_found', `${says}: it is not there.`, details);
    }
    if (status === 429) {
      return new PipelineError('transient', 'http.rate_limited', `${says}: too many requests.`, {
        ...details,
        hint: 'The limit of the account is used up; run again later or at another hour.',
      });
    }
    if (status === 408 || status === 425 || status >= 500) {
      return new PipelineError('transient', 'http.server_error', `${says}: the server has trouble.`, details);
    }
    return new PipelineError('bug', 'http.bad_request', `${says}: the request is not understood.`, details);
  })();
  answers.set(error, answer);
  if (status === 429) unserved.add(error);
  return error;
}

/** Codes of Node and undici that mean that time ran out, before and after the connection stood. */
const TIMEOUTS = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** Codes of failures before a byte of the request was sent. */
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Codes with which OpenSSL refuses a certificate: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /^(?:CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)|ERR_TLS_CERT_)/;

/**
 * The error for a connection that failed. The thrown one is not kept as its cause: errors of the HTTP parser carry raw bytes
 * of the answer. `receiving` is true once headers had come.
 */
export function connectionError(thrown: unknown, what: string, receiving: boolean): PipelineError {
  const chain = causesOf(thrown);
  const ours = chain.find((cause) => cause instanceof PipelineError);
  if (ours !== undefined) return ours;
  const code = chain.map(codeOf).findLast((found) => found !== undefined) ?? 'no code';
  const error = ((): PipelineError => {
    if (TIMEOUTS.has(code)) return timeoutError(`${what} went silent (${code}).`);
    if (CERTIFICATE.test(code)) {
      return new PipelineError(
        'config',
        'http.certificate',
        `The certificate of the server is not accepted for ${what} (${code}).`,
        {
          hint: "Check the host name and the clock; a certificate authority of your own goes into Node's NODE_EXTRA_CA_CERTS.",
        },
      );
    }
    if (receiving) {
      return new PipelineError('transient', 'http.bad_body', `The answer to ${what} was cut off (${code}).`);
    }
    return new PipelineError('transient', 'http.unreachable', `No connection for ${what} (${code}).`, {
      hint: 'Check the base URL, the network and the proxy.',
    });
  })();
  if (BEFORE_SENDING.has(code)) unserved.add(error);
  return error;
}

export function timeoutError(message: string): PipelineError {
  return new PipelineError('transient', 'http.timeout', message);
}

export function interrupted(cause: unknown): PipelineError {
  return new PipelineError('transient', 'run.interrupted', 'The run was interrupted.', { cause });
}

/**
 * How long the server asks to wait, in seconds or until a date (RFC 9110 section 10.2.3). A date is compared with the server's
 * own where it sends one, so that a wrong clock here does no harm.
 */
export function readRetryAfterMs(headers: HttpHeaders, now: Date): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (value === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const until = Date.parse(value);
  if (Number.isNaN(until)) return undefined;
  const serverNow = Date.parse(headers.get('date') ?? '');
  return Math.max(0, until - (Number.isNaN(serverNow) ? now.getTime() : serverNow));
}

function causesOf(thrown: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let error = thrown; error instanceof Error && chain.length < 8; error = error.cause) {
    chain.push(error);
    // Node tries every address of a host and tells all failures together; they are of one kind.
    if (error instanceof AggregateError) chain.push(...error.errors);
  }
  return chain;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
