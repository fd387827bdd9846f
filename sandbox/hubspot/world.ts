// A HubSpot account with a year of history, and the changes that happen to it while it is read.
// Above 300 lines because it tells one story: every kind of change, next to the state that it changes.

import { type ChangeLog, createChangeLog, type VendorRecord } from '../change-log.ts';
import { PEOPLE } from '../people.ts';
import { createRandom, type Random } from '../random.ts';
import { composeUtterance } from '../utterance.ts';
import { changedProperty, isObjectType, LINKS, OBJECT_TYPES, type ObjectType } from './schema.ts';

export type Properties = { readonly [name: string]: string | null };

/** One version of an object. `gone` tells how it left: into the bin, into another record, or for good. */
export interface Stored {
  readonly properties: Properties;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly gone?: 'archived' | 'merged' | 'erased';
  readonly archivedAt?: string;
}

export interface ChangeWish {
  /** One kind of object; all without it. */
  readonly of?: ObjectType;
  readonly changed?: number;
  readonly born?: number;
  readonly archived?: number;
  /** Pairs of contacts that become one. */
  readonly merged?: number;
  /** Contacts that are erased for good, for their privacy. */
  readonly erased?: number;
  /** Records that change all within one millisecond. */
  readonly burst?: number;
  /** Records that are born all within one millisecond, as an import makes them. */
  readonly bornAtOnce?: number;
  /** Records that change now, and that the search shows only `lateMs` later. */
  readonly late?: number;
  readonly lateMs?: number;
  /** When it happens, in milliseconds of Unix time, instead of now. */
  readonly at?: number;
}

export interface World {
  /** Its times are milliseconds. */
  readonly log: ChangeLog;
  /** Ids of linked records, in order. */
  links(from: ObjectType, id: number, to: ObjectType): readonly number[];
  /** From when on the search shows the newest version of a record; 0 where nothing holds it back. */
  shownFrom(type: ObjectType, id: number): number;
  change(wish: ChangeWish): { readonly changes: number };
}

const DAY_MS = 86_400_000;
export const OWNERS = [
  { id: '71001', userId: 61001, firstName: 'نورة', lastName: 'العتيبي', archived: false },
  { id: '71002', userId: 61002, firstName: 'سامي', lastName: 'حداد', archived: false },
  { id: '71003', userId: 61003, firstName: 'Mona', lastName: 'Saleh', archived: false },
  { id: '71004', userId: 61004, firstName: 'خالد', lastName: 'يوسف', archived: true },
] as const;
const FIRST_NAMES = ['أحمد', 'فاطمة', 'ريم', 'عبدالله', 'Layla', 'محمد', 'هند'];
const LAST_NAMES = ['القحطاني', 'المصري', 'الزهراني', 'Haddad', 'بن علي'];
const CITIES = ['الرياض', 'جدة', 'القاهرة', 'دبي', 'عمّان'];
const FIRST_ID: { readonly [type in ObjectType]: number } = {
  contacts: 151_000_000_001,
  companies: 31_000_000_001,
  tickets: 26_500_000_001,
  deals: 41_000_000_001,
  notes: 71_000_000_001,
  emails: 72_000_000_001,
  calls: 73_000_000_001,
};
const WISHES: ReadonlySet<string> = new Set<keyof ChangeWish>([
  'of',
  'changed',
  'born',
  'archived',
  'merged',
  'erased',
  'burst',
  'bornAtOnce',
  'late',
  'lateMs',
  'at',
]);

export function createWorld(options: {
  readonly seed: number | string;
  readonly counts: { readonly [type in ObjectType]: number };
  readonly nowMs: () => number;
}): World {
  const log = createChangeLog();
  const random = createRandom(options.seed);
  const linked = new Map<string, readonly number[]>();
  const held = new Map<string, number>();
  const nextId = { ...FIRST_ID };
  let moves = 0;
  let contacts = 0;

  const stored = (type: ObjectType, id: number): Stored | undefined =>
    log.latest(type, id)?.record as Stored | undefined;
  const put = (type: ObjectType, id: number, at: number, record: Stored): void =>
    log.append(type, { id, at, record: record as unknown as VendorRecord });
  const living = (type: ObjectType): readonly number[] =>
    log
      .list(type)
      .flatMap(({ id, record }) => ((record as unknown as Stored).gone === undefined ? [id] : []));
  const pick = (type: ObjectType, count: number, from: Random): readonly number[] => {
    const all = living(type);
    const start = from.int(0, Math.max(0, all.length - count));
    return all.slice(start, start + count);
  };

  function bear(type: ObjectType, at: number): void {
    const id = nextId[type];
    nextId[type] += 1 + (id % 3);
    const mine = random.fork(`${type} ${id}`);
    const instant = iso(at);
    const properties = {
      hs_object_id: String(id),
      createdate: instant,
      [changedProperty(type)]: instant,
      ...describe(type, mine, at, id),
      ...(type === 'contacts' ? knownPerson(contacts++) : {}),
    };
    put(type, id, at, { properties, createdAt: instant, updatedAt: instant });
    for (const to of LINKS[type]) {
      const others = log.list(to);
      const some = mine.chance(0.85) && others.length > 0 ? [mine.pick(others).id] : [];
      linked.set(`${type}/${id}/${to}`, some);
    }
  }

  function alter(type: ObjectType, id: number, at: number, changes: Properties): void {
    const former = stored(type, id);
    if (former === undefined) return;
    const instant = iso(at);
    const properties = { ...former.properties, ...changes, [changedProperty(type)]: instant };
    put(type, id, at, { ...former, properties, updatedAt: instant });
  }

  const touch = (type: ObjectType, id: number, at: number): void => alter(type, id, at, touchOf(type, at));

  const leave = (type: ObjectType, id: number, at: number, gone: NonNullable<Stored['gone']>): void => {
    const former = stored(type, id);
    if (former !== undefined) put(type, id, at, { ...former, gone, archivedAt: iso(at) });
  };

  function tell(): void {
    const end = options.nowMs() - 3_600_000;
    const begin = end - 365 * DAY_MS;
    for (const type of OBJECT_TYPES) {
      const count = options.counts[type];
      const slot = (end - begin - 30 * DAY_MS) / Math.max(1, count);
      // Every ninth is born in the very millisecond of the one before.
      for (let i = 0; i < count; i++) bear(type, Math.floor(begin + (i % 9 === 8 ? i - 1 : i) * slot));
      const story = random.fork(`story ${type}`);
      for (const id of pick(type, Math.floor(count / 5), story))
        touch(type, id, end - 20 * DAY_MS + (id % 7));
      // A bulk change: many records within one millisecond, over the edges of pages.
      for (const id of pick(type, Math.floor(count / 3), story)) touch(type, id, end - 9 * DAY_MS);
      for (const id of pick(type, Math.min(2, count), story)) leave(type, id, end - 3 * DAY_MS, 'archived');
    }
    mergeContacts(1, end - 2 * DAY_MS);
  }

  function mergeContacts(pairs: number, at: number): number {
    const ids = pick('contacts', pairs * 2, random.fork(`merge ${at}`));
    let merged = 0;
    for (let i = 0; i + 1 < ids.length; i += 2) {
      const [winner = 0, loser = 0] = [ids[i], ids[i + 1]];
      // Whoever was merged into the loser comes along.
      const before = [winner, loser].flatMap(
        (id) => stored('contacts', id)?.properties['hs_merged_object_ids']?.split(';') ?? [],
      );
      leave('contacts', loser, at, 'merged');
      alter('contacts', winner, at, {
        hs_merged_object_ids: [...before, loser].join(';'),
        hs_calculated_merged_vids: `${winner}:${at};${loser}:${at}`,
      });
      merged += 2;
    }
    return merged;
  }

  const world: World = {
    log,
    links: (from, id, to) => linked.get(`${from}/${id}/${to}`) ?? [],
    shownFrom: (type, id) => held.get(`${type}/${id}`) ?? 0,
    change(wish) {
      checkWish(wish);
      const changing = random.fork(`change ${moves++}`);
      let changes = 0;
      for (const type of wish.of === undefined ? OBJECT_TYPES : [wish.of]) {
        let at = wish.at ?? options.nowMs();
        const each = (ids: readonly number[], work: (id: number, at: number) => void): void => {
          for (const id of ids) {
            work(id, at);
            at += wish.at === undefined ? 1 : 0;
            changes += 1;
          }
        };
        each(Array.from({ length: wish.born ?? 0 }), (_, when) => bear(type, when));
        each(pick(type, wish.changed ?? 0, changing), (id, when) => touch(type, id, when));
        const now = at;
        each(pick(type, wish.burst ?? 0, changing), (id) => touch(type, id, now));
        each(Array.from({ length: wish.bornAtOnce ?? 0 }), () => bear(type, now));
        each(pick(type, wish.late ?? 0, changing), (id, when) => {
          touch(type, id, when);
          held.set(`${type}/${id}`, when + (wish.lateMs ?? 0));
        });
        each(pick(type, wish.archived ?? 0, changing), (id, when) => leave(type, id, when, 'archived'));
        if (type !== 'contacts') continue;
        each(pick(type, wish.erased ?? 0, changing), (id, when) => leave(type, id, when, 'erased'));
        if (wish.merged) changes += mergeContacts(wish.merged, at);
      }
      return { changes };
    },
  };
  tell();
  return world;
}

/** The first contacts are the customers whom every vendor knows. */
function knownPerson(place: number): Properties {
  const known = PEOPLE[place];
  return known === undefined ? {} : { firstname: known.first, lastname: known.last, email: known.email };
}

function describe(type: ObjectType, random: Random, at: number, id: number): Properties {
  const owner = random.pick(OWNERS).id;
  const said = composeUtterance(random, { oddShare: 0.1 });
  const person = { first: random.pick(FIRST_NAMES), last: random.pick(LAST_NAMES) };
  switch (type) {
    case 'contacts':
      return {
        email: `person-${id}@example.com`,
        firstname: person.first,
        lastname: person.last,
        phone: `+9665${random.int(10_000_000, 99_999_999)}`,
        city: random.pick(CITIES),
        country: 'السعودية',
        hubspot_owner_id: owner,
        hs_object_source: 'FORM',
        tier: random.pick(['ذهبي', 'فضي', 'برونزي']),
        loyalty_points: String(random.int(0, 5000)),
        consent: String(random.chance(0.5)),
      };
    case 'companies':
      return {
        name: `شركة ${random.pick(CITIES)} ${id % 1000}`,
        domain: `company-${id}.example`,
        industry: 'RETAIL',
        city: random.pick(CITIES),
        country: 'السعودية',
      };
    case 'tickets':
      return {
        subject: said.text.slice(0, 60).split('\n')[0] ?? '',
        content: said.text,
        hs_pipeline: '0',
        hs_pipeline_stage: random.pick(['1', '2', '4']),
        hs_ticket_priority: random.pick(['LOW', 'MEDIUM', 'HIGH']),
        source_type: random.pick(['EMAIL', 'CHAT', 'FORM', 'PHONE']),
        hubspot_owner_id: owner,
        hs_object_source: random.pick(['EMAIL', 'FORM', 'CONVERSATIONS', 'CRM_UI']),
        order_number: String(random.int(100_000, 999_999)),
        order_number_2: random.chance(0.3) ? String(random.int(1, 9)) : null,
        delivery_day: iso(at).slice(0, 10),
        problems: random.pick(['تأخير', 'تأخير;تلف', 'فاتورة']),
      };
    case 'deals':
      return {
        dealname: `صفقة ${id % 1000}`,
        amount: `${random.int(100, 90_000)}.50`,
        pipeline: 'default',
        dealstage: random.pick(['appointmentscheduled', 'closedwon']),
      };
    case 'notes':
      return { hs_note_body: `<p>${said.text}</p>`, hs_timestamp: iso(at), hubspot_owner_id: owner };
    case 'emails': {
      const incoming = random.chance(0.6);
      return {
        hs_email_subject: said.text.slice(0, 40).split('\n')[0] ?? '',
        hs_email_text: random.chance(0.8) ? said.text : null,
        hs_email_html: said.html ?? `<p>${said.text}</p>`,
        hs_email_direction: incoming ? 'INCOMING_EMAIL' : 'EMAIL',
        hs_email_from_email: incoming ? `person-${id}@example.com` : 'support@example.com',
        hs_email_from_firstname: incoming ? person.first : 'الدعم',
        hs_email_from_lastname: incoming ? person.last : null,
        hs_timestamp: iso(at),
        hubspot_owner_id: owner,
      };
    }
    default:
      return {
        hs_call_title: 'مكالمة مع العميل',
        hs_call_body: said.text,
        hs_call_direction: random.pick(['INBOUND', 'OUTBOUND']),
        // Some integrations write times as milliseconds.
        hs_timestamp: random.chance(0.5) ? iso(at) : String(at),
        hubspot_owner_id: owner,
      };
  }
}

/** What a change of a record writes. */
function touchOf(type: ObjectType, at: number): Properties {
  const words = `نسخة ${at}`;
  switch (type) {
    case 'contacts':
      return { city: words };
    case 'companies':
      return { industry: words };
    case 'tickets':
      return { hs_ticket_priority: 'URGENT', order_number: words };
    case 'deals':
      return { dealname: words };
    case 'notes':
      return { hs_note_body: `<p>${words}</p>` };
    case 'emails':
      return { hs_email_subject: words };
    default:
      return { hs_call_title: words };
  }
}

/** Wishes come from tests and over HTTP: a misspelt one must not pass for a quiet account. */
function checkWish(wish: ChangeWish): void {
  for (const [name, value] of Object.entries(wish)) {
    if (!WISHES.has(name))
      throw new TypeError(`cannot change "${name}"; known are: ${[...WISHES].join(', ')}`);
    if (name === 'of' ? !isObjectType(String(value)) : !Number.isInteger(value) || Number(value) < 0)
      throw new TypeError(`"${name}" cannot be ${JSON.stringify(value)}`);
  }
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
