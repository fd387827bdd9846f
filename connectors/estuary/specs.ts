// Captures, collections and materializations. There is no filter by change, so each run lists all, hands on what differs from the
// last listing, and tells what is in the list no more.

import { asRecord, idOf, type MappedTable, textOf, type VendorRecord } from '../../core/mapping.ts';
import type { Context, Json, Row, Stream, Tombstone, Window } from '../../core/types.ts';
import { type Client, refusal, stuck, unexpected } from './client.ts';
import { specTable } from './tables.ts';

/** Each spec by its id, with its change, its publication and its name; null where there are too many to compare. */
type Known = { readonly [id: string]: string } | null;

const LIST = `query Specs($by: LiveSpecsBy!, $after: String) {
  liveSpecs(by: $by, first: 100, after: $after) {
    edges {
      node {
        catalogName
        userCapability
        liveSpec {
          liveSpecId catalogName catalogType createdAt updatedAt lastPubId lastBuildId isDisabled dataPlaneId model
        }
        status { summary type }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;
const PREFIXES = `query Prefixes($by: PrefixesBy!, $after: String) {
  prefixes(by: $by, first: 100, after: $after) {
    edges { node { prefix userCapability } }
    pageInfo { hasNextPage endCursor }
  }
}`;
/** A checkpoint is stored with every load; with more specs than this each run reads all of them, and tells no deletions. */
const MOST_KNOWN = 10_000;
/** So many pages in a row without a new record are a list that never ends. */
const STALE_PAGES = 5;

export function specs(
  connect: (context: Context) => Client,
  { type, name, description }: { readonly type: string; readonly name: string; readonly description: string },
): Stream {
  const mapped = specTable(name, description);
  const table = mapped.table.name;
  return {
    name,
    description,
    deletes: 'tombstones',
    mode: 'incremental',
    tables: () => Promise.resolve([mapped.table]),
    start: ({ since, until }: Window) => ({
      known: {},
      ...(since === undefined ? {} : { since: since.toISOString() }),
      ...(until === undefined ? {} : { until: until.toISOString() }),
    }),
    async *read(from, context) {
      const client = connect(context);
      const { since, until, known } = pointOf(from);
      const window = { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
      const begun = context.clock.now().toISOString();
      const prefixes = await readablePrefixes(client);
      const seen = new Set<string>();
      const former = new Map(Object.entries(known ?? {}));
      const merged = new Map(Object.entries(known ?? {}));
      // What cannot be told apart, or is listed and hidden, may be any of those that seem to be gone.
      let unclear = false;
      const checkpoint = (held: Known): Json => ({ ...window, known: held });
      for (const prefix of prefixes) {
        for await (const nodes of listSpecs(client, { prefix, catalogType: type })) {
          const rows: Row[] = [];
          for (const value of nodes) {
            const spec = readSpec(value, table, context);
            if (spec === undefined) unclear = true;
            if (spec === undefined || seen.has(spec.id)) continue;
            seen.add(spec.id);
            if (former.get(spec.id) === spec.stamp || !isInside(spec.changed, since, until)) continue;
            merged.set(spec.id, spec.stamp);
            rows.push(mapSpec(mapped, spec.node));
          }
          yield { rows: { [table]: rows }, checkpoint: checkpoint(known === null ? null : keptOf(merged)) };
        }
      }
      const tooMany = known === null || merged.size > MOST_KNOWN;
      if (tooMany) context.log.warn('estuary.too_many_to_compare', { table, most: MOST_KNOWN });
      const isWhole = !tooMany && !unclear && until === undefined;
      const gone = isWhole ? vanished(known, seen, prefixes, begun) : [];
      for (const { key } of gone) merged.delete(String(key['id']));
      yield {
        rows: {},
        deletes: { [table]: gone },
        checkpoint: checkpoint(tooMany ? null : keptOf(merged)),
        caughtUpTo: until !== undefined && until < begun ? until : begun,
      };
    },
    remap(_table, record) {
      const node = asRecord(record);
      return idOf(asRecord(node?.['liveSpec'])?.['liveSpecId']) === undefined || node === undefined
        ? undefined
        : mapSpec(mapped, node);
    },
  };
}

/** As a checkpoint holds it; null when there are too many. */
function keptOf(known: ReadonlyMap<string, string>): Known {
  return known.size > MOST_KNOWN ? null : Object.fromEntries(known);
}

function pointOf(checkpoint: Json): {
  readonly since?: string;
  readonly until?: string;
  readonly known: Known;
} {
  const record = asRecord(checkpoint) ?? {};
  const held = asRecord(record['known']);
  const known: { [id: string]: string } = {};
  for (const [id, stamp] of Object.entries(held ?? {})) if (typeof stamp === 'string') known[id] = stamp;
  const [since, until] = [textOf(record, 'since'), textOf(record, 'until')];
  return {
    known: record['known'] === null ? null : known,
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
  };
}

/**
 * The prefixes to list. What a key may not see is in no list and would look deleted, so a prefix that can no longer be read ends
 * the reading with config `estuary.forbidden`, and of what is outside of the readable ones nothing is said.
 */
export async function readablePrefixes(client: Client): Promise<readonly string[]> {
  const readable: string[] = [];
  const progress = createProgress('prefixes');
  for (let after: string | null = null; ; ) {
    const data = await client.query(PREFIXES, { by: { minCapability: 'read' }, after });
    const { nodes, next } = connectionIn(data, 'prefixes');
    for (const node of nodes) {
      const prefix = textOf(asRecord(node) ?? {}, 'prefix');
      if (prefix !== null) readable.push(prefix);
    }
    if (next === undefined) break;
    progress.check(next, readable.length);
    after = next;
  }
  const wanted = client.session.settings.prefix;
  const covered = readable.filter((prefix) => wanted === undefined || wanted.startsWith(prefix));
  if (covered.length === 0) throw refusal(403, wanted ?? 'any prefix', client.session.settings.root);
  if (wanted !== undefined) return [wanted];
  // A prefix inside another one would list its specs twice.
  return readable.filter((prefix) => !readable.some((other) => other !== prefix && prefix.startsWith(other)));
}

/** The nodes of each page. A cursor that the vendor no longer takes cannot be resumed from here: no checkpoint holds one. */
async function* listSpecs(
  client: Client,
  by: { readonly prefix: string; readonly catalogType: string },
): AsyncGenerator<readonly Json[]> {
  const progress = createProgress('liveSpecs');
  const listed = new Set<string>();
  for (let after: string | null = null; ; ) {
    const { nodes, next } = connectionIn(await client.query(LIST, { by, after }), 'liveSpecs');
    for (const node of nodes) listed.add(textOf(asRecord(node) ?? {}, 'catalogName') ?? '');
    yield nodes;
    if (next === undefined) return;
    progress.check(next, listed.size);
    after = next;
  }
}

/** A page of a Relay connection. A page that promises more and does not say where is no end. */
function connectionIn(
  data: VendorRecord,
  name: string,
): { readonly nodes: readonly Json[]; readonly next: string | undefined } {
  const connection = asRecord(data[name]);
  const edges = connection?.['edges'];
  const page = asRecord(connection?.['pageInfo']);
  if (!Array.isArray(edges) || typeof page?.['hasNextPage'] !== 'boolean') throw unexpected(name, 'no page');
  const next = page['endCursor'];
  if (page['hasNextPage'] && (typeof next !== 'string' || next === ''))
    throw unexpected(name, 'no way to its next page');
  // What is no edge at all is handed on, to be set aside like what is no spec.
  const nodes = (edges as readonly Json[]).map((edge) => asRecord(edge)?.['node'] ?? edge);
  return { nodes, next: page['hasNextPage'] ? String(next) : undefined };
}

/** Notices cursors that come again, and pages in a row that bring nothing. */
function createProgress(what: string) {
  const cursors = new Set<string>();
  let former = 0;
  let stale = 0;
  return {
    check(cursor: string, listed: number): void {
      if (cursors.has(cursor)) throw stuck(what, 'the same cursor again');
      cursors.add(cursor);
      stale = listed > former ? 0 : stale + 1;
      former = listed;
      if (stale === STALE_PAGES) throw stuck(what, `${STALE_PAGES} pages in a row hold nothing`);
    },
  };
}

/** The spec behind a reference, or undefined after setting aside what is none. */
function readSpec(value: Json, table: string, context: Context) {
  const node = asRecord(value);
  const spec = asRecord(node?.['liveSpec']);
  // A reference to what this key may not see: https://github.com/estuary/flow, LiveSpecRef.userCapability
  if (node !== undefined && 'userCapability' in node && node['userCapability'] === null) return undefined;
  const id = idOf(spec?.['liveSpecId']);
  const changed = textOf(spec ?? {}, 'updatedAt');
  if (node === undefined || id === undefined || changed === null) {
    const reason = 'What the list holds has no id, or does not tell when it changed.';
    context.reject({ table, row: value, code: 'estuary.unreadable_spec', reason });
    return undefined;
  }
  // Names hold no spaces.
  const stamp = [changed, idOf(spec?.['lastPubId']) ?? '', textOf(spec ?? {}, 'catalogName') ?? ''].join(' ');
  return { id, node, changed, stamp };
}

function isInside(changed: string, since: string | undefined, until: string | undefined): boolean {
  const at = Date.parse(changed);
  return (since === undefined || at >= Date.parse(since)) && (until === undefined || at < Date.parse(until));
}

/**
 * What was known and is listed no more, below the prefixes that were listed: of others nothing can be said. When it went is not
 * told, so the time of asking stands for it.
 */
function vanished(
  known: Known,
  seen: ReadonlySet<string>,
  prefixes: readonly string[],
  at: string,
): readonly Tombstone[] {
  return Object.entries(known ?? {})
    .filter(([id, stamp]) => {
      const name = stamp.split(' ')[2] ?? '';
      return !seen.has(id) && prefixes.some((prefix) => name.startsWith(prefix));
    })
    .map(([id]) => ({ key: { id }, version: at, deletedAt: at }));
}

function mapSpec(mapped: MappedTable, node: VendorRecord): Row {
  const row = mapped.map(asRecord(node['liveSpec']) ?? {});
  const status = asRecord(node['status']);
  row['status'] = status === undefined ? null : textOf(status, 'summary');
  row['status_type'] = status === undefined ? null : textOf(status, 'type');
  row['raw'] = node;
  return row;
}
