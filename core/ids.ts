// Identifiers: sortable ones for runs and loads, stable hashes for what must be the same on every run and in every warehouse.

import { hash, randomBytes } from 'node:crypto';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A unique id that sorts by time: a prefix, 10 characters of milliseconds and 10 random ones, in Crockford's base 32
 * (https://www.crockford.com/base32.html).
 */
export function newId(prefix: string, now: Date): string {
  let time = now.getTime();
  let head = '';
  for (let i = 0; i < 10; i++) {
    head = CROCKFORD.charAt(time % 32) + head;
    time = Math.floor(time / 32);
  }
  let tail = '';
  for (const byte of randomBytes(10)) tail += CROCKFORD.charAt(byte % 32);
  return `${prefix}_${head}${tail}`;
}

/** Lower-case hex of SHA-256 over the parts, each with its length, so that no two lists of parts meet. */
export function stableHash(...parts: readonly string[]): string {
  let joined = '';
  for (const part of parts) joined += `${part.length}:${part}`;
  return hash('sha256', joined);
}

/** The key of one utterance: 32 hex characters, the same in every run and warehouse. */
export function feedbackId(source: string, kind: string, nativeId: string): string {
  return stableHash(source, kind, nativeId).slice(0, 32);
}
