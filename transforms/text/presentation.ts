// What each Arabic glyph form, which fonts and old exports bake into text, stands for: the letters that it shows.

/**
 * Where the Unicode decomposition is absent or of no use to a reader: the rial sign decomposes with a Persian ya, and the
 * basmala not at all.
 */
const OWN_WORDS: ReadonlyMap<string, string> = new Map([
  ['\ufdfc', 'ريال'],
  ['\ufdfd', 'بسم الله الرحمن الرحيم'],
]);

/** Whole words in one sign; beside a letter or digit they need a space: `100﷼` is `100 ريال`. */
export const WORD_SIGNS = '\ufdfa\ufdfb\ufdfc\ufdfd';

/**
 * The letters of each form of U+FB50–FDFF and U+FE70–FEFC (Arabic Presentation Forms A and B,
 * https://www.unicode.org/charts/PDF/UFB50.pdf), one code point at a time, so that no other character is touched: whole-string NFKC
 * would also rewrite ½, ² and ™. Lam-alef keeps its hamza; a vowel sign that sat on a space or a tatweel loses that carrier.
 * Forms without letters behind them, such as ornate parentheses and the noncharacters U+FDD0–FDEF, are not here.
 */
export const FORM_LETTERS: ReadonlyMap<number, string> = formLetters();

function formLetters(): ReadonlyMap<number, string> {
  const map = new Map<number, string>();
  for (let unit = 0xfb50; unit <= 0xfefc; unit++) {
    if (unit > 0xfdff && unit < 0xfe70) continue;
    const form = String.fromCharCode(unit);
    const letters = OWN_WORDS.get(form) ?? withoutCarrier(form.normalize('NFKC'));
    if (letters !== form) map.set(unit, letters);
  }
  return map;
}

function withoutCarrier(letters: string): string {
  return /^[ \u0640]\p{M}+$/u.test(letters) ? letters.replace(/[ \u0640]/g, '') : letters;
}
