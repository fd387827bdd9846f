// The options of the programs of bench/ and of the long proofs: `--help` says what there is, and what is not meant is told in one sentence.

import { type ParseArgsConfig, parseArgs } from 'node:util';

/**
 * The options that the program was started with. `--help` prints `help` and ends with 0. An option or a value that there is not
 * ends with 2, as the command does for bad usage.
 */
export function readOptions<const T extends NonNullable<ParseArgsConfig['options']>>(
  options: T,
  help: string,
) {
  const asked = process.argv.slice(2);
  if (asked.includes('--help') || asked.includes('-h')) {
    process.stdout.write(`${help.trim()}\n`);
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    // Node's next sentences explain how to pass an argument that begins with a dash.
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/\.\s/);
    return refuseUsage(sentence);
  }
}

/** Ends the program with 2 and one sentence that says what was not meant. */
export function refuseUsage(sentence: string): never {
  process.stderr.write(`${sentence.replace(/\.$/, '')}. See --help.\n`);
  process.exit(2);
}

/** A whole number of at least `least`. */
export function readCount(option: string, text: string, least = 1): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(count) && count >= least) return count;
  return refuseUsage(`${option} “${text}” is no whole number of at least ${least}`);
}

/** One of the known names. */
export function readName<const T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  return found ?? refuseUsage(`${option} “${text}” is none of ${known.join(', ')}`);
}
