// Azure's addresses and deployments: where the version of the API stands, which deployment is meant, and what it may be used for.
// https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle

import type { Reply } from '../delivery.ts';
import type { VendorRequest } from '../server.ts';
import { refuse } from './replies.ts';

/** A model under a name of the customer's own. */
export interface Deployment {
  readonly name: string;
  readonly model: string;
  /** A deployment of the kind Global Batch takes batches and nothing else; all others take none. */
  readonly batch?: boolean;
}

export interface AzurePlace {
  /** As OpenAI would have it: `/v1/chat/completions`. */
  readonly path: string;
  /** Named by the address; by the body without it. */
  readonly deployment: string | undefined;
  /** Undefined for the versionless address. */
  readonly apiVersion: string | undefined;
}

/** Versions by date that are still served; the versionless `/openai/v1` follows the newest. */
const VERSIONS = new Set([
  '2024-02-01',
  '2024-06-01',
  '2024-08-01-preview',
  '2024-10-21',
  '2025-03-01-preview',
  '2025-04-01-preview',
]);
/** Before it, a schema for answers was not known. */
const SCHEMAS_SINCE = '2024-08-01-preview';
/** Before it, there were no batches. */
const BATCHES_SINCE = '2024-10-21';

/** What is meant by the address of a request, or the error of Azure's gateway. */
export function readPlace({ path, query }: VendorRequest): AzurePlace | Reply {
  const apiVersion = query.get('api-version') ?? undefined;
  if (path.startsWith('/openai/v1/')) {
    if (apiVersion !== undefined && apiVersion !== 'preview' && apiVersion !== 'latest')
      return refuse(400, 'API version not supported', 'BadRequest');
    return { path: path.slice('/openai'.length), deployment: undefined, apiVersion: undefined };
  }
  const match =
    /^\/openai(?:\/deployments\/([^/]+))?(\/(?:chat\/completions|files|batches|models)(?:\/.*)?)$/.exec(path);
  if (match === null || apiVersion === undefined) return refuse(404, 'Resource not found', '404');
  if (!VERSIONS.has(apiVersion)) return refuse(400, 'API version not supported', 'BadRequest');
  const [, deployment, rest = ''] = match;
  if (/^\/(?:files|batches)/.test(rest) && apiVersion < BATCHES_SINCE)
    return refuse(404, 'Resource not found', '404');
  // Only questions have a deployment in their address.
  if ((deployment === undefined) === rest.startsWith('/chat'))
    return refuse(404, 'Resource not found', '404');
  return { path: `/v1${rest}`, deployment: deployment && decodeURIComponent(deployment), apiVersion };
}

/** The error for a schema that this version of the API does not know; undefined where all is well. */
export function schemaRefusal(apiVersion: string | undefined, body: string): Reply | undefined {
  if (apiVersion === undefined || apiVersion >= SCHEMAS_SINCE || !body.includes('"json_schema"'))
    return undefined;
  return refuse(
    400,
    `response_format value as json_schema is enabled only for api versions ${SCHEMAS_SINCE} and later`,
    'BadRequest',
  );
}
