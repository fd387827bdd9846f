// The languages that we have no rules for, told from letter sequences by the package eld, which is loaded at the first text that needs it.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

type Detector = typeof import('eld/small')['eld'];

let loaded: Detector | undefined;

/**
 * eld (https://github.com/nitotm/efficient-language-detector-js, Apache-2.0) takes 0.6 s and 150 MB to load, once, so it is
 * no part of start-up. A transform is synchronous, and so is this: since Node 20.19 `require` takes an ES module. eld offers
 * its small database to `import` only, so the file is looked up as `import` would.
 */
function detector(): Detector {
  if (loaded === undefined) {
    const file = fileURLToPath(import.meta.resolve('eld/small'));
    loaded = (createRequire(import.meta.url)(file) as { readonly eld: Detector }).eld;
  }
  return loaded;
}

/**
 * The language by ISO 639-1 (`ku` is Sorani, `ms` stands for Malay and Indonesian), or null where eld does not call itself
 * reliable or the next language lies within `lead` of it. Reads the first 350 bytes, as eld does.
 */
export function detectLanguage(text: string, lead: (language: string) => number): string | null {
  const result = detector().detect(text);
  if (result.language === '' || !result.isReliable()) return null;
  const [best = 0, next = 0] = Object.values(result.getScores());
  return best - next >= lead(result.language) ? result.language : null;
}
