// Shaping for terminals: every letter is there, joined and in visual order, and only tables on a terminal are ever shaped.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadShape, type Shape } from '../../cli/shape.ts';
import { language } from '../../transforms/language.ts';
import { redactor } from '../../transforms/redact.ts';
import { PLAIN_JSON_PROMPT, question } from '../../transforms/sentiment/prompt.ts';
import { keyText } from '../../transforms/text/key.ts';
import { text } from '../../transforms/text.ts';
import { anyText } from '../contracts/transform.ts';
import { DIALECT, PHRASES, STANDARD } from '../transforms/language-phrases.ts';

let shape: Shape;
beforeAll(async () => {
  shape = await loadShape();
});

const codes = (text: string): string =>
  [...text].map((character) => character.codePointAt(0)?.toString(16)).join(' ');

/** The letters of a text in any order and form: glyph forms as their letters, lam-alef as two. */
const lettersOf = (text: string): string =>
  [...(text.normalize('NFC').normalize('NFKC').match(/\p{L}/gu) ?? [])].sort().join('');

/** A drawn word read from right to left. */
const backwards = (text: string): string => [...text].reverse().join('').normalize('NFKC');

describe('shaping', () => {
  test.each([
    ['joins letters and turns the line round', 'سلام', 'fee1 fefc feb3'],
    ['makes one sign of lam and alef, and keeps its hamza', 'لأن', 'fee5 fef7'],
    ['is not led astray by a vowel sign between lam and alef', 'لَا', 'fefb'],
    ['nor by a shadda in a vocalised word', 'إِلَّا', 'fefb fe87'],
    ['knows the letters that the package does not know', 'نتڤليكس', 'feb2 fedc fef4 fee0 fb6d fe98 fee7'],
    ['and those of Urdu', 'ہے', 'fbaf fba8'],
    ['keeps numbers and Latin words in their order', 'رقم 12 ab', '61 62 20 31 32 20 fee2 fed7 fead'],
    ['mirrors brackets', '(نعم)', '28 fee2 fecc fee7 29'],
    ['keeps an emoji whole', 'نعم 👨‍👩‍👧 لا', 'fefb 20 1f468 200d 1f469 200d 1f467 20 fee2 fecc fee7'],
    ['leaves Latin lines alone', 'Hello (1)', '48 65 6c 6c 6f 20 28 31 29'],
    ['starts from the left where a line starts in Latin script', 'ab نعم.', '61 62 20 fee2 fecc fee7 2e'],
    ['takes each line for itself', 'ab\nلا', '61 62 a fefb'],
    ['breaks a word where a non-joiner says so', 'می\u200cخوا', 'fe8d fead'],
  ])('%s', (name, text, drawn) => {
    if (name.startsWith('breaks')) expect(codes(shape(text))).not.toContain('200c');
    else expect(codes(shape(text))).toBe(drawn);
  });

  test('can be read back: from right to left, glyph by glyph, stand the words of the text', () => {
    for (const text of [...STANDARD, ...DIALECT, ...(PHRASES['fa'] ?? []), ...(PHRASES['ur'] ?? [])]) {
      if (/\d/.test(text)) continue;
      const plain = text.normalize('NFC').replace(/[\u064b-\u0652\u0670\u200c]/g, '');
      expect(backwards(shape(text)), text).toBe(plain.normalize('NFKC'));
    }
  });

  test('loses no letter and doubles none, whatever the text', () => {
    const arabic = fc
      .array(
        fc.oneof(
          fc.integer({ min: 0x600, max: 0x6ff }),
          fc.constantFrom(0x644, 0x627, 0x623, 0x64e, 0x651, 0x20, 0x28, 0x41, 0x31, 0x200d),
        ),
        { maxLength: 30 },
      )
      .map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(fc.oneof(arabic, anyText), (text) => {
        expect(lettersOf(shape(text))).toBe(lettersOf(text));
      }),
      { numRuns: 5_000 },
    );
  });

  test('without the package ends in one sentence that says what to do', async () => {
    const missing = () => Promise.reject(new Error('Cannot find package'));
    const error = await loadShape(missing).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'config', code: 'query.no_reshaper' });
    expect(String(error)).toContain('--shape needs the package arabic-reshaper.');
  });
});

describe('no stored text is ever shaped', () => {
  const GLYPH_FORMS = /[\ufb50-\ufdff\ufe70-\ufefc]/g;
  const shapedIn = (value: unknown): readonly string[] =>
    (JSON.stringify(value).match(GLYPH_FORMS) ?? []).filter((form) => form.normalize('NFKC') !== form);

  test('because only the command imports the package that shapes', () => {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const rooms = [
      'bin',
      'core',
      'connectors',
      'transforms',
      'sinks',
      'state',
      'migrations',
      'pipelines',
      'cli',
      'sandbox',
    ];
    const naming = rooms
      .flatMap((room) =>
        readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((file) => join(room, file)),
      )
      .filter((file) => /\.[cm]?[jt]s$/.test(file))
      .filter((file) => /['"`]arabic-(?:persian-)?reshaper/.test(readFileSync(join(root, file), 'utf8')));
    expect(naming.sort()).toEqual([join('cli', 'arabic-reshaper.d.ts'), join('cli', 'shape.ts')]);
  });

  test('and shaped text that comes in goes out as letters: in every column but the original, and in what a model is asked', () => {
    const everyForm = Array.from({ length: 0xfefd - 0xfb50 }, (_, i) => String.fromCharCode(0xfb50 + i)).join(
      '',
    );
    const originals = [everyForm, ...[...STANDARD, ...DIALECT].map((words) => shape(words))];
    expect(shapedIn(originals).length).toBeGreaterThan(1_000);
    const rows = originals.map((words, i) => ({
      feedback_id: String(i),
      title: words,
      text_original: words,
      text_is_html: false,
    }));
    for (const row of language().apply(text({ redactor: redactor() }).apply(rows))) {
      const { title: _title, text_original: _original, ...made } = row;
      expect(shapedIn(made)).toEqual([]);
      const asked = { id: 'a', text: String(row['text_analysis']), language: null };
      expect(shapedIn(question([asked]).user)).toEqual([]);
      expect(shapedIn(keyText(String(row['text_original'])))).toEqual([]);
    }
    expect(shapedIn(PLAIN_JSON_PROMPT)).toEqual([]);
  });
});
