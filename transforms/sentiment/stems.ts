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

const PREFIXES_BY_FIRST = byLetter(PREFIXES, 0);
const SUFFIXES_BY_LAST = byLetter(SUFFIXES, -1);
const NONE: readonly string[] = [];

/**
 * The word itself and what may be its stems, the least changed first; undefined for a word in another script. Expects
 * folded text (text/key.ts). It knows no grammar: a stem counts only if the lexicon holds it.
 */
export function arabicStems(word: string): readonly string[] | undefined {
  if (!ARABIC.test(word)) return undefined;
  const stems = [word];
  addShorter(word, stems);
  for (const prefix of PREFIXES_BY_FIRST.get(word.charAt(0)) ?? NONE) {
    if (!word.startsWith(prefix)) continue;
    const bare = word.slice(prefix.length);
    if (bare.length >= SHORTEST_STEM) stems.push(bare);
    addShorter(bare, stems);
  }
  return stems;
}

function addShorter(stem: string, stems: string[]): void {
  for (const suffix of SUFFIXES_BY_LAST.get(stem.charAt(stem.length - 1)) ?? NONE) {
    if (stem.length - suffix.length < SHORTEST_STEM || !stem.endsWith(suffix)) continue;
    const short = stem.slice(0, -suffix.length);
    stems.push(short);
    // A feminine noun writes its ending as t before a pronoun: خدمتكم is خدمة.
    if (short.endsWith('ت')) stems.push(`${short.slice(0, -1)}ه`);
  }
}

/** The affixes that share a first or last letter, in their order: few words need to be compared with more than two. */
function byLetter(affixes: readonly string[], at: number): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const affix of affixes) {
    const letter = affix.at(at) ?? '';
    groups.set(letter, [...(groups.get(letter) ?? []), affix]);
  }
  return groups;
}
