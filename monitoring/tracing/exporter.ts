import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../../connectors/port.ts';

type Result = Parameters<Parameters<SpanExporter['export']>[1]>[0];

const TELL_EVERY_MS = 60_000;

/** Tells of spans that did not arrive, now and then: a collector that is down must not fill the log. */
export class WatchedExporter implements SpanExporter {
  readonly #inner: SpanExporter;
  readonly #log: Logger;
  #lost = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(inner: SpanExporter, log: Logger) {
    this.#inner = inner;
    this.#log = log;
  }

  export(spans: ReadableSpan[], done: (result: Result) => void): void {
    this.#inner.export(spans, (result) => {
      // 0 = success.
      if (result.code !== 0) this.#failed(spans.length, result.error);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#inner.forceFlush?.();
  }

  #failed(count: number, error: Error | undefined): void {
    this.#lost += count;
    const now = performance.now();
    if (now - this.#toldAt < TELL_EVERY_MS) return;
    // The text of the error may repeat what the collector has answered.
    const { code, name } = (error ?? {}) as { code?: unknown; name?: string };
    this.#log.warn('traces could not be sent; look at tracing.endpoint in hub.yaml', {
      spans: this.#lost,
      code: code ?? name ?? null,
    });
    this.#lost = 0;
    this.#toldAt = now;
  }
}
