// Every migration of the state database, in order.

import type { Migration } from 'kysely';
import { up as initial } from './0001_initial.ts';

/** By name; a name that a database has and this list lacks comes from a newer version of this program. */
export const MIGRATIONS: { readonly [name: string]: Migration } = {
  '0001_initial': { up: initial },
};
