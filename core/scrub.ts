// Takes secrets out of text before it is logged, stored or shown: known values first, then what looks like one.

/** Knows the secrets of this process. */
export interface Scrubber {
  /** From now on this value is replaced, also where it is URL-encoded, in base64 or escaped in JSON. Shorter than 4 characters is ignored: it would empty every text. */
  add(secret: string): void;
  /** The text without secrets; e-mail addresses are people and go too. */
  readonly scrub: (text: string) => string;
}

const SHORTEST_SECRET = 4;
/** Base64 is only recognised from this length on; less of it is found in any text. */
const SHORTEST_BASE64 = 8;
const REDACTED = '[redacted]';

/** What looks like a secret. Each pattern has bounded parts, so that hostile text costs linear time. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,16384}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
    REDACTED,
  ],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${REDACTED}`],
  [
    /\b((?:proxy-)?authorization|x-api-key|api-key|set-cookie|cookie)(["']?\s{0,8}[:=]\s{0,8}["']?)(?!Bearer |Basic )[^"'\s,;]+/gi,
    `$1$2${REDACTED}`,
  ],
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:"']{0,256}:[^\s/@"']{0,256}@/gi, `$1${REDACTED}@`],
  [/([?&][\w.-]{0,40}(?:token|key|secret|password|signature|code)=)[^&\s"'#]+/gi, `$1${REDACTED}`],
  [/\beyJ[\w-]{5,}\.[\w-]{2,}(?:\.[\w-]*)?/g, REDACTED],
  [/\b(?:sk|pk|rk|xox[abeprs]|gh[opsu]|pat)[-_][\w-]{8,}/g, REDACTED],
  [/[\p{L}\p{N}._%+-]{1,64}(?:@|%40)[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu, '[e-mail]'],
];

/** A scrubber that knows nothing yet but the patterns. */
export function createScrubber(): Scrubber {
  const forms = new Set<string>();
  let known: RegExp | undefined;
  return {
    add(secret) {
      if (secret.length < SHORTEST_SECRET) return;
      for (const form of writtenForms(secret)) forms.add(form);
      // The longest first, or a form within another would leave the rest of it.
      const longestFirst = [...forms].sort((a, b) => b.length - a.length);
      known = new RegExp(longestFirst.map(escapeForRegExp).join('|'), 'g');
    },
    scrub(text) {
      let clean = known === undefined ? text : text.replace(known, REDACTED);
      for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
      return clean;
    },
  };
}

/** How one secret may be written in text that passes through URLs, headers and JSON. */
function writtenForms(secret: string): readonly string[] {
  const escapedOnce = JSON.stringify(secret).slice(1, -1);
  // Half of a surrogate pair cannot be encoded; a buffer replaces it.
  const wellFormed = Buffer.from(secret).toString();
  const percent = encodeURIComponent(wellFormed);
  const form = new URLSearchParams([['', secret]]).toString().slice(1);
  return [
    secret,
    escapedOnce,
    JSON.stringify(escapedOnce).slice(1, -1),
    percent,
    form,
    lowerEscapes(percent),
    lowerEscapes(form),
    encodeURI(wellFormed),
    ...base64Forms(secret),
  ].filter((written) => written.length >= SHORTEST_SECRET);
}

/** Base64 writes a value in three ways, by where it begins among the bytes around it, as in `Basic base64(name:secret)`. */
function base64Forms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // Characters at both ends also carry bits of the neighbours.
    const first = [0, 2, 3][offset];
    const last = (offset + bytes.length) % 3 === 0 ? encoded.length : encoded.length - 1;
    const core = encoded.slice(first, last);
    if (core.length < SHORTEST_BASE64) return [];
    return [core, core.replaceAll('+', '-').replaceAll('/', '_'), encodeURIComponent(core)];
  });
}

function lowerEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
