// What an utterance is about, from a list that the operator may edit, and how urgent it is, by the words that name it.

import { PipelineError } from '../../core/errors.ts';

/** One topic of the list. */
export interface Topic {
  /** As it stands in the warehouse: lower-case ASCII letters, digits and `_`, at most 40, a letter first. */
  readonly name: string;
  /** What people call it; a model that answers with one of these is understood. */
  readonly label: { readonly ar: string; readonly en: string };
  /** The words that name it, blanks between them, in any spelling: Arabic, English, Arabizi. The offline model goes by them. */
  readonly words: string;
}

/** What is none of the list. It is always there, and need not be listed. */
export const OTHER_TOPIC = 'other';

/** The list of this release. An operator's own may begin with it: `sentiment({ topics: [...TOPICS, { name: 'warranty', … }] })`. */
export const TOPICS: readonly Topic[] = [
  {
    name: 'delivery',
    label: { ar: 'التوصيل', en: 'Delivery' },
    words: `توصيل التوصيل توصيلة شحن الشحنة شحنة شحنتي شحنات طلبية طلبيتي طلبي الطلب مندوب المندوب مناديب سائق السايق تسليم استلام استلمت
    طرد الطرد اوردر الاوردر وصل وصلت وصلني يوصل توصل delivery deliver delivered shipping shipment shipped courier driver package parcel
    order orders tracking arrived tawsel tawseel mandoub shipment`,
  },
  {
    name: 'payment',
    label: { ar: 'الدفع', en: 'Payment' },
    words: `دفع الدفع دفعت ادفع مدفوع فاتورة الفاتورة فواتير بطاقة بطاقتي فيزا مدى تحويل حوالة سداد خصم خصموا خصمتوا مبلغ المبلغ رصيد رصيدي
    فلوس فلوسي قسط اقساط تقسيط payment pay paid charge charged billing bill invoice card visa mastercard transaction balance installment
    floos flous fatoora`,
  },
  {
    name: 'refund',
    label: { ar: 'الاسترجاع', en: 'Refund' },
    words: `استرجاع استرداد ارجاع ارجع استرجع مرتجع مرتجعات تعويض ترجيع رجعوا رجعولي استبدال refund refunds refunded return returned returning
    reimburse reimbursement compensation cashback moneyback`,
  },
  {
    name: 'app',
    label: { ar: 'التطبيق', en: 'App and website' },
    words: `تطبيق التطبيق تطبيقكم برنامج البرنامج ابلكيشن الموقع موقعكم تحديث التحديث صفحة شاشة يعلق نسخة app application apps website site update
    version screen crash crashes crashed bug bugs login interface android iphone ios browser tatbi2 barnamag`,
  },
  {
    name: 'service',
    label: { ar: 'خدمة العملاء', en: 'Customer service' },
    words: `خدمة الخدمة خدمات خدمتكم الدعم دعم موظف موظفة موظفين الموظف الموظفين ممثل كول سنتر السنتر رد الرد يرد تعامل التعامل معاملة فرع الفرع
    استقبال الاستقبال شكوى service support agent agents staff employee representative customer call helpdesk manager response reply
    waiter reception khedma khidma mowazaf`,
  },
  {
    name: 'product',
    label: { ar: 'المنتج', en: 'Product' },
    words: `منتج المنتج منتجات منتجاتكم جودة الجودة بضاعة قطعة مقاس اللون الجهاز جهاز قماش صناعة عبوة طعم الاكل اكل وجبة الطعام مكسور تالف product
    products quality item items size color colour device material taste food meal broken damaged defective montag muntaj`,
  },
  {
    name: 'price',
    label: { ar: 'السعر', en: 'Price' },
    words: `سعر السعر اسعار الاسعار اسعاركم غالي غالية رخيص رخيصة تكلفة رسوم الرسوم عرض عروض خصومات كوبون قسيمة price prices pricing expensive
    cheap cost costs fee fees discount coupon offer offers overpriced se3r as3ar ghali`,
  },
  {
    name: 'account',
    label: { ar: 'الحساب', en: 'Account' },
    words: `حساب الحساب حسابي حساباتي تسجيل الدخول كلمة المرور السر رقمي الجوال توثيق تفعيل تحقق اشتراك اشتراكي الغاء account accounts password
    login signin signup register registration verification verify activate activation subscription unsubscribe profile 7esab hesab`,
  },
  {
    name: 'network',
    label: { ar: 'الشبكة', en: 'Network' },
    words: `شبكة الشبكة انترنت الانترنت النت نت واي فاي تغطية التغطية اشارة السرعة شريحة الاتصال مكالمات network internet wifi coverage signal sim
    connection disconnect disconnected bandwidth 4g 5g`,
  },
  {
    name: 'booking',
    label: { ar: 'الحجز', en: 'Booking' },
    words: `حجز الحجز حجزت احجز حجوزات موعد الموعد مواعيد تذكرة تذاكر رحلة الرحلة رحلتي فندق الفندق غرفة الغرفة طيران booking book booked
    reservation reserve reserved appointment ticket tickets flight hotel room 7agz hagz`,
  },
];

/** More than this is no list that a model keeps apart, and its prompt would cost more than the texts. */
const MOST_TOPICS = 60;
const NAME = /^[a-z][a-z0-9_]{0,39}$/;
const LONGEST_LABEL = 60;

/** Throws config `labels.topics`, telling every fault of an operator's list at once. */
export function checkTopics(topics: readonly Topic[]): void {
  const faults: string[] = [];
  if (topics.length > MOST_TOPICS) faults.push(`there are ${topics.length}, more than ${MOST_TOPICS}`);
  const seen = new Set<string>();
  for (const { name, label } of topics) {
    if (!NAME.test(name)) faults.push(`“${name.slice(0, 60)}” is no name (a-z, 0-9 and _, at most 40)`);
    if (name === OTHER_TOPIC) faults.push(`“${OTHER_TOPIC}” is always there and must not be listed`);
    if (seen.has(name)) faults.push(`“${name.slice(0, 60)}” is there twice`);
    seen.add(name);
    for (const one of [label.ar, label.en]) {
      if (one.trim() === '' || one.length > LONGEST_LABEL || /[\n"]/.test(one))
        faults.push(`“${name.slice(0, 60)}” needs labels of one line, at most ${LONGEST_LABEL} characters`);
    }
  }
  if (faults.length === 0) return;
  throw new PipelineError(
    'config',
    'labels.topics',
    `The list of topics is not right: ${faults.join('; ')}.`,
    {
      hint: 'See Topic in transforms/sentiment/topics.ts.',
    },
  );
}

/** Words after which a customer should not wait: safety, law, fraud, leaving, and haste. */
export const URGENT_WORDS = `عاجل عاجلا ضروري فورا حالا طارئ طوارئ مستعجل بسرعة محامي محكمة قضية قانوني قانونية القانون نيابة شرطة بلاغ التجارة احتيال
  اختراق مخترق سرقة سرقوا خطر خطير خطيرة حريق تسمم مستشفى urgent urgently asap immediately emergency lawyer court legal sue police
  fraud hacked stolen unauthorized unauthorised danger dangerous fire poisoning hospital deadline daroori daroury mosta3gel`;
