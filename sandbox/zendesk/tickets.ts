// The life of a ticket: opened, answered, solved, rated, closed, sometimes deleted; every step is a version and an event.

import type { VendorRecord, Version } from '../change-log.ts';
import { AGENT_REPLIES, PRIVATE_NOTES } from '../phrases.ts';
import { composeUtterance, type Oddity } from '../utterance.ts';
import {
  channelOf,
  type Desk,
  type NewComment,
  pickAgent,
  pickCustomer,
  requesterOf,
  type Scene,
} from './desk.ts';
import { addEvent } from './events.ts';
import { giveRating, offerRating } from './ratings.ts';
import { iso, SYSTEM_USER } from './shapes.ts';
import { describeTicket, drawFields, type FieldValue } from './ticket-record.ts';

export type Step =
  | 'open'
  | 'agent_reply'
  | 'customer_reply'
  | 'note'
  | 'solve'
  | 'rate'
  | 'close'
  | 'tag'
  | 'touch'
  | 'delete'
  | 'scrub';

const CHANNELS = ['email', 'web', 'whatsapp', 'api', 'native_messaging'] as const;

/** Takes one step in the life of ticket `id` at second `at`. What makes no sense for the ticket does not happen. */
export function takeStep(desk: Desk, id: number, at: number, what: Step, oddity?: Oddity): void {
  const taken = desk.steps.get(id) ?? 0;
  desk.steps.set(id, taken + 1);
  // The chance depends on the step's number, not on its second: the story is the same whenever it is told.
  const scene: Scene = { desk, at, random: desk.random.fork(`ticket ${id} step ${taken} ${what}`) };
  if (what === 'open') {
    openTicket(scene, id, oddity);
    return;
  }
  const ticket = desk.log.latest('tickets', id);
  if (ticket === undefined) return;
  const deleted = ticket.record['status'] === 'deleted';
  if (deleted === (what === 'scrub')) STEPS[what](scene, ticket);
}

const STEPS: { readonly [what in Exclude<Step, 'open'>]: (scene: Scene, ticket: Version) => void } = {
  agent_reply(scene, ticket) {
    const text = scene.random.pick(AGENT_REPLIES);
    addReply(scene, ticket, 'pending', {
      author: pickAgent(scene),
      text,
      isPublic: true,
      channel: 'web',
    });
  },
  customer_reply(scene, ticket) {
    const { text, html } = composeUtterance(scene.random);
    addReply(scene, ticket, 'open', {
      author: requesterOf(ticket),
      text: lengthen(scene.desk, text),
      html,
      isPublic: true,
      channel: channelOf(ticket),
    });
  },
  note(scene, ticket) {
    const text = scene.random.pick(PRIVATE_NOTES);
    addReply(scene, ticket, undefined, {
      author: pickAgent(scene),
      text,
      isPublic: false,
      channel: 'web',
    });
  },
  solve(scene, ticket) {
    offerRating(scene, ticket);
    changeTicket(
      scene,
      ticket,
      { status: 'solved', satisfaction_rating: { score: 'offered' } },
      pickAgent(scene),
    );
  },
  rate(scene, ticket) {
    const rating = giveRating(scene, ticket);
    changeTicket(scene, ticket, { satisfaction_rating: rating }, requesterOf(ticket));
  },
  close(scene, ticket) {
    changeTicket(scene, ticket, { status: 'closed' }, SYSTEM_USER);
  },
  tag(scene, ticket) {
    const tags = ticket.record['tags'] as readonly string[];
    changeTicket(scene, ticket, { tags: [...tags, `bulk_${tags.length}`] }, SYSTEM_USER);
  },
  /** A silent update by the system: the export shows the ticket again, and its `updated_at` stays as old as it was. */
  touch({ desk, at }, ticket) {
    desk.log.append('tickets', { id: ticket.id, at, record: { ...ticket.record, generated_timestamp: at } });
  },
  delete(scene, ticket) {
    const updater = pickAgent(scene);
    appendVersion(scene, ticket, { status: 'deleted' });
    const children = [{ event_type: 'Delete', previous_value: null }];
    addEvent(scene, { ticket: ticket.id, updater, channel: 'web', children });
  },
  /** Thirty days after its deletion a ticket loses its words; the export shows the empty shell once more. */
  scrub(scene, ticket) {
    appendVersion(scene, ticket, {
      subject: 'SCRUBBED',
      raw_subject: 'SCRUBBED',
      description: 'SCRUBBED',
      requester_id: SYSTEM_USER,
      submitter_id: SYSTEM_USER,
      assignee_id: null,
      tags: [],
      custom_fields: [],
      fields: [],
    });
  },
};

/** Opens a ticket on behalf of a caller of the API, with the caller's words. */
export function openByApi(
  desk: Desk,
  id: number,
  at: number,
  given: { readonly subject: string; readonly comment: NewComment; readonly fields: VendorRecord },
): void {
  const scene: Scene = { desk, at, random: desk.random.fork(`api ${id}`) };
  const { subject, comment, fields } = given;
  const record = describeTicket(scene, id, {
    requester: comment.author,
    subject,
    description: comment.text,
    channel: comment.channel,
  });
  createTicket(scene, { ...record, ...fields }, comment);
}

function openTicket(scene: Scene, id: number, oddity: Oddity | undefined): void {
  const { desk, random } = scene;
  const said = composeUtterance(random, oddity === undefined ? {} : { oddity });
  const text = lengthen(desk, said.text);
  desk.labels.set(id, said.label);
  const requester = pickCustomer(scene);
  const channel = random.pick(CHANNELS);
  const subject = text.slice(0, 60).split('\n')[0] ?? '';
  createTicket(scene, describeTicket(scene, id, { requester, subject, description: text, channel }), {
    author: requester,
    text,
    html: said.html,
    isPublic: true,
    channel,
  });
}

function createTicket(scene: Scene, record: VendorRecord, comment: NewComment): void {
  const id = Number(record['id']);
  scene.desk.log.append('tickets', { id, at: scene.at, record });
  const { subject, requester_id, status, priority, group_id, tags } = record;
  const birth = { event_type: 'Create', subject, requester_id, status, priority, group_id, tags };
  addEvent(scene, {
    ticket: id,
    updater: comment.author,
    channel: comment.channel,
    children: [{ ...birth, comment_present: true, comment_public: comment.isPublic }],
    comment,
  });
}

function addReply(scene: Scene, ticket: Version, status: string | undefined, comment: NewComment): void {
  // A closed ticket takes words and keeps its status.
  const keeps = status === undefined || ticket.record['status'] === 'closed';
  changeTicket(scene, ticket, keeps ? {} : { status }, comment.author, comment);
}

/** Writes the next version of a ticket, and the event that tells of it. */
function changeTicket(
  scene: Scene,
  ticket: Version,
  changes: VendorRecord,
  updater: number,
  comment?: NewComment,
): void {
  appendVersion(scene, ticket, changes);
  const children = Object.entries(changes)
    .filter(([name, value]) => name !== 'satisfaction_rating' && value !== ticket.record[name])
    .map(([name, value]) => ({ event_type: 'Change', [name]: value, previous_value: ticket.record[name] }));
  addEvent(scene, {
    ticket: ticket.id,
    updater,
    channel: comment?.channel ?? 'web',
    children,
    comment,
  });
}

/** A ticket that changes gets the fields that appeared since its last change. */
function appendVersion(scene: Scene, ticket: Version, changes: VendorRecord): void {
  const held = ticket.record['custom_fields'] as readonly FieldValue[];
  const late = drawFields(scene, new Set(held.map((field) => field.id)));
  const fields = late.length === 0 ? held : [...held, ...late];
  const { desk, at } = scene;
  const record = { ...ticket.record, custom_fields: fields, fields, ...changes };
  desk.log.append('tickets', {
    id: ticket.id,
    at,
    record: { ...record, updated_at: iso(at), generated_timestamp: at },
  });
}

/** Lengthens a text to the size that a benchmark asked for. */
function lengthen(desk: Desk, text: string): string {
  const missing = (desk.textBytes ?? 0) - Buffer.byteLength(text);
  return missing > 0 ? text + ' أرجو المتابعة'.repeat(Math.ceil(missing / 26)) : text;
}
