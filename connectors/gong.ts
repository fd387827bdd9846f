// Gong: calls, what was said in them, users and workspaces.
// https://gong.app.gong.io/settings/api/documentation and docs/connectors/gong.md

import { asPipelineError } from '../core/errors.ts';
import type { Connector } from '../core/types.ts';
import { calls, users, workspaces } from './gong/calls.ts';
import { createClient } from './gong/client.ts';
import { settingProblems } from './gong/settings.ts';
import { transcripts } from './gong/transcripts.ts';

/** The connector. Account and key come from the environment. */
export function gong(): Connector {
  return {
    name: 'gong',
    title: 'Gong',
    streams: [calls(), transcripts(), users(), workspaces()],
    problems: settingProblems,
    async check(context) {
      try {
        const client = createClient(context);
        const { records } = await client.ask({ path: '/v2/workspaces', collection: 'workspaces' });
        return {
          ok: true,
          message: `Signed in to ${client.settings.root}, which has ${records.length} workspaces.`,
        };
      } catch (thrown) {
        const { kind, message, hint } = asPipelineError(thrown);
        if (kind === 'bug') throw thrown;
        return { ok: false, message, ...(hint === undefined ? {} : { hint }) };
      }
    },
  };
}
