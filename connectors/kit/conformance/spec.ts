import type { ErrorKind, HubError } from '../../../canonical/errors.ts';
import type { Connector, Context } from '../../port.ts';
import type { SilentServer } from './silent-server.ts';

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
  /** A page asks by several calls and repeats those that break off by itself. */
  mendsPages?: boolean;
  /** Personal data of the payloads that no log line and no error may repeat. */
  personal?: readonly string[];
  /** For a connector that does not speak through `ctx.http` but holds a connection of its own. */
  wire?: WireSpec;
}

/** How the calls of a held connection are counted and struck. A call is a request that may act. */
export interface WireSpec {
  /** Calls that the stand-in has carried out since its start. */
  calls(standIn: StandIn): number;
  /** A fault as the stand-in must be told it, so that it strikes the n-th call from now, counted from 1. */
  fault(name: string, call: number): object;
  /** An upstream that lets a session be opened, takes the next request and never answers it. */
  silent(): Promise<SilentServer>;
}

export interface CommandSpec {
  payload: Readonly<Record<string, unknown>>;
  /** Name under which the stand-in counts what the command does. */
  effect: string;
  /** Number of the first call of an attempt that may act upstream; the ones before it only read. Default 1. */
  firstActing?: number;
  /** The attempt repeats a call before that one by itself when it breaks off. */
  mendsReads?: boolean;
  /** How long after an attempt "absent" is not believed, milliseconds, where the settings and not the command say it. */
  settleAfterMs?: number;
  /**
   * The upstream can't be asked by anything of ours: a lost answer stays unknown until the upstream says something by
   * itself. The suite then holds the connector to that: never `absent`, never `happened`, nothing sent again.
   */
  unanswerable?: boolean;
  /**
   * The upstream shows that something alike is there and not whose it is. "Not there" is believed, and the suite holds the connector to never
   * saying `happened`.
   */
  tellsOnlyAbsence?: boolean;
  /** Members of a result that was found again, where the upstream shows less, or other things, than it answers. */
  foundAs?: readonly string[];
}
