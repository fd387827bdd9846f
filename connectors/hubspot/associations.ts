// Asks which records the records of a page are associated with, in batches: neither the search nor the list tells all of them.
// https://developers.hubspot.com/docs/api-reference/crm-associations-v4/guide

import type { Json } from '../../core/types.ts';
import { type Client, recordsOf, stuck } from './client.ts';
import { type Kind, LINK_COLUMN } from './kinds.ts';
import { asRecord, idOf, recordsIn } from './mapping.ts';

const MOST_INPUTS = 1000;
/** A record with more pages of associations than this goes in a circle: 500 come at a time. */
const MOST_ROUNDS = 200;

/** Fills the link columns of these rows: lists of ids in order, empty where there is none. */
export async function fillLinks(
  client: Client,
  kind: Kind,
  rows: readonly { [column: string]: Json }[],
): Promise<void> {
  for (const linked of kind.links) {
    const found = new Map<string, Set<string>>(rows.map((row) => [String(row['id']), new Set()]));
    const question = { family: 'associations', path: `${kind.name}/${linked}/batch/read` } as const;
    let inputs: { readonly [name: string]: string }[] = [...found.keys()].map((id) => ({ id }));
    for (let round = 0; inputs.length > 0; round++) {
      if (round === MOST_ROUNDS) throw stuck(question, 'its pages have no end');
      const rest: { readonly [name: string]: string }[] = [];
      for (let i = 0; i < inputs.length; i += MOST_INPUTS) {
        // Records without any association come as errors of a 207, which is no failure.
        const { body } = await client.ask({
          ...question,
          body: { inputs: inputs.slice(i, i + MOST_INPUTS) },
        });
        for (const result of recordsIn(recordsOf(body, question))) {
          const id = idOf(asRecord(result['from'])?.['id']);
          const ids = id === undefined ? undefined : found.get(id);
          if (id === undefined || ids === undefined) continue;
          for (const one of recordsIn(result['to'])) {
            const to = idOf(one['toObjectId']) ?? idOf(one['id']);
            if (to !== undefined) ids.add(to);
          }
          const after = idOf(asRecord(asRecord(result['paging'])?.['next'])?.['after']);
          if (after !== undefined) rest.push({ id, after });
        }
      }
      inputs = rest;
    }
    for (const row of rows) row[LINK_COLUMN[linked]] = [...(found.get(String(row['id'])) ?? [])].sort();
  }
}
