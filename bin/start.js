#!/usr/bin/env node
// Runs a TypeScript file of bench/ or test/ the way the command runs, compiled: node bin/start.js bench/text.ts …

import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiled } from './compiled.js';

const [file = ''] = process.argv.splice(2, 1);
const root = fileURLToPath(new URL('../', import.meta.url));
await import(await compiled(relative(root, resolve(file)), { more: ['bench', 'test'] }));
