// Values that JSON can hold and no record should: an object that brings a `toString` of its own, and words that every object knows.

import { expect, test } from 'vitest';
import { mergedInto } from '../../connectors/hubspot/properties.ts';
import { partWords, roleOf } from '../../connectors/intercom/words.ts';
import type { Json } from '../../core/types.ts';

const ODD: Json = { toString: 1, valueOf: 1 };

test('an author of an odd type has no role', () => {
  for (const type of ['constructor', 'toString', ODD]) expect(roleOf({ type })).toBeNull();
});

test('a part of an odd type says its words', () => {
  const row = { id: '1', author_role: 'agent', body: 'أهلاً', part_type: ODD, conversation_id: '2' };
  expect(partWords(row)).toHaveLength(1);
});

test('odd ids of merged records are left out', () => {
  expect(mergedInto({ id: '1', hs_merged_object_ids: [ODD, '2:3'] })).toEqual(['2']);
});
