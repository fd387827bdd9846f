// Named points at which a test may kill the process with SIGKILL, to prove that a crash there loses nothing.

/** Every kill-point, in the order in which one page passes them; docs/reliability.md says what each one proves. */
export const FAILPOINTS = [
  'lane.acquired',
  'secret.received',
  'secret.stored',
  'page.received',
  'page.transformed',
  'load.began',
  'load.widening',
  'load.staged',
  'load.before-merge',
  'load.merged',
  'load.before-commit',
  'load.committed',
  'bookmark.before-move',
  'bookmark.moved',
  'run.before-release',
  'label.reserved',
  'label.answered',
  'label.cached',
  'label.settled',
  'batch.reserved',
  'batch.written',
  'batch.submitted',
  'batch.noted',
  'batch.collected',
  'batch.cached',
  'batch.settled',
  'batch.ended',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

const [armed, count] = (process.env['PIPELINE_FAILPOINT'] ?? '').split('@');
let left = Number(count ?? 1);

/** Kills this process here when `PIPELINE_FAILPOINT` is this name; `name@3` kills at the third passing. Nothing otherwise. */
export function failpoint(name: Failpoint): void {
  if (name === armed && --left === 0) process.kill(process.pid, 'SIGKILL');
}
