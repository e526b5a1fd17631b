import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toDer } from '../../certs/asn1/pem.ts';
import { readPrivateKey, signData } from '../../certs/gost/private-key.ts';
import type { Signer } from '../../certs/signer.ts';

/** A published test key with its certificate. */
export function vectorSigner(vectors: string, name: string): Signer {
  const key = readPrivateKey(toDer(readFileSync(join(vectors, `keys/${name}.key.pem`))));
  const der = readFileSync(join(vectors, `certs/${name}.cer`));
  return {
    algorithm: key.algorithm,
    certificate: async () => ({ der, chain: [] }),
    signRaw: async (data) => signData(key, data),
  };
}
