// Asks Intercom's API: signs in, pins its version, reads its limits by the time of their reset, and turns its refusals into our errors.

import { PipelineError } from '../../core/errors.ts';
import { asRecord, recordsIn, type VendorRecord } from '../../core/mapping.ts';
import type { Context, HttpHeaders, Json, RateLimit } from '../../core/types.ts';
import { readSettings, type Settings } from './settings.ts';

/** What one request asks for. */
export interface Question {
  /** Below the root, with its slash: `/contacts/search`. */
  readonly path: string;
  readonly query?: { readonly [name: string]: string | number };
  /** A search; it reads only, so it may be sent twice. */
  readonly search?: Json;
  /** Asking twice is not harmless: the second answer would be the page after the one that was lost. */
  readonly once?: true;
  /** Refusals that the caller deals with; they come back as the answer. */
  readonly accept?: readonly number[];
}

export interface Answer {
  readonly status: number;
  /** The JSON object that answered; empty where a refusal was none. */
  readonly body: VendorRecord;
  /** The vendor's own code of a refusal: `rate_limit_exceeded`. */
  readonly code: string | undefined;
}

export interface Client {
  readonly settings: Settings;
  ask(question: Question): Promise<Answer>;
}

/** All requests of an app share one limit: https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting */
const BUCKET = 'intercom';
const READ = [200, 400, 401, 403, 404];

export function createClient(context: Context): Client {
  const settings = readSettings(context.env);
  return {
    settings,
    async ask({ path, query = {}, search, once, accept = [] }) {
      const url = new URL(settings.root + path);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
      const response = await context.fetch({
        method: search === undefined ? 'GET' : 'POST',
        url: url.href,
        headers: {
          authorization: `Bearer ${settings.token}`,
          accept: 'application/json',
          'intercom-version': settings.version,
          ...(search === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(search === undefined ? {} : { body: JSON.stringify(search) }),
        bucket: BUCKET,
        idempotent: once !== true,
        accept: [...READ, ...accept],
        limits: (headers) => readLimits(headers, context.clock.now()),
      });
      const { status } = response;
      if (status === 200) {
        const body = asRecord(response.json());
        if (body === undefined) throw unexpected(path, 'no JSON object');
        return { status, body, code: undefined };
      }
      const code = codeIn(response.text);
      if (accept.includes(status)) return { status, body: {}, code };
      throw refusal(status, code, path, settings);
    },
  };
}

/** The records of a page. A 200 without its list is never taken for an empty page. */
export function recordsOf(body: VendorRecord, collection: string, path: string): readonly Json[] {
  const records = body[collection];
  if (!Array.isArray(records)) throw unexpected(path, `no list "${collection}"`);
  return records;
}

/** Transient: what answered was not the API that we know. */
export function unexpected(path: string, what: string): PipelineError {
  return new PipelineError(
    'transient',
    'intercom.unexpected_answer',
    `Intercom's answer to ${path} holds ${what}.`,
    { hint: 'If it repeats, check INTERCOM_BASE_URL, INTERCOM_REGION and INTERCOM_VERSION.' },
  );
}

export function stuck(path: string, what: string): PipelineError {
  return new PipelineError(
    'transient',
    'intercom.stuck_page',
    `Intercom's ${path} does not move on: ${what}.`,
    { hint: 'What was read is kept. Run again; if it repeats, ask Intercom with the time of this run.' },
  );
}

/** `{type: "error.list", errors: [{code, message}]}`; the message may repeat what a customer wrote, so it is not read. */
function codeIn(text: string): string | undefined {
  try {
    const code = recordsIn(asRecord(JSON.parse(text) as Json)?.['errors'])[0]?.['code'];
    return typeof code === 'string' && /^[a-z_]{1,60}$/.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

function refusal(status: number, code: string | undefined, path: string, { root, version }: Settings) {
  const says = code === undefined ? '' : ` (${code})`;
  const refuse = (name: string, message: string, hint: string): PipelineError =>
    new PipelineError('config', `intercom.${name}`, message, { status, hint });
  if (status === 401) {
    return refuse(
      'unauthorized',
      `Intercom does not accept the access token at ${root}${says}.`,
      'Check INTERCOM_ACCESS_TOKEN, and INTERCOM_REGION: a token is good in the region of its workspace only.',
    );
  }
  if (status === 403) {
    return refuse(
      'forbidden',
      `Intercom forbids this token to read ${path}${says}.`,
      'Give the app the missing read permission in the Developer Hub; docs/connectors/intercom.md lists them.',
    );
  }
  if (status === 404) {
    return refuse(
      'not_found',
      `Intercom has no ${path} at ${root}${says}.`,
      'Check INTERCOM_BASE_URL, and that the plan of the workspace includes this feature.',
    );
  }
  return refuse(
    'refused',
    `Intercom refuses the request to ${path} in version ${version}${says}.`,
    'Check INTERCOM_VERSION: an older version of the API may not know this request.',
  );
}

/**
 * Limits are told with the instant at which the slice of ten seconds ends, and 429 comes without Retry-After. The instant is
 * compared with the server's own clock, so that a wrong one here does no harm.
 */
function readLimits(headers: HttpHeaders, now: Date): readonly RateLimit[] {
  const remaining = numberIn(headers, 'x-ratelimit-remaining');
  const reset = numberIn(headers, 'x-ratelimit-reset');
  if (remaining === undefined || reset === undefined) return [];
  const told = Date.parse(headers.get('date') ?? '');
  const serverMs = Number.isNaN(told) ? now.getTime() : told;
  const limit = numberIn(headers, 'x-ratelimit-limit');
  const resetMs = Math.max(0, reset * 1000 - serverMs);
  return [{ bucket: BUCKET, remaining, resetMs, ...(limit === undefined ? {} : { limit }) }];
}

function numberIn(headers: HttpHeaders, name: string): number | undefined {
  const text = headers.get(name);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
