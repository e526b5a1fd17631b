import { HubError } from '../../canonical/errors.ts';
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

/** The later beginning, of the certificate and of its private key. Epoch milliseconds. */
function startOf({ notBefore, extensions }: Certificate): number {
  return Math.max(notBefore, extensions.privateKeyUsage?.notBefore ?? notBefore);
}

/** Whether a key may sign at an instant by its certificate. */
export function isInForce(certificate: Certificate, now: number): boolean {
  return startOf(certificate) <= now && now <= endOf(certificate);
}

/**
 * The one check of periods before anything is signed, whatever the format.
 *
 * @param name what people call the certificate; its serial number where nobody has named it
 * @throws HubError needs-operator/CERTIFICATE_NOT_YET, needs-operator/CERTIFICATE_EXPIRED
 */
export function mustBeInForce(certificate: Certificate, at: number, name = certificate.serialHex): void {
  const day = (instant: number): string => new Date(instant).toISOString().slice(0, 10);
  if (at < startOf(certificate))
    throw new HubError(
      'needs-operator',
      'CERTIFICATE_NOT_YET',
      `The certificate '${name}' is valid from ${day(startOf(certificate))} only; look at the clock of the hub.`,
    );
  if (at > endOf(certificate))
    throw new HubError(
      'needs-operator',
      'CERTIFICATE_EXPIRED',
      `The certificate '${name}' is over since ${day(endOf(certificate))}: get a new one and import it.`,
    );
}
