// What is said to Claude and what it says back: one question as a message, and a message as a reply.
// https://platform.claude.com/docs/en/build-with-claude/structured-outputs

import type { Anthropic } from '@anthropic-ai/sdk';
import type { AnthropicRefusal } from './anthropic-sender.ts';
import type { ModelReply, ModelRequest } from './provider.ts';
import { strangeAnswer } from './transport.ts';

const TOOL = 'report_labels';

/** What a model may not know; each is left out for good once it was refused. */
export type Lacking = 'output_config' | 'tools' | 'thinking';

/** Builds and reads the messages of one model, and remembers what it does not take. */
export interface Speech {
  write(question: ModelRequest): Anthropic.MessageCreateParamsNonStreaming;
  read(message: Anthropic.Message): ModelReply;
  /** Whether the refusal is about a part that can be left out; from then on it is. */
  adapt(refused: AnthropicRefusal): Lacking | undefined;
}

export function speechOf(model: string): Speech {
  const lacking = new Set<Lacking>();
  return {
    write(question) {
      const byFormat = !lacking.has('output_config');
      const byTool = !byFormat && !lacking.has('tools');
      return {
        model,
        max_tokens: question.outputTokens,
        system: byFormat || byTool ? question.system : question.plainSystem,
        messages: [{ role: 'user', content: question.user }],
        // Thoughts are billed as output and take its room; a label needs none.
        ...(lacking.has('thinking') ? {} : { thinking: { type: 'disabled' as const } }),
        ...(byFormat
          ? { output_config: { format: { type: 'json_schema' as const, schema: { ...question.schema } } } }
          : {}),
        ...(byTool
          ? {
              tools: [
                {
                  name: TOOL,
                  description: 'Takes the labels of all items.',
                  input_schema: { ...question.schema, type: 'object' as const },
                },
              ],
              tool_choice: { type: 'tool' as const, name: TOOL },
            }
          : {}),
      };
    },
    read: readMessage,
    adapt({ status, said }) {
      if (status !== 400) return undefined;
      // The vendor's messages begin with the path of the parameter, and none of them is about the texts.
      const named = /^[`'"]?(output_config|tools|tool_choice|thinking)\b/.exec(said)?.[1];
      const part = named === 'tool_choice' ? 'tools' : (named as Lacking | undefined);
      if (part === undefined || lacking.has(part)) return undefined;
      // Tools are sent only where the format was refused before.
      if (part === 'tools' && !lacking.has('output_config')) return undefined;
      lacking.add(part);
      return part;
    },
  };
}

/** Why a message ended, in our words; what is not here ended before its time. */
const ENDED: { readonly [reason: string]: ModelReply['ended'] } = {
  end_turn: 'complete',
  stop_sequence: 'complete',
  tool_use: 'complete',
  refusal: 'refused',
};

function readMessage(message: Anthropic.Message): ModelReply {
  // The SDK gives whatever the server sent; a gateway may send anything.
  const { content, stop_reason, usage, model } = message as Partial<Anthropic.Message>;
  if (!Array.isArray(content)) throw strangeAnswer('Anthropic', 'ANTHROPIC_BASE_URL');
  const texts = content.map((block) =>
    block.type === 'text' ? block.text : block.type === 'tool_use' ? JSON.stringify(block.input) : '',
  );
  const cached = usage?.cache_read_input_tokens ?? 0;
  return {
    text: texts.join(''),
    ended: ENDED[stop_reason ?? ''] ?? 'truncated',
    ...(typeof model === 'string' ? { model } : {}),
    ...(isCount(usage?.input_tokens) && isCount(usage?.output_tokens)
      ? {
          usage: {
            // What was read from or written to a cache is told beside the input, not within it.
            input: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0),
            output: usage.output_tokens,
            cached,
          },
        }
      : {}),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
