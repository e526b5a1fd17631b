import { HubError } from '../../canonical/errors.ts';
import { gostKeys } from '../gost/algorithms.ts';
import type { SignatureAlgorithm } from '../signer.ts';
import type { Certificate } from './certificate.ts';
import { algorithm } from './oids.ts';

/**
 * How the key of a certificate signs.
 *
 * @throws HubError misconfigured/KEY_UNREADABLE for a key that nothing here signs by
 */
export function signatureAlgorithmOf({ keyAlgorithm }: Certificate): SignatureAlgorithm {
  const known =
    gostKeys[keyAlgorithm.oid]?.algorithm ??
    (keyAlgorithm.oid === algorithm.rsa ? 'rsa-sha256' : undefined) ??
    (keyAlgorithm.oid === algorithm.ecKey ? 'ecdsa-sha256' : undefined);
  if (known) return known;
  throw new HubError(
    'misconfigured',
    'KEY_UNREADABLE',
    `The certificate is for a key of kind ${keyAlgorithm.oid}; GOST R 34.10-2012, RSA and ECDSA sign here.`,
  );
}
