import type { Outbox, Stored } from './outbox.ts';

const EVERY_MS = 300;

/** Posts each change of a status to the address that came with the message, again and again until it is answered 200. */
export function startReports(outbox: Outbox): { stop(): void } {
  const busy = new Set<number>();
  const report = async (message: Stored, url: string, status: number): Promise<void> => {
    const told = outbox.told(message);
    const fields = {
      id: String(message.id),
      number: message.number,
      status: String(status),
      extendStatus: String(told.extendStatus),
      dateAnswer: String(told.dateAnswer ?? ''),
    };
    try {
      const response = await fetch(url, {
        method: 'POST',
        ...(message.callback?.asJson
          ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(fields) }
          : { body: new URLSearchParams(fields) }),
        signal: AbortSignal.timeout(5_000),
      });
      await response.arrayBuffer();
      if (response.status === 200) message.reported = status;
    } catch {
      // Not answered 200: told again at the next round, as the real gateway does.
    } finally {
      busy.delete(message.id);
    }
  };
  const timer = setInterval(() => {
    for (const message of outbox.all()) {
      const status = outbox.statusOf(message);
      if (!message.callback || status === 0 || status === message.reported || busy.has(message.id)) continue;
      busy.add(message.id);
      void report(message, message.callback.url, status);
    }
  }, EVERY_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
