// The stand-in vendors by name, for the verb that starts them.

import { startEstuary } from './estuary.ts';
import { startGong } from './gong.ts';
import { startHubspot } from './hubspot.ts';
import { startIntercom } from './intercom.ts';
import { type OpenAIOptions, startOpenAI } from './openai.ts';
import { startSalesforce } from './salesforce.ts';
import { startVercel } from './vercel.ts';
import { startZendesk } from './zendesk.ts';

/** Each starts a server on the loopback address and tells its `url`. */
export const sandboxes = {
  zendesk: {
    description: 'Zendesk Support with a year of Arabic tickets: exports, lists, ratings, OAuth, limits.',
    start: startZendesk,
  },
  intercom: {
    description: 'Intercom with a year of Arabic conversations: searches, parts, contacts, a scroll, limits.',
    start: startIntercom,
  },
  gong: {
    description:
      'Gong with a year of Arabic calls: transcripts that come late, limits by the second and the day.',
    start: startGong,
  },
  estuary: {
    description: "Estuary's control plane: GraphQL for specs, statistics, tokens that are exchanged.",
    start: startEstuary,
  },
  salesforce: {
    description:
      'Salesforce with a year of Arabic cases: SOQL, bulk queries, deletions, three ways to sign in, limits.',
    start: startSalesforce,
  },
  hubspot: {
    description:
      'HubSpot with a year of Arabic tickets, mails, notes and calls: lists, search, associations, OAuth, limits.',
    start: startHubspot,
  },
  vercel: {
    description: 'Vercel with deployments on their way, projects and teams: both kinds of cursor, limits.',
    start: startVercel,
  },
  openai: {
    description:
      'An OpenAI-compatible endpoint that labels feedback from a word list, live and in batches, counts tokens and bills.',
    start: startOpenAI,
  },
  azure: {
    description:
      'The same as Azure OpenAI: deployments, API versions, a retired model, batches of their own.',
    start: (options: OpenAIOptions = {}) => startOpenAI({ ...options, dialect: 'azure' }),
  },
  jais: {
    description: 'The same as a server of one’s own with JAIS: no schemas, a small context, untidy answers.',
    start: (options: OpenAIOptions = {}) => startOpenAI({ ...options, dialect: 'jais' }),
  },
} as const;
