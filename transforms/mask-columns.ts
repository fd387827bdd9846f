// Hides personal data in the columns of tables, by policy: what the warehouse itself shall not hold.

import { PipelineError } from '../core/errors.ts';
import { SYSTEM_FIELDS } from '../core/tables.ts';
import type { ColumnMask, Field, Json, PiiClass, Row, Table } from '../core/types.ts';
import { type Redactor, redactor } from './redact.ts';

/**
 * `redact` puts placeholders in the place of what the redactor finds, in text and in every string inside JSON; `drop` leaves NULL.
 * There is no hash: without a secret key it is undone by trying all phone numbers, and a key would have to be kept and rotated.
 */
export type MaskMode = 'redact' | 'drop';

/** Which columns, by class of the catalogue and by name; the name decides where both speak, and `keep` takes a column out. */
export interface MaskPolicy {
  readonly classes?: { readonly [pii in Exclude<PiiClass, 'none' | 'identifier'>]?: MaskMode };
  /** `zendesk_users.email`, `feedback.text_original`. */
  readonly columns?: { readonly [tableAndColumn: string]: MaskMode | 'keep' };
}

/** What the labels of a run are made from: it holds placeholders already, and without it nothing could be labelled. */
const LABELLED_COLUMN = 'feedback.text_analysis';
const COLUMN = /^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$/;
const WORDS_LEFT = /[\p{L}\p{N}]/u;
const PLACEHOLDERS = /\[\p{L}+_\d+\]/gu;

/**
 * A mask for `Pipeline.mask`. Throws a config error at once for a policy that names a system column or no column at all; keys,
 * version columns and columns that do not exist are refused as soon as their table is described, which is before any row is read.
 *
 * A column of class `contact` holds nothing but a person. In mode `redact`, what the redactor does not recognise there (a name
 * that no cue introduces, a street) becomes NULL. A row's own contact columns are the names that are looked for in its texts.
 * In mode `redact`, a column that holds no text or JSON becomes NULL when its class asks for it, and is refused by name.
 *
 * What masking does not reach: rejects, which keep the row as it came so that it can be replayed; names that stand in free text
 * without a cue and are not in the row; keys of JSON objects, and numbers inside JSON; the warehouse's rows from before the
 * policy, until a backfill writes them anew.
 */
export function maskColumns(policy: MaskPolicy): ColumnMask {
  for (const name of Object.keys(policy.columns ?? {})) checkName(name);
  const redact = redactor();
  const plans = new WeakMap<Table, readonly (readonly [column: string, mode: MaskMode])[]>();
  const planOf = (table: Table): readonly (readonly [column: string, mode: MaskMode])[] => {
    let plan = plans.get(table);
    if (plan === undefined) {
      plan = Object.entries(table.fields).flatMap(([column, field]) => {
        const mode = modeOf(policy, table, column, field);
        return mode === undefined ? [] : [[column, mode] as const];
      });
      plans.set(table, plan);
    }
    return plan;
  };
  return {
    check: (table) => check(policy, table),
    apply(table, rows) {
      const plan = planOf(table);
      return plan.length === 0 ? rows : rows.map((row) => maskRow(redact, table, plan, row));
    },
  };
}

function checkName(name: string): void {
  const column = name.slice(name.indexOf('.') + 1);
  if (!COLUMN.test(name)) refuse(name, 'is no column', 'Write table.column, such as feedback.text_original.');
  if (column in SYSTEM_FIELDS)
    refuse(name, 'is a column of the loader', 'System columns hold no personal data.');
}

function check(policy: MaskPolicy, table: Table): void {
  for (const [name, mode] of Object.entries(policy.columns ?? {})) {
    const [of, column = ''] = name.split('.');
    if (of !== table.name || mode === 'keep') continue;
    const field = table.fields[column];
    if (table.key.includes(column))
      refuse(name, 'is part of the key', 'Without its key a row could not be told from others.');
    if (table.version === column)
      refuse(name, 'is the version', 'Without it an old row would overwrite a new one.');
    if (field === undefined)
      refuse(name, 'does not exist', `Columns of ${table.name}: ${Object.keys(table.fields).join(', ')}.`);
    if (mode === 'redact' && !holdsText(field)) refuse(name, `holds no text but ${field.type}`, 'Use drop.');
    if (name === LABELLED_COLUMN && mode === 'drop')
      refuse(name, 'is what labels are made from', 'It holds placeholders already.');
  }
}

function refuse(name: string, what: string, hint: string): never {
  throw new PipelineError('config', 'mask.bad_column', `The mask names “${name}”, which ${what}.`, { hint });
}

function holdsText(field: Field): boolean {
  return field.type === 'string' || field.type === 'json';
}

function modeOf(policy: MaskPolicy, table: Table, column: string, field: Field): MaskMode | undefined {
  if (table.key.includes(column) || table.version === column || column in SYSTEM_FIELDS) return undefined;
  const name = `${table.name}.${column}`;
  const named = policy.columns?.[name];
  if (named !== undefined) return named === 'keep' ? undefined : named;
  const mode = field.pii === 'contact' || field.pii === 'free_text' ? policy.classes?.[field.pii] : undefined;
  if (mode === undefined || name === LABELLED_COLUMN) return undefined;
  return mode === 'redact' && !holdsText(field) ? 'drop' : mode;
}

function maskRow(
  redact: Redactor,
  table: Table,
  plan: readonly (readonly [column: string, mode: MaskMode])[],
  row: Row,
): Row {
  let masked: { [column: string]: Json | undefined } | undefined;
  const names = namesIn(table, row);
  for (const [column, mode] of plan) {
    const value = row[column];
    if (value === undefined || value === null) continue;
    const after =
      mode === 'drop' ? null : hide(redact, value, names, table.fields[column]?.pii === 'contact');
    if (after === value) continue;
    masked ??= { ...row };
    masked[column] = after;
  }
  return masked ?? row;
}

/** The strings of the row's contact columns: where they are names, they are looked for in its texts. */
function namesIn(table: Table, row: Row): readonly string[] {
  return Object.entries(table.fields).flatMap(([column, { pii }]) => {
    const value = pii === 'contact' ? row[column] : undefined;
    return typeof value === 'string' && value.length < 200 && !/[@\d]/.test(value) ? [value] : [];
  });
}

function hide(redact: Redactor, value: Json, names: readonly string[], isContact: boolean): Json {
  const text = (before: string): string | null => {
    const after = redact.redact(before, { names }).text;
    return isContact && WORDS_LEFT.test(after.replace(PLACEHOLDERS, '')) ? null : after;
  };
  return typeof value === 'string' ? text(value) : mapStrings(value, text);
}

/**
 * The value with every string inside it mapped; the same value when none changed. It keeps its own stack: JSON from outside may
 * be nested deeper than calls can be.
 */
function mapStrings(value: Json, map: (text: string) => string | null): Json {
  const root: { value: Json } = { value };
  const open: { readonly holder: { [key: string]: Json }; readonly key: string }[] = [
    { holder: root as { [key: string]: Json }, key: 'value' },
  ];
  let changed = false;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { holder, key } = next;
    const before = holder[key];
    if (typeof before === 'string') {
      const after = map(before);
      changed ||= after !== before;
      holder[key] = after;
    } else if (typeof before === 'object' && before !== null) {
      const copy = (Array.isArray(before) ? [...before] : copyOf(before)) as { [key: string]: Json };
      holder[key] = copy;
      for (const inner of Object.keys(copy)) open.push({ holder: copy, key: inner });
    }
  }
  return changed ? root.value : value;
}

/** A copy that keeps a key such as __proto__ a key. */
function copyOf(value: object): object {
  return Object.defineProperties({}, Object.getOwnPropertyDescriptors(value));
}
