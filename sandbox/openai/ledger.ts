// What the stand-in would bill, and which texts it was paid for: the other side of a client's own ledger.

import { createHash } from 'node:crypto';
import type { Item } from './answers.ts';

export { countTokens } from './tokens.ts';

/** US dollars for a thousand tokens. */
export interface Price {
  readonly inputPer1k: number;
  readonly cachedPer1k: number;
  readonly outputPer1k: number;
}

export interface Usage {
  readonly prompt: number;
  /** The part of `prompt` that was billed at the cached price. */
  readonly cached: number;
  readonly completion: number;
}

export interface Invoice {
  readonly requests: number;
  readonly billed: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
  readonly usd: number;
}

export interface ItemCount {
  /** SHA-256 of the text, in hex. */
  readonly hash: string;
  /** How many requests carried it. */
  readonly sent: number;
  /** How many of those were billed. */
  readonly paid: number;
}

export interface Ledger {
  arrive(items: readonly Item[]): void;
  bill(items: readonly Item[], usage: Usage, price: Price): void;
  invoice(): Invoice;
  items(): {
    readonly distinct: number;
    readonly paidTwice: readonly ItemCount[];
    readonly items: readonly ItemCount[];
  };
}

export function createLedger(): Ledger {
  const counts = new Map<string, { hash: string; sent: number; paid: number }>();
  const total = { requests: 0, billed: 0, promptTokens: 0, cachedTokens: 0, completionTokens: 0, usd: 0 };

  function countOf(item: Item): { hash: string; sent: number; paid: number } {
    const hash = createHash('sha256').update(item.text).digest('hex');
    const known = counts.get(hash) ?? { hash, sent: 0, paid: 0 };
    counts.set(hash, known);
    return known;
  }

  return {
    arrive(items) {
      total.requests += 1;
      for (const item of items) countOf(item).sent += 1;
    },
    bill(items, usage, price) {
      total.billed += 1;
      total.promptTokens += usage.prompt;
      total.cachedTokens += usage.cached;
      total.completionTokens += usage.completion;
      total.usd +=
        ((usage.prompt - usage.cached) * price.inputPer1k +
          usage.cached * price.cachedPer1k +
          usage.completion * price.outputPer1k) /
        1000;
      for (const item of items) countOf(item).paid += 1;
    },
    invoice: () => ({ ...total, usd: Math.round(total.usd * 1e9) / 1e9 }),
    items: () => ({
      distinct: counts.size,
      paidTwice: [...counts.values()].filter((one) => one.paid > 1),
      items: [...counts.values()],
    }),
  };
}
