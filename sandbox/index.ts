// The stand-in vendors by name, for the verb that starts them.

import { startHubspot } from './hubspot.ts';
import { startOpenAI } from './openai.ts';
import { startVercel } from './vercel.ts';
import { startZendesk } from './zendesk.ts';

/** Each starts a server on the loopback address and tells its `url`. */
export const sandboxes = {
  zendesk: {
    description: 'Zendesk Support with a year of Arabic tickets: exports, lists, ratings, OAuth, limits.',
    start: startZendesk,
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
      'An OpenAI-compatible endpoint that labels feedback from a word list, counts tokens and bills.',
    start: startOpenAI,
  },
} as const;
