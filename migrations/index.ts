// Every migration of the state database, in order.

import type { Migration } from 'kysely';
import { up as initial } from './0001_initial.ts';
import { up as labels } from './0002_labels.ts';

/** By name; a name that a database has and this list lacks comes from a newer version of this program. */
export const MIGRATIONS: { readonly [name: string]: Migration } = {
  '0001_initial': { up: initial },
  '0002_labels': { up: labels },
};
