// How customers rate: the legacy score that is offered and then changes, or the answered survey that replaced it.
// https://developer.zendesk.com/api-reference/ticketing/ticket-management/csat_survey_responses

import type { VendorRecord, Version } from '../change-log.ts';
import { RATING_COMMENTS } from '../phrases.ts';
import { requesterOf, type Scene } from './desk.ts';
import { iso } from './shapes.ts';

type Score = 'good' | 'bad';

/** A legacy account asks when a ticket is solved; the rating exists from then on, without a score. */
export function offerRating(scene: Scene, ticket: Version): void {
  const { desk } = scene;
  if (desk.csat !== 'legacy') return;
  const id = desk.ratings.get(ticket.id) ?? desk.ids.next();
  desk.ratings.set(ticket.id, id);
  writeRating(scene, ticket, id, 'offered', null);
}

/** The customer answers; unhappy words mostly make a bad score. */
export function giveRating(
  scene: Scene,
  ticket: Version,
): { readonly score: Score; readonly comment: string } {
  const { desk, random, at } = scene;
  const unhappy = desk.labels.get(ticket.id) === 'negative';
  const score = random.chance(unhappy ? 0.2 : 0.85) ? 'good' : 'bad';
  const comment = random.pick(RATING_COMMENTS[score]);
  const offered = desk.ratings.get(ticket.id);
  if (desk.csat === 'surveys') {
    const id = desk.ids.next();
    desk.log.append('survey_responses', {
      id,
      at,
      record: describeSurveyResponse(id, ticket, at, score, comment),
    });
  } else if (offered !== undefined)
    writeRating(scene, ticket, offered, score, comment === '' ? null : comment);
  return { score, comment };
}

function writeRating(
  { desk, at }: Scene,
  ticket: Version,
  id: number,
  score: string,
  comment: string | null,
): void {
  const { assignee_id, group_id } = ticket.record;
  const record = {
    url: `${desk.baseUrl}/api/v2/satisfaction_ratings/${id}.json`,
    id,
    assignee_id,
    group_id,
    requester_id: requesterOf(ticket),
    ticket_id: ticket.id,
    score,
    created_at: desk.log.latest('satisfaction_ratings', id)?.record['created_at'] ?? iso(at),
    updated_at: iso(at),
    comment,
    reason: score === 'bad' ? 'تأخر حل المشكلة' : null,
    reason_id: score === 'bad' ? 5 : null,
  };
  desk.log.append('satisfaction_ratings', { id, at, record });
}

function describeSurveyResponse(
  id: number,
  ticket: Version,
  at: number,
  score: Score,
  comment: string,
): VendorRecord {
  const asked = { created_at: iso(at), updated_at: iso(at) };
  const rating = {
    type: 'rating_scale',
    rating: score === 'good' ? 4 + (id % 2) : 1 + (id % 2),
    rating_category: score,
    question: {
      id: '01J8WAHAQUESTION0000000001',
      type: 'rating_scale_emoji',
      alias: 'customer_satisfaction_rating',
    },
    ...asked,
  };
  const words = {
    type: 'open_ended',
    value: comment,
    question: { id: '01J8WAHAQUESTION0000000002', type: 'open_ended' },
    ...asked,
  };
  return {
    id: `01J8WAHA${id.toString(32).toUpperCase().padStart(18, '0')}`,
    survey: { id: '01J8WAHASURVEY00000000000A', version: 1, state: 'enabled' },
    responder_id: requesterOf(ticket),
    subjects: [{ id: `01J8SUBJECT${ticket.id}`, zrn: `zen:ticket:${ticket.id}` }],
    answers: comment === '' ? [rating] : [rating, words],
    expires_at: iso(at + 28 * 86_400),
  };
}
