// Text as a model should read it: the customer's own words with their title, light, and without personal data.

import { displayText } from './display.ts';
import { readLight } from './light.ts';
import { ownWords } from './mail.ts';

/** Longest analysis text, in UTF-16 code units; what follows is cut. */
export const MAX_ANALYSIS_CHARACTERS = 20_000;

/** Hides personal data: the text with a placeholder for each, and what was hidden. The same text again gives nothing more to hide. */
export type Redact = (
  text: string,
  known: { readonly names: readonly string[] },
) => { readonly text: string; readonly spans: readonly unknown[] };

export interface Analysis {
  readonly text: string;
  /** Words of somebody else were left out: a quoted reply, the headers of a mail. */
  readonly hadQuote: boolean;
  readonly hadSignature: boolean;
  /** How many pieces of personal data were hidden. */
  readonly hidden: number;
}

/** What stands for somebody who is addressed by an account name. */
const ACCOUNT = '[مستخدم]';
const MENTION = /(?<![\p{L}\p{N}_.])@[\p{L}\p{N}_]{1,64}/gu;
/** A word at least, so that `#4711` stays a number. */
const HASHTAG = /#(?=[\p{N}_]{0,64}\p{L})([\p{L}\p{M}\p{N}_]+)/gu;
const PLACEHOLDER = /\[[\p{L}]+(?:_\d+)?\]/gu;
const SAYS_SOMETHING = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

/** A round can bring together what the next one repairs: two spaces around a tatweel that is gone. Nothing needs as many as this. */
const MOST_ROUNDS = 10;

/**
 * Title and display text as one text for a model: quoted replies, signatures and disclaimers cut, personal data as
 * placeholders, account names and hashtags as words, and made light (see lightText), at most MAX_ANALYSIS_CHARACTERS. A title
 * that the text begins with is not repeated. Letters are not folded: that does not help a model. Title and text are display
 * text. Idempotent; never throws; linear in the length of the text.
 */
export function analyse(
  title: string,
  display: string,
  options: { readonly redact: Redact; readonly names?: readonly string[] },
): Analysis {
  const own = ownWords(display);
  const known = { names: options.names ?? [] };
  let text = title === '' || own.text.startsWith(title) ? own.text : `${title}\n${own.text}`;
  const joined = text === own.text ? own : ownWords(text);
  let words = joined.text;
  let hidden = 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const redacted = options.redact(words, known);
    hidden += redacted.spans.length;
    const plain = withoutHandles(redacted.text);
    const light = readLight(plain);
    // Only what is not display text has to be made so, and only what may hold mail is searched for it.
    const isNearlySame = round === 0 && plain === text && own.text === display && light.isNearlySame;
    const shown = isNearlySame || light.text === display ? light.text : displayText(light.text);
    const next = cutAtCodePoint(shown, MAX_ANALYSIS_CHARACTERS).trimEnd();
    if (next === text) break;
    if (isNearlySame && joined.isPlain && next === light.text) words = next;
    else words = next === display ? own.text : ownWords(next).text;
    text = next;
    // Nothing but redaction and spelling changed it. Redacting again would find no more, and sees no difference of spelling, so
    // another round would end where this one does.
    const isSettled = plain === redacted.text && light.differsInSpellingOnly && next === light.text;
    // A sign that was taken out may have parted the mark of an account or a hashtag from its word.
    if (isSettled && words === next && (next === plain || withoutHandles(next) === next)) break;
  }
  return { text, hadQuote: own.hadQuote, hadSignature: own.hadSignature, hidden };
}

/** Whether there is anything to label: a letter, a digit or an emoji besides the placeholders. */
export function saysSomething(analysis: string): boolean {
  return SAYS_SOMETHING.test(analysis.includes('[') ? analysis.replace(PLACEHOLDER, '') : analysis);
}

/** Account names hidden, and hashtags as the words that they are made of. */
function withoutHandles(text: string): string {
  const hidden = text.includes('@') ? text.replace(MENTION, ACCOUNT) : text;
  return hidden.includes('#')
    ? hidden.replace(HASHTAG, (_, words: string) => words.replaceAll('_', ' '))
    : hidden;
}

/** At most `characters` code units, never half of a surrogate pair. */
export function cutAtCodePoint(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const last = text.charCodeAt(characters - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? characters - 1 : characters);
}
