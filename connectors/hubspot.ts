// HubSpot: tickets, mails, notes and calls, the contacts and companies behind them, deals, owners and pipelines.
// https://developers.hubspot.com/docs/api-reference/overview and docs/connectors/hubspot.md

import { asPipelineError } from '../core/errors.ts';
import type { Connector, Context } from '../core/types.ts';
import { type Client, createClient } from './hubspot/client.ts';
import { listStreams } from './hubspot/lists.ts';
import { objectStreams } from './hubspot/objects.ts';
import { createSessions } from './hubspot/session.ts';
import { settingProblems } from './hubspot/settings.ts';

/** The connector. Account and credentials come from the environment. */
export function hubspot(): Connector {
  const sessionOf = createSessions();
  const connect = (context: Context): Client => createClient(context, sessionOf(context));
  return {
    name: 'hubspot',
    title: 'HubSpot',
    streams: [...objectStreams(connect), ...listStreams(connect)],
    problems: settingProblems,
    async check(context) {
      try {
        const client = connect(context);
        await client.ask({ family: 'objects', path: 'tickets', query: { limit: '1' } });
        return { ok: true, message: `Signed in to ${client.session.root} with ${client.session.identity}.` };
      } catch (thrown) {
        const { kind, message, hint } = asPipelineError(thrown);
        if (kind === 'bug') throw thrown;
        return { ok: false, message, ...(hint === undefined ? {} : { hint }) };
      }
    },
  };
}
