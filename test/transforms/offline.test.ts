// The offline model: plain praise and complaint in each dialect, negation, emphasis, topics, urgency, and its limits.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labelOffline } from '../../transforms/sentiment/offline.ts';
import { sentiment } from '../../transforms/sentiment.ts';
import { anyText } from '../contracts/transform.ts';

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

  test('counts emphasis before and behind a word', () => {
    const plain = labelOffline('جيد', 'ar').score;
    expect(labelOffline('جيد جدا', 'ar').score).toBeGreaterThan(plain);
    expect(labelOffline('مرة جيد', 'ar').score).toBeGreaterThan(plain);
    expect(labelOffline('جيد شوي', 'ar').score).toBeLessThan(plain);
    expect(labelOffline('very good', 'en').score).toBeGreaterThan(labelOffline('good', 'en').score);
  });

  test('lets what follows "but" weigh more', () => {
    expect(labelOffline('جيد لكن سيء', 'ar').score).toBeLessThan(labelOffline('سيء لكن جيد', 'ar').score);
  });

  test('reads a word in any spelling', () => {
    const scores = ['رائعة', 'رااائعه', 'رَائِعَة', 'رائـــعة', 'والرائعة'].map(
      (text) => labelOffline(text, 'ar').score,
    );
    expect(new Set(scores).size).toBe(1);
    expect(scores[0]).toBeGreaterThan(0);
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
    expect(labeller.provider({})).toBeUndefined();
    expect(labeller.provider({ OPENAI_API_KEY: ' ' })).toBeUndefined();
    expect(labeller.offline('ممتاز', 'ar')).toEqual(labelOffline('ممتاز', 'ar'));
    expect(labeller.offlineModel).toMatch(/^lexicon-\d/);
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
      'LLM_DAILY_BUDGET_USD',
      'OPENAI_BASE_URL',
      'LLM_MODEL',
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
