import { HubError } from '../../canonical/errors.ts';
import type { NativeObject } from '../port.ts';
import type { Ctx } from './ctx.ts';
import { list } from './element-results.ts';
import type { Exports, Question } from './exports.ts';

/** An element of a reference directory (НСИ). GUIDs differ between the contours. */
export interface DirectoryElement {
  readonly code: string;
  readonly guid: string;
  readonly actual: boolean;
  /** Text of its fields, for people. */
  readonly name: string;
}

interface Kept {
  readonly elements: ReadonlyMap<string, DirectoryElement>;
  readonly readAt: number;
}

/** Directories that each organisation keeps for itself; read by another service. */
const OWN = new Set(['1', '51', '59', '219', '272', '302', '337']);

/** Reference directories by instance, that is by contour and organisation; read when first needed and anew after a day. */
export class Directories {
  readonly #exports: Exports;
  readonly #kept = new Map<string, Kept>();
  readonly #busy = new Map<string, Promise<Kept>>();

  constructor(exports: Exports) {
    this.#exports = exports;
  }

  /** Everything read for an instance is read anew when it is next needed: a GUID was refused. */
  forget(instance: string): void {
    for (const key of this.#kept.keys()) if (key.startsWith(`${instance}\0`)) this.#kept.delete(key);
  }

  /** @throws HubError rejected/GISZHKH_DIRECTORY_CODE when the directory has no such element that is in force */
  async element(ctx: Ctx, registry: string, code: string): Promise<DirectoryElement> {
    const found = (await this.all(ctx, registry)).get(code);
    if (found?.actual) return found;
    throw new HubError(
      'rejected',
      'GISZHKH_DIRECTORY_CODE',
      `The reference directory ${registry} of ГИС ЖКХ has ${found ? 'no element in force' : 'no element'} with the code ${code.slice(0, 20)}.`,
    );
  }

  async all(ctx: Ctx, registry: string): Promise<ReadonlyMap<string, DirectoryElement>> {
    const key = `${ctx.instance}\0${registry}`;
    const kept = this.#kept.get(key);
    if (kept && ctx.clock.now() - kept.readAt < ctx.config.directoryHours * 3_600_000) return kept.elements;
    let busy = this.#busy.get(key);
    if (!busy) {
      busy = this.#read(ctx, registry).finally(() => this.#busy.delete(key));
      this.#busy.set(key, busy);
    }
    try {
      const fresh = await busy;
      this.#kept.set(key, fresh);
      return fresh.elements;
    } catch (error) {
      // A day-old directory is as good as none only where there is none.
      if (!kept) throw error;
      ctx.log.warn('a reference directory could not be read anew; the old one is used', {
        instance: ctx.instance,
        registry,
      });
      return kept.elements;
    }
  }

  async #read(ctx: Ctx, registry: string): Promise<Kept> {
    const readAt = ctx.clock.now();
    const elements = new Map<string, DirectoryElement>();
    const result = await this.#exports.whole(ctx, question(registry));
    for (const item of list(result?.NsiItem))
      for (const element of list(item.NsiElement)) {
        const { Code, GUID, IsActual } = element;
        if (typeof Code !== 'string' || typeof GUID !== 'string') continue;
        elements.set(Code, {
          code: Code,
          guid: GUID,
          actual: IsActual === 'true' || IsActual === '1',
          name: nameOf(element),
        });
      }
    return { elements, readAt };
  }
}

function question(registry: string): Question {
  if (OWN.has(registry))
    return {
      service: 'nsi',
      operation: 'exportDataProviderNsiItem',
      content: { RegistryNumber: registry },
      pace: 'directories',
    };
  return {
    service: 'nsi-common',
    operation: 'exportNsiItem',
    content: { RegistryNumber: registry, ListGroup: 'NSI' },
    pace: 'directories',
  };
}

function nameOf(element: NativeObject): string {
  return list(element.NsiElementField)
    .map((field) => field.Value)
    .filter((v): v is string => typeof v === 'string')
    .join(', ')
    .slice(0, 200);
}

/**
 * Gives each reference `{ $registry, Code }` in a native object the GUID that its element has in this contour.
 *
 * @throws HubError as {@link Directories.element}
 */
export async function nameElements(ctx: Ctx, directories: Directories, native: NativeObject): Promise<NativeObject> {
  return (await named(ctx, directories, native)) as NativeObject;
}

async function named(ctx: Ctx, directories: Directories, value: unknown): Promise<unknown> {
  if (Array.isArray(value)) {
    const out: unknown[] = [];
    for (const item of value) out.push(await named(ctx, directories, item));
    return out;
  }
  if (value === null || typeof value !== 'object') return value;
  const { $registry: registry, ...rest } = value as Record<string, unknown>;
  if (registry !== undefined) {
    // A reference without a code is one that the mapping had nothing for.
    if (rest.Code === undefined || rest.Code === null) return undefined;
    if (rest.GUID !== undefined) return rest;
    const { code, guid } = await directories.element(ctx, String(registry), String(rest.Code));
    return { Code: code, GUID: guid };
  }
  const out: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(rest)) {
    const found = await named(ctx, directories, inner);
    if (found !== undefined) out[key] = found;
  }
  return out;
}
