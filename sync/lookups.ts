import type { Context, NativeObject, Pull } from '../connectors/port.ts';
import type { CompiledMapping } from '../mappings/compile.ts';
import { valueAt } from '../mappings/expression.ts';

/** Values of a mapping's `lookup:` sets for these records: asked once per page, never per record. By lookup name and key. */
export async function fetchLookups(
  { pull, ctx, mapping }: { pull: Pull<never>; ctx: Context<never>; mapping: CompiledMapping },
  natives: readonly NativeObject[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, NativeObject>>> {
  const out = new Map<string, ReadonlyMap<string, NativeObject>>();
  for (const [name, spec] of Object.entries(mapping.lookups)) {
    const path = spec.by.split('.');
    const keys = [
      ...new Set(
        natives
          .map((n) => valueAt(n, path))
          .filter((k): k is string => typeof k === 'string' && !k.startsWith('00000000-0000')),
      ),
    ];
    out.set(name, keys.length > 0 && pull.lookup ? await pull.lookup(ctx, spec, keys) : new Map());
  }
  return out;
}
