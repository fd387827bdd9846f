// What the lists show of each resource: who is archived, which ratings lie in a window, which users were asked for.

import type { ChangeLog, Version } from '../change-log.ts';
import type { Reply } from '../delivery.ts';
import type { VendorRequest } from '../server.ts';
import { listRecords, page, showRecord } from './lists.ts';
import { type ExportPlace, horizon } from './place.ts';
import { invalidParameter, notFound } from './replies.ts';

/** Lists of the account, with the word for one record. */
export const LISTED: ReadonlyMap<string, string> = new Map([
  ['tickets', 'ticket'],
  ['users', 'user'],
  ['organizations', 'organization'],
  ['groups', 'group'],
  ['brands', 'brand'],
  ['ticket_fields', 'ticket_field'],
  ['satisfaction_ratings', 'satisfaction_rating'],
]);

export function showFirst(key: string, versions: readonly Version[]): Reply {
  const first = versions[0];
  return first ? showRecord(key, first) : notFound();
}

export function showMany(log: ChangeLog, request: VendorRequest): Reply {
  const ids = (request.query.get('ids') ?? '').split(',').filter((id) => id !== '');
  if (ids.length > 100) return invalidParameter('ids', 'at most 100 ids are allowed');
  const users = ids.flatMap((id) => log.latest('users', Number(id)) ?? []);
  return page('users', users, [`"count":${users.length},"next_page":null,"previous_page":null`]);
}

/** The list of tickets knows neither the deleted nor those closed for more than 120 days: they are archived. */
export function listTickets(log: ChangeLog, request: VendorRequest | undefined): readonly Version[] {
  const externalId = request?.query.get('external_id') ?? null;
  const archived = log.lastAt() - 120 * 86_400;
  return log.list('tickets').filter(({ at, record }) => {
    if (record['status'] === 'deleted' || (record['status'] === 'closed' && at < archived)) return false;
    return externalId === null || record['external_id'] === externalId;
  });
}

/** Legacy ratings by the second of their last change; both ends of the window must be settled. */
export function listRatings(place: ExportPlace, request: VendorRequest): Reply {
  const start = Number(request.query.get('start_time') ?? 0);
  const end = Number(request.query.get('end_time') ?? place.now);
  if (!Number.isInteger(start) || !Number.isInteger(end))
    return invalidParameter('start_time', 'times must be Unix times in seconds');
  if (request.query.has('end_time') && end >= horizon(place))
    return invalidParameter('end_time', 'end_time must be more than 60 seconds in the past');
  const shown = place.log.list('satisfaction_ratings').filter((one) => one.at >= start && one.at <= end);
  return listRecords(place.baseUrl, 'satisfaction_ratings', shown, request);
}

export function listSurveyResponses(place: ExportPlace, request: VendorRequest): Reply {
  const start = Number(request.query.get('filter[created_at_start]') ?? 0);
  const end = Number(request.query.get('filter[created_at_end]') ?? place.now * 1000);
  if (!Number.isInteger(start) || !Number.isInteger(end))
    return invalidParameter('filter', 'times must be Unix times in milliseconds');
  const shown = place.log
    .list('survey_responses')
    .filter((one) => one.at * 1000 >= start && one.at * 1000 <= end);
  return listRecords(place.baseUrl, 'survey_responses', shown, request);
}
