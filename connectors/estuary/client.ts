// Asks Estuary's control plane: GraphQL for what there is, PostgREST for the statistics.

import { PipelineError } from '../../core/errors.ts';
import { asRecord, type VendorRecord } from '../../core/mapping.ts';
import type { Context, HttpRequest, HttpResponse, Json } from '../../core/types.ts';
import type { Session } from './session.ts';

export interface Client {
  readonly session: Session;
  /** The `data` of an answer. Errors beside data are errors: a part is never taken for the whole. */
  query(document: string, variables: { readonly [name: string]: Json }): Promise<VendorRecord>;
  /** The rows of a view. */
  rows(view: string, query: { readonly [name: string]: string }): Promise<readonly Json[]>;
}

const GRAPHQL = '/api/graphql';

export function createClient(context: Context, session: Session): Client {
  const { root } = session.settings;

  async function send(request: Omit<HttpRequest, 'bucket'>, what: string): Promise<HttpResponse> {
    const ask = (authorization: string): Promise<HttpResponse> =>
      context.fetch({
        ...request,
        headers: { ...request.headers, authorization, accept: 'application/json' },
        bucket: 'estuary',
        idempotent: true,
        accept: [200, 400, 401, 403, 404],
      });
    const authorization = await session.authorization(context);
    let response = await ask(authorization);
    if (response.status === 401) {
      const renewed = await session.renew(context, authorization);
      if (renewed !== undefined) response = await ask(renewed);
    }
    if (response.status !== 200) throw refusal(response.status, what, root);
    return response;
  }

  return {
    session,
    async query(document, variables) {
      const response = await send(
        {
          method: 'POST',
          url: root + GRAPHQL,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ query: document, variables }),
        },
        GRAPHQL,
      );
      const body = asRecord(response.json());
      const data = asRecord(body?.['data']);
      const errors = body?.['errors'];
      if (Array.isArray(errors) && errors.length > 0) throw queryFailed(errors, root);
      if (data === undefined) throw unexpected(GRAPHQL, 'no data');
      return data;
    },
    async rows(view, query) {
      const url = new URL(`${root}/${view}`);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      const body = (await send({ url: url.href }, `/${view}`)).json();
      if (!Array.isArray(body)) throw unexpected(`/${view}`, 'no list of rows');
      return body as readonly Json[];
    },
  };
}

/** GraphQL tells refusals inside a 200. What it says is read for its sense and not repeated. */
function queryFailed(errors: readonly Json[], root: string): PipelineError {
  const messages = errors.map((error) => String(asRecord(error)?.['message'] ?? ''));
  if (messages.some((message) => /unauthenticated|unauthorized|expired token/i.test(message)))
    return refusal(401, GRAPHQL, root);
  if (messages.some((message) => /forbidden|not authorized|permission/i.test(message)))
    return refusal(403, GRAPHQL, root);
  return new PipelineError(
    'transient',
    'estuary.query_failed',
    `Estuary answered ${errors.length} error${errors.length === 1 ? '' : 's'} to a query of ${GRAPHQL}.`,
    {
      hint: 'Run again. If it repeats, the API may have changed: compare with the schema in its documentation.',
    },
  );
}

export function unexpected(what: string, held: string): PipelineError {
  return new PipelineError(
    'transient',
    'estuary.unexpected_answer',
    `Estuary's answer to ${what} holds ${held}.`,
    { hint: 'If it repeats, check that ESTUARY_API_URL is the address of the control plane.' },
  );
}

export function stuck(what: string, how: string): PipelineError {
  return new PipelineError('transient', 'estuary.stuck_page', `Estuary's ${what} does not move on: ${how}.`, {
    hint: 'What was read is kept. Run again; if it repeats, ask Estuary with the time of this run.',
  });
}

export function refusal(status: number, what: string, root: string): PipelineError {
  const refuse = (name: string, message: string, hint: string): PipelineError =>
    new PipelineError('config', `estuary.${name}`, message, { status, hint });
  if (status === 401) {
    return refuse(
      'unauthorized',
      `Estuary does not accept the key at ${root}.`,
      'Check ESTUARY_API_KEY: it may be revoked or expired. Make a new one in the dashboard.',
    );
  }
  if (status === 403) {
    return refuse(
      'forbidden',
      `Estuary forbids this key to read ${what}.`,
      'Its user needs the capability “read” on the prefix; an administrator of the tenant grants it.',
    );
  }
  if (status === 404)
    return refuse('not_found', `Estuary has no ${what} at ${root}.`, 'Check ESTUARY_API_URL.');
  return refuse(
    'refused',
    `Estuary refuses the request to ${what}.`,
    'Check ESTUARY_API_URL and ESTUARY_PREFIX.',
  );
}
