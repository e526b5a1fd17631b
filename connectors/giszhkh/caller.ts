import type { GisZhkhConfig } from './config.ts';

/** Whom ГИС ЖКХ takes the calls of an instance for, at which of its addresses. */
export function callerOf({ url, host, orgPPAGUID }: Pick<GisZhkhConfig, 'url' | 'host' | 'orgPPAGUID'>): string {
  return `${host ?? new URL(url).host} ${orgPPAGUID.toLowerCase()}`;
}
