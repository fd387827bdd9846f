// `npm run bench:text`: megabytes of UTF-8 a second on one core for each level of text, beside what Node itself and npm packages take, in one run.
//
// Packages that do a part of the same job are measured where they are installed: npm install --no-save arabic-text-normalizer@1.4.0
// alif-toolkit@1.3.0. All read the same 4 MB: tickets, chats and mails of the stand-in's customers,
// with what real text has of vowel signs, tatweel, glyph forms, direction controls, quoted replies, HTML and phone numbers.

import { feedbackTable } from '../core/feedback.ts';
import type { Row } from '../core/types.ts';
import { createRandom, type Random } from '../sandbox/random.ts';
import { composeUtterance } from '../sandbox/utterance.ts';
import { language } from '../transforms/language.ts';
import { redactor } from '../transforms/redact.ts';
import { analyse } from '../transforms/text/analysis.ts';
import { displayText } from '../transforms/text/display.ts';
import { keyText } from '../transforms/text/key.ts';
import { lightText } from '../transforms/text/light.ts';
import { ownWords } from '../transforms/text/mail.ts';
import { text } from '../transforms/text.ts';
import { readOptions } from './usage.ts';

interface Piece {
  readonly text: string;
  readonly html: boolean;
}

const CORPUS_BYTES = 4_000_000;
const ROUNDS = 5;

/** How often a text carries what: shares of records in public Arabic corpora, and what help desks add to them. */
const ODDITIES = [
  ['tashkeel', 0.08],
  ['tatweel', 0.04],
  ['presentation_forms', 0.01],
  ['bidi_controls', 0.005],
  ['joined_emoji', 0.06],
] as const;

function composeCorpus(random: Random): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let bytes = 0; bytes < CORPUS_BYTES; bytes += Buffer.byteLength(pieces.at(-1)?.text ?? '')) {
    pieces.push(composePiece(random));
  }
  // As the connectors hand them over: read from JSON, each in one piece of memory.
  return JSON.parse(JSON.stringify(pieces)) as readonly Piece[];
}

function composePiece(random: Random): Piece {
  const lot = random.next();
  let sum = 0;
  const oddity = ODDITIES.find(([, share]) => {
    sum += share;
    return lot < sum;
  })?.[0];
  const { text: words } = composeUtterance(random, oddity === undefined ? { oddShare: 0 } : { oddity });
  const asked = random.chance(0.15)
    ? `${words}\nجوالي ${phone(random)} والإيميل a${random.int(1, 999)}@mail.example`
    : words;
  if (random.chance(0.12)) {
    const { text: quoted } = composeUtterance(random, { oddShare: 0 });
    const quote = quoted
      .split('\n')
      .map((line) => `> ${line}`)
      .join('\n');
    return {
      text: `${asked}\n\nفي الأحد، 3 مارس 2024 في 10:15 ص، كتب الدعم <care@shop.example>:\n${quote}`,
      html: false,
    };
  }
  if (random.chance(0.05))
    return { text: `<div dir="rtl"><p>${asked.replaceAll('\n', '<br>')}</p><p>&nbsp;</p></div>`, html: true };
  return { text: asked, html: false };
}

function phone(random: Random): string {
  const digits = `05${random.int(10_000_000, 99_999_999)}`;
  return random.chance(0.3) ? digits.replace(/\d/g, (digit) => '٠١٢٣٤٥٦٧٨٩'.charAt(Number(digit))) : digits;
}

/** The best round, in megabytes a second of processor time, which other programs on the machine disturb least. */
function measure(pieces: readonly Piece[], work: (piece: Piece) => unknown): number {
  const bytes = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece.text), 0);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const started = process.cpuUsage();
    for (const piece of pieces) work(piece);
    const { user, system } = process.cpuUsage(started);
    best = Math.min(best, user + system);
  }
  return bytes / best;
}

/** Six texts in one, as a ticket is longer than a message of a chat; without those that quote, behind which all would be cut. */
function inTickets(pieces: readonly Piece[]): readonly Piece[] {
  const own = pieces.filter(({ text: words }) => !words.includes('\n>'));
  const tickets: Piece[] = [];
  for (let at = 0; at < own.length; at += 6) {
    const words = own.slice(at, at + 6).map((piece) => piece.text);
    tickets.push({ text: words.join('\n'), html: false });
  }
  return tickets;
}

/** The named function of a package, where it is installed. */
async function peer(
  name: string,
  pick: (module: Record<string, unknown>) => unknown,
): Promise<((text: string) => unknown) | undefined> {
  try {
    const found = pick((await import(name)) as Record<string, unknown>);
    return typeof found === 'function' ? (text) => found(text) as unknown : undefined;
  } catch {
    return undefined;
  }
}

const HELP = `
npm run bench:text: megabytes a second for each level of text, beside Node's own normalization and npm packages (bench/README.md).
It takes a quarter of a minute and no options. Packages are measured where they are installed:

npm install --no-save arabic-text-normalizer@1.4.0 alif-toolkit@1.3.0
`;

async function main(): Promise<void> {
  readOptions({}, HELP);
  const corpus = composeCorpus(createRandom('text'));
  const { redact } = redactor();
  const columns = text({ redactor: redactor() });
  const languages = language();
  // As rows of feedback come to the transforms: with every column that they will have.
  const fields = feedbackTable([columns, languages]).fields;
  const empty: Row = Object.fromEntries(Object.keys(fields).map((name) => [name, null]));
  const shown = corpus.map((piece) => ({ text: displayText(piece.text, { html: piece.html }), html: false }));
  const native = measure(corpus, (piece) => piece.text.normalize('NFKC'));
  const rows: (readonly [string, number])[] = [
    ['String.prototype.normalize(NFKC)', native],
    ['String.prototype.normalize(NFC)', measure(corpus, (piece) => piece.text.normalize('NFC'))],
    ['display', measure(corpus, (piece) => displayText(piece.text))],
    ['display, HTML read as HTML', measure(corpus, (piece) => displayText(piece.text, piece))],
    ['key', measure(corpus, (piece) => keyText(piece.text))],
    [
      'analysis of display text: mail, redaction, light',
      measure(shown, (piece) => analyse('', piece.text, { redact })),
    ],
    [
      '  of the same words, six texts in one',
      measure(inTickets(shown), (piece) => analyse('', piece.text, { redact })),
    ],
    ['  own words of a mail', measure(shown, (piece) => ownWords(piece.text))],
    ['  redaction', measure(shown, (piece) => redact(piece.text))],
    ['  light', measure(shown, (piece) => lightText(piece.text))],
    [
      'display and analysis, HTML included',
      measure(corpus, (piece) => analyse('', displayText(piece.text, piece), { redact })),
    ],
    [
      'all text columns, hashes included',
      measure(corpus, (piece) =>
        columns.apply([{ ...empty, text_original: piece.text, text_is_html: piece.html }]),
      ),
    ],
    [
      'language and script',
      measure(shown, (piece) => languages.apply([{ ...empty, text_display: piece.text }])),
    ],
  ];
  const peers = [
    [
      'arabic-text-normalizer 1.4.0, normalize',
      await peer('arabic-text-normalizer', (module) => module['normalize'] ?? module['normalizeArabic']),
    ],
    [
      'alif-toolkit 1.3.0, Normal',
      await peer(
        'alif-toolkit',
        (module) =>
          module['Normal'] ?? (module['default'] as Record<string, unknown> | undefined)?.['Normal'],
      ),
    ],
    [
      'arabic-reshaper 1.1.0, convertArabicBack',
      await peer(
        'arabic-reshaper',
        (module) => (module['default'] as Record<string, unknown> | undefined)?.['convertArabicBack'],
      ),
    ],
  ] as const;
  for (const [name, work] of peers)
    if (work !== undefined) rows.push([name, measure(corpus, (piece) => work(piece.text))]);
  process.stdout.write(
    `${corpus.length.toLocaleString('en')} texts, ${(CORPUS_BYTES / 1e6).toFixed(0)} MB of UTF-8; best of ${ROUNDS} rounds\n\n`,
  );
  process.stdout.write('| what | MB/s | times the cost of native NFKC |\n|---|---:|---:|\n');
  for (const [name, speed] of rows)
    process.stdout.write(`| ${name} | ${speed.toFixed(0)} | ${(native / speed).toFixed(1)} |\n`);
}

await main();
