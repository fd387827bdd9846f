// JSON as the vendors send it: whole numbers above 2^53 stay numbers, which JSON.stringify alone cannot write.

const MARK = '\u0001whole:';

/** Like JSON.stringify, and a bigint becomes a plain JSON number with all its digits. */
export function encode(value: unknown): string {
  const text = JSON.stringify(value, (_key, held: unknown) =>
    typeof held === 'bigint' ? `${MARK}${held}` : held,
  );
  return text.includes('\\u0001whole:') ? text.replace(/"\\u0001whole:(-?\d+)"/g, '$1') : text;
}
