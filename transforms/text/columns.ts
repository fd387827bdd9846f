// What the text transform adds, and the version of its rules: apart from the rules, so that it is known before they are loaded.

import type { Field } from '../../core/types.ts';

/** Grows when the same original would give other columns. */
const TEXT_VERSION = 'text-3';

export const TEXT_COLUMNS = {
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

/** The version that stands in the rows: that of the rules, and that of whoever hides personal data. */
export function versionOf(redactor: { readonly version: string }): string {
  return `${TEXT_VERSION} ${redactor.version}`;
}
