// The text columns of feedback: for reading, for models, and for finding and recognising words.

import { stableHash } from '../core/ids.ts';
import type { Json, Row, Transform } from '../core/types.ts';
import { analyse, type Redact, saysSomething } from './text/analysis.ts';
import { TEXT_COLUMNS, versionOf } from './text/columns.ts';
import { displayText, readDisplay } from './text/display.ts';
import { isClearlyHtml } from './text/html.ts';
import { keyText } from './text/key.ts';

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
  const version = versionOf(redactor);
  return {
    name: 'text',
    version,
    adds: TEXT_COLUMNS,
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
