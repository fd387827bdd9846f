// Small pieces that every Zendesk record shares: ids, instants and links.

import type { VendorRecord } from '../change-log.ts';

/** Zendesk numbers its records from one counter per data centre: ids of users, fields and events are this large. */
export const FIRST_ID = 46_407_218_913_169;

export const SYSTEM_USER = -1;

/** An instant as Zendesk writes it: UTC, whole seconds. */
export function iso(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

export function toSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}

export function via(channel: string): VendorRecord {
  return { channel, source: { from: {}, to: {}, rel: null } };
}

/** Hands out ids that only grow, with gaps, as the vendor's do. */
export function createIds(): { next(): number } {
  let last = FIRST_ID;
  return {
    next() {
      last += 7;
      return last;
    },
  };
}
