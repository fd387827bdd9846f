// The glossary: every type that two rooms share, with the promises that its implementations keep.
// Above 300 lines because it is the one place to look a word up; it holds no code.
//
//   pipeline   what runs: a connector, the transforms of its feedback, its labels
//   connector  one vendor; its streams say what can be read
//   stream     one feed of changes, read page by page, resumable from any checkpoint it yielded
//   page       what one request brought, and the checkpoint that covers it and everything before it
//   lane       one stream being read by one run at a time: `zendesk/tickets` (live), `zendesk/tickets@2026-01-01..2026-02-01` (backfill)
//   bookmark   the checkpoint of a lane that is known to be durable in the warehouse
//   load       what becomes visible in the warehouse in one transaction
//   reject     a row that was set aside with a reason
//   feedback   one utterance of a customer, from whatever source
//   label      what a model says of one utterance

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One record. Ids are strings; instants are ISO-8601 strings in UTC; a missing column is NULL. Numbers above 2^53 are strings. */
export type Row = { readonly [column: string]: Json | undefined };

export type FieldType =
  | 'string'
  | 'integer'
  | 'decimal'
  | 'number'
  | 'boolean'
  | 'timestamp'
  | 'date'
  | 'json';

/** How close a column is to a person: none by default. */
export type PiiClass = 'none' | 'identifier' | 'contact' | 'free_text';

export interface Field {
  readonly type: FieldType;
  /** The vendor's own title where it differs from the column, Arabic titles included. */
  readonly label?: string;
  /** One sentence for the catalogue and the column's comment. */
  readonly description?: string;
  readonly pii?: PiiClass;
}

/** A table in the warehouse. Column names are lower snake_case ASCII of at most 63 bytes: see core/names.ts. */
export interface Table {
  readonly name: string;
  readonly description?: string;
  /** Never empty: it is what makes loading idempotent. */
  readonly key: readonly string[];
  /** The column that grows with every change. An older row never overwrites a newer one; equal versions go by when they were read. */
  readonly version?: string;
  readonly fields: { readonly [column: string]: Field };
}

/** That a record is gone. It keeps its row, with `_deleted_at`; a record never seen before becomes a bare row. */
export interface Tombstone {
  /** The key columns only. */
  readonly key: Row;
  /** The value of the table's version column at which it was deleted; without one, the time of reading decides. */
  readonly version?: Json;
  /** When the vendor says it was deleted. */
  readonly deletedAt: string;
}

/** A span of time: since is included, until is not. */
export interface Window {
  readonly since?: Date;
  readonly until?: Date;
}

/** What a stream yields: changes, then the checkpoint that covers them and all before. */
export interface Page<C extends Json = Json> {
  readonly rows: { readonly [table: string]: readonly Row[] };
  readonly deletes?: { readonly [table: string]: readonly Tombstone[] };
  /** Opaque to everyone but the stream. Resuming from it may repeat rows, and never skips one. */
  readonly checkpoint: C;
  /** How many records the vendor says these pages hold, summed over the pages of one read; absent where it cannot be known. */
  readonly expected?: number;
  /** The newest instant of change that is now covered; the freshness table shows it. */
  readonly caughtUpTo?: string;
}

/** One feed of changes of one vendor. */
export interface Stream<C extends Json = Json> {
  readonly name: string;
  readonly description: string;
  /** How deletions show: `tombstones` in the feed, `none` where the vendor never tells. */
  readonly deletes: 'tombstones' | 'none';
  /**
   * `incremental` yields what changed after the checkpoint. `snapshot` reads the whole list each run (small lists without a
   * change filter); its checkpoint only says where inside one listing to resume.
   */
  readonly mode: 'incremental' | 'snapshot';
  /** Every account has at least one record: reading none from the very beginning is then an unexplained zero, never a success. */
  readonly neverEmpty?: boolean;
  /** An optional stream may be absent on an account: a `PipelineError` with code `*.not_available` makes it `skipped`, which is shown and is no failure. */
  readonly optional?: boolean;
  /** Static, or described by the vendor at run time. Called once a run, before `read`. */
  tables(context: Context): Promise<readonly Table[]>;
  /** The checkpoint from which a window is read; the window's end travels inside it. Pure. */
  start(window: Window): C;
  /**
   * Yields pages until it has caught up, then returns. It saves nothing: the engine owns the bookmark.
   * A page with no progress must not repeat for ever: a stuck vendor is an error, never a loop and never an early end.
   */
  read(from: C, context: Context): AsyncIterable<Page<C>>;
  /** Maps one vendor record again, as it was rejected, for `rejects replay`; undefined when it still cannot be read. Pure but for `context.column`. */
  remap?(table: string, record: Json, context: Context): Row | undefined;
  /** The utterances in this row: pure, no network. Called for each row of each page. */
  feedback?(table: string, row: Row): readonly Feedback[];
}

export interface Health {
  readonly ok: boolean;
  /** One sentence: who we are signed in as, or what is wrong. */
  readonly message: string;
  readonly hint?: string;
}

/** A setting that is missing or wrong, told together with all others. */
export interface SettingProblem {
  readonly name: string;
  readonly problem: string;
  /** Where to get the value. */
  readonly where: string;
}

export type Environment = { readonly [name: string]: string | undefined };

export interface Connector {
  readonly name: string;
  readonly title: string;
  readonly streams: readonly Stream[];
  /** All that is missing at once; pure. */
  problems(env: Environment): readonly SettingProblem[];
  /** One cheap call that fails on wrong credentials. Writes nothing. */
  check(context: Context): Promise<Health>;
}

/** The only door to the outside world for connectors, transforms and label providers. */
export interface Context {
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly env: Environment;
  readonly secrets: SecretStore;
  /** Sets a row aside with its reason; the run goes on, and fails when there are too many. */
  reject(reject: {
    readonly table: string;
    readonly row: Json;
    readonly code: string;
    readonly reason: string;
  }): void;
  /** The column of a vendor's own field, `custom_…`: the same for ever once seen, unlike every other one of the table and unlike `reserved`. */
  column(table: string, nativeId: string, label: string, reserved?: readonly string[]): string;
}

export interface Clock {
  now(): Date;
  /** Milliseconds that never jump; for time-outs and leases. */
  monotonicMs(): number;
  /** Rejects with AbortError when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Names, ids, counts and durations only; never a row. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
export type LogFields = { readonly [name: string]: string | number | boolean | null | undefined };

/** Small secrets that must outlive a run, such as a rotating refresh token. `locked` lets one process at a time refresh. */
export interface SecretStore {
  get(name: string): Promise<string | undefined>;
  put(name: string, value: string): Promise<void>;
  locked<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
  /** Requests of one bucket share a rate limit and a pause: `zendesk/incremental`. */
  readonly bucket: string;
  /** The least time between two starts in the bucket, for a vendor that limits by the second and tells nothing. Default 0. */
  readonly spacingMs?: number;
  /** For one attempt, from connecting to the last byte. Default 60,000. */
  readonly timeoutMs?: number;
  /** Largest body that is read. Default 256 MiB. */
  readonly maxBytes?: number;
  /** How often one request is tried in all. Default 6. */
  readonly attempts?: number;
  /** May be sent twice without harm. Default: GET only. */
  readonly idempotent?: boolean;
  /** Statuses that are answers, not errors; they are returned. Default: 2xx only. */
  readonly accept?: readonly number[];
  /** Reads the vendor's rate-limit headers; called on every response. */
  readonly limits?: (headers: HttpHeaders) => readonly RateLimit[];
}

export interface HttpHeaders {
  get(name: string): string | null;
}

/** What a vendor said of one of its limits. */
export interface RateLimit {
  readonly bucket: string;
  readonly limit?: number;
  readonly remaining: number;
  readonly resetMs: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly text: string;
  /** Lossless: integers above 2^53 come as strings. A body that is no JSON was already retried as a cut body. */
  json(): Json;
}

/** Time-outs, retries by kind, Retry-After, limits, size cap, guard against private addresses, metrics. Throws PipelineError. */
export type Fetch = (request: HttpRequest) => Promise<HttpResponse>;

/** What one stream's requests cost; the run record shows it. */
export interface HttpMetrics {
  requests: number;
  retries: number;
  waitMs: number;
  bytes: number;
  rateLimited: number;
}

// ---------------------------------------------------------------------------------------------- feedback and labels

export type AuthorRole = 'customer' | 'agent' | 'bot';

/** One utterance as a connector hands it over; the transforms add the text columns of FEEDBACK_TABLE (core/tables.ts). */
export interface Feedback {
  readonly source: string;
  /** ticket, comment, survey, conversation_part, call_segment, case_comment … */
  readonly kind: string;
  /** Unique within source and kind; with them it makes `feedback_id`. */
  readonly nativeId: string;
  /** The vendor record that holds the words, and the conversation it belongs to. */
  readonly recordId: string;
  readonly threadId: string;
  readonly authorRole: AuthorRole;
  readonly authorId: string | null;
  /** Where the record itself tells it; the redactor then knows the name to hide. */
  readonly authorName?: string | null;
  readonly customerId: string | null;
  readonly organizationId: string | null;
  readonly channel: string | null;
  readonly createdAt: string;
  /** When the words or their record last changed; the version of the feedback row. */
  readonly updatedAt: string;
  /** −1 … 1 where the customer gave a rating. */
  readonly rating: number | null;
  readonly title: string | null;
  /** As the vendor sent it. May be empty where there is only a rating. */
  readonly text: string;
  readonly html?: boolean;
  readonly deletedAt?: string;
}

/** Adds columns to feedback rows: one for one, same order, keys untouched, no network. */
export interface Transform {
  readonly name: string;
  readonly version: string;
  readonly adds: { readonly [column: string]: Field };
  /** Loads what `apply` needs, and is awaited before each call of it; there is nothing to load without it. */
  prepare?(): Promise<void>;
  apply(rows: readonly Row[]): readonly Row[];
}

export type LabelName = 'positive' | 'neutral' | 'negative' | 'mixed';

/** Why an utterance has, or has not, a label. */
export type LabelStatus = 'labelled' | 'offline' | 'pending' | 'refused' | 'skipped_budget' | 'failed';

/** What a model said of one text. */
export interface Label {
  readonly label: LabelName;
  /** −1 (worst) … 1 (best). */
  readonly score: number;
  /** 0 … 1 */
  readonly confidence: number;
  readonly topics: readonly string[];
  readonly urgency: 'low' | 'normal' | 'high' | null;
  readonly intent: string | null;
  readonly summary: string | null;
  /** What of the company the writer speaks of, and how: one entry a topic of the taxonomy. Empty where the model tells none. */
  readonly aspects?: readonly { readonly topic: string; readonly label: LabelName }[];
}

/** One text on its way to a model. */
export interface LabelRequest {
  /** Random for each request, never a record's id. */
  readonly id: string;
  readonly text: string;
  readonly language: string | null;
}

/** The answer for one text: a label, or why there is none. */
export type LabelOutcome =
  | {
      readonly id: string;
      readonly status: 'labelled';
      readonly label: Label;
      /** Whether what the model wrote of it had to be mended before it could be read. */
      readonly repaired?: boolean;
    }
  | { readonly id: string; readonly status: 'refused' | 'failed'; readonly reason: string };

export interface LabelAnswer {
  /** Exactly the ids that were asked, each once; anything else is an error of the provider, not a label. */
  readonly outcomes: readonly LabelOutcome[];
  readonly model: string;
  readonly tokensIn: number;
  readonly tokensOut: number;
  readonly tokensCached: number;
  readonly costUsd: number;
  /** Whether the answer had to be mended before it could be read; an outcome's own word counts more. */
  readonly repaired?: boolean;
}

/** A model behind an endpoint. Money: what may be charged is reserved in the ledger before `label` is called. */
export interface LabelProvider {
  readonly name: string;
  readonly model: string;
  readonly priceVersion: string;
  /** An upper bound of what this pack can cost; what is reserved. Pure. */
  estimateUsd(pack: readonly LabelRequest[]): number;
  /** What this pack will most likely cost; what an operator is told beforehand. Pure. */
  expect?(pack: readonly LabelRequest[]): { readonly tokens: number; readonly usd: number };
  /** One request. Throws PipelineError: transient (outage), config (key, money, retired model), data (the pack cannot be answered; it is bisected). */
  label(pack: readonly LabelRequest[], context: Context): Promise<LabelAnswer>;
  /** Where the provider also takes packs to answer later, for less. */
  readonly batches?: LabelBatches;
  /** The day on which the vendor ends this model, `2027-01-14`; null where its list of models names none. One request that costs nothing. */
  retiresOn?(context: Context): Promise<string | null>;
}

/**
 * A provider's batch interface: many packs handed over at once, answered within a day, at a lower price. Nobody offers an
 * idempotency key for it, so each batch carries an intent of ours that is written down before `submit` and found again after a crash.
 */
export interface LabelBatches {
  readonly maxRequests: number;
  readonly maxBytes: number;
  /** Share of the live price that is charged, such as 0.5. */
  readonly priceShare: number;
  /** Hands over packs, each under a name of ours, as one batch that carries `intent`. Resolves with the provider's id of the batch. */
  submit(
    intent: string,
    packs: ReadonlyMap<string, readonly LabelRequest[]>,
    context: Context,
  ): Promise<string>;
  /** The batch that was submitted with this intent; undefined where none arrived. Searches all that the provider still lists. */
  find(intent: string, context: Context): Promise<string | undefined>;
  /**
   * The answers by the names of their packs, once the batch has ended, in any order. A pack that failed, expired or was lost has
   * its error, and no pack is missing. Undefined while the batch is still worked on. Safe to call again.
   */
  collect(
    batchId: string,
    packs: ReadonlyMap<string, readonly LabelRequest[]>,
    context: Context,
  ): Promise<ReadonlyMap<string, LabelAnswer | UnansweredPack> | undefined>;
}

/** Why a pack of a batch has no labels, and what its answer cost all the same. */
export interface UnansweredPack extends ErrorReport {
  readonly billed?: { readonly usd: number; readonly tokensIn: number; readonly tokensOut: number };
}

/** Which providers are asked about which texts. */
export interface LabelRoutes {
  /** All of them, each once; never empty. */
  readonly providers: readonly LabelProvider[];
  /** Whom to ask about a text of this language, first choice first; empty where nobody is to be asked. Equal routes are the same list. */
  of(language: string | null): readonly LabelProvider[];
}

/** A text whose label is known: it rides along in some packs, and a wrong answer tells of a model that changed or was talked round. */
export interface Canary {
  readonly text: string;
  readonly language: string | null;
  readonly label: LabelName;
}

/** How one pipeline's feedback is labelled. */
export interface Labeller {
  /** Changes when prompt, schema or taxonomy change; part of the cache key. */
  readonly promptVersion: string;
  /** Most texts in a pack. */
  readonly packSize: number;
  /** Most tokens of all texts in a pack; a text of more than a quarter of it goes alone. */
  readonly packTokens: number;
  /** What is longer is cut. */
  readonly maxCharacters: number;
  /** About how many tokens a text has. Pure, and linear in its length. */
  tokens(text: string): number;
  /** Whether a text may try to instruct the model; then it goes alone, and no neighbour can suffer from it. */
  isSuspicious?(text: string): boolean;
  readonly canaries?: readonly Canary[];
  problems(env: Environment): readonly SettingProblem[];
  /** The small model that needs no key: pure. */
  offline(text: string, language: string | null): Label;
  readonly offlineModel: string;
  /** Whether the small model cannot judge texts of this language, so that a cascade always sends them on. */
  beyondOffline?(language: string | null): boolean;
  /** The share of the queue, the least sure first, that goes on from the small model to a provider; all of it without. */
  readonly cascade?: number;
  /** Undefined without a key: then `offline` labels. */
  routes(env: Environment): LabelRoutes | undefined;
}

/**
 * Hides personal data in the rows of a table before they are loaded, by a policy that is declared with the pipeline. It comes
 * last: feedback and labels are made from the rows as they were read. It does not reach rejects, which keep the row as it came.
 */
export interface ColumnMask {
  /** Throws a config error when the policy names a column of this table that must not be masked, or that it does not have. */
  check(table: Table): void;
  /** The rows to load: one for one, same order, keys, versions and system columns untouched. Pure; a row without a change is itself. */
  apply(table: Table, rows: readonly Row[]): readonly Row[];
}

/** One file of pipelines/. */
export interface Pipeline {
  readonly name: string;
  readonly source: Connector;
  readonly transforms: readonly Transform[];
  readonly labels?: Labeller;
  /** What of the rows, feedback included, is hidden before it is loaded. Nothing by default. */
  readonly mask?: ColumnMask;
  /** How many streams are read side by side. Default 3. */
  readonly concurrency?: number;
  /** Share of a stream's records that may be rejected before the stream fails. Default 0.05, and always at least 10 records. */
  readonly maxRejectShare?: number;
}

// --------------------------------------------------------------------------------------------------------- warehouse

export interface SinkCapabilities {
  readonly maxIdentifierBytes: number;
  /** Largest text in bytes, or null where there is no limit worth naming. */
  readonly maxTextBytes: number | null;
  readonly transactionalDdl: boolean;
  /** How much one load should hold before it is committed. */
  readonly load: { readonly rows: number; readonly bytes: number; readonly ms: number };
}

export interface LoadStart {
  readonly loadId: string;
  readonly runId: string;
  readonly pipeline: string;
  readonly stream: string;
  readonly lane: string;
  /** Grows each time the lane changes hands; an older one can never commit. */
  readonly epoch: number;
  /** Every table that this load may write. */
  readonly tables: readonly Table[];
}

/** Rows of one page for one table, in the order in which the vendor sent them. */
export interface Batch {
  readonly table: string;
  readonly rows: readonly Row[];
  readonly tombstones?: readonly Tombstone[];
  /** When the page was received; it decides between equal versions. */
  readonly readAt: Date;
}

export interface Receipt {
  readonly loadId: string;
  readonly committedAt: string;
  /** Rows and tombstones that were merged, after the last word per key. */
  readonly tables: { readonly [table: string]: { readonly rows: number; readonly tombstones: number } };
  /** True when the warehouse already had this load: the commit of an earlier try had arrived. */
  readonly repeated: boolean;
}

/** One load. Readers see nothing of it before `commit` resolves and all of it after. */
export interface Load {
  /**
   * Stages rows. A value that does not fit its column goes to the variant column `<column>__text`, never to a reject and never
   * lost. Throws data `row.key` or `row.too-deep` for a row that no table can hold, bug `row.undeclared` for an undeclared column.
   */
  write(batch: Batch): Promise<void>;
  /** One transaction: fence, upsert of the last word per key behind the version guard, tombstones, ledger row. Resolves when durable. */
  commit(checkpoint: Json): Promise<Receipt>;
  /** Safe at any time, also after a failed commit. */
  abort(): Promise<void>;
}

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly Row[];
  /** True when `maxRows` cut the result. */
  readonly truncated: boolean;
}

/** The newest committed load of a lane, as the warehouse's own ledger `_pipeline_loads` tells it. */
export interface LedgerEntry {
  readonly loadId: string;
  readonly runId: string;
  readonly pipeline: string;
  readonly stream: string;
  readonly lane: string;
  readonly epoch: number;
  readonly checkpoint: Json;
  readonly committedAt: string;
}

/** An utterance that waits for a label. */
export interface Unlabelled {
  readonly feedbackId: string;
  readonly contentHash: string;
  readonly text: string;
  readonly language: string | null;
  /** Whether a cascade chose it for a provider before, and it still waits: then it is not put to the choice again. */
  readonly escalated?: boolean;
}

/** Which utterances `unlabelled` returns. */
export interface UnlabelledQuery {
  /** Only ids above this one; ids come in ascending order. */
  readonly after?: string;
  readonly limit: number;
  /** Of one source; all without it. */
  readonly source?: string;
  /** Statuses that count as still to do, besides having no label for the present text. */
  readonly retry: readonly LabelStatus[];
  /** Also those whose label came from another prompt version than this. */
  readonly stalePromptVersion?: string;
}

export interface Sink {
  readonly name: string;
  /** Where the rows go, without a secret: `duckdb:.pipeline/warehouse.duckdb`. */
  readonly location: string;
  readonly capabilities: SinkCapabilities;
  /** Writes nothing. */
  check(): Promise<Health>;
  /** Raises the lane's fence to this epoch, so that every older runner can no longer commit. Throws `lane.fenced` when it is higher already. */
  fence(lane: string, epoch: number): Promise<void>;
  /** Creates or widens the tables, never narrows, and opens the staging of one load. */
  begin(start: LoadStart): Promise<Load>;
  /** The newest entry of each lane; empty where nothing was ever loaded. */
  ledger(): Promise<readonly LedgerEntry[]>;
  /** Read-only, one statement. */
  query(
    sql: string,
    options?: { readonly maxRows?: number; readonly timeoutMs?: number },
  ): Promise<QueryResult>;
  /** Customers' utterances that wait for a label, oldest id first. */
  unlabelled(query: UnlabelledQuery): Promise<readonly Unlabelled[]>;
  /** How many wait, in all. */
  countUnlabelled(query: Omit<UnlabelledQuery, 'after' | 'limit'>): Promise<number>;
  /** Creates or replaces the views for analysts over the tables that exist. Safe to repeat. */
  publishMarts(): Promise<void>;
  close(): Promise<void>;
}

// ------------------------------------------------------------------------------------------------------------- state

export interface Owner {
  readonly runId: string;
  readonly host: string;
  readonly pid: number;
  /** Start of the process, so that a reused pid is no living owner. */
  readonly processStartedAt: string;
}

export interface Lease {
  readonly lane: string;
  readonly epoch: number;
  readonly owner: Owner;
}

export interface Bookmark {
  readonly lane: string;
  readonly checkpoint: Json;
  /** Grows by one with each move; a move names the revision that it replaces. */
  readonly revision: number;
  readonly loadId: string | null;
  /** A backfill lane that reached its end. */
  readonly done: boolean;
  readonly updatedAt: string;
}

export interface Reject {
  readonly lane: string;
  readonly table: string;
  /** The row as it came; kept so that it can be replayed. */
  readonly row: Json;
  readonly code: string;
  readonly reason: string;
}

export type RunStatus = 'running' | 'succeeded' | 'partial' | 'failed' | 'interrupted' | 'busy';
export type StreamStatus = 'running' | 'succeeded' | 'skipped' | 'partial' | 'failed' | 'interrupted';

/**
 * Everything that explains how one stream went. A record is a row of the stream's first table; numbers add up:
 * read = loaded + deleted + rejected + repeated.
 */
export interface StreamReport {
  readonly stream: string;
  readonly lane: string;
  readonly status: StreamStatus;
  /** Records that the vendor sent, repeats included. */
  readonly read: number;
  /** Records that are now durable in the vendor's tables. */
  readonly loaded: number;
  /** Records that the vendor reported as deleted. */
  readonly deleted: number;
  readonly rejected: number;
  /** Records that came again, with the same key, within one load. */
  readonly repeated: number;
  /** What the vendor says there should be; null where it cannot be asked. */
  readonly expected: number | null;
  /** Utterances handed to the feedback table. */
  readonly feedback: number;
  readonly pages: number;
  readonly loads: number;
  readonly http: Readonly<HttpMetrics>;
  readonly durationMs: number;
  readonly caughtUpTo: string | null;
  readonly error: ErrorReport | null;
}

export interface ErrorReport {
  readonly kind: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface RunRecord {
  readonly runId: string;
  readonly pipeline: string;
  /** `live`, or the window of a backfill such as `2026-01-01..2026-02-01`. */
  readonly lane: string;
  readonly status: RunStatus;
  readonly sink: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly owner: Owner;
  readonly streams: readonly StreamReport[];
  readonly labels: LabelCounts;
  readonly costUsd: number;
  readonly error: ErrorReport | null;
}

/** How many utterances ended in each status in this run; `cached` of the labelled ones cost nothing. */
export type LabelCounts = { readonly [status in LabelStatus | 'cached']?: number };

export interface RunEvent {
  readonly at: string;
  readonly runId: string;
  readonly event: string;
  readonly fields: LogFields;
}

export interface CachedLabel {
  readonly label: Label;
  readonly provider: string;
  readonly model: string;
  readonly priceVersion: string;
  readonly repaired: boolean;
}

/** A reservation of money before a request; what is not settled counts as spent. */
export interface Reservation {
  readonly id: string;
  readonly usd: number;
}

/** What came of asking for money: the reservation, or none where a cap would be passed; and what was taken of the day before. */
export interface Reserved {
  readonly reservation: Reservation | undefined;
  /** By all providers: what is spent, and what is reserved and not settled yet. */
  readonly takenUsd: number;
  /** The same by this provider. */
  readonly providerTakenUsd: number;
}

/** What a request was expected to cost beforehand; kept beside what it did cost, so that later estimates learn from it. */
export interface Expected {
  readonly model: string;
  /** Of most of its letters: `Arab`, `Latn` or `other`. */
  readonly script: string;
  readonly tokens: number;
  readonly usd: number;
}

/** A settled request, as expected and as it was. */
export interface PastUsage {
  readonly expected: Expected;
  readonly tokens: number;
  readonly usd: number;
}

/** One text of a pack that was handed over with a batch, under the id that the provider knows it by. */
export interface BatchText extends LabelRequest {
  readonly hash: string;
}

/** A batch that was, or may have been, handed over: written down before the provider hears of it. */
export interface BatchIntent {
  readonly intent: string;
  readonly pipeline: string;
  readonly provider: string;
  readonly model: string;
  readonly promptVersion: string;
  readonly priceVersion: string;
  /** The money that was set aside for all of it. */
  readonly reservation: Reservation;
  /** The provider's id; null until it is known. */
  readonly batchId: string | null;
  readonly createdAt: string;
}

export interface StoredReject extends Reject {
  readonly rejectId: string;
  readonly runId: string;
  readonly at: string;
  readonly replayedAt: string | null;
}

export interface ColumnName {
  readonly table: string;
  readonly nativeId: string;
  readonly column: string;
  readonly label: string;
}

/** What must survive a crash. Everything that two processes could race for is decided by the database, never by a clock. */
export interface State {
  /** All lanes or none. A lease is free when it was released, when it ran out, or when its process on this host is gone. Throws transient `lane.busy`. */
  acquire(lanes: readonly string[], owner: Owner, ttlMs: number): Promise<readonly Lease[]>;
  /** Throws `lane.lost` when any of them is no longer ours. */
  renew(leases: readonly Lease[], ttlMs: number): Promise<void>;
  release(leases: readonly Lease[]): Promise<void>;
  leases(): Promise<readonly (Lease & { readonly expiresAt: string; readonly live: boolean })[]>;

  bookmark(lane: string): Promise<Bookmark | undefined>;
  bookmarks(): Promise<readonly Bookmark[]>;
  /**
   * Moves the bookmark by compare-and-set.
   * Throws `lane.lost` when the lease's epoch is no longer the lane's, `bookmark.moved` when the revision is not `from`.
   */
  advance(move: {
    readonly lease: Lease;
    /** The revision that is replaced; 0 where there is no bookmark yet. */
    readonly from: number;
    readonly checkpoint: Json;
    readonly loadId: string | null;
    readonly done: boolean;
  }): Promise<Bookmark>;
  /**
   * By hand, for the operator; audited. Refused while a live lease holds the lane. It names no load, so that the engine takes
   * its word over the warehouse's ledger; a null checkpoint means: read from the beginning.
   */
  setBookmark(lane: string, checkpoint: Json, by: string): Promise<void>;

  columnNames(): Promise<readonly ColumnName[]>;
  /** Pins names that are new; one that was pinned meanwhile by another process wins and is returned. */
  pinColumns(names: readonly ColumnName[]): Promise<readonly ColumnName[]>;

  startRun(run: Omit<RunRecord, 'endedAt' | 'streams' | 'labels' | 'costUsd' | 'error'>): Promise<void>;
  saveStream(runId: string, report: StreamReport): Promise<void>;
  endRun(runId: string, end: Pick<RunRecord, 'status' | 'labels' | 'costUsd' | 'error'>): Promise<void>;
  /** Newest first. A run whose process is gone is shown as `interrupted`. */
  runs(query?: { readonly pipeline?: string; readonly limit?: number }): Promise<readonly RunRecord[]>;
  run(runId: string): Promise<RunRecord | undefined>;
  addEvents(events: readonly RunEvent[]): Promise<void>;
  events(runId: string): Promise<readonly RunEvent[]>;

  /** Kept before the load that leaves them out is committed; the same row of the same lane is kept once. */
  addRejects(runId: string, rejects: readonly Reject[]): Promise<void>;
  rejects(query?: {
    readonly lane?: string;
    readonly table?: string;
    readonly pending?: boolean;
    readonly limit?: number;
  }): Promise<readonly StoredReject[]>;
  reject(rejectId: string): Promise<StoredReject | undefined>;
  markReplayed(rejectIds: readonly string[]): Promise<void>;

  cachedLabels(keys: readonly string[]): Promise<ReadonlyMap<string, CachedLabel>>;
  cacheLabels(labels: ReadonlyMap<string, CachedLabel>): Promise<void>;

  /**
   * Sets money aside, unless the cap of this UTC day would be passed: what is spent and what is reserved both count, of all
   * providers together against `capUsd`, of this provider against `providerCapUsd`.
   */
  reserve(request: {
    readonly day: string;
    readonly provider: string;
    readonly usd: number;
    readonly capUsd: number;
    readonly providerCapUsd?: number;
    readonly runId: string;
    readonly expected?: Expected;
  }): Promise<Reserved>;
  /** The true cost in place of the estimate. */
  settle(
    reservation: Reservation,
    actual: { readonly usd: number; readonly tokensIn: number; readonly tokensOut: number },
  ): Promise<void>;
  spend(day: string): Promise<{ readonly spentUsd: number; readonly reservedUsd: number }>;
  /** The newest settled requests to a model of which it is known what they were expected to cost, newest first. */
  pastUsage(query: {
    readonly provider: string;
    readonly model: string;
    readonly limit: number;
  }): Promise<readonly PastUsage[]>;

  /** Before the provider hears of it, in one transaction: the batch, and the texts that are under way from now on. */
  writeBatch(
    batch: Omit<BatchIntent, 'batchId' | 'createdAt'>,
    packs: ReadonlyMap<string, readonly BatchText[]>,
  ): Promise<void>;
  /** Once the provider has it: under which id. */
  noteBatch(intent: string, batchId: string): Promise<void>;
  /** Those of a pipeline that are not ended, oldest first. */
  openBatches(pipeline: string): Promise<readonly BatchIntent[]>;
  batchPacks(intent: string): Promise<ReadonlyMap<string, readonly BatchText[]>>;
  /** It and its texts are forgotten; those without a label wait again. Safe to repeat. */
  endBatch(intent: string): Promise<void>;
  /** Which of these texts are under way in a batch of any pipeline, with this prompt. */
  underWay(hashes: readonly string[], promptVersion: string): Promise<ReadonlySet<string>>;

  /** Keeps a word under a name; true where it is another than was kept before, so that of many who say the same one is the first. */
  remember(name: string, value: string): Promise<boolean>;
  remembered(name: string): Promise<string | undefined>;

  readonly secrets: SecretStore;
  audit(entry: {
    readonly by: string;
    readonly action: string;
    readonly subject: string;
    readonly detail: LogFields;
  }): Promise<void>;
  /** Every table as JSON lines, secrets left out; `importAll` puts them into an empty state. */
  exportAll(): AsyncIterable<string>;
  importAll(lines: AsyncIterable<string>): Promise<number>;
  close(): Promise<void>;
}
