import { isDeepStrictEqual } from 'node:util';
import type { HttpClient } from '../../http-port.ts';
import { described } from './recorder.ts';
import type { RecordedCall, Recording } from './recording.ts';

/** A request that the recording does not hold: the connector asks otherwise than it did when it was recorded. */
export class NotRecorded extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotRecorded';
  }
}

/** Answers from a recording and from nothing else. Equal requests get their answers in the order of the recording, the last one again and again. */
export function replaying({ calls }: Recording, base: string): HttpClient {
  const used = new Set<RecordedCall>();
  return {
    request: async (request) => {
      const asked = described(request, base);
      if (!asked) throw new NotRecorded(`A request goes to another address than ${base}.`);
      const equal = calls.filter((call) => sameRequest(call, asked));
      const call = equal.find((c) => !used.has(c)) ?? equal.at(-1);
      if (!call) throw new NotRecorded(difference(asked, calls));
      used.add(call);
      const body = new TextEncoder().encode(call.body);
      return { status: call.status, headers: { 'content-type': call.contentType }, body, text: () => call.body };
    },
  };
}

type Asked = Pick<RecordedCall, 'method' | 'path' | 'query' | 'form'>;

function sameRequest(call: RecordedCall, asked: Asked): boolean {
  return (
    call.method === asked.method &&
    call.path === asked.path &&
    isDeepStrictEqual(call.query, asked.query) &&
    isDeepStrictEqual(call.form, asked.form)
  );
}

function difference(asked: Asked, calls: readonly RecordedCall[]): string {
  const title = `${asked.method} ${asked.path}`;
  const near = calls.filter((c) => c.method === asked.method && c.path === asked.path);
  if (near.length === 0) return `The recording holds no ${title}.`;
  const [best] = near
    .map((call) => differences({ ...call.query, ...call.form }, { ...asked.query, ...asked.form }))
    .sort((a, b) => a.length - b.length);
  return `The recording holds ${title}, but with other options: ${(best ?? []).join('; ')}.`;
}

function differences(was: Readonly<Record<string, string>>, is: Readonly<Record<string, string>>): string[] {
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((name) => was[name] !== is[name])
    .map((name) => `${name} is ${is[name] ?? 'absent'}, recorded was ${was[name] ?? 'none'}`);
}
