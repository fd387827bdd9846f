// What mail programs write around a customer's words, told line by line, in Arabic, English and French.

/** How much of a line is looked at: nothing that a mail program writes in one line is longer. */
const LINE_LIMIT = 400;
/** How much of a paragraph is searched for the words of a disclaimer. */
const PARAGRAPH_LIMIT = 3_000;
const DISCLAIMER_LINES = 40;
/** More recipients than this, or longer chains of header lines, are not read as one header block. */
const HEADER_LINES = 14;
const ATTRIBUTION_LINES = 3;

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

function foldTable(): Uint16Array {
  const table = Uint16Array.from({ length: 0x2070 }, (_, code) => code);
  for (let code = 0x41; code < table.length; code++) {
    const plain = String.fromCharCode(code)
      .toLowerCase()
      .normalize('NFD')
      .replace(/\p{M}|\u0640|\p{Cf}/gu, '');
    table[code] = plain === '' ? DROPPED : plain.charCodeAt(0);
  }
  for (const zero of [0x0660, 0x06f0])
    for (let digit = 0; digit < 10; digit++) table[zero + digit] = 0x30 + digit;
  for (const [from, to] of ['ىي', 'ةه', 'یي', 'کك', "’'", "‘'", '٫.', '\u00a0 '])
    table[from?.charCodeAt(0) ?? 0] = to?.charCodeAt(0) ?? 0;
  return table;
}

/**
 * The rules that a line could be a case of, as bits: told from its first sign or word, so that a line of words costs next
 * to nothing. A rule below is only asked where its bit is set: who adds a phrase adds its first word here.
 */
export const RULES = {
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
const BITS_OF_WORD = wordBits();
const BITS_OF_SIGN = signBits();

function wordBits(): ReadonlyMap<number, number> {
  const bits = new Map<number, number>();
  for (const [rule, words] of Object.entries(FIRST_WORDS))
    for (const word of words
      .split(' ')
      .flatMap((plain) => (/[a-z]/.test(plain) ? [plain] : [plain, `و${plain}`]))) {
      const hash = wordHash(word, 0, word.length);
      bits.set(hash, (bits.get(hash) ?? 0) | RULES[rule as Rule]);
    }
  return bits;
}

function signBits(): Uint8Array {
  const bits = new Uint8Array(0x2070);
  for (const [rule, signs] of Object.entries(FIRST_SIGNS))
    for (const sign of signs) {
      const code = sign.charCodeAt(0);
      bits[code] = (bits[code] ?? 0) | RULES[rule as Rule];
    }
  return bits;
}

/** A number for the folded word that begins at `start`. Another word with the same number costs time, nothing else. */
function wordHash(text: string, start: number, end: number): number {
  const stop = Math.min(end, start + LONGEST_FIRST_WORD);
  let hash = 0;
  for (let at = start; at < stop; at++) {
    const unit = foldUnit(text.charCodeAt(at));
    if (unit === DROPPED) continue;
    if (unit < 0x61 && unit !== 0x27 && unit !== 0x2d) break;
    if (unit === 0x60c || unit === 0xa0) break;
    hash = (Math.imul(hash, 31) + unit) & 0x3fff_ffff;
  }
  return hash;
}

const COLON = 0x3a;
const HYPHEN = 0x2d;
const FURTHEST_COLON = 28;

/** The bits of RULES for the line between `start` and `end`. */
function bitsOf(text: string, start: number, end: number): number {
  const sign = foldUnit(text.charCodeAt(start));
  let bits = sign < BITS_OF_SIGN.length ? (BITS_OF_SIGN[sign] ?? 0) : 0;
  if (bits === 0) bits = BITS_OF_WORD.get(wordHash(text, start, end)) ?? 0;
  const last = text.charCodeAt(end - 1);
  if (last === COLON || last === HYPHEN) bits |= RULES.attribution;
  return bits;
}

/** Whether any line could be a case of any rule. A text of one line has nothing around its words. */
export function mayHoldMail(text: string): boolean {
  let feed = text.indexOf('\n');
  if (feed < 0) return false;
  for (let start = 0; ; start = feed + 1, feed = text.indexOf('\n', start)) {
    const end = feed < 0 ? text.length : feed;
    if (end > start && bitsOf(text, start, end) !== 0) return true;
    if (feed < 0) return false;
  }
}

/** The lines of a text, counted from 0. A line outside of the text is empty. */
export class Lines {
  readonly text: string;
  readonly length: number;
  readonly #starts: number[] = [];
  readonly #bits: number[] = [];
  readonly #folded: (string | undefined)[] = [];

  constructor(text: string) {
    this.text = text;
    for (let start = 0; start <= text.length; ) {
      const feed = text.indexOf('\n', start);
      const end = feed < 0 ? text.length : feed;
      this.#starts.push(start);
      this.#bits.push(start === end ? 0 : bitsOf(text, start, end));
      start = end + 1;
    }
    this.length = this.#starts.length;
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

function unquoted(folded: string): string {
  return folded.startsWith('>') ? folded.replace(/^[> ]+/, '') : folded;
}

/** Zendesk's line in any language, with its signs; the words alone where the signs are lost. */
const REPLY_ABOVE =
  /^(?:#+ ?-+ ?.{5,120} ?-+ ?#+$|[-#*= ]*(?:please )?(?:(?:type|write|enter) your )?reply above (?:this|the) line\b.{0,20}$|[-#*= ]*veuillez .{0,40} au-dessus de cette ligne.{0,12}$|[-#*= ]*(?:يرجي |الرجاء |رجاء )?(?:كتابه |اكتب |ادخال )?(?:ال)?ردك? (?:فوق|اعلي) هذا (?:السطر|الخط).{0,12}$)/;

/** Whether this is the line above which an answer to a help desk is to be written. */
export function isReplyAbove(lines: Lines, at: number): boolean {
  return lines.may('replyAbove', at) && REPLY_ABOVE.test(lines.folded(at));
}

const ORIGINAL = `original message|original email|message original|message d'origine|message initial|(?:ال)?رساله (?:ال)?(?:اصليه|اساسيه)`;
const FORWARDED = `forwarded message|message transfere|message reexpedie|courriel transfere|(?:ال)?رساله (?:ال)?(?:معاد توجيهها|معاد ارسالها|محوله)`;
/** `-----Original Message-----`, `Begin forwarded message:` and their forms in the other languages. */
const SEPARATOR = new RegExp(
  `^(?:[-_=*]{2,} ?(?:${ORIGINAL}|${FORWARDED}) ?:? ?[-_=*]{2,}|begin forwarded message ?:|debut du message (?:reexpedie|transfere) ?:|(?:بدات|بدايه|بدء) الرساله المعاد توجيهها ?:)$`,
);
/** The line of underscores or dashes that Outlook draws above a header block. */
const RULE = /^[_-]{5,}$/;

type HeaderKind = 'from' | 'date' | 'to' | 'subject' | 'other';
const HEADER_NAMES: Readonly<Record<HeaderKind, string>> = {
  from: 'from,من,المرسل,de,expediteur,reply-to,الرد علي',
  date: "sent,date,sent on,تم الارسال,ارسلت,ارسل,مرسل,تاريخ الارسال,تاريخ,التاريخ,بتاريخ,envoye,envoye le,date d'envoi",
  to: 'to,الي,a,المرسل اليه,المستلم,pour,destinataire',
  subject: 'subject,الموضوع,موضوع,objet,sujet',
  other:
    'cc,bcc,cci,copie,copie a,نسخه,نسخه الي,نسخه مخفيه,importance,priority,priorite,الاهميه,الاولويه,attachments,attachment,المرفقات,مرفقات,pieces jointes,piece jointe',
};
const HEADERS: ReadonlyMap<string, HeaderKind> = new Map(
  Object.entries(HEADER_NAMES).flatMap(([kind, names]) =>
    names.split(',').map((name) => [name, kind as HeaderKind] as const),
  ),
);
const HEADER_LINE = /^\*?([\p{L}' -]{1,20}?) ?\*? ?:\*?(?: |$)/u;

function headerKind(folded: string): HeaderKind | undefined {
  const name = HEADER_LINE.exec(unquoted(folded))?.[1];
  return name === undefined ? undefined : HEADERS.get(name);
}

const ADDRESS = /[^\s<>@]@[^\s<>@]+\.\p{L}/u;
/** A year, or a time. */
const DATED = /\d{4}|\d{1,2} ?[:h] ?\d{2}/;
const TIME = /\d{1,2} ?[:h] ?\d{2}/;

/**
 * How many lines of separator and header block (From, Sent, To, Subject) begin here; 0 where none does. A header block
 * tells who and when, and an address or all of the four: `من: الرياض` and `إلى: جدة` are a customer's route. Behind a
 * separator that mail programs write, who and one thing more is enough.
 */
export function headerLines(lines: Lines, at: number): number {
  if (!lines.may('header', at) && !lines.may('quote', at)) return 0;
  const first = unquoted(lines.folded(at));
  if (SEPARATOR.test(first)) {
    let next = lines.nextFilled(at + 1);
    if (unquoted(lines.folded(next)) === '') next++;
    const block = headerBlock(lines, next, 'separator');
    return block === 0 ? 1 : next + block - at;
  }
  if (RULE.test(first)) {
    const next = lines.nextFilled(at + 1);
    const block = headerBlock(lines, next, 'rule');
    return block === 0 ? 0 : next + block - at;
  }
  return lines.isLabelled(at) ? headerBlock(lines, at, 'none') : 0;
}

function headerBlock(lines: Lines, at: number, above: 'separator' | 'rule' | 'none'): number {
  const kinds = new Set<HeaderKind>();
  let end = at;
  let hasAddress = false;
  let hasTime = false;
  for (let next = at; next < at + HEADER_LINES; next++) {
    const line = unquoted(lines.folded(next));
    if (line === '') break;
    const kind = headerKind(line);
    if (kind === undefined) {
      // A long value may go on in the next line; two lines without a name end the block.
      if (next === at || next > end) break;
    } else {
      kinds.add(kind);
      end = next + 1;
      hasTime ||= kind === 'date' && TIME.test(line);
    }
    hasAddress ||= ADDRESS.test(line);
  }
  if (!kinds.has('from') || kinds.size < 2) return 0;
  if (above === 'separator') return end - at;
  if (above === 'rule' && (hasAddress || hasTime)) return end - at;
  if (!kinds.has('date') || kinds.size < 3) return 0;
  return hasAddress || (hasTime && kinds.has('subject') && kinds.has('to')) ? end - at : 0;
}

const WROTE = String.raw`(?:wrote|a ecrit|كتب/كتبت|كتبت?(?:\(ت\))?|كتب/ت)`;
const MAY_BE_ATTRIBUTION = /^(?:>|-{2,}|\d{4}[-/]|on |le |في |بتاريخ |يوم )|@|wrote|a ecrit|كتب/;
/** The day first, then who: `On … wrote:`, `Le … a écrit :`, `في … كتب …:`. */
const DAY_FIRST = new RegExp(
  `^(?:-{2,} ?)?(?:on|le|في|بتاريخ|يوم) .{4,260}?(?: |،|,)(?:${WROTE}(?: .{1,160})?|(?:تمت|تم) كتابه ما يلي بواسطه .{1,200}|جاء من .{1,200}) ?(?::|-{2,})$`,
);
/** Who first, and an address. */
const WHO_FIRST = new RegExp(`^.{0,160}@.{1,120} ${WROTE}(?: .{1,100})? ?(?::|-{2,})$`);
/** Old Gmail: `2014-03-03 10:15 GMT+03:00 Support <support@…>:`. */
const STAMP_FIRST = /^\d{4}[-/]\d\d?[-/]\d\d? .{0,120}<\S+@\S+> ?:$/;
const DASHED = new RegExp(`^-{2,} ?.{1,120} ${WROTE} ?-{2,}$`);
/** A customer who tells of a letter: `On 3 March I wrote:`, `في 3 مارس كتبت لكم:`. */
const TELLS_OF_WRITING =
  /(?:\b(?:i|we|you|he|she|they)(?: also| already)? wrote|j'ai ecrit|(?:on|nous|vous|il|elle) (?:a|ai|avons|avez) ecrit) ?:$|كتبت? (?:الي|اليكم|اليك|لكم|لك|لهم|له|لها|لي|لنا|في|علي|عن|ان|انا|هذا|هذه|ما|شكوي|رساله|طلب|تعليق|تقييم)(?: |:)/;
const MACHINE_WROTE = /كتب\/|تمت? كتابه ما يلي بواسطه/;

/**
 * How many lines of attribution («On … wrote:») begin here, wrapped over up to three lines; 0 where none does. It has a
 * time or an address, or a day where quoted lines follow.
 */
export function attributionLines(lines: Lines, at: number): number {
  let whole = '';
  if (!lines.may('attribution', at) && !lines.may('quote', at)) return 0;
  if (!lines.endsOpen(at) && !lines.endsOpen(at + 1) && !lines.endsOpen(at + 2)) return 0;
  for (let count = 1; count <= ATTRIBUTION_LINES; count++) {
    const line = unquoted(lines.folded(at + count - 1));
    if (line === '' || line.length >= LINE_LIMIT) return 0;
    // A sentence above an attribution begins with «Le» or «في» as well.
    if (count === 2 && !DATED.test(whole)) return 0;
    if (count > 1 && (DAY_FIRST.test(line) || DASHED.test(line))) return 0;
    whole = whole === '' ? line : `${whole} ${line}`;
    if (count === 1 && !MAY_BE_ATTRIBUTION.test(whole)) return 0;
    if (/(?::|-{2})$/.test(whole) && isAttribution(whole, lines.isQuoted(lines.nextFilled(at + count))))
      return count;
  }
  return 0;
}

function isAttribution(line: string, quoteFollows: boolean): boolean {
  if (DASHED.test(line)) return true;
  const hasAddress = ADDRESS.test(line);
  if (hasAddress && (STAMP_FIRST.test(line) || WHO_FIRST.test(line) || quoteFollows)) return true;
  const dayFirst = DAY_FIRST.exec(line);
  if (dayFirst === null || TELLS_OF_WRITING.test(line)) return false;
  if (hasAddress || MACHINE_WROTE.test(line)) return true;
  // Without a name behind it, «كتبت» alone is also «I wrote».
  if (/كتبت? ?:$/.test(line)) return false;
  return TIME.test(line) || (quoteFollows && /\d/.test(line));
}

/** Words that a line of a phone or a mail program is made of, besides models such as `S21`. */
const FOOTER_WORDS = new Set(
  (
    'iphone ipad ipod ios android samsung galaxy huawei xiaomi redmi oppo vivo honor nokia pixel oneplus realme sony xperia lg htc ' +
    'blackberry windows outlook yahoo gmail mail email e-mail hotmail aol icloud proton protonmail zoho spark phone mobile smartphone ' +
    'tablet tablette telephone portable appareil device app application for on with using via from my the a an new pro max plus ultra ' +
    "mini note lite se 5g 4g secure workspace mobility courrier pour sur de mon ma avec depuis la le un une l'application et nokia " +
    'من ال الخاص الخاصه بي الذكي جهاز جهازي هاتف هاتفي الهاتف جوال جوالي الجوال موبايل موبايلي المحمول تطبيق بريد بريدي البريد ' +
    'علي لنظام نظام لاجهزه اجهزه ل لـ ايفون الايفون ايباد الايباد اندرويد الاندرويد سامسونج جالكسي هواوي ياهو اوتلوك جيميل او ' +
    'search organize conquer'
  ).split(' '),
);
const FOOTER =
  /^(?:(?:sent (?:from|via|with|using)|get outlook for|envoye (?:de|depuis|a partir de|avec|via)|(?:telecharger|telechargez|obtenir|obtenez) outlook pour|(?:تم )?(?:ارسلت|ارسل|ارسال|ارسالها|الارسال|مرسل|مرسله)(?: هذه الرساله)? (?:من|عبر|بواسطه)|(?:احصل|الحصول|للحصول) علي outlook)(?= )|(?:provenance|yahoo mail) ?:)/;
/** What phones and companies add in one line. */
const PRINTING =
  /^(?:please )?(?:consider|think (?:of|about)) the environment before print|^(?:pensez a|avant d'imprimer.{0,20}pensez a) l'environnement|^(?:يرجي|رجاء|الرجاء|فضلا) ?(?:مراعاه|التفكير في|المحافظه علي) البيئه قبل|^(?:virus-free|sans virus|خال من الفيروسات)[ .]/;

/**
 * Whether the whole line is one that a phone or a mail program adds: «Sent from my iPhone», «Get Outlook for Android». Every
 * word must be one of theirs, so that «Sent from my phone number twice» stays.
 */
export function isFooter(lines: Lines, at: number): boolean {
  if (!lines.may('footer', at) || lines.end(at) - lines.start(at) > 200) return false;
  const folded = lines.folded(at);
  const opening = FOOTER.exec(folded);
  if (opening === null) return PRINTING.test(folded);
  const words = folded
    .slice(opening[0].length)
    .replace(/<[^<>]*>|\[[^[\]]*\]|\(?https?:\S+/g, ' ')
    .split(/[\s.,:;،()"«»-]+/)
    .filter((word) => word !== '');
  return words.length > 0 && words.length <= 9 && words.every(isFooterWord);
}

function isFooterWord(word: string): boolean {
  return (
    FOOTER_WORDS.has(word) ||
    /^[a-z]*\d[a-z\d]*$/.test(word) ||
    FOOTER_WORDS.has(word.replace(/^(?:لل|ل|ال)/, ''))
  );
}

const DISCLAIMER_BEGINS =
  /^[*_"[( ]*(?:this (?:e-?mail|message|communication|transmission|electronic)|the (?:information|contents?) (?:contained |transmitted |of |in )|confidential|disclaimer|important notice|legal notice|notice ?:|if you (?:are not|have received)|privileged|ce (?:message|courriel|mail|mel)|cet? e-?mail|cette (?:communication|transmission)|le present (?:message|courriel)|le contenu de ce|les informations (?:contenues|transmises)|avis (?:de confidentialite|important|legal)|avertissement|clause de confidentialite|mention legale|si vous (?:n'etes pas|avez recu)|هذه (?:الرساله|المراسله)|هذا (?:البريد|الايميل|المحتوي)|(?:ان )?(?:المعلومات|محتويات|محتوي) (?:الوارده|هذه|هذا|المرسله)|تحتوي هذه الرساله|تنويه|تنبيه|اخلاء|اشعار|بيان اخلاء|سري|ان هذ[اه] |اذا (?:لم تكن|استلمت|تلقيت|وصلت))/;
/** To whom, or by whose mistake: every disclaimer says one of them. */
const MISSENT =
  /intended (?:recipient|solely|only|for)|addressee|named (?:recipient|above)|in error|by mistake|destinataires?|par erreur|المرسل اليه|المرسله? اليهم?|المستلم|الموجهه? اليه|المعني|المقصود|بطريق الخطا|عن طريق الخطا|بالخطا|بطريقه الخطا/;
const SECRECY =
  /confidential|privileged|disclos|disseminat|distribut|unauthori[sz]ed|prohibited|delete|destroy|confidentiel|divulg|diffus|interdi|supprim|detrui|secret professionnel|سري|خصوص|افشاء|الكشف|توزيع|نسخ|محظور|حذف|اتلاف|مسح|غير مصرح|يمنع/;

/** How many lines of legal disclaimer begin here, to the end of the paragraph; 0 where none does. */
export function disclaimerLines(lines: Lines, at: number): number {
  if (!lines.may('disclaimer', at) || !DISCLAIMER_BEGINS.test(lines.folded(at))) return 0;
  let end = at + 1;
  while (end < at + DISCLAIMER_LINES && !lines.isEmpty(end) && !lines.isQuoted(end)) end++;
  const paragraph = lines.paragraph(at, end);
  return paragraph.length >= 60 && MISSENT.test(paragraph) && SECRECY.test(paragraph) ? end - at : 0;
}
