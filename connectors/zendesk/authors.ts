// Tells who wrote something, by the author's role in Zendesk: asked in packs of a hundred and remembered.

import { asRecord, idOf } from '../../core/mapping.ts';
import type { AuthorRole, Context, Json } from '../../core/types.ts';
import { type Client, recordsOf } from './client.ts';

export interface Authors {
  /**
   * Learns the roles of these users, so that `roleOf` is then answered from memory. A user that Zendesk no longer knows stays
   * unknown. https://developer.zendesk.com/api-reference/ticketing/users/users/#show-many-users
   */
  learn(ids: ReadonlySet<string>): Promise<void>;
  /** Null when the vendor cannot tell. */
  roleOf(id: string): AuthorRole | null;
}

const MOST_IDS = 100;
/** Enough for every agent and the customers of the last pages; some ten megabytes at most. */
const MOST_REMEMBERED = 100_000;
/** Zendesk's own automations and messaging bots write as this user. */
const SYSTEM_USER = '-1';
const ROLES: ReadonlyMap<Json, AuthorRole> = new Map([
  ['end-user', 'customer'],
  ['agent', 'agent'],
  ['admin', 'agent'],
]);

/** Knowledge for one reading of one stream: roles change, so it is not kept for the next. */
export function createAuthors(context: Context, client: Client): Authors {
  const roles = new Map<string, AuthorRole | null>();
  let available = true;
  return {
    async learn(ids) {
      const missing = [...ids].filter((id) => id !== SYSTEM_USER && !roles.has(id));
      if (roles.size + missing.length > MOST_REMEMBERED) {
        roles.clear();
        missing.splice(0, missing.length, ...[...ids].filter((id) => id !== SYSTEM_USER));
      }
      for (let i = 0; available && i < missing.length; i += MOST_IDS) {
        const pack = missing.slice(i, i + MOST_IDS);
        const path = 'users/show_many';
        const query = { ids: pack.join(',') };
        const { status, body } = await client.ask({ path, bucket: 'users', query, accept: [404] });
        if (status === 404) {
          context.log.warn('zendesk.authors_unknown', { path });
          available = false;
          return;
        }
        for (const id of pack) roles.set(id, null);
        for (const value of recordsOf(body, 'users', path)) {
          const user = asRecord(value);
          const id = idOf(user?.['id']);
          if (id !== undefined) roles.set(id, ROLES.get(user?.['role'] ?? null) ?? null);
        }
      }
    },
    roleOf: (id) => (id === SYSTEM_USER ? 'bot' : (roles.get(id) ?? null)),
  };
}
