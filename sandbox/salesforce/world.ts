// A whole org with a year of history: accounts, contacts, Arabic cases, comments and e-mails; and the changes that happen to it.

import { FIRST_NAMES, LAST_NAMES } from '../phrases.ts';
import { createRandom, type Random } from '../random.ts';
import { createOrg, type Org } from './org.ts';
import { accountValues, bear, contactValues, dealValues, touch } from './records.ts';
import { OBJECTS, objectOf } from './schema.ts';

export interface WorldOptions {
  readonly seed: number | string;
  readonly cases: number;
  /** Unix seconds; the history ends one hour before. */
  readonly now: number;
}

/** How many changes of each kind should happen. */
export interface ChangeWish {
  /** Only to this object; default: to each. */
  readonly object?: string;
  /** Records of the object that change, one after the other. */
  readonly changes?: number;
  readonly born?: number;
  /** Records of each object that change all within one second. */
  readonly burst?: number;
  /** Copies of a record of each object that are imported all within one second. */
  readonly imported?: number;
  /** Changes come so many milliseconds after the newest change of all, in place of a second of their own. */
  readonly afterMs?: number;
  /** Into the recycle bin. */
  readonly deletes?: number;
  /** Gone for good, the recycle bin left out. */
  readonly purges?: number;
  readonly undeletes?: number;
  /** Formulas of cases whose value changes; their time of change stays. */
  readonly formulas?: number;
  /** Custom fields of the case that appear. */
  readonly fields?: number;
}

export interface World {
  readonly org: Org;
  change(wish: ChangeWish, now: number): { readonly changes: number };
}

const WISHES: ReadonlySet<string> = new Set<keyof ChangeWish>([
  'object',
  'changes',
  'born',
  'burst',
  'imported',
  'afterMs',
  'deletes',
  'purges',
  'undeletes',
  'formulas',
  'fields',
]);
const DAY = 86_400;
export function createWorld({ seed, cases, now }: WorldOptions): World {
  const random = createRandom(seed);
  const org = createOrg();
  const end = now - 3600;
  const begin = end - 365 * DAY;
  const staff = addUsers(org, random.fork('users'), begin - 30 * DAY);
  addCustomers(org, random.fork('customers'), begin - 20 * DAY, Math.max(12, Math.floor(cases / 2)), staff);
  tellHistory(org, random.fork('cases'), { cases, begin, end, staff });
  const changing = random.fork('changes');
  let late = 0;

  const nextAt = (clock: number): number => Math.max(Math.floor(org.log.lastAt()) + 1, clock);
  const momentOf = ({ afterMs }: ChangeWish, clock: number): number =>
    afterMs === undefined ? nextAt(clock) : org.log.lastAt() + afterMs / 1000;
  /** The last few records of an object stay, so that stories go on. */
  const spared = (object: string, work: (id: string) => void): void => {
    const ids = org.alive(object);
    if (ids.length > 4) work(changing.pick(ids));
  };

  return {
    org,
    change(wish, clock) {
      const unknown = Object.keys(wish).find((name) => !WISHES.has(name));
      if (unknown !== undefined)
        throw new TypeError(`unknown wish "${unknown}"; known: ${[...WISHES].join(', ')}`);
      const objects = OBJECTS.filter(({ name }) => wish.object === undefined || wish.object === name);
      if (objects.length === 0) throw new TypeError(`there is no object ${wish.object ?? ''}`);
      let changes = 0;
      const times = (count: number | undefined, work: () => void): void => {
        for (let i = 0; i < (count ?? 0); i++) {
          work();
          changes += 1;
        }
      };
      times(wish.fields, () => {
        late += 1;
        const plan = { name: `Late_${late}__c`, label: `حقل جديد ${late}`, type: 'string' };
        org.late.set('Case', [...(org.late.get('Case') ?? []), plan]);
        org.change('Case', changing.pick(org.alive('Case')), nextAt(clock), { [plan.name]: `قيمة ${late}` });
      });
      for (const { name } of objects) {
        times(wish.changes, () =>
          touch(org, changing, name, changing.pick(org.alive(name)), momentOf(wish, clock)),
        );
        times(wish.born, () => bear(org, changing, name, nextAt(clock), staff));
        const at = nextAt(clock);
        const burst = org.alive(name).slice(0, wish.burst ?? 0);
        for (const id of burst) touch(org, changing, name, id, at);
        changes += burst.length;
        const model = org.find(name, org.alive(name)[0] ?? '');
        times(wish.imported, () => void org.add(name, at, { ...model, Id: undefined }, staff[0]));
        if (name === 'User') continue;
        times(wish.deletes, () => spared(name, (id) => org.remove(name, id, nextAt(clock))));
        times(wish.purges, () => spared(name, (id) => org.purge(name, id, nextAt(clock))));
        times(wish.undeletes, () => {
          const bin = org.visible(name).filter((record) => record['IsDeleted'] === true);
          org.change(name, String(changing.pick(bin)['Id']), nextAt(clock), { IsDeleted: false });
        });
      }
      times(wish.formulas, () => {
        const id = changing.pick(org.alive('Case'));
        org.drift('Case', id, { Age_Days__c: Number(org.find('Case', id)?.['Age_Days__c'] ?? 0) + 1 });
      });
      return { changes };
    },
  };
}

/** Six agents, two customers of the portal for each, and the automated process. */
function addUsers(org: Org, random: Random, at: number): readonly string[] {
  const user = (i: number, type: string): string => {
    const first = random.pick(FIRST_NAMES);
    const last = random.pick(LAST_NAMES);
    return org.add('User', at + Math.floor(i / 3), {
      Username: `user${i}@example.com`,
      FirstName: first,
      LastName: last,
      Name: `${first} ${last}`,
      Email: `user${i}@example.com`,
      IsActive: true,
      UserType: type,
    });
  };
  const staff = Array.from({ length: 6 }, (_, i) => user(i, 'Standard'));
  for (let i = 6; i < 18; i++) user(i, 'CspLitePortal');
  user(18, 'AutomatedProcess');
  return staff;
}

function addCustomers(org: Org, random: Random, at: number, count: number, staff: readonly string[]): void {
  // Imports: many records share their second, across the edge of any small page.
  for (let i = 0; i < count; i++) {
    org.add('Account', at + Math.floor(i / 5), accountValues(random, i), random.pick(staff));
  }
  for (let i = 0; i < count; i++) {
    org.add('Contact', at + 900 + Math.floor(i / 7), contactValues(org, random, i), random.pick(staff));
  }
  for (let i = 0; i < count; i++) {
    org.add(
      'Opportunity',
      at + 1800 + Math.floor(i / 4) * 60,
      dealValues(org, random, i),
      random.pick(staff),
    );
  }
}

function tellHistory(
  org: Org,
  random: Random,
  {
    cases,
    begin,
    end,
    staff,
  }: {
    readonly cases: number;
    readonly begin: number;
    readonly end: number;
    readonly staff: readonly string[];
  },
): void {
  const step = Math.max(1, Math.floor((end - begin) / Math.max(1, cases)));
  for (let i = 0; i < cases; i++) {
    // Every fifth case shares its second with the one before: an import does that.
    const at = begin + (i % 5 === 4 ? i - 1 : i) * step;
    bear(org, random, 'Case', at, staff);
    if (random.chance(0.7)) bear(org, random, 'CaseComment', at + 1, staff);
    if (random.chance(0.5)) bear(org, random, 'CaseComment', at + 1, staff);
    if (random.chance(0.6)) bear(org, random, 'EmailMessage', at + 2, staff);
    if (random.chance(0.3)) bear(org, random, 'Survey__c', at + 3, staff);
  }
  // The last days: changes, and records in the recycle bin.
  const names = ['Case', 'CaseComment', 'EmailMessage', 'Account', 'Contact', 'Opportunity', 'Survey__c'];
  let at = Math.max(end - 3 * DAY, org.log.lastAt());
  for (const name of names) {
    if (objectOf(name) === undefined) continue;
    for (let i = 0; i < 4; i++) {
      at += 7;
      const id = random.pick(org.alive(name));
      if (i < 3) touch(org, random, name, id, at);
      else org.remove(name, id, at);
    }
  }
}
