// Millions of records for benchmarks: made while they are sent, never held.

import type { VendorRecord } from '../change-log.ts';
import type { Prepared } from './results.ts';
import { instant, recordId } from './shapes.ts';
import { meets, type Query } from './soql.ts';

export interface Generated {
  readonly object: string;
  /** How many of them meet the query's condition on their time of change. */
  count(query: Query): number;
  /** The i-th of those that the whole object has, as a line of CSV. */
  line(prepared: Prepared, i: number): string;
}

/** `count` accounts that changed one after the other, up to `end`. A query is counted by its condition, and read from the first. */
export function generateAccounts(count: number, end: number): Generated {
  const stampOf = (i: number): string => instant(end - Math.floor((count - i) / 50));
  const recordOf = (i: number): VendorRecord => {
    const stamp = stampOf(i);
    return {
      Id: recordId('001', i),
      IsDeleted: false,
      Name: `شركة رقم ${i}`,
      Type: 'Customer',
      NumberOfEmployees: i % 5000,
      CreatedDate: stamp,
      LastModifiedDate: stamp,
      SystemModstamp: stamp,
    };
  };
  return {
    object: 'Account',
    count(query) {
      let found = 0;
      for (let i = 0; i < count; i++) {
        const stamp = stampOf(i);
        if (meets(query.where, (path) => (path === 'SystemModstamp' ? stamp : null))) found += 1;
      }
      return found;
    },
    line({ paths }, i) {
      const record = recordOf(i);
      return paths.map((path) => `"${String(record[path] ?? '')}"`).join(',');
    },
  };
}
