// `pipeline state`: look at the bookmarks, and repair them by hand: every change is audited and refused while a run holds the lane.

import { open } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { PipelineError } from '../core/errors.ts';
import type { Bookmark, Json } from '../core/types.ts';
import { parseText } from './arguments.ts';
import { cell, count, note, print, printJson } from './output.ts';
import { withSession } from './session.ts';
import { printTable } from './table.ts';
import type { Action } from './verbs.ts';

export const show: Action = async (args, options) =>
  withSession({ readOnly: true }, async (session) => {
    const lane = args[0] === undefined ? undefined : String(args[0]);
    const all = await (await session.state()).bookmarks();
    const found = lane === undefined ? all : all.filter((b) => b.lane === lane);
    if (lane !== undefined && found.length === 0) throw unknownLane(lane, all);
    if (options['json'] === true) printJson(lane === undefined ? found : found[0]);
    else if (found.length === 0) note('No bookmark yet: nothing was read.');
    else {
      const rows = found.map((b) => ({
        lane: b.lane,
        checkpoint: JSON.stringify(b.checkpoint),
        revision: b.revision,
        done: b.done,
        updated: b.updatedAt,
      }));
      await printTable(['lane', 'checkpoint', 'revision', 'done', 'updated'], rows, {
        widest: lane === undefined ? 50 : 1000,
      });
    }
    return 0;
  });

export const set: Action = async (args, options) => {
  const [lane, text] = [String(args[0]), String(args[1])];
  const checkpoint = parseCheckpoint(text);
  return change(lane, checkpoint, options, {
    question: `Move the bookmark of ${cell(lane)} by hand?`,
    done: `The next run of ${cell(lane)} starts from this checkpoint.`,
  });
};

export const reset: Action = async (args, options) => {
  const lane = String(args[0]);
  return change(lane, null, options, {
    question: `Read ${cell(lane)} from the beginning at its next run?`,
    done: `The next run of ${cell(lane)} reads from the beginning. Rows in the warehouse stay and are updated.`,
  });
};

function parseCheckpoint(text: string): Json {
  try {
    const checkpoint = JSON.parse(text) as Json;
    if (typeof checkpoint === 'object' && checkpoint !== null && !Array.isArray(checkpoint))
      return checkpoint;
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  throw new PipelineError('config', 'state.bad_checkpoint', 'The checkpoint is no JSON object.', {
    hint: 'Copy the form that `pipeline state show --json` prints. To read from the beginning: pipeline state reset.',
  });
}

async function change(
  lane: string,
  checkpoint: Json,
  options: Readonly<Record<string, unknown>>,
  { question, done }: { readonly question: string; readonly done: string },
): Promise<number> {
  return withSession({}, async (session) => {
    const state = await session.state();
    const known = await state.bookmarks();
    const bookmark = known.find((b) => b.lane === lane);
    if (bookmark === undefined) throw unknownLane(lane, known);
    requireLikeness(checkpoint, bookmark);
    await confirm(question, options);
    await state.setBookmark(lane, checkpoint, userName());
    if (options['json'] === true) printJson(await state.bookmark(lane));
    else print(done);
    return 0;
  });
}

/**
 * A checkpoint means something to its stream alone, so that only its form can be compared: it shares a field with the present
 * one, and no shared field has another type.
 */
export function requireLikeness(checkpoint: Json, { lane, checkpoint: present }: Bookmark): void {
  if (checkpoint === null || present === null || typeof present !== 'object') return;
  const [given, fields] = [Object.entries(checkpoint), new Map(Object.entries(present))];
  const shared = given.filter(([name]) => fields.has(name));
  const alike = shared.every(([name, value]) => typeof value === typeof fields.get(name));
  if (alike && (shared.length > 0 || fields.size === 0)) return;
  throw new PipelineError('config', 'state.bad_checkpoint', `This is no checkpoint of ${cell(lane)}.`, {
    hint: `Its checkpoint is now ${JSON.stringify(present)}.`,
  });
}

/** For the audit log. In a container the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

function unknownLane(lane: string, known: readonly Bookmark[]): PipelineError {
  return new PipelineError('config', 'state.unknown_lane', `There is no bookmark for ${cell(lane)}.`, {
    hint: known.length === 0 ? 'Nothing was read yet.' : `There are: ${known.map((b) => b.lane).join(', ')}.`,
  });
}

/** Asks on a terminal; elsewhere only --yes will do. */
async function confirm(question: string, options: Readonly<Record<string, unknown>>): Promise<void> {
  if (options['yes'] === true) return;
  if (process.stdin.isTTY !== true) {
    throw new PipelineError('config', 'usage.not_confirmed', `${question} This needs a yes.`, {
      hint: 'Add --yes.',
    });
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`${question} [y/N] `);
  prompt.close();
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new PipelineError('config', 'usage.not_confirmed', 'Nothing was changed.');
}

export const exportState: Action = async () =>
  withSession({ readOnly: true }, async (session) => {
    for await (const line of (await session.state()).exportAll()) {
      // A state may be larger than the memory: the next line waits until this one is on its way.
      if (!process.stdout.write(`${line}\n`) && process.stdout.writable) await drained();
    }
    return 0;
  });

/** Also resolves when the reader has gone. */
function drained(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once('drain', resolve).once('error', () => resolve());
  });
}

export const importState: Action = async (args, options) => {
  const file = String(args[0]);
  const opened = await open(file).catch((thrown: NodeJS.ErrnoException) => {
    throw new PipelineError(
      'config',
      'state.no_file',
      `${file} cannot be read (${thrown.code ?? 'unknown'}).`,
      {
        hint: 'Name a file that `pipeline state export` wrote.',
      },
    );
  });
  return withSession({}, async (session) => {
    const rows = await (await session.state()).importAll(opened.readLines());
    if (options['json'] === true) printJson({ rows });
    else print(`Imported ${count(rows, 'row')}. Secrets are not part of an export: set them again.`);
    return 0;
  });
};

export const recover: Action = async (_args, options) =>
  withSession({ to: parseText(options['to']) }, async (session) => {
    const [state, sink] = [await session.state(), await session.sink()];
    const recovered: { readonly lane: string; readonly loadId: string; readonly committedAt: string }[] = [];
    for (const { lane, loadId, checkpoint, committedAt } of await sink.ledger()) {
      if (checkpoint === null || lane.endsWith('/labels')) continue;
      const bookmark = await state.bookmark(lane);
      if (bookmark !== undefined && (bookmark.loadId === loadId || bookmark.updatedAt >= committedAt))
        continue;
      await state.setBookmark(lane, checkpoint, userName());
      recovered.push({ lane, loadId, committedAt });
    }
    if (options['json'] === true) printJson(recovered);
    else if (recovered.length === 0)
      print('Nothing to recover: every bookmark is at least as new as the warehouse.');
    else
      for (const { lane, committedAt } of recovered)
        print(`${lane}: the bookmark is again where the warehouse was at ${committedAt}.`);
    return 0;
  });
