// Pulls one item ahead of its consumer, so that the network and the warehouse work at the same time.

/**
 * Yields what `source` yields, in order, having asked for the next item before the present one is handed over. At most one
 * item waits. An error of the source surfaces after the items before it were handed over. A consumer that stops early, by break
 * or throw, calls `abandon`, which should end the request under way.
 */
export async function* readAhead<T>(
  source: AsyncIterable<T>,
  abandon: () => void,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let next = ask(iterator);
  let ended = false;
  try {
    for (;;) {
      const settled = await next;
      if ('error' in settled || settled.result.done === true) ended = true;
      if ('error' in settled) throw settled.error;
      if (settled.result.done === true) return;
      next = ask(iterator);
      yield settled.result.value;
    }
  } finally {
    if (!ended) abandon();
    await next;
    await iterator.return?.();
  }
}

type Settled<T> = { readonly result: IteratorResult<T> } | { readonly error: unknown };

function ask<T>(iterator: AsyncIterator<T>): Promise<Settled<T>> {
  return iterator.next().then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
}
