import { Problem, problemOf, purposeHeader } from './api.ts';
import type { EventItem } from './screens/operation-types.ts';
import { key } from './session.ts';

export type StreamState = 'connecting' | 'open' | 'broken';

export interface StreamHandlers {
  onEvent(event: EventItem): void;
  onState(state: StreamState, problem?: Problem): void;
}

/** Waits between two connections, milliseconds; the last one repeats. */
const PAUSES_MS = [1_000, 2_000, 5_000, 10_000];
/** The hub says something at least this often; silence longer than that is a dead line. */
const SILENCE_MS = 60_000;

/**
 * Reads the change feed as it grows. By fetch, since an EventSource can't send the key in a header; after a cut it goes
 * on behind the last event that was seen.
 */
export function followEvents(query: string, handlers: StreamHandlers): () => void {
  const end = new AbortController();
  let last: string | undefined;
  const follow = async (): Promise<void> => {
    for (let failures = 0; !end.signal.aborted; failures++) {
      handlers.onState('connecting');
      const silence = new AbortController();
      try {
        const token = key.value ?? '';
        const response = await fetch(`/v1/events${query}`, {
          headers: {
            authorization: `Bearer ${token}`,
            ...purposeHeader(),
            ...(last === undefined ? {} : { 'last-event-id': last }),
          },
          signal: AbortSignal.any([end.signal, silence.signal]),
          cache: 'no-store',
        });
        if (!response.ok || !response.body) {
          const problem = await problemOf(response, token);
          handlers.onState('broken', problem);
          if (problem.status === 403 || problem.status === 401) return;
          // What was missed is no longer kept: on from now.
          if (problem.status === 410 || problem.status === 409) last = undefined;
        } else {
          handlers.onState('open');
          failures = 0;
          await readAll(response.body, silence, handlers, (id) => {
            last = id;
          });
          if (!end.signal.aborted) handlers.onState('broken');
        }
      } catch {
        if (end.signal.aborted) return;
        handlers.onState('broken', new Problem(0, 'STREAM_CUT', 'The stream was cut.'));
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)]));
    }
  };
  void follow();
  return () => end.abort();
}

/** Format: WHATWG HTML, "Server-sent events". Tells each id at once: a line may break off at any moment. */
async function readAll(
  body: ReadableStream<Uint8Array>,
  silence: AbortController,
  { onEvent }: StreamHandlers,
  onId: (id: string) => void,
): Promise<void> {
  let rest = '';
  let watch = setTimeout(() => silence.abort(), SILENCE_MS);
  const reader = body
    .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
    .getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      clearTimeout(watch);
      if (done) return;
      watch = setTimeout(() => silence.abort(), SILENCE_MS);
      const blocks = (rest + value).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const lines = block.split('\n');
        const data = lines.find((l) => l.startsWith('data: '))?.slice(6);
        if (data !== undefined && !lines.some((l) => l.startsWith('event: '))) onEvent(JSON.parse(data) as EventItem);
        const id = lines.find((l) => l.startsWith('id: '))?.slice(4);
        if (id !== undefined) onId(id);
      }
    }
  } finally {
    clearTimeout(watch);
  }
}
