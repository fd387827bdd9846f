// A small account of every vendor, with the settings that point the command at it, work for every stream, and a judge.

import { estuary } from '../connectors/estuary.ts';
import { gong } from '../connectors/gong.ts';
import { hubspot } from '../connectors/hubspot.ts';
import { intercom } from '../connectors/intercom.ts';
import { type SalesforceOptions as Reading, salesforce } from '../connectors/salesforce.ts';
import { vercel } from '../connectors/vercel.ts';
import { zendesk } from '../connectors/zendesk.ts';
import { createAddressGuard } from '../core/address-guard.ts';
import type { Bookmark, Connector, Environment, Sink } from '../core/types.ts';
import { type EstuaryOptions, type EstuarySandbox, startEstuary } from '../sandbox/estuary.ts';
import { type GongOptions, type GongSandbox, startGong } from '../sandbox/gong.ts';
import { type HubspotOptions, type HubspotSandbox, startHubspot } from '../sandbox/hubspot.ts';
import { type IntercomOptions, type IntercomSandbox, startIntercom } from '../sandbox/intercom.ts';
import { type SalesforceOptions, type SalesforceSandbox, startSalesforce } from '../sandbox/salesforce.ts';
import type { Sandbox } from '../sandbox/server.ts';
import { startVercel, type VercelOptions, type VercelSandbox } from '../sandbox/vercel.ts';
import { startZendesk, type ZendeskOptions, type ZendeskSandbox } from '../sandbox/zendesk.ts';
import * as estuaryPlace from './connectors/estuary-place.ts';
import * as gongPlace from './connectors/gong-place.ts';
import * as hubspotPlace from './connectors/hubspot-place.ts';
import * as intercomPlace from './connectors/intercom-place.ts';
import * as salesforcePlace from './connectors/salesforce-place.ts';
import * as vercelPlace from './connectors/vercel-place.ts';
import { contextOf, memorySecrets } from './contracts/stand-in.ts';
import * as zendeskOracle from './crash/oracle.ts';
import * as judge from './judge.ts';

export interface Account<S extends Sandbox = Sandbox> {
  /** Of the pipeline and its source. */
  readonly name: string;
  readonly connector: Connector;
  readonly sandbox: S;
  settings(): Environment;
  /** So much happens that every stream has work to do, and settles. With `more`, a table gets a column where the vendor can do that. */
  busy(more?: boolean): void;
  /** What the warehouse does not hold as the vendor does: for after a run that succeeded. */
  differences(sink: Sink): Promise<readonly string[]>;
  /** What must hold at any instant. */
  brokenPromises(sink: Sink, bookmarks: readonly Bookmark[]): Promise<readonly string[]>;
}

function judged<S extends Sandbox>(
  known: judge.Known,
  given: {
    readonly sandbox: S;
    readonly settings: () => Environment;
    readonly change: (more: boolean) => void;
    /** How long the connector leaves what is new to its next run. */
    readonly settleMs: number;
  },
): Account<S> {
  const { sandbox, settings, change, settleMs } = given;
  return {
    name: known.connector.name,
    connector: known.connector,
    sandbox,
    settings,
    busy(more = false) {
      change(more);
      sandbox.clock.advance(settleMs);
    },
    differences: (sink) => judge.differences(known, sink),
    async brokenPromises(sink, bookmarks) {
      const guard = createAddressGuard({ allow: '127.0.0.1' });
      try {
        const context = () => contextOf(sandbox, { guard, env: settings(), secrets: memorySecrets() });
        return await judge.brokenPromises(known, sink, bookmarks, context);
      } finally {
        await guard.close();
      }
    },
  };
}

/** An account of Zendesk has a judge of its own, older and stricter than the others'. */
export async function zendeskAccount(options: ZendeskOptions = {}): Promise<Account<ZendeskSandbox>> {
  const sandbox = await startZendesk({ tickets: 60, users: 40, organizations: 20, ...options });
  return {
    name: 'zendesk',
    connector: zendesk(),
    sandbox,
    settings: () => ({
      ZENDESK_BASE_URL: sandbox.url,
      ZENDESK_OAUTH_CLIENT_ID: sandbox.credentials.clientId,
      ZENDESK_OAUTH_CLIENT_SECRET: sandbox.credentials.clientSecret,
    }),
    busy(more = false) {
      const born = { newTickets: 3, silent: 1, ratings: 1, users: 2, organizations: 1 };
      sandbox.change({ tickets: 4, deletes: 1, burst: 3, ...born, fields: more ? 1 : 0 });
    },
    differences: (sink) => zendeskOracle.differences(sandbox.truth(), sink),
    brokenPromises: (sink, bookmarks) => zendeskOracle.brokenPromises(sandbox.truth(), sink, bookmarks),
  };
}

export async function salesforceAccount(
  options: SalesforceOptions = {},
  reading: Reading = {},
): Promise<Account<SalesforceSandbox>> {
  const sandbox = await startSalesforce({ cases: 24, pageRows: 11, ...options });
  const connector = salesforce(reading);
  const read = connector.streams.map(({ name }) => name);
  return judged(
    {
      connector,
      truth: (stream) => salesforcePlace.truthOf(stream, sandbox),
      // What left the recycle bin before it was read is told of for some days only.
      untold: read.map((stream) => `salesforce_${stream}`),
      records: () => salesforcePlace.recordsOf(read, sandbox),
      words: () => salesforcePlace.wordsIn(read, sandbox),
    },
    {
      sandbox,
      settings: () => ({
        SALESFORCE_LOGIN_URL: sandbox.url,
        SALESFORCE_CLIENT_ID: sandbox.credentials.clientId,
        SALESFORCE_CLIENT_SECRET: sandbox.credentials.clientSecret,
      }),
      change: (more) =>
        void sandbox.change({ changes: 3, born: 2, deletes: 1, purges: 1, fields: more ? 1 : 0 }),
      // What was deleted in the minutes before the end of a reading is told by the next one.
      settleMs: 700_000,
    },
  );
}

export async function hubspotAccount(
  options: HubspotOptions = {},
  how: 'oauth' | 'token' = 'token',
): Promise<Account<HubspotSandbox>> {
  const counts = { contacts: 24, companies: 8, tickets: 24, deals: 8, notes: 12, emails: 12, calls: 8 };
  const sandbox = await startHubspot({ counts, mostPerPage: 9, ...options });
  return judged(
    { connector: hubspot(), truth: (stream) => hubspotPlace.truthOf(stream, sandbox) },
    {
      sandbox,
      settings: () => hubspotPlace.settingsOf(sandbox, how),
      change: () => void sandbox.change({ changed: 2, born: 1, merged: 1, archived: 1 }),
      settleMs: 60_000,
    },
  );
}

export async function intercomAccount(options: IntercomOptions = {}): Promise<Account<IntercomSandbox>> {
  const counts = { conversations: 20, contacts: 18, companies: 14, articles: 14, tickets: 14 };
  const sandbox = await startIntercom({ ...counts, largestPage: 6, ...options });
  // What happened last must be older than what a search still leaves to the next run.
  sandbox.clock.advance(120_000);
  return judged(
    {
      connector: intercom(),
      truth: (stream) => intercomPlace.reachableTruthOf(stream, sandbox.truth().resources),
      // Intercom keeps a list of the conversations that were deleted, and of nothing else.
      untold: ['intercom_contacts', 'intercom_companies', 'intercom_articles'],
    },
    {
      sandbox,
      settings: () => ({ INTERCOM_BASE_URL: sandbox.url, INTERCOM_ACCESS_TOKEN: sandbox.token() }),
      change() {
        sandbox.change({ newContacts: 3, newConversations: 2, newTickets: 1, replies: 3, ratings: 1 });
        sandbox.change({ contacts: 2, companies: 1, articles: 1, tickets: 1, redactions: 1 });
        sandbox.change({ deletes: 1, deletedContacts: 1, merges: 1 });
      },
      settleMs: 120_000,
    },
  );
}

export async function gongAccount(options: GongOptions = {}): Promise<Account<GongSandbox>> {
  const small = { calls: 40, users: 14, pageSize: 6, transcriptDelaySeconds: 0 };
  const sandbox = await startGong({ ...small, ...options });
  return judged(
    { connector: gong(), truth: (stream) => gongPlace.truthOf(stream, sandbox.truth().resources) },
    {
      sandbox,
      settings: () => gongPlace.envOf(sandbox),
      change: () =>
        void sandbox.change({ newCalls: 2, lateCalls: 1, changedCalls: 2, newUsers: 1, changedUsers: 1 }),
      settleMs: 60_000,
    },
  );
}

export async function vercelAccount(options: VercelOptions = {}): Promise<Account<VercelSandbox>> {
  const sandbox = await startVercel({ deployments: 30, mostPerPage: 7, ...options });
  return judged(
    { connector: vercel(), truth: (stream) => vercelPlace.truthOf(stream, sandbox) },
    {
      sandbox,
      settings: () => vercelPlace.settingsOf(sandbox),
      change() {
        sandbox.change({ born: 3, projects: 2 });
        sandbox.change({ arrived: 2, deleted: 1 });
      },
      settleMs: 60_000,
    },
  );
}

export async function estuaryAccount(options: EstuaryOptions = {}): Promise<Account<EstuarySandbox>> {
  const sandbox = await startEstuary({ specs: 14, days: 3, largestPage: 6, ...options });
  return judged(
    {
      connector: estuary(),
      truth: (stream) => estuaryPlace.truthOf(stream, sandbox.truth().resources),
      untold: ['estuary_captures', 'estuary_collections', 'estuary_materializations'],
    },
    {
      sandbox,
      settings: () => estuaryPlace.envOf(sandbox),
      change: () => void sandbox.change({ newSpecs: 1, publishedSpecs: 2, stats: 2 }),
      settleMs: 60_000,
    },
  );
}

/** By source: starts its stand-in with a small account. The same seed tells the same story. */
export const ACCOUNTS: {
  readonly [source: string]: (options: { readonly seed?: string }) => Promise<Account>;
} = {
  estuary: estuaryAccount,
  gong: gongAccount,
  hubspot: hubspotAccount,
  intercom: intercomAccount,
  salesforce: salesforceAccount,
  vercel: vercelAccount,
  zendesk: zendeskAccount,
};
