// Runs the real command as a process of its own, with nothing of this process's environment but what it is given.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  signal(signal: NodeJS.Signals): void;
}

/** What `run --json` prints, as far as the tests look at it. */
export interface RunResult {
  readonly runId: string | null;
  readonly status: string;
  readonly pipelines: readonly {
    readonly error: { readonly code: string; readonly message: string } | null;
    readonly streams: readonly {
      readonly stream: string;
      readonly status: string;
      readonly read: number;
      readonly loaded: number;
      readonly error: { readonly code: string; readonly message: string } | null;
    }[];
  }[];
  readonly labels: { readonly [status: string]: number };
  readonly costUsd: number;
}

export type Variables = { readonly [name: string]: string };

const PROGRAM = fileURLToPath(new URL('../../bin/pipeline.js', import.meta.url));

/** Starts `pipeline <args>` in `cwd`. The environment is `env` and the path of the shell, nothing else. */
export function startCommand(args: readonly string[], place: { cwd: string; env: Variables }): Command {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd: place.cwd,
    env: { PATH: process.env['PATH'], ...place.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { pid: child.pid ?? 0, ended, signal: (signal) => void child.kill(signal) };
}

/** The last line of standard output, which `--json` promises to be the result. Throws with everything that was printed when it is none. */
export function resultOf({ code, signal, stdout, stderr }: Ended): RunResult {
  const line = stdout.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line) as RunResult;
  } catch {
    throw new Error(`the command ended with ${code ?? signal} and no result; it said:\n${stdout}\n${stderr}`);
  }
}
