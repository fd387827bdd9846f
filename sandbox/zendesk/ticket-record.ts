// A new ticket as the vendor sends it, with the custom fields that exist at that second.

import type { VendorRecord } from '../change-log.ts';
import { pickAgent, type Scene } from './desk.ts';
import { iso, via } from './shapes.ts';

export interface FieldValue {
  readonly id: number;
  readonly value: unknown;
}

export function describeTicket(
  scene: Scene,
  id: number,
  words: {
    readonly requester: number;
    readonly subject: string;
    readonly description: string;
    readonly channel: string;
  },
): VendorRecord {
  const { desk, random, at } = scene;
  const fields = drawFields(scene, new Set());
  const requester = desk.log.latest('users', words.requester)?.record;
  return {
    url: `${desk.baseUrl}/api/v2/tickets/${id}.json`,
    id,
    external_id: null,
    via: via(words.channel),
    created_at: iso(at),
    updated_at: iso(at),
    generated_timestamp: at,
    type: random.pick(['question', 'problem', 'incident', null]),
    subject: words.subject,
    raw_subject: words.subject,
    description: words.description,
    priority: random.pick(['low', 'normal', 'high', 'urgent', null]),
    status: 'new',
    recipient: null,
    requester_id: words.requester,
    submitter_id: words.requester,
    assignee_id: pickAgent(scene),
    organization_id: requester?.['organization_id'] ?? null,
    group_id: random.pick(desk.log.list('groups')).id,
    collaborator_ids: [],
    follower_ids: [],
    email_cc_ids: [],
    forum_topic_id: null,
    problem_id: null,
    has_incidents: false,
    is_public: true,
    due_at: null,
    tags: random.chance(0.3) ? ['شكوى', 'vip'] : [],
    custom_fields: fields,
    satisfaction_rating: { score: 'unoffered' },
    sharing_agreement_ids: [],
    custom_status_id: null,
    encoded_id: `W${id}-QX`,
    // The export sends the custom fields twice, under two names.
    fields,
    followup_ids: [],
    brand_id: random.pick(desk.log.list('brands')).id,
    allow_channelback: false,
    allow_attachments: true,
    from_messaging_channel: words.channel === 'native_messaging',
    support_type: random.chance(0.03) ? 'ai_agent' : 'agent',
    ticket_form_id: null,
  };
}

/** Values for the fields that exist by now and that a ticket does not hold yet. */
export function drawFields({ desk, random, at }: Scene, held: ReadonlySet<number>): readonly FieldValue[] {
  return desk.fields
    .filter((field) => field.since <= at && !held.has(field.id))
    .map((field) => ({ id: field.id, value: field.draw(random) }));
}
