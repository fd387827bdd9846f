// Reads a Converse request as strictly as the vendor does.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html

import type { Reply } from '../delivery.ts';
import type { LanguageModel, Question } from '../llm/completion.ts';
import { findStrictProblem } from '../llm/strict-schema.ts';
import type { Schema } from '../openai/schema-rules.ts';
import { invalid, refuse } from './replies.ts';

export interface BedrockModel extends LanguageModel {
  readonly maxOutputTokens: number;
  /** Whether it takes `outputConfig.textFormat`; others are forced to call a tool. */
  readonly structured: boolean;
  /** Whether it takes `toolConfig`. */
  readonly tools: boolean;
}

export interface Asked {
  readonly question: Omit<Question, 'what' | 'model'>;
  /** The tool that must answer, where one was forced. */
  readonly tool: string | undefined;
}

export function readConverse(body: string, model: BedrockModel): Asked | Reply {
  let sent: unknown;
  try {
    sent = JSON.parse(body);
  } catch {
    return refuse(400, 'SerializationException', 'Unexpected token in the request body.');
  }
  const request = asSchema(sent);
  const messages = request['messages'];
  if (!Array.isArray(messages) || messages.length === 0)
    return invalid(
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    );
  const turns = messages.map(asSchema);
  if (turns[0]?.['role'] !== 'user')
    return invalid(
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    );
  const user = readBlocks(turns.findLast(({ role }) => role === 'user')?.['content']);
  if (user === undefined) return refuse(400, 'SerializationException', 'content must be a list of blocks');
  if (user.trim() === '')
    return invalid(
      'The text field in the ContentBlock object is blank. Add text to the text field, and try again.',
    );
  const system = readBlocks(request['system'] ?? []);
  if (system === undefined) return refuse(400, 'SerializationException', 'system must be a list of blocks');
  const limit = asSchema(request['inferenceConfig'])['maxTokens'];
  if (limit !== undefined && !(Number.isInteger(limit) && Number(limit) >= 1))
    return invalid(
      "Value at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
  if (Number(limit) > model.maxOutputTokens)
    return invalid(
      `The maximum tokens you requested exceeds the model limit of ${model.maxOutputTokens}. Try again with a maximum tokens value that is lower than ${model.maxOutputTokens}.`,
    );
  const tool = readTool(request['toolConfig'], model);
  if (tool !== undefined && 'status' in tool) return tool;
  const format = readFormat(asSchema(request['outputConfig'])['textFormat'], model);
  if (format !== undefined && 'status' in format) return format as Reply;
  return {
    question: {
      system: system === '' ? [] : [system],
      user,
      schema: tool?.schema ?? format,
      outputLimit: limit === undefined ? undefined : Number(limit),
    },
    tool: tool?.name,
  };
}

function readBlocks(content: unknown): string | undefined {
  if (!Array.isArray(content)) return undefined;
  return content.map((block) => String(asSchema(block)['text'] ?? '')).join('\n');
}

function readTool(
  sent: unknown,
  model: BedrockModel,
): { readonly name: string; readonly schema: Schema } | Reply | undefined {
  if (sent === undefined) return undefined;
  if (!model.tools) return invalid("This model doesn't support tool use.");
  const config = asSchema(sent);
  const tools = Array.isArray(config['tools'])
    ? config['tools'].map((one) => asSchema(asSchema(one)['toolSpec']))
    : [];
  if (tools.length === 0)
    return invalid(
      "Value at 'toolConfig.tools' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  for (const tool of tools) {
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(tool['name'] ?? '')))
      return invalid(
        "Value at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
      );
    const schema = asSchema(asSchema(tool['inputSchema'])['json']);
    if (schema['type'] !== 'object')
      return invalid(
        'The value at toolConfig.tools.0.toolSpec.inputSchema.json.type must be one of the following: object.',
      );
    const problem = tool['strict'] === true ? findStrictProblem(schema) : undefined;
    if (problem !== undefined) return invalid(`tools.0.custom.input_schema: ${problem}`);
  }
  const choice = asSchema(config['toolChoice']);
  if (choice['tool'] === undefined && choice['any'] === undefined) return undefined;
  const name = asSchema(choice['tool'])['name'];
  const forced = name === undefined ? tools[0] : tools.find((tool) => tool['name'] === name);
  if (forced === undefined)
    return invalid(`The tool ${String(name)} in toolChoice is not in toolConfig.tools.`);
  return { name: String(forced['name']), schema: asSchema(asSchema(forced['inputSchema'])['json']) };
}

function readFormat(sent: unknown, model: BedrockModel): Schema | Reply | undefined {
  if (sent === undefined) return undefined;
  const format = asSchema(sent);
  if (format['type'] !== 'json_schema')
    return invalid(
      "Value at 'outputConfig.textFormat.type' failed to satisfy constraint: Member must satisfy enum value set: [json_schema]",
    );
  if (!model.structured)
    return invalid(
      "This model doesn't support the outputConfig.textFormat field. Remove outputConfig.textFormat and try again.",
    );
  const described = asSchema(asSchema(format['structure'])['jsonSchema']);
  const text = described['schema'];
  // On the wire of this vendor the schema is a text that holds JSON.
  if (typeof text !== 'string')
    return refuse(400, 'SerializationException', 'STRUCTURE_VALUE can not be converted to a String');
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch {
    return invalid('outputConfig.textFormat.structure.jsonSchema.schema: is not valid JSON');
  }
  const problem = findStrictProblem(asSchema(schema));
  return problem === undefined ? asSchema(schema) : invalid(`output_config.format.schema: ${problem}`);
}

function asSchema(value: unknown): Schema {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Schema) : {};
}
