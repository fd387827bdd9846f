// Asks HubSpot's API: signs in, knows the paths of each version, reads its limits, and turns its refusals into our errors.

import { asPipelineError, PipelineError } from '../../core/errors.ts';
import { responseOf } from '../../core/http-errors.ts';
import type { Context, HttpHeaders, HttpResponse, Json, RateLimit } from '../../core/types.ts';
import { asRecord, type VendorRecord } from './mapping.ts';
import type { Session } from './session.ts';

/** The families of paths: https://developers.hubspot.com/docs/api-reference/legacy/migration-guide */
export type Family = 'objects' | 'associations' | 'properties' | 'owners' | 'pipelines';

/** What one request asks for. */
export interface Question {
  readonly family: Family;
  /** Below the family: `contacts/search`; empty for the family itself. */
  readonly path: string;
  readonly query?: { readonly [name: string]: string };
  /** Makes it a POST. It only reads, so that it may be sent again. */
  readonly body?: Json;
  /** Refusals that the caller deals with; they come back as the answer. */
  readonly accept?: readonly number[];
}

export interface Client {
  readonly session: Session;
  /** The JSON object that answers, with its status: 200, 207, or one of `accept`, whose body is then not read. */
  ask(question: Question): Promise<{ readonly status: number; readonly body: VendorRecord }>;
}

/** Searches an account may make in a second; no header tells: https://developers.hubspot.com/docs/api-reference/search/guide */
const SEARCHES_A_SECOND = 5;
const DAY_MS = 86_400_000;

export function createClient(context: Context, session: Session): Client {
  const send = async (question: Question, authorization: string): Promise<HttpResponse> => {
    const url = new URL(session.root + pathOf(session.version, question));
    for (const [name, value] of Object.entries(question.query ?? {})) url.searchParams.set(name, value);
    const searches = question.path.endsWith('/search');
    try {
      return await context.fetch({
        url: url.href,
        headers: {
          authorization,
          accept: 'application/json',
          ...(question.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(question.body === undefined
          ? {}
          : { method: 'POST', body: JSON.stringify(question.body), idempotent: true }),
        bucket: searches ? 'hubspot/search' : 'hubspot/api',
        accept: [200, 207, 401, 403, 404, ...(question.accept ?? [])],
        limits: (headers) =>
          searches
            ? [{ bucket: 'hubspot/search', remaining: SEARCHES_A_SECOND - 1, resetMs: 1000 }]
            : readLimits(headers, context),
      });
    } catch (thrown) {
      throw dailyLimit(thrown) ?? thrown;
    }
  };

  return {
    session,
    async ask(question) {
      const authorization = await session.authorization(context);
      let response = await send(question, authorization);
      if (response.status === 401) {
        const renewed = await session.renew(context, authorization);
        if (renewed !== undefined) response = await send(question, renewed);
      }
      const { status } = response;
      if (status !== 200 && status !== 207) {
        if (question.accept?.includes(status)) return { status, body: {} };
        throw refusal(status, question, session);
      }
      const body = asRecord(response.json());
      if (body === undefined) throw unexpected(question, 'no JSON object');
      return { status, body };
    },
  };
}

function pathOf(version: string, { family, path }: Question): string {
  const below = path === '' ? '' : `/${path}`;
  if (version !== 'v3') return `/crm/${family}/${version}${below}`;
  return family === 'associations' ? `/crm/v4/associations${below}` : `/crm/v3/${family}${below}`;
}

/** The records of a page. A 200 without its list is never taken for an empty page. */
export function recordsOf(body: VendorRecord, question: Question): readonly Json[] {
  const records = body['results'];
  if (!Array.isArray(records)) throw unexpected(question, 'no list "results"');
  return records;
}

/** Transient: what answered was not the API that we know. */
export function unexpected({ family, path }: Question, what: string): PipelineError {
  return new PipelineError(
    'transient',
    'hubspot.unexpected_answer',
    `HubSpot's answer to ${family}/${path} holds ${what}.`,
    {
      hint: 'If it repeats, check HUBSPOT_BASE_URL and HUBSPOT_API_VERSION.',
    },
  );
}

/** Transient: a feed that does not move on. */
export function stuck({ family, path }: Question, what: string): PipelineError {
  return new PipelineError(
    'transient',
    'hubspot.stuck_page',
    `HubSpot's ${family}/${path} does not move on: ${what}.`,
    { hint: 'Run again; what was read is kept. If it repeats, ask HubSpot.' },
  );
}

function refusal(status: number, { family, path }: Question, session: Session): PipelineError {
  const where = `${family}/${path}`;
  if (status === 401) {
    return new PipelineError(
      'config',
      'hubspot.unauthorized',
      `HubSpot does not accept ${session.identity} at ${session.root}.`,
      {
        status,
        hint: 'Check HUBSPOT_API_KEY, which holds the token of a private app, or the three settings of an OAuth app: the token may be wrong, rotated or revoked.',
      },
    );
  }
  if (status === 403) {
    return new PipelineError(
      'config',
      'hubspot.forbidden',
      `HubSpot forbids ${session.identity} to read ${where}.`,
      {
        status,
        hint: 'Give the app the scopes that docs/connectors/hubspot.md lists, and take its token anew.',
      },
    );
  }
  return new PipelineError('config', 'hubspot.not_found', `HubSpot has no ${where} at ${session.root}.`, {
    status,
    hint: 'Check HUBSPOT_BASE_URL and HUBSPOT_API_VERSION, and that the account has this object.',
  });
}

/** A limit of the day is not waited for within a run. */
function dailyLimit(thrown: unknown): PipelineError | undefined {
  const error = asPipelineError(thrown);
  if (error.code !== 'http.rate_limited') return undefined;
  const text = responseOf(error)?.text ?? '';
  if (!text.includes('"DAILY"')) return undefined;
  return new PipelineError(
    'transient',
    'hubspot.daily_limit',
    "The account's limit of requests for this day is used up.",
    {
      status: 429,
      hint: 'It opens again at midnight in the time zone of the account. Other apps share it; see HubSpot → Settings → Integrations → Private Apps → Logs.',
    },
  );
}

/** The rolling limit of ten seconds, and what is left of the day: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines */
function readLimits(headers: HttpHeaders, context: Context): readonly RateLimit[] {
  const limits: RateLimit[] = [];
  const number = (name: string): number | undefined => {
    const text = headers.get(`x-hubspot-ratelimit-${name}`);
    return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const remaining = number('remaining');
  const resetMs = number('interval-milliseconds');
  if (remaining !== undefined && resetMs !== undefined) {
    const limit = number('max');
    limits.push({ bucket: 'hubspot/api', remaining, resetMs, ...(limit === undefined ? {} : { limit }) });
  }
  if (number('daily-remaining') === 0) {
    // Midnight in the time zone of the account, which no header tells; that of UTC is near enough for a run to end and say so.
    const resets = DAY_MS - (context.clock.now().getTime() % DAY_MS);
    limits.push({ bucket: 'hubspot', remaining: 0, resetMs: resets });
  }
  return limits;
}
