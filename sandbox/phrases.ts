// What customers of an invented shop write: by dialect, topic and mood. Written for this project; no customer ever said them.
// Above 300 lines because it is a list of phrases: it holds no code.

export type Topic = 'delivery' | 'refund' | 'app' | 'payment' | 'service';
export type Mood = 'positive' | 'negative' | 'neutral';
export type Dialect = 'gulf' | 'egyptian' | 'levantine' | 'msa' | 'english' | 'arabizi' | 'switching';

export const TOPICS: readonly Topic[] = ['delivery', 'refund', 'app', 'payment', 'service'];

/** {order}, {amount}, {days} and {city} are filled in by whoever composes. */
export const PHRASES: {
  readonly [d in Dialect]: { readonly [t in Topic]: { readonly [m in Mood]: readonly string[] } };
} = {
  gulf: {
    delivery: {
      positive: [
        'ما شاء الله الطلب {order} وصل قبل موعده ومغلف بشكل مرتب',
        'المندوب محترم ووصّل لين باب البيت، يعطيكم العافية',
        'أول مرة طلب يوصلني {city} بيوم واحد، كفو عليكم',
      ],
      negative: [
        'طلبي {order} متأخر {days} أيام ومحد يرد علي',
        'المندوب حط الشحنة عند الجيران بدون ما يتصل، شنو هالاستهتار',
        'وصل الكرتون مكسور والأغراض ناقصة، والله حرام عليكم',
      ],
      neutral: [
        'أبغى أعرف وين وصلت شحنتي رقم {order}',
        'ممكن تغيرون عنوان التوصيل إلى {city}؟',
        'كم يوم ياخذ الشحن لـ{city}؟',
      ],
    },
    refund: {
      positive: ['رجعتوا لي فلوسي بنفس اليوم، ما قصرتوا', 'عملية الاسترجاع سهلة مرة وبدون لف ودوران'],
      negative: [
        'صار لي {days} يوم أنتظر استرجاع {amount} ريال ولا شي وصل',
        'كل مرة تقولون بكرة بكرة والمبلغ ما نزل، تعبت منكم',
        'خصمتوا رسوم استرجاع ما أحد قال لي عنها، هذا نصب',
      ],
      neutral: ['كيف أرجع المنتج حق الطلب {order}؟', 'كم المدة لين ينزل مبلغ الاسترجاع بالحساب؟'],
    },
    app: {
      positive: ['التحديث الجديد خفيف وسريع، يجنن', 'التطبيق صار أسهل وايد، عجبني الشكل الجديد'],
      negative: [
        'التطبيق يعلق كل ما أفتح السلة، شي يقهر',
        'من بعد التحديث ما أقدر أسجل دخول والبرنامج يطلعني برا',
        'البرنامج زفت، يحذف السلة من نفسه كل مرة',
      ],
      neutral: ['وين ألقى الفواتير القديمة في التطبيق؟', 'هل التطبيق يدعم أكثر من عنوان؟'],
    },
    payment: {
      positive: ['الدفع بآبل باي صار بثانية، ممتاز', 'حلو إنكم ضفتوا التقسيط، سهّلتوا علينا'],
      negative: [
        'انسحب من حسابي {amount} ريال مرتين لنفس الطلب {order}',
        'البطاقة تنرفض كل مرة مع إن فيها رصيد، وش السالفة',
        'كود الخصم ما يشتغل وضاع علي العرض، حسبي الله',
      ],
      neutral: ['هل تقبلون الدفع عند الاستلام في {city}؟', 'أحتاج فاتورة ضريبية للطلب {order}'],
    },
    service: {
      positive: ['خدمة العملاء عندكم قمة في الذوق، شكراً من القلب', 'الموظف حل مشكلتي بخمس دقايق، الله يوفقه'],
      negative: [
        'أسوأ خدمة عملاء مرت علي، ساعة على الانتظار ويقفلون الخط',
        'الموظف رد علي بأسلوب ما يليق، ما راح أتعامل معاكم مرة ثانية',
      ],
      neutral: ['متى أوقات دوام خدمة العملاء؟', 'أبغى أحد يتصل علي بخصوص الطلب {order}'],
    },
  },
  egyptian: {
    delivery: {
      positive: ['الأوردر وصل بسرعة والتغليف تحفة، تسلم إيديكم', 'المندوب كان ذوق جداً واتصل قبل ما ييجي'],
      negative: [
        'الأوردر {order} متأخر بقاله {days} أيام ومفيش حد بيرد',
        'الطلب جالي ناقص وفيه حاجة مكسورة، إيه القرف ده',
        'كل يوم تقولوا هيوصل النهاردة ومفيش حاجة بتوصل، زهقت',
      ],
      neutral: ['عايز أعرف الأوردر {order} فين دلوقتي', 'ينفع أغير العنوان لـ{city}؟'],
    },
    refund: {
      positive: ['الفلوس رجعت على طول، شكراً جداً ليكم', 'الاسترجاع كان سهل ومن غير أي مشاكل'],
      negative: [
        'بقالي {days} يوم مستني {amount} جنيه يرجعوا وكل شوية حجة جديدة',
        'رفضتوا ترجعوا الفلوس مع إن العيب منكم، دي سرقة عيني عينك',
      ],
      neutral: ['إزاي أرجع منتج من الأوردر {order}؟', 'الفلوس بترجع على الفيزا ولا المحفظة؟'],
    },
    app: {
      positive: ['الأبلكيشن بقى أسرع بكتير، برافو عليكم', 'حلوة أوي خاصية التتبع الجديدة'],
      negative: [
        'الأبلكيشن بيقفل لوحده كل شوية، حاجة تزهق',
        'مش عارف أدخل على حسابي من امبارح والكود مش بيوصل',
      ],
      neutral: ['فين ألاقي الكوبونات في الأبلكيشن؟', 'هو التطبيق نازل على هواوي؟'],
    },
    payment: {
      positive: ['الدفع بفوري بقى سهل قوي، شكراً', 'التقسيط من غير فوايد ده أحلى حاجة عملتوها'],
      negative: [
        'اتخصم مني {amount} جنيه مرتين ومحدش عايز يرجعهم',
        'الفيزا بترفض كل مرة والعرض راح عليا، حرام بجد',
      ],
      neutral: ['ينفع أدفع كاش عند الاستلام؟', 'محتاج فاتورة باسم الشركة للأوردر {order}'],
    },
    service: {
      positive: ['بجد خدمة العملاء محترمين جداً وحلوا الموضوع بسرعة', 'البنت اللي ردت عليا كانت في قمة الذوق'],
      negative: ['خدمة زي الزفت، كلمتكم خمس مرات ومحدش حل حاجة', 'الموظف قفل السكة في وشي، دي قلة احترام'],
      neutral: ['خدمة العملاء شغالة لحد الساعة كام؟', 'عايز حد يكلمني على رقمي بخصوص {order}'],
    },
  },
  levantine: {
    delivery: {
      positive: ['وصلت الطلبية عالوقت وكل شي مرتب، يسلمو إيديكن', 'الشب تبع التوصيل كتير مهذب، شكراً إلكن'],
      negative: [
        'الطلبية {order} متأخرة {days} أيام وما حدا عم يرد',
        'وصلني غير اللي طلبتو والكرتونة مخزوقة، شو هالشغل',
      ],
      neutral: ['وين صارت طلبيتي رقم {order}؟', 'بتوصلو على {city}؟'],
    },
    refund: {
      positive: ['رجعتولي المصاري بيومين، كتير منيح', 'طريقة الإرجاع سهلة وما غلبتوني'],
      negative: [
        'صرلي {days} يوم ناطر المصاري ولهلق ما وصل شي',
        'كل موظف بيحكيلي شي والمبلغ {amount} لسا ضايع، مسخرة',
      ],
      neutral: ['كيف فيي رجّع غرض من الطلبية {order}؟', 'لازم رجّع الغرض بعلبتو الأصلية؟'],
    },
    app: {
      positive: ['التطبيق الجديد كتير حلو وسريع', 'عجبتني ميزة المفضلة، شغل مرتب'],
      negative: [
        'التطبيق عم يعلّق كل ما بدي إدفع، شي بيجنن',
        'ما عم إقدر فوت عحسابي وكلمة السر صحيحة، زهقتوني',
      ],
      neutral: ['وين بلاقي طلبياتي القديمة بالتطبيق؟', 'في نسخة للآيباد؟'],
    },
    payment: {
      positive: ['الدفع أونلاين صار أسهل بكتير، عنجد شكراً', 'منيح إنو صار في دفع عند الاستلام'],
      negative: [
        'انخصم من البطاقة {amount} مرتين وما حدا سائل',
        'كل مرة بتطلعلي العملية مرفوضة، مو معقول هالحكي',
      ],
      neutral: ['بتقبلو دفع بالدولار؟', 'بدي فاتورة للطلبية {order} إذا ممكن'],
    },
    service: {
      positive: ['الصبية اللي حكت معي كتير لطيفة وحلتلي المشكلة فوراً', 'خدمتكن ممتازة، الله يعطيكن العافية'],
      negative: [
        'أسوأ خدمة بحياتي، ساعة عالخط وبالآخر سكرو',
        'الموظف جاوبني بطريقة بشعة، ما بقى إرجع لعندكن',
      ],
      neutral: ['لأي ساعة بتردو عالتلفون؟', 'بدي حدا يتواصل معي بخصوص {order}'],
    },
  },
  msa: {
    delivery: {
      positive: [
        'وصلت الشحنة في الموعد المحدد وبحالة ممتازة، شكرًا لكم',
        'أشكر مندوب التوصيل على حسن تعامله والتزامه بالموعد',
      ],
      negative: [
        'تأخر الطلب رقم {order} مدة {days} أيام دون أي توضيح منكم',
        'استلمت المنتج تالفًا وناقص الملحقات، وهذا أمر غير مقبول',
      ],
      neutral: ['أرجو إفادتي بموعد وصول الطلب رقم {order}', 'هل يتوفر التوصيل إلى مدينة {city}؟'],
    },
    refund: {
      positive: ['تمت إعادة المبلغ خلال يوم واحد، خدمة تستحق التقدير', 'إجراءات الاسترجاع واضحة وسلسة'],
      negative: [
        'مضى {days} يومًا ولم يُعَد المبلغ {amount} ريال رغم الوعود المتكررة',
        'رُفض طلب الاسترجاع دون سبب، وسأتقدم بشكوى رسمية',
      ],
      neutral: ['ما هي سياسة الاسترجاع الخاصة بالطلب {order}؟', 'أرغب في استبدال المقاس، فما الخطوات؟'],
    },
    app: {
      positive: ['التطبيق في نسخته الأخيرة سريع وسهل الاستخدام', 'أعجبتني واجهة التطبيق الجديدة كثيرًا'],
      negative: [
        'يتوقف التطبيق عن العمل عند فتح صفحة الدفع في كل مرة',
        'لا أستطيع تسجيل الدخول منذ التحديث الأخير، والأمر محبط جدًا',
      ],
      neutral: ['كيف يمكنني تغيير لغة التطبيق؟', 'أين أجد سجل الطلبات السابقة؟'],
    },
    payment: {
      positive: ['عملية الدفع آمنة وسريعة، أحسنتم', 'خيار التقسيط الجديد مفيد للغاية'],
      negative: [
        'خُصم المبلغ {amount} مرتين للطلب ذاته ولم يُصحَّح الخطأ',
        'تُرفض بطاقتي دون سبب واضح وخسرت العرض بسببكم',
      ],
      neutral: ['أحتاج إلى فاتورة ضريبية مفصلة للطلب {order}', 'ما وسائل الدفع المتاحة في {city}؟'],
    },
    service: {
      positive: ['أشكر فريق الدعم على سرعة الاستجابة والاحترافية', 'تعامل راقٍ وحل سريع للمشكلة، كل التقدير'],
      negative: [
        'لم يرد أحد على اتصالاتي المتكررة، وهذه خدمة سيئة جدًا',
        'أسلوب الموظف كان فظًا وغير مهني على الإطلاق',
      ],
      neutral: ['ما هي أوقات عمل مركز الاتصال؟', 'أرجو تحويل طلبي إلى القسم المختص'],
    },
  },
  english: {
    delivery: {
      positive: [
        'Order {order} arrived a day early and perfectly packed, thank you!',
        'The courier was polite and called ahead. Great job.',
      ],
      negative: [
        'Order {order} is {days} days late and nobody answers me.',
        'The box came crushed and two items are missing. Unacceptable.',
      ],
      neutral: ['Could you tell me where order {order} is?', 'Do you deliver to {city}?'],
    },
    refund: {
      positive: [
        'Refund landed the same day. Really impressed.',
        'Returning the item was easy, thanks for that.',
      ],
      negative: [
        'I have waited {days} days for my {amount} refund. This is a joke.',
        'You refused my refund for no reason. Terrible.',
      ],
      neutral: [
        'How do I return an item from order {order}?',
        'Does the refund go to the card or the wallet?',
      ],
    },
    app: {
      positive: ['The new app is fast and looks great.', 'Love the tracking feature in the latest update.'],
      negative: [
        'The app crashes every time I open the cart.',
        'I cannot log in since the update. So frustrating.',
      ],
      neutral: ['Where can I find my old invoices in the app?', 'How do I change the language to Arabic?'],
    },
    payment: {
      positive: [
        'Paying with Apple Pay took two seconds, excellent.',
        'Instalments without interest is a great idea.',
      ],
      negative: [
        'I was charged {amount} twice for order {order}. Fix it.',
        'My card keeps getting declined and I lost the offer because of you.',
      ],
      neutral: ['I need a VAT invoice for order {order}.', 'Do you accept cash on delivery in {city}?'],
    },
    service: {
      positive: [
        'Your agent solved it in five minutes. Wonderful service.',
        'Very kind and professional support team, thanks.',
      ],
      negative: [
        'Worst support ever: one hour on hold, then you hung up.',
        'Your agent was rude and useless.',
      ],
      neutral: ['What are your support hours?', 'Please have someone call me about order {order}.'],
    },
  },
  arabizi: {
    delivery: {
      positive: [
        'el talab wasal 2bl maw3edo, shukran 3la el sor3a',
        'wallah el mandoob mo7taram w el taghleef momtaz',
      ],
      negative: [
        'talabi {order} met2akher {days} ayyam w ma7ad yrod 3alay',
        'el order wasal maksoor w na2es, eh el araf da',
      ],
      neutral: ['wen wasal talabi ra8am {order}?', 'bt3mlo tawseel la {city}?'],
    },
    refund: {
      positive: ['el floos rag3et fe nafs el yom, shukran gedan'],
      negative: [
        '{days} yom mestanni el refund w mafeesh 7aga, zeh2t',
        '7aram 3alaykom wain floosi {amount}',
      ],
      neutral: ['kaif araje3 el montaj mn el talab {order}?'],
    },
    app: {
      positive: ['el app el jdeed 7elw w saree3 mashallah'],
      negative: [
        'el app y3alle2 kol ma afta7 el salla, shay y8her',
        'ma a8dar asajjel do5ool mn ba3d el ta7deeth',
      ],
      neutral: ['wen al8a el fawateer fel app?'],
    },
    payment: {
      positive: ['el daf3 b apple pay sahl marra, 3ajabni'],
      negative: [
        'en5asam menni {amount} marratain w ma7ad yrajje3ha',
        'el card btetrefed kol marra, shu hal 7aki',
      ],
      neutral: ['fe daf3 3end el estelam fe {city}?'],
    },
    service: {
      positive: ['5edmat el 3omala2 7elween w 7allo el moshkela bsor3a'],
      negative: ['aswa2 5edma, sa3a 3la el 5at w ysakkro', 'el mowazzaf asloobo wesekh'],
      neutral: ['mata dawam 5edmat el 3omala2?'],
    },
  },
  switching: {
    delivery: {
      positive: ['الـ delivery كان super fast والباكيج مرتب، thank you'],
      negative: ['الـ tracking مو شغال والأوردر {order} delayed صار له {days} أيام، so disappointed'],
      neutral: ['ممكن تعطوني tracking number للأوردر {order}؟'],
    },
    refund: {
      positive: ['الـ refund نزل same day، excellent service والله'],
      negative: ['الـ refund حقي pending من {days} يوم، this is unacceptable بصراحة'],
      neutral: ['هل الـ refund ينزل على الـ credit card ولا wallet؟'],
    },
    app: {
      positive: ['الـ update الجديد amazing، التطبيق صار smooth'],
      negative: ['الـ app بيعمل crash كل ما أضغط checkout، terrible بجد'],
      neutral: ['فين أغير الـ password في الـ app؟'],
    },
    payment: {
      positive: ['الـ checkout صار easy مع Apple Pay، حبيته'],
      negative: ['انخصم {amount} twice من الـ card ومحد رد على الـ email'],
      neutral: ['أحتاج VAT invoice للطلب {order} لو سمحتم'],
    },
    service: {
      positive: ['الـ agent كانت very helpful وحلت الموضوع، شكراً'],
      negative: ['الـ support عندكم useless، ساعة on hold وبعدها قفلوا'],
      neutral: ['ممكن someone يتصل علي بخصوص {order}؟'],
    },
  },
};

/** Joins praise and complaint: the text is then `mixed`. */
export const BUT: { readonly [d in Dialect]: string } = {
  gulf: '، بس ',
  egyptian: '، لكن ',
  levantine: '، بس ',
  msa: '، ولكن ',
  english: ' But: ',
  arabizi: ' bas ',
  switching: ' but ',
};

export const GREETINGS: { readonly [d in Dialect]: readonly string[] } = {
  gulf: ['السلام عليكم', 'مساكم الله بالخير', 'هلا والله', ''],
  egyptian: ['مساء الخير', 'لو سمحت', 'يا جماعة', ''],
  levantine: ['مرحبا', 'يعطيكن العافية', 'لو سمحتو', ''],
  msa: ['السلام عليكم ورحمة الله وبركاته', 'تحية طيبة وبعد', ''],
  english: ['Hello,', 'Hi team,', ''],
  arabizi: ['salam', 'mar7aba', ''],
  switching: ['Hi', 'السلام عليكم', ''],
};

export const CLOSINGS: { readonly [m in Mood]: readonly string[] } = {
  positive: ['🌹', '👍🏼', 'الله يبارك فيكم', '❤️', ''],
  negative: ['😡', '💔', 'بانتظار ردكم', '', ''],
  neutral: ['وشكراً', '🙏', 'بانتظار الرد', '', ''],
};

export const CITIES: readonly string[] = [
  'الرياض',
  'جدة',
  'الدمام',
  'الكويت',
  'دبي',
  'القاهرة',
  'الإسكندرية',
  'عمّان',
  'بيروت',
  'الدوحة',
];

export const FIRST_NAMES: readonly string[] = [
  'محمد',
  'فاطمة',
  'عبدالله',
  'نورة',
  'أحمد',
  'مريم',
  'خالد',
  'سارة',
  'يوسف',
  'ريم',
  'Omar',
  'Layla',
  'Hassan',
  'Dana',
];
export const LAST_NAMES: readonly string[] = [
  'العتيبي',
  'الشمري',
  'حسن',
  'المصري',
  'الخطيب',
  'الحربي',
  'إبراهيم',
  'النعيمي',
  'Haddad',
  'Khalil',
];

export const ORGANIZATIONS: readonly string[] = [
  'شركة النخيل للتجارة',
  'مؤسسة البحر الأحمر',
  'مجموعة الواحة',
  'متاجر القمة',
  'Blue Dune Trading',
  'مكتبة الحكمة',
  'صيدليات الشفاء',
  'Cedar Foods',
];

export const AGENT_REPLIES: readonly string[] = [
  'أهلاً بك، نعتذر عن الإزعاج وسنتابع الموضوع مع الفريق المختص ونوافيك بالرد.',
  'شكرًا لتواصلك معنا. تم رفع الطلب وسيصلك إشعار خلال 24 ساعة.',
  'مرحبًا، نرجو تزويدنا برقم الطلب ورقم الجوال المسجل.',
  'Thank you for reaching out. We have escalated your request to the courier.',
  'تم حل المشكلة من جانبنا، نرجو التأكد وإفادتنا.',
];

export const PRIVATE_NOTES: readonly string[] = [
  'تم التواصل مع شركة الشحن، بانتظار ردهم',
  'عميل مكرر، راجع التذكرة السابقة قبل الرد',
  'Finance confirmed the refund batch runs on Sunday.',
];

export const RATING_COMMENTS: { readonly [score in 'good' | 'bad']: readonly string[] } = {
  good: ['خدمة سريعة وممتازة', 'شكراً لكم', 'تعامل راقي', 'Excellent support', ''],
  bad: ['الرد متأخر جداً', 'ما انحلت مشكلتي', 'خدمة سيئة', 'Nobody helped me', ''],
};
