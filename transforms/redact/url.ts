// Web addresses: with a scheme, with www., and bare domains that are followed by a path.

import { DIGIT, KIND, LATIN, LETTER, type Range } from './fold.ts';

const MAX_SCHEME = 20;
const MAX_HOST = 255;
/** What ends a link: spaces, quotes, angle brackets, Arabic punctuation, a placeholder. */
const ENDS = /[\s<>"«»“”‹›،؛\ufffc]/;
const TRAILING = /[.,;:!?؟'…*_)\]}]/;
const OPENING: { readonly [closing: string]: string } = { ')': '(', ']': '[', '}': '{' };
/** Top-level domains that a bare domain may end in, besides every country's two letters. */
const TLDS = new Set(
  'com net org info biz edu gov mil app dev shop store online site cloud tech link page live blog news agency world xyz top club pro name mobi travel jobs السعوديه امارات مصر قطر الاردن المغرب عمان الجزائر تونس فلسطين سوريه العراق موقع شبكه'.split(
    ' ',
  ),
);

/** Links with a scheme. They are found before e-mail addresses: https://user:password@host holds what looks like one. */
export function findLinksWithScheme(text: string): readonly Range[] {
  return linksAt(text, [...schemes(text)]);
}

/** Links without a scheme, in order. */
export function findBareLinks(text: string): readonly Range[] {
  return linksAt(
    text,
    [...wwws(text), ...bare(text)].sort((a, b) => a - b),
  );
}

function linksAt(text: string, starts: readonly number[]): readonly Range[] {
  const found: Range[] = [];
  let from = 0;
  for (const start of starts) {
    if (start < from) continue;
    const end = linkEnd(text, start);
    if (end <= start) continue;
    found.push({ start, end });
    from = end;
  }
  return found;
}

function* schemes(text: string): Iterable<number> {
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    let start = at;
    while (start > 0 && at - start < MAX_SCHEME && /[a-z0-9+.-]/.test(text.charAt(start - 1))) start--;
    while (start < at && KIND[text.charCodeAt(start)] !== LATIN) start++;
    if (at - start >= 2 && !ENDS.test(text.charAt(at + 3) || ' ')) yield start;
  }
}

function* wwws(text: string): Iterable<number> {
  for (let at = text.indexOf('www.'); at >= 0; at = text.indexOf('www.', at + 4)) {
    const before = KIND[text.charCodeAt(at - 1)] ?? 0;
    const after = KIND[text.charCodeAt(at + 4)] ?? 0;
    if (before !== LATIN && before !== DIGIT && (after === LATIN || after === LETTER || after === DIGIT))
      yield at;
  }
}

/** `domain.tld` with a path, a query, a fragment or a port behind it. Without one of them it is a name, such as noon.com. */
function* bare(text: string): Iterable<number> {
  let from = 0;
  for (let dot = text.indexOf('.'); dot >= 0; dot = text.indexOf('.', dot + 1)) {
    if (dot < from) continue;
    const script = KIND[text.charCodeAt(dot + 1)] ?? 0;
    if (script !== LATIN && script !== LETTER) continue;
    let end = dot + 1;
    while (end - dot < 20 && KIND[text.charCodeAt(end)] === script) end++;
    if (!/[/?#:]/.test(text.charAt(end))) continue;
    const next = KIND[text.charCodeAt(end + 1)] ?? 0;
    if (text.charAt(end) === ':' ? next !== DIGIT : text.charAt(end) !== '/' && next === 0) continue;
    const tld = text.slice(dot + 1, end);
    if (!(script === LATIN && tld.length === 2) && !TLDS.has(tld)) continue;
    let start = dot;
    while (start > from && dot - start < MAX_HOST && isHost(text, start - 1, script)) start--;
    while (start < dot && /[.-]/.test(text.charAt(start))) start++;
    if (start === dot) continue;
    yield start;
    from = end;
  }
}

function isHost(text: string, at: number, script: number): boolean {
  const kind = KIND[text.charCodeAt(at)] ?? 0;
  return kind === script || kind === DIGIT || text.charAt(at) === '.' || text.charAt(at) === '-';
}

/** Behind the last character that is the link's own: a sentence's punctuation is not, nor a bracket that opened before it. */
function linkEnd(text: string, start: number): number {
  let end = start;
  const depth: { [opening: string]: number } = {};
  for (; end < text.length && !ENDS.test(text.charAt(end)); end++) {
    const sign = text.charAt(end);
    if (sign === '(' || sign === '[' || sign === '{') depth[sign] = (depth[sign] ?? 0) + 1;
    const opening = OPENING[sign];
    if (opening !== undefined) depth[opening] = (depth[opening] ?? 0) - 1;
  }
  while (end > start && TRAILING.test(text.charAt(end - 1))) {
    const opening = OPENING[text.charAt(end - 1)];
    if (opening !== undefined) {
      if ((depth[opening] ?? 0) >= 0) break;
      depth[opening] = (depth[opening] ?? 0) + 1;
    }
    end--;
  }
  return end;
}
