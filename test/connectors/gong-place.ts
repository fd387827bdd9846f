// The Gong stand-in as a place for the contract of connectors, and for tests of Gong's own traps.

import { gong } from '../../connectors/gong.ts';
import { createAddressGuard } from '../../core/address-guard.ts';
import type { Connector, Environment, Fetch, Json, Row } from '../../core/types.ts';
import type { VendorRecord } from '../../sandbox/change-log.ts';
import { type GongOptions, type GongSandbox, startGong } from '../../sandbox/gong.ts';
import type { Place, StreamTruth } from '../contracts/connector.ts';
import { contextOf, memorySecrets, placeOf, type TestContext } from '../contracts/stand-in.ts';

const NOW = new Date('2026-11-20T08:00:00Z');
const DAY_MS = 86_400_000;

/** Where each stream reads, as a part of its path. */
export const PATHS: { readonly [stream: string]: string } = {
  calls: '/v2/calls/extensive',
  transcripts: '/v2/calls/extensive',
  users: '/v2/users',
  workspaces: '/v2/workspaces',
};

export function envOf(sandbox: GongSandbox): Environment {
  const { key, secret } = sandbox.credentials();
  return { GONG_BASE_URL: `${sandbox.url}/v2/`, GONG_API_KEY: key, GONG_API_SECRET: secret };
}

export interface GongPlace {
  readonly sandbox: GongSandbox;
  context(options?: { readonly env?: Environment; readonly through?: (fetch: Fetch) => Fetch }): TestContext;
  close(): Promise<void>;
}

export async function startPlace(options: GongOptions = {}): Promise<GongPlace> {
  const sandbox = await startGong({ calls: 60, now: NOW, ...options });
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  const secrets = memorySecrets();
  return {
    sandbox,
    context: ({ env = envOf(sandbox), ...rest } = {}) => contextOf(sandbox, { guard, env, secrets, ...rest }),
    async close() {
      await sandbox.close();
      await guard.close();
    },
  };
}

/** A place for the contract; its pages hold a dozen records, and transcripts come soon after their calls. */
export async function contractPlace(
  connector: Connector = gong(),
  account: GongOptions = {},
): Promise<Place & { readonly sandbox: GongSandbox }> {
  const small = { calls: 60, users: 30, pageSize: 12, transcriptDelaySeconds: 60, now: NOW };
  const sandbox = await startGong({ ...small, ...account });
  const resources = () => sandbox.truth().resources;
  const changedAt = (table: string, row: Row): Date => {
    const call = table === 'gong_calls' ? row : resources()['calls']?.[String(row['call_id'])];
    return new Date(String(call?.['scheduled'] ?? call?.['started']));
  };
  const place = placeOf({
    connector,
    sandbox,
    env: () => envOf(sandbox),
    wrong: { GONG_API_SECRET: 'not-the-secret' },
    paths: PATHS,
    onePage: ['workspaces'],
    truth: (stream) => truthOf(stream, resources()),
    change: () =>
      void sandbox.change({ newCalls: 3, lateCalls: 2, changedCalls: 3, newUsers: 1, changedUsers: 2 }),
    changeAtOnce: () => void sandbox.change({ burst: 30 }),
    // Gong never tells of deletions.
    remove: () => undefined,
    changedAt,
    mayRepeat(stream, table, row, checkpoint) {
      const { from } = checkpoint as { readonly from: string };
      return stream === 'calls' && changedAt(table, row).getTime() >= Date.parse(from) - 7 * DAY_MS;
    },
    roleOf(author) {
      for (const call of Object.values(resources()['calls'] ?? {})) {
        const party = (call['parties'] as readonly VendorRecord[]).find(({ id }) => id === author);
        if (party?.['affiliation'] === 'External') return 'customer';
        if (party?.['affiliation'] === 'Internal') return 'agent';
      }
      return undefined;
    },
  });
  return { ...place, sandbox };
}

type Resources = ReturnType<GongSandbox['truth']>['resources'];

const iso = (instant: unknown): Json => (instant === null ? null : new Date(String(instant)).toISOString());

/** What the stand-in knows, in the columns of our tables; only what can be compared without repeating the connector's mapping. */
export function truthOf(stream: string, resources: Resources): StreamTruth {
  const all = (resource: string): readonly VendorRecord[] => Object.values(resources[resource] ?? {});
  const listed = (table: string, rows: readonly Row[]): StreamTruth => ({
    rows: { [table]: rows },
    gone: {},
  });
  switch (stream) {
    case 'calls':
      return listed(
        'gong_calls',
        all('calls').map((call) => ({
          id: call['id'] as Json,
          title: call['title'] as Json,
          started: iso(call['started']),
          scheduled: iso(call['scheduled']),
          parties: call['parties'] as Json,
          is_private: call['isPrivate'] as Json,
        })),
      );
    case 'transcripts':
      return listed(
        'gong_transcript_segments',
        all('segments').map((segment) => ({
          id: segment['id'] as Json,
          call_id: segment['callId'] as Json,
          speaker_id: segment['speakerId'] as Json,
          sentences: segment['sentences'] as Json,
        })),
      );
    case 'users':
      return listed(
        'gong_users',
        all('users').map((user) => ({
          id: user['id'] as Json,
          email_address: user['emailAddress'] as Json,
          title: user['title'] as Json,
          active: user['active'] as Json,
        })),
      );
    default:
      return listed(
        'gong_workspaces',
        all('workspaces').map((one) => ({ id: one['id'] as Json, name: one['name'] as Json })),
      );
  }
}
