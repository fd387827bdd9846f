// Sinks that are broken on purpose, each in one way: for every promise of a sink, at least one that breaks it.

import { FEEDBACK_TABLE } from '../../core/tables.ts';
import type {
  Json,
  Load,
  LoadStart,
  Row,
  Sink,
  Table,
  Unlabelled,
  UnlabelledQuery,
} from '../../core/types.ts';
import { RULES, type Rules } from '../../sinks/memory/tables.ts';
import { memorySink } from '../../sinks/memory.ts';

export interface BrokenSink {
  readonly breaks: string;
  readonly how: string;
  readonly open: () => Promise<Sink>;
}

function rules(changed: Partial<Rules>): () => Promise<Sink> {
  return async () => memorySink({ ...RULES, ...changed });
}

/** A sink of memory with some of its methods replaced; they may use the sound one. */
function wrapped(change: (sound: Sink) => Partial<Sink>): () => Promise<Sink> {
  return async () => {
    const sound = memorySink();
    return { ...sound, ...change(sound) };
  };
}

/** The load that a sound sink begins, with some of its methods replaced. */
function loading(change: (load: Load, start: LoadStart, sound: Sink) => Partial<Load>): () => Promise<Sink> {
  return wrapped((sound) => ({
    begin: async (start) => {
      const load = await sound.begin(start);
      return { ...load, ...change(load, start, sound) };
    },
  }));
}

/** Changes every row before it is staged. */
function rowsThrough(change: (row: Row, table: string) => Row): () => Promise<Sink> {
  return loading((load) => ({
    write: (batch) => load.write({ ...batch, rows: batch.rows.map((row) => change(row, batch.table)) }),
  }));
}

/** Changes every text in a value, however deep. */
function texts(value: Json | undefined, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (value === null || value === undefined || typeof value !== 'object') return value ?? null;
  if (Array.isArray(value)) return value.map((item) => texts(item, change));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [change(key), texts(inner, change)]));
}

function textsThrough(change: (text: string) => string): () => Promise<Sink> {
  return rowsThrough((row) => texts(row as Json, change) as Row);
}

/** Changes the rows that a query returns. */
function answersThrough(change: (rows: readonly Row[], sql: string) => readonly Row[]): () => Promise<Sink> {
  return wrapped((sound) => ({
    query: async (sql, options) => {
      const result = await sound.query(sql, options);
      return { ...result, rows: change(result.rows, sql) };
    },
  }));
}

/** Declares other tables than it was asked to. */
function tablesThrough(change: (table: Table) => Table): () => Promise<Sink> {
  return wrapped((sound) => ({
    begin: (start) => sound.begin({ ...start, tables: start.tables.map(change) }),
  }));
}

const waitingThrough = (change: (query: UnlabelledQuery) => UnlabelledQuery): (() => Promise<Sink>) =>
  wrapped((sound) => ({ unlabelled: (query) => sound.unlabelled(change(query)) }));

const INSERTS = 'inserts rows with their types, and says which run and load wrote them';
const TYPES = 'keeps every type of field exactly';
const UPDATES = 'updates a row by its key, and a column that a row leaves out becomes NULL';
const KEYS = 'tells keys of several columns apart';
const SAME_LOAD = 'takes the same load id once, and says that it was repeated';
const SAME_ROWS = 'takes the same rows twice without a trace';
const OLDER = 'never lets an older version overwrite a newer one, however late it was read';
const VERSIONS = 'tells versions apart by microseconds, and numbers by their size';
const EQUAL = 'decides between equal versions, and without versions, by the time of reading';
const LAST_WORD =
  'gives the last word to the newest version of a key that comes twice in one batch or in two';
const COUNTS = 'counts rows and tombstones after the last word per key';
const DELETED = 'keeps a deleted row and marks it, also when the tombstone came before the row';
const NEVER_SEEN = 'remembers the tombstone of a record never seen, so that a late older row cannot raise it';
const UNDELETED = 'lets a newer row live again after its tombstone';
const VISIBLE = 'shows nothing before the commit and everything after it';
const ABORTED = 'leaves nothing of an aborted load, and takes nothing more after its end';
const COLUMN = 'adds a new column, and keeps the values of one that is no longer declared';
const MISFIT =
  'puts a value that does not fit into the variant column, and clears it when the value fits again';
const CONFLICT = 'leaves a column of another type as it is and gives the new values to its variant';
const DIGITS = 'keeps ids of twenty digits, and numbers of any size inside JSON text';
const TEXT =
  'returns every text as it came: Arabic of 70 KB, emoji, backslashes, line ends, what looks like SQL or COPY';
const HYGIENE = 'leaves out NUL and replaces lone surrogates, in text, keys and JSON alike';
const NAMES = 'takes reserved words and names of 63 bytes as tables and columns';
const REFUSES =
  'refuses rows without a key, columns and tables that were not declared, and tables without a key';
const FENCE = 'lets no older owner of a lane commit once a newer one raised the fence';
const NO_LOWER = 'never lowers a fence, and a commit raises it by itself';
const LANES = 'takes loads of several lanes at once, into the same table too';
const LEDGER = 'tells the newest checkpoint of each lane from its own ledger, byte for byte';
const WAITING = 'finds the utterances that wait for a label, in the order of their ids, page by page';
const MARTS = 'publishes the views of analysts, over whichever tables exist, and again when they grow';
const CUSTOMERS =
  'tells one customer by the address in every vendor, and leaves the ids of the vendors as they are';
const FRESH = 'shows how fresh each lane is: its last run, when it last succeeded, and its last load';
const QUERY =
  'answers a query only when it reads, and nothing that writes, reads files or is more than one statement';
const HEALTH = 'says who it is without a secret, and is in good health';

const keepsBytes = (text: string, bytes: number): string => Buffer.from(text).subarray(0, bytes).toString();

/** Each entry names the promise that it breaks; a broken sink may break others too. */
export const BROKEN_SINKS: readonly BrokenSink[] = [
  {
    breaks: INSERTS,
    how: 'drops the last row of a batch',
    open: loading((load) => ({ write: (batch) => load.write({ ...batch, rows: batch.rows.slice(0, -1) }) })),
  },
  {
    breaks: INSERTS,
    how: 'names another run',
    open: wrapped((sound) => ({ begin: (start) => sound.begin({ ...start, runId: 'run_0' }) })),
  },
  {
    breaks: INSERTS,
    how: 'forgets when a page was read',
    open: loading((load) => ({ write: (batch) => load.write({ ...batch, readAt: new Date(0) }) })),
  },
  {
    breaks: TYPES,
    how: 'rounds decimals to floating point',
    open: rowsThrough((row) =>
      row['a_decimal'] === undefined ? row : { ...row, a_decimal: Number(row['a_decimal']) },
    ),
  },
  {
    breaks: TYPES,
    how: 'cuts instants to milliseconds',
    open: answersThrough((rows) =>
      rows.map((row) =>
        typeof row['a_timestamp'] === 'string'
          ? { ...row, a_timestamp: new Date(row['a_timestamp']).toISOString() }
          : row,
      ),
    ),
  },
  {
    breaks: UPDATES,
    how: 'keeps the old value where the new row has none',
    open: rules({
      mergeRow: (layout, stored, staged, stamp) => {
        const row = RULES.mergeRow(layout, stored, staged, stamp);
        return Object.fromEntries(
          Object.entries(row).map(([column, text]) => [column, text ?? stored?.[column]]),
        );
      },
    }),
  },
  { breaks: UPDATES, how: 'only ever inserts', open: rules({ wins: () => false }) },
  {
    breaks: KEYS,
    how: 'runs the columns of a key together',
    open: rules({
      lastWord: (layout, staged) =>
        RULES.lastWord(
          layout,
          staged.map((one) => ({ ...one, item: { ...one.item, key: one.item.key.replaceAll('\0', '') } })),
        ),
    }),
  },
  {
    breaks: SAME_LOAD,
    how: 'gives each try a load id of its own',
    open: wrapped((sound) => {
      let tries = 0;
      return { begin: (start) => sound.begin({ ...start, loadId: `${start.loadId}_${++tries}` }) };
    }),
  },
  {
    breaks: SAME_LOAD,
    how: 'never says that a load was repeated',
    open: loading((load) => ({
      commit: async (checkpoint) => ({ ...(await load.commit(checkpoint)), repeated: false }),
    })),
  },
  {
    breaks: SAME_ROWS,
    how: 'appends',
    open: rules({
      lastWord: (_, staged) =>
        staged.map((one) => ({
          ...one,
          item: { ...one.item, key: `${one.item.key}\0${one.seq}\0${one.readAt}\0${Math.random()}` },
        })),
    }),
  },
  { breaks: OLDER, how: 'lets whatever comes last win', open: rules({ wins: () => true }) },
  {
    breaks: OLDER,
    how: 'goes by the time of reading alone',
    open: tablesThrough(({ version: _, ...table }) => table),
  },
  {
    breaks: VERSIONS,
    how: 'compares versions by the second',
    open: rules({
      wins: (layout, staged, stored) =>
        RULES.wins(
          layout,
          { ...staged, version: staged.version?.slice(0, 19) },
          {
            ...stored,
            ...(layout.version === undefined
              ? {}
              : { [layout.version.name]: stored[layout.version.name]?.slice(0, 19) }),
          },
        ),
    }),
  },
  {
    breaks: VERSIONS,
    how: 'compares numbers as texts',
    open: rules({
      wins: (layout, staged, stored) =>
        RULES.wins(
          layout.version === undefined
            ? layout
            : { ...layout, version: { ...layout.version, type: 'string' } },
          staged,
          stored,
        ),
    }),
  },
  {
    breaks: EQUAL,
    how: 'lets an equal version win always',
    open: rules({ wins: (layout, staged, stored) => RULES.wins(layout, { ...staged, readAt: '9' }, stored) }),
  },
  {
    breaks: EQUAL,
    how: 'never lets an equal version win',
    open: rules({ wins: (layout, staged, stored) => RULES.wins(layout, { ...staged, readAt: '0' }, stored) }),
  },
  {
    breaks: LAST_WORD,
    how: 'keeps the first of a key',
    open: rules({
      lastWord: (_, staged) => [...new Map([...staged].reverse().map((one) => [one.item.key, one])).values()],
    }),
  },
  {
    breaks: LAST_WORD,
    how: 'keeps the last to come, whatever its version',
    open: rules({ lastWord: (_, staged) => [...new Map(staged.map((one) => [one.item.key, one])).values()] }),
  },
  {
    breaks: COUNTS,
    how: 'counts every row that was written',
    open: loading((load, start) => {
      const counts = Object.fromEntries(start.tables.map(({ name }) => [name, { rows: 0, tombstones: 0 }]));
      return {
        write: async (batch) => {
          const count = counts[batch.table];
          if (count !== undefined) count.rows += batch.rows.length;
          await load.write(batch);
        },
        commit: async (checkpoint) => ({ ...(await load.commit(checkpoint)), tables: counts }),
      };
    }),
  },
  {
    breaks: DELETED,
    how: 'loses tombstones',
    open: loading((load) => ({ write: (batch) => load.write({ ...batch, tombstones: [] }) })),
  },
  {
    breaks: DELETED,
    how: 'lets an old tombstone mark a newer row',
    open: rules({
      wins: (layout, staged, stored) =>
        (typeof staged.item === 'object' && staged.item !== null && 'deletedAt' in staged.item) ||
        RULES.wins(layout, staged, stored),
    }),
  },
  {
    breaks: DELETED,
    how: 'empties the deleted row',
    open: rules({
      mergeTombstone: (layout, _, staged, stamp) => RULES.mergeTombstone(layout, undefined, staged, stamp),
    }),
  },
  {
    breaks: NEVER_SEEN,
    how: 'forgets tombstones of records it does not have',
    open: rules({
      mergeTombstone: (layout, stored, staged, stamp) =>
        stored === undefined ? { _read_at: '0' } : RULES.mergeTombstone(layout, stored, staged, stamp),
    }),
  },
  {
    breaks: NEVER_SEEN,
    how: 'forgets at which version a record was deleted',
    open: loading((load) => ({
      write: (batch) =>
        load.write({
          ...batch,
          readAt: new Date(0),
          tombstones: (batch.tombstones ?? []).map(({ version: _, ...rest }) => rest),
        }),
    })),
  },
  {
    breaks: UNDELETED,
    how: 'never lets a deleted row live again',
    open: rules({
      mergeRow: (layout, stored, staged, stamp) => ({
        ...RULES.mergeRow(layout, stored, staged, stamp),
        _deleted_at: stored?.['_deleted_at'],
      }),
    }),
  },
  {
    breaks: VISIBLE,
    how: 'shows rows as they are written',
    open: loading((load, start, sound) => ({
      write: async (batch) => {
        const early = await sound.begin({ ...start, loadId: `${start.loadId}_early` });
        await early.write(batch);
        await early.commit(null);
        await load.write(batch);
      },
    })),
  },
  {
    breaks: VISIBLE,
    how: 'commits only the first table of a load',
    open: loading((load, start) => ({
      write: async (batch) => (batch.table === start.tables[0]?.name ? load.write(batch) : undefined),
    })),
  },
  {
    breaks: ABORTED,
    how: 'commits what was aborted',
    open: loading((load) => {
      let ended = false;
      return {
        abort: async () => {
          if (!ended) await load.commit(null);
          ended = true;
        },
      };
    }),
  },
  {
    breaks: ABORTED,
    how: 'takes rows after the end',
    open: loading((load) => ({ write: async (batch) => load.write(batch).catch(() => undefined) })),
  },
  {
    breaks: COLUMN,
    how: 'ignores columns that come later',
    open: wrapped((sound) => {
      const first = new Map<string, Table>();
      return {
        begin: async (start) => {
          for (const table of start.tables) if (!first.has(table.name)) first.set(table.name, table);
          const load = await sound.begin({
            ...start,
            tables: start.tables.map((table) => first.get(table.name) ?? table),
          });
          const known = (row: Row, table: string) =>
            Object.fromEntries(Object.entries(row).filter(([column]) => first.get(table)?.fields[column]));
          return {
            ...load,
            write: (batch) =>
              load.write({ ...batch, rows: batch.rows.map((row) => known(row, batch.table)) }),
          };
        },
      };
    }),
  },
  {
    breaks: COLUMN,
    how: 'empties columns that are no longer declared',
    open: rules({ mergeRow: (layout, _, staged, stamp) => RULES.mergeRow(layout, undefined, staged, stamp) }),
  },
  {
    breaks: MISFIT,
    how: 'loses values that do not fit',
    open: rules({
      mergeRow: (layout, stored, staged, stamp) =>
        RULES.mergeRow(layout, stored, { ...staged, item: { ...staged.item, misfits: undefined } }, stamp),
    }),
  },
  {
    breaks: MISFIT,
    how: 'leaves the old text beside a value that fits',
    open: rules({
      mergeRow: (layout, stored, staged, stamp) => ({
        ...stored,
        ...Object.fromEntries(
          Object.entries(RULES.mergeRow(layout, stored, staged, stamp)).filter(
            ([column, text]) => text !== undefined || !column.endsWith('__text'),
          ),
        ),
      }),
    }),
  },
  {
    breaks: CONFLICT,
    how: 'changes the column of another type',
    open: rowsThrough((row) => (row['qty'] === 'خمسة' ? { ...row, qty: 5 } : row)),
  },
  {
    breaks: DIGITS,
    how: 'takes ids for numbers',
    open: rowsThrough((row) => ({
      ...row,
      id: /^\d{17,}$/.test(String(row['id'])) ? String(BigInt(Number(row['id']))) : (row['id'] ?? null),
    })),
  },
  { breaks: DIGITS, how: 'drops leading zeros', open: textsThrough((text) => text.replace(/^0+(?=\d)/, '')) },
  { breaks: TEXT, how: 'cuts texts at 65,535 bytes', open: textsThrough((text) => keepsBytes(text, 65_535)) },
  {
    breaks: TEXT,
    how: 'ends at a line that holds a backslash and a point',
    open: textsThrough((text) => text.split(/(?:^|\n)\\\.(?:\n|$)/)[0] ?? ''),
  },
  { breaks: TEXT, how: 'unescapes backslashes', open: textsThrough((text) => text.replaceAll('\\\\', '\\')) },
  { breaks: TEXT, how: 'normalises letters', open: textsThrough((text) => text.normalize('NFC')) },
  {
    breaks: TEXT,
    how: 'makes one kind of line end of all',
    open: textsThrough((text) => text.replaceAll('\r\n', '\n')),
  },
  {
    breaks: TEXT,
    how: 'takes the empty text for none',
    open: rowsThrough((row) => (row['subject'] === '' ? { ...row, subject: null } : row)),
  },
  { breaks: TEXT, how: 'trims', open: textsThrough((text) => text.trim()) },
  {
    breaks: HYGIENE,
    how: 'writes a blank for NUL',
    open: textsThrough((text) => text.replaceAll('\0', ' ')),
  },
  {
    breaks: HYGIENE,
    how: 'leaves lone surrogates out',
    open: textsThrough((text) => text.replace(/\p{Surrogate}/gu, '')),
  },
  {
    breaks: NAMES,
    how: 'cuts names to 62 bytes',
    open: tablesThrough((table) => ({
      ...table,
      fields: Object.fromEntries(
        Object.entries(table.fields).map(([name, field]) => [name.slice(0, 62), field]),
      ),
    })),
  },
  {
    breaks: REFUSES,
    how: 'takes rows without a key',
    open: rowsThrough((row) => ({ ...row, id: row['id'] ?? 'none' })),
  },
  {
    breaks: REFUSES,
    how: 'drops columns that it does not know',
    open: rowsThrough(({ colour: _, ...row }) => row),
  },
  {
    breaks: REFUSES,
    how: 'takes tables without a key',
    open: tablesThrough((table) => (table.key.length === 0 ? { ...table, key: ['id'] } : table)),
  },
  { breaks: FENCE, how: 'has no fence', open: wrapped(() => ({ fence: async () => undefined })) },
  {
    breaks: FENCE,
    how: 'fences all lanes together',
    open: wrapped((sound) => ({
      begin: (start) => sound.begin({ ...start, lane: 'all' }),
      fence: (_, epoch) => sound.fence('all', epoch),
    })),
  },
  {
    breaks: NO_LOWER,
    how: 'lowers a fence',
    open: wrapped((sound) => ({ fence: (lane, epoch) => sound.fence(lane, epoch).catch(() => undefined) })),
  },
  {
    breaks: NO_LOWER,
    how: 'commits under the fence without raising it',
    open: wrapped((sound) => ({
      begin: (start) => sound.begin({ ...start, epoch: Math.min(start.epoch, 5) }),
    })),
  },
  {
    breaks: LANES,
    how: 'stages all loads in one place',
    open: wrapped((sound) => {
      let shared: Promise<Load> | undefined;
      return { begin: (start) => (shared ??= sound.begin(start)) };
    }),
  },
  {
    breaks: LEDGER,
    how: 'sorts the keys of a checkpoint',
    open: wrapped((sound) => ({
      ledger: async () =>
        (await sound.ledger()).map((entry) => ({
          ...entry,
          checkpoint: Object.fromEntries(Object.entries(entry.checkpoint ?? {}).sort()),
        })),
    })),
  },
  {
    breaks: LEDGER,
    how: 'reads whole numbers out of texts',
    open: loading((load) => ({
      commit: (checkpoint) =>
        load.commit(JSON.parse(JSON.stringify(checkpoint).replace(/"(\d+)"/g, '$1')) as Json),
    })),
  },
  {
    breaks: LEDGER,
    how: 'goes by the greatest load id',
    open: wrapped((sound) => {
      const greatest = new Map<string, string>();
      return {
        begin: async (start) => {
          const before = greatest.get(start.lane) ?? '';
          greatest.set(start.lane, [before, start.loadId].sort().at(-1) ?? '');
          return sound.begin(start);
        },
        ledger: async () =>
          (await sound.ledger()).map((entry) => ({ ...entry, loadId: greatest.get(entry.lane) ?? '' })),
      };
    }),
  },
  {
    breaks: WAITING,
    how: 'returns everything on each page',
    open: waitingThrough(({ after: _, ...query }) => query),
  },
  {
    breaks: WAITING,
    how: 'forgets those that may be tried again',
    open: waitingThrough((query) => ({ ...query, retry: [] })),
  },
  {
    breaks: WAITING,
    how: 'forgets labels of an older prompt',
    open: waitingThrough(({ stalePromptVersion: _, ...query }) => query),
  },
  { breaks: WAITING, how: 'mixes sources', open: waitingThrough(({ source: _, ...query }) => query) },
  {
    breaks: WAITING,
    how: 'also labels what agents said',
    open: rowsThrough((row, table) =>
      table === FEEDBACK_TABLE.name ? { ...row, author_role: 'customer' } : row,
    ),
  },
  {
    breaks: WAITING,
    how: 'also labels what was deleted',
    open: loading((load) => ({ write: ({ tombstones: _, ...batch }) => load.write(batch) })),
  },
  {
    breaks: WAITING,
    how: 'returns ids in no order',
    open: wrapped((sound) => ({
      unlabelled: async (query): Promise<readonly Unlabelled[]> =>
        [...(await sound.unlabelled(query))].reverse(),
    })),
  },
  { breaks: MARTS, how: 'publishes nothing', open: wrapped(() => ({ publishMarts: async () => undefined })) },
  {
    breaks: MARTS,
    how: 'shows what agents said',
    open: rowsThrough((row, table) =>
      table === FEEDBACK_TABLE.name ? { ...row, author_role: 'customer' } : row,
    ),
  },
  {
    breaks: MARTS,
    how: 'shows what was deleted',
    open: loading((load) => ({ write: ({ tombstones: _, ...batch }) => load.write(batch) })),
  },
  {
    breaks: MARTS,
    how: 'shows the label of an earlier text',
    open: rowsThrough((row) => (row['content_hash'] === undefined ? row : { ...row, content_hash: 'same' })),
  },
  {
    breaks: MARTS,
    how: 'counts a missing score as zero',
    open: answersThrough((rows, sql) =>
      sql.includes('voc_')
        ? rows.map((row) => ('sum_score' in row ? { ...row, sum_score: row['sum_score'] ?? 0 } : row))
        : rows,
    ),
  },
  {
    breaks: CUSTOMERS,
    how: 'forgets who was merged into whom',
    open: rowsThrough(({ master_record_id: _, hs_merged_object_ids: __, merge_history: ___, ...row }) => row),
  },
  {
    breaks: CUSTOMERS,
    how: 'spoils the addresses of people',
    open: rowsThrough((row) =>
      typeof row['email'] === 'string' ? { ...row, email: row['email'].replace('@', '@.') } : row,
    ),
  },
  {
    breaks: CUSTOMERS,
    how: 'rewrites the ids of the vendors',
    open: answersThrough((rows) =>
      rows.map((row) =>
        row['person_id'] === undefined ? row : { ...row, customer_id: row['person_id'] ?? null },
      ),
    ),
  },
  {
    breaks: FRESH,
    how: 'forgets when it last succeeded',
    open: answersThrough((rows) =>
      rows.map((row) => ('succeeded_at' in row ? { ...row, succeeded_at: null } : row)),
    ),
  },
  {
    breaks: QUERY,
    how: 'runs whatever it is told',
    open: wrapped((sound) => ({
      query: (sql, options) =>
        sound.query(sql, options).catch(() => ({ columns: [], rows: [], truncated: false })),
    })),
  },
  {
    breaks: QUERY,
    how: 'never says that a result was cut',
    open: wrapped((sound) => ({
      query: async (sql, options) => ({ ...(await sound.query(sql, options)), truncated: false }),
    })),
  },
  {
    breaks: HEALTH,
    how: 'tells the password',
    open: wrapped(() => ({ location: 'postgres://user:secret@host/db' })),
  },
  {
    breaks: HEALTH,
    how: 'is never well',
    open: wrapped(() => ({ check: async () => ({ ok: false, message: 'ill' }) })),
  },
];
