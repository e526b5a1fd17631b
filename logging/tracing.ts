import { AsyncLocalStorage } from 'node:async_hooks';

export type SpanKind = 'server' | 'producer' | 'consumer' | 'client';

/** What a span may say: numbers, and names out of hub.yaml or our own code. Nothing of what an operation holds. */
export interface SpanAttributes {
  'http.request.method'?: string;
  /** Pattern of a route of ours. */
  'http.route'?: string;
  'http.response.status_code'?: number;
  /** Host of an upstream, as hub.yaml has it; never its path or query. */
  'server.address'?: string;
  'server.port'?: number;
  'error.type'?: string;
  'hub.connector'?: string;
  'hub.system'?: string;
  'hub.organisation'?: string;
  'hub.operation.id'?: string;
  'hub.operation.kind'?: string;
  'hub.operation.count'?: number;
  'hub.attempt'?: number;
  'hub.action'?: string;
}

/** A stretch of work within a trace. */
export interface Span {
  /** W3C trace context of this span: what is done because of it is its child. */
  readonly traceparent: string;
  child(name: string, kind: SpanKind, attributes?: SpanAttributes): Span;
  set(attributes: SpanAttributes): void;
  /** @param o.name in place of the name that it began with @param o.error code of what has failed */
  end(o?: { name?: string; error?: string }): void;
}

export interface Tracing {
  /** @param parent W3C traceparent; without one a trace begins @param links traceparents of what else it was caused by */
  start(
    name: string,
    kind: SpanKind,
    o: { parent?: string | undefined; links?: readonly string[]; attributes?: SpanAttributes },
  ): Span;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A traceparent (W3C Trace Context, level 1) as somebody has sent it; undefined when it is none. */
export function parseTraceparent(value: unknown): string | undefined {
  return typeof value === 'string' && TRACEPARENT.test(value) ? value : undefined;
}

/** The trace that a stored trace context belongs to, for the log. */
export function traceIdOf(trace: Readonly<Record<string, unknown>> | null | undefined): string | undefined {
  return TRACEPARENT.exec(parseTraceparent(trace?.traceparent) ?? '')?.[1];
}

const running = new AsyncLocalStorage<Span>();

/** The span within which this runs; undefined where nothing is traced. */
export function currentSpan(): Span | undefined {
  return running.getStore();
}

export function within<T>(span: Span, run: () => T): T {
  return running.run(span, run);
}

/** Runs something as a child of the current span; just runs it where nothing is traced. */
export async function traced<T>(
  name: string,
  kind: SpanKind,
  attributes: SpanAttributes,
  run: (span: Span | undefined) => Promise<T>,
): Promise<T> {
  const span = currentSpan()?.child(name, kind, attributes);
  return span ? ending(span, () => run(span)) : run(undefined);
}

/** Runs something within a span and ends it, with the code of what was thrown. */
export async function ending<T>(span: Span, run: () => Promise<T>): Promise<T> {
  try {
    const result = await within(span, run);
    span.end();
    return result;
  } catch (error) {
    const { code } = error as { code?: unknown };
    span.end({ error: typeof code === 'string' ? code : 'FAULT' });
    throw error;
  }
}
