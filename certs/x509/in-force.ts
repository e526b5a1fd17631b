import type { Certificate } from './certificate.ts';

const DAY_MS = 86_400_000;

/** Whole days until a certificate, or the period of its private key, is over; negative afterwards. */
export function daysLeft(certificate: Certificate, now: number): number {
  return Math.floor((endOf(certificate) - now) / DAY_MS);
}

/** The earlier end: a private key may have a period of its own (2.5.29.16). Epoch milliseconds. */
export function endOf({ notAfter, extensions }: Certificate): number {
  return Math.min(notAfter, extensions.privateKeyUsage?.notAfter ?? notAfter);
}

/** Whether a key may sign at an instant by its certificate. */
export function isInForce(certificate: Certificate, now: number): boolean {
  return certificate.coversTime(now) && now <= endOf(certificate);
}
