// Owners, pipelines and the definitions of properties. https://developers.hubspot.com/docs/api-reference/crm-owners-v3/guide

import type { Reply } from '../delivery.ts';
import type { Fault } from '../faults.ts';
import { json, type VendorRequest } from '../server.ts';
import { invalid } from './replies.ts';
import { isObjectType, propertiesOf } from './schema.ts';
import { OWNERS } from './world.ts';

const SINCE = '2024-03-01T09:00:00.000Z';

export const OWNER_RECORDS: readonly { readonly [name: string]: unknown }[] = OWNERS.map((owner) => ({
  ...owner,
  email: `owner-${owner.id}@example.com`,
  type: 'PERSON',
  createdAt: SINCE,
  updatedAt: '2025-05-05T05:05:05.005Z',
  teams: [{ id: '8', name: 'خدمة العملاء', primary: true }],
}));

const stage = (id: string, label: string, displayOrder: number, metadata: object) => ({
  id,
  label,
  displayOrder,
  metadata,
  createdAt: SINCE,
  updatedAt: SINCE,
  archived: false,
});

export const PIPELINE_RECORDS: {
  readonly [objectType: string]: readonly { readonly id: string; readonly [name: string]: unknown }[];
} = {
  tickets: [
    {
      id: '0',
      label: 'خدمة العملاء',
      displayOrder: 0,
      createdAt: SINCE,
      updatedAt: SINCE,
      archived: false,
      stages: [
        stage('1', 'جديد', 0, { ticketState: 'OPEN', isClosed: 'false' }),
        stage('2', 'بانتظار العميل', 1, { ticketState: 'OPEN', isClosed: 'false' }),
        stage('4', 'مغلق', 2, { ticketState: 'CLOSED', isClosed: 'true' }),
      ],
    },
  ],
  deals: [
    {
      id: 'default',
      label: 'المبيعات',
      displayOrder: 0,
      createdAt: SINCE,
      updatedAt: SINCE,
      archived: false,
      stages: [
        stage('appointmentscheduled', 'موعد', 0, { isClosed: 'false', probability: '0.2' }),
        stage('closedwon', 'تم البيع', 1, { isClosed: 'true', probability: '1.0' }),
      ],
    },
  ],
};

export function listOwners({ query, fault }: VendorRequest, mostPerPage: number): Reply {
  const archived = query.get('archived') === 'true';
  const shown = OWNER_RECORDS.filter((owner) => owner['archived'] === archived);
  return pageOf(shown, query, fault, Math.min(mostPerPage, Number(query.get('limit') ?? 100)));
}

export function listPipelines({ query, fault }: VendorRequest, objectType: string): Reply {
  const shown = PIPELINE_RECORDS[objectType];
  return shown === undefined ? invalid('Unable to infer object type') : pageOf(shown, query, fault, 1000);
}

export function listProperties(objectType: string): Reply {
  return isObjectType(objectType)
    ? json(200, { results: propertiesOf(objectType) })
    : invalid('Unable to infer object type');
}

/** Cursors are places in the list. */
function pageOf(
  shown: readonly { readonly [name: string]: unknown }[],
  query: URLSearchParams,
  fault: Fault | undefined,
  size: number,
): Reply {
  const after = query.get('after');
  const [text = '0', turn = '0'] = (after ?? '0').split('-');
  const twist = fault?.kind;
  if (!/^\d+$/.test(text) || (twist === 'expired-cursor' && after !== null))
    return invalid('The after cursor is not valid');
  const from = Number(text);
  const rows = twist === 'empty-page' ? [] : shown.slice(from, from + size);
  const to = from + rows.length;
  const next =
    twist === 'repeated-cursor'
      ? (after ?? String(to))
      : rows.length === 0
        ? `${to}-${Number(turn) + 1}`
        : String(to);
  const goesOn = twist === 'repeated-cursor' || twist === 'never-ending' || twist === 'empty-page';
  const more = to < shown.length || goesOn || twist === 'null-cursor';
  const paging = { next: { after: twist === 'null-cursor' ? null : next } };
  return json(200, { results: rows, ...(more ? { paging } : {}) });
}
