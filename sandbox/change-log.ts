// The memory of a stand-in: every version that a record ever had, in the order in which a vendor's export shows them.

import { encode } from './encode.ts';

/** A record as the vendor sends it. */
export type VendorRecord = { readonly [field: string]: unknown };

export interface Version {
  readonly id: number;
  /** When it changed, on the vendor's own clock: Unix seconds, or Unix milliseconds where the vendor's records have them. One log keeps to one unit. */
  readonly at: number;
  readonly record: VendorRecord;
}

/** A place between two versions: everything after it changed later, or at the same instant with a larger id. */
export interface Position {
  readonly at: number;
  readonly id: number;
}

export interface ChangeLog {
  /** Adds the newest version of a record. Its instant must not lie before the record's former version. */
  append(resource: string, version: Version): void;
  /** The newest version of one record, however fresh. */
  latest(resource: string, id: number): Version | undefined;
  /** Every record's newest version, by id. */
  list(resource: string): readonly Version[];
  /**
   * The newest versions after a position and not after `until`, ordered by instant and id. A record whose newest
   * version lies elsewhere does not show: that is how an export moves a record that changes while it is paged.
   */
  after(resource: string, position: Position, limit: number, until: number): readonly Version[];
  /** What must have been seen of a resource by one who read everything up to `until`: the newest record by id. */
  truth(resource: string, until: number): { readonly [id: string]: VendorRecord };
  resources(): readonly string[];
  /** The instant of the newest version of all. */
  lastAt(): number;
}

interface Entry extends Version {
  superseded: boolean;
}

interface Shelf {
  readonly entries: Entry[];
  readonly versions: Map<number, Entry[]>;
  /** Every id in order. Ids nearly always come in order, so that this costs nothing. */
  readonly ids: number[];
  /** The answer of `list`, until the next change. */
  listed: readonly Version[] | undefined;
}

export function createChangeLog(): ChangeLog {
  const shelves = new Map<string, Shelf>();
  let newest = 0;

  function shelf(resource: string): Shelf {
    const known = shelves.get(resource);
    if (known) return known;
    const fresh: Shelf = { entries: [], versions: new Map(), ids: [], listed: undefined };
    shelves.set(resource, fresh);
    return fresh;
  }

  return {
    append(resource, version) {
      const home = shelf(resource);
      const { entries, versions } = home;
      const entry: Entry = { ...version, superseded: false };
      const history = versions.get(version.id);
      const former = history?.at(-1);
      if (history && former) {
        if (former.at > version.at)
          throw new RangeError(`${resource} ${version.id} would change before its last change`);
        former.superseded = true;
        history.push(entry);
      } else {
        versions.set(version.id, [entry]);
        const place = home.ids.findLastIndex((id) => id < version.id) + 1;
        home.ids.splice(place, 0, version.id);
      }
      const last = entries.at(-1);
      if (last && comesAfter(last, entry)) entries.splice(firstAfter(entries, entry), 0, entry);
      else entries.push(entry);
      home.listed = undefined;
      newest = Math.max(newest, version.at);
    },
    latest: (resource, id) => shelves.get(resource)?.versions.get(id)?.at(-1),
    list(resource) {
      const home = shelf(resource);
      if (home.listed) return home.listed;
      home.listed = home.ids.flatMap((id) => home.versions.get(id)?.at(-1) ?? []);
      return home.listed;
    },
    after(resource, position, limit, until) {
      const entries = shelves.get(resource)?.entries ?? [];
      const found: Version[] = [];
      for (let i = firstAfter(entries, position); i < entries.length && found.length < limit; i++) {
        const entry = entries[i];
        if (!entry || entry.at > until) break;
        if (!entry.superseded) found.push(entry);
      }
      return found;
    },
    truth(resource, until) {
      const found: { [id: string]: VendorRecord } = {};
      for (const [id, history] of shelves.get(resource)?.versions ?? []) {
        const seen = history.findLast((entry) => entry.at <= until);
        if (seen) found[id] = seen.record;
      }
      return found;
    },
    resources: () => [...shelves.keys()],
    lastAt: () => newest,
  };
}

function comesAfter(a: Position, b: Position): boolean {
  return a.at > b.at || (a.at === b.at && a.id > b.id);
}

/** The index of the first entry after a position, by halving. */
function firstAfter(entries: readonly Position[], position: Position): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry && comesAfter(entry, position)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const encoded = new WeakMap<VendorRecord, string>();

/** The JSON of a record, written once: a page of a thousand records is then a join. */
export function encodeRecord(record: VendorRecord): string {
  const known = encoded.get(record);
  if (known !== undefined) return known;
  const text = encode(record);
  encoded.set(record, text);
  return text;
}
