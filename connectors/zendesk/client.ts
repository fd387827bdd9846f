// Asks Zendesk's API: signs in, reads its rate-limit headers, turns its refusals into our errors, and makes pages smaller when they time out.

import { asPipelineError, PipelineError } from '../../core/errors.ts';
import { asRecord, type VendorRecord } from '../../core/mapping.ts';
import type { Context, HttpHeaders, HttpResponse, Json, RateLimit } from '../../core/types.ts';
import type { Session } from './session.ts';

/** What one request asks for. */
export interface Question {
  /** Below `/api/v2/`: `incremental/tickets/cursor`. */
  readonly path: string;
  readonly query: { readonly [name: string]: string | number };
  /** The part of the rate limit, below `zendesk/`: `incremental-exports-cursor`. */
  readonly bucket: string;
  /** Refusals that the caller deals with; they come back as the answer. */
  readonly accept?: readonly number[];
}

export interface Client {
  readonly session: Session;
  /** The JSON object that answers, with its status: 200, or one of `accept`, whose body is then not read. */
  ask(question: Question): Promise<{ readonly status: number; readonly body: VendorRecord }>;
}

/** Statuses that mean that one page took the vendor too long. */
const TOO_SLOW = 504;
/** Families of endpoints tell their own limit in a header: `zendesk-ratelimit-incremental-exports`. */
const FAMILIES = ['incremental-exports', 'incremental-exports-cursor', 'tickets-index'];

export function createClient(context: Context, session: Session): Client {
  const send = (question: Question, authorization: string): Promise<HttpResponse> => {
    const url = new URL(`${session.root}/api/v2/${question.path}`);
    for (const [name, value] of Object.entries(question.query)) url.searchParams.set(name, String(value));
    const bucket = `zendesk/${question.bucket}`;
    return context.fetch({
      url: url.href,
      headers: { authorization, accept: 'application/json' },
      bucket,
      accept: [200, 401, 403, 404, ...(question.accept ?? [])],
      limits: (headers) => readLimits(headers, bucket),
    });
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
      if (response.status !== 200) {
        if (question.accept?.includes(response.status)) return { status: response.status, body: {} };
        throw refusal(response.status, question.path, session);
      }
      const body = asRecord(response.json());
      if (body === undefined) throw unexpected(question.path, 'no JSON object');
      return { status: 200, body };
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
    'zendesk.unexpected_answer',
    `Zendesk's answer to /api/v2/${path} holds ${what}.`,
    {
      hint: 'If it repeats, check that ZENDESK_BASE_URL or ZENDESK_SUBDOMAIN names the API of your account.',
    },
  );
}

function refusal(status: number, path: string, session: Session): PipelineError {
  if (status === 401) {
    return new PipelineError(
      'config',
      'zendesk.unauthorized',
      `Zendesk does not accept ${session.identity} at ${session.root}.`,
      {
        status,
        hint: 'Check the ZENDESK_OAUTH_… settings (or ZENDESK_EMAIL and ZENDESK_API_TOKEN): the credential may be wrong, expired, revoked or of another account.',
      },
    );
  }
  if (status === 403) {
    return new PipelineError(
      'config',
      'zendesk.forbidden',
      `Zendesk forbids ${session.identity} to read /api/v2/${path}.`,
      {
        status,
        hint: 'Incremental exports need an administrator, and an OAuth client needs the scope "read". A misspelt scope still gives a token, and then everything is forbidden.',
      },
    );
  }
  return new PipelineError(
    'config',
    'zendesk.not_found',
    `Zendesk has no /api/v2/${path} at ${session.root}.`,
    {
      status,
      hint: 'Check ZENDESK_SUBDOMAIN or ZENDESK_BASE_URL, and that the plan includes this feature.',
    },
  );
}

/**
 * The account's limit and the endpoint's own one.
 * https://developer.zendesk.com/api-reference/introduction/rate-limits/
 */
function readLimits(headers: HttpHeaders, bucket: string): readonly RateLimit[] {
  const limits: RateLimit[] = [];
  const remaining = numberIn(headers, 'ratelimit-remaining') ?? numberIn(headers, 'x-rate-limit-remaining');
  const resets = numberIn(headers, 'ratelimit-reset');
  if (remaining !== undefined && resets !== undefined) {
    const limit = numberIn(headers, 'ratelimit-limit') ?? numberIn(headers, 'x-rate-limit');
    limits.push({
      bucket: 'zendesk',
      remaining,
      resetMs: resets * 1000,
      ...(limit === undefined ? {} : { limit }),
    });
  }
  for (const family of FAMILIES) {
    const header = headers.get(`zendesk-ratelimit-${family}`) ?? '';
    const told = /total=(\d+);\s*remaining=(\d+);\s*resets=(\d+)/.exec(header);
    if (told === null) continue;
    const limit = { limit: Number(told[1]), remaining: Number(told[2]), resetMs: Number(told[3]) * 1000 };
    // The documents disagree on which exports share a limit: what is told holds for who asked, and for its namesakes.
    limits.push({ bucket, ...limit });
    if (bucket !== `zendesk/${family}`) limits.push({ bucket: `zendesk/${family}`, ...limit });
  }
  return limits;
}

function numberIn(headers: HttpHeaders, name: string): number | undefined {
  const text = headers.get(name);
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** How many records the next page of an export should hold. */
export interface PageSize {
  readonly records: number;
  /** Half as many. */
  shrink(): void;
  /** A page came in time: after a few of them, twice as many. */
  arrived(): void;
}

/** Good pages in a row before a larger one is tried again. */
const PAGES_BEFORE_GROWING = 5;

export function createPageSize(most: number): PageSize {
  let records = most;
  let arrived = 0;
  return {
    get records() {
      return records;
    },
    shrink() {
      records = Math.max(1, Math.floor(records / 2));
      arrived = 0;
    },
    arrived() {
      arrived += 1;
      if (arrived < PAGES_BEFORE_GROWING) return;
      records = Math.min(most, records * 2);
      arrived = 0;
    },
  };
}

/**
 * Asks for a page of an export, smaller and smaller while Zendesk is too slow to make it: asking for the same size again would
 * fail again. Throws what came last once a page of one record fails too.
 */
export async function askForPage(
  client: Client,
  question: Question,
  size: PageSize,
): Promise<{ readonly status: number; readonly body: VendorRecord; readonly asked: number }> {
  for (;;) {
    const smallest = size.records === 1;
    const accept = smallest ? (question.accept ?? []) : [...(question.accept ?? []), TOO_SLOW];
    try {
      const asked = size.records;
      const query = { ...question.query, per_page: asked };
      const answer = await client.ask({ ...question, query, accept });
      if (answer.status !== TOO_SLOW) {
        if (answer.status === 200) size.arrived();
        return { ...answer, asked };
      }
    } catch (thrown) {
      if (smallest || asPipelineError(thrown).code !== 'http.timeout') throw thrown;
    }
    size.shrink();
  }
}
