import { z } from 'zod';

interface Node {
  type?: string;
  description?: string;
  secret?: boolean;
  properties?: Readonly<Record<string, Node>>;
}

export interface Field {
  path: readonly string[];
  description: string | undefined;
  secret: boolean;
}

function walk(node: Node, path: readonly string[]): Field[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const here = [...path, name];
    return child.properties
      ? walk(child, here)
      : [{ path: here, description: child.description, secret: child.secret === true }];
  });
}

const known = new WeakMap<z.ZodType, readonly Field[]>();

/** Every setting that a configuration schema knows, sections flattened. */
export function fieldsOf(schema: z.ZodType): readonly Field[] {
  // Each turn of the suite asks for them, and a schema never changes.
  const fields = known.get(schema) ?? walk(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node, []);
  known.set(schema, fields);
  return fields;
}

/** The value at a path of settings; undefined where there is none. */
export function valueAt(settings: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[name] : undefined,
    settings,
  );
}

/** Settings in which each field has a value of no possible type. */
export function allWrong(fields: readonly Field[]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { path } of fields) {
    let section = out;
    for (const name of path.slice(0, -1)) {
      section[name] ??= {};
      section = section[name] as Record<string, unknown>;
    }
    section[path.at(-1) ?? ''] = [{ wrong: true }];
  }
  return out;
}

/** Dotted keys that a failed parse names. */
export function keysNamed(error: z.ZodError): string[] {
  return error.issues.flatMap((issue) => {
    const at = issue.path.map(String);
    return issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...at, key].join('.')) : [at.join('.')];
  });
}
