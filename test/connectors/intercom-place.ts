// The Intercom stand-in as a place for the contract of connectors, and for tests of Intercom's own traps.

import { intercom } from '../../connectors/intercom.ts';
import { createAddressGuard } from '../../core/address-guard.ts';
import type { AuthorRole, Connector, Environment, Fetch, Json, Row } from '../../core/types.ts';
import type { VendorRecord } from '../../sandbox/change-log.ts';
import { type IntercomOptions, type IntercomSandbox, startIntercom } from '../../sandbox/intercom.ts';
import type { Place, StreamTruth } from '../contracts/connector.ts';
import { contextOf, memorySecrets, placeOf, type TestContext } from '../contracts/stand-in.ts';

/** How far a caught-up search goes back, stream by stream. */
const LOOK_BACK: { readonly [stream: string]: number } = { contacts: 1800 };
const NOW = new Date('2026-11-20T08:00:00Z');

export interface IntercomPlace {
  readonly sandbox: IntercomSandbox;
  readonly env: Environment;
  context(options?: { readonly env?: Environment; readonly through?: (fetch: Fetch) => Fetch }): TestContext;
  close(): Promise<void>;
}

export async function startPlace(options: IntercomOptions = {}): Promise<IntercomPlace> {
  const sandbox = await startIntercom({ conversations: 50, contacts: 40, now: NOW, ...options });
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  const secrets = memorySecrets();
  const env = (): Environment => ({
    INTERCOM_BASE_URL: `${sandbox.url}/`,
    INTERCOM_ACCESS_TOKEN: sandbox.token(),
  });
  return {
    sandbox,
    get env() {
      return env();
    },
    context: ({ env: given = env(), ...rest } = {}) =>
      contextOf(sandbox, { guard, env: given, secrets, ...rest }),
    async close() {
      await sandbox.close();
      await guard.close();
    },
  };
}

/** What is removed while a stream is read: nobody tells of a contact that was gone before it was ever read. */
const REMOVALS: { readonly [stream: string]: Parameters<IntercomSandbox['change']>[0] } = {
  conversations: { deletes: 3 },
  conversation_parts: { redactions: 1 },
  contacts: { deletedContacts: 2, merges: 1 },
  companies: { deletedCompanies: 1 },
  articles: { deletedArticles: 1 },
  tickets: {},
};

/** A place for the contract; its pages hold a dozen records. `removing` tells whose records `remove` takes, call by call. */
export async function contractPlace(
  connector: Connector = intercom(),
  removing: readonly string[] = ['conversations', 'contacts'],
  account: IntercomOptions = {},
): Promise<Place & { readonly sandbox: IntercomSandbox }> {
  const small = { conversations: 50, contacts: 40, tickets: 30, largestPage: 12 };
  const sandbox = await startIntercom({ ...small, now: NOW, ...account });
  let removals = 0;
  const resources = () => sandbox.truth().resources;
  const secondOf = (table: string, row: Row): number => {
    if (table !== 'intercom_conversation_parts') return Date.parse(String(row['updated_at'])) / 1000;
    return Number(resources()['conversations']?.[String(row['conversation_id'])]?.['updated_at']);
  };
  const place = placeOf({
    connector,
    sandbox,
    env: () => ({ INTERCOM_BASE_URL: sandbox.url, INTERCOM_ACCESS_TOKEN: sandbox.token() }),
    wrong: { INTERCOM_ACCESS_TOKEN: 'not-the-token' },
    paths: PATHS,
    truth: (stream) => truthOf(stream, resources()),
    change: () => {
      sandbox.change({ newContacts: 2, newConversations: 2, newTickets: 1, replies: 4, ratings: 2 });
      sandbox.change({ contacts: 3, companies: 2, articles: 2, tickets: 3, redactions: 1 });
    },
    changeAtOnce: () => void sandbox.change({ burst: 30 }),
    remove() {
      const stream = removing[Math.min(removals++, removing.length - 1)] ?? '';
      sandbox.change(REMOVALS[stream] ?? {});
    },
    changedAt: (table, row) => new Date(secondOf(table, row) * 1000),
    mayRepeat(stream, table, row, checkpoint) {
      const { from } = checkpoint as { readonly from: number };
      return secondOf(table, row) >= from - (LOOK_BACK[stream] ?? 600);
    },
    roleOf(author): AuthorRole | undefined {
      const contact = resources()['contacts']?.[author];
      if (contact !== undefined) return 'customer';
      return author === '991267499' ? 'bot' : author.startsWith('99126745') ? 'agent' : undefined;
    },
  });
  return { ...place, sandbox };
}

/** Where each stream reads, as a part of its path. */
export const PATHS: { readonly [stream: string]: string } = {
  conversations: '/conversations/search',
  conversation_parts: '/conversations/search',
  contacts: '/contacts/search',
  companies: '/companies/scroll',
  articles: '/articles',
  tickets: '/tickets/search',
};

type Resources = ReturnType<IntercomSandbox['truth']>['resources'];

const iso = (second: unknown): string => `${new Date(Number(second) * 1000).toISOString().slice(0, 19)}Z`;

/** What the stand-in knows, in the columns of our tables; only what can be compared without repeating the connector's mapping. */
export function truthOf(stream: string, resources: Resources): StreamTruth {
  const all: readonly VendorRecord[] = Object.values(resources[stream] ?? {});
  const table = `intercom_${stream}`;
  const columns: { readonly [stream: string]: readonly string[] } = {
    conversations: ['state', 'open', 'source', 'conversation_rating'],
    conversation_parts: ['body', 'part_type', 'redacted', 'author'],
    contacts: ['name', 'email', 'role'],
    companies: ['name', 'company_id'],
    articles: ['title', 'state'],
    tickets: ['category', 'open', 'ticket_attributes'],
  };
  const rowOf = (record: VendorRecord): Row => ({
    ...Object.fromEntries((columns[stream] ?? []).map((name) => [name, record[name] as Json])),
    ...(stream === 'conversation_parts' ? { conversation_id: record['conversation'] as Json } : {}),
    id: String(record['id']),
    updated_at: iso(record['updated_at']),
  });
  const isGone = (record: VendorRecord): boolean => record['gone'] !== undefined;
  const isListed = (record: VendorRecord): boolean => stream !== 'companies' || record['user_count'] !== 0;
  return {
    rows: { [table]: all.filter((record) => !isGone(record) && isListed(record)).map(rowOf) },
    gone: { [table]: all.filter(isGone).map((record) => ({ id: String(record['id']) })) },
  };
}

/** The same, but of parts: once their conversation is deleted nobody can ask for them, and who read them keeps them. */
export function reachableTruthOf(stream: string, resources: Resources): StreamTruth {
  const truth = truthOf(stream, resources);
  const { intercom_conversation_parts: parts } = truth.rows;
  if (parts === undefined) return truth;
  const isReachable = (row: Row): boolean =>
    resources['conversations']?.[String(row['conversation_id'])]?.['gone'] === undefined;
  return {
    ...truth,
    rows: { intercom_conversation_parts: parts.filter(isReachable) },
    unreachable: { intercom_conversation_parts: parts.filter((row) => !isReachable(row)) },
  };
}
