// Reads one environment variable the way people write them.

import type { Environment } from '../../core/types.ts';

/** The value of a variable; blanks around it are never meant, and an empty one is not set. */
export function setting(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}
