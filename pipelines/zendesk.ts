// Zendesk Support: tickets, comments and ratings as feedback, with Arabic text made readable and sentiment labels.
//
// Credentials come from the environment (docs/connectors/zendesk.md); what runs is decided here.

import { zendesk } from '../connectors/zendesk.ts';
import { pipeline } from '../core/pipeline.ts';
import { language } from '../transforms/language.ts';
import { readableText } from '../transforms/readable-text.ts';
import { sentiment } from '../transforms/sentiment.ts';

export default pipeline({
  name: 'zendesk',
  source: zendesk(),
  transforms: [readableText(), language()],
  labels: sentiment(),
});
