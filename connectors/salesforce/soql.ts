// Writes SOQL: literals that cannot break out of their quotes, and the conditions of a reading.
// https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select_quotedstringescapes.htm

import { PipelineError } from '../../core/errors.ts';

const ESCAPES: { readonly [character: string]: string } = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
};

/** A text in quotes. */
export function literal(text: string): string {
  return `'${text.replace(/[\\'"\n\r\t\b\f]/g, (character) => ESCAPES[character] ?? '')}'`;
}

/** The API name of an object. Throws config `salesforce.bad_object` for what can be none. */
export function objectName(name: string): string {
  if (/^[A-Za-z][A-Za-z0-9_]{0,79}$/.test(name)) return name;
  throw new PipelineError(
    'config',
    'salesforce.bad_object',
    'An object of Salesforce is named by its API name.',
    {
      hint: 'Such as Lead or Survey__c: Setup → Object Manager → API Name.',
    },
  );
}

/** What is read: from an instant, or from a place among those of one instant, up to an instant that is not included. */
export type Span = {
  /** `2026-05-06T12:08:29.000Z` */
  readonly from: string;
  readonly to: string;
  /** Of those changed at `from` exactly, only the ids after this one. */
  readonly after?: string;
};

/** The condition on the field that tells when a record changed. The first comparison alone uses the index; the rest only sorts out ties. */
export function within(field: string, { from, to, after }: Span): string {
  const tie = after === undefined ? '' : ` AND (${field} > ${instant(from)} OR Id > ${literal(after)})`;
  return `${field} >= ${instant(from)} AND ${field} < ${instant(to)}${tie}`;
}

/** An instant stands in SOQL without quotes, so nothing else may stand there. */
function instant(text: string): string {
  return new Date(text).toISOString();
}
