// A million tickets without memory: pages are copied from encoded templates, and only ids and times are written anew.

import { encodeRecord, type Position } from '../change-log.ts';
import type { Reply } from '../delivery.ts';
import { type ExportPlace, writeCursor } from './place.ts';
import { iso } from './shapes.ts';
import { createWorld } from './world.ts';

export interface BulkTickets {
  readonly count: number;
  /** One page of the cursor export after a position. */
  page(place: ExportPlace, position: Position, perPage: number): Reply;
  truth(): BulkTruth;
}

/** Enough to prove that a reader lost and doubled nothing. Sums are decimal digits: they pass 2^53. */
export interface BulkTruth {
  readonly tickets: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly idSum: string;
  readonly timestampSum: string;
}

const TEMPLATES = 97;
/** So many tickets share a second. */
const TIES = 10;
const RECORD_BYTES = 3000;

// Stand-ins of the same width as what replaces them, so that a template's length never changes.
const ID = 88_888_888;
const CREATED = '1111-11-11T11:11:11Z';
const UPDATED = '2222-12-22T22:22:22Z';
const GENERATED = 3_333_333_333;
const FIRST_ID = 10_000_000;

interface Template {
  readonly bytes: Buffer;
  readonly ids: readonly number[];
  readonly createds: readonly number[];
  readonly updateds: readonly number[];
  readonly generateds: readonly number[];
}

/** At most 89 million tickets: ids have eight digits. `begin` and `end` are Unix seconds. */
export function createBulkTickets(plan: {
  readonly count: number;
  readonly baseUrl: string;
  readonly seed: number | string;
  readonly begin: number;
  readonly end: number;
  /** As many as the account has: the tickets then name people that exist. */
  readonly users: number;
  readonly organizations: number;
  readonly textBytes: number | undefined;
}): BulkTickets {
  const { count, begin } = plan;
  const templates = createTemplates(plan);
  const stepSeconds = Math.max(1, Math.floor((plan.end - begin) / Math.ceil(count / TIES)));
  const secondOf = (index: number): number => begin + Math.floor(index / TIES) * stepSeconds;
  const indexAfter = ({ at, id }: Position): number => {
    // The start of an export knows a second, and no id: the first ticket of that second or later is next.
    if (id < FIRST_ID) return Math.max(0, Math.ceil((at - begin) / stepSeconds)) * TIES;
    return id - FIRST_ID + 1;
  };

  return {
    count,
    page(place, position, perPage) {
      const from = Math.min(indexAfter(position), count);
      const to = Math.min(from + perPage, count);
      const body = writeTickets(templates, from, to, secondOf);
      const after = to > from ? { at: secondOf(to - 1), id: FIRST_ID + to - 1 } : position;
      const cursor = writeCursor({ at: after.at, id: Number.isFinite(after.id) ? after.id : 0 });
      const link = `${place.baseUrl}/api/v2/incremental/tickets/cursor.json?cursor=${encodeURIComponent(cursor)}&per_page=${perPage}`;
      const tail = `],"after_url":${JSON.stringify(link)},"after_cursor":"${cursor}","before_url":null,"before_cursor":null,"end_of_stream":${to === count}}`;
      return {
        status: 200,
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: [Buffer.from('{"tickets":['), body, Buffer.from(tail)],
      };
    },
    truth() {
      let timestamps = 0n;
      for (let index = 0; index < count; index += TIES)
        timestamps += BigInt(secondOf(index)) * BigInt(Math.min(TIES, count - index));
      const ids = (BigInt(FIRST_ID) * 2n + BigInt(count - 1)) * BigInt(count);
      return {
        tickets: count,
        firstId: FIRST_ID,
        lastId: FIRST_ID + count - 1,
        idSum: String(ids / 2n),
        timestampSum: String(timestamps),
      };
    },
  };
}

function writeTickets(
  templates: readonly Template[],
  from: number,
  to: number,
  secondOf: (index: number) => number,
): Buffer {
  const chosen: Template[] = [];
  let length = 0;
  for (let index = from; index < to; index++) {
    const template = templates[index % templates.length];
    if (!template) throw new Error('a bulk account needs at least one template');
    chosen.push(template);
    length += template.bytes.length;
  }
  const body = Buffer.allocUnsafe(length);
  let offset = 0;
  let second = -1;
  let instant = '';
  for (const [i, template] of chosen.entries()) {
    const at = secondOf(from + i);
    if (at !== second) {
      second = at;
      instant = iso(at);
    }
    template.bytes.copy(body, offset);
    patch(body, offset, template.ids, String(FIRST_ID + from + i));
    patch(body, offset, template.createds, instant);
    patch(body, offset, template.updateds, instant);
    patch(body, offset, template.generateds, String(at));
    offset += template.bytes.length;
  }
  // Every template ends with the comma that parts two records; the last record has none.
  return length === 0 ? body : body.subarray(0, length - 1);
}

function patch(body: Buffer, offset: number, places: readonly number[], text: string): void {
  for (const place of places) body.write(text, offset + place, 'latin1');
}

function createTemplates(plan: {
  readonly baseUrl: string;
  readonly seed: number | string;
  readonly end: number;
  readonly users: number;
  readonly organizations: number;
  readonly textBytes: number | undefined;
}): readonly Template[] {
  const { desk } = createWorld({
    seed: `${plan.seed}/templates`,
    baseUrl: plan.baseUrl,
    tickets: TEMPLATES * 2,
    users: plan.users,
    organizations: plan.organizations,
    textBytes: plan.textBytes,
    csat: 'legacy',
    now: plan.end,
  });
  const whole = desk.log
    .list('tickets')
    .filter(({ record }) => record['status'] !== 'deleted' && record['support_type'] === 'agent')
    .filter(({ record }) => Buffer.byteLength(String(record['description'])) < 5000);
  return whole.slice(0, TEMPLATES).map(({ record }) => {
    const marked = {
      ...record,
      id: ID,
      url: `${plan.baseUrl}/api/v2/tickets/${ID}.json`,
      encoded_id: `W${ID}-QX`,
      description: `${String(record['description'])}\nالمرجع: ${ID}`,
      created_at: CREATED,
      updated_at: UPDATED,
      generated_timestamp: GENERATED,
    };
    const missing = plan.textBytes === undefined ? RECORD_BYTES - Buffer.byteLength(encodeRecord(marked)) : 0;
    const description = marked.description + ' أرجو المتابعة'.repeat(Math.max(0, Math.round(missing / 26)));
    return findPlaces(Buffer.from(`${encodeRecord({ ...marked, description })},`));
  });
}

function findPlaces(bytes: Buffer): Template {
  return {
    bytes,
    ids: findAll(bytes, String(ID)),
    createds: findAll(bytes, CREATED),
    updateds: findAll(bytes, UPDATED),
    generateds: findAll(bytes, String(GENERATED)),
  };
}

function findAll(bytes: Buffer, text: string): readonly number[] {
  const found: number[] = [];
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) found.push(at);
  return found;
}
