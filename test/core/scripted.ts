// A connector that says exactly what a test tells it to say: pages in a list, with failures wherever they are wanted.

import type { Connector, Context, Feedback, Json, Page, Row, Stream, Table } from '../../core/types.ts';

export interface Script {
  /** Pages by position; the checkpoint is the position after them. A function runs when its page is asked for. */
  pages: (ScriptedPage | ((context: Context) => ScriptedPage | Promise<ScriptedPage>))[];
  feedback?: boolean;
  neverEmpty?: boolean;
  optional?: boolean;
}

export interface ScriptedPage {
  readonly rows?: readonly Row[];
  readonly gone?: readonly string[];
  readonly expected?: number;
}

export const THINGS: Table = {
  name: 'test_things',
  key: ['id'],
  version: 'version',
  fields: { id: { type: 'string' }, version: { type: 'integer' }, words: { type: 'string' } },
};

export function thing(id: string, version = 1, words = `words of ${id}`): Row {
  return { id, version, words };
}

export function scriptedStream(name: string, script: Script): Stream {
  return {
    name,
    description: 'what a test says',
    deletes: 'tombstones',
    mode: 'incremental',
    ...(script.neverEmpty === undefined ? {} : { neverEmpty: script.neverEmpty }),
    ...(script.optional === undefined ? {} : { optional: script.optional }),
    tables: async () => [{ ...THINGS, name: `test_${name}` }],
    start: ({ since, until }) => ({
      at: 0,
      ...(since ? { since: since.toISOString() } : {}),
      ...(until ? { until: until.toISOString() } : {}),
    }),
    async *read(from: Json, context: Context): AsyncGenerator<Page> {
      const start = from as { readonly at: number };
      for (let at = start.at; at < script.pages.length; at++) {
        const step = script.pages[at];
        if (step === undefined) return;
        const page = typeof step === 'function' ? await step(context) : step;
        yield {
          rows: { [`test_${name}`]: page.rows ?? [] },
          ...(page.gone === undefined
            ? {}
            : {
                deletes: {
                  [`test_${name}`]: page.gone.map((id) => ({
                    key: { id },
                    version: 1_000_000,
                    deletedAt: '2026-01-02T00:00:00.000Z',
                  })),
                },
              }),
          checkpoint: { ...start, at: at + 1 },
          ...(page.expected === undefined ? {} : { expected: page.expected }),
        };
      }
    },
    ...(script.feedback === true ? { feedback: (_table: string, row: Row) => [utterance(name, row)] } : {}),
  };
}

function utterance(stream: string, row: Row): Feedback {
  const id = String(row['id']);
  return {
    source: 'scripted',
    kind: stream,
    nativeId: id,
    recordId: id,
    threadId: id,
    authorRole: 'customer',
    authorId: null,
    customerId: null,
    organizationId: null,
    channel: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: new Date(Date.UTC(2026, 0, 1) + Number(row['version']) * 1000).toISOString(),
    rating: null,
    title: null,
    text: String(row['words']),
  };
}

export function scripted(streams: { readonly [name: string]: Script }): Connector {
  return {
    name: 'scripted',
    title: 'What a test says',
    streams: Object.entries(streams).map(([name, script]) => scriptedStream(name, script)),
    problems: () => [],
    check: async () => ({ ok: true, message: 'always' }),
  };
}
