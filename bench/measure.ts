// Runs a program and watches what it costs: time, processor, and the memory of its process and of all processes below it.
// Reads Linux's /proc; elsewhere only time is measured.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Measured {
  readonly seconds: number;
  /** Processor seconds of the process itself, user and system. */
  readonly cpuSeconds: number;
  /** The most that the process itself ever held: VmHWM. */
  readonly peakBytes: number;
  /** The most that the process and all below it held at one time, by the resident sets. */
  readonly treePeakBytes: number;
  /** The last 4,000 characters. */
  readonly stderr: string;
  readonly stdout: string;
}

/** How often /proc is read. The peak of the process itself is kept by the kernel between two readings. */
const POLL_MS = 50;
/** Linux counts processor time in hundredths of a second: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const TICKS_PER_SECOND = 100;

/** Runs `node …args` to its end. A program that fails is an error with what it wrote to standard error. */
export async function measure(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Measured> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid = 0 } = child;
  let stdout = '';
  let stderr = '';
  let cpuSeconds = 0;
  let peakBytes = 0;
  let treePeakBytes = 0;
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-20000)));
  const poll = (): void => {
    cpuSeconds = Math.max(cpuSeconds, cpuOf(pid));
    peakBytes = Math.max(peakBytes, memoryOf(pid, 'VmHWM'));
    const tree = treeOf(pid).reduce((sum, one) => sum + memoryOf(one, 'VmRSS'), 0);
    treePeakBytes = Math.max(treePeakBytes, tree);
  };
  const timer = setInterval(poll, POLL_MS);
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  }).finally(() => clearInterval(timer));
  const seconds = (performance.now() - startedMs) / 1000;
  if (exitCode !== 0) throw new Error(`node ${args.join(' ')} ended with ${exitCode}: ${stderr.trim()}`);
  return { seconds, cpuSeconds, peakBytes, treePeakBytes, stdout, stderr };
}

/** Processor seconds that a server and its processes, ended ones included, have used so far; 0 where it runs elsewhere. */
export function cpuOfServer(pid: number): number {
  return treeOf(pid).reduce((sum, one) => sum + cpuOf(one, true), 0);
}

/** The process above this one; 0 when it is not on this computer. */
export function parentOf(pid: number): number {
  return Number(statOf(pid)[1] ?? 0);
}

/** The process and all below it, by Linux's own list: reading every process of the machine would slow what is measured. */
function treeOf(root: number): readonly number[] {
  const found = [root];
  for (let i = 0; i < found.length; i++) {
    // Processes are started by the first thread, both by Node and by PostgreSQL.
    const children = readText(`/proc/${found[i]}/task/${found[i]}/children`);
    found.push(...children.split(' ').flatMap((pid) => (pid.trim() === '' ? [] : Number(pid))));
  }
  return found;
}

function cpuOf(pid: number, withEndedChildren = false): number {
  const ticks = statOf(pid).slice(11, withEndedChildren ? 15 : 13);
  return ticks.reduce((sum, text) => sum + Number(text), 0) / TICKS_PER_SECOND;
}

/** The fields of /proc/<pid>/stat from the third on, `state`: the second, the name, may hold spaces and brackets. */
function statOf(pid: number): readonly string[] {
  const text = readText(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function memoryOf(pid: number, line: 'VmHWM' | 'VmRSS'): number {
  const found = new RegExp(`^${line}:\\s*(\\d+) kB`, 'm').exec(readText(`/proc/${pid}/status`));
  return Number(found?.[1] ?? 0) * 1024;
}

/** Empty for what is not there: a process may end while it is looked at. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
