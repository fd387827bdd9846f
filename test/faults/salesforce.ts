// Runs the Salesforce pipeline in this process through the real connector and the real fetch, and compares the warehouse with the org.
//
// What must be in the tables is derived from the stand-in's own records, with plain SQL and a plain reading of Salesforce's rules.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SalesforceOptions as Reading, salesforce } from '../../connectors/salesforce.ts';
import { createAddressGuard } from '../../core/address-guard.ts';
import type { Io } from '../../core/context.ts';
import { runPipeline } from '../../core/engine.ts';
import { createFetch } from '../../core/http.ts';
import { newId } from '../../core/ids.ts';
import { createLimiter } from '../../core/limiter.ts';
import { createLog } from '../../core/log.ts';
import { pipeline } from '../../core/pipeline.ts';
import type { Clock, Environment, Row, RunRecord, Sink, State } from '../../core/types.ts';
import type { VendorRecord } from '../../sandbox/change-log.ts';
import type { Fault } from '../../sandbox/faults.ts';
import { type SalesforceOptions, type SalesforceSandbox, startSalesforce } from '../../sandbox/salesforce.ts';
import { openSink } from '../../sinks/index.ts';
import { thisProcess } from '../../state/index.ts';
import { redactor } from '../../transforms/redact.ts';
import { text } from '../../transforms/text.ts';

const silent = createLog({ level: 'silent', destination: process.stderr, scrub: (words) => words });

export interface Trial {
  readonly vendor: SalesforceSandbox;
  /** Sets these faults, runs once, and clears them. */
  run(faults?: readonly Fault[]): Promise<RunRecord>;
  /** Lets changes of every kind happen, and the time pass in which they settle. */
  change(): void;
  /** What the warehouse does not hold as the vendor does. */
  differences(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface TrialOptions {
  readonly account?: SalesforceOptions;
  readonly reading?: Reading;
  readonly timeoutMs?: number;
  readonly attempts?: number;
  readonly env?: (vendor: SalesforceSandbox) => Environment;
}

/** The streams that the trials read: all share one reading, so that few stand for all and a test costs little. */
export const STREAMS = ['cases', 'case_comments'];
const OBJECTS: { readonly [stream: string]: string } = {
  cases: 'Case',
  case_comments: 'CaseComment',
};

export async function openTrial(state: State, options: TrialOptions = {}): Promise<Trial> {
  const { timeoutMs = 20_000, attempts = 6 } = options;
  const vendor = await startSalesforce({
    cases: 16,
    pageRows: 7,
    bulkPageRows: 7,
    now: new Date('2026-11-20T08:00:00Z'),
    ...options.account,
  });
  const directory = await mkdtemp(join(tmpdir(), 'pipeline-faults-'));
  const sink = await openSink(`duckdb:${join(directory, 'warehouse.duckdb')}`, { home: directory });
  const guard = createAddressGuard({ allow: '127.0.0.1' });
  const clock = clockOf(vendor);
  let limiter = createLimiter({ clock });
  const io: Io = {
    env: {
      PIPELINE_LOAD_ROWS: '40',
      SALESFORCE_LOGIN_URL: vendor.url,
      SALESFORCE_CLIENT_ID: vendor.credentials.clientId,
      SALESFORCE_CLIENT_SECRET: vendor.credentials.clientSecret,
      ...options.env?.(vendor),
    },
    clock,
    log: silent,
    fetch: (metrics, signal) => {
      const fetch = createFetch({ clock, limiter, guard, metrics, log: silent, signal, backoffMs: 1 });
      return (request) => fetch({ ...request, timeoutMs, attempts });
    },
  };
  const trial = pipeline({
    name: `trial_${newId('t', new Date())}`,
    source: salesforce({ streams: STREAMS, ...options.reading }),
    transforms: [text({ redactor: redactor() })],
  });
  return {
    vendor,
    async run(faults = []) {
      vendor.faults.set(faults);
      limiter = createLimiter({ clock });
      const record = await runPipeline({
        pipeline: trial,
        io,
        state,
        sink,
        owner: { runId: newId('run', new Date()), ...thisProcess() },
        signal: new AbortController().signal,
        leaseTtlMs: 30_000,
      });
      vendor.faults.clear();
      return record;
    },
    change() {
      vendor.clock.advance(400_000);
      vendor.change({ changes: 3, born: 2, deletes: 1, purges: 1 });
      vendor.clock.advance(400_000);
    },
    differences: () => differences(vendor, sink, options.reading?.streams ?? STREAMS),
    async close() {
      await vendor.close();
      await sink.close();
      await guard.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The stand-in's time; who sleeps moves it on. */
function clockOf({ clock }: SalesforceSandbox): Clock {
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    sleep(ms, signal) {
      signal?.throwIfAborted();
      clock.advance(ms);
      return Promise.resolve();
    },
  };
}

const rowsOf = async (sink: Sink, sql: string): Promise<readonly Row[]> =>
  (await sink.query(sql, { maxRows: 1_000_000, timeoutMs: 60_000 })).rows;

/** All that is lost, extra, doubled, old or wrongly marked, and words that do not follow from their record. */
async function differences(
  vendor: SalesforceSandbox,
  sink: Sink,
  streams: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  const { objects, purged } = vendor.truth();
  for (const stream of streams) {
    const object = OBJECTS[stream] ?? '';
    const records = new Map(Object.entries(objects[object] ?? {}));
    const gone = new Set(purged[object] ?? []);
    const seen = new Set<string>();
    for (const row of await rowsOf(
      sink,
      `select id, system_modstamp, raw, _deleted_at from salesforce_${stream}`,
    )) {
      const id = String(row['id']);
      if (seen.has(id)) found.push(`${stream} ${id}: twice`);
      seen.add(id);
      const record = records.get(id);
      const isGone = row['_deleted_at'] !== null;
      if (record === undefined) {
        if (!gone.has(id)) found.push(`${stream} ${id}: the vendor does not know it`);
        else if (!isGone) found.push(`${stream} ${id}: lives here, and left the recycle bin there`);
        continue;
      }
      if (isGone !== (record['IsDeleted'] === true)) found.push(`${stream} ${id}: wrongly marked`);
      if (Date.parse(String(row['system_modstamp'])) !== Date.parse(String(record['SystemModstamp'])))
        found.push(`${stream} ${id}: another version`);
      found.push(
        ...otherValues(row['raw'] as VendorRecord, record).map((name) => `${stream} ${id}: ${name}`),
      );
    }
    for (const id of records.keys()) if (!seen.has(id)) found.push(`${stream} ${id}: lost`);
  }
  const read = new Set(streams.map((stream) => OBJECTS[stream]));
  const spoken = Object.fromEntries(
    Object.entries(objects).filter(([name]) => name === 'User' || read.has(name)),
  );
  found.push(...(await otherWords(spoken, sink)));
  return found;
}

/** Fields of a record that a warehouse must hold, and holds otherwise. */
function otherValues(raw: VendorRecord, record: VendorRecord): readonly string[] {
  return Object.entries(record).flatMap(([name, value]) => {
    const held = raw[name] ?? null;
    const compound = ['BillingAddress', 'Place__c', 'Signature__c'].includes(name);
    return compound || value === undefined || held === value ? [] : [`${name} is not the vendor's`];
  });
}

async function otherWords(
  objects: { readonly [object: string]: { readonly [id: string]: VendorRecord } },
  sink: Sink,
): Promise<readonly string[]> {
  const expected = new Map<string, { readonly text: unknown; readonly role: string }>();
  for (const [id, record] of Object.entries(objects['Case'] ?? {})) {
    if (record['IsDeleted'] === true) continue;
    expected.set(`case ${id}`, { text: record['Description'], role: 'customer' });
  }
  for (const [id, record] of Object.entries(objects['CaseComment'] ?? {})) {
    if (record['IsDeleted'] === true || record['IsPublished'] !== true) continue;
    const type = objects['User']?.[String(record['CreatedById'])]?.['UserType'];
    const role = type === 'CspLitePortal' ? 'customer' : type === 'AutomatedProcess' ? 'bot' : 'agent';
    expected.set(`case_comment ${id}`, { text: record['CommentBody'], role });
  }
  const found: string[] = [];
  const sql = 'select kind, record_id, text_original, author_role from feedback where _deleted_at is null';
  for (const row of await rowsOf(sink, sql)) {
    const name = `${String(row['kind'])} ${String(row['record_id'])}`;
    const words = expected.get(name);
    if (words === undefined) found.push(`feedback of ${name}: nobody said it, or it was taken back`);
    else if (row['text_original'] !== words.text) found.push(`feedback of ${name}: other words`);
    else if (row['author_role'] !== words.role) found.push(`feedback of ${name}: not by a ${words.role}`);
    expected.delete(name);
  }
  for (const name of expected.keys()) found.push(`feedback of ${name}: lost`);
  return found;
}
