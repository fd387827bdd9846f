// The smallest vendor that can do everything a vendor does to a cursor, in memory, and a connector that stands it: the tortures are tried on these two first.

import { PipelineError } from '../../core/errors.ts';
import { feedbackId } from '../../core/ids.ts';
import type { Clock, Connector, Page, Row, Stream, Table, Tombstone } from '../../core/types.ts';
import { memorySecrets } from './stand-in.ts';
import type { Hardship, TorturePlace } from './torture.ts';

interface Note {
  readonly id: number;
  /** Milliseconds; null where nobody wrote down when it changed. */
  readonly at: number | null;
  /** From when on the feed shows it. */
  readonly shownAt: number;
  readonly text: string;
  readonly gone: boolean;
}

interface FeedPage {
  readonly notes: readonly Note[];
  readonly next: string | null;
  readonly more: boolean;
}

const DAY_MS = 86_400_000;
/** The feed shows a change at most so much later. */
const LAG_MS = 60_000;

/** Notes in the order of their change; its cursors are names for places in it. */
function createVendor(pageSize: number) {
  const notes = new Map<number, Note>();
  const cursors = new Map<string, { readonly at: number; readonly id: number }>();
  let issued = 0;
  let now = Date.parse('2026-11-01T08:00:00Z');
  let calls = 0;
  let acting: Hardship | 'repeated-cursor' | undefined;
  let struck = false;

  const write = (id: number, change: Partial<Note> = {}): void => {
    const former = notes.get(id) ?? { text: 'ملاحظة', gone: false };
    notes.set(id, { ...former, id, at: now, shownAt: now, ...change });
  };
  const position = ({ at, id }: Note) => ({ at: at ?? 0, id });
  const shown = (): readonly Note[] =>
    [...notes.values()]
      .filter((note) => note.shownAt <= now)
      .sort((a, b) => position(a).at - position(b).at || a.id - b.id);
  const nameOf = (place: { readonly at: number; readonly id: number }): string => {
    const name = `cursor-${issued++}`;
    cursors.set(name, place);
    return name;
  };

  return {
    notes,
    write,
    pass(ms: number) {
      now += ms;
    },
    now: () => now,
    act(next: typeof acting) {
      acting = next;
      calls = 0;
      struck = false;
      return () => {
        acting = undefined;
        return struck;
      };
    },
    forgetCursors() {
      struck = cursors.size > 0;
      cursors.clear();
    },
    /** One page after a cursor, or from an instant on. Undefined where the cursor is not known. */
    page(from: { readonly cursor: string } | { readonly since: number }): FeedPage | undefined {
      const after =
        'cursor' in from ? cursors.get(from.cursor) : { at: from.since, id: Number.NEGATIVE_INFINITY };
      if (after === undefined) return undefined;
      calls += 1;
      if (acting === 'empty-page' && calls > 1 && calls < 4) {
        struck = true;
        return { notes: [], next: nameOf(after), more: true };
      }
      const rest = shown().filter((note) => {
        const { at, id } = position(note);
        return at > after.at || (at === after.at && id > after.id);
      });
      const page = rest.slice(0, pageSize);
      const last = page.at(-1);
      const place = last === undefined ? after : position(last);
      if (acting === 'null-cursor' && calls > 1) {
        struck = true;
        return { notes: page, next: null, more: true };
      }
      if (acting === 'repeated-cursor' && 'cursor' in from)
        return { notes: page, next: from.cursor, more: true };
      return { notes: page, next: nameOf(place), more: rest.length > page.length };
    },
  };
}

const TABLE: Table = {
  name: 'model_notes',
  key: ['id'],
  version: 'updated_at',
  fields: {
    id: { type: 'string', description: 'Id of the note.' },
    updated_at: { type: 'timestamp', description: 'When it last changed.' },
    text: { type: 'string', description: 'What it says.' },
  },
};

const instantOf = (ms: number): string => new Date(ms).toISOString();

/** Reads the notes as a connector should; the vendor in its hands is the one of the place. */
export function modelConnector(): Connector & {
  readonly reads: { vendor?: ReturnType<typeof createVendor> };
} {
  const reads: { vendor?: ReturnType<typeof createVendor> } = {};
  const notes: Stream = {
    name: 'notes',
    description: 'Notes, whenever they change.',
    deletes: 'tombstones',
    mode: 'incremental',
    tables: () => Promise.resolve([TABLE]),
    start: ({ since }) => ({ since: since?.getTime() ?? 0 }),
    async *read(from, context) {
      const { vendor } = reads;
      if (vendor === undefined) throw new Error('no place has been started');
      const settled = context.clock.now().getTime() - LAG_MS;
      let at = from as { readonly since: number; readonly cursor?: string };
      for (const seen = new Set<string>(); ; ) {
        const answer = vendor.page(at.cursor === undefined ? { since: at.since } : { cursor: at.cursor });
        if (answer === undefined) {
          at = { since: at.since };
          continue;
        }
        if (answer.more && (answer.next === null || seen.has(answer.next)))
          throw new PipelineError('transient', 'model.stuck_page', 'The feed does not move on.');
        if (answer.next !== null) seen.add(answer.next);
        const read = answer.notes.filter((note) => (note.at ?? 0) <= settled);
        const since = Math.max(at.since, ...read.map((note) => note.at ?? 0));
        const whole = read.length === answer.notes.length;
        // A cursor behind what has not settled would pass over what still comes.
        at = { since, ...(whole && answer.next !== null ? { cursor: answer.next } : {}) };
        yield { ...toPage(read), checkpoint: at };
        if (!answer.more || !whole) return;
      }
    },
  };
  return {
    name: 'model',
    title: 'Model',
    streams: [notes],
    problems: () => [],
    check: () => Promise.resolve({ ok: true, message: 'Fine.' }),
    reads,
  };
}

function toPage(read: readonly Note[]): Pick<Page, 'rows' | 'deletes'> {
  const rows: Row[] = [];
  const gone: Tombstone[] = [];
  const silenced: Tombstone[] = [];
  for (const note of read) {
    const id = String(note.id);
    const updated_at = note.at === null ? null : instantOf(note.at);
    if (!note.gone) rows.push({ id, updated_at, text: note.text });
    else {
      const when = { version: updated_at, deletedAt: updated_at ?? instantOf(0) };
      gone.push({ key: { id }, ...when });
      silenced.push({ key: { feedback_id: feedbackId('model', 'note', id) }, ...when });
    }
  }
  return { rows: { [TABLE.name]: rows }, deletes: { [TABLE.name]: gone, feedback: silenced } };
}

/** A place over sixty notes, or over ten thousand. */
export function modelPlace(
  connector: Connector,
  reads: { vendor?: ReturnType<typeof createVendor> },
  many: boolean,
): TorturePlace {
  const count = many ? 10_050 : 60;
  const vendor = createVendor(many ? 500 : 7);
  reads.vendor = vendor;
  for (let id = 1; id <= count; id++) {
    if (id % 3 > 0) vendor.pass(700);
    vendor.write(id);
  }
  vendor.pass(LAG_MS + 1);
  const settled = (change: () => void): void => {
    vendor.pass(LAG_MS);
    change();
    vendor.pass(LAG_MS + 1);
  };
  const living = (): readonly number[] =>
    [...vendor.notes.values()].filter((one) => !one.gone).map(({ id }) => id);
  const clock: Clock = {
    now: () => new Date(vendor.now()),
    monotonicMs: () => vendor.now(),
    sleep: () => Promise.resolve(),
  };
  const quiet = (): void => undefined;
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  let calm: () => boolean = () => true;
  return {
    connector,
    context() {
      const rejects: { readonly code: string }[] = [];
      return {
        signal: new AbortController().signal,
        log,
        clock,
        env: {},
        secrets: memorySecrets(),
        fetch: () => Promise.reject(new Error('the model is in memory')),
        rejects,
        reject: ({ code }) => void rejects.push({ code }),
        column: (_table, id) => id,
      };
    },
    wrongCredentials: {},
    truth() {
      const due = [...vendor.notes.values()].filter((one) => (one.at ?? 0) <= vendor.now());
      const row = ({ id, at, text }: Note): Row => ({
        id: String(id),
        updated_at: at === null ? null : instantOf(at),
        text,
      });
      return {
        rows: { [TABLE.name]: due.filter((one) => !one.gone).map(row) },
        gone: { [TABLE.name]: due.filter((one) => one.gone).map(({ id }) => ({ id: String(id) })) },
      };
    },
    change: () =>
      settled(() => {
        for (const id of living().slice(0, 5)) vendor.write(id, { text: `نسخة ${vendor.now()}` });
        vendor.write(vendor.notes.size + 1);
      }),
    changeAtOnce: () => settled(() => living().forEach((id) => void vendor.write(id))),
    remove: () =>
      settled(() =>
        living()
          .slice(5, 8)
          .forEach((id) => void vendor.write(id, { gone: true })),
      ),
    trouble(kind) {
      if (kind === 'repeated-cursor') calm = vendor.act(kind);
    },
    calm: () => void calm(),
    changedAt: (_table, row) => new Date(Date.parse(String(row['updated_at']))),
    mayRepeat: () => true,
    roleOf: () => undefined,
    close: () => Promise.resolve(),
    bring(hardship) {
      const [first = 1, second = 2] = living();
      switch (hardship) {
        case 'flood':
          settled(() => living().forEach((id) => void vendor.write(id)));
          return () => true;
        case 'late':
          vendor.pass(LAG_MS);
          vendor.write(first, { shownAt: vendor.now() + LAG_MS / 2 });
          vendor.pass(100);
          vendor.write(second);
          return () => {
            vendor.pass(2 * LAG_MS);
            return true;
          };
        case 'future':
          settled(() => vendor.write(9_000_000, { at: vendor.now() + 365 * DAY_MS }));
          return () => {
            settled(() => vendor.write(first, { text: 'بعد' }));
            return true;
          };
        case 'sub-second': {
          vendor.pass(LAG_MS);
          vendor.pass(1250 - (vendor.now() % 1000));
          vendor.write(first);
          vendor.pass(500);
          vendor.write(second);
          vendor.pass(LAG_MS - 300);
          return () => {
            vendor.pass(LAG_MS);
            return true;
          };
        }
        case 'timeless':
          for (const id of [first, second]) vendor.write(id, { at: null });
          return () => true;
        case 'expired-cursor': {
          vendor.act(hardship);
          vendor.forgetCursors();
          return () => true;
        }
        default:
          return vendor.act(hardship);
      }
    },
  };
}
