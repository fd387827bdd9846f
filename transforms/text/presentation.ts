// Turns Arabic glyph forms, which fonts and old exports bake into text, back into the letters that they show.

/** U+FB50–FDFF and U+FE70–FEFC: Arabic Presentation Forms A and B (https://www.unicode.org/charts/PDF/UFB50.pdf). */
const FORMS = /[\ufb50-\ufdff\ufe70-\ufefc]/g;

const TATWEEL = '\u0640';

/**
 * Where the Unicode decomposition is absent or of no use to a reader: the rial sign decomposes with a Persian ya, and the
 * basmala not at all.
 */
const OWN_WORDS: ReadonlyMap<string, string> = new Map([
  ['\ufdfc', 'ريال'],
  ['\ufdfd', 'بسم الله الرحمن الرحيم'],
]);

/** Whole words in one sign; beside a letter or digit they need a space: `100﷼` is `100 ريال`. */
const WORD_SIGNS = '\ufdfa\ufdfb\ufdfc\ufdfd';

const REPAIRS = repairs();

/**
 * Each form becomes its letters, one code point at a time, so that no other character is touched (whole-string NFKC would
 * also rewrite ½, ² and ™). Lam-alef keeps its hamza. A vowel sign that sat on a space or a tatweel loses that carrier.
 * Forms without letters behind them, such as ornate parentheses and the noncharacters U+FDD0–FDEF, stay.
 */
export function repairPresentationForms(text: string): string {
  return text.replace(FORMS, (form, offset: number) => {
    const letters = REPAIRS.get(form);
    if (letters === undefined) return form;
    if (!WORD_SIGNS.includes(form)) return letters;
    const before = isWordCharacter(text.charAt(offset - 1)) ? ' ' : '';
    const after = isWordCharacter(text.charAt(offset + 1)) ? ' ' : '';
    return before + letters + after;
  });
}

function repairs(): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (let code = 0xfb50; code <= 0xfefc; code++) {
    if (code > 0xfdff && code < 0xfe70) continue;
    const form = String.fromCharCode(code);
    const letters = OWN_WORDS.get(form) ?? withoutCarrier(form.normalize('NFKC'));
    if (letters !== form) map.set(form, letters);
  }
  return map;
}

function withoutCarrier(letters: string): string {
  const carried = /^[ \u0640]\p{M}+$/u.test(letters);
  return carried ? letters.replaceAll(' ', '').replaceAll(TATWEEL, '') : letters;
}

function isWordCharacter(character: string): boolean {
  return /[\p{L}\p{N}]/u.test(character);
}
