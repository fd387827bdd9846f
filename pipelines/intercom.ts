// Intercom: conversations and ratings as feedback, with Arabic text made readable and sentiment labels.
//
// Credentials come from the environment (docs/connectors/intercom.md); what runs is decided here.

import { intercom } from '../connectors/intercom.ts';
import { pipeline } from '../core/pipeline.ts';
import { language } from '../transforms/language.ts';
import { redactor } from '../transforms/redact.ts';
import { sentiment } from '../transforms/sentiment.ts';
import { text } from '../transforms/text.ts';

export default pipeline({
  name: 'intercom',
  source: intercom(),
  transforms: [text({ redactor: redactor() }), language()],
  labels: sentiment(),
});
