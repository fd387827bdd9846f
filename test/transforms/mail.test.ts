// What is cut out of mail bodies and what is never cut: bodies of eleven programs in three languages, and any text at all.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { displayText } from '../../transforms/text/display.ts';
import { htmlText } from '../../transforms/text/html.ts';
import { ownWords } from '../../transforms/text/mail.ts';

interface Body {
  readonly id: string;
  readonly client: string;
  readonly language: string;
  readonly input: string;
  readonly html?: boolean;
  readonly own: string;
}

const BODIES: readonly Body[] = JSON.parse(
  readFileSync(new URL('../vectors/mail.json', import.meta.url), 'utf8'),
);

const shown = (body: Body): string => displayText(body.input, { html: body.html === true });

/** Pieces of mail in any order: what rules see that were written for mail in its usual order. */
const anyMail = fc
  .array(
    fc.oneof(
      fc.constantFrom(...BODIES.flatMap((body) => shown(body).split('\n'))),
      fc.constantFrom(
        '',
        '>',
        '> >',
        '--',
        '_____',
        ':',
        'من:',
        'On 10:15 a@b.co',
        'wrote:',
        'تحياتي',
        'Ali',
        '\u0640',
      ),
      fc.string({ maxLength: 12 }),
    ),
    { maxLength: 14 },
  )
  .map((lines) => lines.join('\n'));

/** What is told where nothing was cut; whether a line looks like mail is told as well. */
const UNCUT = { hadQuote: false, hadSignature: false, isPlain: expect.any(Boolean) as boolean };

describe('own words', () => {
  for (const body of BODIES)
    test(`are exact in ${body.id}`, () => {
      expect(ownWords(shown(body)).text).toBe(body.own);
    });

  test('cover eight programs in each of three languages, three bodies each', () => {
    for (const client of [
      'gmail web',
      'gmail mobile',
      'outlook desktop',
      'outlook web',
      'outlook mobile',
      'apple mail',
      'iphone',
      'yahoo',
    ])
      for (const language of ['ar', 'en', 'fr']) {
        const found = BODIES.filter((body) => body.client === client && body.language === language);
        expect(found.length, `${client} ${language}`).toBeGreaterThanOrEqual(3);
      }
    expect(BODIES.filter((body) => body.input === body.own).length).toBeGreaterThanOrEqual(40);
  });

  test('are the same string, and nothing is told, where nothing is cut', () => {
    for (const body of BODIES.filter((one) => one.input === one.own)) {
      expect(ownWords(body.own)).toEqual({ ...UNCUT, text: body.own });
    }
  });

  test('tell what was cut', () => {
    const told = (text: string): readonly boolean[] => {
      const { hadQuote, hadSignature } = ownWords(text);
      return [hadQuote, hadSignature];
    };
    expect(told('late\n> when?')).toEqual([true, false]);
    expect(told('late\n\nSent from my iPhone')).toEqual([false, true]);
    expect(told('late\n\nBest regards,\nAli\n\nOn 3/4/24 10:15, Shop wrote:\n> when?')).toEqual([true, true]);
  });

  test('are the whole text where nothing would be left', () => {
    for (const text of [
      '> late\n> again',
      'Sent from my iPhone\nGet Outlook for iOS',
      '--\nAli\nTel: 0501234567',
    ])
      expect(ownWords(text)).toEqual({ ...UNCUT, text, isPlain: false });
  });

  test('are nothing where there is only an attributed quote', () => {
    expect(ownWords('On 3/4/24 10:15, Shop wrote:\n> when?\n\nSent from my iPhone').text).toBe('');
    expect(ownWords('> On 3/4/24 10:15, Shop wrote:\n>\n> when?').text).toBe('');
  });

  test('are idempotent, trimmed, and whole lines of the text in their order, for any mail', () => {
    fc.assert(
      fc.property(anyMail, (mail) => {
        const display = displayText(mail);
        const own = ownWords(display);
        expect(ownWords(own.text).text).toBe(own.text);
        expect(own.text).toBe(own.text.trim());
        const left = own.text.split('\n');
        for (const line of display.split('\n')) if (line === left[0]) left.shift();
        expect(left.filter((line) => line !== '')).toEqual([]);
        if (!own.hadQuote && !own.hadSignature) expect(own.text).toBe(display);
      }),
      { numRuns: 3_000 },
    );
  });

  test('never throw, whatever the string holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(ownWords(text).text.length).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  test('come back from long hostile text', () => {
    // A text of one line is not read at all. In lines, each rule reads a bounded number of lines of bounded length once.
    for (const piece of [
      '>',
      'من:',
      '-',
      '=',
      'On ',
      'a',
      '\n',
      '> ',
      '>\n',
      'من: a@b.co\n',
      '-\n',
      'On \n',
    ]) {
      const text = piece.repeat(200_000);
      expect(ownWords(text).text.length).toBeLessThanOrEqual(text.length);
    }
  });
});

describe('HTML mail', () => {
  test('marks what is quoted, and not what a writer indents', () => {
    const display = (html: string): string => displayText(html, { html: true });
    expect(display('a<blockquote>b<blockquote>c</blockquote>d</blockquote>e')).toBe(
      'a\n\n> b\n\n> > c\n\n> d\n\ne',
    );
    expect(display('<blockquote style="margin:0 0 0 40px;border:none">a</blockquote>b')).toBe('a\n\nb');
    expect(display('<div class="yahoo_quoted">a</div>b')).toBe('> a\nb');
  });

  test('ends a quote where its parent ends, and not before', () => {
    const display = (html: string): string => displayText(html, { html: true });
    expect(display('<div><blockquote>a</div>b')).toBe('> a\n\nb'.replace('\n\n', '\n'));
    expect(display('<blockquote>a</div>b</blockquote>c')).toBe('> a\n> b\n\nc');
    expect(display('</blockquote>a')).toBe('a');
  });

  test('keeps emoji that are images, the lines of <pre>, and no other alternative text', () => {
    const display = (html: string): string => displayText(html, { html: true });
    expect(display('a <img alt="👍🏽"><img alt="logo"> b')).toBe('a 👍🏽 b');
    expect(display('<pre>a\nb</pre>c\nd')).toBe('a\nb\n\nc d');
  });

  test('prints nested quotes no longer than their markup', () => {
    for (const piece of [
      '<blockquote>',
      '<blockquote>a',
      '<div>',
      '<div class="yahoo_quoted">a',
      '</blockquote>',
      '<br>',
    ]) {
      const html = piece.repeat(100_000);
      expect(htmlText(html).length).toBeLessThanOrEqual(html.length);
    }
  });
});
