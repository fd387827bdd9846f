// The cases behind arabic.json, with what must come out, written by hand: one rule a group, from the tables of Unicode and from what customers send.

/** What a case says of its outcome; what it does not say is no concern of its rule. */
export interface Case {
  readonly group: string;
  readonly input: string;
  readonly html?: true;
  readonly display?: string;
  readonly analysis?: string;
  readonly key?: string;
}

/** From the first to the last code point of each range, and single ones. */
function points(...ranges: readonly (number | readonly [number, number])[]): readonly string[] {
  return ranges.flatMap((range) => {
    const [first, last] = typeof range === 'number' ? [range, range] : range;
    return Array.from({ length: last - first + 1 }, (_, i) => String.fromCodePoint(first + i));
  });
}

/** Vowel signs and Qur'anic marks between two letters: shown, and neither read by a model nor searched. */
const MARKS = points(
  [0x0610, 0x061a],
  [0x064b, 0x0652],
  [0x0656, 0x065f],
  0x0670,
  [0x06d6, 0x06dc],
  [0x06df, 0x06e8],
  [0x06ea, 0x06ed],
  [0x08ca, 0x08e1],
  [0x08e3, 0x08ff],
).map(
  (mark): Case => ({ group: 'mark', input: `م${mark}ن`, display: `م${mark}ن`, analysis: 'من', key: 'من' }),
);

const CONTROLS = [
  ...points([0x00, 0x08], 0x0b, 0x0c, [0x0e, 0x1f], [0x7f, 0x84], [0x86, 0x9f]),
  ...points(
    0x00ad,
    0x061c,
    0x200b,
    0x200e,
    0x200f,
    [0x202a, 0x202e],
    [0x2060, 0x2064],
    [0x2066, 0x206f],
    0xfeff,
  ),
].map(
  (control): Case => ({
    group: 'control',
    input: `طل${control}ب`,
    display: 'طلب',
    analysis: 'طلب',
    key: 'طلب',
  }),
);

const SPACES = points(0x09, 0x20, 0xa0, 0x1680, [0x2000, 0x200a], 0x202f, 0x205f, 0x3000).map(
  (space): Case => ({
    group: 'space',
    input: ` أين${space} طلبي${space}`,
    display: 'أين طلبي',
    key: 'اين طلبي',
  }),
);

const LINES = ['\n', '\r\n', '\r', '\u0085', '\u2028', '\u2029'].map(
  (end): Case => ({
    group: 'line',
    input: `أ${end}${end}${end}ب ${end} ج`,
    display: 'أ\n\nب\nج',
    key: 'ا ب ج',
  }),
);

const DIGITS = [...'٠١٢٣٤٥٦٧٨٩', ...'۰۱۲۳۴۵۶۷۸۹'].map((digit, i): Case => {
  const said = `رقم ${i % 10}`;
  return { group: 'digit', input: `رقم ${digit}`, display: `رقم ${digit}`, analysis: said, key: said };
});

/** A letter, what a key writes for it, and what a model reads where that is another letter. */
const LETTERS: readonly Case[] = (
  [
    ['أ', 'ا'],
    ['إ', 'ا'],
    ['آ', 'ا'],
    ['ٱ', 'ا'],
    ['ٲ', 'ا'],
    ['ٳ', 'ا'],
    ['ؤ', 'و'],
    ['ئ', 'ي'],
    ['ى', 'ي'],
    ['ة', 'ه'],
    ['ۃ', 'ه'],
    ['ک', 'ك', 'ك'],
    ['ڪ', 'ك', 'ك'],
    ['ی', 'ي', 'ي'],
    ['ہ', 'ه', 'ه'],
    ['ھ', 'ه', 'ه'],
    ['ە', 'ه', 'ه'],
    ['گ', 'ك'],
    ['پ', 'ب'],
    ['چ', 'ج'],
    ['ڤ', 'ف'],
    ['ژ', 'ز'],
    ['ء', 'ء'],
    ['ڭ', 'ڭ'],
    ['ڨ', 'ڨ'],
  ] as const
).map(([letter, key, analysis = letter]) => ({
  group: 'letter',
  input: `الطلب ${letter}د`,
  display: `الطلب ${letter}د`,
  analysis: `الطلب ${analysis}د`,
  key: `الطلب ${key}د`,
}));

const PUNCTUATION: readonly Case[] = (
  [
    ['،', ','],
    ['؛', ';'],
    ['؟', '?'],
    ['۔', '.'],
    ['«', '"'],
    ['»', '"'],
    ['“', '"'],
    ['”', '"'],
    ['’', "'"],
    ['‘', "'"],
    ['٪', '%'],
    ['٫', '.'],
    ['٬', ','],
  ] as const
).map(([sign, key]) => ({
  group: 'punctuation',
  input: `نعم${sign}لا`,
  display: `نعم${sign}لا`,
  key: `نعم${key}لا`,
}));

/** Canonical order and composition: the same letters, however they were typed. */
const COMPOSED: readonly Case[] = (
  [
    ['ا\u0653', 'آ', 'ا'],
    ['ا\u0654', 'أ', 'ا'],
    ['ا\u0655', 'إ', 'ا'],
    ['و\u0654', 'ؤ', 'و'],
    ['ي\u0654', 'ئ', 'ي'],
    ['ە\u0654', 'ۀ', 'ۀ'],
    ['ب\u0651\u064e', 'ب\u064e\u0651', 'ب'],
    ['ب\u064e\u0651', 'ب\u064e\u0651', 'ب'],
    ['ا\u06dc\u0654', 'ا\u06dc\u0654', 'ا'],
    ['e\u0301', 'é', 'é'],
    ['E\u0301', 'É', 'é'],
    ['\u212b', 'Å', 'å'],
    ['\u1100\u1161\u11a8', '각', '각'],
  ] as const
).map(([input, display, key]) => ({ group: 'composed', input, display, key }));

const TEXTS: readonly (readonly [
  group: string,
  input: string,
  display: string,
  analysis: string,
  key: string,
])[] = [
  ['tatweel', 'جـــميل', 'جـــميل', 'جميل', 'جميل'],
  ['tatweel', 'ــ', 'ــ', '', ''],
  ['tatweel', 'لـ و ـه', 'لـ و ـه', 'ل و ه', 'ل و ه'],
  [
    'quran',
    'بِسْمِ ٱللَّهِ ٱلرَّحْمَٰنِ ٱلرَّحِيمِ',
    'بِسْمِ ٱللَّهِ ٱلرَّحْمَٰنِ ٱلرَّحِيمِ',
    'بسم ٱلله ٱلرحمن ٱلرحيم',
    'بسم الله الرحمن الرحيم',
  ],
  ['quran', 'قُلْ هُوَ ٱللَّهُ أَحَدٌ ۝١', 'قُلْ هُوَ ٱللَّهُ أَحَدٌ ۝١', 'قل هو ٱلله أحد ۝1', 'قل هو الله احد ۝1'],
  ['stretched', 'راااائع', 'راااائع', 'راائع', 'رايع'],
  ['stretched', 'ههههههه', 'ههههههه', 'هه', 'ه'],
  ['stretched', 'الله', 'الله', 'الله', 'الله'],
  ['stretched', 'جداا', 'جداا', 'جداا', 'جداا'],
  ['stretched', 'sooooo good', 'sooooo good', 'soo good', 'so good'],
  ['stretched', 'لا!!!!! ليش؟؟؟', 'لا!!!!! ليش؟؟؟', 'لا!!!!! ليش؟؟؟', 'لا! ليش?'],
  ['stretched', '1000000', '1000000', '1000000', '1000000'],
  ['emoji', '😂😂😂😂', '😂😂😂😂', '😂😂', '😂😂'],
  ['emoji', '👍🏽 شكرا', '👍🏽 شكرا', '👍🏽 شكرا', '👍 شكرا'],
  ['emoji', '❤️', '❤️', '❤️', '❤'],
  ['emoji', '👨‍👩‍👧‍👦', '👨‍👩‍👧‍👦', '👨‍👩‍👧‍👦', '👨👩👧👦'],
  ['emoji', '🇸🇦🇪🇬', '🇸🇦🇪🇬', '🇸🇦🇪🇬', '🇸🇦🇪🇬'],
  ['emoji', 'ممتاز😍😍', 'ممتاز😍😍', 'ممتاز😍😍', 'ممتاز😍😍'],
  ['joiner', 'لا\u200cتعمل', 'لاتعمل', 'لاتعمل', 'لاتعمل'],
  ['joiner', 'ه\u200d', 'ه', 'ه', 'ه'],
  ['joiner', 'نمی\u200cشود', 'نمی\u200cشود', 'نمی\u200cشود', 'نميشود'],
  ['joiner', 'می\u200cخواهم', 'می\u200cخواهم', 'می\u200cخواهم', 'ميخواهم'],
  [
    'persian',
    'این شرکت خیلی خوب است',
    'این شرکت خیلی خوب است',
    'این شرکت خیلی خوب است',
    'اين شركت خيلي خوب است',
  ],
  ['persian', 'الشرکة السعودیة', 'الشرکة السعودیة', 'الشركة السعودية', 'الشركه السعوديه'],
  ['urdu', 'یہ سروس بہت خراب ہے', 'یہ سروس بہت خراب ہے', 'یہ سروس بہت خراب ہے', 'يه سروس بهت خراب هي'],
  ['gulf', 'شلونچ گلبي', 'شلونچ گلبي', 'شلونچ گلبي', 'شلونج كلبي'],
  [
    'arabizi',
    '7abibi ana mesta2 3ashan el order',
    '7abibi ana mesta2 3ashan el order',
    '7abibi ana mesta2 3ashan el order',
    '7abibi ana mesta2 3ashan el order',
  ],
  ['arabizi', 'el 5edma 7elwaaaa', 'el 5edma 7elwaaaa', 'el 5edma 7elwaa', 'el 5edma 7elwa'],
  ['mixed', 'ابغى Refund للطلب', 'ابغى Refund للطلب', 'ابغى Refund للطلب', 'ابغي refund للطلب'],
  ['mixed', 'تطبيق iOS 17', 'تطبيق iOS 17', 'تطبيق iOS 17', 'تطبيق ios 17'],
  ['compatibility', '½ ² ™ №', '½ ² ™ №', '½ ² ™ №', '1⁄2 2 tm no'],
  ['compatibility', 'ＦＵＬＬ１２', 'ＦＵＬＬ１２', 'ＦＵＬＬ１２', 'full12'],
  ['compatibility', '﴾١﴿', '﴾١﴿', '﴾1﴿', '﴾1﴿'],
  ['compatibility', 'ΟΔΟΣ οδος', 'ΟΔΟΣ οδος', 'ΟΔΟΣ οδος', 'οδοσ οδοσ'],
  ['word sign', '100\ufdfc', '100 ريال', '100 ريال', '100 ريال'],
  [
    'word sign',
    'محمد\ufdfaفي',
    'محمد صلى الله عليه وسلم في',
    'محمد صلى الله عليه وسلم في',
    'محمد صلي الله عليه وسلم في',
  ],
  ['word sign', '\ufdfd', 'بسم الله الرحمن الرحيم', 'بسم الله الرحمن الرحيم', 'بسم الله الرحمن الرحيم'],
  ['word sign', 'و\ufdf2', 'والله', 'والله', 'والله'],
  ['glyphs', '\ufee3\ufeae\ufea3\ufe92\ufe8e', 'مرحبا', 'مرحبا', 'مرحبا'],
  ['glyphs', '\ufe8e\ufe92\ufea3\ufeae\ufee3', 'مرحبا', 'مرحبا', 'مرحبا'],
  [
    'glyphs',
    '\ufe8d\ufedf\ufeb4\ufefc\ufee1 \ufecb\ufee0\ufef4\ufedc\ufee2',
    'السلام عليكم',
    'السلام عليكم',
    'السلام عليكم',
  ],
  [
    'glyphs',
    '\ufee2\ufedc\ufef4\ufee0\ufecb \ufee1\ufefc\ufeb4\ufedf\ufe8d',
    'السلام عليكم',
    'السلام عليكم',
    'السلام عليكم',
  ],
  ['glyphs', 'ب\ufe77', 'ب\u064e', 'ب', 'ب'],
  ['glyphs', '\ufe8d \ufead \ufee1', 'ا ر م', 'ا ر م', 'ا ر م'],
  ['mojibake', 'Ø§Ù„Ø³Ù„Ø§Ù… Ø¹Ù„ÙŠÙƒÙ…', 'السلام عليكم', 'السلام عليكم', 'السلام عليكم'],
  ['mojibake', 'ط§ظ„ط³ظ„ط§ظ… ط¹ظ„ظٹظƒظ…', 'السلام عليكم', 'السلام عليكم', 'السلام عليكم'],
  ['mojibake', 'ÇáÓáÇã Úáíßã', 'السلام عليكم', 'السلام عليكم', 'السلام عليكم'],
  ['mojibake', 'Ça va très bien', 'Ça va très bien', 'Ça va très bien', 'ça va très bien'],
  ['bidi', '\u202bمرحبا\u202c \u2067abc\u2069\u200f', 'مرحبا abc', 'مرحبا abc', 'مرحبا abc'],
  ['surrogate', 'a\ud800b\udc00', 'a\ufffdb\ufffd', 'a\ufffdb\ufffd', 'a\ufffdb\ufffd'],
  ['surrogate', '\udc00\ud800', '\ufffd\ufffd', '\ufffd\ufffd', '\ufffd\ufffd'],
  ['noncharacter', 'a\ufdd0\uffffb', 'a\ufdd0\uffffb', 'a\ufdd0\uffffb', 'a\ufdd0\uffffb'],
  ['tags', 'a\u{e0049}\u{e0067}b', 'a\u{e0049}\u{e0067}b', 'ab', 'ab'],
  [
    'handle',
    'يا @noon_support وينكم',
    'يا @noon_support وينكم',
    'يا [مستخدم] وينكم',
    'يا @noon_support وينكم',
  ],
  ['handle', '#خدمة_العملاء سيئة', '#خدمة_العملاء سيئة', 'خدمة العملاء سيئة', '#خدمه_العملاء سييه'],
  ['handle', 'طلب #4711', 'طلب #4711', 'طلب #4711', 'طلب #4711'],
  ['empty', '', '', '', ''],
  ['empty', ' \n\u200f ', '', '', ''],
];

const HTML: readonly (readonly [input: string, display: string])[] = [
  ['الطلب<br/>تأخر<BR>كثيرا', 'الطلب\nتأخر\nكثيرا'],
  ['اضغط <a href="https://x.example/?a=1">هنا</a>', 'اضغط هنا'],
  ['<style>p{}</style><p>a</p><script>if (a<b) x()</script>b', 'a\n\nb'],
  ['&amp;lt;b&amp;gt; &#1605; &nbsp;x', '&lt;b&gt; م x'],
  ['<div>a</div><div>b</div>', 'a\nb'],
  ['<p>مرحبا\n بكم</p>', 'مرحبا بكم'],
  ['<div dir="rtl">مرحبا <span dir="ltr">abc</span></div>', 'مرحبا abc'],
  ['a&#x202E;b', 'ab'],
  ['<p>a</p><div class="b', 'a'],
  ['<!--[if mso]>x<![endif]-->نعم', 'نعم'],
];

export const CASES: readonly Case[] = [
  ...MARKS,
  ...CONTROLS,
  ...SPACES,
  ...LINES,
  ...DIGITS,
  ...LETTERS,
  ...PUNCTUATION,
  ...COMPOSED,
  ...TEXTS.map(([group, input, display, analysis, key]) => ({ group, input, display, analysis, key })),
  ...HTML.map(([input, display]): Case => ({ group: 'html', input, html: true, display })),
];

/** All glyph forms that Unicode gives letters (NFKC), each by itself: what is shown is those letters, without the blank or the tatweel that carried a vowel sign. */
export const FORM_CASES: readonly Case[] = points([0xfb50, 0xfdff], [0xfe70, 0xfefc])
  .filter((form) => form.normalize('NFKC') !== form)
  .map((form): Case => {
    if (form === '\ufdfc') return { group: 'form', input: form, display: 'ريال' };
    const letters = form.normalize('NFKC');
    return {
      group: 'form',
      input: form,
      display: /^[ \u0640]\p{M}+$/u.test(letters) ? letters.slice(1) : letters,
    };
  });
