// Turns the marked texts of test/vectors/personal.source.txt into test/vectors/personal.json: node scripts/personal-vectors.mjs

import { readFileSync, writeFileSync } from 'node:fs';

const source = new URL('../test/vectors/personal.source.txt', import.meta.url);
const target = new URL('../test/vectors/personal.json', import.meta.url);
const LINE = /^(\w+) (?:\{([^}]*)\} )?([+-]) (.*)$/;
const MARK = /⟦(\w+):([^⟧]*)⟧/g;
const IN_DIGITS = new Set(['phone', 'iban', 'card', 'national_id']);
const ZEROS = { ascii: 0x30, arabic: 0x660, persian: 0x6f0 };

/** The text and its spans, in UTF-16 units. */
function unmark(marked) {
  const spans = [];
  let text = '';
  let from = 0;
  for (const match of marked.matchAll(MARK)) {
    text += marked.slice(from, match.index);
    spans.push([text.length, text.length + match[2].length, match[1]]);
    text += match[2];
    from = match.index + match[0].length;
  }
  return { input: text + marked.slice(from), spans };
}

const vectors = [];
const counts = new Map();
for (const line of readFileSync(source, 'utf8').split('\n')) {
  if (line === '' || line.startsWith('#')) continue;
  const match = LINE.exec(line);
  if (match === null) throw new Error(`No vector: ${line}`);
  const [, kind, names, sign, marked] = match;
  const id = `${kind}${sign === '+' ? '-yes' : '-no'}`;
  const number = (counts.get(id) ?? 0) + 1;
  counts.set(id, number);
  for (const [set, zero] of Object.entries(ZEROS)) {
    if (set !== 'ascii' && !IN_DIGITS.has(kind)) continue;
    const digits = marked.replace(/[0-9]/g, (digit) => String.fromCharCode(zero + Number(digit)));
    vectors.push({
      id: `${id}-${number}${IN_DIGITS.has(kind) ? `-${set}` : ''}`,
      kind,
      positive: sign === '+',
      ...(names === undefined ? {} : { names: names.split(',') }),
      ...unmark(digits),
    });
  }
}
writeFileSync(target, `[\n${vectors.map((vector) => `  ${JSON.stringify(vector)}`).join(',\n')}\n]\n`);
