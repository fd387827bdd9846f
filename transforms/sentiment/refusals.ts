// What a vendor's refusal means to us: the codes of label errors, one sentence each.

import { PipelineError } from '../../core/errors.ts';

/**
 * - `no_money`: the account cannot pay; no wait helps. `unauthorized`: the key is not accepted. `model_gone`: no such model, or no longer.
 * - `rate_limited`: too many requests. `unavailable`: the vendor has trouble.
 * - `refused`: content rules decline these texts. `rejected`: the vendor does not take this request.
 */
export type RefusalCode =
  | 'no_money'
  | 'unauthorized'
  | 'model_gone'
  | 'rate_limited'
  | 'unavailable'
  | 'refused'
  | 'rejected';

/** The words for one vendor's operators: what to set right. */
export interface VendorWords {
  readonly title: string;
  readonly hints: { readonly [code in 'no_money' | 'unauthorized' | 'model_gone']: string };
}

export interface RefusalDetails {
  readonly model: string;
  readonly status: number;
  /** The vendor's own code for it; never its message, because vendors quote the prompt in it. */
  readonly named: string;
  readonly retryAfterMs?: number | undefined;
}

/** What a status says where the body says no more. */
export function codeOfStatus(status: number): RefusalCode {
  if (status === 402) return 'no_money';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 404 || status === 410) return 'model_gone';
  if (status === 429) return 'rate_limited';
  return status === 408 || status === 409 || status >= 500 ? 'unavailable' : 'rejected';
}

const KINDS: { readonly [code in RefusalCode]: PipelineError['kind'] } = {
  no_money: 'config',
  unauthorized: 'config',
  model_gone: 'config',
  rate_limited: 'transient',
  unavailable: 'transient',
  refused: 'data',
  rejected: 'data',
};

/** The error for a refusal; its code is `label.` and the code of the refusal. */
export function refusal(code: RefusalCode, vendor: VendorWords, details: RefusalDetails): PipelineError {
  const { model, status, named, retryAfterMs } = details;
  const { title, hints } = vendor;
  const why = named === '' ? `status ${status}` : `status ${status}, ${named.slice(0, 60)}`;
  const says: { readonly [code in RefusalCode]: string } = {
    no_money: `${title} refuses requests for lack of credit: ${why}.`,
    unauthorized: `${title} does not accept the credentials: ${why}.`,
    model_gone: `${title} has no model ${model}: ${why}.`,
    rate_limited: `${title} asks for fewer requests: ${why}.`,
    unavailable: `${title} cannot answer now: ${why}.`,
    refused: `${title}'s content rules refuse a text of this pack: ${why}.`,
    rejected: `${title} does not take this pack: ${why}.`,
  };
  const hint = code in hints ? hints[code as keyof typeof hints] : undefined;
  return new PipelineError(KINDS[code], `label.${code}`, says[code], {
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(hint === undefined ? {} : { hint }),
  });
}
