// When the detector of letter sequences is asked: it takes long to load, so that the rules must settle what they can.

import { afterEach, expect, test, vi } from 'vitest';
import { detectLanguage } from '../../transforms/language/detector.ts';
import { tellLanguage } from '../../transforms/language.ts';
import { DIALECT, STANDARD } from './language-phrases.ts';

vi.mock('../../transforms/language/detector.ts', () => ({ detectLanguage: vi.fn(() => null) }));

afterEach(() => {
  vi.mocked(detectLanguage).mockClear();
});

test('the detector is not asked about Arabic, clear English, French, Arabizi, Urdu and Kurdish', () => {
  for (const text of [
    ...STANDARD,
    ...DIALECT,
    'شلونچ اليوم حبيبتي',
    'Where is my order? It was due 3 days ago.',
    "Je n'ai pas reçu la commande",
    '7abibi wen el order',
    'یہ سروس بہت خراب ہے',
    'زۆر سوپاس بۆ یارمەتیتان',
    'ok perfect',
  ])
    tellLanguage(text);
  expect(detectLanguage).not.toHaveBeenCalled();
});

test('the detector is asked about other Latin text and about doubtful Persian, and its silence is no language', () => {
  expect(tellLanguage('Wo bleibt meine Lieferung?').language).toBeNull();
  expect(tellLanguage('کد تخفیف کار نمی‌کند').language).toBe('ar');
  expect(detectLanguage).toHaveBeenCalledTimes(2);
});

test('the detector never sees more than 2,000 characters', () => {
  tellLanguage('wort '.repeat(100_000));
  expect(vi.mocked(detectLanguage).mock.calls[0]?.[0].length).toBeLessThanOrEqual(2_000);
});
