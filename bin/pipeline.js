#!/usr/bin/env node
// The command: checks the Node version before anything modern is parsed, then runs the TypeScript through tsx.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `pipeline needs Node 20.19 or newer, and this is ${process.versions.node}. Get it from https://nodejs.org or with your version manager.\n`,
  );
  process.exit(2);
}
// What is alive is two pages; V8 by itself lets up to four times as much gather before it collects. This keeps a run of any
// length at about 200 MB, for some 3 % of its time (bench/README.md). It bounds the growth, not the heap: a page may be large.
const { setFlagsFromString } = await import('node:v8');
setFlagsFromString('--heap-growing-percent=30');
const { compiled } = await import('./compiled.js');
const { main } = await import(await compiled('cli/main.ts'));
await main(process.argv.slice(2));
