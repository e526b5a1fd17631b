import type { z } from 'zod';
import { nearest } from '../canonical/nearest.ts';
import { inside, namesAt } from './canonical-path.ts';
import { parseExpression, valueAt } from './expression.ts';
import { RecordFault, shownValue } from './faults.ts';
import type { ParsedMapping } from './file.ts';
import { place, type Step, targetPath } from './target-path.ts';
import { ConversionFault, type NativeObject, type WriteScope } from './types.ts';
import { guarded } from './write-fault.ts';
import type { Condition, WriteBlock, WritePart, WriteSpec } from './write-spec.ts';

/** A name that begins with this is one of the whole canonical object, also inside of rows. */
const ROOT = '$root';

export interface OwnWriting {
  file: string;
  lineOf: ParsedMapping['lineOf'];
  fault: (path: (string | number)[], message: string) => void;
  /** Canonical schema that the paths are checked against; absent where an entity is written from the payloads of commands. */
  schema?: z.ZodObject;
  /** Top-level names whose values an error text must not show. */
  personal: ReadonlySet<string>;
}

type Write = (item: NativeObject, out: Record<string, unknown>, moment: Moment) => void;
interface Moment {
  root: NativeObject;
  scope: WriteScope;
}
/** Where a block stands: its path in the file, the canonical type that its names belong to, and whether that is personal. */
interface Place {
  path: (string | number)[];
  type: z.ZodType | undefined;
  /** Names here are those of the whole canonical object. */
  top: boolean;
  personal: boolean;
}

/** Compiles `write.fields` and `write.cases`. */
export function compileOwn(
  part: WritePart,
  own: OwnWriting,
): (canonical: NativeObject, scope: WriteScope) => Record<string, unknown> {
  const compiler = new Compiler(own, new Set(part.given ?? []), part.lineNumbers !== false);
  const write = compiler.block(part, { path: ['write'], type: own.schema, top: true, personal: false });
  return (canonical, scope) => {
    const out: Record<string, unknown> = {};
    write(canonical, out, { root: canonical, scope });
    return out;
  };
}

class Compiler {
  readonly #own: OwnWriting;
  readonly #given: ReadonlySet<string>;
  readonly #rowOf: (index: number) => Record<string, unknown>;

  constructor(own: OwnWriting, given: ReadonlySet<string>, numbered: boolean) {
    this.#own = own;
    this.#given = given;
    this.#rowOf = numbered ? (index) => ({ LineNumber: index + 1 }) : () => ({});
  }

  block({ fields = {}, cases }: WriteBlock, at: Place): Write {
    const writes = this.#fields(fields, { ...at, path: [...at.path, 'fields'] });
    if (cases) writes.push(this.#cases(cases, { ...at, path: [...at.path, 'cases'] }));
    return (item, out, moment) => {
      for (const write of writes) write(item, out, moment);
    };
  }

  #fields(fields: Record<string, WriteSpec>, at: Place): Write[] {
    const writes: Write[] = [];
    for (const [target, spec] of Object.entries(fields)) {
      const here = { ...at, path: [...at.path, target] };
      const steps = targetPath(target);
      if (!steps) {
        this.#own.fault(here.path, 'is not a native path; a row is written as Section[0].Column');
        continue;
      }
      try {
        writes.push(this.#target(steps, target, spec, here));
      } catch (error) {
        if (!(error instanceof ConversionFault)) throw error;
        this.#own.fault(here.path, error.message);
      }
    }
    return writes;
  }

  #cases(cases: NonNullable<WriteBlock['cases']>, at: Place): Write {
    const compiled = cases.map(({ when, fields }, i) => ({
      fits: this.#fits(when ?? {}, { ...at, path: [...at.path, i, 'when'] }),
      writes: this.#fields(fields, { ...at, path: [...at.path, i, 'fields'] }),
    }));
    const names = [...new Set(cases.flatMap((c) => Object.keys(c.when ?? {})))];
    const line = this.#own.lineOf(...at.path);
    return (item, out, moment) => {
      const found = compiled.find(({ fits }) => fits(item, moment));
      if (!found)
        throw new RecordFault({
          file: this.#own.file,
          line,
          field: at.path.join('.'),
          message: `none of the cases fits ${names
            .map((name) => {
              const { value, personal } = this.#look(name, at)(item, moment);
              return `${name}: ${shownValue(value, personal)}`;
            })
            .join(', ')}`,
        });
      for (const write of found.writes) write(item, out, moment);
    };
  }

  #target(steps: readonly Step[], target: string, spec: WriteSpec, at: Place): Write {
    const put = (out: Record<string, unknown>, value: unknown): void => {
      if (value !== undefined) place(out, steps, value, this.#rowOf);
    };
    if (typeof spec === 'string') {
      const value = this.#expression(spec, target, at);
      return (item, out, moment) => put(out, value(item, moment));
    }
    if ('const' in spec) {
      const fits = this.#fits(spec.when ?? {}, at);
      return (item, out, moment) => {
        if (fits(item, moment)) put(out, spec.const);
      };
    }
    if ('from' in spec) {
      const fits = this.#fits(spec.when, at);
      const value = this.#expression(spec.from, target, at);
      return (item, out, moment) => {
        if (fits(item, moment)) put(out, value(item, moment));
      };
    }
    if ('registry' in spec) {
      const code = this.#expression(spec.code, target, at);
      return (item, out, moment) => {
        const value = code(item, moment);
        if (value !== undefined && value !== null && value !== '')
          put(out, { $registry: spec.registry, Code: String(value) });
      };
    }
    if ('rows' in spec) return this.#rows(spec, target, at, put);
    if ('of' in spec) return this.#group(spec, at, put);
    const fits = this.#fits(spec.when ?? {}, at);
    const write = this.block(spec, at);
    return (item, out, moment) => {
      if (!fits(item, moment)) return;
      const group: Record<string, unknown> = {};
      write(item, group, moment);
      put(out, group);
    };
  }

  #rows(
    spec: Extract<WriteSpec, { rows: string }>,
    target: string,
    at: Place,
    put: (out: Record<string, unknown>, value: unknown) => void,
  ): Write {
    const inner = this.#inner(spec.rows, at);
    const all = this.#list(spec.rows, target, at);
    const wanted = this.#fits(spec.where ?? {}, inner);
    const items = (item: NativeObject, moment: Moment): readonly unknown[] =>
      all(item, moment).filter((one) => wanted(one as NativeObject, moment));
    if ((spec.value === undefined) === (spec.fields === undefined && spec.cases === undefined))
      throw new ConversionFault('rows needs either value, or fields or cases');
    if (spec.value !== undefined) {
      const value = this.#expression(spec.value, target, { ...inner, type: undefined });
      return (item, out, moment) => {
        const rows = items(item, moment).map((one) => value({ item: one }, moment));
        if (rows.length > 0) put(out, rows);
      };
    }
    const write = this.block(spec, inner);
    return (item, out, moment) => {
      const rows = items(item, moment).map((one, index) => {
        const row = this.#rowOf(index);
        write(one as NativeObject, row, moment);
        return row;
      });
      if (rows.length > 0) put(out, rows);
    };
  }

  #group(
    spec: Extract<WriteSpec, { of: string }>,
    at: Place,
    put: (out: Record<string, unknown>, value: unknown) => void,
  ): Write {
    const look = this.#look(spec.of, at);
    if (spec.fields === undefined && spec.cases === undefined) throw new ConversionFault('of needs fields or cases');
    const write = this.block(spec, this.#inner(spec.of, at));
    return (item, out, moment) => {
      const { value } = look(item, moment);
      if (value === undefined || value === null) return;
      const group: Record<string, unknown> = {};
      write(value as NativeObject, group, moment);
      put(out, group);
    };
  }

  #list(path: string, target: string, at: Place): (item: NativeObject, moment: Moment) => readonly unknown[] {
    const look = this.#look(path, at);
    const line = this.#own.lineOf(...at.path);
    return (item, moment) => {
      const { value, personal } = look(item, moment);
      if (value === undefined || value === null) return [];
      if (Array.isArray(value)) return value;
      throw new RecordFault({
        file: this.#own.file,
        line,
        field: target,
        message: `${path} must be a list`,
        value: shownValue(value, personal),
      });
    };
  }

  /** `canonical.path | converter`, run from the last converter to the first: native side first, as in `fields`. */
  #expression(text: string, target: string, at: Place): (item: NativeObject, moment: Moment) => unknown {
    // A name by itself is a field here, also where a converter has the same: a value is never written from nothing.
    const { path, steps, names } = /^[A-Za-z]+$/.test(text)
      ? { path: [text], steps: [], names: [] }
      : parseExpression(text);
    const oneWay = steps.findIndex((step) => !step.write);
    if (oneWay >= 0)
      throw new ConversionFault(`converter '${names[oneWay]}' works in one direction only and can't write`);
    const look = this.#look(path.join('.'), at);
    const back = [...steps].reverse();
    const line = this.#own.lineOf(...at.path);
    return (item, moment) => {
      const { value, personal } = look(item, moment);
      if (value === undefined) return undefined;
      let written: unknown;
      guarded(
        () => {
          written = back.reduce<unknown>((v, step) => step.write?.(v, moment.scope), value);
        },
        { file: this.#own.file, line, field: target, value, personal },
      );
      return written;
    };
  }

  #fits(when: Record<string, Condition>, at: Place): (item: NativeObject, moment: Moment) => boolean {
    const tests = Object.entries(when).map(([name, wanted]) => ({ look: this.#look(name, at), wanted }));
    return (item, moment) => tests.every(({ look, wanted }) => agrees(look(item, moment).value, wanted));
  }

  /** Checks a canonical path and gives the value at it. */
  #look(text: string, at: Place): (item: NativeObject, moment: Moment) => { value: unknown; personal: boolean } {
    const path = text.split('.');
    const fromRoot = path[0] === ROOT;
    const steps = fromRoot ? path.slice(1) : path;
    const [top = ''] = steps;
    const atTop = fromRoot || at.top;
    if (!(atTop && this.#given.has(top))) this.#check(steps, fromRoot ? this.#own.schema : at.type, atTop);
    const personal = atTop ? this.#own.personal.has(top) : at.personal;
    return (item, { root }) => ({ value: valueAt(fromRoot ? root : item, steps), personal });
  }

  #check(steps: readonly string[], type: z.ZodType | undefined, atTop: boolean): void {
    if (!type) return;
    for (const [i, step] of steps.entries()) {
      if (/^\d+$/.test(step)) continue;
      const names = namesAt(type, steps.slice(0, i));
      if (!names || names.includes(step)) continue;
      const near = nearest(step, [...names, ...(atTop ? this.#given : [])]);
      throw new ConversionFault(
        `there is no canonical '${steps.slice(0, i + 1).join('.')}' here${near ? `; did you mean '${near}'?` : ` (there are ${names.join(', ')})`}`,
      );
    }
  }

  #inner(text: string, at: Place): Place {
    const path = text.split('.');
    const fromRoot = path[0] === ROOT;
    const steps = fromRoot ? path.slice(1) : path;
    const atTop = fromRoot || at.top;
    return {
      path: at.path,
      type: inside(fromRoot ? this.#own.schema : at.type, steps),
      top: false,
      personal: atTop ? this.#own.personal.has(steps[0] ?? '') : at.personal,
    };
  }
}

function agrees(value: unknown, wanted: Condition): boolean {
  if (Array.isArray(wanted)) return wanted.some((one) => one === value);
  if (typeof wanted === 'object') return (value !== undefined && value !== null) === wanted.there;
  return value === wanted;
}
