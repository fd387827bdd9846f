// Which language and script a text is told to be, and that nothing is guessed.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Language, language, tellLanguage } from '../../transforms/language.ts';
import { anyText } from '../contracts/transform.ts';
import { DIALECT, PHRASES, STANDARD, UNTOLD } from './language-phrases.ts';

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
    ['شحنتي في Aramex من أسبوع', 'ar', 'mixed'],
    ['شحنتي في aramex من أسبوع', 'mixed', 'mixed'],
    ['رضے الله عنھ وعن أصحابہ', 'ar', 'ar'],
    ['ڈرائیور لیٹ ہے، order نہیں ملا', 'ur', 'mixed'],
    ['العلبة فيها ۆردة حلوة ۆهدية', 'ar', 'ar'],
    ['زۆر سوپاس بۆ یارمەتیتان', 'ckb', 'ar'],
    ['Wo bleibt meine Lieferung?', 'de', 'latin'],
    ['danke', null, 'latin'],
  ];

/** The least share of each list that must be told right; what is missing is in docs/language.md. */
const LEAST: { readonly [language: string]: number } = { ur: 0.97, arabizi: 0.92, tr: 0.9 };

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

  test.each(Object.entries(PHRASES))('of what customers write in %s is told', (name, phrases) => {
    const missed = phrases.filter((phrase) => tellLanguage(phrase).language !== name);
    expect(1 - missed.length / phrases.length, missed.join('\n')).toBeGreaterThanOrEqual(LEAST[name] ?? 1);
  });

  test('of names and of what is no word is not guessed', () => {
    for (const text of UNTOLD) expect(tellLanguage(text), text).toEqual({ language: null, script: 'latin' });
  });

  test('of Arabic is Arabic down to one word, in any dialect', () => {
    for (const text of [...STANDARD, ...DIALECT]) {
      const words = text.split(' ');
      for (const most of [1, 2, 3, words.length]) {
        const cut = words.slice(0, most).join(' ');
        expect(tellLanguage(cut), cut).toEqual({ language: 'ar', script: 'ar' });
      }
    }
  });

  test('is the same when it is asked again, and told for any string', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const told = tellLanguage(text);
        expect(tellLanguage(text)).toEqual(told);
        expect(told.language === null || /^(?:[a-z]{2}|ckb|mixed|arabizi)$/.test(told.language)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  test('is told by the first 2,000 characters', () => {
    const arabic = 'الخدمة سيئة '.repeat(200);
    expect(tellLanguage(`${arabic}${'the service is bad '.repeat(5_000)}`).language).toBe('ar');
  });
});
