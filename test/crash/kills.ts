// Kills the command with SIGKILL, at a named point or at an instant, and tells what the kill left behind.

import type { Failpoint } from '../../core/failpoint.ts';
import type { ChangeWish } from '../../sandbox/zendesk/world.ts';
import type { Ended, Variables } from './command.ts';
import { type Place, RUN } from './place.ts';

/** So much happens to the account before each run that every stream, and the model, has work to do. */
export const BUSY: ChangeWish = {
  tickets: 4,
  newTickets: 3,
  silent: 1,
  deletes: 1,
  ratings: 1,
  users: 2,
  organizations: 1,
  burst: 3,
};

/** Kills a run at the nth passing of a point. Throws when the run never got there. */
export async function killAt(place: Place, point: Failpoint, nth = 1, more: Variables = {}): Promise<void> {
  const ended = await place.start(RUN, { ...more, PIPELINE_FAILPOINT: `${point}@${nth}` }).ended;
  if (ended.signal !== 'SIGKILL') {
    throw new Error(
      `the run never passed ${point} for the ${nth}. time; it ended ${ended.code}:\n${ended.stderr}`,
    );
  }
}

/** Kills a run after so long; it may have ended before. */
export async function killAfter(place: Place, ms: number): Promise<Ended> {
  const command = place.start();
  const timer = setTimeout(() => command.signal('SIGKILL'), ms);
  try {
    return await command.ended;
  } finally {
    clearTimeout(timer);
  }
}

/** Runs to the end after kills: it must succeed and leave nothing to complain of. Returns the complaints. */
export async function recover(place: Place, more: Variables = {}): Promise<readonly string[]> {
  const { code, stdout, stderr } = await place.run(RUN, more);
  if (code !== 0) return [`the run after the kill ended ${code}:\n${stdout}\n${stderr}`];
  return [...(await place.differences()), ...(await place.brokenPromises())];
}
