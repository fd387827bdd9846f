// Asks Gong's API: signs in, keeps its distance between requests, knows which 404 is an empty answer, and pages by cursor.
// https://gong.app.gong.io/settings/api/documentation

import { PipelineError } from '../../core/errors.ts';
import { asRecord, idOf, type VendorRecord } from '../../core/mapping.ts';
import type { Context, HttpResponse, Json } from '../../core/types.ts';
import { readSettings, type Settings } from './settings.ts';

/** What one request asks for. */
export interface Question {
  /** Below the root: `/v2/calls/extensive`. */
  readonly path: string;
  readonly query?: { readonly [name: string]: string };
  /** Makes it a POST; these only read, so they may be sent twice. */
  readonly body?: { readonly [name: string]: Json };
  /** The name of the list in the answer. */
  readonly collection: string;
  /** Where a page goes on. */
  readonly cursor?: string | undefined;
}

export interface Answer {
  readonly records: readonly Json[];
  /** Where the next page is; absent on the last one. */
  readonly cursor: string | undefined;
  /** How many records the whole list has; absent where it is not told. */
  readonly total: number | undefined;
  /** The cursor that was asked with is no longer taken. */
  readonly refused: boolean;
}

export interface Client {
  readonly settings: Settings;
  ask(question: Question): Promise<Answer>;
}

/**
 * A company has 3 requests a second and 10,000 a day, and no answer but a 429 says how many are left. A little more than a third of
 * a second, because requests do not arrive at the distance at which they were sent.
 */
const SPACING_MS = 400;
const EMPTY: Answer = { records: [], cursor: undefined, total: 0, refused: false };

export function createClient(context: Context): Client {
  const settings = readSettings(context.env);
  const authorization = `Basic ${Buffer.from(`${settings.key}:${settings.secret}`).toString('base64')}`;
  return {
    settings,
    async ask({ path, query = {}, body, collection, cursor }) {
      const url = new URL(settings.root + path);
      const parameters = { ...query, ...(body === undefined && cursor !== undefined ? { cursor } : {}) };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      const sent = body === undefined ? undefined : { ...body, ...(cursor === undefined ? {} : { cursor }) };
      const response = await context.fetch({
        method: sent === undefined ? 'GET' : 'POST',
        url: url.href,
        headers: { authorization, accept: 'application/json', 'content-type': 'application/json' },
        ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
        bucket: 'gong',
        spacingMs: SPACING_MS,
        idempotent: true,
        accept: [200, 400, 401, 403, 404],
      });
      if (response.status === 404 && isEmpty(response)) return EMPTY;
      if (response.status === 400 && cursor !== undefined) return { ...EMPTY, refused: true };
      if (response.status !== 200) throw refusal(response.status, path, settings);
      return readAnswer(asRecord(response.json()), collection, path);
    },
  };
}

function readAnswer(body: VendorRecord | undefined, collection: string, path: string): Answer {
  const records = body?.[collection];
  // A 200 without its list is never taken for an empty page.
  if (body === undefined || !Array.isArray(records)) throw unexpected(path, `no list "${collection}"`);
  const about = asRecord(body['records']);
  const cursor = about?.['cursor'];
  const total = about?.['totalRecords'];
  if (cursor !== undefined && (typeof cursor !== 'string' || cursor === '')) {
    throw unexpected(path, 'no way to its next page');
  }
  return { records, cursor, total: typeof total === 'number' ? total : undefined, refused: false };
}

/** “No calls found corresponding to the provided filters” is how Gong says that a list is empty; every other 404 is an error. */
function isEmpty(response: HttpResponse): boolean {
  try {
    const errors = asRecord(response.json())?.['errors'];
    return (
      Array.isArray(errors) &&
      errors.some(
        (error) => typeof error === 'string' && /^No \w+ found\b.*\b(filters|period)\b/i.test(error),
      )
    );
  } catch {
    return false;
  }
}

/** Notices cursors that come again, and pages in a row that bring nothing new. Remembers one page of ids. */
export function createProgress(path: string) {
  const cursors = new Set<string>();
  let former: ReadonlySet<string> = new Set();
  let stale = 0;
  return {
    check(cursor: string, ids: readonly string[]): void {
      if (cursors.has(cursor)) throw stuck(path, 'the same cursor again');
      cursors.add(cursor);
      stale = ids.some((id) => !former.has(id)) ? 0 : stale + 1;
      if (ids.length > 0) former = new Set(ids);
      if (stale === STALE_PAGES) throw stuck(path, `${STALE_PAGES} pages in a row hold nothing new`);
    },
  };
}

const STALE_PAGES = 5;

/** The record, or undefined after setting aside what has no id or is no record at all. */
export function readRecord(
  value: Json,
  table: string,
  name: string,
  context: Context,
): VendorRecord | undefined {
  const record = asRecord(value);
  if (record !== undefined && idOf(record[name]) !== undefined) return record;
  const [code, reason] =
    record === undefined
      ? ['gong.no_record', 'What the list holds is no JSON object.']
      : ['gong.no_id', 'The record has no id.'];
  context.reject({ table, row: value, code, reason });
  return undefined;
}

export function unexpected(path: string, what: string): PipelineError {
  return new PipelineError('transient', 'gong.unexpected_answer', `Gong's answer to ${path} holds ${what}.`, {
    hint: 'If it repeats, check that GONG_BASE_URL is the address that the API page of your Gong shows.',
  });
}

export function stuck(path: string, what: string): PipelineError {
  return new PipelineError('transient', 'gong.stuck_page', `Gong's ${path} does not move on: ${what}.`, {
    hint: 'What was read is kept. Run again; if it repeats, ask Gong with the time of this run.',
  });
}

function refusal(status: number, path: string, { root }: Settings): PipelineError {
  const refuse = (name: string, message: string, hint: string): PipelineError =>
    new PipelineError('config', `gong.${name}`, message, { status, hint });
  if (status === 401) {
    return refuse(
      'unauthorized',
      `Gong does not accept the key at ${root}.`,
      'Check GONG_API_KEY, GONG_API_SECRET and GONG_BASE_URL: a key may have been revoked by an administrator.',
    );
  }
  if (status === 403) {
    return refuse(
      'forbidden',
      `Gong forbids this key to read ${path}.`,
      'The key needs the scopes that docs/connectors/gong.md lists; a technical administrator sets them.',
    );
  }
  if (status === 404) {
    return refuse('not_found', `Gong has no ${path} at ${root}.`, 'Check GONG_BASE_URL.');
  }
  return refuse(
    'refused',
    `Gong refuses the request to ${path}.`,
    'Check GONG_BASE_URL, and report it if it repeats.',
  );
}
