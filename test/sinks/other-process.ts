// Another process beside the tests: one that holds a DuckDB file open, or one that loads and is killed at a failpoint.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

function run(code: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
}

/** Opens the file for writing; resolves with how that went. A process that has it holds it until `end`. */
export async function holdFile(
  path: string,
): Promise<{ readonly pid: number; readonly opened: boolean; end(): Promise<void> }> {
  const child = run(
    `import { DuckDBInstance } from '@duckdb/node-api';
     try { globalThis.held = await DuckDBInstance.create(process.argv[1]); console.log('opened'); setInterval(() => {}, 1e6); }
     catch { console.log('refused'); }`,
    [path],
  );
  const exited = once(child, 'exit');
  if (child.stdout === null) throw new Error('The child has no output.');
  const [line] = await once(createInterface(child.stdout), 'line');
  return {
    pid: child.pid ?? 0,
    opened: line === 'opened',
    end: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Loads two notes with the sink of this URL and dies at the failpoint; resolves with the signal that ended it. */
export async function loadAndDie(url: string, failpoint: string): Promise<string | null> {
  const child = run(
    `const { openSink } = await import(process.argv[2]);
     const { loadNotes } = await import(process.argv[3]);
     const sink = await openSink(process.argv[1], { home: '.' });
     await loadNotes(sink, [{ id: '1', text: 'new' }, { id: '2', text: 'new' }], { loadId: 'load_2' });
     console.log('survived');`,
    [
      url,
      new URL('../../sinks/index.ts', import.meta.url).href,
      new URL('./one-table.ts', import.meta.url).href,
    ],
    { PIPELINE_FAILPOINT: failpoint },
  );
  const [, signal] = await once(child, 'exit');
  return typeof signal === 'string' ? signal : null;
}
