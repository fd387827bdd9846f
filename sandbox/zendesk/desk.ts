// The support desk that the stories happen at: what every step in the life of a ticket needs to know.

import type { Version } from '../change-log.ts';
import type { Random } from '../random.ts';
import type { Label } from '../utterance.ts';
import { type Account, TEAM } from './account.ts';
import type { FieldPlan } from './fields.ts';

export type Csat = 'legacy' | 'surveys';

export interface Desk extends Account {
  readonly csat: Csat;
  readonly fields: FieldPlan[];
  /** What the customer's first words meant, by ticket: the truth that a classifier is measured against. */
  readonly labels: Map<number, Label>;
  /** The comments of each ticket, oldest first. */
  readonly comments: Map<number, number[]>;
  /** How many steps each ticket has taken. */
  readonly steps: Map<number, number>;
  /** The legacy rating that a ticket was offered. */
  readonly ratings: Map<number, number>;
  /** Customers' texts are at least this long. */
  readonly textBytes: number | undefined;
}

/** One step happening: where, when, and the chance that decides its details. */
export interface Scene {
  readonly desk: Desk;
  readonly random: Random;
  /** Unix seconds. */
  readonly at: number;
}

export interface NewComment {
  readonly author: number;
  readonly text: string;
  readonly html?: string | undefined;
  readonly isPublic: boolean;
  readonly channel: string;
}

export function pickAgent({ desk, random }: Scene): number {
  return random.pick(desk.log.list('users').slice(0, TEAM)).id;
}

export function pickCustomer({ desk, random }: Scene): number {
  return random.pick(desk.log.list('users').slice(TEAM)).id;
}

export function requesterOf(ticket: Version): number {
  return Number(ticket.record['requester_id']);
}

export function channelOf(ticket: Version): string {
  const source = ticket.record['via'] as { readonly channel?: string } | undefined;
  return source?.channel ?? 'web';
}
