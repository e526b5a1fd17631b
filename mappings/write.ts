import { valueAt } from './expression.ts';
import type { CompiledField } from './field.ts';
import type { MappingFile, ParsedMapping } from './file.ts';
import type { WriteScope } from './types.ts';
import { guarded } from './write-fault.ts';
import { compileOwn, type OwnWriting } from './write-own.ts';

type Write = (canonical: Readonly<Record<string, unknown>>, scope: WriteScope) => Record<string, unknown>;
interface ReadField {
  name: string;
  path: string[];
  field: CompiledField;
  line: number;
  personal: boolean;
}

/**
 * The canonical → native direction. With `write.fields` or `write.cases` the native object is described by itself
 * (`Показания[0].Счетчик_Key: meter | xref(Meter)`); without them every two-way field is turned around.
 */
export function compileWrite(
  data: MappingFile,
  fields: readonly ReadField[],
  at: { file: string; lineOf: ParsedMapping['lineOf'] },
  own: Omit<OwnWriting, 'file' | 'lineOf'>,
): Write | undefined {
  if (data.write?.fields || data.write?.cases) return compileOwn(data.write, { ...at, ...own });
  const back = fields.filter((f) => f.field.write);
  if (back.length === 0) return undefined;
  return (canonical, scope) => {
    const out: Record<string, unknown> = {};
    for (const { name, path, field, line, personal } of back) {
      const value = valueAt(canonical, path);
      if (value === undefined) continue;
      guarded(() => field.write?.(value, out, scope), { file: at.file, line, field: name, value, personal });
    }
    return out;
  };
}
