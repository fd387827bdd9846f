// Loads rows that are at hand in one go: for what the engine itself has to say, such as labels and freshness.

import type { Batch, Json, LoadStart, Sink } from './types.ts';

/** Stages the batches and commits them in one load; where either fails, nothing stays behind. */
export async function loadOnce(
  sink: Sink,
  start: LoadStart,
  batches: readonly Batch[],
  checkpoint: Json,
): Promise<void> {
  const load = await sink.begin(start);
  try {
    for (const batch of batches) await load.write(batch);
    await load.commit(checkpoint);
  } catch (thrown) {
    await load.abort();
    throw thrown;
  }
}
