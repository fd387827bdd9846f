// The text columns of feedback: for reading, for models, and for recognising the same words again.

import { stableHash } from '../core/ids.ts';
import type { Field, Json, Row, Transform } from '../core/types.ts';
import { analysisText, saysSomething } from './text/analysis.ts';
import { displayText, readDisplay } from './text/display.ts';
import { isClearlyHtml } from './text/html.ts';
import { keyText } from './text/key.ts';

/** Grows when the same original would give other columns. */
const TEXT_VERSION = 'text-1';

const ADDS = {
  text_display: {
    type: 'string',
    description: 'The words for reading: no markup, no invisible controls, glyph forms as letters.',
    pii: 'free_text',
  },
  text_analysis: {
    type: 'string',
    description:
      'Title and words as a model reads them; addresses, links, phones and long numbers are masked.',
    pii: 'free_text',
  },
  text_key_hash: {
    type: 'string',
    description: 'Equal for texts that differ in spelling only; empty without words.',
  },
  content_hash: {
    type: 'string',
    description:
      'Hash of the analysis text and its version: what a label belongs to. Empty where there is nothing to label.',
  },
  text_version: { type: 'string', description: 'Version of the rules that made the text columns.' },
  text_had_presentation_forms: {
    type: 'boolean',
    description: 'Whether the original held Arabic glyph forms in place of letters.',
  },
  text_had_bidi_controls: {
    type: 'boolean',
    description: 'Whether the original held invisible direction controls.',
  },
  text_had_html: { type: 'boolean', description: 'Whether the original was read as HTML.' },
} as const satisfies Record<string, Field>;

/**
 * Adds the text columns to feedback rows from `title`, `text_original` and `text_is_html`, which stay as they are. Text
 * that is flagged as HTML, or clearly is HTML, is read as HTML. Pure; never throws, whatever the strings hold.
 */
export function text(): Transform {
  return { name: 'text', version: TEXT_VERSION, adds: ADDS, apply: (rows) => rows.map(addText) };
}

function addText(row: Row): Row {
  const original = stringOf(row['text_original']);
  const display = readDisplay(original, { html: row['text_is_html'] === true || isClearlyHtml(original) });
  const analysis = analysisText(displayText(stringOf(row['title'])), display.text);
  const labelled = saysSomething(analysis);
  return {
    ...row,
    text_display: display.text,
    text_analysis: analysis,
    text_key_hash: labelled ? stableHash(keyText(analysis)) : '',
    content_hash: labelled ? stableHash(TEXT_VERSION, analysis) : '',
    text_version: TEXT_VERSION,
    text_had_presentation_forms: display.hadPresentationForms,
    text_had_bidi_controls: display.hadBidiControls,
    text_had_html: display.hadHtml,
  };
}

function stringOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
