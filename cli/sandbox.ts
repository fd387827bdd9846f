// `pipeline sandbox`: starts a stand-in vendor on this machine and says how to point a pipeline at it.

import { once } from 'node:events';
import { PipelineError } from '../core/errors.ts';
import { parseCount } from './arguments.ts';
import { print, printJson } from './output.ts';
import { STAND_INS } from './stand-ins.ts';
import { printTable } from './table.ts';
import type { Action } from './verbs.ts';

export const sandbox: Action = async (args, options) => {
  const vendor = args[0] === undefined ? undefined : String(args[0]);
  if (vendor === undefined) {
    const rows = Object.entries(STAND_INS).map(([name, { description }]) => ({ vendor: name, description }));
    if (options['json'] === true) printJson(rows);
    else await printTable(['vendor', 'description'], rows, { widest: 90 });
    return 0;
  }
  const found = STAND_INS[vendor];
  if (found === undefined) {
    throw new PipelineError('config', 'sandbox.unknown', `There is no stand-in for “${vendor}”.`, {
      hint: `There are: ${Object.keys(STAND_INS).join(', ')}.`,
    });
  }
  const port = parseCount('--port', options['port'], 0, { least: 0, most: 65_535 });
  const seed = parseCount('--seed', options['seed'], 1, { least: 0 });
  const tickets = parseCount('--tickets', options['tickets'], 400, { most: 1_000_000 });
  const server = await found.start({ port, seed, tickets }).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code !== 'EADDRINUSE' && thrown.code !== 'EACCES') throw thrown;
    throw new PipelineError(
      'config',
      'sandbox.port',
      `Port ${port} cannot be listened on (${thrown.code}).`,
      {
        hint: 'Choose another one with --port, or none for any that is free.',
      },
    );
  });
  if (options['json'] === true) printJson({ vendor, url: server.url, settings: server.settings });
  else {
    print(`A stand-in for ${vendor} listens at ${server.url}. In another terminal:\n`);
    for (const [name, value] of Object.entries(server.settings)) print(`  export ${name}=${value}`);
    print(`\nFaults on demand: PUT ${server.url}/__sandbox/faults (docs/sandbox.md). Ctrl-C stops it.`);
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  await once(stop.signal, 'abort');
  await server.close();
  return 0;
};
