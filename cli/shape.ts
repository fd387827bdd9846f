// Arabic for terminals that draw letters one by one, from left to right: joined forms in visual order, made at draw time and never stored.

import type { Bidi } from 'bidi-js';
import { PipelineError } from '../core/errors.ts';

/** Text as such a terminal must be sent it, line by line. Loses no letter and doubles none; never throws. */
export type Shape = (text: string) => string;

type Reshaper = typeof import('arabic-reshaper');

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/**
 * Vowel signs and other marks above and below Arabic letters. They are left out: arabic-reshaper 1.1.0 doubles the alef of a lam
 * and an alef with a sign between them (لَا), and after reordering a terminal would set a sign upon the wrong neighbour.
 */
const MARKS =
  /[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08ca-\u08e1\u08e3-\u08ff]/g;

/** What has done its work once a line is in visual order: direction controls and joiners, but for those inside emoji. */
const SPENT =
  /[\u061c\u200c\u200e\u200f\u202a-\u202e\u2066-\u2069]|(?<![\p{Extended_Pictographic}\p{EMod}\ufe0f])\u200d/gu;

const LAM = 'ل';
const LAM_ALEF = /[\ufef5-\ufefc]/;
/** Known letters that join on both sides, and on the right only, with their forms in the order of the Unicode charts. */
const BEH = { letter: 'ب', forms: '\ufe8f\ufe90\ufe91\ufe92' };
const DAL = { letter: 'د', forms: '\ufea9\ufeaa' };

/**
 * Loads what it takes, at this call only: `arabic-reshaper` is an optional package under the GPL, and nothing else of ours may
 * need it. Throws config `query.no_reshaper` where it is not installed.
 */
export async function loadShape(
  load: () => Promise<unknown> = () => import('arabic-reshaper'),
): Promise<Shape> {
  const reshaperModule = await load().catch((cause: unknown) => {
    throw new PipelineError('config', 'query.no_reshaper', '--shape needs the package arabic-reshaper.', {
      hint: 'Install it with `npm install arabic-reshaper@1.1.0`, or leave --shape out.',
      cause,
    });
  });
  // Both packages are CommonJS: what they export is the default of the import, and their types do not say so.
  const { default: reshaper } = reshaperModule as { readonly default: Reshaper };
  const { default: createBidi } = (await import('bidi-js')) as unknown as { readonly default: () => Bidi };
  const bidi = createBidi();
  const strangers = strangersTo(reshaper);
  return (text) =>
    text
      .split('\n')
      .map((line) =>
        RIGHT_TO_LEFT.test(line) ? reorder(joinLetters(line, reshaper, strangers), bidi) : line,
      )
      .join('\n');
}

/**
 * The letters that have forms and that the reshaper does not know, such as ڤ, ٱ and ٹ, with their forms: isolated, final, and
 * perhaps initial and medial (Arabic Presentation Forms-A, https://www.unicode.org/charts/PDF/UFB50.pdf).
 */
function strangersTo(reshaper: Reshaper): ReadonlyMap<string, string> {
  const forms = new Map<string, string>();
  for (let code = 0xfb50; code <= 0xfbe9; code++) {
    const form = String.fromCharCode(code);
    const letter = form.normalize('NFKC');
    const isStranger = letter !== form && letter.length === 1 && reshaper.convertArabic(letter) === letter;
    if (isStranger) forms.set(letter, (forms.get(letter) ?? '') + form);
  }
  return forms;
}

/**
 * Joined forms in the order of speech. Each stranger goes to the reshaper as a letter that joins as it does, and comes back as
 * its own form. A letter without any forms (ە, ێ) stays as it is and unjoined.
 */
function joinLetters(line: string, reshaper: Reshaper, strangers: ReadonlyMap<string, string>): string {
  const letters = line.toWellFormed().normalize('NFC').replace(MARKS, '');
  let known = '';
  for (let at = 0; at < letters.length; at++) {
    const letter = letters.charAt(at);
    const forms = strangers.get(letter);
    known += forms === undefined ? letter : forms.length > 2 ? BEH.letter : DAL.letter;
  }
  const joined = reshaper.convertArabic(known);
  let result = '';
  let at = 0;
  for (let i = 0; i < joined.length; i++) {
    const form = joined.charAt(i);
    const letter = letters.charAt(at);
    const forms = strangers.get(letter);
    const kin = (forms?.length ?? 0) > 2 ? BEH : DAL;
    result += forms?.charAt(kin.forms.indexOf(form)) ?? form;
    at += letter === LAM && LAM_ALEF.test(form) ? 2 : 1;
  }
  return result;
}

/** A surrogate pair of an emoji as two neutral characters: bidi-js reads units, and would take it for a left-to-right letter. */
const EMOJI_PAIR = /(?=[\ud800-\udbff])\p{Emoji}/gu;
const NEUTRAL = '\u2022\u2022';

interface Cluster {
  readonly text: string;
  readonly level: number;
}

/**
 * Visual order by rule L2 of the Unicode Bidirectional Algorithm (https://www.unicode.org/reports/tr9/), with mirrored brackets
 * (L4); the direction of a line is that of its first strong letter. What a reader takes as one character moves as one (L3).
 */
function reorder(line: string, bidi: Bidi): string {
  const { levels } = bidi.getEmbeddingLevels(line.replace(EMOJI_PAIR, NEUTRAL), 'auto');
  let clusters: Cluster[] = [...new Intl.Segmenter().segment(line)].map(({ segment, index }) => {
    const level = levels[index] ?? 0;
    return { text: (level % 2 === 1 ? bidi.getMirroredCharacter(segment) : null) ?? segment, level };
  });
  const highest = clusters.reduce((most, { level }) => Math.max(most, level), 0);
  for (let level = highest; level >= 1; level--) clusters = turnRuns(clusters, level);
  return clusters
    .map(({ text }) => text)
    .join('')
    .replace(SPENT, '');
}

/** Turns round each run of clusters that are of this level or a higher one. */
function turnRuns(clusters: readonly Cluster[], level: number): Cluster[] {
  const turned: Cluster[] = [];
  for (let at = 0; at < clusters.length; ) {
    let end = at;
    while ((clusters[end]?.level ?? -1) >= level) end++;
    if (end === at) end++;
    turned.push(...clusters.slice(at, end).reverse());
    at = end;
  }
  return turned;
}
