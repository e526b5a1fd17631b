import { parentPort } from 'node:worker_threads';
import { type GostPrivateKey, readPrivateKey, signData, signDigest } from '../gost/private-key.ts';
import { readPublicKey, verifyData } from '../gost/public-key.ts';
import type { ThreadAnswer, ThreadRequest } from './thread-protocol.ts';

const keys = new Map<number, GostPrivateKey>();

parentPort?.on('message', (request: ThreadRequest) => {
  let answer: ThreadAnswer;
  try {
    answer = { id: request.id, value: answerTo(request) };
  } catch (error) {
    // Messages of the readers hold nothing of a key.
    answer = { id: request.id, fault: (error as Error).message };
  }
  parentPort?.postMessage(answer);
});

function answerTo(request: ThreadRequest): Uint8Array | boolean {
  switch (request.what) {
    case 'load':
      keys.set(request.key, readPrivateKey(request.pkcs8));
      return true;
    case 'forget':
      return keys.delete(request.key);
    case 'sign': {
      const key = keys.get(request.key);
      if (!key) throw new Error('The key was not told to this thread.');
      return signData(key, request.data);
    }
    case 'sign-digest': {
      const key = keys.get(request.key);
      if (!key) throw new Error('The key was not told to this thread.');
      return signDigest(key, request.digest);
    }
    case 'verify':
      return verifyData(readPublicKey(request.spki), request.data, request.signature);
  }
}
