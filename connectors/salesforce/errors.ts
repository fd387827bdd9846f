// Turns Salesforce's refusals into our errors: by its own error code first, by the status where there is none.
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm

import { PipelineError } from '../../core/errors.ts';
import { parseJson } from '../../core/json.ts';
import type { HttpResponse, Json } from '../../core/types.ts';
import { asList, asRecord, textOf } from './records.ts';

/** A code of ours for each refusal that a caller acts upon. */
export const TOO_SLOW = 'salesforce.query_timeout';
export const UNKNOWN_FIELD = 'salesforce.unknown_field';
export const NO_OBJECT = 'salesforce.no_object';
export const GONE = 'salesforce.gone';
export const BAD_LOCATOR = 'salesforce.bad_locator';
export const TOO_MANY_DELETED = 'salesforce.too_many_deleted';
export const DELETES_PURGED = 'salesforce.deletes_purged';
export const NO_BULK = 'salesforce.no_bulk';
export const BULK_FAILED = 'salesforce.bulk_failed';

/** What the vendor says: its code, and its message, which may quote the query but holds no record. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** Errors come as a list of `{message, errorCode}`; a proxy or a log-in page may answer anything. */
export function readRefusal(response: Pick<HttpResponse, 'text'>): Refusal {
  let body: Json = null;
  try {
    body = parseJson(response.text);
  } catch {
    return { code: '', message: '' };
  }
  const first = asRecord(asList(body)?.[0] ?? body);
  const code = textOf(first?.['errorCode']) ?? '';
  return { code: /^[A-Z_]{1,60}$/.test(code) ? code : '', message: textOf(first?.['message']) ?? '' };
}

/** A refusal that passes by itself within seconds: more long requests at once than the org may have. */
export function isCrowded({ code, message }: Refusal): boolean {
  return code === 'REQUEST_LIMIT_EXCEEDED' && /concurrent/i.test(message);
}

export function isExpiredSession(status: number, { code }: Refusal): boolean {
  return status === 401 || code === 'INVALID_SESSION_ID';
}

/** How long after the daily allowance is spent it is worth to try again: it counts the last 24 hours, so a part returns each hour. */
export const QUOTA_PAUSE_MS = 3_600_000;

export function quotaSpent(message: string, now: Date): PipelineError {
  const at = new Date(now.getTime() + QUOTA_PAUSE_MS).toISOString();
  return new PipelineError(
    'transient',
    'salesforce.quota_spent',
    `${message} It counts the last 24 hours: try again after ${at}.`,
    {
      retryAfterMs: QUOTA_PAUSE_MS,
      hint: 'What was read is kept. See Setup → Company Information for the allowance, and keptForOthers in the pipeline for the share that this may use.',
    },
  );
}

/** The error for an answer that nobody accepts. `what` names method and path without a query. */
export function toError(
  what: string,
  response: HttpResponse,
  refusal: Refusal,
  identity: string,
  now: Date,
): PipelineError {
  const { status } = response;
  const { code, message } = refusal;
  const says = `${what} was refused with ${code || `status ${status}`}`;
  const make = (kind: 'config' | 'transient' | 'bug', ours: string, hint: string): PipelineError =>
    new PipelineError(kind, ours, `${says}.`, { status, hint });
  switch (code) {
    case 'REQUEST_LIMIT_EXCEEDED':
      if (isCrowded(refusal))
        return make(
          'transient',
          'salesforce.crowded',
          'The org runs as many long requests as it may; run again later.',
        );
      return quotaSpent('The daily allowance of API requests of the org is spent.', now);
    case 'API_DISABLED_FOR_ORG':
    case 'API_CURRENTLY_DISABLED':
      return make(
        'config',
        'salesforce.api_disabled',
        'The edition or the user lacks the right "API Enabled".',
      );
    case 'INVALID_TYPE':
    case 'NOT_FOUND':
      return make(
        'config',
        NO_OBJECT,
        'The org has no such object, or the user may not read it: both look alike. Give the user the right to read it, and check SALESFORCE_API_VERSION.',
      );
    case 'INVALID_FIELD':
      return make(
        'transient',
        UNKNOWN_FIELD,
        'A field vanished while it was read, or the user may no longer see it; the next run reads the fields anew.',
      );
    case 'QUERY_TIMEOUT':
      return make('transient', TOO_SLOW, 'The query took longer than the org allows; run again later.');
    case 'INVALID_QUERY_LOCATOR':
    case 'INVALIDLOCATOR':
    case 'INVALID_LOCATOR':
      return make('transient', BAD_LOCATOR, 'The place in the results is no longer known; run again.');
    case 'EXCEEDED_ID_LIMIT':
      return make('transient', TOO_MANY_DELETED, 'More records were deleted in a minute than can be told.');
    case 'INVALID_REPLICATION_DATE':
      return make('transient', DELETES_PURGED, 'The org no longer knows what was deleted at that time.');
    case 'FUNCTIONALITY_NOT_ENABLED':
      return make('config', NO_BULK, 'The org has no Bulk API; raise bulkFromRows in the pipeline.');
    case 'SERVER_UNAVAILABLE':
    case 'UNABLE_TO_LOCK_ROW':
      return make('transient', 'salesforce.unavailable', 'Salesforce was busy; run again.');
  }
  if (isExpiredSession(status, refusal)) {
    return new PipelineError(
      'config',
      'salesforce.unauthorized',
      `Salesforce does not accept ${identity}: ${says}.`,
      {
        status,
        hint: 'Check the SALESFORCE_… settings: the credential may be revoked, of another org, or the session may be bound to an address range.',
      },
    );
  }
  if (status === 403) {
    return make(
      'config',
      'salesforce.forbidden',
      `Give ${identity} the right to read this, and "API Enabled".`,
    );
  }
  if (status === 404 || status === 410) return make('transient', GONE, 'It is no longer there; run again.');
  if (/is not supported by the Bulk API|compound data not supported/i.test(message)) {
    return make('config', NO_BULK, 'This object cannot be read in bulk.');
  }
  if (/Max bulk v2 query jobs/i.test(message)) {
    return make('config', NO_BULK, 'The org has run as many bulk jobs today as it may.');
  }
  if (/INVALID_FIELD/.test(message))
    return make('transient', UNKNOWN_FIELD, 'The next run reads the fields anew.');
  return make(
    'bug',
    'salesforce.refused',
    'The request was not understood; please report it with the run id.',
  );
}

/** Transient: what answered was not the API that we know. */
export function unexpected(what: string, holds: string): PipelineError {
  return new PipelineError(
    'transient',
    'salesforce.unexpected_answer',
    `Salesforce's answer to ${what} holds ${holds}.`,
    {
      hint: 'If it repeats, check SALESFORCE_INSTANCE_URL and SALESFORCE_API_VERSION.',
    },
  );
}

export function stuck(what: string, why: string): PipelineError {
  return new PipelineError(
    'transient',
    'salesforce.stuck_page',
    `Salesforce's answers to ${what} do not move on: ${why}.`,
    {
      hint: 'What was read is kept. Run again; if it repeats, ask Salesforce.',
    },
  );
}
