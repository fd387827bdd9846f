// Lists, batches, associations and single objects. https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide

import type { VendorRecord, Version } from '../change-log.ts';
import type { Reply } from '../delivery.ts';
import { json, type VendorRequest } from '../server.ts';
import { invalid, refuse } from './replies.ts';
import { changedProperty, isObjectType, type ObjectType } from './schema.ts';
import type { Stored, World } from './world.ts';

export interface ObjectPlace {
  readonly world: World;
  readonly baseUrl: string;
  /** The largest page that is given, whatever is asked for. */
  readonly mostPerPage: number;
}

const LARGEST_LIST = 100;
const LARGEST_BATCH = 100;
const LARGEST_ASSOCIATION_BATCH = 1000;

/** An object as it is shown, with the properties that were asked for and those that always come. */
export function show(type: ObjectType, { id, record }: Version, asked: readonly string[]): VendorRecord {
  const { properties, createdAt, updatedAt, gone, archivedAt } = record as unknown as Stored;
  const names = new Set([...asked, 'hs_object_id', 'createdate', changedProperty(type)]);
  const archived = gone === 'archived';
  return {
    id: String(id),
    properties: Object.fromEntries([...names].map((name) => [name, properties[name] ?? null])),
    createdAt,
    updatedAt,
    archived,
    ...(archived ? { archivedAt } : {}),
  };
}

/** As `a,b` or as one parameter each. */
function askedIn(query: URLSearchParams): readonly string[] {
  return query
    .getAll('properties')
    .flatMap((names) => names.split(','))
    .filter((name) => name !== '');
}

/** GET /crm/v3/objects/{type}: in the order of ids; the bin with `archived=true`. */
export function list(place: ObjectPlace, type: ObjectType, { query, path, fault }: VendorRequest): Reply {
  const limit = Number(query.get('limit') ?? 10);
  if (!Number.isInteger(limit) || limit < 1 || limit > LARGEST_LIST)
    return invalid(`Limit must be between 1 and ${LARGEST_LIST}`);
  const after = query.get('after');
  const [cursor = '', turn = '0'] = (after ?? '').split('-');
  if (after !== null && (!/^\d+(-\d+)?$/.test(after) || fault?.kind === 'expired-cursor'))
    return invalid('The after cursor is not valid');
  const archived = query.get('archived') === 'true';
  const shown = place.world.log.list(type).filter(({ record }) => {
    const { gone } = record as unknown as Stored;
    return archived ? gone === 'archived' : gone === undefined;
  });
  const twist = fault?.kind;
  const from = Number(cursor || 0);
  const rest = shown.filter(({ id }) => id > from);
  const rows = twist === 'empty-page' ? [] : rest.slice(0, Math.min(limit, place.mostPerPage));
  const repeated = twist === 'duplicate-page' ? shown.filter(({ id }) => id <= from).slice(-3) : [];
  const moves = twist === 'empty-page' || twist === 'never-ending' || twist === 'null-cursor';
  const last = rows.at(-1)?.id ?? from;
  const next =
    twist === 'repeated-cursor'
      ? (after ?? String(last))
      : rows.length === 0
        ? `${from}-${Number(turn) + 1}`
        : String(last);
  const more = rest.length > rows.length || moves || twist === 'repeated-cursor';
  const asked = askedIn(query);
  const link = `${place.baseUrl}${path}?after=${next}`;
  const paging = { next: twist === 'null-cursor' ? { after: null } : { after: next, link } };
  return json(200, {
    results: [...repeated, ...rows].map((one) => show(type, one, asked)),
    ...(more ? { paging } : {}),
  });
}

/** GET /crm/v3/objects/{type}/{id}: the id of a merged record answers with the winner's. */
export function showOne(place: ObjectPlace, type: ObjectType, id: number, query: URLSearchParams): Reply {
  const asked = askedIn(query);
  const found = place.world.log.latest(type, id);
  const { gone } = (found?.record ?? { gone: 'erased' }) as unknown as Stored;
  const winner =
    gone === 'merged'
      ? place.world.log
          .list(type)
          .find(({ record }) =>
            (record as unknown as Stored).properties['hs_merged_object_ids']?.split(';').includes(String(id)),
          )
      : undefined;
  const shown = winner ?? (gone === undefined ? found : undefined);
  return shown === undefined
    ? refuse(404, 'resource not found', 'OBJECT_NOT_FOUND')
    : json(200, show(type, shown, asked));
}

/** POST /crm/v3/objects/{type}/batch/read */
export function batchRead(place: ObjectPlace, type: ObjectType, body: VendorRecord): Reply {
  const inputs = inputsOf(body);
  if (inputs.length > LARGEST_BATCH) return invalid(`The maximum number of inputs is ${LARGEST_BATCH}`);
  const asked = Array.isArray(body['properties']) ? (body['properties'] as readonly string[]) : [];
  const found = inputs.flatMap(({ id }) => {
    const version = place.world.log.latest(type, Number(id));
    return version && (version.record as unknown as Stored).gone === undefined ? [version] : [];
  });
  const missing = inputs.length - found.length;
  return json(missing > 0 ? 207 : 200, {
    status: 'COMPLETE',
    results: found.map((one) => show(type, one, asked)),
    ...(missing > 0
      ? {
          numErrors: missing,
          errors: [{ status: 'error', category: 'OBJECT_NOT_FOUND', message: 'not found' }],
        }
      : {}),
  });
}

/** POST /crm/v4/associations/{from}/{to}/batch/read: records without associations come as errors of a 207. */
export function associations(place: ObjectPlace, from: string, to: string, body: VendorRecord): Reply {
  if (!isObjectType(from) || !isObjectType(to)) return invalid('Unable to infer object type');
  const inputs = inputsOf(body);
  if (inputs.length > LARGEST_ASSOCIATION_BATCH)
    return invalid(`The maximum number of inputs is ${LARGEST_ASSOCIATION_BATCH}`);
  const results: unknown[] = [];
  const errors: unknown[] = [];
  for (const { id } of inputs) {
    const ids = place.world.links(from, Number(id), to);
    if (ids.length === 0) {
      const subCategory = 'crm.associations.NO_ASSOCIATIONS_FOUND';
      const message = `No ${to} is associated with ${from} ${id}.`;
      errors.push({ status: 'error', category: 'OBJECT_NOT_FOUND', subCategory, message });
    } else {
      const type = { category: 'HUBSPOT_DEFINED', typeId: 16, label: null };
      results.push({
        from: { id },
        to: ids.map((toObjectId) => ({ toObjectId, associationTypes: [type] })),
      });
    }
  }
  return json(errors.length > 0 ? 207 : 200, {
    status: 'COMPLETE',
    results,
    ...(errors.length > 0 ? { numErrors: errors.length, errors } : {}),
  });
}

function inputsOf(body: VendorRecord): readonly { readonly id: string }[] {
  return Array.isArray(body['inputs']) ? (body['inputs'] as readonly { readonly id: string }[]) : [];
}
