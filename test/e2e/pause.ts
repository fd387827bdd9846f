// Pauses the command where it would be killed: at a named point it stops as a frozen machine does, and later goes on.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import type { Failpoint } from '../../core/failpoint.ts';
import type { Command, Variables } from '../crash/command.ts';

/** Loaded before the program: its kill-points then stop the process instead of ending it. */
const PRELOAD = `const kill = process.kill;
process.kill = (pid, signal) => kill.call(process, pid, signal === 'SIGKILL' ? 'SIGSTOP' : signal);`;

/** Settings with which a command stops at the nth passing of a point. */
export function pausingAt(point: Failpoint, nth = 1): Variables {
  return {
    PIPELINE_FAILPOINT: `${point}@${nth}`,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(PRELOAD)}`,
  };
}

/** Resolves when the process is stopped, by ps(1). */
export async function stopped(command: Command): Promise<void> {
  const ended = command.ended.then(({ code, stdout, stderr }) => {
    throw new Error(`the command was to stop and ended ${code}:\n${stdout}\n${stderr}`);
  });
  const asleep = vi.waitFor(
    async () => {
      const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(command.pid)]);
      if (!stdout.trim().startsWith('T')) throw new Error(`process ${command.pid} is not stopped: ${stdout}`);
    },
    { timeout: 50_000, interval: 50 },
  );
  await Promise.race([asleep, ended]);
}
