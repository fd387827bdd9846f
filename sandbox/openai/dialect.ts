// How servers of the OpenAI family differ from OpenAI in their errors: Azure's gateway, and vLLM, which serves JAIS.
// https://learn.microsoft.com/azure/ai-foundry/openai/reference · https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html

import type { Reply } from '../delivery.ts';
import { json } from '../server.ts';

export type Dialect = 'openai' | 'azure' | 'jais';

interface ErrorBody {
  readonly message: string;
  readonly type: string | null;
  readonly param: string | null;
  readonly code: string | null;
}

/** Codes that say more than the status does; every dialect keeps them. */
const KEPT = new Set(['content_filter', 'insufficient_quota']);

/** What Azure's gateway says in place of OpenAI's own words. */
const AZURE: Readonly<Record<number, readonly [code: string, message: string]>> = {
  401: [
    '401',
    'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
  ],
  403: ['403', 'Access denied due to Virtual Network/Firewall rules.'],
  404: ['DeploymentNotFound', 'The API deployment for this resource does not exist.'],
  410: ['ModelRetired', 'The model of this deployment is retired and no longer answers.'],
  429: [
    '429',
    'Requests have exceeded the call rate limit of your current pricing tier. Please retry later.',
  ],
  500: ['InternalServerError', 'The server had an error processing your request.'],
  503: ['ServiceUnavailable', 'The service is temporarily unable to process your request.'],
};

const VLLM: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  401: 'Unauthorized',
  404: 'NotFoundError',
  429: 'RateLimitError',
  500: 'InternalServerError',
};

/** The same error in the words and shape of a dialect; answers that are no error stay as they are. */
export function inDialect(reply: Reply, dialect: Dialect): Reply {
  if (dialect === 'openai' || reply.status < 400) return reply;
  const said = (JSON.parse(String(reply.body)) as { readonly error?: ErrorBody }).error;
  if (said === undefined) return reply;
  return { ...reply, body: json(reply.status, { error: reworded(reply.status, said, dialect) }).body };
}

function reworded(status: number, said: ErrorBody, dialect: Dialect): object {
  if (dialect === 'jais')
    return { ...said, type: VLLM[status] ?? said.type, code: KEPT.has(said.code ?? '') ? said.code : status };
  if (said.code === 'content_filter')
    return {
      ...said,
      type: null,
      status,
      innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: {} },
    };
  if (KEPT.has(said.code ?? '')) return said;
  const [code, message] = AZURE[status] ?? [said.code ?? 'BadRequest', said.message];
  // The gateway itself refuses a path it does not know, with a code of its own.
  return said.code === '404' ? { code: '404', message: said.message } : { code, message, param: said.param };
}
