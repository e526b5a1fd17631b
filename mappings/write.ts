import { parseExpression, valueAt } from './expression.ts';
import { RecordFault, shownValue } from './faults.ts';
import type { CompiledField } from './field.ts';
import type { MappingFile, ParsedMapping } from './file.ts';
import { ConversionFault, type WriteScope } from './types.ts';

type Write = (canonical: Readonly<Record<string, unknown>>, scope: WriteScope) => Record<string, unknown>;
interface ReadField {
  name: string;
  path: string[];
  field: CompiledField;
  line: number;
  personal: boolean;
}

/**
 * The canonical → native direction. With `write.fields` the native object is described by itself
 * (`Показания[0].Счетчик_Key: meter | xref(Meter)`); without it every two-way field is turned around.
 */
export function compileWrite(
  data: MappingFile,
  fields: readonly ReadField[],
  fault: (path: (string | number)[], message: string) => void,
  at: { file: string; lineOf: ParsedMapping['lineOf'] },
): Write | undefined {
  if (data.write?.fields) return compileOwn(data.write.fields, fault, at);
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

function compileOwn(
  specs: NonNullable<NonNullable<MappingFile['write']>['fields']>,
  fault: (path: (string | number)[], message: string) => void,
  at: { file: string; lineOf: ParsedMapping['lineOf'] },
): Write {
  const writers: ((
    canonical: Readonly<Record<string, unknown>>,
    out: Record<string, unknown>,
    scope: WriteScope,
  ) => void)[] = [];
  for (const [target, spec] of Object.entries(specs)) {
    const path = targetPath(target);
    const line = at.lineOf('write', 'fields', target);
    if (!path) {
      fault(['write', 'fields', target], 'is not a native path; a row is written as Section[0].Column');
      continue;
    }
    if (typeof spec !== 'string') {
      writers.push((_canonical, out) => place(out, path, spec.const));
      continue;
    }
    try {
      const { path: from, steps, names } = parseExpression(spec);
      const oneWay = steps.findIndex((step) => !step.write);
      if (oneWay >= 0)
        throw new ConversionFault(`converter '${names[oneWay]}' works in one direction only and can't write`);
      // The steps are written as in `fields`, native side first, so writing runs them from the last to the first.
      const back = [...steps].reverse();
      writers.push((canonical, out, scope) => {
        const value = valueAt(canonical, from);
        if (value === undefined) return;
        guarded(
          () =>
            place(
              out,
              path,
              back.reduce<unknown>((v, step) => step.write?.(v, scope), value),
            ),
          { file: at.file, line, field: target, value, personal: false },
        );
      });
    } catch (error) {
      if (!(error instanceof ConversionFault)) throw error;
      fault(['write', 'fields', target], error.message);
    }
  }
  return (canonical, scope) => {
    const out: Record<string, unknown> = {};
    for (const write of writers) write(canonical, out, scope);
    return out;
  };
}

function guarded(
  work: () => void,
  place: { file: string; line: number; field: string; value: unknown; personal: boolean },
): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ConversionFault)) throw error;
    throw new RecordFault({
      file: place.file,
      line: place.line,
      field: place.field,
      message: error.message,
      value: shownValue(place.value, place.personal),
    });
  }
}

type Step = { name: string; index?: number };

function targetPath(text: string): Step[] | undefined {
  const steps: Step[] = [];
  for (const part of text.split('.')) {
    const [, name, index] = /^([^\s.[\]]+)(?:\[(\d{1,3})\])?$/.exec(part) ?? [];
    if (!name) return undefined;
    steps.push(index === undefined ? { name } : { name, index: Number(index) });
  }
  return steps;
}

function place(out: Record<string, unknown>, path: readonly Step[], value: unknown): void {
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
    const rows = at[name] as Record<string, unknown>[];
    rows[index] ??= { LineNumber: index + 1 };
    at = rows[index];
  });
}
