import type { ErrorKind, HubError } from '../../../canonical/errors.ts';
import type { Connector, Context } from '../../port.ts';

/** What the suite needs of a simulator; every one of `simulators/` has it. */
export interface StandIn {
  readonly url: string;
  readonly clock: { now(): number; advance(ms: number): void };
  readonly faults: { readonly known: readonly string[]; add(fault: object): void; clear(): void };
  /** How often each effect took place, and for how many different natural keys. */
  readonly effects: { report(): Readonly<Record<string, { count: number; distinct: number }>> };
  close(): Promise<void>;
}

/** A connector and all that the suite must be told to try it. */
export interface ConformanceSpec<Config> {
  connector: Connector<Config>;
  /** The connector's README.md; its tables are compared with `errors`. */
  readme: URL;
  errors: {
    /** Upstream code → kind, code of the hub, and whatever else the connector keeps there. */
    table: Readonly<Record<string, readonly [ErrorKind, string, ...unknown[]]>>;
    /** What the connector makes of a code. */
    toError(code: string): HubError;
  };
  /** A fresh stand-in with the same content each time. */
  start(): Promise<StandIn>;
  /** Working settings of an instance as hub.yaml would hold them, with every secret filled in. */
  settings(url: string): Readonly<Record<string, unknown>>;
  /** What else the context of this stand-in needs, for instance a mapper. */
  prepare?(ctx: Context<Config>, standIn: StandIn): Promise<Partial<Context<Config>>>;
  /** Every command of the connector, by operation kind. */
  commands: Readonly<Record<string, CommandSpec>>;
  /** A `source` block that the stand-in can page through; for connectors that pull. */
  source?: unknown;
  /** Personal data of the payloads that no log line and no error may repeat. */
  personal?: readonly string[];
}

export interface CommandSpec {
  payload: Readonly<Record<string, unknown>>;
  /** Name under which the stand-in counts what the command does. */
  effect: string;
  /** Number of the first call of an attempt that may act upstream; the ones before it only read. Default 1. */
  firstActing?: number;
}
