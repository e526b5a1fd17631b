import type { Change } from './operations.ts';
import { HubProblem, HubUnreachable, problemOf } from './problem.ts';
import { pause, type RetryOptions } from './retry.ts';

export interface EventOptions {
  /** Number of the last event seen; 0 = from the oldest kept; absent = from now. */
  after?: number;
  /** Only these types, families such as `operation.*` too. */
  type?: string;
  entity?: string;
  signal?: AbortSignal;
  /** A line on which nothing was heard for so long is dead, milliseconds; the hub sends a sign of life more often. */
  idleMs?: number;
}

const IDLE_MS = 90_000;

/**
 * The change feed as it happens, without a gap: connects again after a cut and goes on behind the last event seen. Ends
 * with the signal.
 *
 * @param connect opens the stream behind an event
 * @throws HubProblem when the feed can not go on: EVENTS_GONE, EVENTS_AHEAD, a key that may not read
 */
export async function* readEvents(
  connect: (after: number | undefined, signal: AbortSignal) => Promise<Response>,
  retry: RetryOptions,
  { after, signal, idleMs = IDLE_MS }: EventOptions,
): AsyncGenerator<Change, void, undefined> {
  let last = after;
  let failures = 0;
  while (!signal?.aborted) {
    const line = new AbortController();
    const end = signal ? AbortSignal.any([signal, line.signal]) : line.signal;
    try {
      const timer = setTimeout(() => line.abort(new HubUnreachable('The hub does not answer.')), idleMs);
      const response = await connect(last, end).finally(() => clearTimeout(timer));
      if (!response.ok) throw await problemOf(response);
      for await (const message of messagesOf(response, line, idleMs)) {
        failures = 0;
        if (message.id !== undefined) last = message.id;
        if (message.event === 'gone')
          throw new HubProblem(410, JSON.parse(message.data) as Record<string, unknown>, response.headers);
        if (message.data !== '') yield JSON.parse(message.data) as Change;
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (error instanceof HubProblem && !error.isRetryable) throw error;
      if (!(error instanceof HubProblem) && !(error instanceof HubUnreachable) && !isCut(error)) throw error;
    } finally {
      line.abort();
    }
    const rest = retry.random() * Math.min(retry.capMs, retry.baseMs * 2 ** Math.min(failures++, 10));
    await pause(rest, signal).catch(() => undefined);
  }
}

interface Message {
  id: number | undefined;
  event: string | undefined;
  data: string;
}

/** Messages of a stream (WHATWG HTML, "Server-sent events"), as far as the hub uses them. */
async function* messagesOf(response: Response, line: AbortController, idleMs: number): AsyncGenerator<Message> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const timer = setTimeout(() => line.abort(new HubUnreachable('The stream is silent.')), idleMs);
    const { value, done } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    text += value;
    for (let at = text.indexOf('\n\n'); at >= 0; at = text.indexOf('\n\n')) {
      const message: Message = { id: undefined, event: undefined, data: '' };
      for (const field of text.slice(0, at).split('\n')) {
        const [, name, content = ''] = /^(id|event|data): ?(.*)$/.exec(field) ?? [];
        if (name === 'id') message.id = Number(content);
        else if (name === 'event') message.event = content;
        else if (name === 'data') message.data += content;
      }
      text = text.slice(at + 2);
      if (message.id !== undefined || message.data !== '') yield message;
    }
  }
}

/** Streams that break off throw what the platform calls it. */
function isCut(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof Error && ['AbortError', 'TimeoutError'].includes(error.name));
}
