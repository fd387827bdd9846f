// The command line: declares every verb, loads the one that was asked for, and turns what comes of it into an exit code.

import { existsSync, readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ACTION, asPipelineError, PipelineError } from '../core/errors.ts';
import { note, printError } from './output.ts';
import { scrubber } from './settings.ts';
import { VERBS, type Verb } from './verbs.ts';

/** 0 succeeded · 1 failed · 2 bad usage or configuration · 3 partial · 75 busy · 130 interrupted. */
export async function main(argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json');
  // A reader that closes early (`| head`) misses the rest and changes nothing else: a load goes on to its end.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    });
  }
  process.on('uncaughtException', (thrown) => {
    process.exit(tell(thrown, json));
  });
  process.exitCode = await run(argv).catch((thrown: unknown) => tell(thrown, json));
}

async function run(argv: readonly string[]): Promise<number> {
  loadEnvironmentFile();
  let exitCode = 0;
  const program = new Command('pipeline')
    .description(
      'The voice of the customer, from support systems into a warehouse: incremental, crash-safe, Arabic first.',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .exitOverride()
    // Errors are told by us, in one form for all.
    .configureOutput({ outputError: () => {} });
  for (const verb of VERBS) declare(program, verb, (code) => (exitCode = code));
  program.addHelpText(
    'after',
    '\nNew here? Start with: pipeline demo\nMore of one verb:     pipeline run --help',
  );
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    // Without a verb the help was printed, as an error would be.
    if (thrown.exitCode === 0 || thrown.code === 'commander.help') return thrown.exitCode === 0 ? 0 : 2;
    throw usageError(thrown, argv);
  }
}

/** Prints what went wrong and returns its exit code. */
function tell(thrown: unknown, json: boolean): number {
  const error = asPipelineError(thrown);
  printError(error, json, scrubber.scrub);
  if (error.kind === 'bug' && process.env['LOG_LEVEL'] === 'debug') note(framesOf(thrown));
  return exitCodeOf(error);
}

/** Busy and interrupted have codes of their own; everything else goes by the kind of error. */
function exitCodeOf({ code, kind }: PipelineError): number {
  if (code === 'lane.busy' || code === 'state.locked' || code === 'sink.locked') return 75;
  if (code === 'run.interrupted') return 130;
  return ACTION[kind].exitCode;
}

/** Where it happened, without the messages: those of others may quote anything. */
function framesOf(thrown: unknown): string {
  const frames: string[] = [];
  for (let cause: unknown = thrown; cause instanceof Error && frames.length < 100; cause = cause.cause) {
    frames.push(cause.name, ...(cause.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)));
  }
  return frames.join('\n');
}

/** `.env` beside where this runs; what the environment has already counts more. */
function loadEnvironmentFile(): void {
  if (!existsSync('.env')) return;
  try {
    process.loadEnvFile('.env');
  } catch (cause) {
    throw new PipelineError('config', 'config.env_file', 'The file .env here cannot be read.', {
      hint: 'It must be a text file with one NAME=value a line, readable by this user.',
      cause,
    });
  }
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** commander's words as one of our errors: `unknown option '--sinc'` with what was probably meant. */
function usageError({ code, message }: CommanderError, argv: readonly string[]): PipelineError {
  const [what = '', suggestion] = message.replace(/^error: /, '').split('\n');
  const meant = /Did you mean (.*)\?/.exec(suggestion ?? '')?.[1];
  const verb = VERBS.find(({ usage }) => usage.split(' ')[0] === argv[0]);
  const help = verb === undefined ? 'pipeline --help' : `pipeline ${argv[0]} --help`;
  const misplaced = argv[0]?.startsWith('-') === true && argv.length > 1 ? 'Options go after the verb. ' : '';
  return new PipelineError(
    'config',
    code.replace('commander.', 'usage.').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    `${what.charAt(0).toUpperCase()}${what.slice(1).replace(/\.$/, '')}.`,
    {
      hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}${misplaced}\`${help}\` shows what is possible.`,
    },
  );
}

function declare(parent: Command, verb: Verb, exit: (code: number) => void): void {
  const command = parent.command(verb.usage).description(verb.does).helpOption('-h, --help', 'print this');
  for (const [flags, text] of verb.options ?? []) command.option(flags, text);
  for (const inner of verb.verbs ?? []) declare(command, inner, exit);
  if (verb.verbs === undefined) command.option('--json', 'print JSON instead of text');
  command.addHelpText('after', `\nExamples:\n${verb.examples.map((example) => `  $ ${example}`).join('\n')}`);
  const { load } = verb;
  if (load === undefined) return;
  command.action(async (...given: unknown[]) => {
    const action = await load();
    const options = given.at(-2) as Readonly<Record<string, unknown>>;
    exit((await action(given.slice(0, -2), options)) ?? 0);
  });
}
