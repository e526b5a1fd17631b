import type { NativeObject, OperationView } from '../port.ts';
import type { GisZhkhConfig } from './config.ts';
import type { Ctx } from './ctx.ts';
import type { ServiceName } from './format.ts';
import type { GisTools } from './gis-tools.ts';

/** Where an operation goes, as the mapping's `source` says it. */
export interface ImportSource {
  readonly service: ServiceName;
  readonly operation: string;
  /** Element that repeats in the request. */
  readonly item: string;
  /** Section of the file store for its attachments. */
  readonly context: string | undefined;
}

/** What looking for an object gave. */
export type Verdict =
  | { readonly status: 'happened'; readonly result: Readonly<Record<string, unknown>> }
  /** It was not there at `askedAt`, epoch milliseconds. */
  | { readonly status: 'absent'; readonly askedAt: number }
  /** The question is under way. */
  | { readonly status: 'asked'; readonly askAfterMs: number }
  /** What is there may be this operation's or another's: a person decides. */
  | { readonly status: 'ambiguous' };

export interface Lost {
  readonly item: ImportItem;
  readonly op: OperationView;
  /** Answers to questions from before are not taken, epoch milliseconds. */
  readonly notBefore: number;
}

/** A kind of operation that puts something into ГИС ЖКХ. */
export interface ImportKind {
  readonly kind: string;
  /** Elements of a request, at most. */
  readonly max: number;
  readonly lingerMs: number;
  /** The format has no TransportGUID for it: it goes alone, and the answer to the request is its outcome. */
  readonly whole?: true;
  /** Operations with the same key may travel in one request. */
  key(payload: Readonly<Record<string, unknown>>): string;
  sourceIn(ctx: Ctx, payload?: Readonly<Record<string, unknown>>): ImportSource;
  /** Names that the mapping may write besides the payload's. */
  extra?(op: OperationView, config: GisZhkhConfig): Readonly<Record<string, unknown>>;
  /** For operations whose content comes ready; no mapping is asked. */
  content?(payload: Readonly<Record<string, unknown>>, extra: Readonly<Record<string, unknown>>): NativeObject;
  /** Looks for the object after a lost answer. Absent where nothing of ГИС ЖКХ can show it: a person decides then. */
  settle?(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict>;
  /** Refusals that say that the wished-for state is there already. */
  isDone?(code: string): boolean;
  /** Result of an operation from what ГИС ЖКХ says of its element. */
  result?(op: OperationView, data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
}

/** An operation as an element of a request. */
export interface ImportItem {
  readonly operationId: string;
  readonly service: ServiceName;
  readonly operation: string;
  /** Name of the element that repeats. */
  readonly name: string;
  readonly transportGuid: string;
  readonly content: NativeObject;
  /** What the whole request says, by local names. */
  readonly common: NativeObject;
}
