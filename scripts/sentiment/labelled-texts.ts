// Reads the labelled Arabic texts that the offline model is trained on, as the text transform hands texts over, each once.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDelimited } from '../../cli/delimited.ts';
import type { Row } from '../../core/types.ts';
import { redactor } from '../../transforms/redact.ts';
import { keyText } from '../../transforms/text/key.ts';
import { text as textColumns } from '../../transforms/text.ts';

export type ClassName = 'positive' | 'neutral' | 'negative';
export type SetName = 'arsarcasm' | 'saudi' | 'emoji';

export interface LabelledText {
  readonly set: SetName;
  readonly text: string;
  readonly label: ClassName;
  /** As the set names it; null where it does not. */
  readonly dialect: string | null;
}

const ARSARCASM: Readonly<Record<string, ClassName>> = { POS: 'positive', NEU: 'neutral', NEG: 'negative' };
const SAUDI: Readonly<Record<string, ClassName>> = { '0': 'negative', '1': 'positive', '2': 'neutral' };
const EMOJI: Readonly<Record<string, ClassName>> = { neg: 'negative', pos: 'positive' };

/** Emoji with all that joins and colours them: these tweets were labelled by theirs, so that a model may not see them. */
const ANY_EMOJI = /[\p{Extended_Pictographic}\p{EMod}\p{Regional_Indicator}\u200d\ufe0f\u20e3]/gu;

/**
 * All texts of the folder, duplicates removed by normalised key over all sets together: the first one stays, human labels
 * before distant ones; a distant label that is contradicted by another one goes with it.
 */
export function readLabelledTexts(folder: string): readonly LabelledText[] {
  const [, ...tweets] = readDelimited(read(folder, 'arsarcasm-v2-train.csv'), ',');
  const [, ...reviews] = readDelimited(read(folder, 'saudi-tourism-reviews.csv'), ';');
  const distant = ['negative', 'positive'].flatMap((side) =>
    read(folder, `emoji-tweets-${side}.tsv`)
      .split('\n')
      .map((line) => line.split('\t')),
  );
  const human = [
    ...tweets.map(({ fields }) => labelled('arsarcasm', fields[0], ARSARCASM[fields[2] ?? ''], fields[3])),
    ...reviews.map(({ fields }) => labelled('saudi', fields[0], SAUDI[fields[1] ?? ''])),
  ];
  const emoji = distant.map(([name = '', words = '']) =>
    labelled('emoji', words.replace(ANY_EMOJI, ' '), EMOJI[name]),
  );
  const first = new Map<string, LabelledText>();
  const contradicted = new Set<string>();
  for (const one of asTransformed([...human, ...emoji])) {
    const key = keyText(one.text);
    const known = first.get(key);
    if (key === '') continue;
    if (known === undefined) first.set(key, one);
    else if (known.set === 'emoji' && known.label !== one.label) contradicted.add(key);
  }
  return [...first].filter(([key]) => !contradicted.has(key)).map(([, one]) => one);
}

function labelled(
  set: SetName,
  text: string | undefined,
  label: ClassName | undefined,
  dialect?: string,
): readonly LabelledText[] {
  if (text === undefined || text === '' || label === undefined) return [];
  return [{ set, text, label, dialect: dialect ?? null }];
}

function asTransformed(texts: readonly (readonly LabelledText[])[]): readonly LabelledText[] {
  const all = texts.flat();
  const rows = textColumns({ redactor: redactor() }).apply(
    all.map(({ text }): Row => ({ title: null, text_original: text, text_is_html: false })),
  );
  return all.map((one, at) => ({ ...one, text: String(rows[at]?.['text_analysis'] ?? '') }));
}

function read(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'utf8').replace(/^\ufeff/, '');
}
