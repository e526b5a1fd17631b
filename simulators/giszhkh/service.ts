import type { SimClock } from '../kit/clock.ts';
import type { Effects } from '../kit/effects.ts';
import type { FileStore } from './file-store.ts';
import { Refusal } from './refusal.ts';
import type { World } from './world.ts';
import { type Element, escaped, text } from './xml.ts';

/** What a handler works with. */
export interface Call {
  readonly world: World;
  readonly clock: SimClock;
  readonly effects: Effects;
  readonly files: FileStore;
  /** Sender, lower case. */
  readonly org: string;
  readonly contour: string;
  readonly options: ServiceOptions;
  /** A new GUID. */
  guid(): string;
}

export interface ServiceOptions {
  /** What a TransportGUID does that an earlier request had: the same result again, or a second object. */
  transportGuid: 'idempotent' | 'second-object';
  /** Whether an answer that is sent after the term is taken. */
  lateAnswers: 'taken' | 'refused';
  /** Employees who may answer debt requests. */
  executors: readonly string[];
}

/** Content of getStateResult after its heading, with short namespace names. */
export type Handler = (request: Element, call: Call) => string;

export interface Operation {
  readonly element: string;
  readonly handler: Handler;
  /** Imports say of each element what became of it. */
  readonly kind: 'import' | 'export';
}

export interface Service {
  readonly path: string;
  readonly namespace: string;
  readonly header: 'RequestHeader' | 'ISRequestHeader';
  readonly resultVersion: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

export interface ElementResult {
  transportGuid: string;
  /** Set when it was done. */
  guid?: string;
  unique?: string;
  /** More elements of the result, after the date. */
  more?: string;
  error?: { code: string; words: string };
}

/** What the TransportGUIDs of each world have done. */
const done = new WeakMap<World, Map<string, ElementResult>>();

/**
 * Runs each element by itself: a doubled TransportGUID fails on all its elements, one that an earlier request had does what the switch says.
 */
export function eachElement(
  call: Call,
  elements: readonly Element[],
  run: (element: Element, guid: string) => Omit<ElementResult, 'transportGuid'>,
  guidOf = guidIn,
): ElementResult[] {
  const known = done.get(call.world) ?? new Map<string, ElementResult>();
  done.set(call.world, known);
  const guids = elements.map((e) => guidOf(e).toLowerCase());
  return elements.map((element, i) => {
    const guid = guids[i] as string;
    const transportGuid = guidOf(element);
    if (guids.filter((g) => g === guid).length > 1)
      return { transportGuid, error: { code: 'FMT001310', words: 'Транспортный идентификатор повторяется в запросе' } };
    const key = `${call.org} ${guid}`;
    const before = known.get(key);
    if (before && call.options.transportGuid === 'idempotent') return before;
    let result: ElementResult;
    try {
      result = { transportGuid, ...run(element, guid) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      result = { transportGuid, error: { code: error.code, words: error.message } };
    }
    if (!result.error) known.set(key, result);
    return result;
  });
}

function guidIn(element: Element): string {
  return text(element, 'TransportGUID') ?? '';
}

/** Elements of an import's answer. @param wrap puts them into what the service has around them */
export function commonResults(results: readonly ElementResult[], at: string, wrap: (inner: string) => string): string {
  return results.map((r) => wrap(commonResult(r, at))).join('');
}

export function commonResult(r: ElementResult, at: string): string {
  const head = `${r.guid ? `<b:GUID>${r.guid}</b:GUID>` : ''}<b:TransportGUID>${r.transportGuid}</b:TransportGUID>`;
  if (r.error)
    return `${head}<b:Error><b:ErrorCode>${r.error.code}</b:ErrorCode><b:Description>${escaped(r.error.words)}</b:Description></b:Error>`;
  return `${head}${r.unique ? `<b:UniqueNumber>${r.unique}</b:UniqueNumber>` : ''}<b:UpdateDate>${at}</b:UpdateDate>${r.more ?? ''}`;
}

export { Refusal } from './refusal.ts';
