// Ticket events and the comments inside them, as the time-based export shows them.

import type { VendorRecord } from '../change-log.ts';
import type { Desk, NewComment, Scene } from './desk.ts';
import { iso, via } from './shapes.ts';

export interface NewEvent {
  readonly ticket: number;
  /** Who did it: a user's id, or -1 for the system. */
  readonly updater: number;
  readonly channel: string;
  readonly children: readonly VendorRecord[];
  readonly comment?: NewComment | undefined;
}

/** Appends one event, and its comment to the ticket's comments. */
export function addEvent({ desk, at }: Scene, event: NewEvent): void {
  const id = desk.ids.next();
  const said = event.comment ? [addComment(desk, at, event.ticket, id, event.comment)] : [];
  const changes = event.children.map((child) => ({
    id: desk.ids.next(),
    via: event.channel,
    via_reference_id: null,
    ...child,
  }));
  const record = {
    id,
    ticket_id: event.ticket,
    timestamp: at,
    created_at: iso(at),
    updater_id: event.updater,
    via: event.channel,
    event_type: 'Audit',
    system: {
      client: 'stand-in',
      ip_address: '192.0.2.7',
      location: 'Riyadh, 10, Saudi Arabia',
      latitude: 24.69,
      longitude: 46.72,
    },
    metadata: {},
    merged_ticket_ids: [],
    child_events: [...said, ...changes],
  };
  desk.log.append('ticket_events', { id, at, record });
}

function addComment(
  desk: Desk,
  at: number,
  ticket: number,
  auditId: number,
  comment: NewComment,
): VendorRecord {
  const id = desk.ids.next();
  const record = {
    id,
    type: 'Comment',
    author_id: comment.author,
    body: comment.text,
    html_body: comment.html ?? wrapInHtml(comment.text),
    plain_body: comment.text,
    public: comment.isPublic,
    attachments: id % 19 === 0 ? [describeAttachment(desk)] : [],
    audit_id: auditId,
    via: via(comment.channel),
    via_reference_id: null,
    created_at: iso(at),
  };
  desk.log.append('comments', { id, at, record: { ...record, ticket_id: ticket } });
  const known = desk.comments.get(ticket);
  if (known) known.push(id);
  else desk.comments.set(ticket, [id]);
  return { ...record, event_type: 'Comment' };
}

/** The file lies on another host: whoever fetches it must not send the account's credentials there. */
function describeAttachment(desk: Desk): VendorRecord {
  const id = desk.ids.next();
  return {
    url: `${desk.baseUrl}/api/v2/attachments/${id}.json`,
    id,
    file_name: 'صورة.jpg',
    content_url: 'https://files.example.net/photo.jpg',
    content_type: 'image/jpeg',
    size: 20_480,
    inline: false,
    deleted: false,
    thumbnails: [],
  };
}

function wrapInHtml(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<div class="zd-comment" dir="auto"><p dir="auto">${escaped.replaceAll('\n', '<br>')}</p></div>`;
}
