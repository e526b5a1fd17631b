import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isHubError } from '../../canonical/errors.ts';
import { getState, post, prepare } from '../../connectors/giszhkh/client.ts';
import type { Ctx } from '../../connectors/giszhkh/ctx.ts';
import { type ElementResult, resultsIn } from '../../connectors/giszhkh/element-results.ts';
import type { ServiceName } from '../../connectors/giszhkh/format.ts';
import { gisTools } from '../../connectors/giszhkh/gis-tools.ts';
import { sendFile } from '../../connectors/giszhkh/uploads.ts';
import type { HttpRequest } from '../../connectors/http-port.ts';
import { HttpTransport } from '../../connectors/kit/http.ts';
import type { NativeObject } from '../../connectors/port.ts';
import { startGisZhkhSimulator } from '../../simulators/giszhkh/simulator.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { certificate } from '../signing/vectors.ts';
import { contextOf } from './context.ts';

/** One exchange as it went over the wire. */
export interface Exchange {
  /** Epoch milliseconds. */
  at: number;
  path: string;
  headers: Readonly<Record<string, string>>;
  /** Undefined for what is no SOAP message. */
  request: string | undefined;
  status: number;
  answer: string;
}

/** A stand-in of ГИС ЖКХ, the connector before it, and a log of all that is said. */
export interface RecordedRun {
  sim: Simulator;
  ctx: Ctx;
  log: Exchange[];
  /** Every TransportGUID that the caller has given away. */
  transportGuids: Set<string>;
  /** Content of every file that was uploaded, by the identifier that the file store gave it. */
  files: Map<string, Buffer>;
  control(name: string, input: unknown): Promise<unknown>;
  /** The whole answer of an export; undefined when there is nothing. */
  ask(service: ServiceName, operation: string, content: NativeObject): Promise<NativeObject | undefined>;
  /** What became of each element of an import. */
  send(service: ServiceName, operation: string, content: NativeObject): Promise<readonly ElementResult[]>;
  /** A reference to an element of a directory in this contour. */
  reference(registry: string, code: string): Promise<NativeObject>;
  /** A file in a section of the file store, as a message names it. */
  attachment(context: string, name: string, content: string): Promise<NativeObject>;
  /** A new TransportGUID of ours. */
  guid(): string;
  close(): Promise<void>;
}

/** Pause before each question for an answer, seconds. */
export const POLL_S = 0.05;
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** @param facts folder of the official facts of all systems */
export async function recordedRun(facts: string): Promise<RecordedRun> {
  const sim = await startGisZhkhSimulator({
    port: 0,
    accounts: 100,
    buildings: 3,
    receivedMs: 10,
    workingMs: 20,
    schemas: join(facts, 'giszhkh'),
  });
  const transport = new HttpTransport();
  const http = transport.client({ clock: { now: Date.now }, log: silent });
  const log: Exchange[] = [];
  const poll = { imports: [POLL_S], exports: [POLL_S], directories: [POLL_S] };
  const ctx = contextOf({
    settings: { url: sim.url, poll },
    http: {
      request: async (request: HttpRequest) => {
        const at = Date.now();
        const response = await http.request(request);
        log.push({
          at,
          path: new URL(request.url).pathname,
          headers: { ...request.headers },
          request: typeof request.body === 'string' ? request.body : undefined,
          status: response.status,
          answer: new TextDecoder().decode(response.body),
        });
        return response;
      },
    },
  });
  const tools = gisTools();
  const transportGuids = new Set<string>();
  const files = new Map<string, Buffer>();
  const control = async (name: string, input: unknown): Promise<unknown> => {
    const response = await fetch(`${sim.url}/__sim/${name}`, { method: 'POST', body: JSON.stringify(input) });
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
  const der = Buffer.from(certificate('dir256').der).toString('base64');
  await control('certificates', { pem: `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----\n` });
  return {
    sim,
    ctx,
    log,
    transportGuids,
    files,
    control,
    ask: (service, operation, content) =>
      told(operation, () => tools.exports.whole(ctx, { service, operation, content })),
    send: async (service, operation, content) => {
      const { ticket } = await post(ctx, await told(operation, () => prepare(ctx, service, operation, content)));
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, POLL_S * 1000));
        const state = await getState(ctx, service, ticket);
        if (!state.done) continue;
        if (state.error) throw new Error(`${operation}: ${state.error.code} ${state.error.message}`);
        return resultsIn(state.result);
      }
    },
    reference: async (registry, code) => {
      const { guid } = await tools.directories.element(ctx, registry, code);
      return { Code: code, GUID: guid };
    },
    attachment: async (context, name, content) => {
      const bytes = Buffer.from(content);
      const { guid, hash } = await sendFile(ctx, context, {
        name,
        size: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        bytes: async function* () {
          yield new Uint8Array(bytes);
        },
      });
      files.set(guid.toLowerCase(), bytes);
      return { Name: name, Description: name, Attachment: { AttachmentGUID: guid }, AttachmentHASH: hash };
    },
    guid: () => {
      const n = (transportGuids.size + 1).toString(16).padStart(12, '0');
      const made = `7a000000-0000-4000-8000-${n}`;
      transportGuids.add(made);
      return made;
    },
    close: async () => {
      transport.close();
      await sim.close();
    },
  };
}

/** Errors of a format with each member that is wrong. */
async function told<T>(operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isHubError(error)) throw error;
    const faults = (error.facts.errors ?? []).map((f) => `${f.pointer} ${f.message}`);
    throw new Error(`${operation}: ${error.message} ${faults.join('; ')}`, { cause: error });
  }
}
