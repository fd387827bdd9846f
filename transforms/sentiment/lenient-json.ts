// Finds the JSON in what a model wrote around it, and mends what cannot change its meaning.

/** So many opening brackets are tried before the search gives up; hostile answers are made of nothing else. */
const MOST_STARTS = 40;

const OUTSIDE_STRINGS: ReadonlyMap<string, string> = new Map([
  ['،', ','],
  ['؛', ','],
  ['٫', '.'],
  ...Array.from('٠١٢٣٤٥٦٧٨٩', (digit, value) => [digit, String(value)] as const),
  ...Array.from('۰۱۲۳۴۵۶۷۸۹', (digit, value) => [digit, String(value)] as const),
]);

/** What may open a string, and what may then close it. */
const QUOTES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ...[...'“”„'].map((quote) => [quote, '“”"'] as const),
]);
const AFTER_STRING = ',:}]،؛';

const PYTHON_WORDS: ReadonlyMap<string, string> = new Map([
  ['None', 'null'],
  ['True', 'true'],
  ['False', 'false'],
]);

export interface FoundValue {
  readonly value: unknown;
  /** The text is exactly its JSON. */
  readonly isWhole: boolean;
  /** It stands behind a bracket that is never closed: it may be a part of something that was cut. */
  readonly isAfterCut: boolean;
}

/**
 * The values that the text may mean, best first: the whole text as JSON, then each balanced object or list in it, mended.
 * Code fences and sentences around the JSON are skipped. Mended are trailing commas, Arabic commas and digits outside strings,
 * other quotation marks around strings, quotation marks and line ends inside them, and Python's words. What is cut is never completed.
 */
export function* jsonValues(text: string): Generator<FoundValue> {
  const whole = parse(text);
  if (whole !== undefined) {
    yield { value: whole, isWhole: true, isAfterCut: false };
    return;
  }
  let starts = 0;
  let isAfterCut = false;
  for (let at = 0; at < text.length && starts < MOST_STARTS; at++) {
    if (text[at] !== '{' && text[at] !== '[') continue;
    starts++;
    const end = balancedEnd(text, at);
    if (end === undefined) {
      isAfterCut = true;
      continue;
    }
    const part = text.slice(at, end);
    const value = parse(part) ?? parse(mend(part));
    if (value === undefined) continue;
    yield { value, isWhole: false, isAfterCut };
    at = end - 1;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Anything but broken JSON would be a fault of ours.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Where the bracket that opens here is closed again; undefined when it never is. */
function balancedEnd(text: string, start: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '\\' && quoted) at++;
    else if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return at + 1;
  }
  return undefined;
}

function mend(json: string): string {
  let mended = '';
  /** What may close the string that is open. */
  let closing = '';
  for (let at = 0; at < json.length; at++) {
    const character = json.charAt(at);
    if (closing === '') {
      closing = QUOTES.get(character) ?? '';
      mended += closing === '' ? (OUTSIDE_STRINGS.get(character) ?? character) : '"';
    } else if (character === '\\') {
      const escaped = json.charAt(++at);
      mended += escaped === "'" ? escaped : character + escaped;
    } else if (closing.includes(character) && endsString(json, at + 1)) {
      closing = '';
      mended += '"';
    } else mended += inString(character);
  }
  return withoutForeignWords(mended);
}

/** A quotation mark closes a string only where something may follow it: others were meant as letters. */
function endsString(json: string, after: number): boolean {
  let at = after;
  while (at < json.length && ' \t\r\n'.includes(json.charAt(at))) at++;
  return at >= json.length || AFTER_STRING.includes(json.charAt(at));
}

function inString(character: string): string {
  return character === '"' || character < ' ' ? JSON.stringify(character).slice(1, -1) : character;
}

/** Commas before a closing bracket go, Python's words become JSON's. Strings are matched first, so that nothing in one is touched. */
function withoutForeignWords(json: string): string {
  return json.replace(
    /("[^"\\]*(?:\\.[^"\\]*)*")|,(?=\s*[}\]])|\b(?:None|True|False)\b/gs,
    (found, string: string | undefined) => string ?? PYTHON_WORDS.get(found) ?? '',
  );
}
