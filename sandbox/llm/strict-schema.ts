// Which response schemas Claude takes, at Anthropic and on Bedrock alike.
// https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
// https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html

type Schema = { readonly [keyword: string]: unknown };

/** Keywords that each type must do without; ranges and lengths are for the caller to check. */
const UNSUPPORTED: { readonly [type: string]: readonly string[] } = {
  object: ['patternProperties', 'minProperties', 'maxProperties', 'propertyNames'],
  array: ['maxItems', 'uniqueItems', 'contains', 'prefixItems'],
  string: ['minLength', 'maxLength'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
};
const NEVER = ['oneOf', 'not', 'if', 'then', 'else', 'dependentRequired', 'dependentSchemas'] as const;
/** More optional properties than this are refused. */
const MOST_OPTIONAL = 24;

/** The first rule that a schema breaks, in words; undefined when it keeps them all. */
export function findStrictProblem(schema: Schema): string | undefined {
  const optional = { count: 0 };
  const problem = inspect(schema, schema, [], optional);
  if (problem !== undefined) return problem;
  return optional.count > MOST_OPTIONAL
    ? `Schemas contains too many optional parameters (${optional.count}), which would make grammar compilation inefficient.`
    : undefined;
}

function inspect(
  node: Schema,
  root: Schema,
  followed: readonly string[],
  optional: { count: number },
): string | undefined {
  for (const word of NEVER) if (word in node) return `Schema type '${word}' is not supported`;
  const reference = node['$ref'];
  if (typeof reference === 'string') {
    if (!reference.startsWith('#/')) return `External $ref '${reference}' is not supported`;
    if (followed.includes(reference)) return 'Recursive schemas are not supported';
    return inspect(follow(root, reference), root, [...followed, reference], optional);
  }
  const types = Array.isArray(node['type']) ? node['type'].map(String) : [String(node['type'])];
  for (const type of types) {
    const unwanted = (UNSUPPORTED[type] ?? []).filter((word) => word in node);
    if (unwanted.length > 0) return `For '${type}' type, properties ${unwanted.join(', ')} are not supported`;
  }
  const least = node['minItems'];
  if (least !== undefined && least !== 0 && least !== 1)
    return "For 'array' type, 'minItems' values other than 0 or 1 are not supported";
  if (
    Array.isArray(node['enum']) &&
    node['enum'].some((value) => value !== null && typeof value === 'object')
  )
    return 'Enum values must be strings, numbers, booleans or null';
  if (types.includes('object')) {
    if (node['additionalProperties'] !== false)
      return "For 'object' type, 'additionalProperties' must be explicitly set to false";
    const required = new Set(Array.isArray(node['required']) ? node['required'].map(String) : []);
    const properties = Object.entries(asSchema(node['properties']));
    optional.count += properties.filter(([name]) => !required.has(name)).length;
    for (const [, property] of properties) {
      const problem = inspect(asSchema(property), root, followed, optional);
      if (problem !== undefined) return problem;
    }
  }
  const inner = [...asList(node['anyOf']), ...asList(node['allOf'])];
  if (node['items'] !== undefined) inner.push(asSchema(node['items']));
  for (const one of inner) {
    const problem = inspect(one, root, followed, optional);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function follow(root: Schema, reference: string): Schema {
  let target: unknown = root;
  for (const part of reference.slice(2).split('/')) target = asSchema(target)[part];
  return asSchema(target);
}

function asSchema(value: unknown): Schema {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Schema) : {};
}

function asList(value: unknown): Schema[] {
  return Array.isArray(value) ? value.map(asSchema) : [];
}
