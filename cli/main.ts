// The command line: declares every verb, loads the one that was asked for, and turns what comes of it into an exit code.

import { existsSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ACTION, asPipelineError } from '../core/errors.ts';
import { printError } from './output.ts';
import { VERBS, type Verb } from './verbs.ts';

/** 0 succeeded · 1 failed · 2 bad usage or configuration · 3 partial · 75 busy · 130 interrupted. */
export async function main(argv: readonly string[]): Promise<void> {
  process.exitCode = await run(argv);
}

async function run(argv: readonly string[]): Promise<number> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  // A reader that closes early (`| head`) ends the program quietly instead of with a stack trace.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const json = argv.includes('--json');
  let exitCode = 0;
  const program = new Command('pipeline')
    .description(
      'The voice of the customer, from support systems into a warehouse: incremental, crash-safe, Arabic first.',
    )
    .showHelpAfterError('(run `pipeline --help` for what is possible)')
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) });
  for (const verb of VERBS) declare(program, verb, (code) => (exitCode = code));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    const error = asPipelineError(thrown);
    printError(error, json);
    return exitCodeOf(error.code, ACTION[error.kind].exitCode);
  }
}

/** Busy and interrupted have codes of their own; everything else goes by the kind of error. */
function exitCodeOf(code: string, byKind: number): number {
  if (code === 'lane.busy' || code === 'state.locked' || code === 'sink.locked') return 75;
  if (code === 'run.interrupted') return 130;
  return byKind;
}

function declare(parent: Command, verb: Verb, exit: (code: number) => void): void {
  const command = parent.command(verb.usage).description(verb.does);
  for (const [flags, text] of verb.options ?? []) command.option(flags, text);
  if (verb.verbs !== undefined) {
    for (const inner of verb.verbs) declare(command, inner, exit);
  } else {
    command.option('--json', 'print JSON instead of text');
  }
  if (verb.examples !== undefined) {
    command.addHelpText(
      'after',
      `\nExamples:\n${verb.examples.map((example) => `  $ ${example}`).join('\n')}`,
    );
  }
  const { load } = verb;
  if (load !== undefined) {
    command.action(async (...given: unknown[]) => {
      const action = await load();
      const options = given.at(-2) as Readonly<Record<string, unknown>>;
      exit((await action(given.slice(0, -2), options)) ?? 0);
    });
  }
}
