// The text columns of feedback: for reading, for models, and for finding and recognising words.

import { stableHash } from '../core/ids.ts';
import type { Field, Json, Row, Transform } from '../core/types.ts';
import { analyse, type Redact, saysSomething } from './text/analysis.ts';
import { displayText, readDisplay } from './text/display.ts';
import { isClearlyHtml } from './text/html.ts';
import { keyText } from './text/key.ts';

/** Grows when the same original would give other columns. */
const TEXT_VERSION = 'text-2';

const ADDS = {
  text_display: {
    type: 'string',
    description:
      'The words for reading: no markup, no invisible controls, glyph forms as letters, wrong decodings undone.',
    pii: 'free_text',
  },
  text_analysis: {
    type: 'string',
    description:
      "Title and the customer's own words as a model reads them: without quoted replies and signatures, personal data as placeholders.",
    pii: 'free_text',
  },
  text_key: {
    type: 'string',
    description:
      'The analysis text folded for searching and grouping: one spelling of each letter, no vowel signs, lower case. Empty without words.',
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
  text_version: { type: 'string', description: 'Versions of the rules that made the text columns.' },
  text_had_html: { type: 'boolean', description: 'Whether the original was read as HTML.' },
  text_had_presentation_forms: {
    type: 'boolean',
    description: 'Whether the original held Arabic glyph forms in place of letters.',
  },
  text_baked_order: {
    type: 'string',
    description:
      'The order in which those glyph forms stood: logical, visual (back to front, and repaired) or unsure (left as it is); NULL where there were none or too few to tell.',
  },
  text_had_invisible_controls: {
    type: 'boolean',
    description: 'Whether the original held direction controls, zero-width or control characters.',
  },
  text_had_mojibake: {
    type: 'boolean',
    description: 'Whether Arabic in the original had been decoded with the wrong table, and was repaired.',
  },
  text_had_quote: {
    type: 'boolean',
    description: 'Whether a quoted reply, or the headers of a mail, were left out of the analysis text.',
  },
  text_had_signature: {
    type: 'boolean',
    description: 'Whether a signature, a footer or a disclaimer was left out of the analysis text.',
  },
  text_hidden: {
    type: 'integer',
    description: 'How many pieces of personal data are placeholders in the analysis text.',
  },
} as const satisfies Record<string, Field>;

/** What hides personal data, such as `redactor()`; its version is a part of the text's. */
export interface TextRedactor {
  readonly version: string;
  readonly redact: Redact;
}

/**
 * Adds the text columns to feedback rows from `title`, `text_original`, `text_is_html` and `author_name`, which stay as they
 * are. Text that is flagged as HTML, or clearly is HTML, is read as HTML. Pure; never throws, whatever the strings hold.
 */
export function text(options: { readonly redactor: TextRedactor }): Transform {
  const { redactor } = options;
  const version = `${TEXT_VERSION} ${redactor.version}`;
  return {
    name: 'text',
    version,
    adds: ADDS,
    apply: (rows) => rows.map((row) => addText(row, redactor.redact, version)),
  };
}

function addText(row: Row, redact: Redact, version: string): Row {
  const original = stringOf(row['text_original']);
  const display = readDisplay(original, { html: row['text_is_html'] === true || isClearlyHtml(original) });
  const author = stringOf(row['author_name']);
  const analysis = analyse(displayText(stringOf(row['title'])), display.text, {
    redact,
    names: author === '' ? [] : [author],
  });
  const key = saysSomething(analysis.text) ? keyText(analysis.text) : '';
  const added = {
    text_display: display.text,
    text_analysis: analysis.text,
    text_key: key,
    text_key_hash: key === '' ? '' : stableHash(key),
    content_hash: saysSomething(analysis.text) ? stableHash(version, analysis.text) : '',
    text_version: version,
    text_had_html: display.hadHtml,
    text_had_presentation_forms: display.hadPresentationForms,
    text_baked_order: display.bakedOrder ?? null,
    text_had_invisible_controls: display.hadInvisibleControls,
    text_had_mojibake: display.hadMojibake,
    text_had_quote: analysis.hadQuote,
    text_had_signature: analysis.hadSignature,
    text_hidden: analysis.hidden,
  };
  // The fastest way where the row begins with these columns, as core/feedback.ts makes it.
  return Object.assign({ ...row }, added);
}

function stringOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
