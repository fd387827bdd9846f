// What an utterance is about and how urgent it is, by the words that name it.

/** The closed list that both the offline model and the prompt use. */
export const TOPICS = [
  'delivery',
  'payment',
  'refund',
  'app',
  'service',
  'product',
  'price',
  'account',
  'network',
  'booking',
  'other',
] as const;

export type Topic = (typeof TOPICS)[number];

/** The words that name each topic, in Arabic, English and Arabizi; folded before use. */
export const TOPIC_WORDS: Readonly<Record<Exclude<Topic, 'other'>, string>> = {
  delivery: `توصيل التوصيل توصيلة شحن الشحنة شحنة شحنتي شحنات طلبية طلبيتي طلبي الطلب مندوب المندوب مناديب سائق السايق تسليم استلام استلمت
    طرد الطرد اوردر الاوردر وصل وصلت وصلني يوصل توصل delivery deliver delivered shipping shipment shipped courier driver package parcel
    order orders tracking arrived tawsel tawseel mandoub shipment`,
  payment: `دفع الدفع دفعت ادفع مدفوع فاتورة الفاتورة فواتير بطاقة بطاقتي فيزا مدى تحويل حوالة سداد خصم خصموا خصمتوا مبلغ المبلغ رصيد رصيدي
    فلوس فلوسي قسط اقساط تقسيط payment pay paid charge charged billing bill invoice card visa mastercard transaction balance installment
    floos flous fatoora`,
  refund: `استرجاع استرداد ارجاع ارجع استرجع مرتجع مرتجعات تعويض ترجيع رجعوا رجعولي استبدال refund refunds refunded return returned returning
    reimburse reimbursement compensation cashback moneyback`,
  app: `تطبيق التطبيق تطبيقكم برنامج البرنامج ابلكيشن الموقع موقعكم تحديث التحديث صفحة شاشة يعلق نسخة app application apps website site update
    version screen crash crashes crashed bug bugs login interface android iphone ios browser tatbi2 barnamag`,
  service: `خدمة الخدمة خدمات خدمتكم الدعم دعم موظف موظفة موظفين الموظف الموظفين ممثل كول سنتر السنتر رد الرد يرد تعامل التعامل معاملة فرع الفرع
    استقبال الاستقبال شكوى service support agent agents staff employee representative customer call helpdesk manager response reply
    waiter reception khedma khidma mowazaf`,
  product: `منتج المنتج منتجات منتجاتكم جودة الجودة بضاعة قطعة مقاس اللون الجهاز جهاز قماش صناعة عبوة طعم الاكل اكل وجبة الطعام مكسور تالف product
    products quality item items size color colour device material taste food meal broken damaged defective montag muntaj`,
  price: `سعر السعر اسعار الاسعار اسعاركم غالي غالية رخيص رخيصة تكلفة رسوم الرسوم عرض عروض خصومات كوبون قسيمة price prices pricing expensive
    cheap cost costs fee fees discount coupon offer offers overpriced se3r as3ar ghali`,
  account: `حساب الحساب حسابي حساباتي تسجيل الدخول كلمة المرور السر رقمي الجوال توثيق تفعيل تحقق اشتراك اشتراكي الغاء account accounts password
    login signin signup register registration verification verify activate activation subscription unsubscribe profile 7esab hesab`,
  network: `شبكة الشبكة انترنت الانترنت النت نت واي فاي تغطية التغطية اشارة السرعة شريحة الاتصال مكالمات network internet wifi coverage signal sim
    connection disconnect disconnected bandwidth 4g 5g`,
  booking: `حجز الحجز حجزت احجز حجوزات موعد الموعد مواعيد تذكرة تذاكر رحلة الرحلة رحلتي فندق الفندق غرفة الغرفة طيران booking book booked
    reservation reserve reserved appointment ticket tickets flight hotel room 7agz hagz`,
};

/** Words after which a customer should not wait: safety, law, fraud, leaving, and haste. */
export const URGENT_WORDS = `عاجل عاجلا ضروري فورا حالا طارئ طوارئ مستعجل بسرعة محامي محكمة قضية قانوني قانونية القانون نيابة شرطة بلاغ التجارة احتيال
  اختراق مخترق سرقة سرقوا خطر خطير خطيرة حريق تسمم مستشفى urgent urgently asap immediately emergency lawyer court legal sue police
  fraud hacked stolen unauthorized unauthorised danger dangerous fire poisoning hospital deadline daroori daroury mosta3gel`;
