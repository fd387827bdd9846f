// One at a time, in the order of asking.

export interface Mutex {
  /** Resolves with the function that lets the next one in. */
  enter(): Promise<() => void>;
}

export function mutex(): Mutex {
  let tail: Promise<void> = Promise.resolve();
  return {
    enter() {
      const before = tail;
      let leave: () => void = () => undefined;
      tail = new Promise((resolve) => {
        leave = resolve;
      });
      return before.then(() => leave);
    },
  };
}
