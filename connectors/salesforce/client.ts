// Asks Salesforce's API: signs in, keeps a share of the daily allowance for others, turns refusals into our errors.

import { PipelineError } from '../../core/errors.ts';
import type { Context, HttpHeaders, HttpResponse, Json } from '../../core/types.ts';
import { isCrowded, isExpiredSession, quotaSpent, readRefusal, toError, unexpected } from './errors.ts';
import { asRecord, type VendorRecord } from './records.ts';
import type { Session, Token, Usage } from './session.ts';

/** What one request asks for. */
export interface Question {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  /** Below `/services/data/v62.0/`: `queryAll`. */
  readonly path: string;
  readonly query?: { readonly [name: string]: string | number };
  readonly body?: Json;
  /** The part of the limits, below `salesforce/`: `query`. */
  readonly bucket: string;
  /** Default `application/json`. */
  readonly accept?: string;
  /** Other than the session's own. */
  readonly apiVersion?: string;
  readonly maxBytes?: number;
}

export interface Client {
  readonly session: Session;
  readonly apiVersion: string;
  /** The answer of a request that was not refused. */
  ask(question: Question): Promise<HttpResponse>;
  /** The same, where the answer must be a JSON object. */
  askJson(question: Question): Promise<VendorRecord>;
  /** The vendor's time, as far as it has told, else ours; the earlier of the two, because a cursor must not run ahead of either. */
  now(): Date;
}

/** Refusals come back to be read; what is not here is left to `fetch`, which repeats server errors. */
const ANSWERS = [200, 201, 204, 400, 401, 403, 404, 409, 410, 412, 414, 431];
/** Tries for a place among the org's concurrent long requests, and the first of the growing waits between them. */
const CROWDED_TRIES = 5;
const CROWDED_WAIT_MS = 2_000;
/** After so long the last word on the allowance is old, and one request may find out what is true now. */
const USAGE_AGES_MS = 15 * 60_000;

/** `keptForOthers` is the share of the daily allowance that must stay untouched, from 0 up to 1. */
export function createClient(context: Context, session: Session, keptForOthers: number): Client {
  let behindMs = 0;

  const listen = (headers: HttpHeaders): readonly never[] => {
    const usage = readUsage(headers);
    if (usage !== undefined) session.usage = { ...usage, readAtMs: context.clock.monotonicMs() };
    const told = Date.parse(headers.get('date') ?? '');
    if (!Number.isNaN(told)) behindMs = Math.max(0, context.clock.now().getTime() - told);
    return [];
  };

  const send = (question: Question, { accessToken, instanceUrl }: Token): Promise<HttpResponse> => {
    keepShare(context, session, keptForOthers);
    const { method = 'GET', path, query = {}, body, bucket, accept = 'application/json' } = question;
    const version = question.apiVersion ?? session.apiVersion;
    const url = new URL(`${instanceUrl}/services/data/v${version}/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return context.fetch({
      method,
      url: url.href,
      headers: {
        authorization: `Bearer ${accessToken}`,
        accept,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      bucket: `salesforce/${bucket}`,
      // The only thing that we ever create is a query job, and one too many is forgotten after a week.
      idempotent: true,
      accept: ANSWERS,
      limits: listen,
      ...(question.maxBytes === undefined ? {} : { maxBytes: question.maxBytes }),
    });
  };

  const ask = async (question: Question): Promise<HttpResponse> => {
    const what = `${question.method ?? 'GET'} ${question.path}`;
    let token = await session.token(context);
    let renewed = false;
    for (let tries = 1; ; ) {
      const response = await send(question, token);
      if (response.status < 300) return response;
      const refusal = readRefusal(response);
      if (isExpiredSession(response.status, refusal) && !renewed) {
        renewed = true;
        token = await session.renew(context, token);
      } else if (isCrowded(refusal) && tries < CROWDED_TRIES) {
        await context.clock.sleep(CROWDED_WAIT_MS * 2 ** (tries - 1), context.signal);
        tries += 1;
      } else {
        throw toError(what, response, refusal, session.identity, context.clock.now());
      }
    }
  };

  return {
    session,
    apiVersion: session.apiVersion,
    ask,
    async askJson(question) {
      const body = asRecord((await ask(question)).json());
      if (body === undefined) throw unexpected(question.path, 'no JSON object');
      return body;
    },
    now: () => new Date(context.clock.now().getTime() - behindMs),
  };
}

/** `api-usage=112/15000`, among other counts: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm */
export function readUsage(headers: HttpHeaders): Omit<Usage, 'readAtMs'> | undefined {
  const told = /(?:^|[\s,;])api-usage=(\d+)\/(\d+)/.exec(headers.get('sforce-limit-info') ?? '');
  return told === null ? undefined : { used: Number(told[1]), allowed: Number(told[2]) };
}

/** Throws transient `salesforce.quota_spent` rather than take what is kept for the other programs of the org. */
function keepShare(context: Context, { usage }: Session, keptForOthers: number): void {
  if (usage === undefined) return;
  const { used, allowed, readAtMs } = usage;
  if (used < allowed * (1 - keptForOthers)) return;
  if (context.clock.monotonicMs() - readAtMs > USAGE_AGES_MS) return;
  const kept = Math.round(keptForOthers * 100);
  throw quotaSpent(
    `The org has used ${used} of its ${allowed} API requests a day, and ${kept} % are kept for others.`,
    context.clock.now(),
  );
}

/** What `keptForOthers` may be. Throws config `salesforce.bad_share`. */
export function checkShare(keptForOthers: number): number {
  if (keptForOthers >= 0 && keptForOthers < 1) return keptForOthers;
  throw new PipelineError('config', 'salesforce.bad_share', 'keptForOthers must be at least 0 and below 1.');
}
