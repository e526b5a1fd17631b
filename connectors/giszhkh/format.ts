import { readFileSync } from 'node:fs';
import { HubError } from '../../canonical/errors.ts';
import { nearest } from '../../canonical/nearest.ts';
import type { FormatFile, FormatOperation, FormatParticle } from './format-file.ts';

export const BASE = 'http://dom.gosuslugi.ru/schema/integration/base/';

/** Services of ГИС ЖКХ that the hub speaks to, by the names of the official set. */
export const services = [
  'appeals',
  'bills',
  'debt-requests',
  'debts',
  'device-metering',
  'house-management',
  'nsi',
  'nsi-common',
  'organizations-registry-common',
  'payment',
  'services',
] as const;
export type ServiceName = (typeof services)[number];

const loaded = new Map<ServiceName, FormatFile>();

/** Messages of one service in their order, with counts and facets. Read when first asked for: together they hold two thousand types. */
export function formatOf(service: ServiceName): FormatFile {
  let file = loaded.get(service);
  if (!file) {
    file = JSON.parse(readFileSync(new URL(`./format/${service}.json`, import.meta.url), 'utf8')) as FormatFile;
    loaded.set(service, file);
  }
  return file;
}

/** Whether a name stands for a service that the hub speaks to. */
export function isService(name: string): name is ServiceName {
  return (services as readonly string[]).includes(name);
}

/** @throws HubError misconfigured/GISZHKH_OPERATION naming the nearest operation that the service has */
export function operationOf(service: ServiceName, name: string): FormatOperation {
  const { operations } = formatOf(service);
  const found = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (found) return found;
  const near = nearest(name, Object.keys(operations));
  throw new HubError(
    'misconfigured',
    'GISZHKH_OPERATION',
    `The service ${service} of ГИС ЖКХ has no operation '${name}'${near ? `; did you mean '${near}'?` : ''}.`,
  );
}

/** Local names of the elements that a particle allows at its own level. */
export function namesIn(particle: FormatParticle): readonly string[] {
  let names = namesOf.get(particle);
  if (!names) {
    names = particle[0] === 'e' ? [particle[1]] : [...new Set(particle[1].flatMap(namesIn))];
    namesOf.set(particle, names);
  }
  return names;
}

const namesOf = new WeakMap<FormatParticle, readonly string[]>();

/**
 * Versions of requests for which the schemas demand one and name none. The last fixed value that they had. Source: changelog of release 16.3;
 * unconfirmed.
 */
const UNNAMED_VERSION = '10.0.1.1';

/** The version to send when hub.yaml names none: the fixed one, else the newest that the schemas name. */
export function usualVersion({ version, versions, action }: FormatOperation): string | undefined {
  if (action === 'urn:getState' || action === 'urn:getRequestsState') return undefined;
  return version ?? versions?.at(-1) ?? UNNAMED_VERSION;
}
