// GET /sobjects/{object}/deleted and /updated: what replicating clients ask for beside queries.
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getdeleted.htm

import type { Reply } from '../delivery.ts';
import { json, type VendorRequest } from '../server.ts';
import type { Org } from './org.ts';
import { refuse } from './replies.ts';
import type { ObjectPlan } from './schema.ts';

const MINUTE_MS = 60_000;
/** Results reach back so many days before today. */
const REMEMBERED_DAYS = 15;
const DAY_MS = 86_400_000;

/** `mostIds` is how many deletions one answer may tell; `purgedBeforeMs` is what the log of deletions no longer holds. */
export function replicate(
  org: Org,
  plan: ObjectPlan,
  what: 'deleted' | 'updated',
  request: VendorRequest,
  place: {
    readonly nowMs: number;
    readonly mostIds: number;
    readonly purgedBeforeMs: number;
    readonly lagMs: number;
  },
): Reply {
  if (!plan.replicates) {
    return refuse(
      400,
      'INVALID_TYPE_FOR_OPERATION',
      `entity type ${plan.name} does not support this operation`,
    );
  }
  // Seconds are ignored.
  const [start, end] = ['start', 'end'].map((name) => {
    const text = (request.query.get(name) ?? '').replace(/([+-]\d\d)(\d\d)$/, '$1:$2').replace(' ', '+');
    return Math.floor(Date.parse(text) / MINUTE_MS) * MINUTE_MS;
  });
  if (start === undefined || end === undefined || Number.isNaN(start) || Number.isNaN(end)) {
    return refuse(400, 'MALFORMED_QUERY', 'start and end must be dates');
  }
  if (end - start < MINUTE_MS) {
    return refuse(
      400,
      'INVALID_REPLICATION_DATE',
      'endDate must be at least one minute greater than startDate',
    );
  }
  const earliest = Math.max(place.nowMs - REMEMBERED_DAYS * DAY_MS, place.purgedBeforeMs);
  if (end < earliest)
    return refuse(400, 'INVALID_REPLICATION_DATE', 'startDate is before the delete log begins');
  const covered = Math.min(end, Math.floor((place.nowMs - place.lagMs) / MINUTE_MS) * MINUTE_MS);
  const isWithin = (ms: number): boolean => ms >= Math.max(start, earliest) && ms < covered;
  const write = (ms: number): string => new Date(ms).toISOString().replace('Z', '+0000');
  if (what === 'updated') {
    const ids = org
      .visible(plan.name)
      .filter((record) => isWithin(Date.parse(String(record['LastModifiedDate']))))
      .map((record) => record['Id']);
    return json(200, { ids, latestDateCovered: write(covered) });
  }
  const found = org.deletions(plan.name).filter(({ id, at }) => {
    // Whoever was taken out of the bin again is not deleted.
    return isWithin(at * 1000) && org.find(plan.name, id)?.['IsDeleted'] === true;
  });
  if (found.length > place.mostIds) return refuse(400, 'EXCEEDED_ID_LIMIT', 'too many deleted records');
  return json(200, {
    deletedRecords: found.map(({ id, at }) => ({ id, deletedDate: write(at * 1000) })),
    earliestDateAvailable: write(earliest),
    latestDateCovered: write(covered),
  });
}
