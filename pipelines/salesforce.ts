// Salesforce: cases, comments and e-mails as feedback, with Arabic text made readable and sentiment labels.
//
// Credentials come from the environment (docs/connectors/salesforce.md); what runs is decided here. More objects are named in
// `salesforce({ objects: ['Survey__c'] })`.

import { salesforce } from '../connectors/salesforce.ts';
import { pipeline } from '../core/pipeline.ts';
import { language } from '../transforms/language.ts';
import { readableText } from '../transforms/readable-text.ts';
import { sentiment } from '../transforms/sentiment.ts';

export default pipeline({
  name: 'salesforce',
  source: salesforce(),
  transforms: [readableText(), language()],
  labels: sentiment(),
});
