// How far Arabic is from Modern Standard Arabic: told for Arabic only, always between 0 and 1, and right more often than not.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDialect, tellDialect } from '../../transforms/language/dialect.ts';
import { DIALECT_BUCKETS } from '../../transforms/language/dialect-numbers.ts';
import { language } from '../../transforms/language.ts';
import { anyText } from '../contracts/transform.ts';
import { DIALECT, STANDARD } from './language-phrases.ts';

const scoreOf = (text: string): number => tellDialect(text)?.score ?? Number.NaN;
const mean = (scores: readonly number[]): number =>
  scores.reduce((sum, score) => sum + score, 0) / scores.length;

describe('the dialect score', () => {
  test('ranks what is said in dialect above what is written in the standard', () => {
    const pairs = DIALECT.flatMap((said) => STANDARD.map((written) => scoreOf(said) > scoreOf(written)));
    expect(pairs.filter(Boolean).length / pairs.length).toBeGreaterThan(0.9);
    expect(mean(DIALECT.map(scoreOf)) - mean(STANDARD.map(scoreOf))).toBeGreaterThan(0.35);
  });

  test('is told from three Arabic words on', () => {
    expect(tellDialect('ليش الطلب')).toBeNull();
    expect(tellDialect('ليش order الطلب refund')).toBeNull();
    expect(tellDialect('ليش الطلب ما وصل')).not.toBeNull();
    expect(tellDialect('where is my order')).toBeNull();
  });

  test('does not hear vowel signs, tatweel, hamzas on alef and stretched letters', () => {
    const plain = tellDialect('ليش الطلب اتاخر كثير علينا');
    expect(tellDialect('لِيش الطّلـــب أتأخر كثيررررر علينا')).toEqual(
      tellDialect('ليش الطلب اتاخر كثيرر علينا'),
    );
    expect(plain).not.toBeNull();
  });

  test('stands in the rows for Arabic, alone or mixed, and for nothing else', () => {
    const told = (text: string) => language().apply([{ text_original: text }])[0];
    expect(told('وش ذا التطبيق اللي كل شوي يعلق')).toMatchObject({
      language: 'ar',
      dialect_score: expect.any(Number),
      dialect_confidence: expect.any(Number),
    });
    expect(told('وين ال tracking number حق الشحنة')?.['dialect_score']).not.toBeNull();
    for (const other of ['این محصول خیلی بد است', 'یہ سروس بہت خراب ہے', 'ana mesh fahem 7aga', 'شكرا'])
      expect(told(other), other).toMatchObject({ dialect_score: null, dialect_confidence: null });
  });

  test('and its confidence are shares, the same each time, for any string', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const long = `${text} ما عندي مشكلة ${text}`;
        const told = tellDialect(long);
        expect(tellDialect(long)).toEqual(told);
        if (told === null) throw new Error('Three Arabic words were there.');
        expect(told.score).toBeGreaterThanOrEqual(0);
        expect(told.score).toBeLessThanOrEqual(1);
        expect(told.confidence).toBeCloseTo(Math.max(told.score, 1 - told.score), 3);
      }),
      { numRuns: 2_000 },
    );
  });

  test('reads a text of any length into buckets that have a weight', () => {
    const { words, features, buckets } = readDialect('ليش الطلب ما وصل '.repeat(50_000));
    expect(words).toBeGreaterThan(1_000);
    expect(features).toBeLessThanOrEqual(buckets.length);
    for (const bucket of buckets.subarray(0, features)) {
      expect(bucket >= 0 && bucket < DIALECT_BUCKETS).toBe(true);
    }
  });
});
