// The redactor: vectors written by hand for every kind, what holds for any string, and the plans that it shares with a library.

import fc from 'fast-check';
import { findPhoneNumbersInText, type NumberFound } from 'libphonenumber-js/min';
import { describe, expect, test } from 'vitest';
import { isInternational, isNational } from '../../transforms/redact/phone.ts';
import { type PersonalKind, redactor } from '../../transforms/redact.ts';
import vectors from '../vectors/personal.json' with { type: 'json' };

interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly positive: boolean;
  readonly input: string;
  readonly names?: readonly string[];
  readonly spans: readonly (readonly [start: number, end: number, kind: string])[];
}

const VECTORS = vectors as unknown as readonly Vector[];
const KINDS: readonly PersonalKind[] = ['email', 'url', 'phone', 'iban', 'card', 'national_id', 'name'];
const { redact } = redactor();
const known = (names?: readonly string[]): { readonly names?: readonly string[] } =>
  names === undefined ? {} : { names };
const redacted = (text: string, ...names: readonly string[]): string => redact(text, { names }).text;

describe('the vectors', () => {
  for (const kind of KINDS) {
    test(`hold at least 40 texts with and 40 without: ${kind}`, () => {
      for (const positive of [true, false]) {
        const count = VECTORS.filter((vector) => vector.kind === kind && vector.positive === positive).length;
        expect(count).toBeGreaterThanOrEqual(40);
      }
    });

    test(`are redacted exactly where they are marked, and nowhere else: ${kind}`, () => {
      const mine = VECTORS.filter((vector) => vector.kind === kind);
      const found = mine.map(({ id, input, names }) => ({
        id,
        spans: redact(input, known(names)).spans.map((span) => [span.start, span.end, span.kind]),
      }));
      expect(found).toEqual(mine.map(({ id, spans }) => ({ id, spans })));
    });
  }
});

describe('placeholders', () => {
  test('are numbered by distinct value, whatever its digits, spaces and case', () => {
    expect(redacted('جوالي 0501234567 أو ٠٥٠ ١٢٣ ٤٥٦٧ أو 0559876543')).toBe(
      'جوالي [هاتف_1] أو [هاتف_1] أو [هاتف_2]',
    );
    expect(redacted('a@b.com A@B.COM c@d.com')).toBe('[بريد_1] [بريد_1] [بريد_2]');
    expect(redacted('يا ابراهيم وإبراهيم', 'إبراهيم')).toBe('يا [اسم_1] و[اسم_1]');
  });

  test('count on from those that are in the text already', () => {
    expect(redacted('[هاتف_3] ثم 0501234567')).toBe('[هاتف_3] ثم [هاتف_4]');
  });

  test('hide no number between their brackets', () => {
    expect(redacted('[هاتف_0501234567]')).not.toContain('0501234567');
  });

  test('have a word for each kind', () => {
    const text =
      'اسمي محمد، a@b.com، https://x.co/1، 0501234567، SA0380000000608010167519، 4111111111111111، هويتي 1098765437';
    expect(redacted(text)).toBe(
      'اسمي [اسم_1]، [بريد_1]، [رابط_1]، [هاتف_1]، [آيبان_1]، [بطاقة_1]، هويتي [هوية_1]',
    );
  });
});

describe('numbers', () => {
  test('behind a word for an order stay, though their check digit fits, and so do the others of the list', () => {
    for (const cue of [
      'رقم الطلب',
      'الطلب رقم',
      'طلبي',
      'فاتورة',
      'رقم الشحنة:',
      'order',
      'Invoice no.',
      '#',
    ]) {
      for (const number of ['1098765437', '0501234567', '4111111111111111', '29001011234567']) {
        const text = `${cue} ${number}`;
        expect(redact(text).text).toBe(text);
      }
    }
    const list = 'الطلبات 1098765437، 2260181595 و 1830166136';
    expect(redact(list).text).toBe(list);
  });

  test('are told by the nearest word', () => {
    expect(redacted('طلبي 1098765437 هويتي 1098765437')).toBe('طلبي 1098765437 هويتي [هوية_1]');
    expect(redacted('رقم الجوال: 3923-4829\nرقم الطلب: 39234829')).toBe(
      'رقم الجوال: [هاتف_1]\nرقم الطلب: 39234829',
    );
  });

  test('with a country code and a plus are phones behind any word', () => {
    expect(redacted('بخصوص الطلب +966501234567')).toBe('بخصوص الطلب [هاتف_1]');
  });

  test('are phones where the library that the plans are from finds one', () => {
    const digit = fc.integer({ min: 0, max: 9 });
    const national = fc
      .tuple(
        fc.constantFrom('05', '01', '07', '06', '09', '03'),
        fc.array(digit, { minLength: 6, maxLength: 9 }),
      )
      .map(([head, tail]) => head + tail.join(''));
    const international = fc
      .tuple(
        fc.constantFrom(
          '966',
          '971',
          '20',
          '965',
          '962',
          '974',
          '973',
          '968',
          '964',
          '961',
          '212',
          '33',
          '44',
          '1',
        ),
        fc.array(digit, { minLength: 7, maxLength: 10 }),
      )
      .map(([head, tail]) => head + tail.join(''));
    const finds = (text: string, country?: 'SA' | 'EG' | 'JO'): boolean =>
      findPhoneNumbersInText(text, country === undefined ? {} : { defaultCountry: country }).some(
        ({ number }: NumberFound) => number.isValid(),
      );
    fc.assert(
      fc.property(national, (digits) => {
        for (const country of ['SA', 'EG', 'JO'] as const) {
          if (finds(digits, country)) expect(isNational(digits)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(international, (digits) => {
        if (finds(`+${digits}`)) expect(isInternational(digits)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('names', () => {
  test('in Latin letters are found behind an Arabic title and an Arabic closing', () => {
    expect(redacted('راسلت الأستاذ Thompson أمس')).toBe('راسلت الأستاذ [اسم_1] أمس');
    expect(redacted('شكرا\nThompson')).toBe('شكرا\n[اسم_1]');
  });

  test('behind a dash sign a line of any length', () => {
    expect(redacted('هذا منتج من أفضل ما رأيت في السوق منذ سنوات - محمد العتيبي')).toBe(
      'هذا منتج من أفضل ما رأيت في السوق منذ سنوات - [اسم_1]',
    );
  });

  test('that are also words stay behind أنا where the sentence goes on', () => {
    for (const text of ['أنا سعيد جدا بالخدمة', 'الطلب على بابي وأنا سعيد به\nعلى بركة الله'])
      expect(redacted(text)).toBe(text);
  });

  test('that one call knows are not known to the next', () => {
    expect(redacted('يا ثامر', 'ثامر')).toBe('يا [اسم_1]');
    expect(redacted('يا ثامر', 'عمرو')).toBe('يا ثامر');
    expect(redacted('يا ثامر')).toBe('يا ثامر');
    expect(redacted('يا ثامر', 'ثامر')).toBe('يا [اسم_1]');
  });
});

describe('links', () => {
  test('with an invisible character in their scheme are found', () => {
    expect(redacted('الموقع http:/\u200b/x.co و w\u200bww.example.com')).toBe('الموقع [رابط_1] و [رابط_2]');
  });
});

describe('any string', () => {
  const piece = fc.constantFrom(
    ...'0501234567 ٠٥٠١٢٣٤٥٦٧ +966 00966 501234567 1098765437 a@b.com @ . www. https://x.y/z x.com/a :// SA0380000000608010167519 SA 4111111111111111 اسمي محمد العتيبي أنا شكرا على عبد الله أبو [هاتف_1] [اسم_ [ ] _1 طلب رقم هوية # - / 1 12 2024-01-15 my name is Mr John ahmed السيد ، : ( ) + جوال بن \ufffc كريم و a م. \u0651 \u200f \u0640 \ud800'.split(
      ' ',
    ),
    ' ',
    '\n',
  );
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join('')),
    fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(' ')),
    fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
      .map((units) => String.fromCharCode(...units)),
  );
  const anyNames = fc.option(
    fc.array(fc.oneof(fc.constantFrom('محمد علي', 'كريم', 'Ahmed', 'عبد الله'), anyText), { maxLength: 3 }),
    {
      nil: undefined,
    },
  );

  test('is the text with its spans replaced, and redacting again changes nothing', () => {
    fc.assert(
      fc.property(anyText, anyNames, (text, names) => {
        const { text: after, spans } = redact(text, known(names));
        let rebuilt = '';
        let from = 0;
        for (const { start, end, placeholder } of spans) {
          expect(start).toBeGreaterThanOrEqual(from);
          expect(end).toBeGreaterThan(start);
          rebuilt += text.slice(from, start) + placeholder;
          from = end;
        }
        expect(from).toBeLessThanOrEqual(text.length);
        expect(after).toBe(rebuilt + text.slice(from));
        if (spans.length === 0) expect(after).toBe(text);
        expect(redact(after, known(names))).toEqual({ text: after, spans: [] });
      }),
      { numRuns: 12_000 },
    );
  });

  test('with a phone in the midst of invisible characters gives the phone', () => {
    const invisible = fc.array(
      fc.constantFrom('\u200f', '\u200e', '\u202b', '\u202c', '\u200b', '\u2066', '\u2069', '\ufeff'),
      {
        minLength: 11,
        maxLength: 11,
      },
    );
    fc.assert(
      fc.property(invisible, fc.constantFrom(0x30, 0x660, 0x6f0, 0xff10), (hidden, zero) => {
        const digits = [...'0501234567'].map((digit) => String.fromCharCode(zero + Number(digit)));
        const written = digits.map((digit, i) => digit + (i < 9 ? (hidden[i] ?? '') : '')).join('');
        const text = `جوالي ${written} شكرا`;
        const { spans } = redact(text);
        expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual([written]);
      }),
      { numRuns: 300 },
    );
  });

  test('of any length gives its first and its last phone, with and without something left out', () => {
    // Around the sizes at which texts stop to share memory.
    for (const size of [2 ** 16, 2 ** 20]) {
      for (const length of [size - 1, size, size + 1]) {
        for (const middle of ['', 'شكـرا', '[هاتف_1]']) {
          const [first, last] = ['جوالي 0501234567 ', ' جوالي 0507654321'];
          const text = first + middle.padEnd(length - first.length - last.length, ' كلام') + last;
          const phones = redact(text).spans.map(({ start, end }) => text.slice(start, end));
          expect([text.length, ...phones]).toEqual([length, '0501234567', '0507654321']);
        }
      }
    }
  });

  test('of like characters by the hundred thousand is read to its end', () => {
    for (const unit of ['7', '@', '.', '+', ' ', 'a@', 'a', 'م', '1 ', '[', '\n', '://', 'اسمي ', 'm. ']) {
      const text = unit.repeat(Math.ceil(200_000 / unit.length));
      expect(redact(text).text.length).toBeGreaterThan(0);
    }
  });
});
