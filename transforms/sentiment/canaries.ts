// Texts of our own whose label nobody doubts. One of them in a pack now and then tells whether the model still labels as it should.

import type { LabelName } from '../../core/types.ts';

/** A text with its certain label. */
export interface Canary {
  readonly text: string;
  readonly language: 'ar' | 'en';
  readonly label: LabelName;
}

/**
 * Plain words in standard Arabic, in dialects and in English; none stands in a prompt. A model that misses one of them now and then is a weak
 * model; one that misses several in a row has changed, or follows a text instead of its task.
 */
export const CANARIES: readonly Canary[] = [
  { text: 'الخدمة ممتازة والموظف محترم، شكرا لكم من القلب', language: 'ar', label: 'positive' },
  { text: 'وصلت الشحنة قبل موعدها وكل شي مرتب، يعطيكم العافية', language: 'ar', label: 'positive' },
  { text: 'التطبيق سهل وسريع وعجبني كثير، برافو عليكم', language: 'ar', label: 'positive' },
  { text: 'تجربة رائعة والتوصيل سريع، شكرا جزيلا', language: 'ar', label: 'positive' },
  { text: 'خدمة زفت، طلبي متأخر شهر كامل ومحد يرد علي', language: 'ar', label: 'negative' },
  { text: 'أسوأ تطبيق استخدمته، يعلق كل يوم وضاع رصيدي', language: 'ar', label: 'negative' },
  { text: 'المنتج وصل مكسور والموظف فظ معي، لن أشتري منكم أبدا', language: 'ar', label: 'negative' },
  { text: 'نصب واحتيال، خصمتوا المبلغ مرتين ولا أحد رجعه', language: 'ar', label: 'negative' },
  { text: 'ما هي ساعات عمل فرع الدمام يوم الجمعة؟', language: 'ar', label: 'neutral' },
  { text: 'أين أجد رقم الطلب في الفاتورة؟', language: 'ar', label: 'neutral' },
  {
    text: 'Excellent support, the agent was kind and very helpful. Thank you!',
    language: 'en',
    label: 'positive',
  },
  { text: 'I love this app, it is easy and super fast.', language: 'en', label: 'positive' },
  { text: 'Terrible service: the box came crushed and nobody answers.', language: 'en', label: 'negative' },
  {
    text: 'The worst app ever, it crashes each time and support is useless.',
    language: 'en',
    label: 'negative',
  },
  { text: 'Which documents do I need to open an account?', language: 'en', label: 'neutral' },
  { text: 'Where is your nearest branch in Amman?', language: 'en', label: 'neutral' },
];
