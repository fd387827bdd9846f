// The stand-in for Salesforce keeps what queries see up to date with every change: it must equal what its log of versions says.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPurged, type Org } from '../../sandbox/salesforce/org.ts';
import { prepare, run } from '../../sandbox/salesforce/results.ts';
import { type ChangeWish, createWorld } from '../../sandbox/salesforce/world.ts';

const NOW = 1_790_000_000;
const OBJECTS = ['Account', 'Case', 'CaseComment', 'EmailMessage', 'User'];

const idsOf = (records: readonly { readonly [field: string]: unknown }[]): readonly string[] =>
  records.map((record) => String(record['Id']));

/** The ids that the log of versions has for an object, found the slow way. */
function fromLog(org: Org, object: string, alive: boolean): readonly string[] {
  const records = org.log.list(object).map(({ record }) => record);
  return idsOf(
    records.filter(
      (record) =>
        !isPurged(record) &&
        !org.hidden.has(String(record['Id'])) &&
        !(alive && record['IsDeleted'] === true),
    ),
  );
}

const wishes = fc.array(
  fc.record(
    {
      object: fc.constantFrom(...OBJECTS),
      changes: fc.nat(3),
      born: fc.nat(3),
      burst: fc.nat(4),
      imported: fc.nat(3),
      deletes: fc.nat(2),
      purges: fc.nat(2),
    },
    { requiredKeys: ['object'] },
  ),
  { maxLength: 4 },
);

describe('The stand-in for Salesforce', () => {
  it('shows what its log of versions holds, whatever changed', () => {
    fc.assert(
      fc.property(wishes, fc.nat(9), (list: readonly ChangeWish[], hides) => {
        const { org, change } = createWorld({ seed: 3, cases: 12, now: NOW });
        for (const id of org.alive('Case').slice(0, hides)) org.hidden.add(id);
        for (const wish of list) change(wish, NOW);
        for (const object of OBJECTS) {
          expect(idsOf(org.visible(object))).toEqual(fromLog(org, object, false));
          expect(org.alive(object)).toEqual(fromLog(org, object, true));
          expect(idsOf(org.byChange(object)).toSorted()).toEqual(fromLog(org, object, false));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('answers a page in the order of change as a sort of the whole object would', () => {
    const { org, change } = createWorld({ seed: 5, cases: 40, now: NOW });
    change({ changes: 9, burst: 12, imported: 6, deletes: 4, purges: 2 }, NOW);
    const ask = (soql: string, everything: boolean): readonly string[] =>
      idsOf(run(org, prepare(org, soql), { everything, until: undefined }));
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.nat(10_000),
        fc.constantFrom('>', '>=', '='),
        fc.boolean(),
        fc.integer({ min: 1, max: 50 }),
        fc.nat(5),
        (place, tie, operator, everything, limit, offset) => {
          const all = org.byChange('Case');
          const at = String(all[place % all.length]?.['SystemModstamp']);
          const after = String(all[tie % all.length]?.['Id']);
          const where = `SELECT Id FROM Case WHERE SystemModstamp ${operator} ${at} AND (SystemModstamp > ${at} OR Id > '${after}')`;
          const page = ask(
            `${where} ORDER BY SystemModstamp ASC, Id ASC LIMIT ${limit} OFFSET ${offset}`,
            everything,
          );
          // A third field, which no two records reach, leads around the short way.
          const whole = ask(`${where} ORDER BY SystemModstamp ASC, Id ASC, Id ASC`, everything);
          expect(page).toEqual(whole.slice(offset, offset + limit));
        },
      ),
    );
  });
});
