// Gong: what customers say in calls as feedback, with Arabic text made readable and sentiment labels.
//
// Credentials come from the environment (docs/connectors/gong.md); what runs is decided here.

import { gong } from '../connectors/gong.ts';
import { pipeline } from '../core/pipeline.ts';
import { language } from '../transforms/language.ts';
import { readableText } from '../transforms/readable-text.ts';
import { sentiment } from '../transforms/sentiment.ts';

export default pipeline({
  name: 'gong',
  source: gong(),
  transforms: [readableText(), language()],
  labels: sentiment(),
});
