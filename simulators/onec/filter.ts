import { fault } from './errors.ts';

export type WireObject = Record<string, unknown>;
type Evaluate = (object: WireObject, variables: WireObject) => unknown;

interface Token {
  kind: 'name' | 'number' | 'string' | 'guid' | 'date' | 'sign' | 'end';
  text: string;
}

const tokenPattern =
  /\s*(?:(guid'[^']*')|(datetime'[^']*')|('(?:[^']|'')*')|(-?\d+(?:\.\d+)?(?:[mMdDlLfF])?)|([\p{L}_][\p{L}\d_]*(?:\/[\p{L}_][\p{L}\d_]*)*)|([(),:]))/uy;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  let end = 0;
  while (end < text.trimEnd().length) {
    tokenPattern.lastIndex = end;
    const match = tokenPattern.exec(text);
    if (!match) throw fault.parse('$filter');
    end = tokenPattern.lastIndex;
    const [, guid, date, string, number, name, sign] = match;
    if (guid) tokens.push({ kind: 'guid', text: guid.slice(5, -1).toLowerCase() });
    else if (date) tokens.push({ kind: 'date', text: date.slice(9, -1) });
    else if (string) tokens.push({ kind: 'string', text: string.slice(1, -1).replace(/''/g, "'") });
    else if (number) tokens.push({ kind: 'number', text: number });
    else if (name) tokens.push({ kind: 'name', text: name });
    else tokens.push({ kind: 'sign', text: sign ?? '' });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

/** Composite attributes compare by `cast` only; plain comparison never matches (vendor manual §17.4.5.2). */
export interface FilterSchema {
  has(name: string): boolean;
  isComposite(name: string): boolean;
}

const notSupported = new Set([
  'length',
  'indexof',
  'replace',
  'tolower',
  'toupper',
  'trim',
  'floor',
  'ceiling',
  'years',
  'days',
  'hours',
  'seconds',
  'contains',
]);

/** `$filter` as a predicate. @throws ODataFault as the real interface answers */
export function parseFilter(text: string, schema: FilterSchema): (object: WireObject) => boolean {
  const tokens = tokenize(text);
  let at = 0;
  const peek = (): Token => tokens[at] ?? { kind: 'end', text: '' };
  const take = (): Token => tokens[at++] ?? { kind: 'end', text: '' };
  const sign = (s: string): void => {
    const t = take();
    if (t.kind !== 'sign' || t.text !== s) throw fault.parse('$filter');
  };
  const word = (w: string): boolean => {
    if (peek().kind !== 'name' || peek().text !== w) return false;
    at++;
    return true;
  };

  const or = (): Evaluate => {
    let left = and();
    while (word('or')) {
      const a = left;
      const b = and();
      left = (o, v) => a(o, v) === true || b(o, v) === true;
    }
    return left;
  };
  const and = (): Evaluate => {
    let left = comparison();
    while (word('and')) {
      const a = left;
      const b = comparison();
      left = (o, v) => a(o, v) === true && b(o, v) === true;
    }
    return left;
  };
  const comparison = (): Evaluate => {
    const leftToken = peek();
    const left = sum();
    for (const operator of ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const) {
      if (!word(operator)) continue;
      const rightToken = peek();
      const type = tokens[at + 4]?.text ?? '';
      const right = sum();
      const field = leftToken.kind === 'name' ? leftToken.text : '';
      if (field === 'Ref_Key' && operator !== 'eq' && operator !== 'ne')
        throw fault.configuration('Ошибка при выполнении запроса: операция не применима к типу');
      if (schema.isComposite(field) && rightToken.kind === 'guid') return () => false;
      // cast(guid'…','Document_X') holds for objects of that type only.
      if (schema.isComposite(field) && rightToken.text === 'cast')
        return (o, v) => {
          const same = o[`${field}_Type`] === `StandardODATA.${type}` && equal(left(o, v), right(o, v));
          return operator === 'ne' ? !same : same;
        };
      return (o, v) => compare(operator, left(o, v), right(o, v));
    }
    return left;
  };
  const sum = (): Evaluate => chain(['add', 'sub'], () => chain(['mul', 'div', 'mod'], unary));
  const chain = (operators: readonly string[], operand: () => Evaluate): Evaluate => {
    let left = operand();
    for (;;) {
      const operator = operators.find((w) => word(w));
      if (!operator) return left;
      const a = left;
      const b = operand();
      left = (o, v) => arithmetic(operator, Number(a(o, v)), Number(b(o, v)));
    }
  };
  const unary = (): Evaluate => {
    if (word('not')) {
      const inner = unary();
      return (o, v) => inner(o, v) !== true;
    }
    return primary();
  };
  const primary = (): Evaluate => {
    const token = take();
    switch (token.kind) {
      case 'guid':
      case 'date':
      case 'string':
        return () => token.text;
      case 'number': {
        const n = Number.parseFloat(token.text);
        return () => n;
      }
      case 'sign': {
        if (token.text !== '(') throw fault.parse('$filter');
        const inner = or();
        sign(')');
        return inner;
      }
      case 'name':
        return named(token.text);
      default:
        throw fault.parse('$filter');
    }
  };
  const named = (name: string): Evaluate => {
    if (name === 'true' || name === 'false') return () => name === 'true';
    if (name === 'null') return () => null;
    if (peek().kind === 'sign' && peek().text === '(')
      return name.endsWith('/any') || name.endsWith('/all') ? lambda(name) : call(name);
    const steps = name.split('/');
    const [head = ''] = steps;
    const bound = scopes.includes(head);
    if (!bound && !schema.has(head)) throw fault.property(head);
    return (o, v) =>
      steps
        .slice(bound ? 1 : 0)
        .reduce<unknown>((value, step) => (value as WireObject | undefined)?.[step], bound ? v[head] : o);
  };
  const scopes: string[] = [];
  const lambda = (name: string): Evaluate => {
    const part = name.slice(0, -4);
    sign('(');
    const variable = take().text;
    sign(':');
    scopes.push(variable);
    const body = or();
    scopes.pop();
    sign(')');
    const every = name.endsWith('/all');
    return (o, v) => {
      const rows = (o[part] as WireObject[] | undefined) ?? [];
      const test = (row: WireObject) => body(o, { ...v, [variable]: row }) === true;
      return every ? rows.every(test) : rows.some(test);
    };
  };
  const call = (name: string): Evaluate => {
    if (notSupported.has(name)) throw fault.parse('$filter');
    sign('(');
    const args: Evaluate[] = [];
    if (!(peek().kind === 'sign' && peek().text === ')')) {
      args.push(or());
      while (peek().kind === 'sign' && peek().text === ',') {
        at++;
        args.push(or());
      }
    }
    sign(')');
    const run = functions[name];
    if (!run) throw fault.parse('$filter');
    return (o, v) =>
      run(
        args.map((a) => a(o, v)),
        o,
      );
  };

  const evaluate = or();
  if (peek().kind !== 'end') throw fault.parse('$filter');
  return (object) => evaluate(object, {}) === true;
}

const part = (from: number, to: number) => (args: unknown[]) => Number(String(args[0]).slice(from, to));
const functions: Readonly<Record<string, (args: unknown[], object: WireObject) => unknown>> = {
  substringof: ([needle, hay]) =>
    String(hay ?? '')
      .toLowerCase()
      .includes(String(needle ?? '').toLowerCase()),
  startswith: ([hay, needle]) =>
    String(hay ?? '')
      .toLowerCase()
      .startsWith(String(needle ?? '').toLowerCase()),
  endswith: ([hay, needle]) =>
    String(hay ?? '')
      .toLowerCase()
      .endsWith(String(needle ?? '').toLowerCase()),
  concat: ([a, b]) => `${String(a ?? '')}${String(b ?? '')}`,
  substring: ([s, from, length]) =>
    String(s ?? '').substr(Number(from) - 1, length === undefined ? undefined : Number(length)),
  like: ([s, pattern]) =>
    new RegExp(
      `^${String(pattern)
        .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
        .replace(/%/g, '.*')
        .replace(/_/g, '.')}$`,
      'iu',
    ).test(String(s ?? '')),
  year: part(0, 4),
  month: part(5, 7),
  day: part(8, 10),
  hour: part(11, 13),
  minute: part(14, 16),
  second: part(17, 19),
  round: ([n]) => Math.round(Number(n)),
  // cast(guid'…','Document_X'): the key as it compares with a composite attribute. Attributes and types both hold.
  cast: ([value]) => value,
  isof: ([value, type], object) =>
    Object.keys(object).some(
      (name) => object[name] === value && object[`${name}_Type`] === `StandardODATA.${String(type)}`,
    ),
};

function compare(operator: string, a: unknown, b: unknown): boolean {
  if (operator === 'eq') return equal(a, b);
  if (operator === 'ne') return !equal(a, b);
  if (a === null || a === undefined || b === null || b === undefined) return false;
  const [x, y] = typeof a === 'number' || typeof b === 'number' ? [Number(a), Number(b)] : [String(a), String(b)];
  if (operator === 'gt') return x > y;
  if (operator === 'ge') return x >= y;
  if (operator === 'lt') return x < y;
  return x <= y;
}

/** Texts compare without regard to case, as the platform's query language does. */
function equal(a: unknown, b: unknown): boolean {
  if (typeof a === 'string' && typeof b === 'string')
    return a === b || (a.length === b.length && a.toLowerCase() === b.toLowerCase());
  if (typeof a === 'number' || typeof b === 'number') return Number(a) === Number(b);
  return (a ?? null) === (b ?? null);
}

function arithmetic(operator: string, a: number, b: number): number {
  if (operator === 'add') return a + b;
  if (operator === 'sub') return a - b;
  if (operator === 'mul') return a * b;
  if (operator === 'div') return a / b;
  return a % b;
}
