// Reads a generateContent request as strictly as the vendor does: every field must be one of the message's.
// https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference

import type { Reply } from '../delivery.ts';
import type { LanguageModel, Question } from '../llm/completion.ts';
import type { Schema } from '../openai/schema-rules.ts';
import { refuse } from './replies.ts';

export interface VertexModel extends LanguageModel {
  /** What it thinks before it answers, in tokens billed as output, unless it is told to think as little as it can. */
  readonly thoughtTokens: number;
}

export interface Asked {
  readonly question: Omit<Question, 'what' | 'model'>;
  readonly thinks: boolean;
}

const REQUEST = [
  'contents',
  'systemInstruction',
  'cachedContent',
  'tools',
  'toolConfig',
  'safetySettings',
  'generationConfig',
  'labels',
  'modelArmorConfig',
] as const;
const GENERATION = [
  'temperature',
  'topP',
  'topK',
  'candidateCount',
  'maxOutputTokens',
  'stopSequences',
  'presencePenalty',
  'frequencyPenalty',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'seed',
  'responseLogprobs',
  'logprobs',
  'thinkingConfig',
  'audioTimestamp',
  'mediaResolution',
] as const;
/** The part of OpenAPI 3.0 that a response schema may use. */
const SCHEMA = [
  'type',
  'format',
  'title',
  'description',
  'nullable',
  'default',
  'items',
  'minItems',
  'maxItems',
  'enum',
  'properties',
  'propertyOrdering',
  'required',
  'minProperties',
  'maxProperties',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'example',
  'anyOf',
] as const;
const TYPES = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL'];

export function readContents(body: string): Asked | Reply {
  let sent: unknown;
  try {
    sent = JSON.parse(body);
  } catch {
    return refuse(400, 'Invalid JSON payload received. Unexpected end of string.');
  }
  const request = asSchema(sent);
  const config = asSchema(request['generationConfig']);
  const unknown = findUnknown(request, REQUEST, '') ?? findUnknown(config, GENERATION, 'generation_config');
  if (unknown !== undefined) return refuse(400, unknown);
  const contents = Array.isArray(request['contents']) ? request['contents'].map(asSchema) : [];
  if (contents.length === 0)
    return refuse(400, 'Unable to submit request because at least one contents field is required.');
  if (contents.some(({ role }) => role !== 'user' && role !== 'model'))
    return refuse(400, 'Please use a valid role: user, model.');
  const user = contents.findLast(({ role }) => role === 'user');
  const text = readParts(user);
  if (text === '') return refuse(400, 'Unable to submit request because it must have a text parameter.');
  const schema = readSchema(config);
  if (schema !== undefined && 'status' in schema) return schema as Reply;
  const limit = config['maxOutputTokens'];
  if (limit !== undefined && !(Number.isInteger(limit) && Number(limit) > 0))
    return refuse(
      400,
      'Unable to submit request because it has a maxOutputTokens value that is not supported.',
    );
  const thinking = asSchema(config['thinkingConfig']);
  if (thinking['thinkingBudget'] !== undefined && thinking['thinkingLevel'] !== undefined)
    return refuse(400, 'You can only set one of thinking budget and thinking level.');
  const system = readParts(asSchema(request['systemInstruction']));
  return {
    question: {
      system: system === '' ? [] : [system],
      user: text,
      schema,
      outputLimit: limit === undefined ? undefined : Number(limit),
    },
    thinks: thinking['thinkingBudget'] !== 0 && thinking['thinkingLevel'] !== 'MINIMAL',
  };
}

function readParts(content: Schema | undefined): string {
  const parts = Array.isArray(content?.['parts']) ? content['parts'].map(asSchema) : [];
  return parts.map((part) => String(part['text'] ?? '')).join('\n');
}

/** The schema in the words of JSON Schema, as the word list's answers are filled. */
function readSchema(config: Schema): Schema | Reply | undefined {
  const { responseSchema, responseJsonSchema, responseMimeType } = config;
  if (responseSchema === undefined && responseJsonSchema === undefined) return undefined;
  if (responseMimeType !== 'application/json')
    return refuse(
      400,
      `Unable to submit request because response schema is only supported with response mime type application/json, but got ${String(responseMimeType ?? 'text/plain')}.`,
    );
  if (responseSchema !== undefined && responseJsonSchema !== undefined)
    return refuse(400, 'Only one of response_schema and response_json_schema may be set.');
  if (responseJsonSchema !== undefined) return asSchema(responseJsonSchema);
  const problem = inspect(asSchema(responseSchema), 'generation_config.response_schema');
  return problem === undefined ? toJsonSchema(asSchema(responseSchema)) : refuse(400, problem);
}

function inspect(node: Schema, path: string): string | undefined {
  const unknown = findUnknown(node, SCHEMA, path);
  if (unknown !== undefined) return unknown;
  const type = node['type'];
  if (type === undefined && node['anyOf'] === undefined)
    return `Unable to submit request because ${path} didn't specify the schema type field.`;
  if (type !== undefined && !TYPES.includes(String(type).toUpperCase()))
    return `Invalid value at '${path}.type' (type.googleapis.com/google.cloud.aiplatform.v1.Type), "${String(type)}"`;
  if (node['enum'] !== undefined && String(type).toUpperCase() !== 'STRING')
    return `Unable to submit request because ${path}.enum is only allowed for STRING type.`;
  const properties = asSchema(node['properties']);
  const required = Array.isArray(node['required']) ? node['required'].map(String) : [];
  const missing = required.find((name) => !(name in properties));
  if (missing !== undefined)
    return `Unable to submit request because ${path}.required has a property that is not defined: ${missing}.`;
  for (const [name, property] of Object.entries(properties)) {
    const problem = inspect(asSchema(property), `${path}.properties[${name}]`);
    if (problem !== undefined) return problem;
  }
  if (String(type).toUpperCase() === 'ARRAY' && node['items'] === undefined)
    return `Unable to submit request because ${path}.items: missing field.`;
  if (node['items'] !== undefined) return inspect(asSchema(node['items']), `${path}.items`);
  return undefined;
}

function toJsonSchema(node: Schema): Schema {
  const { type, properties, items, anyOf } = node;
  return {
    ...node,
    ...(type === undefined ? {} : { type: String(type).toLowerCase() }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(asSchema(properties)).map(([name, one]) => [name, toJsonSchema(asSchema(one))]),
          ),
        }),
    ...(items === undefined ? {} : { items: toJsonSchema(asSchema(items)) }),
    ...(Array.isArray(anyOf) ? { anyOf: anyOf.map((one) => toJsonSchema(asSchema(one))) } : {}),
  };
}

function findUnknown(node: Schema, known: readonly string[], path: string): string | undefined {
  const unknown = Object.keys(node).find((name) => !known.includes(name));
  if (unknown === undefined) return undefined;
  const at = path === '' ? '' : ` at '${path}'`;
  return `Invalid JSON payload received. Unknown name "${unknown}"${at}: Cannot find field.`;
}

function asSchema(value: unknown): Schema {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Schema) : {};
}
