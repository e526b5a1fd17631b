/** A step of a native path; with an index, a row of a list. */
export interface Step {
  name: string;
  index?: number;
}

/** `Показания[0].Счетчик_Key`, `$request.Month` → steps; undefined for what is no native path. */
export function targetPath(text: string): Step[] | undefined {
  const steps: Step[] = [];
  for (const part of text.split('.')) {
    const [, name, index] = /^([^\s.[\]]+)(?:\[(\d{1,3})\])?$/.exec(part) ?? [];
    if (!name) return undefined;
    steps.push(index === undefined ? { name } : { name, index: Number(index) });
  }
  return steps;
}

/** Puts a value at a path, making the groups and rows on its way. */
export function place(
  out: Record<string, unknown>,
  path: readonly Step[],
  value: unknown,
  rowOf: (index: number) => Record<string, unknown>,
): void {
  let at = out;
  path.forEach(({ name, index }, i) => {
    const last = i === path.length - 1;
    if (index === undefined) {
      if (last) at[name] = value;
      else {
        at[name] ??= {};
        at = at[name] as Record<string, unknown>;
      }
      return;
    }
    at[name] ??= [];
    const rows = at[name] as unknown[];
    if (last) {
      rows[index] = value;
      return;
    }
    rows[index] ??= rowOf(index);
    at = rows[index] as Record<string, unknown>;
  });
}
