// What mail programs write around a customer's words, told line by line, in Arabic, English and French.

/** How much of a line is looked at: nothing that a mail program writes in one line is longer. */
const LINE_LIMIT = 400;
/** How much of a paragraph is searched for the words of a disclaimer. */
const PARAGRAPH_LIMIT = 3_000;
const DISCLAIMER_LINES = 40;
/** More recipients than this, or longer chains of header lines, are not read as one header block. */
const HEADER_LINES = 14;
const ATTRIBUTION_LINES = 3;

/** One line of a text: where it stands, and its folded beginning. */
export interface Line {
  readonly start: number;
  /** Before the line feed. */
  readonly end: number;
  /** See `fold`; empty for an empty line. */
  readonly folded: string;
}

const DROPPED = 0xffff;
const FOLDED_UNIT = foldTable();
const units: number[] = [];

/**
 * A copy for matching: lower case, without accents, vowel signs, hamzas, tatweel and bidi controls, ASCII digits and
 * apostrophes, ya and ta marbuta in one spelling. Only the first `limit` code units are read.
 */
export function fold(text: string, start: number, end: number, limit: number): string {
  const stop = Math.min(end, start + limit);
  units.length = 0;
  for (let at = start; at < stop; at++) {
    const code = text.charCodeAt(at);
    const unit = code < FOLDED_UNIT.length ? (FOLDED_UNIT[code] ?? code) : code;
    if (unit !== DROPPED) units.push(unit);
  }
  return String.fromCharCode(...units).trim();
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

/** The lines of a text, folded. */
export function readLines(text: string): readonly Line[] {
  const lines: Line[] = [];
  for (let start = 0; start <= text.length; ) {
    const feed = text.indexOf('\n', start);
    const end = feed < 0 ? text.length : feed;
    lines.push({ start, end, folded: start === end ? '' : fold(text, start, end, LINE_LIMIT) });
    start = end + 1;
  }
  return lines;
}

/** The first line at or after `at` that is not empty; the number of lines where there is none. */
export function nextFilled(lines: readonly Line[], at: number): number {
  let next = at;
  while (next < lines.length && lines[next]?.folded === '') next++;
  return next;
}

/** The folded line at `at`; empty behind the last. */
export function foldedAt(lines: readonly Line[], at: number): string {
  return lines[at]?.folded ?? '';
}

const QUOTED = /^>(?:$|[> \p{L}*])/u;

/** Whether a line is quoted with `>`; `>5 days` and `>_<` are not. */
export function isQuoted(folded: string): boolean {
  return folded.startsWith('>') && QUOTED.test(folded);
}

function unquoted(folded: string): string {
  return folded.startsWith('>') ? folded.replace(/^[> ]+/, '') : folded;
}

/** Zendesk's line in any language, with its signs; the words alone where the signs are lost. */
const REPLY_ABOVE =
  /^(?:#+ ?-+ ?.{5,120} ?-+ ?#+$|[-#*= ]*(?:please )?(?:(?:type|write|enter) your )?reply above (?:this|the) line\b.{0,20}$|[-#*= ]*veuillez .{0,40} au-dessus de cette ligne.{0,12}$|[-#*= ]*(?:يرجي |الرجاء |رجاء )?(?:كتابه |اكتب |ادخال )?(?:ال)?ردك? (?:فوق|اعلي) هذا (?:السطر|الخط).{0,12}$)/;

/** Whether this is the line above which an answer to a help desk is to be written. */
export function isReplyAbove(folded: string): boolean {
  return REPLY_ABOVE.test(folded);
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
export function headerLines(lines: readonly Line[], at: number): number {
  const first = unquoted(foldedAt(lines, at));
  if (SEPARATOR.test(first)) {
    let next = nextFilled(lines, at + 1);
    if (unquoted(foldedAt(lines, next)) === '') next++;
    const block = headerBlock(lines, next, 'separator');
    return block === 0 ? 1 : next + block - at;
  }
  if (RULE.test(first)) {
    const next = nextFilled(lines, at + 1);
    const block = headerBlock(lines, next, 'rule');
    return block === 0 ? 0 : next + block - at;
  }
  return headerBlock(lines, at, 'none');
}

function headerBlock(lines: readonly Line[], at: number, above: 'separator' | 'rule' | 'none'): number {
  const kinds = new Set<HeaderKind>();
  let end = at;
  let hasAddress = false;
  let hasTime = false;
  for (let next = at; next < at + HEADER_LINES; next++) {
    const line = unquoted(foldedAt(lines, next));
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
export function attributionLines(lines: readonly Line[], at: number): number {
  let whole = '';
  for (let count = 1; count <= ATTRIBUTION_LINES; count++) {
    const line = unquoted(foldedAt(lines, at + count - 1));
    if (line === '' || line.length >= LINE_LIMIT) return 0;
    // A sentence above an attribution begins with «Le» or «في» as well.
    if (count === 2 && !DATED.test(whole)) return 0;
    if (count > 1 && (DAY_FIRST.test(line) || DASHED.test(line))) return 0;
    whole = whole === '' ? line : `${whole} ${line}`;
    if (count === 1 && !MAY_BE_ATTRIBUTION.test(whole)) return 0;
    if (
      /(?::|-{2})$/.test(whole) &&
      isAttribution(whole, isQuoted(foldedAt(lines, nextFilled(lines, at + count))))
    )
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
export function isFooter(folded: string): boolean {
  if (folded.length > 160) return false;
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
  /confidential|privileged|disclos|disseminat|distribut|unauthori[sz]ed|prohibited|delete|destroy|confidentiel|divulg|diffus|interdi|supprim|detrui|secret professionnel|سري|خصوص|افشاء|الكشف|توزيع|نسخ|محظور|حذف|اتلاف|مسح|غير مصرح|يمنع/g;

/** How many lines of legal disclaimer begin here, to the end of the paragraph; 0 where none does. */
export function disclaimerLines(text: string, lines: readonly Line[], at: number): number {
  if (!DISCLAIMER_BEGINS.test(foldedAt(lines, at))) return 0;
  let end = at;
  while (end < at + DISCLAIMER_LINES && foldedAt(lines, end) !== '' && !isQuoted(foldedAt(lines, end))) end++;
  const first = lines[at];
  const last = lines[end - 1];
  if (first === undefined || last === undefined) return 0;
  const paragraph = fold(text, first.start, last.end, PARAGRAPH_LIMIT);
  const says = new Set(paragraph.match(SECRECY));
  return paragraph.length >= 60 && MISSENT.test(paragraph) && says.size >= 1 ? end - at : 0;
}
