// The models that the stand-in for Anthropic offers, and the endpoint that lists them.
// https://platform.claude.com/docs/en/api/models/list

import { notFound, type Refusal } from './replies.ts';
import type { AnthropicModel } from './request.ts';

export const MODELS: readonly AnthropicModel[] = [
  model('claude-haiku-5-5', 0.001, 0.005),
  model('claude-sonnet-5-5', 0.003, 0.015),
  { ...model('claude-fable-5-2', 0.01, 0.05), thoughtTokens: 240 },
  { ...model('claude-haiku-4-5', 0.001, 0.005), samples: true },
  { ...model('claude-3-haiku-20240307', 0.00025, 0.00125), structured: false, samples: true },
  { ...model('claude-3-5-haiku-20241022', 0.0008, 0.004), shutdownDate: '2026-02-19' },
];

function model(id: string, inputPer1k: number, outputPer1k: number): AnthropicModel {
  return {
    id,
    price: { inputPer1k, cachedPer1k: inputPer1k / 10, outputPer1k },
    contextTokens: 200_000,
    maxOutputTokens: 64_000,
    structured: true,
    samples: false,
    thoughtTokens: 0,
  };
}

/** The model of this id, or all that still answer. */
export function listModels(
  models: readonly AnthropicModel[],
  id: string | undefined,
  now: Date,
): object | Refusal {
  const offered = models.filter(
    ({ shutdownDate }) => shutdownDate === undefined || new Date(shutdownDate) > now,
  );
  if (id !== undefined) {
    const found = offered.find((one) => one.id === id);
    return found === undefined ? notFound(`model: ${id}`) : describe(found);
  }
  return {
    data: offered.map(describe),
    has_more: false,
    first_id: offered[0]?.id ?? null,
    last_id: offered.at(-1)?.id ?? null,
  };
}

function describe(one: AnthropicModel): object {
  return {
    type: 'model',
    id: one.id,
    display_name: one.id,
    created_at: '2026-10-15T00:00:00Z',
    max_input_tokens: one.contextTokens,
    max_tokens: one.maxOutputTokens,
  };
}
