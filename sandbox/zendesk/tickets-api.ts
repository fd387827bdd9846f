// Creating tickets over the API: at most once for one Idempotency-Key.

import { createHash } from 'node:crypto';
import type { VendorRecord } from '../change-log.ts';
import type { Reply } from '../delivery.ts';
import { json, type VendorRequest } from '../server.ts';
import { showRecord } from './lists.ts';
import { error } from './replies.ts';
import { openByApi } from './tickets.ts';
import type { World } from './world.ts';

export interface TicketCreation {
  create(request: VendorRequest, until: number, nowMs: number): Reply;
}

/** The vendor forgets a key after two hours. */
const KEPT_MS = 2 * 3600 * 1000;

interface Sent {
  readonly subject?: unknown;
  readonly comment?: { readonly body?: unknown; readonly html_body?: unknown; readonly public?: unknown };
  readonly requester_id?: unknown;
  readonly [field: string]: unknown;
}

const SETTABLE = ['external_id', 'tags', 'priority', 'type', 'status', 'custom_status_id'] as const;

export function createTicketCreation(world: World): TicketCreation {
  const answered = new Map<
    string,
    { readonly bodyHash: string; readonly id: number; readonly atMs: number }
  >();
  return {
    create(request, until, nowMs) {
      const header = request.headers['idempotency-key'];
      const key = typeof header === 'string' ? header : undefined;
      if (key !== undefined && key.length > 255)
        return error(400, 'IdempotentRequestError', 'Idempotency key must be at most 255 characters');
      const bodyHash = createHash('sha256').update(request.body).digest('hex');
      const known = key === undefined ? undefined : answered.get(key);
      if (known && nowMs - known.atMs < KEPT_MS) {
        if (known.bodyHash !== bodyHash)
          return error(
            400,
            'IdempotentRequestError',
            'The request parameters did not match the parameters of the first request with this key',
          );
        const ticket = world.desk.log.latest('tickets', known.id);
        if (ticket) return withHeaders(showRecord('ticket', ticket, 201), { 'x-idempotency-lookup': 'hit' });
      }
      const sent = readTicket(request.body);
      if (sent === undefined) return error(422, 'Unprocessable Entity', 'Server could not parse JSON');
      const words = sent.comment?.body ?? sent.comment?.html_body;
      if (typeof words !== 'string' || words === '') {
        return json(422, {
          error: 'RecordInvalid',
          description: 'Record validation errors',
          details: { base: [{ description: 'Description: cannot be blank', error: 'BlankValue' }] },
        });
      }
      const id = openTicket(world, sent, words, until);
      if (key !== undefined) answered.set(key, { bodyHash, id, atMs: nowMs });
      const made = world.desk.log.latest('tickets', id);
      if (!made) throw new Error('a ticket that was just created cannot be found');
      return withHeaders(showRecord('ticket', made, 201), {
        location: `${world.desk.baseUrl}/api/v2/tickets/${id}.json`,
        ...(key === undefined ? {} : { 'x-idempotency-lookup': 'miss' }),
      });
    },
  };
}

function openTicket(world: World, sent: Sent, words: string, until: number): number {
  const users = world.desk.log.list('users');
  const author = typeof sent.requester_id === 'number' ? sent.requester_id : (users[0]?.id ?? -1);
  const fields: VendorRecord = Object.fromEntries(
    SETTABLE.filter((name) => sent[name] !== undefined).map((name) => [name, sent[name]]),
  );
  const id = world.nextTicketId();
  openByApi(world.desk, id, world.nextAt(until), {
    subject: typeof sent.subject === 'string' ? sent.subject : words.slice(0, 60),
    comment: { author, text: words, isPublic: sent.comment?.public !== false, channel: 'api' },
    fields,
  });
  return id;
}

function readTicket(body: string): Sent | undefined {
  try {
    const sent = JSON.parse(body) as { readonly ticket?: Sent } | null;
    return sent?.ticket ?? {};
  } catch {
    return undefined;
  }
}

function withHeaders(reply: Reply, headers: { readonly [name: string]: string }): Reply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}
