// `pipeline run zendesk --streams tickets` without feedback and without its text columns: what reading the words costs is the difference.

import { withSession } from '../cli/session.ts';
import { runPipeline } from '../core/engine.ts';
import zendesk from '../pipelines/zendesk.ts';

await withSession({}, async (session) => {
  const streams = zendesk.source.streams.map(({ feedback: _words, ...stream }) => stream);
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
