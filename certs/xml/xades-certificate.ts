import { isDerFault } from '../asn1/fault.ts';
import { Certificate } from '../x509/certificate.ts';
import { algorithm } from '../x509/oids.ts';
import { startVerification } from '../x509/signature.ts';
import { ecdsaDer } from './ecdsa-octets.ts';
import { namesIssuer } from './issuer-name.ts';
import { type SignatureFault, SignatureRefusal } from './signature-fault.ts';
import { digestBy, sameOctets } from './xades-references.ts';
import type { CertificateClaim, XadesSignature } from './xades-structure.ts';
import { xmlSignatures } from './xml-algorithms.ts';

/** Certificates of a signature: the one that signed, and the others that came with it. */
export interface SigningCertificates {
  readonly signer: Certificate;
  readonly others: readonly Certificate[];
  readonly faults: readonly SignatureFault[];
}

/**
 * Finds the signer among the certificates of KeyInfo: the one whose digest was signed. Without any such the first is taken, and the
 * fault says so.
 *
 * @throws SignatureRefusal certificate, algorithm
 */
export function signingCertificate({ certificates, claims }: XadesSignature): SigningCertificates {
  const read = certificates.map(readCertificate);
  for (const claim of claims)
    for (const [index, signer] of read.entries())
      if (sameOctets(digestBy(claim.digestMethod, signer.der), claim.digest))
        return { signer, others: read.filter((_, other) => other !== index), faults: claimFaults(claim, signer) };
  const [signer, ...others] = read as [Certificate, ...Certificate[]];
  const faults: SignatureFault[] = [
    {
      code: 'certificate-digest',
      message: 'No certificate in KeyInfo has the digest that was signed (CertDigest): another one was put in.',
    },
  ];
  return { signer, others, faults };
}

function readCertificate(der: Uint8Array): Certificate {
  try {
    return new Certificate(der);
  } catch (error) {
    if (!isDerFault(error)) throw error;
    throw new SignatureRefusal('certificate', `A certificate in KeyInfo can't be read: ${error.message}`);
  }
}

function claimFaults({ issuerName, serialNumber }: CertificateClaim, signer: Certificate): SignatureFault[] {
  const faults: SignatureFault[] = [];
  if (issuerName !== undefined && !namesIssuer(issuerName, signer.issuer))
    faults.push({ code: 'issuer-name', message: 'X509IssuerName is not the issuer of the certificate.' });
  if (serialNumber !== undefined && serialNumber !== signer.serialDecimal)
    faults.push({
      code: 'serial-number',
      message: 'X509SerialNumber is not the serial number of the certificate in decimal.',
    });
  return faults;
}

/**
 * Whether SignatureValue belongs to SignedInfo and the key.
 *
 * @param otherwise `sound` when nothing else is wrong; only then a wrong order of octets is looked for, at twice the cost
 * @throws SignatureRefusal algorithm: not known, too weak, or not that of the key; certificate: the key can't be read
 */
export function signatureFaults(
  signature: XadesSignature,
  signedInfo: Uint8Array,
  signer: Certificate,
  otherwise: 'sound' | 'faulty',
): SignatureFault[] {
  const oid = xmlSignatures.get(signature.signatureMethod);
  if (!oid) throw new SignatureRefusal('algorithm', 'The signature algorithm is not known or too weak.');
  const { value } = signature;
  const isEcdsa = signer.keyAlgorithm.oid === algorithm.ecKey;
  const holds = (octets: Uint8Array): boolean => {
    const verification = start(signer, oid);
    verification.update(signedInfo);
    return verification.verify(isEcdsa ? ecdsaDer(octets) : octets);
  };
  if (holds(value)) return [];
  if (otherwise === 'sound' && (oid === algorithm.gostSignature256 || oid === algorithm.gostSignature512)) {
    const half = value.length >> 1;
    if (holds(Buffer.concat([value.subarray(half), value.subarray(0, half)])))
      return [
        { code: 'signature-halves-swapped', message: 'SignatureValue is r ‖ s; XML wants s ‖ r. Swap the halves.' },
      ];
    if (holds(Uint8Array.from(value).reverse()))
      return [
        {
          code: 'signature-reversed',
          message: 'SignatureValue has the order of CryptoPro CSP; reverse all of its octets.',
        },
      ];
  }
  return [
    {
      code: 'signature-value',
      message:
        'SignatureValue does not belong to SignedInfo and the certificate: something was changed, or another key signed.',
    },
  ];
}

function start(signer: Certificate, oid: string): ReturnType<typeof startVerification> {
  try {
    return startVerification(signer, { oid, parameters: undefined });
  } catch (error) {
    if (!isDerFault(error)) throw error;
    if (error.code === 'DER_UNSUPPORTED') throw new SignatureRefusal('algorithm', error.message);
    throw new SignatureRefusal('certificate', `The key of the certificate can't be read: ${error.message}`);
  }
}
