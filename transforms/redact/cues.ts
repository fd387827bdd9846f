// What the words around a number say it is: an order, a phone, an identity card.

import { BARRIER, KIND, LETTER, OTHER } from './fold.ts';

export type Cue = 'order' | 'phone' | 'id' | 'card';

/** The nearest word that tells what a number is. `tight`: only small words such as رقم and هو stand between them. */
export interface Context {
  readonly cue: Cue | undefined;
  readonly tight: boolean;
}

const WINDOW = 56;
const MAX_OTHER_WORDS = 4;

/** Bases in folded spelling; each also with the article, a preposition, and who owns it. */
const ARABIC: { readonly [cue in Cue]: string } = {
  order:
    'طلب طلبيه طلبيات طلبات اوردر اوردرات فاتوره فواتير شحنه شحنات شحن بوليصه تتبع تراك تراكينج تذكره تذاكر تيكت بلاغ شكوي حجز حجوزات مرجع مرجعي عمليه معامله معاملات حواله تحويل سند ايصال عقد باركود سيريال سيريل تسلسلي متسلسل موديل كود رمز قسيمه كوبون منتج صنف سله تجاري ضريبي ضريبه حساب مشترك اشتراك عداد رحله بند دفعه سداد مفوتر خدمه ميزان قضيه صك لوحه شاسيه هيكل جهاز سريال طرد ارساليه توصيله استرجاع مرتجع استبدال',
  phone:
    'جوال موبايل موبيل هاتف تلفون تليفون محمول واتس واتساب وتساب واتسب واتس اب خلوي نقال سيلولير فون نومرو نمرتي عيطولي عيطو عيطوا عيط احكوا احكو احكي احكيني حاكوني كلموه اتصل اتصال اتصلو اتصلوا اتصلي كلمو كلموني كلمني كلمونا تواصل تواصلو تواصلوا تواصلي راسلو راسلوني راسلني ارسلوا دقو دقوا دق رن رنوا رنو ارقام ارن جوالات',
  id: 'هويه هويات شخصي بتاقه اقامه اقامات مدني مدنيه قومي وطني وطنيه شخصيه احوال سكاني سكانيه حفيظه ايقامه حدود',
  card: 'بطاقه بطايق بطاقات فيزا مدي ماستر ماستركارد ماستركاد كرت كارت ائتمان ائتمانيه ايتمان ايتمانيه',
};
const LATIN: { readonly [cue in Cue]: string } = {
  order:
    'order orders ordre invoice invoices inv ticket tickets tracking track shipment shipping awb waybill ref reference refno case booking reservation pnr confirmation transaction txn trx sku serial sn imei model code otp po parcel package commande facture colis suivi reclamation réclamation talab talabi talabiya fatoora fatora shi7na sha7na shohna item product barcode batch lot account acct customer user session request incident complaint vat cr contract receipt payment voucher coupon ord tkt no_ rma bill policy flight utr rrn auth approval référence références réf talabiyya fatoura fatura wasl eshterak',
  phone:
    'phone phones mobile mob tel telephone téléphone cell cellphone whatsapp whats wa call contact gsm portable fax jawal jawwal gawal jawali raqmi rakmi ra2mi mobayl mobile telefon telefone joual text sms reach tél joindre joignable appeler appelez rappeler rappelez kalemooni kalemoni kallemooni kalmoni kalmouni kalmooni itasil ittasil etesel nimra namra nomero noumero',
  id: 'id identity national iqama iqamah emirates civil cpr qid nin cin cni ssn nid hawiya hawiyya',
  card: 'card visa mastercard master mada amex credit debit carte',
};
const FILLERS = new Set(
  "رقم رقمه رقمها ورقم والرقم الرقم رقمهم برقم نمره هو هي هوا هيا وهو وهي علي عل في الخاص الخاصه خاصتي بي به بها بنا بالعميل حقي حقتي حقه حقها تبعي تبعه تبع بتاعي بتاعتي بتاعه مالي مالتي التالي الاتي كالتالي الذي اللي ال صاحب صاحبه من عن هذا هذه هاذا ذا سابقا ذي او ل ب الجديد الجديده القديم كالاتي كان معي معاي معايا معنا تاعي تاعنا تاعه ديالي ديالنا ع ده دا دي حضرتك لو مع عماني عمانيه العماني العمانيه سلطنه عمان قطري القطري القطريه اردني الاردني الاردنيه كويتي الكويتي الكويتيه بحريني البحريني البحرينيه سعودي السعودي السعوديه مصري المصري المصريه اماراتي الاماراتي الاماراتيه no num number nr numero numéro nº n is are was the my our of on for at are this a to de du le la est mon ma notre with from رقمنا its it it's s and id# id: une un au aux me us 3ala 3la ta3i dyali el omani oman qatari qatar jordan jordanian kuwait kuwaiti bahrain bahraini saudi egyptian egypt uae emirati".split(
    ' ',
  ),
);
/** Words that are a phone's only where nothing nearer tells more: my number. */
const OWN_NUMBER = new Set('رقمي ورقمي برقمي رقمك'.split(' '));
/** The words, numbers and signs of a text. */
const PIECE = /[0-9]*[a-z\u00c0-\u024f][a-z0-9\u00c0-\u024f]*|[\u0620-\u06ff]+|[0-9]+|[#№.!?؟;؛\n\ufffc]/g;

/** Made with the first number that is looked at. */
let cuesMade: ReadonlyMap<string, Cue> | undefined;

function cueOf(word: string): Cue | undefined {
  cuesMade ??= cueWords();
  return cuesMade.get(word);
}

function cueWords(): ReadonlyMap<string, Cue> {
  const words = new Map<string, Cue>();
  for (const cue of ['card', 'id', 'phone', 'order'] as const) {
    for (const word of LATIN[cue].split(' ')) words.set(word, cue);
    for (const base of ARABIC[cue].split(' ')) {
      const stem = base.endsWith('ه') ? `${base.slice(0, -1)}ت` : base;
      const owned = ['ي', 'ك', 'كم', 'نا', 'ه', 'ها', 'هم'].map((owner) => stem + owner);
      for (const form of [base, ...owned, `ال${base}`, `لل${base}`]) {
        for (const prefix of ['', 'و', 'ف', 'ب', 'ل', 'ع', 'ك', 'ول', 'وب']) words.set(prefix + form, cue);
      }
    }
  }
  for (const word of OWN_NUMBER) words.set(word, 'phone');
  return words;
}

/** What the words before `at` say. A number in between, a sentence's end or too many other words hide what is before them. */
export function contextBefore(text: string, at: number): Context {
  const stop = Math.max(0, at - WINDOW);
  if (isPerhapsLabelled(text, at) && LABEL.test(text.slice(Math.max(stop, at - 8), at)))
    return { cue: 'phone', tight: true };
  let others = 0;
  let lineBegan = false;
  for (let end = at; end > stop; ) {
    const start = pieceStart(text, end, stop);
    const piece = text.slice(start, end);
    end = start;
    if (piece === '#' || piece === '№') return { cue: 'order', tight: others === 0 };
    if ('.!?؟;؛'.includes(piece)) {
      // No. 123, tel. 123, ج.م: a full stop right behind a short word ends no sentence.
      if (piece !== '.' || others > 0) break;
      continue;
    }
    if (piece === '\n') {
      if (others > 0) break;
      lineBegan = true;
      continue;
    }
    if (piece !== BARRIER && !isWordUnit(piece.charCodeAt(0))) continue;
    const cue = cueOf(piece);
    if (cue !== undefined)
      return { cue: piece === 'id' ? whoseId(text, start, stop) : cue, tight: others === 0 };
    if (FILLERS.has(piece)) continue;
    // Behind another number, its word is not ours; nor is one of an earlier line with other words behind it.
    if (lineBegan || (piece.length > 1 && NUMBER.test(piece))) break;
    others += piece === BARRIER ? 2 : 1;
    if (others > MAX_OTHER_WORDS) break;
  }
  return NOTHING;
}

const NUMBER = /^[0-9]+$/;

/** Whether a colon or a full stop stands before, with nothing but spaces behind it: all that LABEL asks of the end. */
function isPerhapsLabelled(text: string, at: number): boolean {
  let i = at - 1;
  if (text.charCodeAt(i) === 0x20) {
    while (i > at - 8 && text.charCodeAt(i) <= 0x20) i--;
  }
  const sign = text.charAt(i);
  return sign === ':' || sign === '.';
}

/** Where the word, the number or the sign that ends at `end` begins. Digits belong to Latin letters, and not to Arabic ones. */
function pieceStart(text: string, end: number, stop: number): number {
  const last = KIND[text.charCodeAt(end - 1)] ?? OTHER;
  let start = end - 1;
  if (last === OTHER) return start;
  for (; start > stop; start--) {
    const kind = KIND[text.charCodeAt(start - 1)] ?? OTHER;
    const isLetter = kind === LETTER;
    if (kind === OTHER || isLetter !== (last === LETTER)) break;
  }
  return start;
}

function isWordUnit(unit: number): boolean {
  return (KIND[unit] ?? OTHER) !== OTHER;
}

/** An id may be another thing's: order id, ticket id. */
function whoseId(text: string, at: number, stop: number): Cue {
  const end = /[ _-]/.test(text.charAt(at - 1)) ? at - 1 : at;
  const owner = cueOf(text.slice(pieceStart(text, end, stop), end));
  return owner === undefined || owner === 'card' ? 'id' : owner;
}

/** What the words right behind a number say: `1234567890 هذا رقم طلبي`. */
export function contextAfter(text: string, at: number): Context {
  const pieces = text.slice(at, at + 32).match(PIECE) ?? [];
  for (const piece of pieces.slice(0, 6)) {
    const cue = cueOf(piece);
    // With a conjunction the next thing begins: 0501234567 والطلب ….
    if (cue !== undefined)
      return /^[وف]/.test(piece) && !/^(?:واتس|فون|فاتور|فواتير|فيزا)/.test(piece)
        ? NOTHING
        : { cue, tight: true };
    if (!FILLERS.has(piece) || piece.startsWith('و') || piece === 'and') break;
  }
  return NOTHING;
}

/** ت: and M: before a number at the end of a message. */
const LABEL = /(?:^|[\s(])(?:ت|ج|جوا|m|t|p|ph)\.? ?[:.]\s*$/;
export const NOTHING: Context = { cue: undefined, tight: false };
