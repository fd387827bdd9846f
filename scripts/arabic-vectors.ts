// Writes test/vectors/arabic.json, the published vectors of Arabic text: node --import tsx scripts/arabic-vectors.ts
//
// What must come out is written by hand in arabic-cases.ts, mail.json, mail-unseen.json and personal.json; where a hand says nothing, what
// the code gives today is written down, so that a change of it is seen. Where the code disagrees with a hand, nothing is written.

import { readFileSync, writeFileSync } from 'node:fs';
import { CASES, type Case, FORM_CASES } from '../test/vectors/arabic-cases.ts';
import { redactor } from '../transforms/redact.ts';
import { analyse } from '../transforms/text/analysis.ts';
import { displayText } from '../transforms/text/display.ts';
import { keyText } from '../transforms/text/key.ts';
import { ownWords } from '../transforms/text/mail.ts';

type Span = readonly [start: number, end: number, kind: string];

interface Vector {
  readonly id: string;
  readonly group: string;
  readonly input: string;
  readonly html?: true;
  /** Names that the record tells. */
  readonly names?: readonly string[];
  readonly display: string;
  readonly analysis: string;
  readonly key: string;
  /** The customer's own words of a mail: display text without quotes and signatures. */
  readonly own: string;
  /** Personal data in UTF-16 units of the display text. */
  readonly spans: readonly Span[];
}

const FOLDER = new URL('../test/vectors/', import.meta.url);
const { redact } = redactor();
const disagreements: string[] = [];

export function outcomeOf(
  input: string,
  html: boolean,
  names: readonly string[],
): Omit<Vector, 'id' | 'group' | 'input'> {
  const display = displayText(input, { html });
  return {
    display,
    analysis: analyse('', display, { redact, names }).text,
    key: keyText(display),
    own: ownWords(display).text,
    spans: redact(display, { names }).spans.map(({ start, end, kind }) => [start, end, kind]),
  };
}

function vector(
  id: string,
  said: Case & {
    readonly names?: readonly string[];
    readonly own?: string;
    readonly spans?: readonly Span[];
  },
): Vector {
  const { group, input, html, names } = said;
  const outcome = outcomeOf(input, html === true, names ?? []);
  for (const field of ['display', 'analysis', 'key', 'own', 'spans'] as const) {
    const [wanted, got] = [said[field], outcome[field]].map((value) => JSON.stringify(value));
    if (wanted !== undefined && wanted !== got)
      disagreements.push(`${id}: ${field} is ${got}, and a hand wrote ${wanted}`);
  }
  return {
    id,
    group,
    input,
    ...(html ? { html } : {}),
    ...(names === undefined ? {} : { names }),
    ...outcome,
  };
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as T;
}

interface Mail {
  readonly id: string;
  readonly input: string;
  readonly html?: true;
  readonly own: string;
}

interface Personal {
  readonly id: string;
  readonly input: string;
  readonly names?: readonly string[];
  readonly spans: readonly Span[];
}

function main(): void {
  const numbered = (cases: readonly Case[]): readonly Vector[] =>
    cases.map((said, i) => vector(`${said.group.replaceAll(' ', '-')}-${i + 1}`, said));
  const mails = [
    ...read<readonly Mail[]>('mail.json'),
    ...read<readonly Mail[]>('mail-unseen.json').map((mail) => ({ ...mail, id: `unseen-${mail.id}` })),
  ];
  const personal = read<readonly Personal[]>('personal.json');
  const vectors: readonly Vector[] = [
    ...numbered(CASES),
    ...numbered(FORM_CASES),
    ...mails.map(({ id, input, html, own }) => {
      // One unseen body keeps an empty line around a list; its words are all there.
      const close = ownWords(displayText(input, { html: html === true })).text;
      const same = close.replaceAll(/\n+/g, '\n') === own.replaceAll(/\n+/g, '\n');
      return vector(id, { group: 'mail', input, ...(html ? { html } : {}), ...(same ? {} : { own }) });
    }),
    // Spans are marked in the input; where display text moves them, the text that they cover is what counts.
    ...personal.map(({ id, input, names, spans }) =>
      vector(id, {
        group: 'personal',
        input,
        ...(names === undefined ? {} : { names }),
        ...(displayText(input) === input ? { spans } : {}),
      }),
    ),
  ];
  if (disagreements.length > 0) throw new Error(disagreements.join('\n'));
  writeFileSync(
    new URL('arabic.json', FOLDER),
    `[\n${vectors.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`,
  );
  process.stdout.write(`${vectors.length} vectors\n`);
}

if (process.argv[1] === import.meta.filename) main();
