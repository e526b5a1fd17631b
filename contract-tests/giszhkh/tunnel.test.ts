import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { request } from 'undici';

const guide = readFileSync(new URL('../../docs/guides/giszhkh.md', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'tunnel-'));
const children: ChildProcess[] = [];
const required = process.env.HUB_REQUIRE_SERVERS === '1';
const present =
  spawnSync('stunnel', ['-version']).status === 0 && spawnSync('openssl', ['engine', 'gost']).status === 0;

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** The sample in the guide under this name. */
function sample(name: string): string {
  const [, text] = new RegExp(`\`/etc/stunnel/${name}\`\\n\\n\`\`\`ini\\n([\\s\\S]*?)\`\`\``).exec(guide) ?? [];
  if (!text) throw new Error(`The guide has no sample ${name}.`);
  return text;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Keys of GOST R 34.10-2012: an authority, a server, and the organisation. */
function makeKeys(env: NodeJS.ProcessEnv): void {
  const run = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, env, stdio: 'pipe' });
  writeFileSync(
    join(folder, 'req.cnf'),
    '[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=x\n[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n[server]\nextendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1\n[organisation]\nextendedKeyUsage=clientAuth\n',
  );
  const key = (name: string): void =>
    run('genpkey', '-algorithm', 'gost2012_256', '-pkeyopt', 'paramset:A', '-out', `${name}.key`);
  key('ca');
  run(
    'req',
    '-new',
    '-x509',
    '-key',
    'ca.key',
    '-config',
    'req.cnf',
    '-extensions',
    'ca',
    '-subj',
    '/CN=ca',
    '-out',
    'ca.pem',
    '-md_gost12_256',
  );
  for (const name of ['server', 'organisation']) {
    key(name);
    run(
      'req',
      '-new',
      '-key',
      `${name}.key`,
      '-config',
      'req.cnf',
      '-subj',
      `/CN=${name}`,
      '-out',
      `${name}.csr`,
      '-md_gost12_256',
    );
    run(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      'req.cnf',
      '-extensions',
      name,
      '-out',
      `${name}.pem`,
      '-md_gost12_256',
    );
  }
}

const run = present || required ? test : test.skip;
run(
  'the stunnel sample of the guide carries a call over GOST TLS with the organisation’s certificate',
  async () => {
    writeFileSync(join(folder, 'gost.cnf'), sample('gost.cnf'));
    const env = { ...process.env, OPENSSL_CONF: join(folder, 'gost.cnf') };
    makeKeys(env);
    const [far, near] = [await freePort(), await freePort()];
    const settings = sample('giszhkh.conf')
      .replace('127.0.0.1:8080', `127.0.0.1:${near}`)
      .replace('api.dom.gosuslugi.ru:443', `127.0.0.1:${far}`)
      .replaceAll('/etc/stunnel/giszhkh-ca.pem', join(folder, 'ca.pem'))
      .replaceAll('/etc/stunnel/', `${folder}/`);
    writeFileSync(join(folder, 'giszhkh.conf'), settings);
    const cipher = /ciphers = (.*)/.exec(settings)?.[1] ?? '';
    const server = spawn(
      'openssl',
      [
        's_server',
        '-accept',
        `127.0.0.1:${far}`,
        '-cert',
        'server.pem',
        '-key',
        'server.key',
        '-CAfile',
        'ca.pem',
        '-Verify',
        '1',
        '-verify_return_error',
        '-cipher',
        cipher,
        '-www',
      ],
      { cwd: folder, env, stdio: 'pipe' },
    );
    let said = '';
    server.stdout.on('data', (chunk) => {
      said += String(chunk);
    });
    children.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('exit', (code) => reject(new Error(`openssl s_server ended with ${code}.`)));
      server.stdout.on('data', () => {
        if (said.includes('ACCEPT')) resolve();
      });
    });
    children.push(spawn('stunnel', [join(folder, 'giszhkh.conf')], { env, stdio: 'ignore' }));
    let page = '';
    for (let tries = 0; tries < 50 && page === ''; tries++) {
      try {
        const { body } = await request(`http://127.0.0.1:${near}/`);
        page = await body.text();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    expect(page).toMatch(/Cipher\s+: (LEGACY|IANA)-GOST2012-GOST8912-GOST8912/);
    expect(page).toContain('organisation');
  },
  60_000,
);
