// The contract suite of sinks, tested itself: each promise must catch a sink that breaks it.

import { strictEqual } from 'node:assert/strict';
import { describe, expect, test } from 'vitest';
import { BROKEN_SINKS } from '../contracts/broken-sinks.ts';
import { SINK_PROMISES } from '../contracts/sink.ts';

describe('a broken sink is caught', () => {
  for (const { breaks, how, open } of BROKEN_SINKS) {
    test(`one that ${how} does not pass as one that ${breaks}`, async () => {
      const promise = SINK_PROMISES.find(({ name }) => name === breaks);
      if (promise === undefined) throw new Error(`There is no such promise: ${breaks}`);
      await expect(promise.keep(open)).rejects.toThrow();
    });
  }
});

test('every promise is broken by at least one sink', () => {
  const broken = new Set(BROKEN_SINKS.map(({ breaks }) => breaks));
  strictEqual(
    SINK_PROMISES.filter(({ name }) => !broken.has(name))
      .map(({ name }) => name)
      .join(', '),
    '',
  );
});
