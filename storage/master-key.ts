import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Cipher, createCipher, type MasterKey } from './cipher.ts';
import type { Database } from './port.ts';

/** The master key is missing, malformed, or not the one that this store was made with. */
export class MasterKeyError extends Error {}

/**
 * The master keys: `HUB_MASTER_KEY` (`base64` of 32 bytes, or `2:base64,1:base64` while keys rotate), else the file
 * `master.key` of the data directory, which is made at the first start and readable by its owner only.
 *
 * @param mayCreate false where data exists already: a new key would make it unreadable
 */
export function readMasterKeys(env: NodeJS.ProcessEnv, dataDir: string, mayCreate: boolean): MasterKey[] {
  const given = env.HUB_MASTER_KEY;
  if (given) return parse(given, 'HUB_MASTER_KEY');
  const file = join(dataDir, 'master.key');
  if (existsSync(file)) return parse(readFileSync(file, 'utf8').trim(), file);
  if (!mayCreate)
    throw new MasterKeyError(
      `The store holds encrypted data, but there is no HUB_MASTER_KEY and no ${file}. Bring the key back from where you keep it.`,
    );
  mkdirSync(dataDir, { recursive: true });
  const fd = openSync(file, 'wx', 0o600);
  try {
    writeSync(fd, `${randomBytes(32).toString('base64')}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return parse(readFileSync(file, 'utf8').trim(), file);
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

const CONTEXT = 'hub_meta:check';

/** A cipher whose key is proven to be the one of this store; the first call leaves the proof. */
export async function openCipher(db: Database, keys: readonly MasterKey[]): Promise<Cipher> {
  const cipher = createCipher(keys);
  const fresh = JSON.stringify(Buffer.from(cipher.seal('connector-hub', CONTEXT)).toString('base64'));
  await db.query(
    `insert into hub_meta (name, value) values ('master-key-check', $1::jsonb) on conflict (name) do nothing`,
    [fresh],
  );
  const { rows } = await db.query<{ value: string }>(`select value from hub_meta where name = 'master-key-check'`);
  try {
    cipher.openText(Buffer.from(rows[0]?.value ?? '', 'base64'), CONTEXT);
  } catch (cause) {
    throw new MasterKeyError(
      'The master key is not the one that this store was made with. Nothing was changed; give the right HUB_MASTER_KEY or master.key.',
      { cause },
    );
  }
  return cipher;
}
