// The HubSpot stand-in as a place for the contract of connectors and for the tortures.

import type { Connector, Json, Row } from '../../core/types.ts';
import type { Fault } from '../../sandbox/faults.ts';
import type { ObjectType } from '../../sandbox/hubspot/schema.ts';
import type { Stored } from '../../sandbox/hubspot/world.ts';
import { type HubspotOptions, type HubspotSandbox, startHubspot } from '../../sandbox/hubspot.ts';
import type { StreamTruth } from '../contracts/connector.ts';
import { bringFault, placeOf } from '../contracts/stand-in.ts';
import type { Hardship, TorturePlace } from '../contracts/torture.ts';

/** Where each stream reads its pages: its list or its search. */
const pathOf = (stream: string): string =>
  stream === 'owners' || stream === 'pipelines' ? `/${stream}` : `/objects/${stream}`;

/** The settings of an OAuth app, or of a private app. */
export function settingsOf(sandbox: HubspotSandbox, how: 'oauth' | 'token' = 'oauth') {
  const { token, clientId, clientSecret, refreshToken } = sandbox.credentials;
  return {
    HUBSPOT_BASE_URL: sandbox.url,
    ...(how === 'token'
      ? { HUBSPOT_API_KEY: token }
      : {
          HUBSPOT_CLIENT_ID: clientId,
          HUBSPOT_CLIENT_SECRET: clientSecret,
          HUBSPOT_REFRESH_TOKEN: refreshToken,
        }),
  };
}

export async function hubspotPlace(
  connector: Connector,
  options: HubspotOptions & { readonly how?: 'oauth' | 'token'; readonly since?: Date } = {},
): Promise<TorturePlace & { readonly sandbox: HubspotSandbox }> {
  const { how = 'oauth', since, ...account } = options;
  const sandbox = await startHubspot({ now: new Date('2026-11-20T08:00:00Z'), mostPerPage: 11, ...account });
  const place = placeOf({
    connector,
    sandbox,
    env: () => settingsOf(sandbox, how),
    wrong:
      how === 'token' ? { HUBSPOT_API_KEY: 'pat-of-nobody' } : { HUBSPOT_CLIENT_SECRET: 'not-the-secret' },
    paths: Object.fromEntries(connector.streams.map(({ name }) => [name, pathOf(name)])),
    truth: (stream) => truthOf(stream, sandbox),
    change: () => void sandbox.change({ changed: 4, born: 2, merged: 1 }),
    changeAtOnce: () => void sandbox.change({ burst: 30 }),
    remove: () => void sandbox.change({ archived: 3 }),
    // What changed within the last hour of the reading is looked at again.
    mayRepeat: (_stream, _table, row, checkpoint) =>
      Date.parse(String(row['updated_at'])) >= Number((checkpoint as { readonly from?: number }).from),
    roleOf: (author) =>
      sandbox.truth().resources['contacts']?.[author] !== undefined
        ? 'customer'
        : sandbox.truth().resources['owners']?.[author] !== undefined
          ? 'agent'
          : undefined,
  });
  return {
    ...place,
    sandbox,
    ...(since === undefined ? {} : { since }),
    bring(hardship, stream) {
      const of = stream as ObjectType;
      const { clock } = sandbox;
      switch (hardship) {
        case 'flood':
          clock.advance(60_000);
          sandbox.change({ of, bornAtOnce: 10_010 });
          // So long ago that no second look is due.
          clock.advance(2 * 3_600_000);
          return () => true;
        case 'late':
          clock.advance(60_000);
          sandbox.change({ of, late: 3, lateMs: 600_000 });
          clock.advance(1_000);
          sandbox.change({ of, changed: 3 });
          clock.advance(60_000);
          return () => {
            clock.advance(600_000);
            return true;
          };
        case 'sub-second': {
          const second = Math.ceil(clock.now().getTime() / 1000) * 1000 + 10_000;
          clock.advance(20_000);
          sandbox.change({ of, changed: 1, at: second + 250 });
          clock.advance(20_000);
          return () => {
            sandbox.change({ of, born: 1, at: second + 750 });
            clock.advance(20_000);
            return true;
          };
        }
        default:
          return bringFault(sandbox, ...faultsOf(hardship, stream, since !== undefined));
      }
    },
  };
}

/** From a date on a stream is searched, from the beginning it is listed; both are put to it. */
function faultsOf(
  hardship: Hardship,
  stream: string,
  searches: boolean,
): readonly [Fault, ...(readonly Fault[])] {
  const path = searches ? `${pathOf(stream)}/search` : `${pathOf(stream)}?`;
  switch (hardship) {
    case 'empty-page':
      return [{ kind: hardship, path: stream === 'pipelines' ? '/pipelines' : path, nth: 2, count: 2 }];
    case 'null-cursor':
      return [{ kind: hardship, path: stream === 'pipelines' ? '/pipelines' : path, nth: 2 }];
    case 'expired-cursor':
      return [{ kind: hardship, path: `${pathOf(stream)}?*after=` }];
    default:
      throw new Error(`HubSpot is excused from ${hardship}`);
  }
}

const COMPARED: { readonly [type: string]: readonly string[] } = {
  contacts: ['email', 'firstname', 'city'],
  companies: ['name', 'industry'],
  tickets: ['subject', 'content', 'hs_ticket_priority'],
  deals: ['dealname', 'amount'],
  notes: ['hs_note_body'],
  emails: ['hs_email_subject', 'hs_email_direction'],
  calls: ['hs_call_title', 'hs_call_body'],
};

/** What the stand-in knows, in the columns of our tables; only what can be compared without repeating the connector's mapping. */
export function truthOf(stream: string, sandbox: HubspotSandbox): StreamTruth {
  const records = Object.entries(sandbox.truth().resources[stream] ?? {});
  if (stream === 'pipelines') {
    const rows = records.map(([key, { id, label, updatedAt }]) => ({
      object_type: key.split('/')[0] ?? '',
      id: id as Json,
      label: label as Json,
      updated_at: updatedAt as Json,
    }));
    const stages = records.flatMap(([key, { id, stages: all }]) =>
      (all as readonly { readonly id: string; readonly label: string }[]).map((stage) => ({
        object_type: key.split('/')[0] ?? '',
        pipeline_id: id as Json,
        id: stage.id,
        label: stage.label,
      })),
    );
    return { rows: { hubspot_pipelines: rows, hubspot_pipeline_stages: stages }, gone: {} };
  }
  if (stream === 'owners') {
    const rows: readonly Row[] = records.map(([id, one]) => ({
      id,
      email: one['email'] as Json,
      updated_at: one['updatedAt'] as Json,
    }));
    const gone = records.filter(([, one]) => one['archived'] === true).map(([id]) => ({ id }));
    return { rows: { hubspot_owners: rows }, gone: { hubspot_owners: gone } };
  }
  const all = records.map(([id, record]) => ({ id, record: record as unknown as Stored }));
  const linked = stream === 'tickets' ? (['contacts', 'companies'] as const) : [];
  const columns = { contacts: 'contact_ids', companies: 'company_ids' };
  return {
    rows: {
      [`hubspot_${stream}`]: all
        .filter(({ record }) => record.gone === undefined)
        .map(({ id, record }) => ({
          id,
          updated_at: record.updatedAt,
          ...Object.fromEntries(
            (COMPARED[stream] ?? []).map((name) => [name, record.properties[name] ?? null]),
          ),
          ...Object.fromEntries(
            linked.map((to) => [columns[to], sandbox.links('tickets', Number(id), to).map(String)]),
          ),
        })),
    },
    gone: {
      [`hubspot_${stream}`]: all
        .filter(({ record }) => record.gone === 'archived' || record.gone === 'merged')
        .map(({ id }) => ({ id })),
    },
  };
}
