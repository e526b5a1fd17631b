import { backupOf, type GatewayName, gateways } from './gateways.ts';
import type { Upstreams } from './upstreams.ts';

/** What the suite did to the answers of the gateways. */
export interface Cuts {
  /** How often each fault struck, by simulator. */
  struck: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Sends that a message centre left without an answer. */
  unanswered: number;
  /** Kills and stops of processes that send. */
  interruptions: number;
  /** Operations that may be left to a person: none where the gateway can be asked. */
  allowed: number;
}

/** @param interruptions kills and stops of processes that send */
export async function cutsOf(upstreams: Upstreams, gateway: GatewayName, interruptions: number): Promise<Cuts> {
  const struck: Record<string, Readonly<Record<string, number>>> = {};
  for (const name of [gateway, backupOf(gateway)])
    if (name) struck[gateways[name].simulator] = await upstreams.struck(gateways[name].simulator);
  struck.onec = await upstreams.struck('onec');
  const { leaves, concurrency, simulator } = gateways[gateway];
  const state = await upstreams.state(simulator);
  const unanswered = Number(state.unanswered ?? 0);
  const atMain = struck[simulator] ?? {};
  const cut = (atMain['cut-after-commit'] ?? 0) + (atMain['cut-before-commit'] ?? 0) + (atMain['late-commit'] ?? 0);
  const allowed = {
    none: 0,
    'one a cut': cut,
    // Whoever dies has as many sends under way as it may have at once.
    'one an unanswered send': unanswered + interruptions * concurrency,
  }[leaves];
  return { struck, unanswered, interruptions, allowed };
}
