// Small pieces that every Salesforce record shares: ids and instants.

const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECK = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

/**
 * The 18-letter id of the n-th record of an object: three letters that tell the object, twelve that count, and three that say which
 * of the others are capitals.
 */
export function recordId(prefix: string, n: number): string {
  let counted = '';
  for (let rest = n, i = 0; i < 12; i++) {
    counted = (BASE_62[rest % 62] ?? '0') + counted;
    rest = Math.floor(rest / 62);
  }
  const short = `${prefix}${counted}`;
  let check = '';
  for (let part = 0; part < 3; part++) {
    let capitals = 0;
    for (let i = 0; i < 5; i++) {
      if (/[A-Z]/.test(short.charAt(part * 5 + i))) capitals |= 1 << i;
    }
    check += CHECK.charAt(capitals);
  }
  return short + check;
}

/** An instant as records hold it here; the REST API writes `+0000` in place of the Z. */
export function instant(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

export function toSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
