// Names of lanes: the live lane of a stream, the lane of one backfill window, and the lane of a pipeline's labels.

import type { Window } from './types.ts';

/** The lane of the nightly runs. */
export function liveLane(pipeline: string, stream: string): string {
  return `${pipeline}/${stream}`;
}

/** A lane of its own for one window, so that its bookmark never meets the live one. */
export function backfillLane(pipeline: string, stream: string, window: Window): string {
  return `${liveLane(pipeline, stream)}@${windowName(window)}`;
}

/** The lane that labels the feedback of one pipeline. */
export function labelsLane(pipeline: string): string {
  return `${pipeline}/labels`;
}

/** `2026-01-01..2026-02-01`; an open end stays open: `2026-01-01..`. */
export function windowName(window: Window): string {
  return `${instantName(window.since)}..${instantName(window.until)}`;
}

export function isBackfill(lane: string): boolean {
  return lane.includes('@');
}

function instantName(instant: Date | undefined): string {
  if (instant === undefined) return '';
  const iso = instant.toISOString();
  return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : iso.replace('.000Z', 'Z');
}
