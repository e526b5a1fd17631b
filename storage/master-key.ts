import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Cipher, createCipher, digestKeyOf, type MasterKey, oldestKey, versionOf } from './cipher.ts';
import { keepMeta, putMeta, readMeta } from './meta.ts';
import type { Database } from './port.ts';

/** The master key is missing, malformed, or not the one that this store was made with. */
export class MasterKeyError extends Error {}

/** Where the master keys come from. */
export interface KeySource {
  /** `HUB_MASTER_KEY`, or the path of the file; for error texts. */
  name: string;
  read(): MasterKey[];
  /** Keeps these from now on; absent where a person keeps them. */
  write?(keys: readonly MasterKey[]): void;
}

/**
 * `HUB_MASTER_KEY` (`base64` of 32 bytes, or `2:base64,1:base64` while keys rotate), else the file `master.key` of the
 * data directory, which is made at the first start and readable by its owner only.
 *
 * @param mayCreate false where data exists already: a new key would make it unreadable
 * @throws MasterKeyError
 */
export function keySource(env: NodeJS.ProcessEnv, dataDir: string, mayCreate: boolean): KeySource {
  const given = env.HUB_MASTER_KEY;
  if (given) return { name: 'HUB_MASTER_KEY', read: () => parse(given, 'HUB_MASTER_KEY') };
  const file = join(dataDir, 'master.key');
  const source: KeySource = {
    name: file,
    read: () => parse(readFileSync(file, 'utf8').trim(), file),
    write: (keys) => writeKeys(file, keys),
  };
  if (existsSync(file)) return source;
  if (!mayCreate)
    throw new MasterKeyError(
      `The store holds encrypted data, but there is no HUB_MASTER_KEY and no ${file}. Bring the key back from where you keep it.`,
    );
  mkdirSync(dataDir, { recursive: true });
  writeKeys(file, [{ version: 1, key: randomBytes(32) }]);
  return source;
}

/** Whole or not at all, whenever the machine dies. */
function writeKeys(file: string, keys: readonly MasterKey[]): void {
  const temporary = `${file}.tmp`;
  const fd = openSync(temporary, 'w', 0o600);
  try {
    writeSync(
      fd,
      `${keys.map(({ version, key }) => `${version === 1 && keys.length === 1 ? '' : `${version}:`}${Buffer.from(key).toString('base64')}`).join(',')}\n`,
    );
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, file);
  const folder = openSync(join(file, '..'), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function parse(text: string, where: string): MasterKey[] {
  return text.split(',').map((part, i) => {
    const [, version, base64] = /^(?:(\d+):)?([A-Za-z0-9+/]{43}=)$/.exec(part.trim()) ?? [];
    if (!base64)
      throw new MasterKeyError(
        `${where} must hold 32 bytes in base64 (make one with: openssl rand -base64 32); part ${i + 1} does not.`,
      );
    return { version: Number(version ?? 1), key: Buffer.from(base64, 'base64') };
  });
}

const CHECK = 'master-key-check';
const DIGEST = 'digest-key';
const STATE = 'master-keys';
const CHECK_CONTEXT = 'hub_meta:check';
const DIGEST_CONTEXT = 'hub_meta:digest-key';

/** Which master keys a store needs. */
export interface KeyState {
  /** Version that new data are sealed with. */
  sealing: number;
  /** Versions that some data may still be sealed with. */
  needed: number[];
}

/**
 * A cipher whose keys are proven to be those of this store; the first call leaves the proof, and the key of blind indexes
 * sealed beside it, so that it outlives the master key it came from.
 *
 * @throws MasterKeyError that says which version is needed
 */
export async function openCipher(
  db: Database,
  keys: readonly MasterKey[],
  source?: Pick<KeySource, 'name' | 'read'>,
): Promise<Cipher> {
  const first = createCipher(keys);
  const own = Buffer.from(digestKeyOf(oldestKey(keys)));
  await db.transact([
    keepMeta(CHECK, base64(first.seal('connector-hub', CHECK_CONTEXT))),
    keepMeta(DIGEST, base64(first.seal(own, DIGEST_CONTEXT))),
  ]);
  const check = await stored(db, CHECK);
  const given = `${source?.name ?? 'The key'} holds version ${first.keys.versions().join(', ')}`;
  const version = versionOf(check);
  const state = await keyState(db);
  const missing = [...new Set([version, ...(state?.needed ?? [])])].filter((v) => !first.keys.versions().includes(v));
  if (missing.length > 0)
    throw new MasterKeyError(
      `The store needs master key version ${missing.sort((a, b) => a - b).join(' and ')}; ${given}. Nothing was changed; give all of them as HUB_MASTER_KEY="2:…,1:…", or in master.key.`,
    );
  let digestKey: Uint8Array;
  try {
    first.open(check, CHECK_CONTEXT);
    digestKey = first.open(await stored(db, DIGEST), DIGEST_CONTEXT);
  } catch (cause) {
    throw new MasterKeyError(
      `Master key version ${version} is not the one that this store was made with (${given}, of another value). Nothing was changed; give the right HUB_MASTER_KEY or master.key.`,
      { cause },
    );
  }
  const cipher = createCipher(keys, digestKey, source && (() => source.read()));
  cipher.keys.sealWith(version);
  return cipher;
}

/** Undefined for a store whose keys never rotated. */
export async function keyState(db: Database): Promise<KeyState | undefined> {
  return readMeta<KeyState>(db, STATE);
}

/** From now on every process seals with this version, as soon as it hears of it. */
export async function activate(db: Database, cipher: Cipher, version: number): Promise<void> {
  const digestKey = cipher.open(await stored(db, DIGEST), DIGEST_CONTEXT);
  const before = await keyState(db);
  const needed = [...new Set([...(before?.needed ?? [cipher.keys.sealing()]), cipher.keys.sealing(), version])];
  cipher.keys.sealWith(version);
  await db.transact([
    putMeta(CHECK, base64(cipher.seal('connector-hub', CHECK_CONTEXT))),
    putMeta(DIGEST, base64(cipher.seal(digestKey, DIGEST_CONTEXT))),
    putMeta(STATE, { sealing: version, needed } satisfies KeyState),
  ]);
}

/** Nothing is sealed with older keys any more. */
export async function releaseOldKeys(db: Database, version: number): Promise<void> {
  await db.transact([putMeta(STATE, { sealing: version, needed: [version] } satisfies KeyState)]);
}

/** Seals with the version that another process has activated. @throws MasterKeyError when this process does not know it */
export async function followKeys(
  db: Database,
  cipher: Cipher,
  source: Pick<KeySource, 'name' | 'read'>,
): Promise<void> {
  const state = await keyState(db);
  if (!state || state.sealing === cipher.keys.sealing()) return;
  if (!cipher.keys.versions().includes(state.sealing)) cipher.keys.learn(source.read());
  if (!cipher.keys.versions().includes(state.sealing))
    throw new MasterKeyError(
      `Master key version ${state.sealing} is in use, and ${source.name} of this process holds ${cipher.keys.versions().join(', ')} only. Give it both and start it again.`,
    );
  cipher.keys.sealWith(state.sealing);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

async function stored(db: Database, name: string): Promise<Uint8Array> {
  return Buffer.from((await readMeta<string>(db, name)) ?? '', 'base64');
}
