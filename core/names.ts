// Names of columns and tables, one function for every warehouse: readable ASCII, transliterated from Arabic, unique for ever.

import { createHash } from 'node:crypto';
import { PipelineError } from './errors.ts';
import type { ColumnName } from './types.ts';

/** PostgreSQL cuts identifiers after this many bytes, silently; no other warehouse allows less. */
const LONGEST_NAME = 63;
const KEPT_OF_LONG_NAME = 54;

/**
 * Letters that Unicode does not take apart, one by one: a reader of Arabic recognises the word, and nobody needs a library's
 * table of vowels that the label does not write. Hamza on its carrier is taken apart before and counts as the carrier.
 */
const LETTERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // Arabic
    ...{ ا: 'a', ب: 'b', ت: 't', ث: 'th', ج: 'j', ح: 'h', خ: 'kh', د: 'd', ذ: 'dh', ر: 'r', ز: 'z', س: 's' },
    ...{ ش: 'sh', ص: 's', ض: 'd', ط: 't', ظ: 'z', ع: 'a', غ: 'gh', ف: 'f', ق: 'q', ك: 'k', ل: 'l', م: 'm' },
    ...{ ن: 'n', ه: 'h', و: 'w', ي: 'y', ى: 'a', ة: 'h', ء: 'a', ٱ: 'a' },
    // Persian and Kurdish
    ...{
      پ: 'p',
      چ: 'ch',
      ژ: 'zh',
      گ: 'g',
      ک: 'k',
      ی: 'y',
      ە: 'e',
      ڤ: 'v',
      ۆ: 'o',
      ێ: 'e',
      ڵ: 'l',
      ڕ: 'r',
      ۇ: 'u',
      ۋ: 'v',
    },
    // Urdu, Pashto, Sindhi and the Maghreb
    ...{
      ٹ: 't',
      ڈ: 'd',
      ڑ: 'r',
      ں: 'n',
      ھ: 'h',
      ہ: 'h',
      ۃ: 'h',
      ے: 'e',
      ټ: 't',
      ډ: 'd',
      ړ: 'r',
      ږ: 'zh',
      ښ: 'sh',
      ځ: 'z',
    },
    ...{
      څ: 'ts',
      ڼ: 'n',
      ې: 'e',
      ۍ: 'y',
      ٻ: 'b',
      ڀ: 'bh',
      ٿ: 'th',
      ڇ: 'ch',
      ڪ: 'k',
      ڱ: 'ng',
      ڳ: 'g',
      ڭ: 'ng',
      ڨ: 'g',
      ڢ: 'f',
      ڧ: 'q',
    },
    // Latin letters with no mark to take off
    ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ı: 'i', ħ: 'h', ŋ: 'n' },
  }),
);

export interface NameChoice {
  /** The names in use in this table, in lower case. */
  readonly taken: ReadonlySet<string>;
  /** What the vendor calls it for ever; tells equal labels apart. */
  readonly nativeId: string;
  /** Put before the readable part: `custom_`. Letters, digits and underscores, beginning with a letter. */
  readonly prefix?: string;
}

/**
 * A name that matches /^[a-z_][a-z0-9_]{0,62}$/ and is not taken. Readable where the label has Latin or Arabic letters or
 * digits, `field_` and a hash of the native id where it has none. Pure: the same label, id and taken names give the same name.
 */
export function columnName(label: string, { taken, nativeId, prefix = '' }: NameChoice): string {
  const hash = createHash('sha256').update(nativeId).digest('hex');
  const readable = readableName(label) || `field_${hash.slice(0, 8)}`;
  const name = shorten(/^[0-9]/.test(prefix + readable) ? `_${readable}` : prefix + readable, hash);
  if (!taken.has(name)) return name;
  for (let digits = 6; digits <= KEPT_OF_LONG_NAME; digits++) {
    const suffix = `_${hash.slice(0, digits)}`;
    const candidate = name.slice(0, LONGEST_NAME - suffix.length).replace(/_+$/, '') + suffix;
    if (!taken.has(candidate)) return candidate;
  }
  throw new PipelineError('bug', 'names.exhausted', `No free name is left for the field ${nativeId}.`);
}

function readableName(label: string): string {
  const bare = label
    .replace(/([\p{Ll}\p{Nd}])(?=\p{Lu})/gu, '$1_')
    .replace(/(\p{Lu})(?=\p{Lu}\p{Ll})/gu, '$1_')
    .normalize('NFKD')
    .toLowerCase()
    // Vowel signs, accents, tatweel and invisible joiners are part of no letter.
    .replace(/[\p{M}\p{Cf}\u0640]/gu, '');
  return Array.from(bare, (character) => LETTERS.get(character) ?? asciiDigit(character) ?? character)
    .join('')
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

/** ٠–٩ of Arabic and ۰–۹ of Persian and Urdu. */
function asciiDigit(character: string): string | undefined {
  const code = character.charCodeAt(0);
  if (code >= 0x0660 && code <= 0x0669) return String(code - 0x0660);
  if (code >= 0x06f0 && code <= 0x06f9) return String(code - 0x06f0);
  return undefined;
}

function shorten(name: string, hash: string): string {
  if (name.length <= LONGEST_NAME) return name;
  return `${name.slice(0, KEPT_OF_LONG_NAME).replace(/_+$/, '')}_${hash.slice(0, 8)}`;
}

/** The columns of the vendors' own fields. Once a field has its column, it keeps it, whatever its label becomes. */
export interface ColumnPins {
  /** `reserved` are the table's columns of the vendor's own contract, in lower case: a new name is none of them. */
  column(table: string, nativeId: string, label: string, reserved?: readonly string[]): string;
  /** What is new and not yet adopted, in the order in which it was asked for; to be stored before a row uses it. */
  added(): readonly ColumnName[];
  /** Takes over what is stored; a name that another process stored first wins. True where that changes a name of ours. */
  adopt(stored: readonly ColumnName[]): boolean;
}

/** Pins that begin with the stored ones. Every name begins with `custom_`, apart from the columns of the vendor's own contract. */
export function createColumnPins(existing: readonly ColumnName[]): ColumnPins {
  const tables = new Map<string, { readonly columns: Map<string, string>; readonly taken: Set<string> }>();
  let added: readonly ColumnName[] = [];

  function pin({ table, nativeId, column }: ColumnName): void {
    const { columns, taken } = tables.get(table) ?? { columns: new Map(), taken: new Set() };
    tables.set(table, { columns, taken });
    columns.set(nativeId, column);
    taken.add(column.toLowerCase());
  }

  const columnOf = (table: string, nativeId: string): string | undefined =>
    tables.get(table)?.columns.get(nativeId);

  for (const name of existing) pin(name);
  return {
    column(table, nativeId, label, reserved = []) {
      const pinned = columnOf(table, nativeId);
      if (pinned !== undefined) return pinned;
      const taken = new Set([...reserved, ...(tables.get(table)?.taken ?? [])]);
      const column = columnName(label, { taken, nativeId, prefix: 'custom_' });
      const name = { table, nativeId, column, label };
      pin(name);
      added = [...added, name];
      return column;
    },
    added: () => added,
    adopt(stored) {
      const differs = stored.some(
        ({ table, nativeId, column }) => (columnOf(table, nativeId) ?? column) !== column,
      );
      for (const name of stored) pin(name);
      const isStored = (name: ColumnName): boolean =>
        stored.some(({ table, nativeId }) => table === name.table && nativeId === name.nativeId);
      added = added.filter((name) => !isStored(name));
      return differs;
    },
  };
}
