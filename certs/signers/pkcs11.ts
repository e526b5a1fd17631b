import { HubError } from '../../canonical/errors.ts';
import { streebog } from '../gost/streebog.ts';
import type { Signer, SignerCertificate } from '../signer.ts';
import { OctetOrder } from './octet-order.ts';
import { Turns } from './process.ts';

/** The part of the package pkcs11js that is used; it is installed by whoever has a token. */
export interface Pkcs11Module {
  load(library: string): void;
  C_Initialize(): void;
  C_GetSlotList(tokenPresent: boolean): Buffer[];
  C_GetTokenInfo(slot: Buffer): { label: string; serialNumber: string };
  C_OpenSession(slot: Buffer, flags: number): Buffer;
  C_Login(session: Buffer, userType: number, pin: string): void;
  C_FindObjectsInit(session: Buffer, template: { type: number; value?: unknown }[]): void;
  C_FindObjects(session: Buffer, max: number): Buffer[];
  C_FindObjectsFinal(session: Buffer): void;
  C_SignInit(session: Buffer, mechanism: { mechanism: number; parameter: null }, key: Buffer): void;
  C_Sign(session: Buffer, data: Buffer, output: Buffer): Buffer;
}

export interface Pkcs11Options {
  certificate: SignerCertificate;
  spki: Uint8Array;
  algorithm: 'gost2012-256' | 'gost2012-512';
  /** Library of the vendor, e.g. `/usr/lib/librtpkcs11ecp.so`. */
  library: string;
  /** Label or serial number of the token; the only one where absent. */
  token?: string | undefined;
  pin: string;
  /** CKA_ID of the key, hexadecimal. */
  keyId: string;
  /** The package; loaded when the first signature is asked for. */
  load?: (() => Promise<Pkcs11Module>) | undefined;
}

// Numbers of PKCS#11 2.40 and of TC26's addition to it.
const CKF_SERIAL_SESSION = 4;
const CKU_USER = 1;
const CKO_PRIVATE_KEY = 3;
const CKA_CLASS = 0;
const CKA_ID = 0x102;
const CKM_GOSTR3410 = 0x1201;
const CKM_GOSTR3410_512 = 0xd4321006;
const CKR_PIN_INCORRECT = 0xa0;
const CKR_PIN_LOCKED = 0xa4;
const CKR_TOKEN_NOT_PRESENT = 0xe0;

/**
 * A key on a token. What is signed is hashed here, since a token is slow; one session signs one thing at a time. A wrong
 * PIN is not tried a second time: ten of them lock the token.
 */
export function pkcs11Signer(options: Pkcs11Options): Signer {
  const { certificate, spki, algorithm, load = loadPackage } = options;
  const turns = new Turns(1);
  const order = new OctetOrder(spki);
  let stopped: HubError | undefined;
  let open: { pkcs11: Pkcs11Module; session: Buffer; key: Buffer } | undefined;
  return {
    algorithm,
    certificate: async () => certificate,
    signRaw: (data) =>
      turns.take(async () => {
        if (stopped) throw stopped;
        try {
          open ??= openKey(await load(), options);
          const { pkcs11, session, key } = open;
          const bits = algorithm === 'gost2012-256' ? 256 : 512;
          const mechanism = bits === 256 ? CKM_GOSTR3410 : CKM_GOSTR3410_512;
          pkcs11.C_SignInit(session, { mechanism, parameter: null }, key);
          const raw = pkcs11.C_Sign(session, Buffer.from(streebog(bits, data)), Buffer.alloc(bits / 4));
          const signature = order.normal(data, new Uint8Array(raw));
          if (!signature)
            throw new HubError(
              'misconfigured',
              'KEY_MISMATCH',
              'The key on the token does not belong to the certificate.',
            );
          return signature;
        } catch (error) {
          const fault = faultOf(error);
          // The session of a token that was pulled out is gone; the next signature looks for it anew.
          if (fault.code !== 'KEY_MISMATCH') open = undefined;
          if (fault.code.startsWith('SIGNER_PIN')) stopped = fault;
          throw fault;
        }
      }),
  };
}

async function loadPackage(): Promise<Pkcs11Module> {
  const name = 'pkcs11js';
  let module: { PKCS11: new () => Pkcs11Module };
  try {
    module = (await import(name)) as typeof module;
  } catch (cause) {
    throw new HubError(
      'misconfigured',
      'SIGNER_MISSING',
      'Signing with a token needs the package pkcs11js beside the hub: npm install pkcs11js (it is compiled at install).',
      {},
      { cause },
    );
  }
  return new module.PKCS11();
}

function openKey(pkcs11: Pkcs11Module, { library, token, pin, keyId }: Pkcs11Options) {
  pkcs11.load(library);
  pkcs11.C_Initialize();
  const slots = pkcs11.C_GetSlotList(true).filter((slot) => {
    if (token === undefined) return true;
    const { label, serialNumber } = pkcs11.C_GetTokenInfo(slot);
    return label.trim() === token || serialNumber.trim() === token;
  });
  const [slot] = slots;
  if (!slot || slots.length > 1)
    throw new HubError(
      'needs-operator',
      'SIGNER_NO_TOKEN',
      slot ? 'Several tokens are there: name one by its label or serial number.' : 'The token is not there: put it in.',
    );
  const session = pkcs11.C_OpenSession(slot, CKF_SERIAL_SESSION);
  pkcs11.C_Login(session, CKU_USER, pin);
  pkcs11.C_FindObjectsInit(session, [
    { type: CKA_CLASS, value: CKO_PRIVATE_KEY },
    { type: CKA_ID, value: Buffer.from(keyId, 'hex') },
  ]);
  const keys = pkcs11.C_FindObjects(session, 2);
  pkcs11.C_FindObjectsFinal(session);
  const [key] = keys;
  if (!key || keys.length > 1)
    throw new HubError(
      'misconfigured',
      'SIGNER_NO_CONTAINER',
      `The token has ${keys.length} private keys with this id.`,
    );
  return { pkcs11, session, key };
}

function faultOf(error: unknown): HubError {
  if (error instanceof HubError) return error;
  const { code } = error as { code?: number };
  if (code === CKR_PIN_INCORRECT)
    return new HubError('needs-operator', 'SIGNER_PIN_WRONG', 'The PIN of the token is wrong; it is not tried again.');
  if (code === CKR_PIN_LOCKED)
    return new HubError(
      'needs-operator',
      'SIGNER_PIN_LOCKED',
      'The PIN of the token is locked: unlock it with its administrator PIN.',
    );
  if (code === CKR_TOKEN_NOT_PRESENT)
    return new HubError('needs-operator', 'SIGNER_NO_TOKEN', 'The token is not there: put it in.');
  const number = typeof code === 'number' ? ` (0x${code.toString(16)})` : '';
  return new HubError('unexpected', 'SIGNER_FAILED', `The token made no signature${number}.`, {}, { cause: error });
}
