// Reads a chat completion request as strictly as the vendor does.

import type { Reply } from '../delivery.ts';
import type { Price } from './ledger.ts';
import { refuse } from './replies.ts';
import { findSchemaProblem, type Schema } from './schema-rules.ts';

export interface OpenAIModel {
  readonly id: string;
  readonly price: Price;
  readonly contextTokens: number;
  /** From this day on the model is gone. */
  readonly shutdownDate?: string;
  /** The share of items that this model labels wrong, in place of the stand-in's own. */
  readonly noise?: number;
}

/** The model of a name, or the error where there is none (any more). */
export type FindModel = (name: string) => OpenAIModel | Reply;

export interface Message {
  readonly role: string;
  readonly content: string;
}

export interface Asked {
  readonly model: OpenAIModel;
  readonly messages: readonly Message[];
  readonly schema: Schema | undefined;
  readonly outputLimit: number | undefined;
}

/** What the vendor's endpoint knows; anything else in the body is refused, as the vendor does. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'response_format',
  'temperature',
  'top_p',
  'n',
  'seed',
  'stop',
  'max_tokens',
  'max_completion_tokens',
  'user',
  'metadata',
  'store',
  'stream',
  'frequency_penalty',
  'presence_penalty',
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'service_tier',
  'reasoning_effort',
  'safety_identifier',
  'prompt_cache_key',
  'verbosity',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
]);

/** What was asked for, or the error that the vendor answers. */
export function readRequest(body: string, find: FindModel): Asked | Reply {
  let sent: Schema;
  try {
    sent = JSON.parse(body) as Schema;
  } catch {
    return refuse(400, 'We could not parse the JSON body of your request.');
  }
  const unknown = Object.keys(sent).find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined) return refuse(400, `Unrecognized request argument supplied: ${unknown}`);
  const name = sent['model'];
  if (typeof name !== 'string') return refuse(400, 'you must provide a model parameter');
  const model = find(name);
  if ('status' in model) return model;
  const messages = readMessages(sent['messages']);
  if (messages === undefined)
    return refuse(400, "Missing required parameter: 'messages'.", 'missing_required_parameter', 'messages');
  if (sent['stream'] === true)
    return refuse(
      400,
      "Unsupported value: 'stream' does not support true with this stand-in.",
      'unsupported_value',
      'stream',
    );
  const schema = readFormat(sent['response_format'], messages);
  if (schema !== undefined && 'status' in schema) return schema as Reply;
  const limit = sent['max_completion_tokens'] ?? sent['max_tokens'];
  return {
    model,
    messages,
    schema: schema?.schema,
    outputLimit: typeof limit === 'number' ? limit : undefined,
  };
}

function readMessages(sent: unknown): readonly Message[] | undefined {
  if (!Array.isArray(sent) || sent.length === 0) return undefined;
  return sent.map((message: { readonly role?: unknown; readonly content?: unknown }) => ({
    role: String(message.role),
    content: readContent(message.content),
  }));
}

function readContent(content: unknown): string {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : '';
  return content.map((part: { readonly text?: unknown }) => String(part.text ?? '')).join('\n');
}

function readFormat(
  format: unknown,
  messages: readonly Message[],
): { readonly schema: Schema } | Reply | undefined {
  const { type, json_schema: described } = (format ?? { type: 'text' }) as {
    readonly type?: unknown;
    readonly json_schema?: Schema;
  };
  if (type === 'text') return undefined;
  if (type === 'json_object') {
    if (messages.some((message) => /json/i.test(message.content))) return undefined;
    return refuse(
      400,
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      null,
      'messages',
    );
  }
  if (type !== 'json_schema')
    return refuse(
      400,
      `Invalid value: '${String(type)}'. Supported values are: 'json_object', 'json_schema', and 'text'.`,
      'invalid_value',
      'response_format.type',
    );
  const name = described?.['name'];
  if (typeof name !== 'string' || !/^[a-zA-Z0-9_-]{1,64}$/.test(name))
    return refuse(
      400,
      "Missing or invalid parameter: 'response_format.json_schema.name'.",
      'missing_required_parameter',
      'response_format.json_schema.name',
    );
  const schema = described?.['schema'];
  if (schema === null || typeof schema !== 'object')
    return refuse(
      400,
      "Missing required parameter: 'response_format.json_schema.schema'.",
      'missing_required_parameter',
      'response_format.json_schema.schema',
    );
  const problem = described?.['strict'] === true ? findSchemaProblem(schema as Schema) : undefined;
  if (problem !== undefined)
    return refuse(400, `Invalid schema for response_format '${name}': ${problem}`, null, 'response_format');
  return { schema: schema as Schema };
}
