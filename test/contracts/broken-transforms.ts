// Transforms that are broken on purpose, each in one way, to show that the contract suite sees it.

import type { Row, Transform } from '../../core/types.ts';

export interface BrokenTransform {
  /** What is wrong with it. */
  readonly name: string;
  /** The promise that must fail. */
  readonly breaks: string;
  /** Made from a sound transform. */
  readonly from: (sound: Transform) => Transform;
}

const withApply = (sound: Transform, apply: Transform['apply']): Transform => ({ ...sound, apply });

const changed = (sound: Transform, change: (after: Row, at: number, before: Row) => Row): Transform =>
  withApply(sound, (rows) => sound.apply(rows).map((after, at) => change(after, at, rows[at] ?? {})));

const lengthOf = (row: Row): number => String(row['text_original'] ?? '').length;

export const BROKEN_TRANSFORMS: readonly BrokenTransform[] = [
  {
    name: 'drops rows without text',
    breaks: 'one row comes back for each row, in the same order',
    from: (sound) => withApply(sound, (rows) => sound.apply(rows.filter((row) => lengthOf(row) > 0))),
  },
  {
    name: 'sorts its rows',
    breaks: 'one row comes back for each row, in the same order',
    from: (sound) =>
      withApply(sound, (rows) => [...sound.apply(rows)].sort((a, b) => lengthOf(a) - lengthOf(b))),
  },
  {
    name: 'removes repeated texts',
    breaks: 'one row comes back for each row, in the same order',
    from: (sound) =>
      withApply(sound, (rows) => [
        ...new Map(sound.apply(rows).map((row) => [row['text_original'], row])).values(),
      ]),
  },
  {
    name: 'cleans the original',
    breaks: 'keys and all columns that came stay as they were',
    from: (sound) =>
      changed(sound, (after) => ({
        ...after,
        text_original: String(after['text_original'] ?? '').normalize('NFKC'),
      })),
  },
  {
    name: 'makes numbers of ids',
    breaks: 'keys and all columns that came stay as they were',
    from: (sound) => changed(sound, (after) => ({ ...after, feedback_id: Number(after['feedback_id']) })),
  },
  {
    name: 'writes into the rows it was given',
    breaks: 'the rows that were handed over are not changed',
    from: (sound) => withApply(sound, (rows) => rows.map((row) => Object.assign(row, sound.apply([row])[0]))),
  },
  {
    name: 'leaves a column out where there is no text',
    breaks: 'each declared column is there, of its type, and no other',
    from: (sound) => changed(sound, (after, _, before) => (lengthOf(before) === 0 ? before : after)),
  },
  {
    name: 'adds a column that it did not declare',
    breaks: 'each declared column is there, of its type, and no other',
    from: (sound) => changed(sound, (after) => ({ ...after, text_length: lengthOf(after) })),
  },
  {
    name: 'writes a number into a text column',
    breaks: 'each declared column is there, of its type, and no other',
    from: (sound) => changed(sound, (after) => ({ ...after, [Object.keys(sound.adds)[0] ?? '']: 7 })),
  },
  {
    name: 'declares a column of the feedback table',
    breaks: 'declared columns have names of their own, and the version is named',
    from: (sound) => ({ ...sound, adds: { ...sound.adds, channel: { type: 'string' } } }),
  },
  {
    name: 'counts its calls',
    breaks: 'the same row gives the same columns, whatever stands beside it and however often',
    from: (sound) => {
      let calls = 0;
      return changed(sound, (after) => ({ ...after, [Object.keys(sound.adds)[0] ?? '']: String(calls++) }));
    },
  },
  {
    name: 'looks at the row before',
    breaks: 'the same row gives the same columns, whatever stands beside it and however often',
    from: (sound) =>
      changed(sound, (after, at) => ({
        ...after,
        [Object.keys(sound.adds)[0] ?? '']: at === 0 ? 'first' : 'later',
      })),
  },
  {
    name: 'appends to what it added before',
    breaks: 'applied to its own result it changes nothing',
    from: (sound) => {
      const column = Object.keys(sound.adds)[0] ?? '';
      return changed(sound, (after, _, before) => ({
        ...after,
        [column]: `${String(before[column] ?? '')}!`,
      }));
    },
  },
  {
    name: 'cannot read half a surrogate pair',
    breaks: 'no string makes it throw',
    from: (sound) => {
      const column = Object.keys(sound.adds)[0] ?? '';
      return changed(sound, (after) => ({
        ...after,
        [column]: encodeURIComponent(String(after['text_original'])),
      }));
    },
  },
  {
    name: 'asks a server',
    breaks: 'nothing leaves the process',
    from: (sound) =>
      changed(sound, (after) => {
        fetch('http://127.0.0.1:9/').catch(() => undefined);
        return after;
      }),
  },
];
