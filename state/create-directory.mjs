// Run as a process of its own by state/pglite.ts: makes an empty database in the directory that it is given, and ends.
// Plain JavaScript, so that it starts without a compiler.

import process from 'node:process';
import { PGlite } from '@electric-sql/pglite';

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('Which directory?');

// When the parent is gone nobody will rename the result into place.
process.stdin.on('end', () => process.exit(1)).resume();

const database = await PGlite.create(directory);
await database.close();
process.exit(0);
