import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface SilentServer {
  url: string;
  /** Resolves when a request has arrived. */
  asked: Promise<void>;
  /** Resolves when every connection that was made is closed by the other side. */
  left(): Promise<void>;
  close(): void;
}

/** An upstream that takes a request and never answers. */
export async function startSilentServer(): Promise<SilentServer> {
  const closed: Promise<unknown>[] = [];
  let tell: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const server = createServer(() => tell());
  server.on('connection', (socket: Socket) => closed.push(new Promise((resolve) => socket.once('close', resolve))));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    left: async () => void (await Promise.all(closed)),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
