import { attributeOf } from './attributes.ts';
import { attribute } from './oids.ts';
import { readSignedData, writeSignedData, writeSignerInfo } from './signed-data.ts';

/** Gives tokens over octets: `TimeStampAuthority` of `certs/tsp`. */
export interface Stamps {
  stamp(octets: Uint8Array): Promise<Uint8Array>;
}

/**
 * Makes CAdES-T of CAdES-BES: each signature without a time-stamp gets one over its own octets (RFC 5126 §6.1.1). What
 * was signed stays octet by octet.
 *
 * @param der ContentInfo
 * @throws DerFault when it is no signature; HubError of the authority
 */
export async function addTimeStamps(der: Uint8Array, authority: Stamps): Promise<Uint8Array> {
  const data = readSignedData(der);
  const signerInfos: Uint8Array[] = [];
  for (const { head, signature, unsigned } of data.signers) {
    const before = unsigned?.ders ?? [];
    const stamps = unsigned?.has(attribute.timeStampToken)
      ? []
      : [attributeOf(attribute.timeStampToken, await authority.stamp(signature))];
    signerInfos.push(writeSignerInfo(head, [...before, ...stamps]));
  }
  return writeSignedData({ ...data, signerInfos });
}
