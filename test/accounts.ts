// A small account of every vendor, with the settings that point the command at it, work for every stream, and a judge.

import { estuary } from '../connectors/estuary.ts';
import { gong } from '../connectors/gong.ts';
import { hubspot } from '../connectors/hubspot.ts';
import { intercom } from '../connectors/intercom.ts';
import { salesforce } from '../connectors/salesforce.ts';
import { vercel } from '../connectors/vercel.ts';
import { createAddressGuard } from '../core/address-guard.ts';
import type { Bookmark, Connector, Environment, Sink } from '../core/types.ts';
import { startEstuary } from '../sandbox/estuary.ts';
import { startGong } from '../sandbox/gong.ts';
import { startHubspot } from '../sandbox/hubspot.ts';
import { startIntercom } from '../sandbox/intercom.ts';
import { startSalesforce } from '../sandbox/salesforce.ts';
import type { Sandbox } from '../sandbox/server.ts';
import { startVercel } from '../sandbox/vercel.ts';
import { startZendesk, type ZendeskOptions, type ZendeskSandbox } from '../sandbox/zendesk.ts';
import * as estuaryPlace from './connectors/estuary-place.ts';
import * as gongPlace from './connectors/gong-place.ts';
import * as hubspotPlace from './connectors/hubspot-place.ts';
import * as intercomPlace from './connectors/intercom-place.ts';
import * as salesforcePlace from './connectors/salesforce-place.ts';
import * as vercelPlace from './connectors/vercel-place.ts';
import type { StreamTruth } from './contracts/connector.ts';
import { contextOf, memorySecrets } from './contracts/stand-in.ts';
import * as zendeskOracle from './crash/oracle.ts';
import * as judge from './judge.ts';

export interface Account<S extends Sandbox = Sandbox> {
  /** Of the pipeline and its source. */
  readonly name: string;
  readonly sandbox: S;
  settings(): Environment;
  /** So much happens that every stream has work to do, and settles. With `more`, a table gets a column where the vendor can do that. */
  busy(more?: boolean): void;
  /** What the warehouse does not hold as the vendor does: for after a run that succeeded. */
  differences(sink: Sink): Promise<readonly string[]>;
  /** What must hold at any instant. */
  brokenPromises(sink: Sink, bookmarks: readonly Bookmark[]): Promise<readonly string[]>;
}

function judged<S extends Sandbox>(given: {
  readonly connector: Connector;
  readonly sandbox: S;
  readonly settings: () => Environment;
  readonly truth: (stream: string) => StreamTruth;
  readonly change: (more: boolean) => void;
  /** How long the connector leaves what is new to its next run. */
  readonly settleMs: number;
}): Account<S> {
  const { connector, sandbox, settings, truth, change, settleMs } = given;
  return {
    name: connector.name,
    sandbox,
    settings,
    busy(more = false) {
      change(more);
      sandbox.clock.advance(settleMs);
    },
    differences: (sink) => judge.differences({ connector, truth }, sink),
    async brokenPromises(sink, bookmarks) {
      const guard = createAddressGuard({ allow: '127.0.0.1' });
      try {
        const context = () => contextOf(sandbox, { guard, env: settings(), secrets: memorySecrets() });
        return await judge.brokenPromises({ connector, truth }, sink, bookmarks, context);
      } finally {
        await guard.close();
      }
    },
  };
}

export async function zendeskAccount(options: ZendeskOptions = {}): Promise<Account<ZendeskSandbox>> {
  const sandbox = await startZendesk({ tickets: 60, users: 40, organizations: 20, ...options });
  return {
    name: 'zendesk',
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

type Seed = { readonly seed?: string };

async function salesforceAccount(options: Seed): Promise<Account> {
  const sandbox = await startSalesforce({ cases: 24, pageRows: 11, ...options });
  return judged({
    connector: salesforce(),
    sandbox,
    settings: () => ({
      SALESFORCE_LOGIN_URL: sandbox.url,
      SALESFORCE_CLIENT_ID: sandbox.credentials.clientId,
      SALESFORCE_CLIENT_SECRET: sandbox.credentials.clientSecret,
    }),
    truth: (stream) => salesforcePlace.truthOf(stream, sandbox),
    change: (more) => void sandbox.change({ changes: 2, born: 1, deletes: 1, fields: more ? 1 : 0 }),
    settleMs: 400_000,
  });
}

async function hubspotAccount(options: Seed): Promise<Account> {
  const counts = { contacts: 24, companies: 8, tickets: 24, deals: 8, notes: 12, emails: 12, calls: 8 };
  const sandbox = await startHubspot({ counts, mostPerPage: 9, ...options });
  return judged({
    connector: hubspot(),
    sandbox,
    settings: () => hubspotPlace.settingsOf(sandbox, 'token'),
    truth: (stream) => hubspotPlace.truthOf(stream, sandbox),
    change: () => void sandbox.change({ changed: 2, born: 1, merged: 1, archived: 1 }),
    settleMs: 60_000,
  });
}

async function intercomAccount(options: Seed): Promise<Account> {
  const counts = { conversations: 20, contacts: 18, companies: 14, articles: 14, tickets: 14 };
  const sandbox = await startIntercom({ ...counts, largestPage: 6, ...options });
  sandbox.clock.advance(120_000);
  return judged({
    connector: intercom(),
    sandbox,
    settings: () => ({ INTERCOM_BASE_URL: sandbox.url, INTERCOM_ACCESS_TOKEN: sandbox.token() }),
    truth: (stream) => intercomPlace.truthOf(stream, sandbox.truth().resources),
    change() {
      sandbox.change({ newContacts: 1, newConversations: 2, newTickets: 1, replies: 3, ratings: 1 });
      // No conversation is deleted: nobody can be told of the parts of one that was gone before they were read.
      sandbox.change({ contacts: 2, companies: 1, articles: 1, tickets: 1, redactions: 1 });
    },
    settleMs: 120_000,
  });
}

async function gongAccount(options: Seed): Promise<Account> {
  const sandbox = await startGong({
    calls: 40,
    users: 14,
    pageSize: 6,
    transcriptDelaySeconds: 0,
    ...options,
  });
  return judged({
    connector: gong(),
    sandbox,
    settings: () => gongPlace.envOf(sandbox),
    truth: (stream) => gongPlace.truthOf(stream, sandbox.truth().resources),
    change: () =>
      void sandbox.change({ newCalls: 2, lateCalls: 1, changedCalls: 2, newUsers: 1, changedUsers: 1 }),
    settleMs: 60_000,
  });
}

async function vercelAccount(options: Seed): Promise<Account> {
  const sandbox = await startVercel({ deployments: 30, mostPerPage: 7, ...options });
  return judged({
    connector: vercel(),
    sandbox,
    settings: () => vercelPlace.settingsOf(sandbox),
    truth: (stream) => vercelPlace.truthOf(stream, sandbox),
    change() {
      sandbox.change({ born: 3, projects: 2 });
      sandbox.change({ arrived: 2, deleted: 1 });
    },
    settleMs: 60_000,
  });
}

async function estuaryAccount(options: Seed): Promise<Account> {
  const sandbox = await startEstuary({ specs: 14, days: 3, largestPage: 6, ...options });
  return judged({
    connector: estuary(),
    sandbox,
    settings: () => estuaryPlace.envOf(sandbox),
    truth: (stream) => estuaryPlace.truthOf(stream, sandbox.truth().resources),
    change: () => void sandbox.change({ newSpecs: 1, publishedSpecs: 2, stats: 2 }),
    settleMs: 60_000,
  });
}

/** By source: starts its stand-in with a small account. The same seed tells the same story. */
export const ACCOUNTS: { readonly [source: string]: (options: Seed) => Promise<Account> } = {
  estuary: estuaryAccount,
  gong: gongAccount,
  hubspot: hubspotAccount,
  intercom: intercomAccount,
  salesforce: salesforceAccount,
  vercel: vercelAccount,
  zendesk: zendeskAccount,
};
