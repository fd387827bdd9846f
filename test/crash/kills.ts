// Kills the command with SIGKILL, at a named point or at an instant, and tells what the kill left behind.

import type { Failpoint } from '../../core/failpoint.ts';
import type { Sandbox } from '../../sandbox/server.ts';
import type { Ended, Variables } from './command.ts';
import type { Place } from './place.ts';

/** Kills a run at the nth passing of a point. False when the run ended without passing it; throws when it ended badly. */
export async function killAt(
  place: Place<Sandbox>,
  point: Failpoint,
  nth = 1,
  more: Variables = {},
): Promise<boolean> {
  const ended = await place.start(undefined, { ...more, PIPELINE_FAILPOINT: `${point}@${nth}` }).ended;
  if (ended.signal === 'SIGKILL') return true;
  if (ended.code === 0) return false;
  throw new Error(`the run to be killed at ${point}@${nth} ended ${ended.code}:\n${ended.stderr}`);
}

/** Kills a run after so long; it may have ended before. */
export async function killAfter(place: Place<Sandbox>, ms: number): Promise<Ended> {
  const command = place.start();
  const timer = setTimeout(() => command.signal('SIGKILL'), ms);
  try {
    return await command.ended;
  } finally {
    clearTimeout(timer);
  }
}

/** Runs to the end after kills: it must succeed and leave nothing to complain of. Returns the complaints. */
export async function recover(place: Place<Sandbox>, more: Variables = {}): Promise<readonly string[]> {
  const { code, stdout, stderr } = await place.run(undefined, more);
  if (code !== 0) return [`the run after the kill ended ${code}:\n${stdout}\n${stderr}`];
  return [...(await place.differences()), ...(await place.brokenPromises())];
}
