import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { HubError } from '../../../canonical/errors.ts';

/** One call and its answer, anonymised. */
export const RecordedCall = z.strictObject({
  method: z.string(),
  /** Behind the address of the instance, decoded. */
  path: z.string(),
  query: z.record(z.string(), z.string()),
  /** Fields of a form, without credentials. */
  form: z.record(z.string(), z.string()).optional(),
  status: z.int(),
  contentType: z.string(),
  body: z.string(),
});
export type RecordedCall = z.infer<typeof RecordedCall>;

export const Origin = z.strictObject({
  origin: z.enum(['live', 'simulator']).describe('Only live counts as a verification, and only after a person read it'),
  system: z.string(),
  /** As the upstream tells it, when it does. */
  systemVersion: z.string().nullable(),
  recordedAt: z.iso.datetime(),
  hubVersion: z.string(),
  by: z.string().describe('Who recorded it'),
  timezone: z.string().nullable(),
  /** Settings of the instance that its requests depend on, without addresses and credentials. */
  settings: z.record(z.string(), z.unknown()),
  amounts: z.enum(['jittered', 'kept']),
  /** Fields of which values were let through as they are, with how many; to be read before the files are shared. */
  passed: z.record(z.string(), z.int()),
});
export type Origin = z.infer<typeof Origin>;

export interface Recording {
  origin: Origin;
  calls: readonly RecordedCall[];
}

const CALLS = 'calls.ndjson';
const ORIGIN = 'ORIGIN.json';
const LARGEST = 64 * 1024 * 1024;

/** The files of a recording. */
export function serialised({ origin, calls }: Recording): { [file: string]: string } {
  return {
    [CALLS]: calls.map((call) => `${JSON.stringify(call)}\n`).join(''),
    [ORIGIN]: `${JSON.stringify(origin, null, 2)}\n`,
  };
}

/** @throws Error when the folder holds something already */
export function writeRecording(folder: string, recording: Recording): void {
  if (existsSync(join(folder, CALLS))) throw new Error(`${folder} holds a recording already; choose another folder.`);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of Object.entries(serialised(recording))) writeFileSync(join(folder, file), text);
}

/** @throws HubError misconfigured/RECORDING for a folder that holds no recording */
export function readRecording(folder: string): Recording {
  try {
    const text = readFileSync(join(folder, CALLS), 'utf8');
    if (text.length > LARGEST) throw new Error(`${CALLS} is larger than ${LARGEST} characters`);
    const lines = text.split('\n').filter((line) => line !== '');
    return {
      origin: Origin.parse(JSON.parse(readFileSync(join(folder, ORIGIN), 'utf8'))),
      calls: lines.map((line) => RecordedCall.parse(JSON.parse(line))),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new HubError('misconfigured', 'RECORDING', `${folder} holds no recording: ${reason}`, {}, { cause });
  }
}
