// What an OpenAI-compatible server's refusals mean to us, by status and error code.
// https://developers.openai.com/docs/guides/error-codes

import { PipelineError } from '../../core/errors.ts';

/** The parts of a refusal that decide; `said` is never shown, because servers quote the prompt in it. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly type: string;
  /** The parameter that the server names. */
  readonly param: string;
  readonly said: string;
  readonly retryAfterMs: number | undefined;
}

/** How the settings of an account are called, so that a hint names the one to mend. */
export interface SettingNames {
  readonly key: string;
  readonly model: string;
  readonly url: string;
}

/** 429 with one of these is an empty purse and no rate limit; waiting does not help (https://help.openai.com/en/articles/6614457). */
const MONEY_CODES: ReadonlySet<string> = new Set([
  'insufficient_quota',
  'credit_balance_exhausted',
  'billing_hard_limit_reached',
  'billing_not_active',
  'organization_spend_limit_exceeded',
  'organization_usage_limit_exceeded',
  'project_spend_limit_exceeded',
]);

/** Whether the provider declined these texts for what they say, by its content rules. */
function isContentRefusal({ status, code }: Refusal): boolean {
  return status === 400 && /content_filter|content_policy|ResponsibleAIPolicy/i.test(code);
}

/** The error for a refusal: what the operator must mend, what passes, or what these texts cannot have. */
export function refusalError(refusal: Refusal, model: string, settings: SettingNames): PipelineError {
  const { status, code, type, retryAfterMs } = refusal;
  const details = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  const named = code === '' ? '' : ` (${code.slice(0, 60)})`;
  const make = (kind: PipelineError['kind'], name: string, message: string, hint?: string): PipelineError =>
    new PipelineError(kind, name, message, { ...details, ...(hint === undefined ? {} : { hint }) });

  if (status === 402 || MONEY_CODES.has(code) || type === 'insufficient_quota') {
    return make(
      'config',
      'label.no_money',
      `The label provider refuses requests for lack of credit${named}.`,
      `Add credit or raise the spend limit of the account behind ${settings.key}; then run \`pipeline enrich\`.`,
    );
  }
  if (status === 401 || status === 403) {
    return make(
      'config',
      'label.unauthorized',
      `The label provider does not accept the key: status ${status}${named}.`,
      `Check ${settings.key}, and that it belongs to ${settings.url} and may use the model.`,
    );
  }
  if (status === 404 || status === 410 || code === 'model_not_found') {
    return make(
      'config',
      'label.model_gone',
      `The label provider has no model ${model}: status ${status}${named}.`,
      `Set ${settings.model} to one that the account has; check that ${settings.url} ends where the vendor says.`,
    );
  }
  if (status === 429) {
    return make('transient', 'label.rate_limited', `The label provider asks for fewer requests${named}.`);
  }
  if (status === 408 || status === 409 || status >= 500) {
    return make(
      'transient',
      'label.unavailable',
      `The label provider cannot answer now: status ${status}${named}.`,
    );
  }
  if (isContentRefusal(refusal)) {
    return make(
      'data',
      'label.refused',
      `The label provider's content rules refuse a text of this pack${named}.`,
    );
  }
  return make(
    'data',
    'label.rejected',
    `The label provider does not take this pack: status ${status}${named}.`,
  );
}
