import { parse } from 'yaml';
import { nearest } from '../canonical/nearest.ts';
import { converters } from './converters/registry.ts';
import { ConversionFault, type Converter } from './types.ts';

/** `Path.To.Field | converter | converter(args)`, compiled. */
export interface Pipeline {
  /** Steps of the path; empty when the expression begins with a converter (`asOf`). */
  path: readonly string[];
  steps: readonly Converter[];
  names: readonly string[];
}

/**
 * @throws ConversionFault that names the unknown converter and the nearest known one
 */
export function parseExpression(text: string): Pipeline {
  const parts = splitPipes(text);
  const head = parts[0] ?? '';
  const startsWithConverter = Object.hasOwn(converters, head) && parts.length === 1;
  const path = startsWithConverter ? [] : head.split('.');
  if (path.some((step) => step === '' || /[\s(){}|]/.test(step)))
    throw new ConversionFault(`'${head}' is not a field path`);
  const calls = startsWithConverter ? parts : parts.slice(1);
  const names = calls.map((call) => /^[A-Za-z]+/.exec(call)?.[0] ?? call);
  return { path, names, steps: calls.map((call, i) => build(call, names[i] as string)) };
}

function build(call: string, name: string): Converter {
  const factory = Object.hasOwn(converters, name) ? converters[name] : undefined;
  if (!factory) {
    const near = nearest(name, Object.keys(converters));
    throw new ConversionFault(
      `there is no converter '${name}'${near ? `; did you mean '${near}'?` : ''} (known: ${Object.keys(converters).join(', ')})`,
    );
  }
  const args = call.slice(name.length).trim();
  if (args === '') return factory([]);
  if (!args.startsWith('(') || !args.endsWith(')')) throw new ConversionFault(`'${call}' should read ${name}(…)`);
  let values: unknown;
  try {
    values = parse(`[${args.slice(1, -1)}]`);
  } catch {
    throw new ConversionFault(`the arguments of '${call}' can't be read`);
  }
  return factory(values as unknown[]);
}

/** Splits at `|` outside of brackets. */
function splitPipes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i];
    if (sign === '(' || sign === '{' || sign === '[') depth++;
    else if (sign === ')' || sign === '}' || sign === ']') depth--;
    else if (sign === '|' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}

/** Value at a path; undefined where a step is missing. */
export function valueAt(object: unknown, path: readonly string[]): unknown {
  let value: unknown = object;
  for (const step of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}
