// Light stems of Arabic words: the clitics that are written together with a word, taken off.

const ARABIC = /^[\u0620-\u064a]+$/;

/** Conjunctions, then article and prepositions, longest first; folded letters. */
const PREFIXES = [
  'وبال',
  'وال',
  'فال',
  'بال',
  'كال',
  'هال',
  'عال',
  'ولل',
  'لل',
  'ال',
  'و',
  'ف',
  'ب',
  'ل',
  'ه',
  'ي',
  'ت',
  'ن',
  'م',
];

/** Pronouns, plurals and feminine endings, longest first; folded letters. */
const SUFFIXES = [
  'تهم',
  'تها',
  'وها',
  'وهم',
  'ونا',
  'كم',
  'كو',
  'هم',
  'ها',
  'نا',
  'ني',
  'وا',
  'ين',
  'ون',
  'ات',
  'ته',
  'تي',
  'يه',
  'و',
  'ه',
  'ي',
  'ك',
  'ا',
  'ت',
];

const SHORTEST_STEM = 3;

/**
 * The word itself and what may be its stems, the least changed first; undefined for a word in another script. Expects
 * folded text (text/key.ts). It knows no grammar: a stem counts only if the lexicon holds it.
 */
export function arabicStems(word: string): readonly string[] | undefined {
  if (!ARABIC.test(word)) return undefined;
  const stems = [word];
  const bare = PREFIXES.filter((prefix) => word.startsWith(prefix)).map((prefix) =>
    word.slice(prefix.length),
  );
  for (const stem of [word, ...bare]) {
    if (stem !== word && stem.length >= SHORTEST_STEM) stems.push(stem);
    for (const suffix of SUFFIXES) {
      if (!stem.endsWith(suffix)) continue;
      const short = stem.slice(0, -suffix.length);
      if (short.length < SHORTEST_STEM) continue;
      stems.push(short);
      // A feminine noun writes its ending as t before a pronoun: خدمتكم is خدمة.
      if (short.endsWith('ت')) stems.push(`${short.slice(0, -1)}ه`);
    }
  }
  return stems;
}
