// That the compact n-grams tell what the package eld tells, of whose data they are made.

import { isDeepStrictEqual } from 'node:util';
import { eld } from 'eld/small';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../sandbox/random.ts';
import { composeUtterance } from '../../sandbox/utterance.ts';
import { AVERAGE_SCORES, type Detected, detect, detectLanguage } from '../../transforms/language/detector.ts';
import { anyText } from '../contracts/transform.ts';
import { PHRASES, UNTOLD } from './language-phrases.ts';

const TOLD = new Set(AVERAGE_SCORES.map(([language]) => language));

/** What the package says, its scores included, without the languages that we leave out. */
function askPackage(text: string): Detected | null {
  const result = eld.detect(text);
  const [best, next] = Object.entries(result.getScores()).filter(([language]) => TOLD.has(language));
  if (best === undefined) return null;
  const [language, score] = best;
  return { language, isReliable: result.isReliable(), score, nextScore: next?.[1] ?? 0 };
}

const phrases = [...Object.values(PHRASES).flat(), ...UNTOLD];

function standIn(): readonly string[] {
  const random = createRandom('stand-in');
  return Array.from({ length: 2_000 }, () => composeUtterance(random).text);
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzàâçéèêëîïôûäöüßñáíóúışğİøåæõăţłżčšžđạế'’";

/** Words of all languages in Latin letters in any order, letters in any order between them, and some words too long to be read whole. */
function anyOrder(): readonly string[] {
  const random = createRandom('any order');
  const words = phrases.filter((phrase) => /^[\0-\u024f’]+$/.test(phrase)).flatMap((one) => one.split(' '));
  const many = <T>(least: number, most: number, one: () => T): readonly T[] =>
    Array.from({ length: random.int(least, most) }, one);
  const word = (): string =>
    random.chance(0.8)
      ? random.pick(words)
      : many(1, random.chance(0.05) ? 90 : 12, () => random.pick([...LETTERS])).join('');
  return Array.from({ length: 5_000 }, () =>
    many(1, random.chance(0.1) ? 120 : 25, word).join(random.chance(0.9) ? ' ' : ", '"),
  );
}

describe('the language, how sure it is and the next one', () => {
  test.each([
    ['what customers write', phrases],
    ['the texts of the stand-in', standIn()],
    ['Latin words in any order', anyOrder()],
  ])('are to the last bit what the package says of %s', (_, texts) => {
    const differing = texts.filter((text) => !isDeepStrictEqual(detect(text), askPackage(text)));
    expect(differing).toEqual([]);
  });

  test('are told of any string, the same when it is asked again, and of one of the languages', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const told = detect(text);
        expect(detect(text)).toEqual(told);
        expect(told === null || TOLD.has(told.language)).toBe(true);
        if (told !== null) expect(told.score).toBeGreaterThanOrEqual(told.nextScore);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('no language is told', () => {
  test('where there is no n-gram that is known', () => {
    for (const text of ['', ' ', '123 !?', "''''".repeat(10_000), 'Ω', '注文が届きません', '\ud800 \udc00'])
      expect(detect(text), text).toBeNull();
  });

  test('of fewer than three n-grams, however well they fit', () => {
    expect(detect('das ist')).toMatchObject({ language: 'de', isReliable: false });
    expect(detectLanguage('das ist', () => 0)).toBeNull();
  });

  test('where the lead that is asked of the language is not reached', () => {
    const text = 'Ich habe mein Passwort vergessen';
    const { score = 0, nextScore = 0 } = detect(text) ?? {};
    expect(detectLanguage(text, (language) => (language === 'de' ? score - nextScore : 1))).toBe('de');
    expect(detectLanguage(text, () => score - nextScore + 0.001)).toBeNull();
  });
});

test('what follows the first 350 bytes and the word that they end in changes nothing', () => {
  const read = 'Wo bleibt meine Lieferung? '.repeat(14);
  expect(detect(`${read}${'where is my order '.repeat(50_000)}`)).toEqual(detect(read));
});
