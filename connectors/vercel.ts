// Vercel: deployments, whose state changes after they were made, and the projects and teams around them.
// https://vercel.com/docs/rest-api and docs/connectors/vercel.md

import { asPipelineError } from '../core/errors.ts';
import type { Connector, Context } from '../core/types.ts';
import { type Client, createClient, settingProblems } from './vercel/client.ts';
import { deployments } from './vercel/deployments.ts';
import { listStreams } from './vercel/lists.ts';

/** The connector. Account and credentials come from the environment. It has no words of customers. */
export function vercel(): Connector {
  const connect = (context: Context): Client => createClient(context);
  return {
    name: 'vercel',
    title: 'Vercel',
    streams: [deployments(connect), ...listStreams(connect)],
    problems: settingProblems,
    async check(context) {
      try {
        const client = connect(context);
        await client.ask({ path: '/v6/deployments', query: { limit: '1' } });
        return { ok: true, message: `Signed in to ${client.root}.` };
      } catch (thrown) {
        const { kind, message, hint } = asPipelineError(thrown);
        if (kind === 'bug') throw thrown;
        return { ok: false, message, ...(hint === undefined ? {} : { hint }) };
      }
    },
  };
}
