// Reads a request to the Messages API as strictly as the vendor does.
// https://platform.claude.com/docs/en/api/messages/create

import { findModel, type LanguageModel, type Question } from '../llm/completion.ts';
import { findStrictProblem } from '../llm/strict-schema.ts';
import type { Schema } from '../openai/schema-rules.ts';
import { badRequest, notFound, type Refusal } from './replies.ts';

export interface AnthropicModel extends LanguageModel {
  readonly maxOutputTokens: number;
  /** Whether it takes `output_config.format`; older ones do not. */
  readonly structured: boolean;
  /** Whether it takes `temperature`, `top_p` and `top_k` with the first version of the API; newer ones do not, whatever the version. */
  readonly samples: boolean;
  /** What it always thinks before it answers, in tokens billed as output; 0 for a model that can be told not to. */
  readonly thoughtTokens: number;
}

export const FIRST_VERSION = '2023-06-01';
export const VERSIONS: readonly string[] = [FIRST_VERSION, '2026-10-21'];

/** What was asked, and the tool that must answer it, where one was forced. */
export interface Asked {
  readonly question: Omit<Question, 'what' | 'model'> & { readonly model: AnthropicModel };
  readonly tool: string | undefined;
}

/** What the endpoint knows; anything else in the body is refused. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'max_tokens',
  'system',
  'metadata',
  'stop_sequences',
  'stream',
  'thinking',
  'tools',
  'tool_choice',
  'service_tier',
  'output_config',
  'inference_geo',
  'container',
  'cache_control',
]);
/** Gone with the version of October 2026, even at their defaults: https://platform.claude.com/docs/en/api/migration-2026-10-21 */
const SAMPLING = ['temperature', 'top_p', 'top_k'] as const;

export interface Reading {
  readonly models: readonly AnthropicModel[];
  readonly now: Date;
  /** The header `anthropic-version` of the request. */
  readonly version: string;
  /** The endpoint that only counts needs no `max_tokens`. */
  readonly counting?: boolean;
}

export function readMessages(sent: unknown, reading: Reading): Asked | Refusal {
  const { models, now, version, counting = false } = reading;
  if (sent === null || typeof sent !== 'object' || Array.isArray(sent))
    return badRequest('The request body is not valid JSON.');
  const body = sent as Schema;
  const known = (name: string): boolean =>
    PARAMETERS.has(name) || (version === FIRST_VERSION && SAMPLING.some((one) => one === name));
  const unknown = Object.keys(body).find((name) => !known(name));
  if (unknown !== undefined) return badRequest(`${unknown}: Extra inputs are not permitted`);
  const name = body['model'];
  if (typeof name !== 'string') return badRequest('model: Field required');
  const limit = body['max_tokens'];
  if (!counting) {
    if (limit === undefined) return badRequest('max_tokens: Field required');
    if (!Number.isInteger(limit)) return badRequest('max_tokens: Input should be a valid integer');
    if (Number(limit) < 1) return badRequest('max_tokens: Input should be greater than or equal to 1');
  }
  const model = findModel(models, name, now);
  if (model === undefined) return notFound(`model: ${name}`);
  if (!counting && Number(limit) > model.maxOutputTokens)
    return badRequest(
      `max_tokens: ${Number(limit)} > ${model.maxOutputTokens}, which is the maximum allowed number of output tokens for ${name}`,
    );
  const unwanted = model.samples ? undefined : SAMPLING.find((one) => body[one] !== undefined);
  if (unwanted !== undefined) return badRequest(`\`${unwanted}\` is not supported for this model.`);
  const thinking = (body['thinking'] as Schema | undefined)?.['type'];
  if (thinking === 'disabled' && model.thoughtTokens > 0)
    return badRequest('"thinking.type.disabled" is not supported for this model.');
  if (body['stream'] === true) return badRequest('stream: this stand-in does not stream');
  const messages = readTurns(body['messages']);
  if ('status' in messages) return messages;
  const tool = readTool(body['tools'], body['tool_choice']);
  if (tool !== undefined && 'status' in tool) return tool;
  const format = readFormat(body['output_config'], model);
  if (format !== undefined && 'status' in format) return format as Refusal;
  const system = readContent(body['system'] ?? []);
  if (system === undefined) return badRequest('system: Input should be a valid string');
  return {
    question: {
      model,
      system: system === '' ? [] : [system],
      user: messages.lastOfUser,
      schema: tool?.schema ?? format,
      outputLimit: counting ? undefined : Number(limit),
    },
    tool: tool?.name,
  };
}

function readTurns(sent: unknown): { readonly lastOfUser: string } | Refusal {
  if (!Array.isArray(sent)) return badRequest('messages: Field required');
  if (sent.length === 0) return badRequest('messages: at least one message is required');
  let lastOfUser = '';
  for (const [i, turn] of (sent as readonly Schema[]).entries()) {
    const { role } = turn;
    if (role !== 'user' && role !== 'assistant')
      return badRequest(`messages.${i}.role: Input should be 'user' or 'assistant'`);
    if (i === 0 && role !== 'user') return badRequest('messages: first message must use the "user" role');
    const content = readContent(turn['content']);
    if (content === undefined) return badRequest(`messages.${i}.content: Field required`);
    if (content.trim() === '') return badRequest(`messages.${i}: user messages must have non-empty content`);
    if (role === 'user') lastOfUser = content;
  }
  return { lastOfUser };
}

/** A text, or blocks of text; anything else is no content here. */
function readContent(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.map((block: Schema) => (block['type'] === 'text' ? block['text'] : undefined));
  return texts.every((text) => typeof text === 'string') ? texts.join('\n') : undefined;
}

function readTool(
  tools: unknown,
  choice: unknown,
): { readonly name: string; readonly schema: Schema } | Refusal | undefined {
  if (tools !== undefined && !Array.isArray(tools)) return badRequest('tools: Input should be a valid list');
  const known = (tools ?? []) as readonly Schema[];
  for (const [i, tool] of known.entries()) {
    if (typeof tool['name'] !== 'string' || !/^[a-zA-Z0-9_-]{1,128}$/.test(tool['name']))
      return badRequest(`tools.${i}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
    const schema = tool['input_schema'] as Schema | undefined;
    if (schema?.['type'] !== 'object') return badRequest(`tools.${i}.input_schema.type: Field required`);
    const problem = tool['strict'] === true ? findStrictProblem(schema) : undefined;
    if (problem !== undefined) return badRequest(`tools.${i}.input_schema: ${problem}`);
  }
  if (choice === undefined) return undefined;
  const { type, name } = choice as Schema;
  if (type === 'auto' || type === 'none') return undefined;
  if (known.length === 0) return badRequest('tool_choice may only be specified while providing tools.');
  if (type !== 'tool' && type !== 'any')
    return badRequest(
      "tool_choice: Input tag does not match any of the expected tags: 'auto', 'any', 'tool', 'none'",
    );
  const forced = type === 'any' ? known[0] : known.find((tool) => tool['name'] === name);
  if (forced === undefined) return badRequest(`Tool '${String(name)}' not found in provided tools`);
  return { name: String(forced['name']), schema: forced['input_schema'] as Schema };
}

function readFormat(sent: unknown, model: AnthropicModel): Schema | Refusal | undefined {
  const format = (sent as Schema | undefined)?.['format'] as Schema | null | undefined;
  if (format === undefined || format === null) return undefined;
  if (!model.structured)
    return badRequest('output_config.format: this model does not support structured outputs');
  if (format['type'] !== 'json_schema')
    return badRequest("output_config.format.type: Input should be 'json_schema'");
  const schema = format['schema'];
  if (schema === null || typeof schema !== 'object')
    return badRequest('output_config.format.schema: Field required');
  const problem = findStrictProblem(schema as Schema);
  return problem === undefined ? (schema as Schema) : badRequest(`output_config.format.schema: ${problem}`);
}
