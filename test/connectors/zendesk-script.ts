// A Zendesk that answers exactly what a test wrote down, for answers that no well-behaved stand-in gives.

import { systemClock } from '../../core/clock.ts';
import { PipelineError } from '../../core/errors.ts';
import { createColumnPins } from '../../core/names.ts';
import type {
  Clock,
  Context,
  Environment,
  HttpRequest,
  HttpResponse,
  Json,
  Page,
  RateLimit,
  Row,
  Stream,
} from '../../core/types.ts';
import { memorySecrets } from '../contracts/stand-in.ts';

export interface Answer {
  readonly status?: number;
  readonly body?: Json;
  readonly headers?: { readonly [name: string]: string };
  /** Thrown in place of an answer. */
  readonly error?: PipelineError;
}

export interface Scripted extends Context {
  readonly requests: readonly (HttpRequest & { readonly address: URL })[];
  readonly rejects: readonly { readonly table: string; readonly code: string; readonly row: Json }[];
  readonly limits: readonly RateLimit[];
  readonly secrets: ReturnType<typeof memorySecrets>;
}

export const NOW = new Date('2026-11-20T08:00:00Z');

/** Statuses that the request does not accept are thrown, as the real fetch throws them. Ticket fields are empty unless told. */
export function script(
  answer: (address: URL, request: HttpRequest) => Answer | undefined,
  options: { readonly env?: Environment; readonly secrets?: ReturnType<typeof memorySecrets> } = {},
): Scripted {
  const requests: (HttpRequest & { readonly address: URL })[] = [];
  const rejects: { readonly table: string; readonly code: string; readonly row: Json }[] = [];
  const limits: RateLimit[] = [];
  const clock: Clock = { ...systemClock, now: () => NOW, sleep: () => Promise.resolve() };
  const quiet = (): void => undefined;
  return {
    requests,
    rejects,
    limits,
    signal: new AbortController().signal,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    clock,
    env: options.env ?? { ZENDESK_SUBDOMAIN: 'acme', ZENDESK_OAUTH_ACCESS_TOKEN: 'token-1' },
    secrets: options.secrets ?? memorySecrets(),
    column: createColumnPins([]).column,
    reject: (reject) => {
      rejects.push(reject);
    },
    fetch(request) {
      const address = new URL(request.url);
      requests.push({ ...request, address });
      const given = answer(address, request);
      if (given?.error !== undefined) return Promise.reject(given.error);
      const { status = 200, body = fallback(address), headers = {} } = given ?? {};
      const known = new Headers(headers);
      limits.push(...(request.limits?.(known) ?? []));
      if (status !== 200 && request.accept?.includes(status) !== true) {
        const kind = status >= 500 ? 'transient' : 'bug';
        return Promise.reject(new PipelineError(kind, 'http.refused', `status ${status}`, { status }));
      }
      const response: HttpResponse = { status, headers: known, text: JSON.stringify(body), json: () => body };
      return Promise.resolve(response);
    },
  };
}

function fallback(address: URL): Json {
  if (address.pathname.endsWith('/ticket_fields')) return { ticket_fields: [], meta: { has_more: false } };
  if (address.pathname.endsWith('/users/show_many')) return { users: [] };
  return {};
}

/** All pages of one reading. */
export async function pagesOf(
  stream: Stream,
  context: Context,
  from: Json = stream.start({}),
): Promise<readonly Page[]> {
  const pages: Page[] = [];
  await stream.tables(context);
  for await (const page of stream.read(from, context)) {
    pages.push(page);
    if (pages.length > 200) throw new Error('more than 200 pages');
  }
  return pages;
}

export function rowsOf(pages: readonly Page[], table: string): readonly Row[] {
  return pages.flatMap((page) => page.rows[table] ?? []);
}

/** What was thrown; fails when nothing was. */
export async function thrownBy(work: Promise<unknown>): Promise<PipelineError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof PipelineError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
