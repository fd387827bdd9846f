// Where a lane starts: at its bookmark, at what the warehouse itself remembers, or at the beginning.

import { isBackfill } from './lanes.ts';
import type { Bookmark, Json, LedgerEntry } from './types.ts';

/** Where a lane starts, and why: the operator reads it in the run's record. */
export interface StartingPoint {
  readonly checkpoint: Json;
  readonly revision: number;
  readonly loadId: string | null;
  readonly because: 'bookmark' | 'ledger' | 'beginning' | 'reset' | 'other_warehouse';
}

/**
 * The bookmark counts when it names the newest load that this warehouse knows; else the warehouse's own ledger does, because a
 * bookmark may be older than the warehouse (a crash between commit and bookmark, a restored state), or may speak of another
 * warehouse (`--to`), or of one that was deleted.
 */
export function startingPoint(
  bookmark: Bookmark | undefined,
  ledger: LedgerEntry | undefined,
  lane: string,
  start: () => Json,
): StartingPoint {
  const revision = bookmark?.revision ?? 0;
  if (isBackfill(lane) && (bookmark === undefined || bookmark.done)) {
    return { checkpoint: start(), revision, loadId: null, because: 'beginning' };
  }
  if (bookmark !== undefined && bookmark.checkpoint === null) {
    return { checkpoint: start(), revision, loadId: null, because: 'reset' };
  }
  if (bookmark !== undefined && (bookmark.loadId === null || bookmark.loadId === ledger?.loadId)) {
    return { checkpoint: bookmark.checkpoint, revision, loadId: bookmark.loadId, because: 'bookmark' };
  }
  if (ledger !== undefined) {
    return { checkpoint: ledger.checkpoint, revision, loadId: ledger.loadId, because: 'ledger' };
  }
  const because = bookmark === undefined ? 'beginning' : 'other_warehouse';
  return { checkpoint: start(), revision, loadId: null, because };
}
