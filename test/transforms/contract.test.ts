// The promises of a transform, kept by ours and broken by those that are broken on purpose.

import { describe, expect, test } from 'vitest';
import { language } from '../../transforms/language.ts';
import { redactor } from '../../transforms/redact.ts';
import { text } from '../../transforms/text.ts';
import { BROKEN_TRANSFORMS } from '../contracts/broken-transforms.ts';
import { TRANSFORM_PROMISES, transformContract } from '../contracts/transform.ts';

transformContract(text({ redactor: redactor() }));
transformContract(language());

describe('the contract suite catches a transform that', () => {
  for (const { name, breaks, from } of BROKEN_TRANSFORMS) {
    test(name, () => {
      expect(() => TRANSFORM_PROMISES[breaks]?.(from(language()))).toThrow();
    });
  }

  test('breaks any promise: each one is broken by somebody', () => {
    const broken = new Set(BROKEN_TRANSFORMS.map(({ breaks }) => breaks));
    expect([...broken].sort()).toEqual(Object.keys(TRANSFORM_PROMISES).sort());
  });
});
