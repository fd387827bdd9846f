// A whole Zendesk account with a year of history, and the changes that happen to it while it is read.

import { createChangeLog } from '../change-log.ts';
import { createRandom } from '../random.ts';
import { ODDITIES, type Oddity } from '../utterance.ts';
import { addGroupsAndBrands, addOrganizations, addUsers } from './account.ts';
import type { Csat, Desk } from './desk.ts';
import { addFields, addLateField } from './fields.ts';
import { createIds, iso } from './shapes.ts';
import { type Step, takeStep } from './tickets.ts';

export interface WorldOptions {
  readonly seed: number | string;
  readonly baseUrl: string;
  readonly tickets: number;
  readonly users: number;
  readonly organizations: number;
  readonly textBytes: number | undefined;
  readonly csat: Csat;
  /** Unix seconds; the history ends one hour before. */
  readonly now: number;
}

/** How many changes of each kind should happen. */
export interface ChangeWish {
  /** Tickets that get a new comment, status or tag. */
  readonly tickets?: number;
  readonly newTickets?: number;
  /** Tickets that change all within one second. */
  readonly burst?: number;
  /** Tickets that open all within one second, as an import makes them. */
  readonly newBurst?: number;
  /** Users who change all within one second. */
  readonly userBurst?: number;
  /** Tickets that show up again although their `updated_at` stays. */
  readonly silent?: number;
  readonly deletes?: number;
  readonly ratings?: number;
  readonly users?: number;
  readonly organizations?: number;
  /** Ticket fields that appear. */
  readonly fields?: number;
}

export interface World {
  readonly desk: Desk;
  /** Makes changes happen now. `until` is the newest second that exports show: there is room up to it, so that changes show at once. */
  change(wish: ChangeWish, until: number): { readonly changes: number };
  nextTicketId(): number;
  /** The second for the next change: later than every change before it. */
  nextAt(until: number): number;
}

const WISHES: ReadonlySet<string> = new Set<keyof ChangeWish>([
  'tickets',
  'newTickets',
  'burst',
  'newBurst',
  'userBurst',
  'silent',
  'deletes',
  'ratings',
  'users',
  'organizations',
  'fields',
]);

const DAY = 86_400;
const FIRST_TICKET = 1001;

export function createWorld(options: WorldOptions): World {
  const random = createRandom(options.seed);
  const end = options.now - 3600;
  const begin = end - 365 * DAY;
  const account = { baseUrl: options.baseUrl, log: createChangeLog(), random, ids: createIds() };
  addGroupsAndBrands(account, begin - 30 * DAY);
  const fields = addFields(account, begin - 30 * DAY, end - 20 * DAY);
  addOrganizations(account, options.organizations, begin - 29 * DAY);
  addUsers(account, options.users, begin - 20 * DAY);
  const desk: Desk = {
    ...account,
    csat: options.csat,
    fields,
    labels: new Map(),
    comments: new Map(),
    ratings: new Map(),
    steps: new Map(),
    textBytes: options.textBytes,
  };
  tellHistory(desk, options.tickets, begin, end);
  let nextTicket = FIRST_TICKET + options.tickets;
  const changing = random.fork('changes');

  function nextAt(until: number): number {
    const at = desk.log.lastAt() + changing.int(1, 3);
    return at <= until ? at : Math.max(at, until + 1);
  }

  function times(count: number | undefined, work: () => void): number {
    for (let i = 0; i < (count ?? 0); i++) work();
    return count ?? 0;
  }

  const pickTicket = (): number =>
    changing.pick(desk.log.list('tickets').filter((one) => one.record['status'] !== 'deleted')).id;

  return {
    desk,
    nextTicketId: () => nextTicket++,
    nextAt,
    change(wish, until) {
      checkWish(wish);
      let changes = times(wish.fields, () => {
        const at = nextAt(until);
        desk.fields.push(addLateField(desk, at, `حقل جديد ${desk.fields.length}`));
      });
      changes += times(wish.newTickets, () => takeStep(desk, nextTicket++, nextAt(until), 'open'));
      changes += times(wish.tickets, () =>
        takeStep(
          desk,
          pickTicket(),
          nextAt(until),
          changing.pick<Step>(['customer_reply', 'agent_reply', 'note', 'tag']),
        ),
      );
      changes += times(wish.silent, () => takeStep(desk, pickTicket(), nextAt(until), 'touch'));
      changes += times(wish.deletes, () => takeStep(desk, pickTicket(), nextAt(until), 'delete'));
      changes += times(wish.ratings, () => {
        const at = nextAt(until);
        const id = pickTicket();
        takeStep(desk, id, at, 'solve');
        takeStep(desk, id, nextAt(until), 'rate');
      });
      changes += times(wish.users, () =>
        changeRecord(desk, 'users', changing.pick(desk.log.list('users')).id, nextAt(until), {
          notes: `نسخة ${desk.log.lastAt()}`,
        }),
      );
      changes += times(wish.organizations, () =>
        changeRecord(desk, 'organizations', changing.pick(desk.log.list('organizations')).id, nextAt(until), {
          details: `نسخة ${desk.log.lastAt()}`,
        }),
      );
      if (wish.burst) {
        const at = nextAt(until);
        const alive = desk.log
          .list('tickets')
          .filter((one) => one.record['status'] !== 'deleted')
          .slice(-wish.burst);
        for (const ticket of alive) takeStep(desk, ticket.id, at, 'tag');
        changes += alive.length;
      }
      if (wish.newBurst) {
        const at = nextAt(until);
        changes += times(wish.newBurst, () => takeStep(desk, nextTicket++, at, 'open'));
      }
      if (wish.userBurst) {
        const at = nextAt(until);
        const some = desk.log.list('users').slice(-wish.userBurst);
        for (const user of some) changeRecord(desk, 'users', user.id, at, { notes: `نسخة ${at}` });
        changes += some.length;
      }
      return { changes };
    },
  };
}

/** Wishes come from tests and over HTTP: a misspelt one must not pass for a quiet account. */
function checkWish(wish: ChangeWish): void {
  for (const [name, count] of Object.entries(wish)) {
    if (!WISHES.has(name))
      throw new TypeError(`cannot change "${name}"; known are: ${[...WISHES].join(', ')}`);
    if (!Number.isInteger(count) || count < 0) throw new TypeError(`"${name}" must be a whole number`);
  }
}

function changeRecord(
  desk: Desk,
  resource: string,
  id: number,
  at: number,
  changes: { readonly [field: string]: unknown },
): void {
  const former = desk.log.latest(resource, id);
  if (former)
    desk.log.append(resource, { id, at, record: { ...former.record, ...changes, updated_at: iso(at) } });
}

interface Moment {
  readonly at: number;
  readonly ticket: number;
  readonly what: Step;
  readonly oddity?: Oddity;
}

/** Plans every step of every ticket, then lives through them in the order of time. */
function tellHistory(desk: Desk, tickets: number, begin: number, end: number): void {
  const moments: Moment[] = [];
  for (let i = 0; i < tickets; i++)
    moments.push(...planTicket(desk, FIRST_TICKET + i, i, tickets, begin, end));
  // Two bulk updates, each of many tickets within one second: ties that cross the edge of a page.
  for (const [at, share] of [
    [end - 90 * DAY, 0.3],
    [end - 600, 0.25],
  ] as const) {
    const hit = Math.floor(tickets * share);
    for (let i = 0; i < hit; i++)
      moments.push({ at, ticket: FIRST_TICKET + Math.floor((i / hit) * tickets), what: 'tag' });
  }
  moments.sort((a, b) => a.at - b.at || a.ticket - b.ticket);
  for (const { at, ticket, what, oddity } of moments) takeStep(desk, ticket, at, what, oddity);
}

function planTicket(
  desk: Desk,
  ticket: number,
  index: number,
  count: number,
  begin: number,
  end: number,
): Moment[] {
  const random = desk.random.fork(`plan ${ticket}`);
  // Tickets are numbered as they open; every twelfth opens in the very second of the one before.
  const slot = (end - begin - 2 * DAY) / Math.max(count, 1);
  const place = index % 12 === 11 ? index - 1 : index;
  const opened = Math.floor(
    begin +
      place * slot +
      (index % 12 === 11 ? desk.random.fork(`plan ${ticket - 1}`) : random).next() * slot * 0.9,
  );
  // The first tickets show every oddity once, so that even a small account has them all.
  const oddity = index < ODDITIES.length ? ODDITIES[index] : undefined;
  const moments: Moment[] = [{ at: opened, ticket, what: 'open', ...(oddity ? { oddity } : {}) }];
  let at = opened;
  const add = (what: Step, maxHours: number): void => {
    at += random.int(60, maxHours * 3600);
    if (at < end) moments.push({ at, ticket, what });
  };
  if (random.chance(0.9)) add('agent_reply', 20);
  if (random.chance(0.3)) add('note', 5);
  if (random.chance(0.5)) add('customer_reply', 30);
  if (random.chance(0.1)) add('touch', 30);
  if (random.chance(0.03)) {
    add('delete', 24);
    at += 29 * DAY;
    add('scrub', 24);
    return moments;
  }
  if (random.chance(0.85)) {
    add('agent_reply', 20);
    add('solve', 10);
    if (random.chance(0.45)) add('rate', 40);
    at += 3 * DAY;
    add('close', 24);
  }
  return moments;
}
