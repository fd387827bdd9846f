// Puts texts into packs, one request each: short ones share, long and suspicious ones go alone; and lays out each request anew.

import { randomBytes } from 'node:crypto';
import type { Canary, Labeller, LabelRequest } from './types.ts';

/** One text, whoever said it: equal texts have one hash and are asked once. */
export interface Text {
  readonly hash: string;
  readonly text: string;
  readonly language: string | null;
}

/** From 0 up to, not including, 1. */
export type Chance = () => number;

/** One pack in the order in which it is asked. */
export interface Asking {
  /** Unlike that of every other request. */
  readonly batchId: string;
  readonly requests: readonly LabelRequest[];
  /** The texts that must be answered, with their place, by the id of their request. A canary is not among them. */
  readonly texts: ReadonlyMap<string, { readonly text: Text; readonly position: number }>;
  readonly canary: { readonly id: string; readonly label: Canary['label'] } | undefined;
}

/** One pack in so many carries a canary. */
const CANARY_EVERY = 20;
/** A text of more than this part of a pack's tokens goes alone. */
const ALONE_SHARE = 1 / 4;

type PackRules = Pick<Labeller, 'packSize' | 'packTokens' | 'tokens' | 'isSuspicious'>;

/** Packs of at most `packSize` texts and `packTokens` tokens, in the order of the texts. */
export function packs(texts: readonly Text[], rules: PackRules): readonly (readonly Text[])[] {
  const all: Text[][] = [];
  let pack: Text[] = [];
  let used = 0;
  for (const text of texts) {
    const tokens = rules.tokens(text.text);
    if (tokens > rules.packTokens * ALONE_SHARE || rules.isSuspicious?.(text.text) === true) {
      all.push([text]);
      continue;
    }
    if (pack.length >= rules.packSize || (pack.length > 0 && used + tokens > rules.packTokens)) {
      all.push(pack);
      pack = [];
      used = 0;
    }
    pack.push(text);
    used += tokens;
  }
  if (pack.length > 0) all.push(pack);
  return all;
}

/**
 * One request for a pack: new random ids in a new order each time, because answers depend on a text's place among the others
 * (arXiv 2309.00384), and now and then a canary among them.
 */
export function layOut(pack: readonly Text[], canaries: readonly Canary[], chance: Chance): Asking {
  const canary =
    pack.length > 1 && canaries.length > 0 && chance() < 1 / CANARY_EVERY
      ? pick(canaries, chance)
      : undefined;
  const order: (Text | Canary)[] = shuffled(canary === undefined ? pack : [...pack, canary], chance);
  const requests = order.map(
    ({ text, language }): LabelRequest => ({ id: randomBytes(6).toString('hex'), text, language }),
  );
  const texts = new Map<string, { text: Text; position: number }>();
  order.forEach((text, position) => {
    const id = requests[position]?.id;
    if (id !== undefined && 'hash' in text) texts.set(id, { text, position });
  });
  const canaryId = requests.find(({ id }) => !texts.has(id))?.id;
  return {
    batchId: randomBytes(8).toString('hex'),
    requests,
    texts,
    canary:
      canary === undefined || canaryId === undefined ? undefined : { id: canaryId, label: canary.label },
  };
}

/** The script of most letters: how many tokens a letter takes depends on it. */
export function scriptOf(texts: readonly { readonly text: string }[]): string {
  let [arabic, latin, other] = [0, 0, 0];
  for (const { text } of texts) {
    arabic += count(text, /[\u0620-\u064a\u0671-\u06d3]/g);
    latin += count(text, /[a-z]/gi);
    other += count(text, /[^\p{ASCII}\u0600-\u06ff]/gu);
  }
  if (arabic >= latin && arabic >= other) return 'Arab';
  return latin >= other ? 'Latn' : 'other';
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

function pick<T>(list: readonly T[], chance: Chance): T | undefined {
  return list[Math.floor(chance() * list.length)];
}

/** Fisher and Yates: each order as probable as every other. */
function shuffled<T>(list: readonly T[], chance: Chance): T[] {
  const order = [...list];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(chance() * (last + 1));
    const [a, b] = [order[last], order[other]];
    if (a === undefined || b === undefined) continue;
    order[last] = b;
    order[other] = a;
  }
  return order;
}
