import { afterAll } from '@jest/globals';
import { gostConfig, openssl as run, temporaryFolder } from './openssl.ts';

const folder = temporaryFolder();
/** A configuration that loads gost-engine, for programs that are started with it. */
export const opensslConfig = folder.file(
  'openssl.cnf',
  gostConfig('CRYPT_PARAMS = id-Gost28147-89-CryptoPro-A-ParamSet'),
);
/** A folder that goes with the tests of the file. */
export const workFolder = folder.path;

/** Runs `openssl` with gost-engine. @throws when it fails */
export const openssl = (...args: readonly string[]): Buffer => run(args, opensslConfig);

/** Writes octets where `openssl` can read them; gone with the tests of the file. */
export const fileOf = (name: string, octets: Uint8Array | string): string => folder.file(name, octets);

afterAll(() => folder.remove());
