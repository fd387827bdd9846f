// Every verb with its options and examples; the code behind a verb is loaded only when it is called.

/** What a verb does: its arguments in order, its options by name; resolves with the exit code, 0 when undefined. */
export type Action = (
  args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
) => Promise<number | undefined>;

export interface Verb {
  readonly usage: string;
  readonly does: string;
  readonly options?: readonly (readonly [flags: string, text: string])[];
  readonly examples: readonly string[];
  readonly verbs?: readonly Verb[];
  readonly load?: () => Promise<Action>;
}

const TO: readonly [string, string] = [
  '--to <url>',
  'the warehouse, instead of WAREHOUSE_URL: duckdb:./path or postgres://…',
];
const STREAMS: readonly [string, string] = [
  '--streams <names>',
  'only these streams, with commas between them',
];

export const VERBS: readonly Verb[] = [
  {
    usage: 'demo',
    does: 'the whole way on stand-in vendors, then what an analyst would ask for; needs no account, no key, no network',
    options: [['--tickets <n>', 'how many tickets the stand-in starts with (default 600)']],
    examples: ['pipeline demo'],
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    usage: 'check [pipelines...]',
    does: 'prove settings, credentials, warehouse and state; writes nothing',
    options: [TO],
    examples: ['pipeline check', 'pipeline check zendesk --to postgres://me@localhost/voc'],
    load: async () => (await import('./check.ts')).check,
  },
  {
    usage: 'discover <pipeline>',
    does: 'the streams of a pipeline with their tables and columns, custom fields included; writes nothing',
    options: [STREAMS],
    examples: ['pipeline discover zendesk', 'pipeline discover zendesk --streams tickets --json'],
    load: async () => (await import('./discover.ts')).discover,
  },
  {
    usage: 'preview <pipeline> <stream>',
    does: 'a few records as they would be loaded; writes nothing',
    options: [
      ['--since <date>', 'from this day or instant on, in UTC'],
      ['--rows <n>', 'how many (default 5)'],
    ],
    examples: [
      'pipeline preview zendesk tickets',
      'pipeline preview zendesk tickets --since 2026-11-01 --rows 3 --json',
    ],
    load: async () => (await import('./preview.ts')).preview,
  },
  {
    usage: 'run [pipelines...]',
    does: 'pull what is new, transform, load and label',
    options: [
      ['--all', 'every pipeline in pipelines/'],
      ['--parallel <n>', 'how many pipelines run side by side, from 1 to 4 (default 3)'],
      STREAMS,
      [
        '--since <date>',
        'a backfill from this day or instant on, in UTC; the nightly bookmark stays as it is',
      ],
      ['--until <date>', 'the end of the backfill, not included'],
      TO,
      ['--dry-run', 'read everything and count, write nothing anywhere'],
      ['--no-labels', 'load only; `pipeline enrich` labels later'],
    ],
    examples: [
      'pipeline run zendesk',
      'pipeline run zendesk --since 2026-01-01',
      'pipeline run zendesk --since 2026-01-01 --until 2026-02-01 --streams tickets,ticket_events',
      'pipeline run --all --json',
    ],
    load: async () => (await import('./run.ts')).run,
  },
  {
    usage: 'status',
    does: 'how each stream stands: last run, bookmark, what waits',
    examples: ['pipeline status', 'pipeline status --json'],
    load: async () => (await import('./status.ts')).status,
  },
  {
    usage: 'runs [pipeline]',
    does: 'the last runs, newest first',
    options: [['--limit <n>', 'how many (default 20)']],
    examples: ['pipeline runs', 'pipeline runs zendesk --limit 5 --json'],
    load: async () => (await import('./runs.ts')).runs,
  },
  {
    usage: 'logs [run]',
    does: 'what happened in a run, in order; `last` is the newest run',
    examples: ['pipeline logs last'],
    load: async () => (await import('./runs.ts')).logs,
  },
  {
    usage: 'explain [run]',
    does: 'why a run ended as it did, in plain words, and what to do next; `last` is the newest run',
    examples: ['pipeline explain last'],
    load: async () => (await import('./explain.ts')).explain,
  },
  {
    usage: 'state',
    does: 'look at the bookmarks and repair them by hand, safely',
    examples: ['pipeline state show', 'pipeline state reset zendesk/tickets --yes'],
    verbs: [
      {
        usage: 'show [lane]',
        does: 'the bookmarks, or one of them',
        examples: ['pipeline state show', 'pipeline state show zendesk/tickets --json'],
        load: async () => (await import('./state.ts')).show,
      },
      {
        usage: 'set <lane> <checkpoint>',
        does: 'move a bookmark by hand; the checkpoint is JSON as `state show` prints it',
        options: [['--yes', 'do not ask']],
        examples: [`pipeline state set zendesk/tickets '{"cursor":"MTcw…"}' --yes`],
        load: async () => (await import('./state.ts')).set,
      },
      {
        usage: 'reset <lane>',
        does: 'read a lane from the beginning at its next run; rows stay and are updated',
        options: [['--yes', 'do not ask']],
        examples: ['pipeline state reset zendesk/tickets --yes'],
        load: async () => (await import('./state.ts')).reset,
      },
      {
        usage: 'export',
        does: 'the whole state as JSON lines, secrets left out',
        examples: ['pipeline state export > state.jsonl'],
        load: async () => (await import('./state.ts')).exportState,
      },
      {
        usage: 'import <file>',
        does: 'fill an empty state from an export',
        examples: ['pipeline state import state.jsonl'],
        load: async () => (await import('./state.ts')).importState,
      },
      {
        usage: 'recover',
        does: "bookmarks from the warehouse's own ledger, where the state was lost or is older",
        options: [TO],
        examples: ['pipeline state recover'],
        load: async () => (await import('./state.ts')).recover,
      },
    ],
  },
  {
    usage: 'rejects',
    does: 'the records that were set aside, and why',
    examples: ['pipeline rejects list', 'pipeline rejects replay --all'],
    verbs: [
      {
        usage: 'list [pipeline]',
        does: 'what was set aside and still waits',
        options: [
          ['--all', 'also what was replayed'],
          ['--limit <n>', 'how many (default 50)'],
        ],
        examples: ['pipeline rejects list zendesk --json'],
        load: async () => (await import('./rejects.ts')).list,
      },
      {
        usage: 'show <id>',
        does: 'one rejected record as it came; it may hold personal data',
        examples: ['pipeline rejects show rej_…'],
        load: async () => (await import('./rejects.ts')).show,
      },
      {
        usage: 'replay [ids...]',
        does: 'try to load them again, after the cause was mended',
        options: [['--all', 'all that wait'], TO],
        examples: ['pipeline rejects replay --all'],
        load: async () => (await import('./rejects.ts')).replay,
      },
    ],
  },
  {
    usage: 'enrich [pipelines...]',
    does: 'label what still waits for a label, within the daily budget',
    options: [
      ['--estimate', 'what it would cost, by provider; sends nothing'],
      ['--stale', 'also label anew what an older prompt or the offline model labelled'],
      ['--budget <usd>', 'at most this much in this run'],
      [
        '--cascade <share>',
        'offline first; only this share, the least sure, goes to a provider: 0.4 (default: everything does)',
      ],
      [
        '--batch',
        'for less, answered within a day and taken by a later run; live where a provider has no batches',
      ],
      TO,
    ],
    examples: [
      'pipeline enrich',
      'pipeline enrich --estimate',
      'pipeline enrich --cascade 0.4',
      'pipeline enrich --stale --batch --budget 2.50',
    ],
    load: async () => (await import('./enrich.ts')).enrich,
  },
  {
    usage: 'eval <file>',
    does: 'how right the labels are, on texts that people labelled (CSV, TSV or JSON lines); writes nothing',
    options: [
      [
        '--model <model>',
        'offline (default), provider, the name of one provider, or cascade: offline first, the least sure go to a provider',
      ],
      ['--cascade <share>', 'the share that goes to the provider (default 0.4)'],
      ['--budget <usd>', 'at most this much; what may cost more is not begun (default 1)'],
      ['--text <column>', 'the column of the texts (default text)'],
      ['--label <column>', 'the column of the labels, in English or Arabic (default label)'],
      ['--language <column>', 'figures by language (default language, where there is one)'],
      ['--dialect <column>', 'figures by dialect (default dialect, where there is one)'],
    ],
    examples: [
      'pipeline eval gold.csv',
      'pipeline eval gold.jsonl --model provider --budget 2.50 --json',
      'pipeline eval gold.csv --model cascade --cascade 0.4',
    ],
    load: async () => (await import('./eval.ts')).evaluate,
  },
  {
    usage: 'query <sql>',
    does: 'a read-only question to the warehouse',
    options: [
      ['--rows <n>', 'at most this many rows (default 1000)'],
      ['--format <format>', 'table, csv or json'],
      [
        '--shape',
        'join Arabic letters and turn them round, for a terminal that shows them apart and from left to right; vowel signs are left out, and copied text is no longer searchable',
      ],
      TO,
    ],
    examples: [
      'pipeline query "select language, label, count(*) from voc_feedback group by 1, 2 order by 3 desc"',
      'pipeline query "select * from pipeline_freshness" --json',
      'pipeline query "select text from voc_feedback limit 5" --shape',
    ],
    load: async () => (await import('./query.ts')).query,
  },
  {
    usage: 'catalog [table]',
    does: 'the tables and columns in the warehouse with their meaning',
    options: [TO],
    examples: ['pipeline catalog', 'pipeline catalog zendesk_tickets'],
    load: async () => (await import('./catalog.ts')).catalog,
  },
  {
    usage: 'sandbox [vendor]',
    does: 'start a stand-in vendor to develop against; without a name, list them',
    options: [
      ['--port <n>', 'the port to listen on (default: any free one)'],
      ['--seed <n>', 'another history (default 1)'],
      ['--tickets <n>', 'how many tickets it starts with (default 400)'],
    ],
    examples: ['pipeline sandbox', 'pipeline sandbox zendesk --port 8088'],
    load: async () => (await import('./sandbox.ts')).sandbox,
  },
];
