// A small word list that reads the mood of a support text: enough for a stand-in to give plausible answers.
// Above 300 lines because of the list.

export type Label = 'positive' | 'neutral' | 'negative' | 'mixed';

export interface Reading {
  readonly label: Label;
  /** From -1 to 1. */
  readonly score: number;
  /** From 0 to 1. */
  readonly confidence: number;
  readonly topics: readonly string[];
  /** The topics again, each with the label of the whole: a word list cannot tell more. */
  readonly aspects: readonly { readonly topic: string; readonly label: Label }[];
  readonly urgency: 'low' | 'medium' | 'high';
  readonly intent: string;
  readonly summary: string;
}

const POSITIVE = [
  'شكر',
  'ممتاز',
  'يعطيكم العافي',
  'كفو',
  'يجنن',
  'عجبني',
  'اعجبتني',
  'عجبتني',
  'تسلم',
  'يسلمو',
  'برافو',
  'تحفه',
  'ذوق',
  'حلو',
  'محترم',
  'مهذب',
  'راقي',
  'راق ',
  'سهله',
  'سهل',
  'احسنتم',
  'ما قصرتوا',
  'قبل موعده',
  'الموعد المحدد',
  'عالوقت',
  'بسرعه',
  'سرعه',
  'سريع',
  'منيح',
  'لطيفه',
  'التقدير',
  'مفيد',
  'الله يوفقه',
  'الله يبارك',
  'بنفس اليوم',
  'يوم واحد',
  'بثانيه',
  'حبيته',
  'اسهل',
  'thank',
  'great',
  'excellent',
  'love',
  'easy',
  'impressed',
  'wonderful',
  'kind',
  'amazing',
  'helpful',
  'super fast',
  'perfect',
  'shukran',
  'momtaz',
  '7elw',
  '7elween',
  'mashallah',
  'sahl',
  '3ajab',
  'polite',
  'same day',
  'is fast',
  '👍',
  '❤',
  '🌹',
  '😍',
];

const NEGATIVE = [
  'متاخر',
  'تاخر',
  'مكسور',
  'تالف',
  'ناقص',
  'حرام',
  'حسبي',
  'اسوا',
  'سيئ',
  'زفت',
  'نصب',
  'سرقه',
  'قرف',
  'زهق',
  'تعبت',
  'يقهر',
  'تنرفض',
  'بترفض',
  'ترفض',
  'رفض',
  'مرفوضه',
  'انسحب',
  'اتخصم',
  'انخصم',
  'خصم ',
  'خصمتوا',
  'مرتين',
  'يعلق',
  'يعلّق',
  'بيقفل',
  'يتوقف',
  'ما اقدر',
  'لا استطيع',
  'مش عارف',
  'محد يرد',
  'حدا عم يرد',
  'محد رد',
  'مفيش حد',
  'لم يرد',
  'استهتار',
  'مسخره',
  'محبط',
  'فظ',
  'شكوي',
  'ما يشتغل',
  'ما وصل',
  'ولا شي',
  'مخزوق',
  'بيجنن',
  'مو معقول',
  'بشعه',
  'ما راح',
  'ما يليق',
  'السكه في وشي',
  'يقفلون',
  'سكرو',
  'ضاع',
  'خسرت',
  'دون اي توضيح',
  'غير مقبول',
  'حجه جديده',
  'بكره بكره',
  'ولم يعد',
  'ما عم',
  'مستني',
  'ناطر',
  'late',
  'nobody',
  'crushed',
  'missing',
  'unacceptable',
  'joke',
  'terrible',
  'crash',
  'cannot',
  'frustrat',
  'twice',
  'declined',
  'worst',
  'rude',
  'useless',
  'delayed',
  'disappointed',
  'refused',
  'pending',
  'met2akher',
  'maksoor',
  'na2es',
  'araf',
  'zeh2t',
  '7aram',
  'y3alle2',
  'y8her',
  'ma a8dar',
  'en5asam',
  'btetrefed',
  'aswa2',
  'wesekh',
  '😡',
  '💔',
];

const TOPICS: readonly (readonly [topic: string, words: readonly string[]])[] = [
  [
    'delivery',
    [
      'توصيل',
      'شحن',
      'مندوب',
      'وصل',
      'الاوردر',
      'طلبيه',
      'التغليف',
      'deliver',
      'courier',
      'arrived',
      'tracking',
      'talab',
      'tawseel',
      'mandoob',
    ],
  ],
  [
    'refund',
    [
      'استرجاع',
      'ارجع',
      'ارجاع',
      'رجع',
      'فلوس',
      'المصاري',
      'استبدال',
      'refund',
      'return',
      'floos',
      'rag3et',
      'araje3',
    ],
  ],
  ['app', ['تطبيق', 'الابلكيشن', 'برنامج', 'التحديث', 'app', 'log in', 'update', 'salla', 'asajjel']],
  [
    'payment',
    [
      'دفع',
      'بطاقه',
      'فيزا',
      'خصم',
      'تقسيط',
      'فاتوره',
      'انسحب',
      'كود',
      'charged',
      'card',
      'apple pay',
      'invoice',
      'instalment',
      'checkout',
      'daf3',
      'en5asam',
    ],
  ],
  [
    'service',
    ['خدمه', 'الموظف', 'موظف', 'دوام', 'الدعم', 'support', 'agent', 'service', '5edma', 'mowazzaf'],
  ],
];

/** Reads one text. The same text always gives the same reading. */
export function readMood(text: string): Reading {
  const plain = simplify(text.slice(0, 4000));
  const positive = count(plain, POSITIVE);
  const negative = count(plain, NEGATIVE);
  const question = /[؟?]|ابغي|عايز|بدي|محتاج|احتاج|ارجو|could you|how do|where/.test(plain);
  const label = judge(positive, negative, question);
  const strength = Math.min(1, 0.35 + 0.2 * (positive + negative));
  const score =
    label === 'neutral'
      ? 0
      : label === 'mixed'
        ? round((positive - negative) / (positive + negative) / 2)
        : round(label === 'positive' ? strength : -strength);
  const named = TOPICS.filter(([, words]) => count(plain, words) > 0).map(([topic]) => topic);
  const topics = named.length > 0 ? named : ['other'];
  return {
    label,
    score,
    confidence: round(label === 'neutral' ? 0.62 : Math.min(0.97, 0.6 + strength / 3)),
    topics,
    aspects: topics.map((topic) => ({ topic, label })),
    urgency: negative >= 2 ? 'high' : negative === 1 ? 'medium' : 'low',
    intent: negative > 0 ? 'complaint' : question ? 'question' : positive > 0 ? 'praise' : 'other',
    summary: (
      text
        .trim()
        .split('\n')
        .find((line) => line.length > 12) ?? text.trim()
    ).slice(0, 80),
  };
}

function judge(positive: number, negative: number, question: boolean): Label {
  if (negative > 0) return positive > 0 ? 'mixed' : 'negative';
  // Who asks and says thanks is polite, not pleased.
  return positive > (question ? 1 : 0) ? 'positive' : 'neutral';
}

/** Letters that Arabic writers use for one another become one; marks and stretching go. */
function simplify(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u064b-\u065f\u0670\u0640\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/[أإآٱ]/g, 'ا')
    .replace(/ة/g, 'ه')
    .replace(/ى/g, 'ي');
}

function count(plain: string, words: readonly string[]): number {
  let found = 0;
  for (const word of words) if (plain.includes(word)) found += 1;
  return found;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
