// Which path answers what: the exports, the lists and the single records of an account.

import type { Reply } from '../delivery.ts';
import { json, type VendorRequest } from '../server.ts';
import type { BulkTickets } from './bulk.ts';
import type { Csat } from './desk.ts';
import { exportByCursor, exportByTime } from './exports.ts';
import { listRecords, showRecord } from './lists.ts';
import { type ExportPlace, horizon } from './place.ts';
import { LISTED, listRatings, listSurveyResponses, listTickets, showFirst, showMany } from './records.ts';
import { noSuchEndpoint, notFound } from './replies.ts';
import { iso } from './shapes.ts';
import { createTicketCreation } from './tickets-api.ts';
import type { World } from './world.ts';

/** Changes that happen on each request of the tickets export, before it is answered. */
export interface Churn {
  readonly perRequest: number;
  /** After so many, the account is quiet. */
  readonly total: number;
}

export interface Routes {
  /** Answers a caller who may read everything. */
  answer(request: VendorRequest, place: ExportPlace): Reply;
}

export function createRoutes(plan: {
  readonly world: World;
  readonly csat: Csat;
  readonly bulk: BulkTickets | undefined;
  readonly churn: Churn | undefined;
}): Routes {
  const { world, csat, bulk } = plan;
  const creation = createTicketCreation(world);
  let churned = 0;

  function churn(place: ExportPlace): void {
    const { perRequest, total } = plan.churn ?? { perRequest: 0, total: 0 };
    const due = Math.min(perRequest, total - churned);
    if (due <= 0) return;
    churned += due;
    world.change({ tickets: due }, horizon(place));
  }

  function route(request: VendorRequest, place: ExportPlace): Reply {
    const path = request.path.slice('/api/v2/'.length);
    const { log } = world.desk;
    if (request.method === 'POST' && path === 'tickets')
      return creation.create(request, horizon(place), place.now * 1000);
    if (request.method !== 'GET') return noSuchEndpoint();
    switch (path) {
      case 'incremental/tickets/cursor':
        churn(place);
        return exportByCursor(place, 'tickets', request, bulk);
      case 'incremental/users/cursor':
        return exportByCursor(place, 'users', request);
      case 'incremental/tickets':
      case 'incremental/users':
      case 'incremental/organizations':
      case 'incremental/ticket_events':
        return exportByTime(place, path.slice('incremental/'.length) as 'tickets', request);
      case 'users/me':
        return showFirst('user', log.list('users'));
      case 'users/show_many':
        return showMany(log, request);
      case 'satisfaction_ratings':
        return csat === 'legacy' ? listRatings(place, request) : noSuchEndpoint();
      case 'guide/survey_responses':
        return csat === 'surveys' ? listSurveyResponses(place, request) : noSuchEndpoint();
      case 'tickets':
        return listRecords(place.baseUrl, 'tickets', listTickets(log, request), request);
      case 'deleted_tickets':
        return listRecords(
          place.baseUrl,
          'deleted_tickets',
          log.list('tickets').filter((one) => one.record['status'] === 'deleted'),
          request,
        );
      default:
        return routeByShape(path, request, place);
    }
  }

  function routeByShape(path: string, request: VendorRequest, place: ExportPlace): Reply {
    const { log } = world.desk;
    const [resource = '', id, part] = path.split('/');
    const listed = LISTED.get(resource);
    if (listed === undefined) return noSuchEndpoint();
    if (resource === 'satisfaction_ratings' && csat !== 'legacy') return noSuchEndpoint();
    const live = resource === 'tickets' ? listTickets(log, undefined) : log.list(resource);
    if (id === undefined) return listRecords(place.baseUrl, resource, live, request);
    if (id === 'count')
      return json(200, {
        count: {
          value: resource === 'tickets' && bulk ? bulk.count : live.length,
          refreshed_at: iso(place.now),
        },
      });
    const record = /^\d+$/.test(id) ? log.latest(resource, Number(id)) : undefined;
    if (!record || record.record['status'] === 'deleted') return notFound();
    if (part === undefined) return showRecord(listed, record);
    if (resource !== 'tickets' || part !== 'comments') return noSuchEndpoint();
    const comments = (world.desk.comments.get(record.id) ?? []).flatMap(
      (one) => log.latest('comments', one) ?? [],
    );
    return listRecords(place.baseUrl, 'comments', comments, request);
  }

  return { answer: route };
}
