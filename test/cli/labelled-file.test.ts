// Files of labelled texts: every form that is read, and one sentence for each that is not.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ColumnNames, type LabelledLine, readLabelledFile } from '../../cli/labelled-file.ts';
import { PipelineError } from '../../core/errors.ts';
import { emptyFolder } from './command.ts';

async function read(
  name: string,
  content: string | Uint8Array,
  columns: Partial<ColumnNames> = {},
): Promise<readonly LabelledLine[]> {
  const path = join(await emptyFolder(), name);
  writeFileSync(path, content);
  const usual = { text: undefined, label: undefined, language: undefined, dialect: undefined };
  return readLabelledFile(path, { ...usual, ...columns });
}

const labelsOf = (lines: readonly LabelledLine[]): readonly string[] => lines.map(({ label }) => label);

describe('a labelled file', () => {
  it('may be TSV, JSON lines, or CSV with semicolons, a byte order mark and quotes', async () => {
    expect(await read('a.tsv', 'text\tlabel\nخدمة, ممتازة\tpositive\n')).toEqual([
      { text: 'خدمة, ممتازة', label: 'positive', language: null, dialect: null },
    ]);
    expect(
      await read(
        'b.jsonl',
        '{"text":"a","label":"neg","dialect":"gulf"}\r\n\n{"label":"pos","text":"b","dialect":""}',
      ),
    ).toEqual([
      { text: 'a', label: 'negative', language: null, dialect: 'gulf' },
      { text: 'b', label: 'positive', language: null, dialect: null },
    ]);
    expect(await read('c.csv', '\ufeffText;Label;Language\r\na,b;neutral;ar\r\n')).toEqual([
      { text: 'a,b', label: 'neutral', language: 'ar', dialect: null },
    ]);
    expect(await read('D.CSV', 'text,label\n"he said ""no""\nand left",mixed')).toEqual([
      { text: 'he said "no"\nand left', label: 'mixed', language: null, dialect: null },
    ]);
  });

  it('may name its columns and labels in its own words', async () => {
    const columns = { text: 'التعليق', label: 'Mood', dialect: 'region' };
    const lines = 'التعليق,mood,region\na,إيجابي,نجد\nb,سَلبيّ,\nc,محايدة,\nd,مختلط,\ne,POS,\nf, Negative ,';
    const read1 = await read('a.csv', lines, columns);
    expect(labelsOf(read1)).toEqual(['positive', 'negative', 'neutral', 'mixed', 'positive', 'negative']);
    expect(read1[0]).toMatchObject({ text: 'a', dialect: 'نجد' });
  });
});

describe('a file that will not do', () => {
  it.each([
    ['gold.csv', '', 'holds no labelled text.'],
    ['gold.csv', 'text,label\n', 'holds no labelled text.'],
    ['gold.csv', 'text,mood\nsecret,positive\n', 'has no label.'],
    ['gold.csv', 'text,label\na,positive\nsecret,angry secret\n', 'Line 3 of '],
    ['gold.csv', 'text,label\na,positive\nsecret\n', 'has 1 fields, and the first line names 2.'],
    ['gold.csv', 'text,label\n"a\n\nb",positive\nse"cret,positive\n', 'Line 5 of '],
    ['gold.csv', 'text,label\n"secret,positive\n', 'a quote is opened and never closed.'],
    ['gold.jsonl', '{"text":"a","label":"pos"}\n{"text":"sec', 'Line 2 of '],
    ['gold.jsonl', '["secret"]', 'is no JSON object.'],
    ['gold.jsonl', '{"text":7,"label":"pos"}', 'has no text.'],
    ['gold.jsonl', '{"__proto__":{"text":"secret"},"label":"pos"}', 'has no text.'],
    ['gold.xlsx', 'PK', 'is neither .csv nor .tsv nor .jsonl.'],
    ['gold.csv', Buffer.from('\ufefftext,label\nx,positive\n', 'utf16le'), 'is not UTF-8.'],
    ['gold.csv', Buffer.from('text,label\n\xd4\xed,positive\n', 'latin1'), 'is not UTF-8.'],
  ])('%s %j is told in one sentence', async (name, content, sentence) => {
    const refusal: unknown = await read(name, content).catch((thrown: unknown) => thrown);
    expect(refusal).toBeInstanceOf(PipelineError);
    expect(refusal).toMatchObject({ kind: 'config', message: expect.stringContaining(sentence) });
    expect(JSON.stringify(refusal) + String(refusal)).not.toContain('secret');
  });

  it('lacks a column that was asked for by name', async () => {
    await expect(read('gold.csv', 'text,label\na,pos\n', { dialect: 'region' })).rejects.toThrow(
      'has no region.',
    );
  });
});
