// Vercel: deployments, projects and teams beside what customers say; it has no words of its own.
//
// Credentials come from the environment (docs/connectors/vercel.md); what runs is decided here.

import { vercel } from '../connectors/vercel.ts';
import { pipeline } from '../core/pipeline.ts';

export default pipeline({
  name: 'vercel',
  source: vercel(),
  transforms: [],
});
