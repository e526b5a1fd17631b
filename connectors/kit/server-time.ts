import type { HttpResponse } from '../http-port.ts';

/** The other side's clock as its answer tells it (`Date`, RFC 9110 §6.6.1), epoch milliseconds; undefined without one. */
export function serverTime({ headers }: Pick<HttpResponse, 'headers'>): number | undefined {
  const at = Date.parse(headers.date ?? '');
  return Number.isNaN(at) ? undefined : at;
}
