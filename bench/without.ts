// `pipeline run zendesk --streams tickets` without a part, which costs the difference: node bin/start.js bench/without.ts words | transforms
//
// Without `words` there is no feedback at all; without `transforms` the words are loaded as they came.

import { setFlagsFromString } from 'node:v8';
import { withSession } from '../cli/session.ts';
import { runPipeline } from '../core/engine.ts';
import zendesk from '../pipelines/zendesk.ts';
import { readName } from './usage.ts';

// As bin/pipeline.js has it: what it costs to keep the heap small is no cost of the part that is left out.
setFlagsFromString('--heap-growing-percent=30');

const withoutWords = readName('The part', process.argv[2] ?? '', ['words', 'transforms']) === 'words';

await withSession({}, async (session) => {
  const streams = withoutWords
    ? zendesk.source.streams.map(({ feedback: _words, ...stream }) => stream)
    : zendesk.source.streams;
  const record = await runPipeline({
    pipeline: { ...zendesk, source: { ...zendesk.source, streams }, transforms: [] },
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
