// Intercom: conversations with all that was said in them, contacts, companies, articles and tickets.
// https://developers.intercom.com/docs/references/rest-api/api.intercom.io and docs/connectors/intercom.md

import { asPipelineError } from '../core/errors.ts';
import { asRecord, textOf } from '../core/mapping.ts';
import type { Connector } from '../core/types.ts';
import { createClient } from './intercom/client.ts';
import { conversations, tickets } from './intercom/conversations.ts';
import { conversationParts } from './intercom/parts.ts';
import { articles, companies, contacts } from './intercom/people.ts';
import { settingProblems } from './intercom/settings.ts';

/** The connector. Workspace, region, version and token come from the environment. */
export function intercom(): Connector {
  return {
    name: 'intercom',
    title: 'Intercom',
    streams: [conversations(), conversationParts(), contacts(), companies(), articles(), tickets()],
    problems: settingProblems,
    async check(context) {
      try {
        const client = createClient(context);
        const { body } = await client.ask({ path: '/me' });
        const app = asRecord(body['app']);
        const workspace = (app && textOf(app, 'name')) ?? 'a workspace';
        return {
          ok: true,
          message: `Signed in to ${workspace} at ${client.settings.root}, version ${client.settings.version}.`,
        };
      } catch (thrown) {
        const { kind, message, hint } = asPipelineError(thrown);
        if (kind === 'bug') throw thrown;
        return { ok: false, message, ...(hint === undefined ? {} : { hint }) };
      }
    },
  };
}
