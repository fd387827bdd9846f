// `pipeline state`: look at the bookmarks, and repair them by hand: every change is audited and refused while a run holds the lane.

import { createReadStream } from 'node:fs';
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline';
import { createInterface as createPrompt } from 'node:readline/promises';
import { PipelineError } from '../core/errors.ts';
import type { Json } from '../core/types.ts';
import { cell, note, print, printJson, printTable } from './output.ts';
import { withSession } from './session.ts';
import type { Action } from './verbs.ts';

export const show: Action = async (args, options) =>
  withSession({ readOnly: true }, async (session) => {
    const lane = args[0] === undefined ? undefined : String(args[0]);
    const all = await (await session.state()).bookmarks();
    const found = lane === undefined ? all : all.filter((b) => b.lane === lane);
    if (lane !== undefined && found.length === 0) {
      throw new PipelineError('config', 'state.unknown_lane', `There is no bookmark for ${cell(lane)}.`, {
        hint: all.length === 0 ? 'Nothing was read yet.' : `There are: ${all.map((b) => b.lane).join(', ')}.`,
      });
    }
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
      await printTable(
        ['lane', 'checkpoint', 'revision', 'done', 'updated'],
        rows,
        lane === undefined ? 50 : 1000,
      );
    }
    return 0;
  });

export const set: Action = async (args, options) => {
  const [lane, text] = [String(args[0]), String(args[1])];
  let checkpoint: Json;
  try {
    checkpoint = JSON.parse(text) as Json;
  } catch {
    throw new PipelineError('config', 'state.bad_checkpoint', 'The checkpoint is no JSON.', {
      hint: 'Copy the form that `pipeline state show --json` prints.',
    });
  }
  await confirm(`Move the bookmark of ${cell(lane)} by hand?`, options);
  return change(lane, checkpoint, `The next run of ${cell(lane)} starts from this checkpoint.`);
};

export const reset: Action = async (args, options) => {
  const lane = String(args[0]);
  await confirm(`Read ${cell(lane)} from the beginning at its next run?`, options);
  return change(
    lane,
    null,
    `The next run of ${cell(lane)} reads from the beginning. Rows in the warehouse stay and are updated.`,
  );
};

async function change(lane: string, checkpoint: Json, done: string): Promise<number> {
  return withSession({}, async (session) => {
    const state = await session.state();
    const known = await state.bookmarks();
    if (!known.some((b) => b.lane === lane)) {
      throw new PipelineError('config', 'state.unknown_lane', `There is no bookmark for ${cell(lane)}.`, {
        hint:
          known.length === 0 ? 'Nothing was read yet.' : `There are: ${known.map((b) => b.lane).join(', ')}.`,
      });
    }
    await state.setBookmark(lane, checkpoint, userInfo().username);
    print(done);
    return 0;
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
  const prompt = createPrompt({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`${question} [y/N] `);
  prompt.close();
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new PipelineError('config', 'usage.not_confirmed', 'Nothing was changed.');
}

export const exportState: Action = async () =>
  withSession({ readOnly: true }, async (session) => {
    for await (const line of (await session.state()).exportAll()) print(line);
    return 0;
  });

export const importState: Action = async (args, options) =>
  withSession({}, async (session) => {
    const lines = createInterface({
      input: createReadStream(String(args[0]), 'utf8'),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    const rows = await (await session.state()).importAll(lines);
    if (options['json'] === true) printJson({ rows });
    else print(`${rows} rows were imported. Secrets are not part of an export: set them again.`);
    return 0;
  });

export const recover: Action = async (_args, options) =>
  withSession({ to: options['to'] as string | undefined }, async (session) => {
    const [state, sink] = [await session.state(), await session.sink()];
    const recovered: { readonly lane: string; readonly loadId: string; readonly committedAt: string }[] = [];
    for (const { lane, loadId, checkpoint, committedAt } of await sink.ledger()) {
      if (checkpoint === null || lane.endsWith('/labels')) continue;
      const bookmark = await state.bookmark(lane);
      if (bookmark !== undefined && (bookmark.loadId === loadId || bookmark.updatedAt >= committedAt))
        continue;
      await state.setBookmark(lane, checkpoint, userInfo().username);
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
