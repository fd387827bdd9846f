// What mail programs write around a customer's words, in Arabic, English and French.

import { LINE_LIMIT, type Lines } from './mail-lines.ts';

/** More recipients than this, or longer chains of header lines, are not read as one header block. */
const HEADER_LINES = 14;
const ATTRIBUTION_LINES = 3;
const DISCLAIMER_LINES = 40;

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
/** `a@b.c:` above quoted lines. */
const SHORTEST_ATTRIBUTION = 6;
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
    if (count > 1 && line.length >= SHORTEST_ATTRIBUTION && (DAY_FIRST.test(line) || DASHED.test(line)))
      return 0;
    whole = whole === '' ? line : `${whole} ${line}`;
    if (count === 1 && !MAY_BE_ATTRIBUTION.test(whole)) return 0;
    if (whole.length < SHORTEST_ATTRIBUTION) continue;
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
