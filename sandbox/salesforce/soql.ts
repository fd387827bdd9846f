// Reads SOQL, the part of it that replicating clients use, and refuses the rest as the vendor does.
// https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select.htm

export type Literal = string | number | boolean | null | Date;

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | {
      readonly kind: 'compare';
      readonly field: string;
      readonly operator: Operator;
      readonly value: Literal | readonly Literal[];
    };
export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'like' | 'in' | 'not in';

export interface Query {
  /** Paths of fields; empty for COUNT(). */
  readonly fields: readonly string[];
  readonly counts: boolean;
  /** FIELDS(ALL), FIELDS(STANDARD) or FIELDS(CUSTOM). */
  readonly everything: 'ALL' | 'STANDARD' | 'CUSTOM' | undefined;
  readonly object: string;
  readonly where: Condition | undefined;
  readonly order: readonly { readonly field: string; readonly descending: boolean }[];
  readonly limit: number | undefined;
  readonly offset: number;
}

/** The vendor's MALFORMED_QUERY, with what it says. */
export class SoqlError extends Error {
  override readonly name = 'SoqlError';
}

interface Token {
  readonly kind: 'word' | 'text' | 'number' | 'instant' | 'sign' | 'end';
  readonly text: string;
}

const TOKEN =
  /\s*(?:(?<instant>\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:?\d\d))?)|(?<number>-?\d+(?:\.\d+)?)|(?<word>[A-Za-z_][\w.]*)|(?<text>'(?:[^'\\]|\\.)*')|(?<sign><=|>=|!=|<>|[=<>(),]))/suy;

const ESCAPED: { readonly [letter: string]: string } = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/** Throws SoqlError. */
export function parseSoql(text: string): Query {
  const tokens = tokenize(text);
  let at = 0;
  const peek = (): Token => tokens[at] ?? END;
  const next = (): Token => tokens[at++] ?? END;
  const isWord = (word: string): boolean =>
    peek().kind === 'word' && peek().text.toUpperCase() === word.toUpperCase();
  const isSign = (sign: string): boolean => peek().kind === 'sign' && peek().text === sign;
  const accept = (word: string): boolean => {
    if (!isWord(word) && !isSign(word)) return false;
    at += 1;
    return true;
  };
  const expect = (word: string): void => {
    if (!accept(word)) throw new SoqlError(`unexpected token: '${peek().text}' where '${word}' must stand`);
  };
  const name = (): string => {
    const token = next();
    if (token.kind !== 'word') throw new SoqlError(`unexpected token: '${token.text}'`);
    return token.text;
  };
  const whole = (): number => {
    const token = next();
    if (token.kind !== 'number' || !/^\d+$/.test(token.text))
      throw new SoqlError(`unexpected token: '${token.text}'`);
    return Number(token.text);
  };

  function literal(): Literal {
    const token = next();
    switch (token.kind) {
      case 'text':
        return readText(token.text);
      case 'number':
        return Number(token.text);
      case 'instant':
        return new Date(token.text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
      case 'word': {
        const word = token.text.toLowerCase();
        if (word === 'null') return null;
        if (word === 'true' || word === 'false') return word === 'true';
      }
    }
    throw new SoqlError(`unexpected token: '${token.text}'`);
  }

  function condition(): Condition {
    const first = term();
    const word = isWord('AND') ? 'and' : isWord('OR') ? 'or' : undefined;
    if (word === undefined) return first;
    const parts = [first];
    while (accept(word)) parts.push(term());
    // The vendor has no precedence of AND over OR: who mixes them must write parentheses.
    if (isWord('AND') || isWord('OR')) throw new SoqlError(`unexpected token: '${peek().text}'`);
    return { kind: word, parts };
  }

  function term(): Condition {
    if (accept('NOT')) return { kind: 'not', part: term() };
    if (accept('(')) {
      const inner = condition();
      expect(')');
      return inner;
    }
    const field = name();
    if (accept('NOT')) {
      expect('IN');
      return { kind: 'compare', field, operator: 'not in', value: list() };
    }
    if (accept('IN')) return { kind: 'compare', field, operator: 'in', value: list() };
    if (accept('LIKE')) return { kind: 'compare', field, operator: 'like', value: literal() };
    const sign = next();
    const operator = sign.text === '<>' ? '!=' : sign.text;
    if (sign.kind !== 'sign' || !isOperator(operator))
      throw new SoqlError(`unexpected token: '${sign.text}'`);
    return { kind: 'compare', field, operator, value: literal() };
  }

  function list(): readonly Literal[] {
    expect('(');
    const values = [literal()];
    while (accept(',')) values.push(literal());
    expect(')');
    return values;
  }

  expect('SELECT');
  const fields: string[] = [];
  let counts = false;
  let everything: Query['everything'];
  do {
    const field = name();
    if (!accept('(')) fields.push(field);
    else if (field.toUpperCase() === 'COUNT') counts = true;
    else if (field.toUpperCase() === 'FIELDS') everything = groupOf(name());
    else throw new SoqlError(`unexpected token: '('`);
    if (counts || everything !== undefined) accept(')');
  } while (accept(','));
  expect('FROM');
  const object = name();
  const where = accept('WHERE') ? condition() : undefined;
  const order: { readonly field: string; readonly descending: boolean }[] = [];
  if (accept('ORDER')) {
    expect('BY');
    do {
      const field = name();
      const descending = accept('DESC');
      if (!descending) accept('ASC');
      if (accept('NULLS') && !accept('FIRST')) expect('LAST');
      order.push({ field, descending });
    } while (accept(','));
  }
  const limit = accept('LIMIT') ? whole() : undefined;
  const offset = accept('OFFSET') ? whole() : 0;
  if (accept('ALL')) expect('ROWS');
  if (peek().kind !== 'end') throw new SoqlError(`unexpected token: '${peek().text}'`);
  if (everything === 'ALL' && (limit === undefined || limit > 200))
    throw new SoqlError('The SOQL FIELDS function must have a LIMIT of at most 200');
  return { fields, counts, everything, object, where, order, limit, offset };
}

const END: Token = { kind: 'end', text: '<EOF>' };

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    const found = Object.entries(groups ?? {}).find(([, held]) => held !== undefined);
    if (found === undefined) throw new SoqlError(`line 1:${from} no viable alternative at this character`);
    tokens.push({ kind: found[0] as Token['kind'], text: found[1] ?? '' });
  }
  return tokens;
}

function readText(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gsu, (_all, letter: string) => ESCAPED[letter] ?? letter);
}

function groupOf(word: string): Query['everything'] {
  const group = word.toUpperCase();
  if (group === 'ALL' || group === 'STANDARD' || group === 'CUSTOM') return group;
  throw new SoqlError(`unexpected token: '${word}'`);
}

function isOperator(text: string): text is Operator {
  return ['=', '!=', '<', '<=', '>', '>='].includes(text);
}

/** The paths that a condition compares. */
export function pathsIn(condition: Condition | undefined): readonly string[] {
  if (condition === undefined) return [];
  if (condition.kind === 'compare') return [condition.field];
  return condition.kind === 'not' ? pathsIn(condition.part) : condition.parts.flatMap(pathsIn);
}

/** The instant in Unix milliseconds before which no value of a field meets a condition; undefined where it sets none. */
export function earliest(condition: Condition | undefined, field: string): number | undefined {
  if (condition?.kind === 'compare') {
    const { operator, value } = condition;
    const isBound = condition.field === field && (operator === '>' || operator === '>=' || operator === '=');
    return isBound && value instanceof Date ? value.getTime() : undefined;
  }
  if (condition?.kind !== 'and') return undefined;
  const bounds = condition.parts.flatMap((part) => earliest(part, field) ?? []);
  return bounds.length === 0 ? undefined : Math.max(...bounds);
}

/** Whether a record meets a condition. `read` gives its values. */
export function meets(condition: Condition | undefined, read: (path: string) => unknown): boolean {
  if (condition === undefined) return true;
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => meets(part, read));
    case 'or':
      return condition.parts.some((part) => meets(part, read));
    case 'not':
      return !meets(condition.part, read);
    case 'compare':
      return compares(read(condition.field) ?? null, condition.operator, condition.value);
  }
}

function compares(held: unknown, operator: Operator, value: Literal | readonly Literal[]): boolean {
  if (operator === 'in' || operator === 'not in') {
    const isIn = (value as readonly Literal[]).some((one) => compares(held, '=', one));
    return isIn === (operator === 'in');
  }
  const literal = value as Literal;
  if (operator === 'like') {
    const pattern = String(literal)
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll('%', '.*')
      .replaceAll('_', '.');
    return new RegExp(`^${pattern}$`, 'isu').test(String(held));
  }
  if (held === null || literal === null) {
    const equal = held === literal;
    return operator === '=' ? equal : operator === '!=' ? !equal : false;
  }
  const order =
    literal instanceof Date ? Date.parse(String(held)) - literal.getTime() : compareValues(held, literal);
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

/** Numbers by size, everything else by its letters; nothing comes first. */
export function compareValues(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}
