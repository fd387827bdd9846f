// Estuary Flow: what is captured, collected and materialized, and how much of it. There is no feedback to label.
//
// Credentials come from the environment (docs/connectors/estuary.md); what runs is decided here.

import { estuary } from '../connectors/estuary.ts';
import { pipeline } from '../core/pipeline.ts';

export default pipeline({
  name: 'estuary',
  source: estuary(),
  transforms: [],
});
