// A run of `pipeline enrich` that is killed while a batch is handed over or collected: no text is paid for twice, none is forgotten.

import { expect, onTestFinished, test, vi } from 'vitest';
import { FAILPOINTS } from '../../core/failpoint.ts';
import type { Variables } from './command.ts';
import { openPlace, type Place } from './place.ts';

// Each starts the real command four times.
vi.setConfig({ testTimeout: 240_000 });

/** Longer than a batch is worked on, and than a batch that was handed over may stay unlisted. */
const LATER_MS = 20 * 60_000;
const POINTS = FAILPOINTS.filter((point) => point.startsWith('batch.'));
/** Where a batch is handed over; the others are passed when it is collected. */
const HANDS_OVER = new Set<string>(['batch.reserved', 'batch.written', 'batch.submitted', 'batch.noted']);

function enrich(place: Place, more: Variables = {}, ...flags: readonly string[]) {
  return place.start(['enrich', 'zendesk', '--json', ...flags], more).ended;
}

function pass(place: Place, ms: number): void {
  place.vendor.clock.advance(ms);
  place.model.clock.advance(ms);
}

async function statuses(place: Place): Promise<readonly unknown[]> {
  const sql = "select distinct label_status as s from voc_feedback where label_status <> 'no_text'";
  return place.open(async (sink) => (await sink.query(sql)).rows.map(({ s }) => s));
}

test.each(POINTS)('killed at %s, every text gets its label, and none is paid for twice', async (point) => {
  const place = await openPlace({ engine: 'postgres', account: { tickets: 20, users: 10 } });
  onTestFinished(() => place.close());
  expect((await place.run(['run', 'zendesk', '--json', '--no-labels'])).code).toBe(0);
  const dies = { PIPELINE_FAILPOINT: `${point}@1` };
  if (HANDS_OVER.has(point)) {
    expect((await enrich(place, dies, '--batch')).signal).toBe('SIGKILL');
    pass(place, LATER_MS);
  } else {
    expect((await enrich(place, {}, '--batch')).code).toBe(0);
    pass(place, LATER_MS);
    expect((await enrich(place, dies)).signal).toBe('SIGKILL');
  }
  expect((await enrich(place)).code).toBe(0);
  expect(await statuses(place)).toEqual(['labelled']);
  expect(place.paidTwice()).toEqual([]);
});
