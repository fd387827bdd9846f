// Intercom: conversations and ratings as feedback, with Arabic text made readable and sentiment labels.
//
// Credentials come from the environment (docs/connectors/intercom.md); what runs is decided here.

import { intercom } from '../connectors/intercom.ts';
import { pipeline } from '../core/pipeline.ts';
import { language } from '../transforms/language.ts';
import { readableText } from '../transforms/readable-text.ts';
import { sentiment } from '../transforms/sentiment.ts';

export default pipeline({
  name: 'intercom',
  source: intercom(),
  transforms: [readableText(), language()],
  labels: sentiment(),
});
