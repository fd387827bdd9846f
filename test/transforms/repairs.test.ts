// Broken text made whole: glyphs in either order, Arabic that was decoded with the wrong table, and what is light for a model.

import reshaper from 'arabic-reshaper';
import bidiFactory, { type Bidi } from 'bidi-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../sandbox/random.ts';
import { composeUtterance } from '../../sandbox/utterance.ts';
import { displayText, readDisplay } from '../../transforms/text/display.ts';
import { lightText } from '../../transforms/text/light.ts';
import { repairMojibake } from '../../transforms/text/mojibake.ts';

const html = { html: false };
const bidi = (bidiFactory as unknown as () => Bidi)();

function draw(text: string, direction: 'rtl' | 'auto' = 'auto'): string {
  return text
    .split('\n')
    .map((line) => bidi.getReorderedString(line, bidi.getEmbeddingLevels(line, direction)))
    .join('\n');
}

/** What customers write in Arabic letters, numbers among them. Where a Latin word stands beside a number, drawing loses which came first. */
const SENTENCES: readonly string[] = (() => {
  const random = createRandom('bake');
  const found = new Set<string>();
  while (found.size < 3_000) {
    const { text } = composeUtterance(random, { oddShare: 0 });
    // The shaper loses the vowel sign of a lam-alef, so that nothing could bring it back.
    if (!/[a-z]|ل[\u064b-\u0652]ا/i.test(text)) found.add(displayText(text));
  }
  return [...found];
})();

describe('Glyph forms', () => {
  test('in reading order are read back exactly, and never taken for drawing order', () => {
    const read = SENTENCES.map((sentence) => readDisplay(reshaper.convertArabic(sentence), html));
    const exact = read.filter(({ text }, i) => text === SENTENCES[i]).length;
    expect(exact / SENTENCES.length).toBeGreaterThan(0.998);
    const visual = read.filter(({ bakedOrder }) => bakedOrder === 'visual').length;
    expect(visual / SENTENCES.length).toBeLessThan(0.003);
  });

  test.each(['auto', 'rtl'] as const)('in drawing order, drawn %s, are turned back exactly', (direction) => {
    const read = SENTENCES.map((sentence) =>
      readDisplay(draw(reshaper.convertArabic(sentence), direction), html),
    );
    const exact = read.filter(({ text }, i) => text === SENTENCES[i]).length;
    expect(exact / SENTENCES.length).toBeGreaterThan(0.985);
  });

  test.each([
    ['a mouth at the end', 'حزينة لا أحد يكلمني :('],
    ['a variation sign before another emoji', 'مساء الخير جدا ♥️🐥'],
    ['a number before an emoji', 'التشكيلة أمامي 6-1 🤗'],
    ['a number at the end of a word, before an emoji', 'على خط ال6 😭'],
    ['emoji at both ends', '😂 هل أنت بمفردك يا صديقي 🌹'],
  ])('in drawing order keep %s where it was', (_, said) => {
    expect(readDisplay(draw(reshaper.convertArabic(said), 'rtl'), html).text).toBe(said);
  });

  test('tell their order, or that it cannot be told', () => {
    const told = (text: string): unknown => readDisplay(text, html).bakedOrder;
    expect(told(reshaper.convertArabic('السلام عليكم'))).toBe('logical');
    expect(told(draw(reshaper.convertArabic('السلام عليكم')))).toBe('visual');
    expect(told('\ufe8d \ufead \ufee1')).toBe('unsure');
    expect(told('\ufe8d\ufedf')).toBe(undefined);
    expect(told('السلام عليكم')).toBe(undefined);
  });

  test('that cannot be told are left where they stand', () => {
    expect(displayText('\ufe8d \ufead \ufee1')).toBe('ا ر م');
  });

  test('inside a line of plain letters are turned by themselves', () => {
    const drawn = draw(reshaper.convertArabic('خدمة العملاء'));
    expect(displayText(`اتصلت على ${drawn} أمس`)).toBe('اتصلت على خدمة العملاء أمس');
  });

  test('keep the letters that a stumbling shaper wrote twice once', () => {
    // The shaper's own defect: a vowel sign between lam and alef makes it write the alef again.
    expect(displayText(reshaper.convertArabic('قال لَا أعرف'))).toBe('قال لا أعرف');
  });
});

/** UTF-8 read with another table, byte for byte; what the table does not show stays a control character, as decoders leave it. */
function misread(text: string, encoding: 'windows-1256' | 'latin1'): string {
  const bytes = Buffer.from(text, 'utf8');
  return encoding === 'latin1' ? bytes.toString('latin1') : new TextDecoder(encoding).decode(bytes);
}

describe('Arabic that was decoded with the wrong table', () => {
  const SAID = 'السلام عليكم، وصلني الطلب متأخرا';

  test.each([
    ['UTF-8 read as Latin-1', misread(SAID, 'latin1')],
    ['UTF-8 read as windows-1252', 'Ø§Ù„Ø³Ù„Ø§Ù… Ø¹Ù„ÙŠÙƒÙ…ØŒ ÙˆØµÙ„Ù†ÙŠ Ø§Ù„Ø·Ù„Ø¨ Ù…ØªØ£Ø®Ø±Ø§'],
    ['UTF-8 read as windows-1256', misread(SAID, 'windows-1256')],
    ['windows-1256 read as windows-1252', 'ÇáÓáÇã Úáíßã¡ æÕáäí ÇáØáÈ ãÊÃÎÑÇ'],
    ['UTF-8 read as windows-1256, twice', misread(misread(SAID, 'windows-1256'), 'windows-1256')],
  ])('is read again: %s', (_, broken) => {
    expect(readDisplay(broken, html)).toMatchObject({ text: SAID, hadMojibake: true });
  });

  test('is read again beside words that were right', () => {
    expect(displayText('order 4711: Ø§Ù„Ø·Ù„Ø¨ and طلب')).toBe('order 4711: الطلب and طلب');
  });

  test('keeps what was cut off in its last letter', () => {
    expect(displayText('Ø§Ù„Ø·Ù„Ø')).toBe('الطلØ');
  });

  test.each([
    'Ça va très bien, merci beaucoup, à bientôt',
    'Größe, Übergabe, Øresund, Ålborg',
    '§ 5 „Vertrag“ und ط§',
    'الشروط§3 „نعم“',
    'Ç',
    'ÀÉÎÕÜ ÇÑß',
    'Ù',
  ])('is not seen in %s', (text) => {
    expect(repairMojibake(text)).toBe(text);
    expect(displayText(text)).toBe(text);
  });

  test('never throws and never grows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('Ø', '§', 'Ù', '„', 'Ç', 'á', 'ط', 'ظ', 'a', ' ', '\u0081', '€')),
        (pieces) => {
          const text = pieces.join('');
          expect(repairMojibake(text).length).toBeLessThanOrEqual(text.length);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe('Light text', () => {
  test.each([
    ['vowel signs and tatweel', 'الخِدْمَةُ جـــيدة', 'الخدمة جيدة'],
    ['letters that stand three times and more', 'رااااائع cooool', 'راائع cool'],
    ['laughter', 'هههههههه', 'هه'],
    ['emoji that stand three times and more', '😂😂😂😂 ❤️❤️❤️ 👍🏽👍🏽👍🏽', '😂😂 ❤️❤️ 👍🏽👍🏽'],
    ['families that stand three times', '👩\u200d👧👩\u200d👧👩\u200d👧', '👩\u200d👧👩\u200d👧'],
    ['digits and the signs of numbers', '٤٥٦ ۴۵۶ ٣٫٥ ١٬٠٠٠ ٥٠٪', '456 456 3.5 1,000 50%'],
    ['letters of Persian keyboards in Arabic words', 'الشرکة السعودی', 'الشركة السعودي'],
    ['hidden instructions in tag characters', 'a\u{e0049}\u{e0067}b', 'ab'],
  ])('has %s short', (_, before, after) => {
    expect(lightText(before)).toBe(after);
  });

  test.each([
    'على إلى أخي ةه گپچڤ مؤسسة',
    'این شرکت خیلی خوب است',
    'یہ سروس بہت خراب ہے',
    '٠ok 2002 ... !!!',
    'good'.repeat(2),
  ])('leaves %s', (text) => {
    expect(lightText(text)).toBe(text.replace('٠', '0'));
  });
});
