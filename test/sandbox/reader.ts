// Reads a stand-in the way a careful client would: page by page, until the vendor says that it is the end.

import type { ZendeskSandbox } from '../../sandbox/zendesk.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: { readonly [field: string]: unknown };
}

export const NOON = new Date('2026-11-22T12:00:00Z');

/** A clock that stands still until the stand-in is told to advance. */
export const STILL = { now: () => NOON, monotonicMs: () => 0 };

export async function ask(
  sandbox: ZendeskSandbox,
  pathOrUrl: string,
  init: RequestInit = {},
): Promise<Answer> {
  const url = pathOrUrl.startsWith('http') ? pathOrUrl : sandbox.url + pathOrUrl;
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${sandbox.credentials.accessToken}` },
    ...init,
  });
  const text = await response.text();
  let body: Answer['body'] = {};
  if (response.headers.get('content-type')?.includes('json')) body = JSON.parse(text) as Answer['body'];
  return { status: response.status, headers: response.headers, text, body };
}

export type Row = { readonly [field: string]: unknown };

export interface Reading {
  readonly rows: readonly Row[];
  readonly pages: readonly Answer[];
}

/** Follows `after_url` to the end of a cursor export; `between` runs after each page. */
export async function readExport(
  sandbox: ZendeskSandbox,
  path: string,
  key: string,
  between: () => void = () => undefined,
): Promise<Reading> {
  const rows: Row[] = [];
  const pages: Answer[] = [];
  let next = path;
  for (let guard = 0; guard < 1000; guard++) {
    const answer = await ask(sandbox, next);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text.slice(0, 200)}`);
    pages.push(answer);
    rows.push(...(answer.body[key] as readonly Row[]));
    if (answer.body['end_of_stream'] === true) return { rows, pages };
    next = String(answer.body['after_url'] ?? answer.body['next_page']);
    between();
  }
  throw new Error('the export never ended');
}

/** The newest row by id, as an upsert would keep it. */
export function newestById(rows: readonly Row[]): ReadonlyMap<string, Row> {
  return new Map(rows.map((row) => [String(row['id']), row]));
}
