// What Zendesk has of its own in mapping: instants as seconds or as texts, and the name beside an address.

import { asRecord, instantOf as instantWithin } from '../../core/mapping.ts';
import type { Json, Row } from '../../core/types.ts';

/** Whole Unix seconds of an instant as the vendor writes it; undefined when it is none. */
export function secondsOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.floor(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

/** An instant as the vendor writes it: `2026-01-31T12:00:00Z`; that of second 0 beyond what a date can hold. */
export function instantOf(seconds: number): string {
  return instantWithin(seconds) ?? '1970-01-01T00:00:00Z';
}

/** Who wrote it, as the channel told: the name beside an e-mail address, for one. */
export function senderName(row: Row): string | null {
  const from = asRecord(asRecord(asRecord(row['via'])?.['source'])?.['from']);
  const name = from?.['name'];
  return typeof name === 'string' && name.trim() !== '' ? name : null;
}
