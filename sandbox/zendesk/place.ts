// Where an export stands in time: the newest second that it shows, and the cursor that names a place in it.

import type { ChangeLog, Position } from '../change-log.ts';

export interface ExportPlace {
  readonly baseUrl: string;
  readonly log: ChangeLog;
  /** Unix seconds of the vendor's clock. */
  readonly now: number;
  /** How long a change stays out of the exports. */
  readonly settleSeconds: number;
}

/** The newest second that exports show. */
export function horizon(place: Pick<ExportPlace, 'now' | 'settleSeconds'>): number {
  return place.now - place.settleSeconds;
}

/**
 * "1707271741.0||4045|" in base64: the second and the id of the last record of the page. `turn` tells cursors of the same place
 * apart, where a page moved nowhere.
 */
export function writeCursor(position: Position, turn = 0): string {
  return Buffer.from(`${position.at}.${turn}||${position.id}|`).toString('base64');
}

/** Undefined where the text is no cursor of ours. */
export function readCursor(cursor: string): (Position & { readonly turn: number }) | undefined {
  const match = /^(\d+)\.(\d+)\|\|(-?\d+)\|$/.exec(Buffer.from(cursor, 'base64').toString('latin1'));
  return match ? { at: Number(match[1]), turn: Number(match[2]), id: Number(match[3]) } : undefined;
}
