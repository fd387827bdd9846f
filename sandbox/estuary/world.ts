// A tenant of Estuary: captures, collections and materializations that are published, deleted and counted.

import { type ChangeLog, createChangeLog, type VendorRecord } from '../change-log.ts';
import { createRandom } from '../random.ts';

export interface WorldOptions {
  readonly seed: number | string;
  /** Of each kind. */
  readonly specs: number;
  readonly days: number;
  /** Unix seconds. */
  readonly now: number;
}

/** How many changes of each kind should happen. */
export interface ChangeWish {
  readonly newSpecs?: number;
  readonly publishedSpecs?: number;
  /** Specs of each kind that one publication changes, all at one instant. */
  readonly burst?: number;
  readonly deletedCaptures?: number;
  readonly deletedCollections?: number;
  readonly deletedMaterializations?: number;
  /** Buckets of today and yesterday that count more. */
  readonly stats?: number;
}

export interface World {
  readonly log: ChangeLog;
  change(wish: ChangeWish, at: number): { readonly changes: number };
}

export const KINDS = ['capture', 'collection', 'materialization'] as const;
export type Kind = (typeof KINDS)[number];
export const PREFIX = 'acmeCo/';
const DAY = 86_400;
const NAMES: { readonly [kind in Kind]: string } = {
  capture: 'source-zendesk',
  collection: 'التذاكر',
  materialization: 'materialize-redshift',
};

const DELETED = {
  capture: 'deletedCaptures',
  collection: 'deletedCollections',
  materialization: 'deletedMaterializations',
} as const satisfies { readonly [kind in Kind]: keyof ChangeWish };

/** Ids of 16 hexadecimal digits, as the vendor's. */
const hex = (number: number): string => `10${number.toString(16).padStart(14, '0')}`;
/** Instants as the vendor writes them: with microseconds. */
const instant = (second: number): string => `${new Date(second * 1000).toISOString().slice(0, 19)}.123456Z`;

export function createWorld(options: WorldOptions): World {
  const log = createChangeLog();
  const random = createRandom(options.seed);
  const begin = options.now - 3600 - options.days * DAY;
  let next = 1;
  let publications = 1;

  function publish(kind: Kind, id: number, at: number, publication: number, former?: VendorRecord): void {
    const catalogName = `${PREFIX}${kind === 'collection' ? 'feedback' : 'tasks'}/${NAMES[kind]}-${id}`;
    log.append(kind, {
      id,
      at,
      record: {
        liveSpecId: hex(id),
        catalogName,
        catalogType: kind,
        createdAt: former?.['createdAt'] ?? instant(at),
        updatedAt: instant(at),
        lastPubId: hex(publication),
        lastBuildId: hex(publication + 1),
        isDisabled: id % 9 === 0,
        dataPlaneId: hex(99),
        model: { shards: { disable: false }, bindings: [], publication },
      },
    });
  }

  function count(name: string, id: number, day: number, at: number, grows: number): void {
    const former = log.latest('catalog_stats', id)?.record;
    const docs = Number(former?.['docs_written_by_me'] ?? random.fork(`stats ${id}`).int(10, 900)) + grows;
    log.append('catalog_stats', {
      id,
      at,
      record: {
        catalog_name: name,
        grain: 'daily',
        ts: `${new Date(day * 1000).toISOString().slice(0, 10)}T00:00:00+00:00`,
        bytes_written_by_me: docs * 512,
        docs_written_by_me: docs,
        bytes_read_by_me: 0,
        docs_read_by_me: 0,
        bytes_written_to_me: 0,
        docs_written_to_me: 0,
        bytes_read_from_me: 0,
        docs_read_from_me: 0,
        usage_seconds: DAY,
        warnings: 0,
        errors: 0,
        failures: 0,
      },
    });
  }

  for (const kind of KINDS) {
    for (let i = 0; i < options.specs; i++) publish(kind, next++, begin + i * 1800, publications++);
  }
  const names = [PREFIX, ...KINDS.flatMap((kind) => log.list(kind).slice(0, 5))].map((one) =>
    typeof one === 'string' ? one : String(one.record['catalogName']),
  );
  const today = Math.floor(options.now / DAY) * DAY;
  let buckets = 0;
  const days: number[] = [];
  const addDay = (day: number, at: number): void => {
    days.push(day);
    for (const name of names) count(name, ++buckets, day, at, 0);
  };
  for (let i = options.days - 1; i >= 0; i--) addDay(today - i * DAY, options.now - 3600);
  const changing = random.fork('changes');
  const here = (kind: Kind) => log.list(kind).filter(({ record }) => record['gone'] === undefined);

  function times(wished: number | undefined, work: () => void): number {
    for (let i = 0; i < (wished ?? 0); i++) work();
    return wished ?? 0;
  }

  return {
    log,
    change(wish, at) {
      checkWish(wish);
      let changes = 0;
      for (const kind of KINDS) {
        changes += times(wish.newSpecs, () => publish(kind, next++, at, publications++));
        changes += times(wish.publishedSpecs, () => {
          const { id, record } = changing.pick(here(kind));
          publish(kind, id, at, publications++, record);
        });
        const publication = publications++;
        for (const { id, record } of here(kind).slice(0, wish.burst ?? 0)) {
          publish(kind, id, at, publication, record);
          changes += 1;
        }
        changes += times(wish[DELETED[kind]], () => {
          const [first] = here(kind);
          if (first) log.append(kind, { id: first.id, at, record: { ...first.record, gone: true } });
        });
      }
      const day = Math.floor(at / DAY) * DAY;
      if (wish.stats !== undefined && !days.includes(day)) addDay(day, at);
      changes += times(wish.stats, () => {
        const recent = log.list('catalog_stats').slice(-2 * names.length);
        const { id, record } = changing.pick(recent);
        const bucketDay = Date.parse(String(record['ts'])) / 1000;
        count(String(record['catalog_name']), id, bucketDay, at, changing.int(1, 50));
      });
      return { changes };
    },
  };
}

const WISHES: ReadonlySet<string> = new Set<keyof ChangeWish>([
  'newSpecs',
  'publishedSpecs',
  'burst',
  'deletedCaptures',
  'deletedCollections',
  'deletedMaterializations',
  'stats',
]);

/** Wishes come from tests and over HTTP: a misspelt one must not pass for a quiet tenant. */
function checkWish(wish: ChangeWish): void {
  for (const [name, wished] of Object.entries(wish)) {
    if (!WISHES.has(name))
      throw new TypeError(`cannot change "${name}"; known are: ${[...WISHES].join(', ')}`);
    if (!Number.isInteger(wished) || wished < 0) throw new TypeError(`"${name}" must be a whole number`);
  }
}
