// Estuary Flow: captures, collections, materializations and their statistics, from its control plane.
// https://docs.estuary.dev and docs/connectors/estuary.md

import { asPipelineError } from '../core/errors.ts';
import type { Connector, Context } from '../core/types.ts';
import { type Client, createClient } from './estuary/client.ts';
import { createSessions } from './estuary/session.ts';
import { settingProblems } from './estuary/settings.ts';
import { readablePrefixes, specs } from './estuary/specs.ts';
import { catalogStats } from './estuary/stats.ts';

/** The connector. Address and key come from the environment. It brings no feedback: no customer speaks here. */
export function estuary(): Connector {
  const sessionOf = createSessions();
  const connect = (context: Context): Client => createClient(context, sessionOf(context));
  return {
    name: 'estuary',
    title: 'Estuary Flow',
    streams: [
      specs(connect, { type: 'capture', name: 'captures', description: 'Captures, whenever they change.' }),
      specs(connect, {
        type: 'collection',
        name: 'collections',
        description: 'Collections, whenever they change.',
      }),
      specs(connect, {
        type: 'materialization',
        name: 'materializations',
        description: 'Materializations, whenever they change.',
      }),
      catalogStats(connect),
    ],
    problems: settingProblems,
    async check(context) {
      try {
        const client = connect(context);
        const prefixes = await readablePrefixes(client);
        return {
          ok: true,
          message: `Signed in to ${client.session.settings.root}; reads ${prefixes.join(', ')}.`,
        };
      } catch (thrown) {
        const { kind, message, hint } = asPipelineError(thrown);
        if (kind === 'bug') throw thrown;
        return { ok: false, message, ...(hint === undefined ? {} : { hint }) };
      }
    },
  };
}
