// Which process this is, and whether another one on this machine is gone for certain.

import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Owner } from '../core/types.ts';

export type ProcessIdentity = Pick<Owner, 'host' | 'pid' | 'processStartedAt'>;

/**
 * This process as the owner of leases. On Linux `processStartedAt` is the kernel's own start tick, with the process
 * namespace and the boot it counts in: unlike a time of day it never shifts when the clock is set.
 */
export function thisProcess(): ProcessIdentity {
  const ticks = startTicks(process.pid);
  const since = new Date(Date.now() - process.uptime() * 1000).toISOString();
  return {
    host: hostname(),
    pid: process.pid,
    processStartedAt: typeof ticks === 'string' ? `${ticks}@${world()}` : since,
  };
}

/**
 * True only when it is proven: the pid of this host is free, or was given to a process that started at another time.
 * A process of another host, container or boot cannot be seen from here, so nothing is proven of it.
 */
export function isGone(owner: ProcessIdentity): boolean {
  if (!isVisible(owner)) return false;
  const [then, seenFrom] = owner.processStartedAt.split('@');
  if (seenFrom === undefined) return !exists(owner.pid);
  const now = startTicks(owner.pid);
  return now === 'unknown' ? !exists(owner.pid) : now !== then;
}

/** Whether the owner's pid means the same process here as it does to the owner. */
export function isVisible(owner: ProcessIdentity): boolean {
  const [, seenFrom] = owner.processStartedAt.split('@');
  return owner.host === hostname() && (seenFrom === undefined || seenFrom === world());
}

/** The boot and the process namespace: the same pid in two containers is two processes. */
function world(): string {
  try {
    return `${readlinkSync('/proc/self/ns/pid')}/${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`;
  } catch {
    // Without /proc there is one process table a host.
    return '';
  }
}

/** Field 22 of /proc/<pid>/stat (proc(5)): undefined when there is no such process, `unknown` where there is no /proc. */
function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may itself hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isDead = fields[0] === 'Z' || fields[0] === 'X';
    return isDead ? undefined : fields[19];
  } catch {
    return world() === '' ? 'unknown' : undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM says that it lives and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
