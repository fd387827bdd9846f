// Every word that the search for names knows, by its hash: no word of a text is cut out just to be looked up.

import { FOLD } from './fold.ts';
import * as arabic from './gazetteer-arabic.ts';
import * as latin from './gazetteer-latin.ts';

/** What a word is, as bits; a word may be several. */
export const NAME = 1;
/** A name that is an ordinary word as well. */
export const AMBIGUOUS = 2;
/** Never a name, and never part of one. */
export const ORDINARY = 4;
/** Says that a name follows, whatever it is: اسمي, my name. */
export const STRONG = 8;
/** Says that a name may follow: أنا, معك, this is. */
export const WEAK = 16;
/** A title before a name: السيد, الدكتور, Mr. */
export const TITLE = 32;
/** A role before a name: الموظف, the agent. */
export const ROLE = 64;
/** Ends a message, before the name of who wrote it: شكرا, regards. */
export const CLOSING = 128;
/** Stands inside a name: بن, آل, al, ben. */
export const PARTICLE = 256;
/** Father or mother of: أبو محمد. */
export const KUNYA = 512;
/** Servant of, the first half of a name that is written as two words: عبد الله. */
export const SERVANT = 1024;
/** May stand between a cue and the name: هو, is, الكامل. */
export const LINK = 2048;
/** A word of a name that the caller knows; never stored in LEXICON. */
export const KNOWN = 4096;

const WORDS: readonly (readonly [bits: number, words: string])[] = [
  [
    STRONG,
    'سميتي سميت اسمي واسمي اسمى الاسم والاسم باسم وباسم اسم esmi esmy ismi ismy name nom appelle appelles nombre smiti smiyti',
  ],
  [
    WEAK,
    'اسمه اسمها واسمه واسمها يدعي تدعي انا وانا اني معك معكم معاك معاكم معاكي معكي يكلمك بكلمك محدثك محدثكم مقدمه مقدمته كاتب كاتبه under am im m is ana ma3ak ma3akom here suis moi المرسل المرسله مرسله اخوكم اختكم اخوك اختك ابنكم ابنتكم محبكم',
  ],
  [
    TITLE,
    'استاذ الاستاذ استاذه الاستاذه استاذتي استاذي السيد السيده سيد سيده للسيد للسيده للاستاذ للاستاذه والسيد والسيده والاستاذ والاستاذه بالاستاذ بالسيد دكتور الدكتور دكتوره الدكتوره للدكتور للدكتوره والدكتور والدكتوره بالدكتور د م أ ا مهندس المهندس المهندسه مهندسه للمهندس والمهندس بالمهندس الاخ الاخت اخ اخت اخي اختي اخوي الاخو والاخ والاخت للاخ للاخت بالاخ بالاخت اخوكم اختكم اخوك اختك الشيخ شيخ الشيخه الانسه انسه مدام المدام كابتن الكابتن حضره المحامي المحاميه الحاج الحاجه العم عم خاله الخاله باشمهندس الباشمهندس والباشمهندس بشمهندس البشمهندس الست ست ادناه حضرتك المستلم المستفيد البروفيسور للشيخ والشيخ mr mrs ms miss mister dr eng engr prof sir madam mme mlle monsieur madame maître ustaz ostaz ustad sheikh sheikha m captain capt',
  ],
  [
    ROLE,
    'مقدم مقدمه الموظف الموظفه موظف موظفه موظفكم موظفتكم المندوب مندوب مندوبكم السائق سائق السواق العميل العميله عميل عميله الزميل الزميله زميل زميله الفني فني المشرف المشرفه المدير المديره مدير مديره المسؤول المسوول المسوله السيل السيلز للموظف للموظفه للمندوب للعميل للعميله والموظف والموظفه والمندوب بالموظف بالموظفه بالمندوب زوجي زوجتي ابني ابنتي بنتي والدي والدتي ولدي صديقي صديقتي اخي اختي خطيبتي خطيبي agent employee driver courier representative rep manager colleague husband wife son daughter brother sister friend customer client technician',
  ],
  [
    CLOSING,
    'ta7iati ta7yati tahiati tahyati vous sentiments respect شكرا وشكرا تحياتي وتحياتي التحيه التحيات تحيات تحيه والتقدير التقدير الاحترام والاحترام الشكر ودمتم دمتم وتقبلوا مشكورين مقدمه المرسل المرسله توقيع التوقيع مقدمها اخوكم اختكم ابنكم ابنتكم محبكم thanks thank thx tnx regards sincerely best cheers yours respectfully cordialement merci salutations signed shukran shokran',
  ],
  [PARTICLE, 'بن بنت ابن ال آل bin ben bint ibn al el abu abou de van le la du des di da von bel'],
  [KUNYA, 'ابو ام بو ابي ابا abu abou um umm om oum'],
  [SERVANT, 'عبد abd abdel abdul abdu abdal'],
  [
    LINK,
    'هو هي هوا هيا الكامل كاملا كامل الثلاثي الرباعي بالكامل الاول is الحقيقي full est العميل العميله صاحب صاحبه الحساب الطلب الموظف الموظفه first ana and me الاخ الاخت السيد السيده الاستاذ الاستاذه الدكتور الدكتوره المهندس mr mrs ms dr المشترك المستخدم المستفيد الشكوي البلاغ الموقع الموقعه ادناه حضرتك',
  ],
  [ORDINARY, arabic.ORDINARY.join(' ')],
  [ORDINARY, latin.ORDINARY.join(' ')],
  [NAME, arabic.NAMES.join(' ')],
  [NAME, latin.NAMES.join(' ')],
  [NAME | AMBIGUOUS, arabic.AMBIGUOUS.join(' ')],
  [NAME | AMBIGUOUS, latin.AMBIGUOUS.join(' ')],
];

/** One step of the hash of a word, over folded units. */
export function hashStep(hash: number, unit: number): number {
  return (Math.imul(hash, 31) + unit) | 0;
}

/** The hash of a word as a text spells it, without what folding drops. */
export function hashOf(word: string): number {
  let hash = 0;
  for (let i = 0; i < word.length; i++) {
    const unit = FOLD[word.charCodeAt(i)] ?? 0;
    if (unit !== 0) hash = hashStep(hash, unit);
  }
  return hash;
}

/** Where a hash is marked in a table of 65,536 places. */
export function placeOf(hash: number): number {
  return (hash ^ (hash >>> 16)) & 0xffff;
}

/** The name علي, and the preposition على with it: once ya is folded, only the original tells them apart. */
export const ALI: number = hashOf('علي');

/** From the hash of a word to its bits. */
export const LEXICON: ReadonlyMap<number, number> = lexicon();
/** Bits of all words whose hash falls on a place: a zero spares the look-up. */
export const PLACES: Uint16Array = places();

function lexicon(): ReadonlyMap<number, number> {
  const map = new Map<number, number>();
  for (const [bits, words] of WORDS) {
    for (const word of words.split(/\s+/)) {
      if (word.endsWith('_')) continue;
      const hash = hashOf(word);
      map.set(hash, (map.get(hash) ?? 0) | bits);
    }
  }
  return map;
}

function places(): Uint16Array {
  const table = new Uint16Array(0x10000);
  for (const [hash, bits] of LEXICON) table[placeOf(hash)] = (table[placeOf(hash)] ?? 0) | bits;
  return table;
}
