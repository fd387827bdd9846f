// The Vercel stand-in as a place for the contract of connectors and for the tortures.

import type { Connector, Json } from '../../core/types.ts';
import type { VendorRecord } from '../../sandbox/change-log.ts';
import type { Fault } from '../../sandbox/faults.ts';
import { startVercel, type VercelOptions, type VercelSandbox } from '../../sandbox/vercel.ts';
import type { StreamTruth } from '../contracts/connector.ts';
import { bringFault, placeOf } from '../contracts/stand-in.ts';
import type { Hardship, TorturePlace } from '../contracts/torture.ts';

export function settingsOf(sandbox: VercelSandbox) {
  return {
    VERCEL_BASE_URL: sandbox.url,
    VERCEL_ACCESS_TOKEN: sandbox.token(),
    VERCEL_TEAM_ID: sandbox.teamId,
  };
}

export async function vercelPlace(
  connector: Connector,
  options: VercelOptions = {},
): Promise<TorturePlace & { readonly sandbox: VercelSandbox }> {
  const sandbox = await startVercel({
    now: new Date('2026-11-20T08:00:00Z'),
    mostPerPage: 7,
    projects: 18,
    teams: 10,
    ...options,
  });
  const place = placeOf({
    connector,
    sandbox,
    env: () => settingsOf(sandbox),
    wrong: { VERCEL_ACCESS_TOKEN: 'token-of-nobody' },
    truth: (stream) => truthOf(stream, sandbox),
    change: () => void sandbox.change({ born: 3, arrived: 2, projects: 2 }),
    // As many as a page holds would be more than Vercel's cursors can tell apart.
    changeAtOnce: () => void sandbox.change({ bornAtOnce: 5 }),
    remove() {
      sandbox.change({ born: 4, arrived: 2 });
      sandbox.change({ deleted: 2 });
    },
    changedAt: (table, row) =>
      new Date(String(table === 'vercel_deployments' ? row['created_at'] : row['updated_at'])),
    // The last day is read again, because states change.
    mayRepeat: (_stream, _table, row, checkpoint) =>
      Date.parse(String(row['created_at'])) >= Number((checkpoint as { readonly from?: number }).from),
  });
  return {
    ...place,
    sandbox,
    bring(hardship, stream) {
      if (hardship !== 'sub-second') return bringFault(sandbox, faultOf(hardship, stream));
      const second = Math.ceil(sandbox.clock.now().getTime() / 1000) * 1000 + 5_000;
      sandbox.clock.advance(10_000);
      sandbox.change({ born: 1, at: second + 250 });
      return () => {
        sandbox.change({ born: 1, at: second + 750 });
        return true;
      };
    },
  };
}

function faultOf(hardship: Hardship, stream: string): Fault {
  const path = `/${stream}`;
  switch (hardship) {
    case 'empty-page':
      return { kind: hardship, path, nth: 2, count: 2 };
    case 'null-cursor':
      return { kind: hardship, path, nth: 2 };
    case 'expired-cursor':
      return { kind: hardship, path: `${path}?*from=` };
    default:
      throw new Error(`Vercel is excused from ${hardship}`);
  }
}

const instant = (ms: unknown): string => new Date(Number(ms)).toISOString();

/** What the stand-in knows, in the columns of our tables; only what can be compared without repeating the connector's mapping. */
export function truthOf(stream: string, sandbox: VercelSandbox): StreamTruth {
  const records = Object.entries(sandbox.truth().resources[stream] ?? {});
  const table = `vercel_${stream}`;
  const row = (id: string, record: VendorRecord) =>
    stream === 'deployments'
      ? {
          id,
          created_at: instant(record['created']),
          state: record['state'] as Json,
          ready_substate: (record['readySubstate'] ?? null) as Json,
        }
      : {
          id,
          name: record['name'] as Json,
          created_at: instant(record['createdAt']),
          updated_at: instant(record['updatedAt']),
        };
  return {
    rows: { [table]: records.map(([id, record]) => row(id, record)) },
    gone: { [table]: records.filter(([, one]) => one['state'] === 'DELETED').map(([id]) => ({ id })) },
  };
}
