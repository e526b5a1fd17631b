import type { z } from 'zod';
import { giszhkh } from './giszhkh/connector.ts';
import { onec } from './onec/connector.ts';
import type { Connector } from './port.ts';
import { smpp } from './smpp/connector.ts';
import { smsaero } from './smsaero/connector.ts';
import { smsc } from './smsc/connector.ts';

/** Every connector by its system. Adding one is a line here. */
export const connectors: ReadonlyMap<string, Connector<never>> = new Map<string, Connector<never>>([
  [giszhkh.system, giszhkh as unknown as Connector<never>],
  [onec.system, onec as unknown as Connector<never>],
  [smpp.system, smpp as unknown as Connector<never>],
  [smsaero.system, smsaero as unknown as Connector<never>],
  [smsc.system, smsc as unknown as Connector<never>],
]);

/** Operation kinds that each system serves, for the routes of hub.yaml. */
export function connectorKinds(): ReadonlyMap<string, readonly string[]> {
  return new Map([...connectors].map(([system, { commands }]) => [system, Object.keys(commands ?? {})]));
}

/** Configuration schemas by system, for hub.yaml. */
export function connectorSchemas(): ReadonlyMap<string, z.ZodType> {
  return new Map([...connectors].map(([system, connector]) => [system, connector.config as z.ZodType]));
}
