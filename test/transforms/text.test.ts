// Display, analysis and key text: what is repaired, what must survive, and what holds for any string.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Row } from '../../core/types.ts';
import { createRandom, type Random } from '../../sandbox/random.ts';
import { redactor } from '../../transforms/redact.ts';
import { analyse, cutAtCodePoint, MAX_ANALYSIS_CHARACTERS } from '../../transforms/text/analysis.ts';
import { displayText } from '../../transforms/text/display.ts';
import { htmlText, isClearlyHtml } from '../../transforms/text/html.ts';
import { keyText } from '../../transforms/text/key.ts';
import { readLight } from '../../transforms/text/light.ts';
import { ownWords } from '../../transforms/text/mail.ts';
import { text } from '../../transforms/text.ts';
import { anyText } from '../contracts/transform.ts';

const html = { html: true };

function columnsOf(row: Row): Row {
  return text({ redactor: redactor() }).apply([row])[0] ?? {};
}

function analysisText(title: string, display: string): string {
  return analyse(title, display, { redact: redactor().redact }).text;
}

/** How many random strings are tried; PROPERTY_RUNS=1000000 for the long proof, which takes some minutes. */
const RANDOM_STRINGS = Number(process.env['PROPERTY_RUNS'] ?? 20_000);

describe('display text', () => {
  const REPAIRS: readonly (readonly [what: string, before: string, after: string])[] = [
    ['composes hamza and madda', 'ا\u0653 ا\u0654 ا\u0655 و\u0654 ي\u0654', 'آ أ إ ؤ ئ'],
    ['keeps the hamza of a lam-alef', '\ufef7\ufef8 \ufef9 \ufef5 \ufefb\ufefc', 'لألأ لإ لآ لالا'],
    ['reads letter forms', '\ufee3\ufeae\ufea3\ufe92\ufe8e', 'مرحبا'],
    ['writes the rial sign in Arabic letters', '100\ufdfc', '100 ريال'],
    ['writes the basmala out', '\ufdfd', 'بسم الله الرحمن الرحيم'],
    ['parts a blessing from the name before it', 'محمد\ufdfa', 'محمد صلى الله عليه وسلم'],
    ['joins the name of God to its prefix', 'و\ufdf2', 'والله'],
    ['drops the space and the tatweel that carried a vowel sign', '\ufe70 ب\ufe77', '\u064b ب\u064e'],
    ['drops bidi controls', '\u202bمرحبا\u202c \u2067abc\u2069\u200f', 'مرحبا abc'],
    ['drops zero-width characters and the byte order mark', '\ufeffم\u200bر\u2060حبا', 'مرحبا'],
    ['drops the non-joiner in Arabic', 'لا\u200cتعمل', 'لاتعمل'],
    ['keeps the non-joiner in Persian', 'نمی\u200cشود', 'نمی\u200cشود'],
    ['keeps the joiner that holds an emoji together', '👩\u200d👧 ه\u200d', '👩\u200d👧 ه'],
    ['keeps the variation selector of an emoji', '❤\ufe0f', '❤\ufe0f'],
    ['unifies line ends', 'a\r\nb\rc\u2028d\u0085e', 'a\nb\nc\nd\ne'],
    ['drops control characters', 'a\u0000\u0007b\u007f\u0080c', 'abc'],
    ['folds spaces and empty lines', '\t a \u00a0\u3000b \n \n\n\n c ', 'a b\n\nc'],
    ['mends half of a surrogate pair', 'a\ud800b\udc00', 'a\ufffdb\ufffd'],
    ['keeps what whole-string NFKC would break', '½ ² ™ № … ﴾١﴿', '½ ² ™ № … ﴾١﴿'],
    ['keeps noncharacters', 'a\ufdd0\uffffb', 'a\ufdd0\uffffb'],
    [
      'keeps letters, digits and punctuation as they are',
      'على، شرکة ٤٥٦؟ كتاباً ــ',
      'على، شرکة ٤٥٦؟ كتاباً ــ',
    ],
  ];
  for (const [what, before, after] of REPAIRS) {
    test(what, () => {
      expect(displayText(before)).toBe(after);
    });
  }

  test('returns a string that needs nothing as it is', () => {
    for (const clean of ['', 'الخدمة ممتازة، شكراً 🌹\n\nسطر ثانٍ', 'plain English', 'ö ü ñ']) {
      expect(displayText(clean)).toBe(clean);
    }
  });

  test('is idempotent, NFC, well-formed, without controls and without glyph forms, for any string', () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (before, asHtml) => {
        const after = displayText(before, { html: asHtml });
        expect(displayText(after)).toBe(after);
        expect(after.normalize('NFC')).toBe(after);
        expect(after).not.toMatch(/\p{Surrogate}/u);
        expect(after).not.toMatch(
          /[\u0000-\u0009\u000b-\u001f\u007f-\u00a0\u00ad\u200b\u200e\u200f\u2028-\u202f\u2066-\u2069\ufeff]/,
        );
        expect(after).not.toMatch(/^\s|\s$| {2}|\n{3}/);
        for (const form of after.match(/[\ufb50-\ufdff\ufe70-\ufefc]/g) ?? [])
          expect(form.normalize('NFKC')).toBe(form);
      }),
      { numRuns: 12_000 },
    );
  });

  test('repairs every glyph form that Unicode decomposes', () => {
    for (let code = 0xfb50; code <= 0xfefc; code++) {
      const form = String.fromCharCode(code);
      if ((code > 0xfdff && code < 0xfe70) || form.normalize('NFKC') === form) continue;
      const repaired = displayText(`ب${form}ب`);
      expect(repaired).not.toContain(form);
      expect(repaired).not.toMatch(/[\ufb50-\ufdff\ufe70-\ufefc]/);
    }
  });
});

describe('HTML', () => {
  const PAGES: readonly (readonly [what: string, before: string, after: string])[] = [
    ['breaks lines at <br>, whatever its spelling', 'الطلب<br/>تأخر<BR>كثيرا', 'الطلب\nتأخر\nكثيرا'],
    [
      'keeps the text of a link and not its address',
      'اضغط <a href="https://x.y/?a=1&b=2">هنا</a>',
      'اضغط هنا',
    ],
    ['drops scripts and styles', '<style>p{}</style><p>a</p><script>if (a<b) alert("x")</script>b', 'a\n\nb'],
    ['decodes entities once', '&amp;lt;b&amp;gt; &#1605; &nbsp;x &copy;', '&lt;b&gt; م x ©'],
    [
      'parts paragraphs and lines',
      '<div>a</div><div>b</div><p>c</p><ul><li>d<li>e</ul>',
      'a\nb\n\nc\n\nd\ne',
    ],
    ['takes line breaks of the source as spaces', '<p>a\n   b\r\nc</p>', 'a b c'],
    ['parts the cells of a row', '<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>', 'a b\nc'],
    ['ignores direction', '<div dir="rtl">مرحبا <span dir="ltr">abc</span></div>', 'مرحبا abc'],
    ['drops controls that hide in entities', 'a&#x202E;b&#0;c', 'ab\ufffdc'],
    ['gives the words before a cut', '<p>a</p><div class="b', 'a'],
    ['reads unclosed and crossed elements', '<b>a<i>b</b>c</i><div>d', 'abc\nd'],
    ['drops comments, also of Word', '<!--[if mso]>x<![endif]-->a<!-- b -->c', 'ac'],
  ];
  for (const [what, before, after] of PAGES) {
    test(what, () => {
      expect(displayText(before, html)).toBe(after);
    });
  }

  test('is told from plain text by an element that is opened and closed', () => {
    for (const yes of ['<p>a</p>', 'a <B>b</B>', '<div\nclass="x">a</div>'])
      expect(isClearlyHtml(yes)).toBe(true);
    for (const no of [
      'I <3 you',
      'a<br>b',
      '</p>',
      'x < y </3',
      '<order>5</order>',
      '</p><p>',
      'price <p 5',
    ]) {
      expect(isClearlyHtml(no)).toBe(false);
    }
  });

  test('stays linear on markup that never ends', () => {
    for (const piece of ['<div>', '</p>', '<p', '<!--', '&', '<a href="']) {
      const hostile = piece.repeat(200_000);
      expect(htmlText(hostile).length).toBeLessThanOrEqual(2 * hostile.length);
      expect(isClearlyHtml(hostile)).toBe(false);
    }
  });
});

describe('analysis text', () => {
  test('is the title and the words, light', () => {
    expect(analysisText('شكوى', 'الخِدْمَةُ رااااائعة جـــدا ٤٫٥')).toBe('شكوى\nالخدمة راائعة جدا 4.5');
  });

  test('does not repeat a title that the words begin with', () => {
    expect(analysisText('أين طلبي', 'أين طلبي؟ تأخر')).toBe('أين طلبي؟ تأخر');
    expect(analysisText('أين', '')).toBe('أين');
  });

  test('keeps letters that carry meaning', () => {
    expect(analysisText('', 'على إلى أخي ةه گپچ مؤسسة')).toBe('على إلى أخي ةه گپچ مؤسسة');
  });

  test('hides instructions written in tag characters', () => {
    expect(analysisText('', 'a\u{e0049}\u{e0067}b')).toBe('ab');
  });

  test('ends at the limit and never within a character', () => {
    const long = analysisText('', `${'ab'.repeat(MAX_ANALYSIS_CHARACTERS / 2 - 1)}x😀😀`);
    expect(long.length).toBe(MAX_ANALYSIS_CHARACTERS - 1);
    expect(cutAtCodePoint('a😀', 2)).toBe('a');
    expect(cutAtCodePoint('a😀', 3)).toBe('a😀');
  });

  test('is idempotent for any string', () => {
    fc.assert(
      fc.property(anyText, (before) => {
        const once = analysisText('', displayText(before));
        expect(analysisText('', once)).toBe(once);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('key text', () => {
  test('is the same for spellings of the same words', () => {
    const SAME: readonly (readonly string[])[] = [
      ['إلى الشركة', 'الي الشركه', 'اِلَى الشرکة', 'الـــى الشركة'],
      ['مسؤول', 'مسوول', 'مَسْؤُول'],
      ['جميل', 'جمييييل', '\ufe9f\ufee4\ufbfe\ufedE'],
      ['Great, APP!', 'great, app!!!', 'ｇｒｅａｔ, app!'],
      ['رقم ٤٥٦؟', 'رقم 456?', 'رقم ۴۵۶?'],
      ['ڤيديو گوگل', 'فيديو كوكل'],
    ];
    for (const [first = '', ...others] of SAME)
      for (const other of others) expect(keyText(other)).toBe(keyText(first));
  });

  test('is another for other words', () => {
    expect(new Set(['good', 'god', 'كتاب', 'كتب', '4', '5', ''].map(keyText)).size).toBe(7);
  });

  test('is idempotent, and the same for a text and its display text', () => {
    fc.assert(
      fc.property(anyText, (before) => {
        const key = keyText(before);
        expect(keyText(key)).toBe(key);
        expect(keyText(displayText(before))).toBe(key);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('the text columns', () => {
  test('keep the original and tell what was found in it', () => {
    const original = '<p>\u202bﻣﺮﺣﺒﺎ\u202c</p>';
    expect(columnsOf({ text_original: original, text_is_html: true, title: null })).toMatchObject({
      text_original: original,
      text_display: 'مرحبا',
      text_had_html: true,
      text_had_invisible_controls: true,
      text_had_presentation_forms: true,
      text_baked_order: 'logical',
      text_had_mojibake: false,
    });
    expect(columnsOf({ text_original: 'مرحبا', text_is_html: false, title: null })).toMatchObject({
      text_had_html: false,
      text_had_invisible_controls: false,
      text_had_presentation_forms: false,
      text_baked_order: null,
    });
  });

  test('read text as HTML that clearly is, flagged or not, and nothing else', () => {
    expect(columnsOf({ text_original: '<p>a</p>', text_is_html: false })['text_display']).toBe('a');
    expect(columnsOf({ text_original: 'a <b c &amp;', text_is_html: false })['text_display']).toBe(
      'a <b c &amp;',
    );
  });

  test('have one content hash for one analysis text, and none without words', () => {
    const hash = (text_original: string): unknown =>
      columnsOf({ text_original, title: null })['content_hash'];
    expect(hash('الخدمة سيئة')).toMatch(/^[0-9a-f]{64}$/);
    expect(hash('الخِدمة  سيئة')).toBe(hash('الخدمة سيئة'));
    expect(hash('الخدمة سيئة!')).not.toBe(hash('الخدمة سيئة'));
    for (const empty of ['', '  \n', '...', '\u200f', 'https://x.example/y', 'a@b.example'])
      expect(hash(empty)).toBe('');
    for (const full of ['5/5', '👍', 'ok']) expect(hash(full)).not.toBe('');
  });

  test('have one key hash for spellings of the same words', () => {
    const key = (text_original: string): unknown =>
      columnsOf({ text_original, title: null })['text_key_hash'];
    expect(key('إلى الشركة')).toBe(key('الى  الشركه'));
    expect(key('')).toBe('');
  });
});

describe('Light text that is nearly the same', () => {
  const PIECES =
    'ا شكرا على من: On wrote: > - -- \n \n\n ٪ % ٬ , ٣ 3 ـ ـــ \u064b \u0651 \u0670 \u0653 \u06d6 ا\u06dc\u0653 😡 ❤️ 👩🏽‍💻 \u200c ک ی ہ Ç á Ø§Ø\u064b§ á \u0301 تحياتي Sent from my iPhone : علي'.split(
      ' ',
    );

  test('is display text, and holds no mail where the text held none', () => {
    const random = createRandom('nearly the same');
    let nearly = 0;
    for (let i = 0; i < RANDOM_STRINGS; i++) {
      const pieces = Array.from({ length: random.int(1, 14) }, () => random.pick(PIECES));
      const display = displayText(pieces.join(random.chance(0.5) ? ' ' : ''));
      const light = readLight(display);
      if (!light.isNearlySame || light.text === display) continue;
      nearly++;
      expect(displayText(light.text)).toBe(light.text);
      if (ownWords(display).isPlain) expect(ownWords(light.text).isPlain).toBe(true);
    }
    expect(nearly).toBeGreaterThan(RANDOM_STRINGS / 100);
  });
});

/** Where rules lie close together: more of these than chance would give. */
const BLOCKS = [
  [0x0000, 0x00ff],
  [0x0600, 0x06ff],
  [0x08a0, 0x08ff],
  [0x2000, 0x206f],
  [0xfb50, 0xfeff],
  [0xd83c, 0xd83e],
  [0xdc00, 0xdfff],
  [0x0000, 0xffff],
] as const;

/** UTF-16 units, valid or not. */
function randomString(random: Random): string {
  const [first, last] = random.pick(BLOCKS);
  const units = Array.from({ length: random.int(0, 24) }, () => {
    const lot = random.next();
    if (lot < 0.6) return random.int(first, last);
    return lot < 0.8 ? random.int(0x0621, 0x0652) : random.int(0, 0xffff);
  });
  return String.fromCharCode(...units);
}

/** What is wrong with the texts of this string; nothing should be. */
function problemsOf(given: string): readonly string[] {
  const { redact } = redactor();
  const display = displayText(given);
  const analysis = analyse('', display, { redact }).text;
  const key = keyText(given);
  const { text: redacted, spans } = redact(given);
  let rebuilt = '';
  let from = 0;
  for (const { start, end, placeholder } of spans) {
    rebuilt += given.slice(from, start) + placeholder;
    from = end;
  }
  return [
    displayText(display) === display || 'display again is another',
    display.normalize('NFC') === display || 'display is not NFC',
    (display.isWellFormed() && analysis.isWellFormed() && key.isWellFormed()) ||
      'half a surrogate pair is left',
    !holdsGlyphs(display + analysis + key) || 'a glyph form is left',
    keyText(display) === key || 'the key of the display text is another',
    keyText(key) === key || 'key again is another',
    analyse('', analysis, { redact }).text === analysis || 'analysis again is another',
    rebuilt + given.slice(from) === redacted || 'the spans do not give the redacted text',
  ].filter((problem) => problem !== true);
}

describe('Every text is stable, whole and unshaped, and every offset of personal data maps back,', () => {
  test.each([
    ['a sign between a hashtag and its word', '#\u064d\u00ba'],
    [
      'a sign that hid the article, and with it that the look-alikes are Arabic',
      '\u06aa\u0627\u0644\u0618\u06a3',
    ],
    ['a final of Hangul that a look-alike becomes', '\ubd48\u3135'],
  ])('of %s', (_, given) => {
    expect(problemsOf(given)).toEqual([]);
  });

  test('of a text longer than the memory that texts share, and of a short one after it', () => {
    const long = `${'كَلِمَةٌ word ١٢٣ '.repeat(80_000)}جوالي 0501234567`;
    expect(long.length).toBeGreaterThan(1 << 20);
    expect(problemsOf(long)).toEqual([]);
    expect(redactor().redact(long).text).toMatch(/ جوالي \[هاتف_1\]$/);
    expect(keyText(long)).toMatch(/^(?:كلمه word 123 ){80000}جوالي 0501234567$/);
    expect(problemsOf('كَلِمَةٌ')).toEqual([]);
  });

  test(`of ${RANDOM_STRINGS.toLocaleString('en')} random strings of UTF-16 units, valid or not`, () => {
    const random = createRandom('any');
    for (let i = 0; i < RANDOM_STRINGS; i++) {
      const given = randomString(random);
      const problems = problemsOf(given);
      if (problems.length > 0) expect({ given, problems }).toEqual({ given, problems: [] });
    }
  }, 3_600_000);
});

/** Ornate parentheses and noncharacters have no letters behind them. */
function holdsGlyphs(text: string): boolean {
  return (text.match(/[\ufb50-\ufdff\ufe70-\ufefc]/g) ?? []).some((form) => form.normalize('NFKC') !== form);
}
