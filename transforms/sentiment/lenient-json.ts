// Finds the JSON in what a model wrote around it, and mends what cannot change its meaning.

/** So many opening brackets are tried before the search gives up; hostile answers are made of nothing else. */
const MOST_STARTS = 20;

const OUTSIDE_STRINGS: ReadonlyMap<string, string> = new Map([
  ['،', ','],
  ['؛', ','],
  ['٫', '.'],
  ...Array.from('٠١٢٣٤٥٦٧٨٩', (digit, value) => [digit, String(value)] as const),
  ...Array.from('۰۱۲۳۴۵۶۷۸۹', (digit, value) => [digit, String(value)] as const),
]);

/**
 * The values that the text may mean, best first: the whole text as JSON, then each balanced object or list in it, mended.
 * Code fences and sentences around the JSON are skipped; trailing commas, Arabic commas and digits outside strings are
 * mended. What is cut is never completed.
 */
export function* jsonValues(text: string): Generator<unknown> {
  const whole = parse(text);
  if (whole !== undefined) {
    yield whole;
    return;
  }
  let starts = 0;
  for (let at = 0; at < text.length && starts < MOST_STARTS; at++) {
    if (text[at] !== '{' && text[at] !== '[') continue;
    starts++;
    const end = balancedEnd(text, at);
    if (end === undefined) continue;
    const part = text.slice(at, end);
    const value = parse(part) ?? parse(mend(part));
    if (value === undefined) continue;
    yield value;
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
  let quoted = false;
  for (let at = 0; at < json.length; at++) {
    const character = json.charAt(at);
    if (character === '\\' && quoted) mended += character + json.charAt(++at);
    else {
      if (character === '"') quoted = !quoted;
      mended += quoted ? character : (OUTSIDE_STRINGS.get(character) ?? character);
    }
  }
  return withoutTrailingCommas(mended);
}

/** Strings are matched first, so that a comma inside one is never taken for one outside. */
function withoutTrailingCommas(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/gs, (_, string: string | undefined) => string ?? '');
}
