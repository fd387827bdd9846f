// The lines of a mail, folded for matching, and a first sign of what each could be.

import { inMemory, rewrittenOf, unitsOf } from './units.ts';

/** How much of a line is looked at: nothing that a mail program writes in one line is longer. */
export const LINE_LIMIT = 400;
/** How much of a paragraph is searched for the words of a disclaimer. */
const PARAGRAPH_LIMIT = 3_000;

/** A character that stands for nothing in a folded copy. */
const DROPPED = 0xffff;
const FOLDED_UNIT = foldTable();
/** Where a copy is made before it is a string; one for all, because a new one for each line costs more than the folding. */
const FOLDING = Buffer.alloc(2 * PARAGRAPH_LIMIT);

/**
 * A copy for matching: lower case, without accents, vowel signs, hamzas, tatweel and bidi controls, ASCII digits and
 * apostrophes, ya and ta marbuta in one spelling. At most `limit` code units are read.
 */
function fold(text: string, start: number, end: number, limit: number): string {
  const stop = Math.min(end, start + limit);
  let same = start;
  while (same < stop && isFolded(text.charCodeAt(same))) same++;
  // Cutting out is faster than copying.
  if (same === stop) return text.slice(start, stop).trim();
  const bytes = FOLDING;
  let length = 0;
  for (let at = start; at < stop; at++) {
    const unit = foldUnit(text.charCodeAt(at));
    if (unit === DROPPED) continue;
    bytes[length] = unit & 0xff;
    bytes[length + 1] = unit >> 8;
    length += 2;
  }
  return bytes.toString('utf16le', 0, length).trim();
}

function foldUnit(code: number): number {
  return code < FOLDED_UNIT.length ? (FOLDED_UNIT[code] ?? code) : code;
}

function isFolded(code: number): boolean {
  return code >= FOLDED_UNIT.length || FOLDED_UNIT[code] === code;
}

function foldTable(): Uint16Array {
  const table = new Uint16Array(0x2070);
  for (let code = 0; code < 0x41; code++) table[code] = code;
  const plain = rewrittenOf(0x41, table.length, (characters) =>
    characters
      .toLowerCase()
      .normalize('NFD')
      .replace(/\p{M}|\u0640|\p{Cf}/gu, ''),
  );
  for (const [at, one] of plain.entries()) table[0x41 + at] = one === '' ? DROPPED : one.charCodeAt(0);
  for (const zero of [0x0660, 0x06f0])
    for (let digit = 0; digit < 10; digit++) table[zero + digit] = 0x30 + digit;
  for (const [from, to] of ['ىي', 'ةه', 'یي', 'کك', "’'", "‘'", '٫.', '\u00a0 '])
    table[from?.charCodeAt(0) ?? 0] = to?.charCodeAt(0) ?? 0;
  return table;
}

/**
 * The rules that a line could be a case of, as bits: told from its first sign or word, so that a line of words costs next
 * to nothing. A rule is only asked where its bit is set: who adds a phrase to `mail-phrases.ts`
 * or `mail-signature.ts` adds its first word here.
 */
const RULES = {
  quote: 1,
  replyAbove: 2,
  header: 4,
  attribution: 8,
  footer: 16,
  disclaimer: 32,
  signature: 64,
} as const;
type Rule = keyof typeof RULES;

const FIRST_WORDS: Readonly<Record<Exclude<Rule, 'quote'>, string>> = {
  replyAbove: 'please type write enter reply veuillez يرجي الرجاء رجاء كتابه اكتب ادخال رد ردك الرد',
  header:
    'from sent date to subject cc bcc cci de expediteur reply-to envoye a pour destinataire objet sujet copie importance priority priorite attachment ' +
    'attachments pieces piece من المرسل مرسل تم ارسلت ارسل تاريخ التاريخ بتاريخ الي المستلم الموضوع موضوع نسخه الاهميه الاولويه المرفقات مرفقات الرد ' +
    'begin debut بدات بدايه بدء',
  attribution: 'on le في بتاريخ يوم',
  footer:
    'sent get envoye provenance telecharger telechargez obtenir obtenez تم ارسلت ارسل ارسال ارسالها الارسال مرسل مرسله احصل الحصول للحصول ' +
    'yahoo please consider think pensez avant يرجي رجاء الرجاء فضلا virus-free sans خال',
  disclaimer:
    'this the confidential confidentiality disclaimer important legal notice if privileged ce cet cette le les avis avertissement clause mention si ' +
    'هذه هذا ان المعلومات محتويات محتوي تحتوي تنويه تنبيه اخلاء اشعار بيان سري سريه اذا',
  signature:
    'شكرا مع خالص اطيب فائق وافر جزيل كامل اجمل ارق كل اسمي بالغ عظيم صادق اصدق لكم لك تقبل تقبلوا تفضلوا تحياتي تحياتنا السلام دمتم المخلص المخلصه ' +
    'اخوكم اختكم مقدم مقدمه many thanks thank with my our best kind kindest warm warmest sincere regards wishes yours very sincerely ' +
    'respectfully cordially warmly cheers all merci bien tres sinceres avec meilleures cordialement salutations respectueusement ' +
    'sincerement amicalement cdlt cdt veuillez je nous dans',
};
const FIRST_SIGNS: Readonly<Record<Rule, string>> = {
  quote: '>',
  replyAbove: '#-=*',
  header: '-_=*',
  attribution: '-0123456789',
  footer: '',
  disclaimer: '_*"[(',
  signature: '-_—',
};
const LONGEST_FIRST_WORD = 20;

/** Where a word of this hash is looked up. Another word that falls on the same place costs time, nothing else. */
function placeOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & 0xffff;
}

function wordBits(): Uint8Array {
  const bits = new Uint8Array(0x1_0000);
  for (const [rule, words] of Object.entries(FIRST_WORDS))
    for (const word of words
      .split(' ')
      .flatMap((plain) => (/[a-z]/.test(plain) ? [plain] : [plain, `و${plain}`]))) {
      let hash = 0;
      for (const letter of word.slice(0, LONGEST_FIRST_WORD)) hash = nextHash(hash, letter.charCodeAt(0));
      const place = placeOf(hash);
      bits[place] = (bits[place] ?? 0) | RULES[rule as Rule];
    }
  return bits;
}

function nextHash(hash: number, unit: number): number {
  return (Math.imul(hash, 31) + unit) & 0x3fff_ffff;
}

function signBits(): Uint8Array {
  const bits = new Uint8Array(0x1_0000);
  for (const [rule, signs] of Object.entries(FIRST_SIGNS))
    for (const sign of signs) {
      const code = sign.charCodeAt(0);
      bits[code] = (bits[code] ?? 0) | RULES[rule as Rule];
    }
  return bits;
}

const COLON = 0x3a;
const HYPHEN = 0x2d;
const APOSTROPHE = 0x27;
const FIRST_LETTER = 0x61;
const ARABIC_COMMA = 0x60c;
const NO_BREAK_SPACE = 0xa0;
const FURTHEST_COLON = 28;

interface FirstLook {
  /** The bits of RULES for the line between `start` and `end` of a text. */
  bitsOf(text: string, start: number, end: number): number;
}

const firstLook = inMemory((memory): FirstLook => {
  const { source, read } = memory;
  const foldedUnits = unitsOf(0, 0x1_0000).map(foldUnit);
  const ofWords = wordBits();
  const ofSigns = signBits();

  /** Those of the folded word that begins at `start`. */
  function ofWord(start: number, end: number): number {
    const stop = Math.min(end, start + LONGEST_FIRST_WORD);
    let hash = 0;
    for (let at = start; at < stop; at++) {
      const unit = foldedUnits[source[at] as number] as number;
      if (unit === DROPPED) continue;
      if (unit < FIRST_LETTER && unit !== APOSTROPHE && unit !== HYPHEN) break;
      if (unit === ARABIC_COMMA || unit === NO_BREAK_SPACE) break;
      hash = nextHash(hash, unit);
    }
    return hash === 0 ? 0 : (ofWords[placeOf(hash)] as number);
  }

  return {
    bitsOf(text, start, end) {
      read(text);
      const sign = foldedUnits[source[start] as number] as number;
      const bits = (ofSigns[sign] as number) || ofWord(start, end);
      const last = source[end - 1];
      return last === COLON || last === HYPHEN ? bits | RULES.attribution : bits;
    },
  };
});

/**
 * Whether any line could be a case of any rule. A text of one line has nothing around its words, and what a mail begins with is
 * no signature: السلام عليكم above the words is a greeting.
 */
export function mayHoldMail(text: string): boolean {
  let feed = text.indexOf('\n');
  if (feed < 0) return false;
  const { bitsOf } = firstLook(text.length);
  let ignored: number = RULES.signature;
  for (let start = 0; ; start = feed + 1, feed = text.indexOf('\n', start)) {
    const end = feed < 0 ? text.length : feed;
    if (end > start) {
      if ((bitsOf(text, start, end) & ~ignored) !== 0) return true;
      ignored = 0;
    }
    if (feed < 0) return false;
  }
}

/** The lines of a text, counted from 0. A line outside of the text is empty. */
export class Lines {
  readonly text: string;
  readonly length: number;
  readonly #starts: number[] = [];
  readonly #bits: number[] = [];
  readonly #folded: (string | undefined)[];

  constructor(text: string) {
    this.text = text;
    const { bitsOf } = firstLook(text.length);
    for (let start = 0; start <= text.length; ) {
      const feed = text.indexOf('\n', start);
      const end = feed < 0 ? text.length : feed;
      this.#starts.push(start);
      this.#bits.push(start === end ? 0 : bitsOf(text, start, end));
      start = end + 1;
    }
    this.length = this.#starts.length;
    this.#folded = new Array(this.length);
    this.#starts.push(text.length + 1);
  }

  start(at: number): number {
    return this.#starts[at] ?? this.text.length;
  }

  /** Before the line feed. */
  end(at: number): number {
    return (this.#starts[at + 1] ?? this.text.length + 1) - 1;
  }

  isEmpty(at: number): boolean {
    return at < 0 || at >= this.length || this.start(at) === this.end(at);
  }

  /** Whether the line could be a case of the rule. */
  may(rule: Rule, at: number): boolean {
    return ((this.#bits[at] ?? 0) & RULES[rule]) !== 0;
  }

  mayBeAny(at: number): boolean {
    return (this.#bits[at] ?? 0) !== 0;
  }

  /** The folded beginning of the line. */
  folded(at: number): string {
    if (this.isEmpty(at)) return '';
    const known = this.#folded[at];
    if (known !== undefined) return known;
    const folded = fold(this.text, this.start(at), this.end(at), LINE_LIMIT);
    this.#folded[at] = folded;
    return folded;
  }

  /** The folded beginning of the lines from `at` to before `end`, as one. */
  paragraph(at: number, end: number): string {
    return fold(this.text, this.start(at), this.end(end - 1), PARAGRAPH_LIMIT);
  }

  /** The first line at or after `at` that is not empty; the number of lines where there is none. */
  nextFilled(at: number): number {
    let next = at;
    while (next < this.length && this.isEmpty(next)) next++;
    return next;
  }

  /** Whether the line is quoted with `>`; `>5 days` and `>_<` are not. */
  isQuoted(at: number): boolean {
    return this.may('quote', at) && QUOTED.test(this.folded(at));
  }

  /** Whether the line holds a colon near its beginning, before `FURTHEST_COLON`. */
  isLabelled(at: number): boolean {
    const stop = Math.min(this.end(at), this.start(at) + FURTHEST_COLON);
    for (let next = this.start(at); next < stop; next++)
      if (this.text.charCodeAt(next) === COLON) return true;
    return false;
  }

  /** Whether the line ends as attributions do, with a colon or a hyphen. */
  endsOpen(at: number): boolean {
    const last = this.text.charCodeAt(this.end(at) - 1);
    return last === COLON || last === HYPHEN;
  }
}

const QUOTED = /^>(?:$|[> \p{L}*])/u;
