// The offline model: plain praise and complaint in each dialect, negation, emphasis, topics, urgency, and its limits.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Label } from '../../core/types.ts';
import type { LabelledText } from '../../scripts/sentiment/labelled-texts.ts';
import { samplesOf, train } from '../../scripts/sentiment/softmax.ts';
import { tellLanguage } from '../../transforms/language.ts';
import {
  decodeWeights,
  encodeWeights,
  offlineWeights,
  probabilitiesOfBuckets,
} from '../../transforms/sentiment/linear-model.ts';
import { labelByLexicon, labelOffline, offlineModel } from '../../transforms/sentiment/offline.ts';
import { vocabularyOf } from '../../transforms/sentiment/vocabulary.ts';
import { sentiment } from '../../transforms/sentiment.ts';
import { anyText } from '../contracts/transform.ts';

interface Sentence {
  readonly text: string;
  readonly label: string;
  readonly dialect: string;
}

/** Invented and labelled by us: short messages to companies, in seven varieties. None was used in training. */
const SENTENCES = JSON.parse(
  readFileSync(new URL('../vectors/sentiment.json', import.meta.url), 'utf8'),
) as readonly Sentence[];

const labelled = (text: string): Label => labelOffline(text, tellLanguage(text).language);

const nameOf = (text: string, language: string | null = 'ar'): string => labelOffline(text, language).label;

describe('the offline model', () => {
  const LABELLED: Readonly<Record<'positive' | 'neutral' | 'negative' | 'mixed', readonly string[]>> = {
    positive: [
      'الخدمة ممتازة والموظف محترم جداً',
      'ما شاء الله تبارك الله، تجربة رائعة',
      'يعطيكم العافية ما قصرتوا',
      'وايد زين، أنصح فيه',
      'حلو أوي والله، شكرا ليكم',
      'كتير منيح وعجبني',
      'لا يوجد عيب، جودة ممتازة',
      'تم التوصيل بدون مشاكل',
      'Great service, thank you so much',
      'not bad at all',
      'shokran, 7elw awy',
      '😍😍',
    ],
    negative: [
      'خدمة سيئة جدا وتأخير كبير',
      'حسبي الله ونعم الوكيل فيكم',
      'التطبيق خايس وما يشتغل',
      'مش راضي يفتح وزهقت منكم',
      'أسوأ تجربة، نصابين',
      'الخدمة مو زينة',
      'مش كويس خالص',
      'لا أنصح به أبدا',
      'لم يصل طلبي',
      'This is the worst app, it keeps crashing',
      'not good, not helpful',
      'el khedma zift w met2akhar',
      'وين فلوسي؟',
      '👎😡',
    ],
    neutral: [
      'متى يفتح الفرع؟',
      'أريد تغيير عنوان التوصيل',
      'Where is the nearest branch',
      'رقم الطلب 12345',
      '',
      '...',
      'qwerty',
    ],
    mixed: [
      'الأكل لذيذ وممتاز، التوصيل سيء ومتأخر',
      'The staff are great and friendly, the app is terrible and slow',
    ],
  };
  for (const [label, texts] of Object.entries(LABELLED)) {
    test(`finds ${label}`, () => {
      for (const text of texts) expect([text, nameOf(text, null)]).toEqual([text, label]);
    });
  }

  test('turns a word around after a negator, and only within its sentence', () => {
    expect(labelOffline('ممتاز', 'ar').score).toBeGreaterThan(0);
    expect(labelOffline('مش ممتاز', 'ar').score).toBeLessThan(0);
    expect(labelOffline('لا. ممتاز', 'ar').score).toBeGreaterThan(0);
    expect(labelOffline('never good', 'en').score).toBeLessThan(0);
  });

  test('has word lists that count emphasis before and behind a word, and that weigh what follows "but" more', () => {
    const score = (text: string): number => labelByLexicon(text, null).score;
    expect(score('جيد جدا')).toBeGreaterThan(score('جيد'));
    expect(score('مرة جيد')).toBeGreaterThan(score('جيد'));
    expect(score('جيد شوي')).toBeLessThan(score('جيد'));
    expect(score('very good')).toBeGreaterThan(score('good'));
    expect(score('جيد لكن سيء')).toBeLessThan(score('سيء لكن جيد'));
  });

  test('reads a word in any spelling', () => {
    const labels = ['رائعة', 'رااائعه', 'رَائِعَة', 'رائـــعة'].map((text) => labelOffline(text, 'ar'));
    for (const label of labels) expect(label).toEqual(labels[0]);
    expect(labels[0]?.label).toBe('positive');
    expect(nameOf('والرائعة')).toBe('positive');
  });

  test('says the same of a text before and after personal data was masked', () => {
    const text = 'التطبيق ممتاز وسهل';
    for (const masked of [`[رابط] ${text}`, `${text} [هاتف]`, `[بريد] ${text} [رقم]`]) {
      expect(labelOffline(masked, 'ar')).toEqual(labelOffline(text, 'ar'));
    }
    expect(labelOffline(`[${text}`, 'ar').label).toBe('positive');
  });

  test('names topics and urgency by their words', () => {
    expect(labelOffline('التوصيل تأخر والتطبيق معلق وأبغى استرجاع المبلغ', 'ar').topics).toEqual([
      'app',
      'delivery',
      'payment',
      'refund',
    ]);
    expect(labelOffline('my account was hacked', 'en')).toMatchObject({
      topics: ['account'],
      urgency: 'high',
    });
    expect(labelOffline('خدمتكم ممتازة', 'ar')).toMatchObject({ topics: ['service'], urgency: 'low' });
    expect(labelOffline('التطبيق سيء', 'ar').urgency).toBe('normal');
  });

  test('claims little where it knows no word, and nothing in a language that it does not hold', () => {
    expect(labelOffline('qwerty', null).confidence).toBeLessThanOrEqual(0.4);
    for (const text of ['shokran, 7elw awy momtaz', 'el khedma zift zbala'])
      expect(labelOffline(text, 'arabizi').confidence).toBeLessThanOrEqual(0.5);
    expect(labelOffline('good', 'fr')).toMatchObject({ label: 'neutral', score: 0, topics: [] });
    expect(labelOffline('good', 'en')).toMatchObject({ label: 'positive', summary: null, intent: null });
  });

  test('gives a valid label for any string, the same each time', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom('ar', 'en', 'mixed', null), (text, language) => {
        const label = labelOffline(text, language);
        expect(label.score).toBeGreaterThanOrEqual(-1);
        expect(label.score).toBeLessThanOrEqual(1);
        expect(label.confidence).toBeGreaterThan(0);
        expect(label.confidence).toBeLessThan(1);
        expect(labelOffline(text, language)).toEqual(label);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is what a labeller without a key labels with', () => {
    const labeller = sentiment();
    expect(labeller.routes({})).toBeUndefined();
    expect(labeller.routes({ OPENAI_API_KEY: ' ' })).toBeUndefined();
    expect(labeller.offline('ممتاز', 'ar')).toEqual(labelOffline('ممتاز', 'ar'));
    expect(labeller.offlineModel).toMatch(/^linear-\d/);
  });
});

describe('the sentences of test/vectors', () => {
  const right = (sentences: readonly Sentence[]): number =>
    sentences.filter(({ text, label }) => label === labelled(text).label).length / sentences.length;

  test('are labelled right far more often than by chance, in each variety that the model holds', () => {
    for (const dialect of new Set(SENTENCES.map(({ dialect }) => dialect))) {
      const share = right(SENTENCES.filter((sentence) => sentence.dialect === dialect));
      expect(share, dialect).toBeGreaterThan(dialect === 'maghrebi' ? 0.5 : 0.65);
    }
  });

  test('are labelled the better, the surer the model is', () => {
    const surest = [...SENTENCES].sort((a, b) => labelled(b.text).confidence - labelled(a.text).confidence);
    const third = Math.floor(surest.length / 3);
    const [first, last] = [right(surest.slice(0, third)), right(surest.slice(-third))];
    expect(first).toBeGreaterThan(0.9);
    expect(first).toBeGreaterThan(last + 0.1);
  });

  test('are labelled the same in any order, by a model that has seen nothing and by one that has seen much', () => {
    const once = SENTENCES.map(({ text }) => labelOffline(text, 'ar'));
    const fresh = offlineModel(offlineWeights());
    const reversed = [...SENTENCES].reverse().map(({ text }) => fresh(text, 'ar'));
    expect(reversed.reverse()).toEqual(once);
    // More words than are remembered at one time.
    for (let at = 0; at < 60_000; at++) fresh(`ك${at}`, 'ar');
    expect(SENTENCES.map(({ text }) => fresh(text, 'ar'))).toEqual(once);
  });
});

describe('two labels of one text', () => {
  test('never differ, whatever was labelled in between', () => {
    const used = offlineModel(offlineWeights());
    const texts = fc.array(fc.oneof(anyText, fc.constantFrom(...SENTENCES.map(({ text }) => text))), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(texts, fc.constantFrom('ar', 'en', 'mixed', null), (some, language) => {
        const once = some.map((text) => used(text, language));
        const again = [...some].reverse().map((text) => used(text, language));
        expect(again.reverse()).toEqual(once);
        expect(some.map((text) => labelOffline(text, language))).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  test('never differ because words are remembered: any word is found as itself, where and after whatever it stands', () => {
    const wordAt = vocabularyOf((token) => ({ token }));
    const word = fc.oneof(
      fc.string({ minLength: 1, maxLength: 6 }),
      fc.string({ unit: fc.constantFrom('ا', 'ب', 'a'), maxLength: 60 }),
    );
    fc.assert(
      fc.property(fc.array(word), fc.string({ maxLength: 5 }), (some, before) => {
        for (const token of [...some, ...some]) {
          const text = `${before}${token}${before}`;
          expect(wordAt(text, before.length, before.length + token.length).token).toBe(token);
        }
      }),
    );
    // More than are remembered at one time, so that slots are full and emptied again.
    for (let at = 0; at < 200_000; at++) {
      const token = `ك${at % 70_000}`;
      if (wordAt(token, 0, token.length).token !== token) throw new Error(token);
    }
  });
});

describe('the weights', () => {
  const FILE = new URL('../../transforms/sentiment/offline-weights.bin', import.meta.url);

  test('are small, and read back as they were written', () => {
    const bytes = readFileSync(FILE);
    expect(bytes.length).toBeLessThanOrEqual(200 * 1024);
    expect(Buffer.from(encodeWeights(decodeWeights(bytes))).equals(bytes)).toBe(true);
  });

  test('that were cut, changed or are something else are refused', () => {
    const bytes = readFileSync(FILE);
    const nan = Buffer.from(bytes);
    nan.writeDoubleLE(Number.NaN, 8);
    for (const broken of [
      Buffer.alloc(0),
      bytes.subarray(0, -1),
      Buffer.concat([bytes, Buffer.of(0)]),
      Buffer.concat([Buffer.from('VOCSENT0'), bytes.subarray(8)]),
      nan,
    ]) {
      expect(() => decodeWeights(broken)).toThrow(expect.objectContaining({ code: 'offline.weights' }));
    }
  });

  test('are the same byte for byte after each training, and learn what they were shown', () => {
    const texts = SENTENCES.filter(({ label }) => label !== 'mixed').map(
      ({ text, label }) => ({ set: 'saudi', text, label, dialect: null }) as LabelledText,
    );
    const weights = train(samplesOf(texts));
    expect(Buffer.from(encodeWeights(train(samplesOf(texts)))).equals(encodeWeights(weights))).toBe(true);
    const model = offlineModel(weights);
    const arabic = texts.filter(({ text }) => /[\u0620-\u064a]/.test(text));
    const right = arabic.filter(({ text, label }) => model(text, 'ar').label === label);
    expect(right.length / arabic.length).toBeGreaterThan(0.9);
  });

  test('weigh a text in training as they do in use', () => {
    const words = SENTENCES.flatMap(({ text }) => text.split(' ')).filter((word) =>
      /[\u0620-\u064a]/.test(word),
    );
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...words, 'لا', 'مش', '!', '😡', '.'), { minLength: 1 }),
        (some) => {
          const text = `خدمة ${some.join(' ')}`;
          const [sample] = samplesOf([{ set: 'saudi', text, label: 'neutral', dialect: null }]);
          const { buckets, moods } = sample ?? { buckets: new Uint32Array(), moods: [] };
          const { positive, negative } = probabilitiesOfBuckets(buckets, moods, offlineWeights());
          expect(Math.abs(labelOffline(text, 'ar').score - (positive - negative))).toBeLessThan(0.006);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('the settings of labels', () => {
  const problemsOf = (env: Record<string, string>) =>
    sentiment()
      .problems(env)
      .map(({ name }) => name);

  test('are fine without a key, whatever else is set', () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ LLM_DAILY_BUDGET_USD: 'much', OPENAI_BASE_URL: 'nowhere' })).toEqual([]);
  });

  test('are fine with a key alone, and with all of them right', () => {
    expect(problemsOf({ OPENAI_API_KEY: 'sk-x' })).toEqual([]);
    expect(
      problemsOf({
        OPENAI_API_KEY: ' sk-x\n',
        LLM_MODEL: 'core42/jais-30b',
        LLM_DAILY_BUDGET_USD: '0',
        OPENAI_BASE_URL: 'https://llm.example/v1/',
      }),
    ).toEqual([]);
  });

  test('are all told at once when they are wrong, without their values', () => {
    const problems = sentiment().problems({
      OPENAI_API_KEY: 'sk secret',
      LLM_MODEL: 'gpt 4o',
      LLM_DAILY_BUDGET_USD: '-1',
      OPENAI_BASE_URL: 'https://user:hunter2@llm.example',
    });
    expect(problems.map(({ name }) => name)).toEqual([
      'OPENAI_API_KEY',
      'OPENAI_BASE_URL',
      'LLM_MODEL',
      'LLM_DAILY_BUDGET_USD',
    ]);
    expect(JSON.stringify(problems)).not.toMatch(/secret|hunter2/);
    for (const budget of ['much', 'NaN', 'Infinity', '5$']) {
      expect(problemsOf({ OPENAI_API_KEY: 'x', LLM_DAILY_BUDGET_USD: budget })).toEqual([
        'LLM_DAILY_BUDGET_USD',
      ]);
    }
    for (const url of ['nowhere', 'ftp://x', 'file:///etc/passwd']) {
      expect(problemsOf({ OPENAI_API_KEY: 'x', OPENAI_BASE_URL: url })).toEqual(['OPENAI_BASE_URL']);
    }
  });
});
