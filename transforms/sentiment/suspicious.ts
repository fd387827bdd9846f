// Tells texts that seem to talk to the model instead of the company: they are labelled like all others, but alone.
// A text that is not told here still stands behind its marks (marks.ts); this keeps its neighbours out of reach.

import { keyText } from '../text/key.ts';
import { MARKS } from './marks.ts';
import { arabicStems } from './stems.ts';

/** Signs that customers do not write: markup of conversations with models, our own JSON, hidden letters, what is encoded. */
const SIGNS: readonly RegExp[] = [
  // Fields of our question or answer, and ends of their lists.
  /["“”'`](?:items?|id|text|mark|label|score|confidence|aspects?|topics?|urgency|intent|summary|role|content|system)["“”'`]\s{0,5}[:=]/i,
  /["“”}\]]\s{0,5}\}\s{0,5}[\],]|\}\s{0,5}\]|\]\s{0,5}\}/,
  /\b(?:label|sentiment|score)\s{0,3}[:=]\s{0,3}["'“]?(?:positive|negative|neutral|mixed|-?[01]\b)/i,
  // Roles and borders.
  /<\|[a-z_]{2,20}\|>|<<\/?sys>>|\[\/?(?:inst|system|sys|user|assistant|end)\]/i,
  /<\/?(?:system|user|assistant|developer|admin|text|item|data|input|instructions?|prompt|tool|function)\b[^<>]{0,60}>|<!--/i,
  /^[\s#*>-]{0,8}(?:system|assistant|developer|human|instructions?|النظام|المساعد|المطور|تعليمات|system message|رسالة النظام)[\s*]{0,3}[:：]/im,
  /^\s{0,8}#{2,6}\s{0,3}(?:system|instruction|assistant|user|new|end|task|تعليمات|نظام|مهمة)/im,
  /[-=*_~]{3}\s{0,3}(?:end|begin|start|stop|new|نهاية|بداية)\b/i,
  // Letters that a reader does not see, or sees in another order; blanks that are none.
  /(?:^|[^\u{1f3f4}\u{e0020}-\u{e007f}])[\u{e0020}-\u{e007f}]|[\u{e0100}-\u{e01ef}]/u,
  /[\u202d\u202e]|(?:\p{L}[\u2800\u3164\uffa0\u115f]\p{L}[^\u2800\u3164\uffa0\u115f]{0,30}){2}/u,
  /(?:[\p{L}\p{N}][\u00ad\u200b\u200c\u2060\u2063\ufeff]){4}/u,
  /(?=[A-Za-z0-9+/]{0,60}\d)(?=[A-Za-z0-9+/]{0,60}[a-z])(?=[A-Za-z0-9+/]{0,60}[A-Z])[A-Za-z0-9+/]{36}/,
  new RegExp(`(?:[${MARKS.join('')}]\\s{0,3}[\\p{L}\\p{N}]+[\\s\\p{P}]{0,3}){3}`, 'u'),
];

// What a word may be, as bits.
const IGNORE = 1;
const RULES = 2;
const COMMAND = 4;
const LABEL = 8;
const REVEAL = 16;
const OTHERS = 32;
const MODEL = 64;
const TEXT = 128;
const OPINION = 256;
const NOT = 512;
const CLASSIFY = 1024;
const NEW = 2048;
/** Other texts than this one: two words side by side. */
const NEIGHBOURS = 4096;
/** What a model writes, and no customer speaks of. */
const SUMMARY = 8192;
const CLASSES = 14;

const WORDS: readonly (readonly [kind: number, words: string])[] = [
  [
    IGNORE,
    `ignore ignored ignoring ignorez ignora disregard forget override overrule bypass discard neglect oubliez unlearn
    تجاهل اتجاهل تجاهلي تجاهلوا انس انسى انسي انسوا اهمل اهملوا الغ تخطى تجاوز اترك اتركوا tajahal tgahal etgahal tjahal itjahal ensa insa ansa nsa sibak`,
  ],
  [
    RULES,
    `instruction instructions instrucciones prompt prompts rules guidelines guideline directives directive programming policy system above
    تعليمات تعليماتك تعليماتكم اوامر اوامرك اوامركم قواعد قواعدك برومبت البرومبت توجيهات توجيهاتك ارشادات نظام اعلاه ta3limat ta3leemat taalimat awamer awamrak elta3limat prompt`,
  ],
  [
    COMMAND,
    `answer output respond return write say set change assign consider treat give reply print mark rate must put report tag
    اجب اجيبوا جاوب جاوبوا اكتب اكتبوا ضع ضعوا حط حطوا اجعل اجعلوا خلي خلوا غير غيروا قل قولي قولوا عدل عدلوا اعط اعطي سجل سجلوا رد ردوا اعتبر اعتبروا يجب لازم اختر احسب
    ekteb ektob uktub iktib 7ot hot khalli 5alli khaly jaweb gaweb rod rodd ghayer 8ayer lazem e3tebr e3tber i3tabir a3tebr e3mel`,
  ],
  [
    LABEL,
    `positive negative neutral mixed ايجابي ايجابيا ايجابية سلبي سلبيا سلبية محايد محايدا محايدة مختلط مختلطة موجب سالب ijabi ejabi eejabi egabi igabi ijabiya salbi selbi salbiya mo7ayed mohayed mokhtalat`,
  ],
  [
    REVEAL,
    `print repeat reveal show output copy quote paste dump recite encode spell translate summarize summarise display leak disclose tell
    اطبع كرر اكشف اعرض انسخ اقتبس لخص اظهر اذكر ترجم سرب شفر ارني وريني ورني ekshef etba3 etba2 karrer karar ensa5 ensakh warrini warini lakhes la5es ekteb`,
  ],
  [
    OTHERS,
    `other others neighbour neighbours neighbor neighbors remaining rest previous next following all every each entire باقي بقية الاخرى الاخرين التالي التالية السابق السابقة جميع كل كافة المجاور المجاورة ba2i baqi kol kul jamee3 gamee3 tani`,
  ],
  [
    TEXT,
    `item items text texts message messages ticket tickets entry entries review reviews customer customers record records batch list reply نص نصوص رسالة رسائل رسايل عنصر عناصر تذكرة تذاكر شكوى شكاوى عملاء قائمة دفعة rasayel nosoos nusus nasos 3anaser risala`,
  ],
  [
    MODEL,
    `ai llm gpt chatgpt claude gemini jais model assistant bot chatbot classifier labeller labeler annotator النموذج نموذج مساعد المساعد مصنف المصنف بوت روبوت الذكاء namozag namoozaj moda3ed mosa3ed`,
  ],
  [SUMMARY, 'summary ملخص الملخص molakhas'],
  [NEW, 'new updated real actual secret hidden جديد جديدة حقيقي حقيقية سري سرية gdeed gedida jadida'],
  [
    OPINION,
    'feedback review experience impression comment comments تجربة انطباع تقييم تعليق تعليقات taqyeem',
  ],
  [NOT, 'not dont never stop لا لاتقم ممنوع توقف ma mat la'],
  [
    CLASSIFY,
    'label classify classification classified annotate sentiment verdict صنف صنفوا صنفها صنفه تصنف تصنيف التصنيف تصنيفك sannef sanef sanf tasnif tasneef tsanef',
  ],
];

/** Two kinds that tell a text when they stand within so many words of each other, in any order. */
const PAIRS: readonly (readonly [one: number, other: number, words: number])[] = [
  [IGNORE, RULES, 5],
  [COMMAND, LABEL, 5],
  [CLASSIFY, LABEL, 5],
  [CLASSIFY, OTHERS, 4],
  [CLASSIFY, NOT, 2],
  [CLASSIFY, COMMAND, 4],
  [REVEAL, RULES, 5],
  [MODEL, RULES, 4],
  [MODEL, LABEL, 8],
  [MODEL, CLASSIFY, 6],
  [NEIGHBOURS, REVEAL, 6],
  [NEIGHBOURS, LABEL, 6],
  [NEIGHBOURS, RULES, 6],
  [NEW, RULES, 1],
  [SUMMARY, RULES, 8],
  [SUMMARY, COMMAND, 4],
  [SUMMARY, REVEAL, 4],
  [SUMMARY, NEIGHBOURS, 8],
];

let kinds: ReadonlyMap<string, number> | undefined;

/** Whether a text seems to instruct a model. Pure, linear; any string. Some customers are told wrongly, and lose nothing by it. */
export function isSuspicious(text: string): boolean {
  return SIGNS.some((sign) => sign.test(text)) || instructs(wordsOf(text));
}

function instructs(words: readonly string[]): boolean {
  kinds ??= makeKinds();
  const known = kinds;
  const all = words.map((word) => kindOf(word, known));
  const last = new Int32Array(CLASSES).fill(-1_000);
  const ago = (kind: number, at: number): number => at - (last[31 - Math.clz32(kind)] ?? -1_000);
  /** In another word: one that is both is no pair. */
  const isNear = (kind: number, at: number, reach: number): boolean =>
    ago(kind, at) > 0 && ago(kind, at) <= reach;
  for (let at = 0; at < all.length; at++) {
    let kind = all[at] ?? 0;
    // A negative review is no label, and neither is a positive experience.
    if (kind & LABEL && ((all[at - 1] ?? 0) | (all[at + 1] ?? 0)) & OPINION) kind &= ~LABEL;
    if (kind === 0) continue;
    for (let bit = 0; bit < CLASSES; bit++) if (kind & (1 << bit)) last[bit] = at;
    if (kind & (TEXT | OTHERS) && ago(TEXT, at) <= 2 && ago(OTHERS, at) <= 2) {
      kind |= NEIGHBOURS;
      last[31 - Math.clz32(NEIGHBOURS)] = at;
    }
    for (const [one, other, reach] of PAIRS) {
      if ((kind & one && isNear(other, at, reach)) || (kind & other && isNear(one, at, reach))) return true;
    }
  }
  return false;
}

/** Folded words; letters that stand apart are one word. */
function wordsOf(text: string): readonly string[] {
  const key = keyText(
    text.replace(/[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/g, '').replace(/[_\-./|*+]+/g, ' '),
  );
  const joined = key.replace(
    /(?<![\p{L}\p{N}])(?:[\p{L}] ){3,40}[\p{L}](?![\p{L}\p{N}])/gu,
    (spaced) => `${spaced.replaceAll(' ', '')} `,
  );
  return joined.match(/[\p{L}\p{N}@$]+/gu) ?? [];
}

/** Under all stems of an Arabic word; a Latin one also with letters in place of digits. */
function kindOf(word: string, known: ReadonlyMap<string, number>): number {
  const exact = known.get(word);
  if (exact !== undefined) return exact;
  if (word.length > 24) return 0;
  const stems = arabicStems(word);
  if (stems !== undefined) {
    for (const stem of stems) {
      const kind = known.get(stem);
      if (kind !== undefined) return kind;
    }
    return 0;
  }
  return /[0-9@$]/.test(word)
    ? (known.get(word.replace(/[0-9@$]/g, (sign) => LETTERS[sign] ?? sign)) ?? 0)
    : 0;
}

const LETTERS: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
};

function makeKinds(): ReadonlyMap<string, number> {
  const made = new Map<string, number>();
  for (const [kind, words] of WORDS) {
    for (const word of words.split(/\s+/)) {
      const key = keyText(word);
      made.set(key, (made.get(key) ?? 0) | kind);
    }
  }
  return made;
}
