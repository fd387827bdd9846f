// HubSpot: tickets, mails, notes and calls as feedback, with Arabic text made readable and sentiment labels.
//
// Credentials come from the environment (docs/connectors/hubspot.md); what runs is decided here.

import { hubspot } from '../connectors/hubspot.ts';
import { pipeline } from '../core/pipeline.ts';
import { language } from '../transforms/language.ts';
import { readableText } from '../transforms/readable-text.ts';
import { sentiment } from '../transforms/sentiment.ts';

export default pipeline({
  name: 'hubspot',
  source: hubspot(),
  transforms: [readableText(), language()],
  labels: sentiment(),
});
