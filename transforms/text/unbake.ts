// Tells whether baked glyph forms stand in reading order or in drawing order, and turns drawing order back.
//
// Some exports store what a printer would draw: letters as glyphs, and with some the line from left to right. The glyphs
// themselves tell: an initial form joins the letter after it, so in reading order a medial or final form must follow.

import bidiFactory, { type Bidi } from 'bidi-js';

/** `unsure`: the order cannot be told, and is left as it is. */
export type BakedOrder = 'logical' | 'visual' | 'unsure';

/** Fewer glyph letters than this prove nothing. */
const FEWEST_FORMS = 3;

const ISOLATED = 1;
const FINAL = 2;
const INITIAL = 3;
const MEDIAL = 4;
/** A ligature of which we do not know how it joins, or a plain Arabic letter: it proves nothing, and ends a chain. */
const UNKNOWN = 5;
/** Vowel signs and tatweel: what is before joins what is after. */
const TRANSPARENT = 6;
const OUTSIDE = 0;

/** How each unit joins its neighbours. */
const JOINING = joiningTable();
const FORM = /[\ufb50-\ufbb1\ufbd3-\ufdcf\ufdf0-\ufdfc\ufe80-\ufefc]/;
const FORMS = new RegExp(FORM, 'g');
/** Plain letters that every shaper knows. Letters of other languages may be left as they are between glyphs. */
const PLAIN_LETTER = /[\u0621-\u063a\u0641-\u064a]/;
/** Glyphs with what stands between them, where plain letters stand around. */
const FORM_RUN =
  /[\ufb50-\ufbb1\ufbd3-\ufdcf\ufdf0-\ufdfc\ufe70-\ufefc](?:[\ufb50-\ufbb1\ufbd3-\ufdcf\ufdf0-\ufdfc\ufe70-\ufefc\u064b-\u0652\u0640 ]*[\ufb50-\ufbb1\ufbd3-\ufdcf\ufdf0-\ufdfc\ufe70-\ufefc])?/g;
/** A lam-alef that is followed by its alef once more: shapers that stumble over a vowel sign between the two write this, and no text can hold it. */
const DOUBLED_ALEF =
  /([\ufef5\ufef6])\ufe82|([\ufef7\ufef8])\ufe84|([\ufef9\ufefa])\ufe88|([\ufefb\ufefc])\ufe8e/g;

/** The package's types describe an ES module, and Node loads its CommonJS build, whose only export is the factory itself. */
const createBidi = bidiFactory as unknown as () => Bidi;
/** An emoji's variation sign before it: a line of nothing but emoji was drawn from the right. */
const EARLY_VARIATION = /(?<!\p{Extended_Pictographic})\ufe0f(\p{Extended_Pictographic})(?!\ufe0f)/gu;

/** A sign of one unit, which a variation sign draws as an emoji, and that sign behind the emoji after it, which need none. */
const LATE_VARIATION =
  /((?=[\0-\uffff])\p{Extended_Pictographic})((?:\p{Emoji_Presentation}\p{Emoji_Modifier}?|\p{Regional_Indicator}{2}){1,8})\ufe0f/gu;

let engine: Bidi | undefined;

/** The text with its glyph forms in reading order, and which order they were in; undefined where there are too few to say. */
export function unbake(text: string): { readonly text: string; readonly order: BakedOrder | undefined } {
  if ((text.match(FORMS)?.length ?? 0) < FEWEST_FORMS) return { text, order: undefined };
  const order = orderOf(text) ?? orderOfWords(text) ?? 'unsure';
  const lines = text.split('\n').map((line) => {
    const own = FORM.test(line) ? (orderOf(line) ?? order) : 'logical';
    return (own === 'visual' ? turnLine(line) : line).replace(DOUBLED_ALEF, '$1$2$3$4');
  });
  const turned = lines.join('\n');
  return { text: order === 'visual' ? withVariations(turned) : turned, order };
}

/** Variation signs behind the emoji that they belong to. */
function withVariations(turned: string): string {
  return turned.replace(EARLY_VARIATION, '$1\ufe0f').replace(LATE_VARIATION, '$1\ufe0f$2');
}

/** By how the glyphs join: in the wrong order, nearly every pair breaks. Undefined where none joins at all. */
function orderOf(text: string): BakedOrder | undefined {
  let logical = 0;
  let visual = 0;
  let before = OUTSIDE;
  for (let at = 0; at <= text.length; at++) {
    const now = at < text.length ? (JOINING[text.charCodeAt(at)] ?? OUTSIDE) : OUTSIDE;
    if (now === TRANSPARENT) continue;
    if (before !== UNKNOWN && now !== UNKNOWN) {
      if (joinsNext(before) !== joinsFormer(now)) logical++;
      if (joinsFormer(before) !== joinsNext(now)) visual++;
    }
    before = now;
  }
  if (logical === visual) return logical === 0 ? undefined : 'unsure';
  return logical < visual ? 'logical' : 'visual';
}

function joinsNext(form: number): boolean {
  return form === INITIAL || form === MEDIAL;
}

function joinsFormer(form: number): boolean {
  return form === FINAL || form === MEDIAL;
}

const FORWARD_WORD = /(?<!\p{L})[وفبك]?ال\p{L}|\p{L}[ةى](?!\p{L})/gu;
const BACKWARD_WORD = /\p{L}لا[وفبك]?(?!\p{L})|(?<!\p{L})[ةى]\p{L}/gu;

/** By what Arabic words begin and end with, for glyphs that do not join at all. */
function orderOfWords(text: string): BakedOrder | undefined {
  const letters = text.normalize('NFKC');
  const forward = letters.match(FORWARD_WORD)?.length ?? 0;
  const backward = letters.match(BACKWARD_WORD)?.length ?? 0;
  return forward === backward ? undefined : forward > backward ? 'logical' : 'visual';
}

/** A line in drawing order, back in reading order. Where plain letters stand beside the glyphs, only the glyphs were drawn. */
function turnLine(line: string): string {
  return PLAIN_LETTER.test(line) ? line.replace(FORM_RUN, turn) : turn(line);
}

/**
 * Drawing is undone by drawing again (UAX #9, https://www.unicode.org/reports/tr9/), if the direction of the paragraph is known.
 * Lines with Latin words can have been drawn either way; the one that reads better is right. Where both read as well, the
 * direction that a renderer would choose by the first letter decides.
 */
function turn(line: string): string {
  const fromRight = undraw(line, 'rtl');
  const fromLeft = undraw(line, 'ltr');
  if (fromLeft === fromRight) return fromRight;
  const better = oddities(fromLeft) - oddities(fromRight);
  if (better !== 0) return better < 0 ? fromLeft : fromRight;
  return beginsLatin(fromRight) && beginsLatin(fromLeft) ? fromLeft : fromRight;
}

/** Whether the first letter is no Arabic one: UAX #9, P2 and P3. Not asked of the engine, to which an emoji is a Latin letter. */
function beginsLatin(line: string): boolean {
  const [first = ''] = /\p{L}/u.exec(line) ?? [];
  return first !== '' && !/\p{Script=Arabic}/u.test(first);
}

/** What nobody writes: a mark behind its word, a closing sign at the beginning, an opening one at the end that is no mouth, a name or a link at the wrong end. */
const ODDITY =
  /[\p{L}\p{N}][@#](?![\p{L}\p{N}_])|(?:^| )[.!?:;,)\]}\u060c\u061b\u061f\u2026]+(?=[\p{L}\p{N}])|^[.!?:;,\u060c\u061b\u061f\u2026]|(?<![:;=][-']?)[([{]+ *$|^[)\]}]|^https?:|@\w+:?$/gu;

function oddities(line: string): number {
  return line.match(ODDITY)?.length ?? 0;
}

/**
 * A number between a name or a link and Arabic glyphs: drawn there, it belongs to either, and neither names nor links take
 * numbers. Nor do emoji, which the engine takes for Latin letters.
 */
const ARABIC_NUMBER =
  /(?<=(?:https?:\/\/|@)[\w./?=&%-]+ +)\d[\d.,:/%-]*(?= +[\ufb50-\ufdff\ufe70-\ufefc])|(?<=\p{Emoji_Presentation}[\ufe0f\u{1f3fb}-\u{1f3ff}]* *)\d[\d.,:/%-]*(?= *[\ufb50-\ufdff\ufe70-\ufefc])/gu;

function undraw(line: string, direction: 'rtl' | 'ltr'): string {
  if (/[\u0660-\u0669]/.test(line)) return draw(line, direction);
  // Arabic-Indic digits are drawn with the Arabic words beside them, ASCII ones with the Latin words.
  const bound = line.replace(ARABIC_NUMBER, (number) =>
    number.replace(/\d/g, (digit) => ARABIC_DIGITS.charAt(Number(digit))),
  );
  const undrawn = draw(bound, direction);
  return bound === line
    ? undrawn
    : undrawn.replace(/[\u0660-\u0669]/g, (digit) => String(ARABIC_DIGITS.indexOf(digit)));
}

const ARABIC_DIGITS = '٠١٢٣٤٥٦٧٨٩';

function draw(line: string, direction: 'rtl' | 'ltr'): string {
  engine ??= createBidi();
  return engine.getReorderedString(line, engine.getEmbeddingLevels(line, direction));
}

/**
 * In the blocks of presentation forms the forms of one letter stand side by side: isolated, final, and of letters that join on
 * both sides also initial, medial (https://www.unicode.org/charts/PDF/UFE70.pdf).
 */
function joiningTable(): Uint8Array {
  const table = new Uint8Array(0x1_0000);
  table.fill(UNKNOWN, 0x0620, 0x064b);
  table.fill(UNKNOWN, 0x066e, 0x06d4);
  table.fill(UNKNOWN, 0xfbea, 0xfbfc);
  table.fill(UNKNOWN, 0xfc00, 0xfe00);
  for (const [first, last] of [
    [0xfb50, 0xfbb1],
    [0xfbd3, 0xfbe7],
    [0xfbfc, 0xfbff],
    [0xfe80, 0xfefc],
  ] as const) {
    for (let start: number = first; start <= last; ) {
      const letter = String.fromCharCode(start).normalize('NFKC');
      let end = start + 1;
      while (end <= last && String.fromCharCode(end).normalize('NFKC') === letter) end++;
      for (let form = start; form < end; form++) table[form] = ISOLATED + (form - start);
      start = end;
    }
  }
  // Alef maksura got its two other forms late, in another block.
  table[0xfbe8] = INITIAL;
  table[0xfbe9] = MEDIAL;
  table.fill(TRANSPARENT, 0x064b, 0x0653);
  table.fill(TRANSPARENT, 0xfe70, 0xfe80);
  table[0x0640] = TRANSPARENT;
  return table;
}
