// One account, one model, one warehouse and one state for crash tests, and the command that works on them.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bookmark, Sink, State } from '../../core/types.ts';
import type { Fault } from '../../sandbox/faults.ts';
import type { ItemCount } from '../../sandbox/openai/ledger.ts';
import { type OpenAISandbox, startOpenAI } from '../../sandbox/openai.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import type { ZendeskOptions, ZendeskSandbox } from '../../sandbox/zendesk.ts';
import { openSink } from '../../sinks/index.ts';
import { openState } from '../../state/index.ts';
import { CANARIES } from '../../transforms/sentiment/canaries.ts';
import { type Account, zendeskAccount } from '../accounts.ts';
import { createDatabase } from '../postgres.ts';
import {
  type Command,
  type Ended,
  type RunResult,
  resultOf,
  startCommand,
  type Variables,
} from './command.ts';
import { labelDifferences } from './oracle.ts';

/** Both the warehouse and the state: a DuckDB file with the embedded state, or PostgreSQL for both. */
export type Engine = 'duckdb' | 'postgres';

export interface PlaceOptions {
  readonly engine: Engine;
  /** For `postgres` outside vitest: the server to make a database on. */
  readonly serverUrl?: string;
  /** A home with a prepared state, which is copied; without it the first run makes its own. */
  readonly template?: string;
}

export interface Place<S extends Sandbox = ZendeskSandbox> {
  readonly vendor: S;
  readonly account: Account<S>;
  readonly model: OpenAISandbox;
  readonly home: string;
  /** The settings of the command; add to them with `start`. */
  readonly env: Variables;
  /** Starts `pipeline run <source> --json`, or other arguments, with more settings. */
  start(args?: readonly string[], more?: Variables): Command;
  /** The same, to its end. */
  run(args?: readonly string[], more?: Variables): Promise<Ended & { readonly result: RunResult }>;
  /** Opens the warehouse and the state while no command is running. */
  open<T>(work: (sink: Sink, state: State) => Promise<T>): Promise<T>;
  bookmarks(): Promise<readonly Bookmark[]>;
  /** Compares with the truth: for after a run that ended `succeeded`, with its labels. */
  differences(): Promise<readonly string[]>;
  /** What must hold right after a kill. It looks at a copy of files, so that the next command finds what the kill left. */
  brokenPromises(): Promise<readonly string[]>;
  /** The customers' texts that the model was paid for more than once, with how often. */
  paidTwice(): readonly ItemCount[];
  close(): Promise<void>;
}

/** The stand-in refuses large pages as too slow, so that even a small account is read in many pages. */
export const SMALL_PAGES: readonly Fault[] = [
  ...tooSlow('incremental/tickets/cursor', [1000, 500, 250, 125, 62]),
  ...tooSlow('incremental/users/cursor', [1000, 500, 250, 125, 62, 31]),
  ...tooSlow('incremental/organizations', [1000, 500, 250, 125, 62, 31]),
  ...tooSlow('incremental/ticket_events', [1000, 500, 250]),
];

function tooSlow(path: string, sizes: readonly number[]): readonly Fault[] {
  return sizes.map((size) => ({
    kind: 'status',
    status: 504,
    path: `${path}*per_page=${size}`,
    count: 'always',
  }));
}

/** Our own texts go out as often as chance wants; no customer is billed for them. */
const CANARY_HASHES = new Set(CANARIES.map(({ text }) => createHash('sha256').update(text).digest('hex')));

export const RUN = ['run', 'zendesk', '--json'] as const;
/** Moves the clock of the command as far ahead as the vendor's. */
const SAME_CLOCK = fileURLToPath(new URL('same-clock.mjs', import.meta.url));

/** A place with an account of Zendesk, of this size and with these habits. */
export async function openPlace(
  options: PlaceOptions & { readonly account?: ZendeskOptions },
): Promise<Place> {
  const account = await zendeskAccount({
    tickets: 120,
    users: 50,
    organizations: 30,
    faults: SMALL_PAGES,
    ...options.account,
  });
  return openPlaceOf(account, options);
}

/** A place with this account, which is closed with it. */
export async function openPlaceOf<S extends Sandbox>(
  account: Account<S>,
  options: PlaceOptions,
): Promise<Place<S>> {
  const { engine, template } = options;
  const vendor = account.sandbox;
  const cwd = await mkdtemp(join(tmpdir(), 'pipeline-crash-'));
  const home = join(cwd, 'home');
  if (template !== undefined && engine === 'duckdb') await cp(template, home, { recursive: true });
  const url = engine === 'postgres' ? await createDatabase(options.serverUrl) : undefined;
  const model = await startOpenAI();
  const env: Variables = {
    PIPELINE_HOME: home,
    PIPELINE_LOAD_ROWS: '50',
    PIPELINE_LEASE_SECONDS: '5',
    PIPELINE_ALLOW_PRIVATE_HOSTS: '127.0.0.1',
    LLM_MODEL: 'gpt-4o-mini',
    LLM_DAILY_BUDGET_USD: '1000',
    OPENAI_BASE_URL: model.baseUrl,
    OPENAI_API_KEY: model.apiKey,
    ...(account.settings() as Variables),
    ...(url === undefined ? {} : { WAREHOUSE_URL: url, STATE_URL: url }),
  };

  const start: Place['start'] = (args = ['run', account.name, '--json'], more = {}) => {
    const aheadMs = vendor.clock.now().getTime() - Date.now();
    const moved = aheadMs < 1000 ? {} : { NODE_OPTIONS: `--import=${SAME_CLOCK}`, AHEAD_MS: String(aheadMs) };
    return startCommand(args, { cwd, env: { ...env, ...moved, ...more } });
  };

  /** A place of our own is opened as it is; to look only, the embedded state would make one more copy of itself. */
  async function openAt<T>(
    from: string,
    work: (sink: Sink, state: State) => Promise<T>,
    readOnly = true,
  ): Promise<T> {
    const sink = await openSink(url ?? `duckdb:${join(from, 'warehouse.duckdb')}`, { home: from });
    const state = await openState({ home: from, readOnly, ...(url === undefined ? {} : { url }) });
    try {
      return await work(sink, state);
    } finally {
      await sink.close();
      await state.close();
    }
  }

  const open: Place['open'] = (work) => openAt(home, work);

  return {
    vendor,
    account,
    model,
    home,
    env,
    start,
    async run(args, more) {
      const ended = await start(args, more).ended;
      return { ...ended, result: resultOf(ended) };
    },
    open,
    bookmarks: () => open((_sink, state) => state.bookmarks()),
    differences: () =>
      open(async (sink) => [...(await account.differences(sink)), ...(await labelDifferences(sink))]),
    async brokenPromises() {
      const look = async (sink: Sink, state: State, isThere: boolean): Promise<readonly string[]> => {
        const bookmarks = await state.bookmarks();
        if (isThere) return account.brokenPromises(sink, bookmarks);
        return bookmarks.map(
          ({ lane }) => `the bookmark of ${lane} is ahead of a warehouse that does not exist`,
        );
      };
      if (engine === 'postgres') return open((sink, state) => look(sink, state, true));
      const copy = await mkdtemp(join(tmpdir(), 'pipeline-crash-look-'));
      try {
        await cp(home, copy, { recursive: true, force: true }).catch((thrown: NodeJS.ErrnoException) => {
          // Killed before it made anything.
          if (thrown.code !== 'ENOENT') throw thrown;
        });
        const isThere = existsSync(join(copy, 'warehouse.duckdb'));
        // Where the kill came before there was a state, there is nothing to open, and nothing is made.
        const readOnly = !existsSync(join(copy, 'state'));
        return await openAt(copy, (sink, state) => look(sink, state, isThere), readOnly);
      } finally {
        await rm(copy, { recursive: true, force: true });
      }
    },
    paidTwice: () => model.items().paidTwice.filter(({ hash }) => !CANARY_HASHES.has(hash)),
    async close() {
      await vendor.close();
      await model.close();
      await rm(cwd, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}
