// What the vendor accepts as a strict response schema, and how the stand-in fills one.
// https://platform.openai.com/docs/guides/structured-outputs#supported-schemas

export type Schema = { readonly [keyword: string]: unknown };

const FORBIDDEN = [
  'allOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'dependentRequired',
  'dependentSchemas',
  'patternProperties',
] as const;
const DEEPEST = 10;

/** The first rule that a strict schema breaks, in words; undefined when it keeps them all. */
export function findSchemaProblem(schema: Schema): string | undefined {
  if (schema['type'] !== 'object')
    return `schema must be a JSON Schema of 'type: "object"', got 'type: "${String(schema['type'] ?? 'None')}"'.`;
  if (schema['anyOf'] !== undefined) return "the root of the schema must not use 'anyOf'.";
  return inspect(schema, [], schema, 0);
}

function inspect(node: Schema, path: readonly string[], root: Schema, depth: number): string | undefined {
  const at = `In context=(${path.map((part) => `'${part}'`).join(', ')}), `;
  if (depth > DEEPEST) return `${at}the schema is nested deeper than ${DEEPEST} levels.`;
  for (const word of FORBIDDEN) if (node[word] !== undefined) return `${at}'${word}' is not permitted.`;
  for (const [name, definition] of Object.entries(asSchemas(node['$defs'] ?? node['definitions']))) {
    const problem = inspect(definition, [...path, '$defs', name], root, depth);
    if (problem) return problem;
  }
  for (const [i, choice] of asList(node['anyOf']).entries()) {
    const problem = inspect(choice, [...path, 'anyOf', String(i)], root, depth + 1);
    if (problem) return problem;
  }
  if (node['items'] !== undefined)
    return inspect(asSchema(node['items']), [...path, 'items'], root, depth + 1);
  if (node['type'] === 'array') return `${at}array schema missing items.`;
  if (node['type'] !== 'object') return undefined;
  if (node['additionalProperties'] !== false)
    return `${at}'additionalProperties' is required to be supplied and to be false.`;
  const properties = asSchemas(node['properties']);
  const required = new Set(Array.isArray(node['required']) ? node['required'] : []);
  for (const name of Object.keys(properties)) {
    if (!required.has(name))
      return `${at}'required' is required to be supplied and to be an array including every key in properties. Missing '${name}'.`;
  }
  for (const [name, property] of Object.entries(properties)) {
    const problem = inspect(property, [...path, 'properties', name], root, depth + 1);
    if (problem) return problem;
  }
  return undefined;
}

/**
 * A value that satisfies the schema, taking what it can from `known` by the names of properties. An array of objects that have
 * an `id` gets one element for each of `known.items`.
 */
export function fillSchema(node: Schema, known: unknown, root: Schema): unknown {
  const target = resolve(node, root);
  const choices = asList(target['anyOf']);
  const first = choices.find((choice) => resolve(choice, root)['type'] !== 'null') ?? choices[0];
  if (first) return fillSchema(first, known, root);
  if (target['const'] !== undefined) return target['const'];
  if (Array.isArray(target['enum'])) return target['enum'].includes(known) ? known : target['enum'][0];
  const type = Array.isArray(target['type']) ? target['type'].find((one) => one !== 'null') : target['type'];
  switch (type) {
    case 'object': {
      const source = known !== null && typeof known === 'object' ? (known as Schema) : {};
      return Object.fromEntries(
        Object.entries(asSchemas(target['properties'])).map(([name, property]) => [
          name,
          fillSchema(property, source[name], root),
        ]),
      );
    }
    case 'array': {
      const elements = Array.isArray(known) ? known : [];
      const limit = typeof target['maxItems'] === 'number' ? target['maxItems'] : elements.length;
      return elements.slice(0, limit).map((element) => fillSchema(asSchema(target['items']), element, root));
    }
    case 'number':
      return typeof known === 'number' ? known : 0;
    case 'integer':
      return typeof known === 'number' ? Math.round(known) : 0;
    case 'boolean':
      return known === true;
    case 'null':
      return null;
    default:
      return known === undefined || known === null ? '' : String(known);
  }
}

function resolve(node: Schema, root: Schema): Schema {
  const reference = node['$ref'];
  if (typeof reference !== 'string') return node;
  let target: unknown = root;
  for (const part of reference
    .replace(/^#\/?/, '')
    .split('/')
    .filter((one) => one !== ''))
    target = asSchema(target)[part];
  return resolve(asSchema(target), root);
}

function asSchema(value: unknown): Schema {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Schema) : {};
}

function asSchemas(value: unknown): { readonly [name: string]: Schema } {
  return Object.fromEntries(Object.entries(asSchema(value)).map(([name, held]) => [name, asSchema(held)]));
}

function asList(value: unknown): readonly Schema[] {
  return Array.isArray(value) ? value.map(asSchema) : [];
}
