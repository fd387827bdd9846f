// The models that the stand-in for Anthropic offers, and the endpoint that lists them.
// https://platform.claude.com/docs/en/api/models/list

import { notFound, type Refusal } from './replies.ts';
import type { AnthropicModel } from './request.ts';

export const MODELS: readonly AnthropicModel[] = [
  model('claude-haiku-5-5', 0.001, 0.005),
  model('claude-sonnet-5-5', 0.003, 0.015),
  { ...model('claude-fable-5-2', 0.01, 0.05), thoughtTokens: 240 },
  { ...model('claude-haiku-4-5', 0.001, 0.005), samples: true },
  {
    ...model('claude-3-haiku-20240307', 0.00025, 0.00125),
    structured: false,
    samples: true,
    shutdownDate: '2099-04-20',
  },
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

/** The model of this id, or all; those that were retired stay on the list, and say so. */
export function listModels(
  models: readonly AnthropicModel[],
  id: string | undefined,
  now: Date,
): object | Refusal {
  if (id !== undefined) {
    const found = models.find((one) => one.id === id);
    return found === undefined ? notFound(`model: ${id}`) : describe(found, now);
  }
  return {
    data: models.map((one) => describe(one, now)),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  };
}

function describe(one: AnthropicModel, now: Date): object {
  const retires = one.shutdownDate === undefined ? null : new Date(one.shutdownDate);
  const lifecycle = retires === null ? 'active' : retires <= now ? 'retired' : 'deprecated';
  return {
    type: 'model',
    id: one.id,
    display_name: one.id,
    created_at: '2025-10-15T00:00:00Z',
    lifecycle,
    deprecated_at: retires === null ? null : '2025-10-28T00:00:00Z',
    retires_at: retires?.toISOString() ?? null,
    line: null,
    capabilities: null,
    max_input_tokens: one.contextTokens,
    max_tokens: one.maxOutputTokens,
  };
}
