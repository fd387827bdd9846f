// A company on Gong with a year of calls, and the calls, transcripts and people that come while it is read.

import { type ChangeLog, createChangeLog, type VendorRecord, type Version } from '../change-log.ts';
import { PEOPLE } from '../people.ts';
import { AGENT_REPLIES, FIRST_NAMES, LAST_NAMES } from '../phrases.ts';
import { createRandom, type Random } from '../random.ts';
import { composeUtterance } from '../utterance.ts';

export interface WorldOptions {
  readonly seed: number | string;
  readonly calls: number;
  readonly users: number;
  /** How long after its call a transcript comes. */
  readonly transcriptDelaySeconds: number;
  /** Unix seconds; the history ends one hour before. */
  readonly now: number;
}

/** How many changes of each kind should happen. */
export interface ChangeWish {
  /** Calls that just ended. */
  readonly newCalls?: number;
  /** Calls that took place two days ago and show only now. */
  readonly lateCalls?: number;
  /** Calls of the last days that get another title. */
  readonly changedCalls?: number;
  /** Calls that began all in one second, an hour ago. */
  readonly burst?: number;
  /** Calls whose transcript never comes. */
  readonly silentCalls?: number;
  readonly newUsers?: number;
  readonly changedUsers?: number;
}

export interface World {
  readonly log: ChangeLog;
  change(wish: ChangeWish, at: number): { readonly changes: number };
}

const DAY = 86_400;
/** Numbers of 20 digits, as the vendor's ids may have. */
const FIRST_CALL = 17_823_422_740_259_378_000n;
export const WORKSPACES = [
  { id: '6231234567890123456', name: 'المبيعات', description: 'فريق المبيعات' },
  { id: '6231234567890123457', name: 'Support', description: null },
] as const;

export function callIdOf(number: number): string {
  return String(FIRST_CALL + BigInt(number));
}

/** The instant that the filter of calls goes by, in Unix seconds: as scheduled for web conferences that Gong records. */
export function filterSecond(record: VendorRecord): number {
  return Date.parse(String(record['scheduled'] ?? record['started'])) / 1000;
}

export function createWorld(options: WorldOptions): World {
  const log = createChangeLog();
  const random = createRandom(options.seed);
  const end = options.now - 3600;
  const begin = end - 365 * DAY;
  let nextCall = 1;
  let nextUser = 1;

  function addUser(at: number): void {
    const number = nextUser++;
    const id = `50${String(number).padStart(17, '0')}`;
    const record = {
      id,
      emailAddress: `agent${number}@shop.example`,
      created: local(at),
      active: number % 6 !== 0,
      firstName: FIRST_NAMES[number % FIRST_NAMES.length],
      lastName: LAST_NAMES[number % LAST_NAMES.length],
      title: 'Account Executive',
      managerId: null,
    };
    log.append('users', { id: number, at, record });
  }

  /** A call that began at `started` and shows from `at` on. */
  function addCall(
    started: number,
    at: number,
    how: { readonly speaks?: false; readonly unplanned?: true } = {},
  ): void {
    const number = nextCall++;
    const draw = random.fork(`call ${number}`);
    const isPlanned = number % 3 === 0 && how.unplanned !== true;
    const scheduled = isPlanned ? local(started - draw.int(-600, 600)) : null;
    const host = log.latest('users', 1 + (number % Math.max(1, nextUser - 1)))?.record;
    const parties = partiesOf(draw, number, host);
    const record = {
      id: callIdOf(number),
      url: `https://app.gong.io/call?id=${callIdOf(number)}`,
      title: `مكالمة ${number}`,
      scheduled,
      started: local(started),
      duration: draw.int(120, 3600),
      primaryUserId: host?.['id'] ?? null,
      direction: scheduled === null ? 'Inbound' : 'Conference',
      system: scheduled === null ? 'Aircall' : 'Zoom',
      scope: 'External',
      media: 'Audio',
      language: 'ara',
      workspaceId: WORKSPACES[number % 2]?.id,
      isPrivate: number % 17 === 0,
    };
    const spokenAt = how.speaks !== false ? Math.max(at, started) + options.transcriptDelaySeconds : null;
    log.append('calls', { id: number, at, record: { ...record, parties, number, spokenAt } });
  }

  for (let i = 0; i < options.users; i++) addUser(begin + i * 60);
  // Half of the calls fill the year, half of them the last ten days; every eighth begins in the second of the one before.
  const half = Math.floor(options.calls / 2);
  for (let i = 0; i < options.calls; i++) {
    const [from, span, of] =
      i < half ? [begin + DAY, 350 * DAY, half] : [end - 10 * DAY, 10 * DAY, options.calls - half];
    const place = i % 8 === 7 ? i - 1 : i;
    const started =
      from + Math.floor((((place < half ? place : place - half) + 0.5) * span) / Math.max(1, of));
    addCall(started, Math.min(end, started + 1800));
  }
  const changing = random.fork('changes');

  function times(count: number | undefined, work: () => void): number {
    for (let i = 0; i < (count ?? 0); i++) work();
    return count ?? 0;
  }

  const recent = (at: number): readonly Version[] =>
    log.list('calls').filter(({ record }) => filterSecond(record) > at - 6 * DAY);

  return {
    log,
    change(wish, at) {
      checkWish(wish);
      let changes = times(wish.newUsers, () => addUser(at));
      changes += times(wish.newCalls, () => addCall(at - changing.int(700, 1500), at));
      changes += times(wish.silentCalls, () => addCall(at - 800, at, { speaks: false }));
      changes += times(wish.lateCalls, () => addCall(at - 2 * DAY - changing.int(0, 3600), at));
      changes += times(wish.burst, () => addCall(at - 3600, at, { unplanned: true }));
      changes += times(wish.changedCalls, () => {
        const { id, record } = changing.pick(recent(at));
        log.append('calls', { id, at, record: { ...record, title: `عنوان ${at}` } });
      });
      changes += times(wish.changedUsers, () => {
        const { id, record } = changing.pick(log.list('users'));
        log.append('users', { id, at, record: { ...record, title: `لقب ${at}` } });
      });
      return { changes };
    },
  };
}

/** The host, one or two from outside, and now and then somebody of whom Gong does not know where they belong. */
function partiesOf(draw: Random, number: number, host: VendorRecord | undefined): readonly VendorRecord[] {
  const name = (): string => `${draw.pick(FIRST_NAMES)} ${draw.pick(LAST_NAMES)}`;
  const speaker = (place: number): string => `${9_000_000_000 + number * 10 + place}`;
  const party = (place: number, affiliation: string, who: VendorRecord): VendorRecord => ({
    id: `6${String(number * 10 + place).padStart(18, '0')}`,
    speakerId: speaker(place),
    affiliation,
    methods: ['Attendee'],
    context: [],
    ...who,
  });
  const inside = { userId: host?.['id'], name: host?.['firstName'], emailAddress: host?.['emailAddress'] };
  const guest = { name: name() };
  // Gong knows the addresses of those who were invited: of every second guest here.
  const known = number % 2 === 0 ? PEOPLE[(number / 2) % (2 * PEOPLE.length)] : undefined;
  const named =
    known === undefined ? guest : { name: `${known.first} ${known.last}`, emailAddress: known.email };
  const parties = [party(0, 'Internal', inside), party(1, 'External', named)];
  if (number % 5 === 0) parties.push(party(2, 'External', { name: name() }));
  if (number % 4 === 0) parties.push(party(3, 'Unknown', { name: null }));
  return parties;
}

/** The transcript of a call, the same whenever it is asked for. */
export function transcriptOf(record: VendorRecord): readonly VendorRecord[] {
  const parties = record['parties'] as readonly VendorRecord[];
  const draw = createRandom(`transcript ${String(record['id'])}`);
  let ms = draw.int(500, 4000);
  return Array.from({ length: draw.int(3, 7) }, (_, i) => {
    const party = parties[i % parties.length];
    const said =
      party?.['affiliation'] === 'Internal' ? draw.pick(AGENT_REPLIES) : composeUtterance(draw).text;
    const sentences = said.split('\n').map((text) => {
      const start = ms;
      ms += 40 * text.length + 200;
      return { start, end: ms - 200, text };
    });
    return { speakerId: party?.['speakerId'], topic: i === 0 ? 'Small Talk' : null, sentences };
  });
}

/** Instants as Gong writes them: with the offset of the company. */
function local(second: number): string {
  return `${new Date((second + 3 * 3600) * 1000).toISOString().slice(0, 19)}+03:00`;
}

const WISHES: ReadonlySet<string> = new Set<keyof ChangeWish>([
  'newCalls',
  'lateCalls',
  'changedCalls',
  'burst',
  'silentCalls',
  'newUsers',
  'changedUsers',
]);

/** Wishes come from tests and over HTTP: a misspelt one must not pass for a quiet company. */
function checkWish(wish: ChangeWish): void {
  for (const [name, count] of Object.entries(wish)) {
    if (!WISHES.has(name))
      throw new TypeError(`cannot change "${name}"; known are: ${[...WISHES].join(', ')}`);
    if (!Number.isInteger(count) || count < 0) throw new TypeError(`"${name}" must be a whole number`);
  }
}
