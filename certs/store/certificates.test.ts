import { execFileSync } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import type { HubError } from '../../canonical/errors.ts';
import { onEachDatabase, testCipher } from '../../storage/testing/databases.ts';
import { type KeyMaterial, readKeyMaterial } from '../import/key-material.ts';
import { Keyring, type KeyringOptions } from '../keyring.ts';
import { SigningThreads } from '../signers/threads.ts';
import { CertificateRepository } from './certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'hub-certificates-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function make(name: string): Promise<{ material: KeyMaterial; files: string[] }> {
  const [key, pem] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      key,
      '-out',
      pem,
      '-subj',
      `/CN=${name}`,
      '-days',
      '30',
    ],
    { stdio: 'ignore' },
  );
  return { material: await readKeyMaterial([readFileSync(pem), readFileSync(key)]), files: [pem, key] };
}
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: HubError) => error.code,
  );

onEachDatabase('certificates', [], (store) => {
  // Later than what is made meanwhile.
  let now = Date.now() + 3_600_000;
  const threads = new SigningThreads(1);
  const certificates = () => new CertificateRepository(store.db, testCipher, () => now);
  const keyring = (outside: KeyringOptions['outside'] = {}) =>
    new Keyring({
      certificates: certificates(),
      outside,
      threads,
      http: { request: () => Promise.reject(new Error('Nobody is asked.')) },
      now: () => now,
    });
  afterAll(() => threads.close());

  test('keep the key sealed, sign by it, and forget it', async () => {
    const { material } = await make('director');
    const kept = await certificates().add('uk', { name: 'director', material, by: 'admin' });
    expect(kept).toMatchObject({ name: 'director', hasKey: true, importedBy: 'admin' });
    const { rows } = await store.db.query('select key from certificate');
    expect(Buffer.from(rows[0]?.key as Uint8Array).includes(Buffer.from(material.pkcs8 ?? []).subarray(40, 80))).toBe(
      false,
    );
    const ring = keyring();
    const { signer } = await ring.signer('uk', 'director');
    expect(signer.algorithm).toBe('rsa-sha256');
    expect((await signer.signRaw(Buffer.from('x'))).length).toBe(256);
    expect(await codeOf(ring.signer('other', 'director'))).toBe('CERTIFICATE_UNKNOWN');
    expect(await certificates().remove('other', 'director')).toBe(false);
    expect(await certificates().remove('uk', 'director')).toBe(true);
    // Removed by another process: it is over in a second.
    now += 1_000;
    expect(await codeOf(ring.signer('uk', 'director'))).toBe('CERTIFICATE_UNKNOWN');
  });

  test('what signs often asks the store once a second, and sees at once what this process changed', async () => {
    const { material } = await make('often');
    const own = certificates();
    const asked = jest.spyOn(store.db, 'query');
    const found = async () => (await own.current('uk', 'often'))?.name;
    expect(await found()).toBeUndefined();
    // Not there is no answer to keep: another process may import it in the next moment.
    await certificates().add('uk', { name: 'often', material, by: 'admin' });
    expect(await found()).toBe('often');
    asked.mockClear();
    expect([await found(), await found(), asked.mock.calls.length]).toEqual(['often', 'often', 0]);
    await certificates().remove('uk', 'often');
    expect(await found()).toBe('often');
    now += 1_000;
    expect(await found()).toBeUndefined();
    await own.add('uk', { name: 'often', material, by: 'admin' });
    expect(await found()).toBe('often');
    await own.remove('uk', 'often');
    expect(await found()).toBeUndefined();
    asked.mockRestore();
  });

  test('the same certificate again adds the key that was absent; another one under the name is refused', async () => {
    const { material } = await make('employee');
    const { pkcs8: _key, ...bare } = material;
    await certificates().add('uk', { name: 'employee', material: bare, by: 'admin' });
    expect(await codeOf(keyring().signer('uk', 'employee'))).toBe('CERTIFICATE_WITHOUT_KEY');
    await certificates().add('uk', { name: 'employee', material, by: 'admin' });
    expect(await codeOf(keyring().signer('uk', 'employee'))).toBe('done');
    const other = await make('somebody');
    expect(await codeOf(certificates().add('uk', { name: 'employee', material: other.material, by: 'admin' }))).toBe(
      'CERTIFICATE_NAME_TAKEN',
    );
    expect((await keyring().list('uk')).map((e) => [e.name, e.signer])).toEqual([['employee', 'store']]);
  });

  test('a certificate that is over or not in force yet signs nothing', async () => {
    const { material } = await make('over');
    await certificates().add('uk', { name: 'over', material, by: 'admin' });
    const today = now;
    now = today + 40 * 86_400_000;
    expect(await codeOf(keyring().signer('uk', 'over'))).toBe('CERTIFICATE_EXPIRED');
    now = today - 86_400_000;
    expect(await codeOf(keyring().signer('uk', 'over'))).toBe('CERTIFICATE_NOT_YET');
    now = today;
  });

  test('an RSA key that lies in files signs by openssl, and tokens for GOST refuse it', async () => {
    const { material, files } = await make('outside');
    const [certificate = '', key = ''] = files;
    const openssl = { organisation: 'uk', signer: 'openssl' as const, certificate, key };
    const { signer } = await keyring({ head: openssl }).signer('uk', 'head');
    const data = Buffer.from('Договор');
    const signature = await signer.signRaw(data);
    expect(signer.algorithm).toBe('rsa-sha256');
    const publicKey = createPublicKey({ key: Buffer.from(material.certificate.spki), format: 'der', type: 'spki' });
    expect(verify('sha256', data, publicKey, signature)).toBe(true);
    const token = { organisation: 'uk', signer: 'pkcs11' as const, certificate, library: 'x', pin: '1', keyId: '01' };
    expect(await codeOf(keyring({ head: token }).signer('uk', 'head'))).toBe('SIGNER_KEY_MISMATCH');
  });

  test('a key that hub.yaml describes is listed beside them, and its faulty file is named', async () => {
    const bad = join(folder, 'bad.pem');
    writeFileSync(bad, 'nothing');
    const outside = (certificate: string) => ({
      head: { organisation: 'uk', signer: 'openssl' as const, certificate, key: join(folder, 'x.key') },
    });
    expect(await codeOf(keyring(outside(join(folder, 'none.pem'))).signer('uk', 'head'))).toBe(
      'CERTIFICATE_UNREADABLE',
    );
    expect(await codeOf(keyring(outside(bad)).signer('uk', 'head'))).toBe('CERTIFICATE_UNREADABLE');
    expect(await codeOf(keyring(outside(bad)).signer('other', 'head'))).toBe('CERTIFICATE_UNKNOWN');
  });
});
