// Which language and script a text is told to be, and that nothing is guessed.

import { describe, expect, test } from 'vitest';
import { type Language, language, tellLanguage } from '../../transforms/language.ts';

const TOLD: readonly (readonly [text: string, language: Language['language'], script: Language['script']])[] =
  [
    ['الخدمة سيئة والتوصيل متأخر', 'ar', 'ar'],
    ['شلونچ اليوم', 'ar', 'ar'],
    ['الطلب رقم 12345 ABC ما وصل إلى الآن من المتجر', 'ar', 'ar'],
    ['ابغى refund للطلب order', 'mixed', 'mixed'],
    ['التطبيق ما يفتح معي في ios app', 'mixed', 'mixed'],
    ['این محصول خیلی بد است', 'fa', 'ar'],
    ['یہ سروس بہت خراب ہے', 'ur', 'ar'],
    ['Where is my order? It was due 3 days ago.', 'en', 'latin'],
    ['The 5star mp3 player is on 4g in 2days', 'en', 'latin'],
    ['inshallah I will get my order', 'en', 'latin'],
    ['Bonjour, je veux un remboursement', 'fr', 'latin'],
    ['ana mesta2 gedan men el khedma', 'arabizi', 'arabizi'],
    ['7abibi wen el order', 'arabizi', 'arabizi'],
    ['xyzzy qwerty', null, 'latin'],
    ['Заказ не пришёл', null, 'other'],
    ['注文が届きません', null, 'other'],
    ['', null, null],
    ['5/5 👍 !!!', null, null],
    ['https://example.com/very/long/path ali@example.com شكرا', 'ar', 'ar'],
    ['\ud800\ud800 \udc00', null, null],
  ];

describe('the language', () => {
  for (const [text, name, script] of TOLD) {
    test(`of ${JSON.stringify(text)} is ${name}, its script ${script}`, () => {
      expect(tellLanguage(text)).toEqual({ language: name, script });
    });
  }

  test('is read from the display text before the original, and from the title where neither has letters', () => {
    const told = (row: Parameters<ReturnType<typeof language>['apply']>[0][number]) =>
      language().apply([row])[0];
    expect(told({ text_original: '<p dir="rtl">مرحبا بكم</p>', text_display: 'مرحبا بكم' })).toMatchObject({
      language: 'ar',
    });
    expect(told({ text_original: 'where is my order', title: 'طلبي' })).toMatchObject({ language: 'en' });
    expect(told({ text_original: '👍', title: 'طلبي' })).toMatchObject({ language: 'ar', script: 'ar' });
  });
});
