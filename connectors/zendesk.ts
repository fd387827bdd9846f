// Zendesk Support: tickets, their comments, people, and what customers answer when they are asked.
// https://developer.zendesk.com/api-reference/ticketing/introduction/ and docs/connectors/zendesk.md

import { asPipelineError, PipelineError } from '../core/errors.ts';
import type { Connector, Context, Stream } from '../core/types.ts';
import { type Client, createClient } from './zendesk/client.ts';
import { lists, organizations, users } from './zendesk/people.ts';
import { satisfactionRatings, surveyResponses } from './zendesk/ratings.ts';
import { createSessions } from './zendesk/session.ts';
import { settingProblems } from './zendesk/settings.ts';
import { ticketEvents } from './zendesk/ticket-events.ts';
import { tickets } from './zendesk/tickets.ts';

/**
 * The connector; `streams` narrows it to some of its streams. Account and credentials come from the environment.
 * Throws config `zendesk.unknown_stream` for a name that does not exist.
 */
export function zendesk(options: { readonly streams?: readonly string[] } = {}): Connector {
  const sessionOf = createSessions();
  const connect = (context: Context): Client => createClient(context, sessionOf(context));
  const all: readonly Stream[] = [
    tickets(connect),
    ticketEvents(connect),
    users(connect),
    organizations(connect),
    ...lists(connect),
    satisfactionRatings(connect),
    surveyResponses(connect),
  ];
  return {
    name: 'zendesk',
    title: 'Zendesk Support',
    streams: options.streams === undefined ? all : choose(all, options.streams),
    problems: settingProblems,
    async check(context) {
      try {
        const client = connect(context);
        // Never users/me: it answers 200 to anybody. A ticket list is refused to whoever is not signed in.
        await client.ask({ path: 'tickets.json', query: { 'page[size]': 1 }, bucket: 'tickets-index' });
        return { ok: true, message: `Signed in to ${client.session.root} with ${client.session.identity}.` };
      } catch (thrown) {
        const { kind, message, hint } = asPipelineError(thrown);
        if (kind === 'bug') throw thrown;
        return { ok: false, message, ...(hint === undefined ? {} : { hint }) };
      }
    },
  };
}

function choose(all: readonly Stream[], names: readonly string[]): readonly Stream[] {
  const unknown = names.filter((name) => !all.some((stream) => stream.name === name));
  if (unknown.length > 0) {
    throw new PipelineError(
      'config',
      'zendesk.unknown_stream',
      `Zendesk has no stream ${unknown.join(', ')}.`,
      {
        hint: `Streams are: ${all.map((stream) => stream.name).join(', ')}.`,
      },
    );
  }
  return all.filter((stream) => names.includes(stream.name));
}
