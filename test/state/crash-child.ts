// A process that writes to an embedded state until it is killed, and says what was acknowledged: one line a bookmark.

import process from 'node:process';
import { openState, thisProcess } from '../../state/index.ts';

const [home] = process.argv.slice(2);
if (home === undefined) throw new Error('Which home?');

const state = await openState({ home });
const owner = { runId: `run-${process.pid}`, ...thisProcess() };
await state.startRun({
  runId: owner.runId,
  pipeline: 'crash',
  lane: 'live',
  status: 'running',
  sink: 'memory',
  startedAt: new Date().toISOString(),
  owner,
});
const [lease] = await state.acquire(['crash/rows'], owner, 60_000);
if (lease === undefined) throw new Error('no lease');
let from = (await state.bookmark(lease.lane))?.revision ?? 0;
process.stdout.write(`epoch ${lease.epoch}\n`);
while (true) {
  await state.addRejects(owner.runId, [
    {
      lane: lease.lane,
      table: 'rows',
      row: { number: from + 1, text: 'نص '.repeat(50) },
      code: 'c',
      reason: 'r',
    },
  ]);
  const { revision } = await state.advance({
    lease,
    from,
    checkpoint: { number: from + 1 },
    loadId: null,
    done: false,
  });
  process.stdout.write(`moved ${revision}\n`);
  from = revision;
}
