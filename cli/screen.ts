// Lines that stay in place on a terminal, by listr2, on standard error.

import { divertNotes } from './output.ts';

export interface Screen {
  /** Writes this line anew. */
  write(line: string, text: string): void;
  /** The line's last word has been said. */
  finish(line: string, failed: boolean): void;
  /** Resolves when nothing more will be drawn; the last state of each line stays on the screen. */
  end(): Promise<void>;
}

const NOTES = 'notes';

interface Line {
  readonly task: { title: string | undefined; output: string };
  resolve(): void;
  reject(error: Error): void;
}

/** One line for each name; the `hidden` ones show when there is something to say. Notes stand below, until the end. */
export async function createScreen(
  names: readonly string[],
  hidden: readonly string[] = [],
): Promise<Screen> {
  const { Listr, ListrLogger, ProcessOutput, DefaultRenderer } = await import('listr2');
  /** listr2 draws only where standard output is a terminal; ours may be a file while a person looks at standard error. */
  class Renderer extends DefaultRenderer {
    static override nonTTY = true;
  }
  const lines = new Map<string, Line>();
  const all = [...names, ...hidden, NOTES];
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const screen = new ProcessOutput(process.stderr, process.stdout);
  const list = new Listr(
    all.map((name) => ({
      // A line without a title is not drawn.
      ...(names.includes(name) ? { title: name } : {}),
      task: (_: unknown, task: Line['task']) =>
        new Promise<void>((resolve, reject) => {
          lines.set(name, { task, resolve, reject });
          if (lines.size === all.length) begin();
        }),
      rendererOptions: { bottomBar: name === NOTES ? 20 : false, persistentOutput: name === NOTES },
    })),
    {
      renderer: Renderer,
      rendererOptions: {
        logger: new ListrLogger({ processOutput: screen }),
        formatOutput: 'truncate',
        showErrorMessage: false,
        collapseErrors: false,
      },
      concurrent: true,
      exitOnError: false,
      // The signals are the session's: it lets the run end in good order.
      registerSignalListeners: false,
    },
  );
  // A second Ctrl-C ends the process in the middle: the cursor comes back, and what was to be said is said.
  const restore = (): void => screen.release();
  process.once('exit', restore);
  const drawn = list.run();
  // What is shown before there is a line for it would be lost, and an end before it would never come.
  await Promise.race([begun, drawn]);
  const notes = lines.get(NOTES);
  if (notes !== undefined) {
    divertNotes((text) => {
      notes.task.output = text;
    });
  }
  return {
    write(line, text) {
      const found = lines.get(line);
      if (found !== undefined) found.task.title = text;
    },
    finish(line, failed) {
      if (failed) lines.get(line)?.reject(new Error(line));
      else lines.get(line)?.resolve();
    },
    async end() {
      for (const { resolve } of lines.values()) resolve();
      await drawn;
      process.off('exit', restore);
      divertNotes(undefined);
    },
  };
}
