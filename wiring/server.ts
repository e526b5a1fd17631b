import { X509Certificate } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { HubError } from '../canonical/errors.ts';
import type { ServerConfig } from '../config/server.ts';
import type { Logger } from '../connectors/port.ts';

export interface Listening {
  /** All that take requests. */
  servers: Server[];
  url: string;
  /** For the command line on this machine: never TLS, never from elsewhere. */
  controlUrl: string;
  /** Certificates in use, as they are now. */
  certificates(): readonly { certificate: string; notAfter: Date }[];
  /** Stops looking at the files of the certificate. */
  close(): void;
}

const HEADERS_MOST = 100;
/** How often requests that take too long are looked for, milliseconds. */
const CHECK_MS = 2_000;
/** How often the files of the certificate are looked at, milliseconds. */
const WATCH_MS = 2_000;

/**
 * Takes requests at an address, bounded in time, number and size before a byte reaches a route.
 * @throws HubError misconfigured/PORT_TAKEN, misconfigured/TLS_UNUSABLE
 */
export async function listenOn(
  app: RequestListener,
  o: { port: number; host: string; config: ServerConfig; log: Logger },
): Promise<Listening> {
  const { config, host, log } = o;
  const options: ServerOptions = {
    requestTimeout: config.requestSeconds * 1_000,
    headersTimeout: Math.min(config.headersSeconds, config.requestSeconds) * 1_000,
    connectionsCheckingInterval: CHECK_MS,
    maxHeaderSize: 16_384,
    keepAliveTimeout: 10_000,
  };
  if (!config.tls) {
    const server = bounded(createServer(options, app), config);
    const url = `http://${written(host)}:${await listen(server, o.port, host)}`;
    return { servers: [server], url, controlUrl: url, certificates: () => [], close: () => {} };
  }
  const files = config.tls;
  const first = readTls(files);
  let { notAfter } = first;
  const server = createTlsServer({ ...options, ...first.pair, minVersion: 'TLSv1.2' }, app);
  const stopWatching = watchTls(server, files, log, (renewed) => {
    notAfter = renewed;
  });
  try {
    const port = await listen(bounded(server, config), o.port, host);
    const local = bounded(createServer(options, app), config);
    const controlPort = await listen(local, 0, '127.0.0.1');
    return {
      servers: [server, local],
      url: `https://${written(host)}:${port}`,
      controlUrl: `http://127.0.0.1:${controlPort}`,
      certificates: () => [{ certificate: 'server', notAfter }],
      close: stopWatching,
    };
  } catch (error) {
    stopWatching();
    server.close();
    throw error;
  }
}

function bounded<S extends Server>(server: S, { maxConnections }: ServerConfig): S {
  server.maxHeadersCount = HEADERS_MOST;
  server.maxConnections = maxConnections;
  return server;
}

function written(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

type TlsFiles = NonNullable<ServerConfig['tls']>;

interface ReadTls {
  pair: Pick<SecureContextOptions, 'cert' | 'key'>;
  /** End of the first certificate of the file, which is the server's own. */
  notAfter: Date;
}

function readTls({ cert, key }: TlsFiles): ReadTls {
  try {
    const pair = { cert: readFileSync(cert), key: readFileSync(key) };
    createSecureContext(pair);
    return { pair, notAfter: new Date(new X509Certificate(pair.cert).validTo) };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new HubError(
      'misconfigured',
      'TLS_UNUSABLE',
      `server.tls: ${cert} and ${key} are no certificate with its key (${code ?? 'unreadable'}).`,
      {},
      { cause },
    );
  }
}

/** Takes a renewed certificate without a pause; a broken one is left out and the old one stays. */
function watchTls(server: TlsServer, files: TlsFiles, log: Logger, onRenewed: (notAfter: Date) => void): () => void {
  const renew = (): void => {
    try {
      const { pair, notAfter } = readTls(files);
      server.setSecureContext({ ...pair, minVersion: 'TLSv1.2' });
      onRenewed(notAfter);
      log.info('the certificate was read again', { file: files.cert });
    } catch (error) {
      log.error('the certificate could not be read again; the one before stays in use', { error });
    }
  };
  for (const file of [files.cert, files.key]) watchFile(file, { interval: WATCH_MS, persistent: false }, renew);
  process.on('SIGHUP', renew);
  return () => {
    for (const file of [files.cert, files.key]) unwatchFile(file, renew);
    process.off('SIGHUP', renew);
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new HubError(
              'misconfigured',
              'PORT_TAKEN',
              `Port ${port} is taken by another program. Stop it, or choose another with --port (or HUB_PORT).`,
            )
          : error,
      );
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}
