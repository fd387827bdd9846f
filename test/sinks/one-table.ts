// One small table and one load of it, for tests that look at a single engine.

import type { Batch, LoadStart, Receipt, Row, Sink, Table } from '../../core/types.ts';

export const NOTES: Table = {
  name: 'notes',
  description: 'Notes.',
  key: ['id'],
  fields: {
    id: { type: 'string' },
    text: { type: 'string', label: 'ملاحظة', description: 'What was noted.', pii: 'free_text' },
  },
};

export function loadStart(changes: Partial<LoadStart> = {}): LoadStart {
  return {
    loadId: 'load_1',
    runId: 'run_1',
    pipeline: 'p',
    stream: 's',
    lane: 'p/s',
    epoch: 1,
    tables: [NOTES],
    ...changes,
  };
}

export function batch(rows: readonly Row[]): Batch {
  return { table: 'notes', rows, readAt: new Date('2026-01-01T00:00:00Z') };
}

export async function loadNotes(
  sink: Sink,
  rows: readonly Row[],
  changes: Partial<LoadStart> = {},
): Promise<Receipt> {
  const load = await sink.begin(loadStart(changes));
  await load.write(batch(rows));
  return load.commit({ after: rows.length });
}
