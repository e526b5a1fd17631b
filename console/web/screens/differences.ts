/** One leaf of two trees; undefined where a tree has none. */
export interface Difference {
  path: string;
  before: string | undefined;
  after: string | undefined;
}

/** Leaves of both trees by their path, changed ones first. */
export function differences(before: unknown, after: unknown): Difference[] {
  const [a, b] = [leaves(before), leaves(after)];
  const rows = [...new Set([...a.keys(), ...b.keys()])].map((path) => ({
    path,
    before: a.get(path),
    after: b.get(path),
  }));
  const changed = (r: Difference): number => (r.before === r.after ? 1 : 0);
  return rows.sort((x, y) => changed(x) - changed(y));
}

function leaves(value: unknown, path = '', into = new Map<string, string>()): Map<string, string> {
  if (value !== null && typeof value === 'object') {
    for (const [name, inner] of Object.entries(value)) leaves(inner, path ? `${path}.${name}` : name, into);
    return into;
  }
  if (path) into.set(path, value === null ? '—' : String(value));
  return into;
}
