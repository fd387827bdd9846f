// What was said in calls. A transcript comes minutes or hours after its call, so calls without one are asked for again until it is there.
// https://gong.app.gong.io/settings/api/documentation#post-/v2/calls/transcript

import { asRecord, idOf, recordsIn, textOf, type VendorRecord } from '../../core/mapping.ts';
import type { AuthorRole, Context, Feedback, Json, Page, Row, Stream } from '../../core/types.ts';
import { accountOf } from './calls.ts';
import { type Client, createClient, createProgress, stuck } from './client.ts';
import { callId, callsById, DAY_MS, isoOf, pointOf, readCalls, startOf } from './spans.ts';
import { SEGMENTS } from './tables.ts';

const TABLE = SEGMENTS.table.name;
const PATH = '/v2/calls/transcript';
/** Ids in one request: the quota is of requests, ten thousand a day. */
const PACK = 100;
/** So many days after a call left the look-back, its transcript is no longer waited for. */
const PATIENCE_DAYS = 7;
/** A checkpoint is stored with every load; beyond this the oldest are let go, which costs a repeat or is told as a reject. */
const MOST_KEPT = 5_000;

/** Calls by id, with the instant of their start (read) or since when we wait (pending). */
type Calls = Map<string, string>;

export function transcripts(): Stream {
  return {
    name: 'transcripts',
    description: 'What was said in calls, by speaker; late transcripts are read when they come.',
    deletes: 'none',
    mode: 'incremental',
    tables: () => Promise.resolve([SEGMENTS.table]),
    start: startOf,
    async *read(from, context) {
      const client = createClient(context);
      const desk = createDesk(from, context, client);
      const point = pointOf(from);
      const waiting = desk.waiting();
      for (let i = 0; i < waiting.length; i += PACK) {
        const ids = waiting.slice(i, i + PACK);
        const calls = await callsById(ids, TABLE, context, client);
        desk.forgetMissing(ids, calls);
        yield await desk.read(calls, (kept) => ({ ...point, ...kept }));
      }
      for await (const found of readCalls(point, TABLE, context, client)) {
        const { calls, point: reached, caughtUpTo } = found;
        const page = await desk.read(calls.filter(desk.isNew), (kept) => ({ ...reached, ...kept }));
        yield { ...page, ...(caughtUpTo === undefined ? {} : { caughtUpTo }) };
      }
    },
    feedback: (_table, row) => words(row),
  };
}

/** Knows which calls were read and which are waited for, and reads the transcripts of some. */
function createDesk(from: Json, context: Context, client: Client) {
  const nowMs = context.clock.now().getTime();
  const isWindow = asRecord(from)?.['until'] !== undefined;
  const done = callsIn(from, 'read');
  const pending = callsIn(from, 'pending');
  const asked = new Set(pending.keys());
  const rememberFromMs = nowMs - (client.settings.lookBackDays + 1) * DAY_MS;
  const patienceMs = (client.settings.lookBackDays + PATIENCE_DAYS) * DAY_MS;

  /** Whether this call is waited for: an old one that has no transcript yet never gets any, and a window is read only once. */
  function miss(call: VendorRecord): boolean {
    const id = callId(call);
    const since = pending.get(id);
    if (since === undefined && (isWindow || startedMs(call) < nowMs - patienceMs)) return false;
    pending.set(id, since ?? isoOf(nowMs));
    if (nowMs - Date.parse(since ?? isoOf(nowMs)) > patienceMs) giveUp(id);
    return true;
  }

  const startedMs = (call: VendorRecord): number =>
    Date.parse(textOf(asRecord(call['metaData']) ?? {}, 'started') ?? '') || nowMs;

  function giveUp(id: string): void {
    pending.delete(id);
    const reason = 'No transcript came for this call; a call without speech, or a private one, has none.';
    context.reject({ table: TABLE, row: { call_id: id }, code: 'gong.no_transcript', reason });
  }

  return {
    /** The calls without a transcript, as the last reading left them. */
    waiting: (): readonly string[] => [...pending.keys()],
    isNew: (call: VendorRecord): boolean => !done.has(callId(call)) && !asked.has(callId(call)),
    /** A call that is in Gong no more is not waited for. */
    forgetMissing(ids: readonly string[], calls: readonly VendorRecord[]): void {
      const there = new Set(calls.map(callId));
      for (const id of ids) if (!there.has(id)) pending.delete(id);
    },
    async read(
      calls: readonly VendorRecord[],
      checkpoint: (kept: { readonly [name: string]: Json }) => Page['checkpoint'],
    ): Promise<Page> {
      const said = await askTranscripts(calls.map(callId), client);
      const rows: Row[] = [];
      let without = 0;
      for (const call of calls) {
        const monologues = said.get(callId(call));
        if (monologues === undefined || monologues.length === 0) {
          if (!miss(call)) without += 1;
          continue;
        }
        rows.push(...toRows(call, monologues));
        pending.delete(callId(call));
        const started = startedMs(call);
        if (started >= rememberFromMs) done.set(callId(call), isoOf(started));
      }
      if (without > 0) context.log.info('gong.calls_without_transcript', { calls: without });
      for (const [id, started] of done) if (Date.parse(started) < rememberFromMs) done.delete(id);
      for (const id of [...done.keys()].slice(0, Math.max(0, done.size - MOST_KEPT))) done.delete(id);
      for (const id of [...pending.keys()].slice(0, Math.max(0, pending.size - MOST_KEPT))) giveUp(id);
      const kept = { read: Object.fromEntries(done), pending: Object.fromEntries(pending) };
      return { rows: { [TABLE]: rows }, checkpoint: checkpoint(kept) };
    },
  };
}

function callsIn(checkpoint: Json, name: 'read' | 'pending'): Calls {
  const held = asRecord(asRecord(checkpoint)?.[name]) ?? {};
  const calls: Calls = new Map();
  for (const [id, at] of Object.entries(held)) {
    if (typeof at === 'string' && !Number.isNaN(Date.parse(at))) calls.set(id, at);
  }
  return calls;
}

/** The monologues of these calls; a call without a transcript is in no answer. */
async function askTranscripts(
  ids: readonly string[],
  client: Client,
): Promise<ReadonlyMap<string, readonly VendorRecord[]>> {
  const found = new Map<string, readonly VendorRecord[]>();
  for (let i = 0; i < ids.length; i += PACK) {
    const body = { filter: { callIds: ids.slice(i, i + PACK) } };
    const progress = createProgress(PATH);
    for (let cursor: string | undefined; ; ) {
      const answer = await client.ask({ path: PATH, body, collection: 'callTranscripts', cursor });
      if (answer.refused) throw stuck(PATH, 'a cursor that it just gave is refused');
      const transcripts = recordsIn(answer.records);
      for (const one of transcripts) found.set(idOf(one['callId']) ?? '', recordsIn(one['transcript']));
      cursor = answer.cursor;
      if (cursor === undefined) break;
      progress.check(
        cursor,
        transcripts.map((one) => idOf(one['callId']) ?? ''),
      );
    }
  }
  return found;
}

function toRows(call: VendorRecord, monologues: readonly VendorRecord[]): readonly Row[] {
  const about = asRecord(call['metaData']) ?? {};
  const started = Date.parse(textOf(about, 'started') ?? textOf(about, 'scheduled') ?? '');
  const parties = recordsIn(call['parties']);
  const speakers = new Map(parties.map((party) => [idOf(party['speakerId']), party]));
  const outside = parties.filter((party) => party['affiliation'] === 'External');
  const customer = outside.length === 1 ? (idOf(outside[0]?.['id']) ?? null) : null;
  return monologues.map((monologue, position) => {
    const row = SEGMENTS.map(monologue);
    const sentences = recordsIn(monologue['sentences']);
    const speakerId = idOf(monologue['speakerId']);
    const party = speakerId === undefined ? undefined : speakers.get(speakerId);
    const times = (name: string): readonly number[] =>
      sentences.map((sentence) => sentence[name]).filter((ms) => typeof ms === 'number');
    const startMs = times('start')[0] ?? null;
    const role = roleOf(party);
    const partyId = idOf(party?.['id']) ?? null;
    row['id'] = `${callId(call)}-${position}`;
    row['call_id'] = callId(call);
    row['position'] = position;
    row['speaker_id'] = speakerId ?? null;
    row['party_id'] = partyId;
    row['speaker_name'] = party === undefined ? null : textOf(party, 'name');
    row['affiliation'] = party === undefined ? 'Unknown' : (textOf(party, 'affiliation') ?? 'Unknown');
    row['author_role'] = role;
    row['customer_id'] = role === 'customer' ? partyId : customer;
    row['account_id'] = accountOf(call);
    row['start_ms'] = startMs;
    row['end_ms'] = times('end').at(-1) ?? null;
    row['call_started'] = Number.isNaN(started) ? null : isoOf(started);
    row['spoken_at'] = Number.isNaN(started) ? null : isoOf(started + (startMs ?? 0));
    row['text'] = sentences
      .map((sentence) => textOf(sentence, 'text') ?? '')
      .filter((text) => text !== '')
      .join(' ');
    return row;
  });
}

/** Only who is told to be from outside is a customer; of whom Gong does not know where they belong, nobody is made one. */
function roleOf(party: VendorRecord | undefined): AuthorRole | null {
  if (party?.['affiliation'] === 'External') return 'customer';
  return party?.['affiliation'] === 'Internal' ? 'agent' : null;
}

function words(row: Row): readonly Feedback[] {
  const role = row['author_role'];
  const text = textOf(row, 'text') ?? '';
  const id = textOf(row, 'id') ?? '';
  if ((role !== 'customer' && role !== 'agent') || text.trim() === '') return [];
  const spokenAt = textOf(row, 'spoken_at') ?? new Date(0).toISOString();
  return [
    {
      source: 'gong',
      kind: 'call_segment',
      nativeId: id,
      recordId: id,
      threadId: textOf(row, 'call_id') ?? id,
      authorRole: role,
      authorId: textOf(row, 'party_id'),
      authorName: textOf(row, 'speaker_name'),
      customerId: textOf(row, 'customer_id'),
      organizationId: textOf(row, 'account_id'),
      channel: 'phone',
      createdAt: spokenAt,
      updatedAt: spokenAt,
      rating: null,
      title: null,
      text,
    },
  ];
}
