// Starts the stand-in of a source in a process of its own, so that it takes neither memory nor the event loop of what is measured.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

export interface VendorProcess {
  /** What points the command at it. */
  readonly settings: { readonly [name: string]: string };
  stop(): Promise<void>;
}

/** Resolves when it listens, with an account of so many records of the stream that holds most. */
export async function startVendor(source: string, records: number): Promise<VendorProcess> {
  const args = [join(ROOT, 'bin/start.js'), join(ROOT, 'bench/source-stand-in.ts'), source, String(records)];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] });
  let line = '';
  while (!line.includes('\n')) {
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    line += chunk.toString();
  }
  return {
    settings: JSON.parse(line) as { readonly [name: string]: string },
    async stop() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}
