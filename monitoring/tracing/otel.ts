import type { Attributes, Context, Link, Span as OtelSpan, Tracer } from '@opentelemetry/api';
import type { TracingConfig } from '../../config/tracing.ts';
import type { Logger } from '../../connectors/port.ts';
import type { Span, SpanAttributes, SpanKind, Tracing } from '../../logging/tracing.ts';
import { parseTraceparent } from '../../logging/tracing.ts';
import { WatchedExporter } from './exporter.ts';

export interface RunningTracing extends Tracing {
  /** Sends what is there, for some seconds at most. */
  stop(): Promise<void>;
}

/** Spans that wait for the collector; what comes on top is dropped. */
const QUEUE = 4_096;
const BATCH = 512;
const EVERY_MS = 2_000;
const TIMEOUT_MS = 5_000;
const STOP_MS = 5_000;
const VALUE_MOST = 120;
/** Values are names, codes and ids; what looks like anything else is left out. */
const SAFE = /^[\p{L}\p{N}_.:/()-]{0,120}$/u;
/** Seven digits in a row that stand alone are no name. */
const NUMBER = /(?<![\da-f-])\+?\d{7,}(?![\da-f-])/i;

/**
 * Traces by OpenTelemetry. Its packages are loaded here and nowhere else, so that a hub without tracing never loads them.
 * Nothing global is set: two hubs in one process have nothing to do with each other.
 */
export async function startTracing(
  settings: TracingConfig,
  o: { version: string; process: string; role: string; log: Logger },
): Promise<RunningTracing> {
  const [api, sdk, { resourceFromAttributes }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ]);
  const url = new URL(settings.endpoint);
  if (!/\/v1\/traces$/.test(url.pathname)) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url: String(url), headers: settings.headers, timeoutMillis: TIMEOUT_MS });
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'connector-hub',
      'service.version': o.version,
      'service.instance.id': o.process,
      'hub.role': o.role,
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(settings.sampleRatio) }),
    spanLimits: { attributeValueLengthLimit: VALUE_MOST, attributeCountLimit: 32, linkCountLimit: 128 },
    spanProcessors: [
      new sdk.BatchSpanProcessor(new WatchedExporter(exporter, o.log), {
        maxQueueSize: QUEUE,
        maxExportBatchSize: BATCH,
        scheduledDelayMillis: EVERY_MS,
        exportTimeoutMillis: TIMEOUT_MS,
      }),
    ],
  });
  const tracer: Tracer = provider.getTracer('connector-hub', o.version);
  const kinds: Readonly<Record<SpanKind, number>> = {
    server: api.SpanKind.SERVER,
    producer: api.SpanKind.PRODUCER,
    consumer: api.SpanKind.CONSUMER,
    client: api.SpanKind.CLIENT,
  };
  const remote = (traceparent: string | undefined): Link['context'] | undefined => {
    const [, traceId, spanId, flags] = parseTraceparent(traceparent)?.split('-') ?? [];
    if (!traceId || !spanId) return undefined;
    // Level 1 knows one flag: sampled.
    return { traceId, spanId, traceFlags: Number.parseInt(flags ?? '0', 16) & 1, isRemote: true };
  };
  const begin = (
    name: string,
    kind: SpanKind,
    parent: Context,
    attributes: SpanAttributes = {},
    links: readonly string[] = [],
  ): Span => {
    const span: OtelSpan = tracer.startSpan(
      name,
      {
        kind: kinds[kind],
        attributes: safe(attributes),
        links: links.flatMap((l) => remote(l) ?? []).map((context) => ({ context })),
      },
      parent,
    );
    const { traceId, spanId, traceFlags } = span.spanContext();
    return {
      traceparent: `00-${traceId}-${spanId}-${(traceFlags & 1).toString(16).padStart(2, '0')}`,
      child: (childName, childKind, childAttributes) =>
        begin(childName, childKind, api.trace.setSpan(api.ROOT_CONTEXT, span), childAttributes),
      set: (more) => void span.setAttributes(safe(more)),
      end: ({ name: last, error } = {}) => {
        if (last !== undefined) span.updateName(last);
        if (error !== undefined) {
          span.setAttributes(safe({ 'error.type': error }));
          span.setStatus({ code: api.SpanStatusCode.ERROR });
        }
        span.end();
      },
    };
  };
  return {
    start: (name, kind, { parent, links, attributes }) => {
      const context = remote(parent);
      const root = context ? api.trace.setSpanContext(api.ROOT_CONTEXT, context) : api.ROOT_CONTEXT;
      return begin(name, kind, root, attributes, links);
    },
    stop: async () => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, STOP_MS);
      });
      const shut = provider.shutdown().catch((error: unknown) => {
        o.log.warn('the last traces could not be sent', { code: (error as { code?: unknown }).code ?? null });
      });
      await Promise.race([shut, late]);
      clearTimeout(timer);
    },
  };
}

function safe(attributes: SpanAttributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter(
      ([, value]) =>
        typeof value === 'number' || (typeof value === 'string' && SAFE.test(value) && !NUMBER.test(value)),
    ),
  ) as Attributes;
}
