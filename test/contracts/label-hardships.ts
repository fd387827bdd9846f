// What label providers must bear, in the stand-ins' words, and how each hardship must end.

import type { Fault } from '../../sandbox/faults.ts';

/** A fault for the requests of one kind, and the codes of error with which it may end. */
export interface Hardship {
  readonly fault: Fault;
  readonly codes: readonly string[];
}

const misbehaviour = (what: string, ...codes: readonly string[]): Hardship => ({
  fault: { kind: 'model', what },
  codes,
});
const status = (status: number, code: string): Hardship => ({
  fault: { kind: 'status', status },
  codes: [code],
});
const unavailable = (fault: Fault): Hardship => ({ fault, codes: ['label.unavailable'] });

/** Answers that can be read all the same. */
export const READABLE: Readonly<Record<string, Hardship>> = {
  reordered: misbehaviour('reordered'),
  prose: misbehaviour('prose'),
  fences: misbehaviour('fences'),
  arabic_labels: misbehaviour('arabic_labels'),
  model_changed: misbehaviour('model_changed'),
  bom: { fault: { kind: 'bom' }, codes: [] },
};

/** Answers of which no label may be believed. */
export const UNUSABLE: Readonly<Record<string, Hardship>> = {
  null_content: misbehaviour('null_content', 'label.unreadable'),
  empty: misbehaviour('empty', 'label.unreadable'),
  rubbish: misbehaviour('rubbish', 'label.unreadable'),
  wrong_enum: misbehaviour('wrong_enum', 'label.unreadable'),
  wrong_types: misbehaviour('wrong_types', 'label.unreadable'),
  nan_scores: misbehaviour('nan_scores', 'label.unreadable'),
  missing_ids: misbehaviour('missing_ids', 'label.wrong_ids'),
  duplicate_ids: misbehaviour('duplicate_ids', 'label.wrong_ids'),
  extra_ids: misbehaviour('extra_ids', 'label.wrong_ids'),
  foreign_ids: misbehaviour('foreign_ids', 'label.wrong_ids'),
};

/** Answers that are cut, and could be read so far. */
export const CUT: Readonly<Record<string, Hardship>> = {
  length: misbehaviour('length', 'label.truncated'),
};

/** Content that the model or the vendor's rules decline, with the reason that a single text gets. */
export const DECLINED: Readonly<Record<string, Hardship & { readonly reason: string }>> = {
  refusal: { ...misbehaviour('refusal', 'label.refused'), reason: 'refusal' },
  content_filter: { ...misbehaviour('content_filter', 'label.refused'), reason: 'content_filter' },
  content_filter_finish: {
    ...misbehaviour('content_filter_finish', 'label.refused'),
    reason: 'content_filter',
  },
};

/** Trouble that passes. */
export const PASSING: Readonly<Record<string, Hardship>> = {
  '408': status(408, 'label.unavailable'),
  '500': status(500, 'label.unavailable'),
  '502': status(502, 'label.unavailable'),
  '503': status(503, 'label.unavailable'),
  '529': status(529, 'label.unavailable'),
  'a reset': unavailable({ kind: 'reset' }),
  'a lost answer': unavailable({ kind: 'lost-answer' }),
  'a reset within the answer': unavailable({ kind: 'reset-in-body' }),
  'half an answer': unavailable({ kind: 'truncated' }),
  'half a chunked answer': unavailable({ kind: 'truncated-chunked' }),
  'a page of HTML': unavailable({ kind: 'html' }),
  'broken UTF-8': unavailable({ kind: 'bad-utf8' }),
  'a rate limit without a word how long': {
    fault: { kind: 'rate-limit', retryAfter: 'none' },
    codes: ['label.rate_limited'],
  },
};

/** What only the operator can mend. */
export const FOR_THE_OPERATOR: Readonly<Record<string, Hardship>> = {
  '401': status(401, 'label.unauthorized'),
  '403': { fault: { kind: 'forbidden' }, codes: ['label.unauthorized', 'label.model_gone'] },
  '404': { fault: { kind: 'not-available' }, codes: ['label.model_gone'] },
  '410': status(410, 'label.model_gone'),
  'an empty purse': misbehaviour('insufficient_quota', 'label.no_money'),
};

/** How a batch ends badly: which of its packs are labelled all the same, and the kinds of error of the others. */
export interface BatchHardship {
  readonly fault: Fault;
  readonly labelled: 'all' | 'some' | 'none';
  readonly kinds: readonly string[];
}

const batch = (
  what: string,
  labelled: BatchHardship['labelled'],
  ...kinds: readonly string[]
): BatchHardship => ({ fault: { kind: 'model', what }, labelled, kinds });

/**
 * Met by the request that brings the questions; they show in the results of the batch. `half` strikes every second question.
 * `batch_lost`: every second question is in no result. `batch_strange`: there is also a result under a name that nobody gave.
 * `batch_repeated`: the first result comes twice. `batch_rejected`: the vendor takes the batch and then finds it faulty as a whole.
 */
export const BATCH_HARDSHIPS: Readonly<Record<string, BatchHardship>> = {
  batch_expired: batch('batch_expired', 'none', 'transient'),
  batch_half_expired: batch('batch_half_expired', 'some', 'transient'),
  batch_half_failed: batch('batch_half_failed', 'some', 'transient'),
  batch_all_failed: batch('batch_all_failed', 'none', 'transient'),
  batch_cancelled: batch('batch_cancelled', 'some', 'transient'),
  batch_lost: batch('batch_lost', 'some', 'transient'),
  batch_strange: batch('batch_strange', 'all'),
  batch_repeated: batch('batch_repeated', 'all'),
  batch_rejected: batch('batch_rejected', 'none', 'config', 'data'),
};
