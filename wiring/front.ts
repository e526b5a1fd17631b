import type { Server } from 'node:http';

/** Longest wait for requests that are being answered, milliseconds. */
const FINISH_MS = 30_000;

/**
 * The way in, which closes in an order that a proxy can follow: first the readiness fails and every answer asks for the
 * end of its connection, while requests are still taken; then nothing new comes in, and what is being answered ends.
 */
export class Front {
  readonly #draining = new AbortController();
  #closing: Promise<void> | undefined;

  /** Aborted when the process is about to stop. */
  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  /**
   * @param drainMs time in which a proxy notices the failing readiness, milliseconds
   * @param onShut called when nothing new comes in any more
   */
  close(servers: readonly Server[], drainMs: number, onShut: () => void): Promise<void> {
    this.#closing ??= this.#close(servers, drainMs, onShut);
    return this.#closing;
  }

  async #close(servers: readonly Server[], drainMs: number, onShut: () => void): Promise<void> {
    this.#draining.abort();
    if (drainMs > 0) await new Promise((resolve) => setTimeout(resolve, drainMs));
    const shut = Promise.all(
      servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            const last = setTimeout(() => server.closeAllConnections(), FINISH_MS);
            server.close(() => {
              clearTimeout(last);
              resolve();
            });
          }),
      ),
    );
    onShut();
    for (const server of servers) server.closeIdleConnections();
    await shut;
  }
}
