import { getPriority, setPriority } from 'node:os';
import { isMainThread, parentPort } from 'node:worker_threads';
import { isHubError } from '../../canonical/errors.ts';
import { type GostPrivateKey, readPrivateKey, signData, signDigest } from '../gost/private-key.ts';
import { readPublicKey, verifyData } from '../gost/public-key.ts';
import type { Signer } from '../signer.ts';
import { type Digest, digestOf } from '../x509/digest.ts';
import { signXades } from '../xml/xades-sign.ts';
import type { ThreadAnswer, ThreadRequest } from './thread-protocol.ts';

/** How much the thread that takes requests goes first when there is more to do than processors; steps of `nice`. */
const BEHIND = 5;
// Elsewhere the call would hold for the whole process.
if (process.platform === 'linux' && !isMainThread) setPriority(Math.min(19, getPriority() + BEHIND));

const keys = new Map<number, GostPrivateKey>();
/** Digests of documents that come in pieces. */
const digests = new Map<number, Digest>();

parentPort?.on('message', async (request: ThreadRequest) => {
  let answer: ThreadAnswer;
  try {
    answer = { id: request.id, value: await answerTo(request) };
  } catch (error) {
    // Messages of the readers hold nothing of a key.
    const fault = (error as Error).message;
    const known = isHubError(error) ? { kind: error.kind, code: error.code, facts: error.facts } : undefined;
    answer = { id: request.id, fault, error: known };
  }
  parentPort?.postMessage(answer, 'value' in answer ? handedOver(answer.value) : []);
});

async function answerTo(request: ThreadRequest): Promise<Uint8Array | boolean> {
  switch (request.what) {
    case 'load':
      keys.set(request.key, readPrivateKey(request.pkcs8));
      return true;
    case 'forget':
      return keys.delete(request.key);
    case 'sign':
      return signData(known(request.key), request.data);
    case 'sign-digest':
      return signDigest(known(request.key), request.digest);
    case 'digest-update':
      running(request).update(request.data);
      return true;
    case 'digest-end': {
      const value = running(request).digest();
      digests.delete(request.digest);
      return value;
    }
    case 'digest-drop':
      return digests.delete(request.digest);
    case 'sign-xml': {
      const key = known(request.key);
      const signer: Signer = {
        algorithm: key.algorithm,
        certificate: async () => request.certificate,
        signRaw: async (data) => signData(key, data),
      };
      return signXades(request.document, { ...request.request, signer });
    }
    case 'verify':
      return verifyData(readPublicKey(request.spki), request.data, request.signature);
  }
}

function running({ digest, algorithm }: { digest: number; algorithm: string }): Digest {
  const begun = digests.get(digest) ?? digestOf(algorithm).create();
  digests.set(digest, begun);
  return begun;
}

/** Memory that need not be copied on its way back: a view of something larger stays. */
function handedOver(value: Uint8Array | boolean): ArrayBuffer[] {
  return typeof value !== 'boolean' && value.byteLength === value.buffer.byteLength
    ? [value.buffer as ArrayBuffer]
    : [];
}

function known(number: number): GostPrivateKey {
  const key = keys.get(number);
  if (!key) throw new Error('The key was not told to this thread.');
  return key;
}
