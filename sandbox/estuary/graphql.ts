// As much of GraphQL as the stand-in needs: reads a query, checks its fields against the vendor's schema, and answers what it selects.

/** What a query selects: fields with their arguments as they are written, and what is selected of each. */
export interface Selection {
  readonly field: string;
  readonly argumentText: string;
  readonly fields: readonly Selection[];
}

/** Throws a SyntaxError for what is no query. Fragments and directives are not read. */
export function parseQuery(text: string): readonly Selection[] {
  const tokens = [...text.matchAll(/[A-Za-z_][A-Za-z0-9_]*|[{}()]|"[^"]*"|[^\s{}()A-Za-z_"]+/g)].map(
    ([token]) => token,
  );
  let at = tokens.indexOf('{');
  if (at < 0) throw new SyntaxError('a query needs a selection');
  // The variables of the operation stand in brackets before its selection.
  const selection = readSelection();
  if (at !== tokens.length) throw new SyntaxError(`unexpected "${tokens[at]}"`);
  return selection;

  function readSelection(): readonly Selection[] {
    const fields: Selection[] = [];
    at += 1;
    while (tokens[at] !== '}') {
      const field = tokens[at++];
      if (field === undefined || !/^[A-Za-z_]/.test(field))
        throw new SyntaxError(`unexpected "${field ?? 'end'}"`);
      const argumentText = tokens[at] === '(' ? readArguments() : '';
      fields.push({ field, argumentText, fields: tokens[at] === '{' ? readSelection() : [] });
    }
    at += 1;
    if (fields.length === 0) throw new SyntaxError('an empty selection');
    return fields;
  }

  function readArguments(): string {
    const from = at;
    while (tokens[at] !== undefined && tokens[at] !== ')') at += 1;
    if (tokens[at] === undefined) throw new SyntaxError('arguments without an end');
    at += 1;
    return tokens.slice(from + 1, at - 1).join(' ');
  }
}

/** A type of the schema: each field with the type of what it holds; a scalar's name is no type. */
export type Types = { readonly [type: string]: { readonly [field: string]: string } };

/** What is wrong with a selection, in the server's words; undefined when it fits the type. */
export function problemIn(selection: readonly Selection[], type: string, types: Types): string | undefined {
  for (const { field, fields } of selection) {
    const held = types[type]?.[field];
    if (held === undefined) return `Unknown field "${field}" on type "${type}".`;
    const inner = types[held];
    if (inner === undefined && fields.length > 0)
      return `Field "${field}" must not have a selection since it is a scalar.`;
    if (inner !== undefined && fields.length === 0)
      return `Field "${field}" must have a selection of subfields.`;
    const problem = inner === undefined ? undefined : problemIn(fields, held, types);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Only what is selected. */
export function project(value: unknown, selection: readonly Selection[]): unknown {
  if (Array.isArray(value)) return value.map((one) => project(one, selection));
  if (value === null || typeof value !== 'object' || selection.length === 0) return value ?? null;
  const record = value as { readonly [field: string]: unknown };
  return Object.fromEntries(selection.map(({ field, fields }) => [field, project(record[field], fields)]));
}
