import type { HttpClient, HttpRequest } from '../../http-port.ts';
import type { Context, OperationView } from '../../port.ts';
import { testContext } from '../testing/context.ts';
import { SecretWatch } from './secret-watch.ts';
import { fieldsOf, valueAt } from './settings-schema.ts';
import type { ConformanceSpec, StandIn } from './spec.ts';
import { type Stage, simulatorFault } from './stages.ts';

/** Port 1 of loopback: nobody listens there, so a connection is refused at once. */
const NOBODY = 'http://127.0.0.1:1';

/** An answer that never comes is waited for no longer than this; the settings may not allow so short a time. */
const HANGS_MS = 300;

/** What happens to one call of an attempt, counted from 1. */
export type Strike = { call: number } & ({ stage: Stage } | { fault: string });

/** One connector instance with its own stand-in, whose calls are counted and may be struck. */
export interface Bench<Config> {
  readonly standIn: StandIn;
  readonly ctx: Context<Config>;
  readonly watch: SecretWatch;
  /** Calls that the connector made since the last `strike`. */
  calls(): number;
  /** Starts the count anew; undefined strikes nothing. */
  strike(strike?: Strike): void;
  /** The error of a call, which is also looked through for secrets; undefined when it succeeded. */
  failure(work: Promise<unknown>): Promise<unknown>;
  /** Closes everything and throws when a secret was seen. */
  close(): Promise<void>;
}

export interface BenchOptions {
  signal?: AbortSignal;
  /** Settings point here instead of at the stand-in. */
  url?: string;
}

/** Starts a stand-in and an instance of the connector that talks to it. */
export async function openBench<Config>(
  spec: ConformanceSpec<Config>,
  options: BenchOptions = {},
): Promise<Bench<Config>> {
  const standIn = await spec.start();
  const settings = spec.settings(options.url ?? standIn.url);
  const watch = new SecretWatch(secretsOf(spec), spec.personal ?? []);
  const common = { clock: standIn.clock, ...(options.signal ? { signal: options.signal } : {}) };
  const base = testContext(spec.connector.config.parse(settings), common);
  const late = testContext(base.ctx.config, { ...common, deadline: 0 });
  let planned: Strike | undefined;
  let made = 0;
  const http: HttpClient = {
    request: (request) => {
      made++;
      if (planned?.call !== made) return base.ctx.http.request(request);
      if ('stage' in planned && planned.stage === 'late') return late.ctx.http.request(request);
      return base.ctx.http.request(struck(request, planned, standIn));
    },
  };
  const direct = await preparing(spec, standIn);
  const ctx: Context<Config> = { ...base.ctx, ...direct, http };
  const { wire } = spec;
  let before = 0;
  const madeOverWire = (): number => (wire ? wire.calls(standIn) - before : 0);
  if (wire) {
    const elsewhere = spec.connector.config.parse(spec.settings(NOBODY));
    const due = (stage: Stage): boolean =>
      planned !== undefined && 'stage' in planned && planned.stage === stage && madeOverWire() >= planned.call - 1;
    Object.defineProperties(ctx, {
      config: { enumerable: true, get: () => (due('before-connect') ? elsewhere : base.ctx.config) },
      deadline: { enumerable: true, get: () => (due('late') ? 0 : undefined) },
    });
  }
  return {
    standIn,
    ctx,
    watch,
    calls: () => (wire ? madeOverWire() : made),
    strike: (strike) => {
      planned = strike;
      made = 0;
      if (!wire) return;
      before = wire.calls(standIn);
      standIn.faults.clear();
      const fault = strike && faultOf(strike);
      if (strike && fault) standIn.faults.add(wire.fault(fault, strike.call));
    },
    failure: async (work) => {
      try {
        await work;
        return undefined;
      } catch (error) {
        watch.error(error);
        return error;
      }
    },
    close: async () => {
      planned = undefined;
      standIn.faults.clear();
      await spec.connector.close?.({ ...ctx, signal: new AbortController().signal });
      base.close();
      late.close();
      await standIn.close();
      for (const line of [...base.lines, ...late.lines]) watch.logLine(line);
      for (const { url } of base.traffic) watch.address(url);
      watch.assertClean();
    },
  };
}

/** The additions to the context, made with a context of their own that always reaches the stand-in. */
async function preparing<Config>(spec: ConformanceSpec<Config>, standIn: StandIn): Promise<Partial<Context<Config>>> {
  if (!spec.prepare) return {};
  const own = testContext(spec.connector.config.parse(spec.settings(standIn.url)), { clock: standIn.clock });
  try {
    return await spec.prepare(own.ctx, standIn);
  } finally {
    await spec.connector.close?.(own.ctx);
    own.close();
  }
}

/** The request as it meets its fate: sent to where nobody listens, or to a stand-in that has a fault ready for it. */
function struck(request: HttpRequest, strike: Strike, standIn: StandIn): HttpRequest {
  if ('stage' in strike && strike.stage === 'before-connect')
    return { ...request, url: request.url.replace(/^https?:\/\/[^/]+/, NOBODY) };
  const fault = faultOf(strike);
  if (fault) standIn.faults.add({ fault, times: 1 });
  return fault?.startsWith('hang') ? { ...request, timeoutMs: Math.min(request.timeoutMs, HANGS_MS) } : request;
}

/** What the stand-in is told; undefined for what happens on our side. */
function faultOf(strike: Strike): string | undefined {
  if ('fault' in strike) return strike.fault;
  return strike.stage === 'late' || strike.stage === 'before-connect' ? undefined : simulatorFault[strike.stage];
}

/** Values of the settings that the schema marks as secret. */
export function secretsOf<Config>(spec: ConformanceSpec<Config>): string[] {
  const settings = spec.settings('http://127.0.0.1');
  return fieldsOf(spec.connector.config)
    .filter((field) => field.secret)
    .flatMap((field) => {
      const value = valueAt(settings, field.path);
      return typeof value === 'string' ? [value] : [];
    });
}

/** An operation of the suite; the same number gives the same operation. */
export function operationOf<Config>(spec: ConformanceSpec<Config>, kind: string, n = 1): OperationView {
  const command = spec.connector.commands?.[kind];
  return {
    id: `0192f0c4-7a1b-7c3d-8e4f-${String(n).padStart(12, '0')}`,
    kind,
    organisation: 'test',
    subject: null,
    payload: spec.commands[kind]?.payload ?? {},
    attempt: 1,
    acceptedAt: 0,
    ...(command?.ownId ? { ownId: command.ownId.min + n } : {}),
  };
}
