// Puts texts into packs, one request each: short ones share, long ones go alone.

import type { Labeller } from './types.ts';

/** One text, whoever said it: equal texts have one hash and are asked once. */
export interface Text {
  readonly hash: string;
  readonly text: string;
  readonly language: string | null;
}

/** Short texts share a request; a text longer than half the pack's room goes alone. */
export function packs(texts: readonly Text[], labeller: Labeller): readonly (readonly Text[])[] {
  const room = labeller.maxCharacters;
  const all: Text[][] = [];
  let pack: Text[] = [];
  let used = 0;
  for (const text of texts) {
    if (text.text.length > room / 2) {
      all.push([text]);
      continue;
    }
    if (pack.length >= labeller.packSize || used + text.text.length > room) {
      all.push(pack);
      pack = [];
      used = 0;
    }
    pack.push(text);
    used += text.text.length;
  }
  if (pack.length > 0) all.push(pack);
  return all;
}
