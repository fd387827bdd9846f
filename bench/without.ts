// `pipeline run zendesk --streams tickets` without a part, which costs the difference.

import { setFlagsFromString } from 'node:v8';
import { withSession } from '../cli/session.ts';
import { runPipeline } from '../core/engine.ts';
import type { Field, Json, Row, Stream, Transform } from '../core/types.ts';
import zendesk from '../pipelines/zendesk.ts';
import { readName, readOptions } from './usage.ts';

// As bin/pipeline.js has it: what it costs to keep the heap small is no cost of the part that is left out.
setFlagsFromString('--heap-growing-percent=30');

const PARTS = ['words', 'transforms', 'making'] as const;
const asked = readOptions(
  { part: { type: 'string', default: '' } },
  `
node bin/start.js bench/without.ts --part words|transforms|making: \`pipeline run zendesk --streams tickets\` without a part

  --part words        no feedback at all
  --part transforms   the words are loaded as they came
  --part making       every column of the transforms is loaded, filled with the words as they came: what storing the columns costs

Where it reads and loads to is in the environment, as for the command.
`,
);
const part = readName('--part', asked.part, PARTS);

function withoutWords({ feedback: _words, ...stream }: Stream): Stream {
  return stream;
}

/** The same columns, and nothing done for them. */
function filling({ name, version, adds }: Transform): Transform {
  const fields = Object.entries(adds);
  return {
    name,
    version,
    adds,
    apply: (rows) =>
      rows.map((row) => {
        const whole: { [column: string]: Json | undefined } = { ...row };
        for (const [column, field] of fields) whole[column] = filled(row, field);
        return whole;
      }),
  };
}

/** As long as what stands there else: a text, or a hash. */
function filled(row: Row, { type, pii }: Field): Json {
  if (type !== 'string') return type === 'boolean' ? false : 0;
  return (pii === 'free_text' ? row['text_original'] : row['feedback_id']) ?? null;
}

await withSession({}, async (session) => {
  const { source, transforms } = zendesk;
  const record = await runPipeline({
    pipeline: {
      ...zendesk,
      source: part === 'words' ? { ...source, streams: source.streams.map(withoutWords) } : source,
      transforms: part === 'making' ? transforms.map(filling) : [],
    },
    io: session.io,
    state: await session.state(),
    sink: await session.sink(),
    owner: session.owner(),
    signal: session.signal,
    leaseTtlMs: session.settings.leaseTtlMs,
    labels: false,
    streams: ['tickets'],
  });
  if (record.status !== 'succeeded') throw new Error(`the run ended as ${record.status}`);
});
