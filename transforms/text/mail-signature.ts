// Where a customer signs: the closing formula or the line `--`, and the short block of name, title and numbers below it.

import type { Lines } from './mail-lines.ts';

/** A longer block is no signature. */
const BLOCK_LINES = 10;
const LINE_CHARACTERS = 64;
const NAME_WORDS = 6;

const REGARDS =
  'تحيه|تحيات|تحياتي|تحياتنا|شكر|احترام|احترامي|تقدير|تقديري|ود|موده|محبه|امتنان|دعاء|امنيات|امنياتي';
const ARABIC_REGARDS = `(?:ال)?(?:${REGARDS})(?: (?:و|و ?ال)?(?:${REGARDS}|العرفان|لكم|طيبه|الطيبه|الخالصه))*`;
const INTENSE = '(?:خالص|اطيب|فائق|وافر|جزيل|كامل|اجمل|ارق|كل|اسمي|بالغ|عظيم|صادق|اصدق)';
const CLOSINGS = [
  `(?:و?شكرا (?:لكم |جزيلا )?و)?(?:و?مع )(?:${INTENSE} )?${ARABIC_REGARDS}`,
  `(?:و?شكرا (?:لكم |جزيلا )?و)?${INTENSE} ${ARABIC_REGARDS}`,
  `و?(?:لكم|لكم مني|لك) (?:${INTENSE} )?${ARABIC_REGARDS}`,
  `و?ت(?:ق|ف)بلوا? (?:مني |منا )?(?:${INTENSE} )?${ARABIC_REGARDS}`,
  `و?تفضلوا بقبول .{0,60}`,
  '(?:و?شكرا (?:لكم |جزيلا )?و)?(?:تحياتي|تحياتنا)(?: لكم| الحاره| القلبيه| الطيبه)?',
  'و?السلام عليكم(?: ورحمه الله(?: وبركاته)?)?',
  'و?دمتم(?: (?:سالمين|بخير|بود|في رعايه الله|في حفظ الله))?',
  '(?:المخلص|المخلصه|اخوكم|اختكم|مقدمه?|مقدمه? الشكوي|مقدمه? الطلب)',
  `(?:(?:many )?(?:thanks|thank you)(?: very much| in advance)?(?: and|,| &| with)+ )?(?:with )?(?:my |our )?(?:(?:best|kind|kindest|warm|warmest|sincere) )*(?:regards|wishes)`,
  '(?:yours|very) (?:sincerely|faithfully|truly|respectfully)(?: yours)?|sincerely(?: yours)?|respectfully(?: yours)?|cordially|warmly|cheers|best|all the best',
  `(?:merci (?:d'avance )?(?:et |, )?)?(?:(?:bien|tres|sinceres?|avec mes|meilleures) )*(?:cordialement|sinceres?|salutations)(?: (?:cordiales|distinguees|sinceres|respectueuses|salutations|a vous|a tous))*`,
  'bien a (?:vous|toi)|respectueusement|sincerement|amicalement|a bientot|cdlt|cdt|bien a vous et merci',
  `(?:veuillez|je vous prie|nous vous prions|dans l'attente).{0,80}(?:salutations|sentiments|consideration|hommages)(?: [a-z]+){0,3}`,
];
const CLOSING = new RegExp(
  String.raw`^(?:${CLOSINGS.join('|')})(?:[ ,،.!:;]*$|[,،] ?(?<name>[\p{L} .'-]{2,40})$)`,
  'u',
);

const DELIMITER = /^(?:-{2,3}|—|_{2,})$/;

const LABEL =
  /^(?:tel|telephone|phone|ph|mobile|mob|cell|fax|e-?mail|mail|t|m|f|p|w|web|website|site|address|ext|whatsapp|port|portable|fixe|telecopie|courriel|adresse|هاتف|الهاتف|جوال|الجوال|تلفون|تليفون|موبايل|محمول|فاكس|بريد|البريد(?: الالكتروني)?|ايميل|الايميل|تحويله|العنوان|عنوان|الموقع|موقع|واتس|واتساب|ص\.? ?ب|ت|ج|رقم (?:الجوال|الهاتف|الطلب|العميل|العضويه|الهويه)|order (?:number|no)|client|customer id)\.? ?[:.#+\d]/;
const CONTACT = /@|\bwww\.|https?:|(?:\d[ ().-]{0,2}){7}|\b(?:p\.?o\.? ?box|b\.?p\.? ?\d)/;
const TITLE =
  /(?:^|[ (|,،-])(?:ال)?(?:مديره?|شركه|مؤسسه|موسسه|قسم|اداره|مهندسه?|دكتوره?|رئيسه?|رييسه?|موظفه?|مجموعه|محاسبه?|مشرفه?|منسقه?|مسوول|مسووله|مندوبه?|سكرتيره?|استاذه?|معلمه?|طبيبه?|محاميه?|مستشاره?|عميله?|وزاره|جامعه|مدرسه|مصنع|مكتب|متجر|فرع|مملكه|اماره|دوله)(?=$|[ )|,،-])|\b(?:managers?|director|engineer|officer|department|dept|company|co|ltd|llc|inc|corp|corporation|gmbh|group|head of|president|ceo|cfo|cto|coo|founder|owner|specialist|analyst|accountant|coordinator|supervisor|assistant|consultant|sales|procurement|purchasing|marketing|finance|operations|lead|teacher|professor|dr|phd|mba|responsable|directeur|directrice|ingenieure?|societe|sarl|sas|sa|chef|cheffe|gerante?|comptable|groupe|assistante|presidente?|charge de|chargee de|acheteuse|acheteur|professeur|client|cliente|fondateur|fondatrice|commerciale?)\b/;
/** Words of sentences, and of what customers write about: no line of a signature holds one. */
const SENTENCE_WORDS = new Set(
  (
    'i my we our you your me us it is are was were be been have has had do does did not no yes please why when where what who how will would can could ' +
    'but because if that this these still also again never want need order orders delivery refund product package parcel received arrived late money ' +
    "je j'ai mon ma mes nous vous votre vos est sont etait ne pas pourquoi quand ou comment mais car si merci toujours encore commande livraison remboursement colis produit " +
    'انا نحن انتم انت هل متي اين لماذا ليش كيف لم لن لا ما ليس لكن بس لان اذا ثم الذي التي هذا هذه ذلك اريد نريد ابغي ابي ارجو نرجو اتمني نتمني يرجي الرجاء رجاء ' +
    'طلب الطلب طلبي التوصيل توصيل المبلغ مبلغ المنتج المنتجات منتج الشحنه شحنه التطبيق الخدمه خدمه خدمتكم وصل يصل وصلني يصلني تاخر متاخر كان كانت شكرا وشكرا ' +
    'بانتظار بانتظاركم لقد تم قد حتي الان جدا ايضا كذلك مشكله المشكله'
  ).split(' '),
);
const BETWEEN_WORDS = /[\s,،|/().-]+/;
const ENDS_SENTENCE = /[?؟!…]$/;
const NOTE =
  /^(?:p\.? ?-? ?s\b|n\. ?b\b|nb\b|note\b|remarque\b|post-?scriptum\b|(?:ملاحظه|ملحوظه|تنويه|للعلم|تذكير|حاشيه)(?!\p{L}))/u;
const LIST_ITEM = /^(?:[-•*–]|\d{1,2}[.)-]) ?\p{L}/u;

/** What may stand in a signature: certain by itself, certain only beside a name, or words. */
export type Standing = 'certain' | 'plain' | 'words';

/** What is known of the lines of one text. */
export interface Ends {
  /** Whether something begins at the line that is neither block nor words: a quote, a footer. */
  isEnd(line: number): boolean;
  /** What lines are, as far as it has been asked: so a text of closings stays linear. */
  readonly standings: (Standing | undefined)[];
}

function standingOf(folded: string): Standing {
  if (folded.length > 120 || NOTE.test(folded) || LIST_ITEM.test(folded)) return 'words';
  let words = 0;
  let isSentence = ENDS_SENTENCE.test(folded);
  for (const word of folded.split(BETWEEN_WORDS)) {
    if (word === '') continue;
    words++;
    isSentence ||= SENTENCE_WORDS.has(word);
  }
  if (LABEL.test(folded) && (!isSentence || CONTACT.test(folded) || /\d{3}/.test(folded))) return 'certain';
  if (isSentence) return 'words';
  if (words <= 14 && CONTACT.test(folded)) return 'certain';
  if (folded.length > LINE_CHARACTERS) return 'words';
  if (words <= 9 && TITLE.test(folded)) return 'certain';
  const endsAsSentence = /[.:;]$/.test(folded) && words > 3;
  return words <= NAME_WORDS && !endsAsSentence ? 'plain' : 'words';
}

function standingAt(lines: Lines, at: number, standings: (Standing | undefined)[]): Standing {
  const known = standings[at];
  if (known !== undefined) return known;
  const folded = lines.folded(at);
  // A line that is there a thousand times is read once.
  const standing =
    folded === lines.folded(at - 1) ? (standings[at - 1] ?? standingOf(folded)) : standingOf(folded);
  standings[at] = standing;
  return standing;
}

/**
 * How many lines of signature begin here: a closing formula or `--`, and the block below it; 0 where none does, where no
 * block follows, and where words go on in the block. What follows the block, a P.S. for instance, is not part of it.
 */
export function signatureLines(lines: Lines, at: number, ends: Ends): number {
  if (!lines.may('signature', at) || lines.end(at) - lines.start(at) > 200) return 0;
  const first = lines.folded(at);
  const isDelimiter = DELIMITER.test(first);
  const closing = isDelimiter || first.length > 120 ? null : CLOSING.exec(first);
  if (!isDelimiter && closing === null) return 0;
  const named = closing?.groups?.['name'];
  if (named !== undefined && standingOf(named) === 'words') return 0;
  let end = named === undefined ? at : at + 1;
  let filled = 0;
  for (let next = at + 1; ; next++) {
    const filledNext = lines.nextFilled(next);
    if (filledNext >= lines.length || ends.isEnd(filledNext)) {
      // Mail programs write the delimiter even where nothing but a footer comes.
      if (isDelimiter) end = Math.max(end, at + 1);
      break;
    }
    const isBelowGap = filledNext > next;
    const isClosing = filled === 0 && isDelimiter && CLOSING.test(lines.folded(filledNext));
    const standing = isClosing ? 'certain' : standingAt(lines, filledNext, ends.standings);
    const belongs =
      standing === 'certain' || (standing === 'plain' && (!isBelowGap || filled === 0 || isDelimiter));
    if (!belongs || filled === BLOCK_LINES) {
      // Words in the very next line: then what looked like a name may be words as well.
      if (!isBelowGap) return 0;
      break;
    }
    filled++;
    next = filledNext;
    end = next + 1;
  }
  return end - at;
}
