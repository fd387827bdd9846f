// What the vendor checks before it works on a batch.
// https://platform.openai.com/docs/api-reference/batch

import type { Schema } from './schema-rules.ts';

const MOST_REQUESTS = 50_000;

export interface Line {
  readonly customId: string;
  readonly body: unknown;
  readonly text: string;
}

export interface BatchError {
  readonly code: string;
  readonly message: string;
  readonly line: number | null;
}

/** A line that is no JSON object has an empty `customId`. */
export function readLines(text: string): readonly Line[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      try {
        const { custom_id, body } = JSON.parse(line) as Schema;
        return { customId: typeof custom_id === 'string' ? custom_id : '', body, text: line };
      } catch {
        return { customId: '', body: undefined, text: line };
      }
    });
}

/** The reason that a fault gives a batch to fail as a whole. */
export function failsAsWhole(what: string | undefined): readonly BatchError[] | undefined {
  const wrong = (code: string, message: string): readonly BatchError[] => [{ code, message, line: null }];
  switch (what) {
    case 'batch_rejected':
      return wrong('invalid_request', 'The batch is not valid.');
    case 'batch_over_limit':
      return wrong('token_limit_exceeded', 'Enqueued token limit reached. Try again once others completed.');
    case 'batch_no_money':
      return wrong('billing_hard_limit_reached', 'Billing hard limit has been reached.');
    default:
      return undefined;
  }
}

/** What is wrong with a batch as a whole; one error is enough for it to fail. */
export function findErrors(
  lines: readonly Line[],
  endpoint: string,
  endpoints: readonly string[],
): readonly BatchError[] {
  const wrong = (code: string, message: string, line: number | null = null): readonly BatchError[] => [
    { code, message, line },
  ];
  if (lines.length === 0) return wrong('empty_file', 'The input file is empty.');
  if (lines.length > MOST_REQUESTS)
    return wrong('too_many_tasks', `The file has more than ${MOST_REQUESTS} requests.`);
  const seen = new Set<string>();
  const model = (lines[0]?.body as Schema | undefined)?.['model'];
  for (const [i, line] of lines.entries()) {
    const at = i + 1;
    if (line.customId === '' || line.body === undefined)
      return wrong('invalid_json_line', 'This line is not parseable as valid JSON.', at);
    if (seen.has(line.customId))
      return wrong('duplicate_custom_id', 'The custom_id is used more than once.', at);
    seen.add(line.customId);
    const { method, url } = JSON.parse(line.text) as Schema;
    if (method !== 'POST') return wrong('invalid_method', 'The method must be POST.', at);
    if (!endpoints.includes(String(url)) || !sameEndpoint(String(url), endpoint))
      return wrong('mismatched_endpoint', 'The url is not the endpoint of the batch.', at);
    if ((line.body as Schema | null)?.['model'] !== model)
      return wrong('mismatched_model', 'All requests of a batch must have one model.', at);
  }
  return [];
}

const sameEndpoint = (one: string, other: string): boolean =>
  one.replace(/^\/v1/, '') === other.replace(/^\/v1/, '');

/** Up to 16 short texts by short names. */
export function isMetadata(sent: unknown): boolean {
  if (sent === undefined || sent === null) return true;
  if (typeof sent !== 'object' || Array.isArray(sent)) return false;
  const entries = Object.entries(sent);
  return (
    entries.length <= 16 &&
    entries.every(([name, value]) => name.length <= 64 && typeof value === 'string' && value.length <= 512)
  );
}
