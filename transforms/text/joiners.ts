// Where the zero-width joiners belong: in the spelling of some languages, and inside emoji.

/** Letters of Persian, Urdu and Kurdish keyboards, and Indic scripts: there the joiners are spelling. */
const SPELLS_WITH_JOINERS = /[\u06a9\u06cc\u06d2\u06c1\u06be\u06d5\u06c6\u06ce\u0900-\u0dff]/;
const NON_JOINER = '\u200c';
const JOINER_SIGN = '\u200d';
const HOLDS_EMOJI_BEFORE = /[\p{Extended_Pictographic}\ufe0f\u{1f3fb}-\u{1f3ff}]/u;
const HOLDS_EMOJI_AFTER = /\p{Extended_Pictographic}/u;

/** Whether the joiners of a text are spelling. */
export function spellsWithJoiners(text: string): boolean {
  return SPELLS_WITH_JOINERS.test(text);
}

/** Whether every joiner of a text belongs where it stands. */
export function keepsJoiners(text: string): boolean {
  if (spellsWithJoiners(text)) return true;
  if (text.includes(NON_JOINER)) return false;
  for (let at = text.indexOf(JOINER_SIGN); at >= 0; at = text.indexOf(JOINER_SIGN, at + 1))
    if (!holdsEmoji(text, at)) return false;
  return true;
}

/** Whether the zero-width joiner here holds an emoji together; the non-joiner never does. */
export function holdsEmoji(text: string, at: number): boolean {
  if (text.charAt(at) !== JOINER_SIGN || at === 0) return false;
  const around = text.slice(Math.max(0, at - 2), at + 3);
  let holds = joined.get(around);
  if (holds === undefined) {
    const before = isPairAt(text, at - 2) ? text.slice(at - 2, at) : text.charAt(at - 1);
    const after = String.fromCodePoint(text.codePointAt(at + 1) ?? 0);
    holds = HOLDS_EMOJI_BEFORE.test(before) && HOLDS_EMOJI_AFTER.test(after);
    if (joined.size >= MOST_JOINED) joined.clear();
    joined.set(around, holds);
  }
  return holds;
}

/** Whether the joiner amid these units holds: texts repeat a few families and professions. */
const joined = new Map<string, boolean>();
const MOST_JOINED = 1_000;

/** Whether a pair of surrogates begins here. */
export function isPairAt(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}
