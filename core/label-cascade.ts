// A cascade: the small model reads everything, and what it is least sure of goes on to a provider.

import type { Label, Labeller, Sink, Unlabelled, UnlabelledQuery } from './types.ts';

export interface Cascade {
  /** Whether this text goes on; `label` is what the small model says of it. Pure. */
  takes(utterance: Unlabelled, label: Label): boolean;
}

/** How many utterances are read at a time. */
const PAGE = 5000;

/**
 * Cuts the queue: the least sure `share` of it goes on, always with what the small model cannot read, and with what was chosen
 * before and still waits. The same queue is always cut alike: ties go by the hash of the text.
 */
export async function cutQueue(options: {
  readonly sink: Sink;
  readonly query: Omit<UnlabelledQuery, 'after' | 'limit'>;
  readonly labeller: Labeller;
  readonly share: number;
  readonly signal: AbortSignal;
}): Promise<Cascade> {
  const { sink, query, labeller, share } = options;
  const cut = createCut(labeller, share);
  for (let after = ''; ; ) {
    options.signal.throwIfAborted();
    const page = await sink.unlabelled({ ...query, after, limit: PAGE });
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.feedbackId;
    for (const utterance of page) cut.add(utterance, labeller.offline(utterance.text, utterance.language));
  }
  return cut.cascade();
}

/** Cuts whatever is added, one by one. */
export function createCut(
  labeller: Labeller,
  share: number,
): { add(utterance: Unlabelled, label: Label): void; cascade(): Cascade } {
  const sureness: Sureness[] = [];
  return {
    add(utterance, label) {
      if (utterance.escalated !== true) sureness.push(surenessOf(labeller, utterance, label));
    },
    cascade() {
      sureness.sort(compare);
      // A tenth of thirty is three, whatever the machine makes of 0.1 × 30.
      const cut = sureness[Math.ceil(sureness.length * share - 1e-9) - 1];
      return {
        takes(utterance, label) {
          if (utterance.escalated === true || labeller.beyondOffline?.(utterance.language) === true)
            return true;
          return cut !== undefined && compare(surenessOf(labeller, utterance, label), cut) <= 0;
        },
      };
    },
  };
}

interface Sureness {
  readonly confidence: number;
  readonly tie: number;
}

function surenessOf(labeller: Labeller, { language, contentHash }: Unlabelled, label: Label): Sureness {
  const confidence = labeller.beyondOffline?.(language) === true ? -1 : label.confidence;
  return { confidence, tie: Number.parseInt(contentHash.slice(0, 8), 16) || 0 };
}

function compare(a: Sureness, b: Sureness): number {
  return a.confidence - b.confidence || a.tie - b.tie;
}
