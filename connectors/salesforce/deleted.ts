// Asks which records were deleted: also those that left the recycle bin, which no query shows any more.
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getdeleted.htm

import { asPipelineError, PipelineError } from '../../core/errors.ts';
import type { Page, Tombstone } from '../../core/types.ts';
import type { Checkpoint } from './checkpoint.ts';
import { DELETES_PURGED, stuck, TOO_MANY_DELETED, unexpected } from './errors.ts';
import { type Reading, silence } from './reading.ts';
import { asList, asRecord, idOf, instantOf, type VendorRecord } from './records.ts';

const DAY_MS = 86_400_000;
/** The vendor remembers deletions for 15 days, today among them. */
const REMEMBERED_MS = 14 * DAY_MS;
/** The end must lie more than a minute behind the start. */
const SHORTEST_MS = 61_000;

/** Whether a reading left deletions behind: those of the time whose records it read. */
export function areDeletionsDue({ since, deletedSince }: Checkpoint): boolean {
  return deletedSince === undefined || Date.parse(since) - Date.parse(deletedSince) > SHORTEST_MS;
}

/**
 * Yields tombstones of what was deleted before `to`. Returns config `salesforce.deletes_gap` where the vendor no longer tells some,
 * once: the last checkpoint steps over the gap.
 */
export async function* readDeleted(
  reading: Reading,
  checkpoint: Checkpoint,
  to: number,
): AsyncGenerator<Page<Checkpoint>, PipelineError | undefined> {
  const { client, described } = reading;
  const path = `sobjects/${described.object}/deleted`;
  const oldest = client.now().getTime() - REMEMBERED_MS;
  // A first reading asks as far back as it can, and misses nothing there: it may be a reading anew, over rows that are gone since.
  const isFirst = checkpoint.deletedSince === undefined;
  const begin = Date.parse(checkpoint.deletedSince ?? '') || 0;
  let gapUntil = begin < oldest ? oldest : undefined;
  let from = Math.max(begin, oldest);
  let spanMs = REMEMBERED_MS;
  while (to - from > SHORTEST_MS) {
    const end = Math.min(to, from + spanMs);
    let body: VendorRecord;
    try {
      const query = { start: new Date(from).toISOString(), end: new Date(end).toISOString() };
      body = await client.askJson({ path, query, bucket: 'deleted' });
    } catch (thrown) {
      const { code } = asPipelineError(thrown);
      if (code === TOO_MANY_DELETED && spanMs > SHORTEST_MS) {
        spanMs = Math.max(SHORTEST_MS, spanMs / 2);
        continue;
      }
      if (code !== DELETES_PURGED) throw thrown;
      gapUntil = end;
      from = end;
      continue;
    }
    const earliest = Date.parse(instantOf(body['earliestDateAvailable']) ?? '');
    if (earliest > from) gapUntil = Math.min(earliest, end);
    const covered = Date.parse(instantOf(body['latestDateCovered']) ?? '');
    if (Number.isNaN(covered)) throw unexpected(path, 'no latestDateCovered');
    // A long transaction holds the list back; what it deleted comes with the next run.
    if (covered <= from) {
      if (to - from > DAY_MS) throw stuck(path, 'nothing new is covered for a day');
      break;
    }
    from = Math.min(covered, end);
    yield toPage(reading, body, path, { ...checkpoint, deletedSince: new Date(from).toISOString() });
  }
  if (gapUntil === undefined) return undefined;
  const deletedSince = new Date(from).toISOString();
  yield { rows: {}, checkpoint: { ...checkpoint, deletedSince } };
  if (isFirst) return undefined;
  return new PipelineError(
    'config',
    'salesforce.deletes_gap',
    `Salesforce no longer tells which records of ${described.object} were deleted between ${checkpoint.deletedSince ?? ''} and ${new Date(gapUntil).toISOString()}.`,
    {
      hint: 'It remembers deletions for 15 days, fewer where there are very many: run more often. To find rows that are gone, read the object again with `pipeline state reset` and look for rows that the run did not write. This is told once.',
    },
  );
}

function toPage(
  reading: Reading,
  body: VendorRecord,
  path: string,
  checkpoint: Checkpoint,
): Page<Checkpoint> {
  const { described, words, context } = reading;
  const records = asList(body['deletedRecords']);
  if (records === undefined) throw unexpected(path, 'no list of deleted records');
  const gone: Tombstone[] = [];
  const silenced: Tombstone[] = [];
  for (const value of records) {
    const record = asRecord(value);
    const id = idOf(record?.['id']);
    const deletedAt = instantOf(record?.['deletedDate']);
    if (id === undefined || deletedAt === undefined) {
      const reason = 'The deletion has no id or no time.';
      context.reject({
        table: described.table.name,
        row: value,
        code: 'salesforce.unreadable_deletion',
        reason,
      });
      continue;
    }
    // Told by its row already, or by the span before, which ends within the minute in which this one begins.
    if (reading.gone.has(id)) continue;
    reading.gone.add(id);
    gone.push({ key: { id }, version: deletedAt, deletedAt });
    if (words !== undefined) silenced.push(silence(words, id, deletedAt));
  }
  return {
    rows: {},
    deletes: { [described.table.name]: gone, feedback: silenced },
    checkpoint,
    expected: gone.length,
  };
}
