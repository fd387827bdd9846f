// Repairs Arabic that was decoded with the wrong table somewhere on its way: `Ø§Ù„` and `ط§ظ„` for `ال`, `ÇáÓáÇã` for `السلام`.

/** Units without which no such text is written: alef and lam as each wrong table shows them, and what a second wrong reading makes of them. */
export const MOJIBAKE_SIGNS = '\u00c3\u00d8\u00d9\u00a7\u00b7\u00b8\u201e\u00c7';

/** What windows-1252 shows for 0x80–0x9f; a blank where it shows a control. Written out, because some Node versions decode it as Latin-1. */
const SIGNS_1252 = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';
const OF_1256 = new TextDecoder('windows-1256');
const WINDOWS_1252 = byteTable((byte) => SIGNS_1252.charAt(byte - 0x80).trim() || String.fromCharCode(byte));
const WINDOWS_1256 = byteTable((byte) => OF_1256.decode(Uint8Array.of(byte)));
const OF_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a table shows for the bytes 0x80–0xff; only these occur in the sequences that UTF-8 writes for Arabic. */
const RUN_1252 = runOf(WINDOWS_1252);
const RUN_1256 = runOf(WINDOWS_1256);

/**
 * Words of Latin-1 letters and ASCII signs in which Arabic of windows-1256 was read as windows-1252. Three such letters in a
 * row stand in no language that is written with them; the alef `Ç` and the lam `á` stand in every Arabic sentence.
 */
const LATIN_WORD = /[\u0192\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u00a1-\u00ff]{3,}/g;
const LATIN_RUN = /[\u0192\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u00a1-\u00ff]+/g;

/** Letters of Arabic that UTF-8 writes in two bytes. */
const ARABIC = /[\u0600-\u06ff]/g;
const ARABIC_WORD = /^[\u0621-\u0652\u066e-\u06d3 \u060c\u061b\u061f]+$/;

/**
 * Repairs every run of such characters that turns, byte for byte, into valid UTF-8 with Arabic in it, or into Arabic words of
 * windows-1256. What cannot be read so with certainty stays. The very same string is returned where nothing was repaired.
 * The tables are those of https://encoding.spec.whatwg.org/.
 */
export function repairMojibake(text: string): string {
  let repaired = text;
  if (/[\u00c3\u00d8\u00d9]/.test(repaired))
    repaired = repaired.replace(RUN_1252, (run) => asUtf8(run, WINDOWS_1252));
  if (/[\u0637\u0638][\u00a7\u00b7\u00b8\u201e]/.test(repaired))
    repaired = repaired.replace(RUN_1256, (run) => asUtf8(run, WINDOWS_1256));
  if (repaired.includes('\u00c7')) repaired = readAs1256(repaired);
  return repaired;
}

/** The Arabic that a run of characters was in UTF-8, also where its last character was cut in two; the run itself where it was none. */
function asUtf8(run: string, table: ReadonlyMap<number, number>): string {
  const bytes = Uint8Array.from(run, (character) => byteOf(character, table));
  for (const length of [bytes.length, bytes.length - 1]) {
    try {
      const once = OF_UTF8.decode(bytes.subarray(0, length));
      const decoded = once.length > 3 && !holdsArabic(once) ? repairMojibake(once) : once;
      if (holdsArabic(decoded)) return decoded + run.slice(length);
    } catch {
      // Not UTF-8 at this length.
    }
  }
  return run;
}

/** More than one letter, because one can be chance. */
function holdsArabic(text: string): boolean {
  return (text.match(ARABIC)?.length ?? 0) >= 2;
}

/** Judged over all long runs together: one odd word proves nothing, and a sentence does. Then the short ones are read too. */
function readAs1256(text: string): string {
  const words = (text.match(LATIN_WORD) ?? []).map(of1256);
  const arabic = words.filter((word) => ARABIC_WORD.test(word));
  const typical = arabic.filter((word) => /[\u0627\u0644]/.test(word));
  if (words.length < 2 || arabic.length < words.length || typical.length * 3 < words.length * 2) return text;
  return text.replace(LATIN_RUN, of1256);
}

function of1256(run: string): string {
  return OF_1256.decode(Uint8Array.from(run, (character) => byteOf(character, WINDOWS_1252)));
}

function byteOf(character: string, table: ReadonlyMap<number, number>): number {
  const unit = character.charCodeAt(0);
  return table.get(unit) ?? unit;
}

/** From what a table shows to the byte that it shows it for. */
function byteTable(shown: (byte: number) => string): ReadonlyMap<number, number> {
  const table = new Map<number, number>();
  for (let byte = 0x80; byte <= 0xff; byte++) table.set(shown(byte).charCodeAt(0), byte);
  return table;
}

/** Runs of what a table shows for bytes above ASCII; ASCII itself is the same in every table. */
function runOf(table: ReadonlyMap<number, number>): RegExp {
  const shown = [...table.keys()].map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  return new RegExp(`[\\u0080-\\u009f${shown}]{2,}`, 'g');
}
