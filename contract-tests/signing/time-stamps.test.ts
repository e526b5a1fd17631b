import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signCms } from '../../certs/cms/sign.ts';
import { readSignedData } from '../../certs/cms/signed-data.ts';
import { addTimeStamps } from '../../certs/cms/time-stamp.ts';
import { verifyCms } from '../../certs/cms/verify.ts';
import { TimeStampAuthority } from '../../certs/tsp/client.ts';
import { tokenOf } from '../../certs/tsp/response.ts';
import { checkTimeStamp } from '../../certs/tsp/token.ts';
import { algorithm } from '../../certs/x509/oids.ts';
import { HttpTransport } from '../../connectors/kit/http.ts';
import { createLogger } from '../../logging/logger.ts';
import { describeWithGost, type Folder, gostConfig, openssl, run, temporaryFolder } from './openssl.ts';
import { describeVectors, list, path, read, trust, vectorSigner } from './vectors.ts';

const clock = { now: () => Date.now() };
const listed = () => trust({ evidence: { crls: [list()], ocsp: [] }, revocation: 'require' });

describeVectors('time-stamp vectors', () => {
  test('the token over the document holds, over anything else it does not', () => {
    const now = Date.UTC(2026, 10, 25);
    const token = tokenOf(read('tsp', 'claim.txt.tsr'));
    expect(Buffer.from(token).length).toBeGreaterThan(1000);
    for (const one of [token, read('tsp', 'claim.txt.token.der')]) {
      const check = checkTimeStamp(one, read('docs', 'claim.txt'), { trust: listed(), now });
      expect(check).toMatchObject({ outcome: 'valid', info: { policy: '1.2.3.4.1', accuracyMs: 1000 } });
      expect(checkTimeStamp(one, read('docs', 'claim.pdf'), { trust: listed(), now }).fault).toBe('TOKEN_IMPRINT');
    }
  });

  test('no octet of what the authority signed can change', () => {
    const now = Date.UTC(2026, 10, 25);
    const document = read('docs', 'claim.txt');
    const token = read('tsp', 'claim.txt.token.der');
    const { content, certificates, signers } = readSignedData(token);
    const [signer] = signers;
    const survived: number[] = [];
    for (const part of [content, certificates.find((c) => !c.extensions.isCa)?.der, signer?.head[3], signer?.head[5]]) {
      if (!part) throw new Error('A part of the token is missing.');
      const start = Buffer.from(token).indexOf(part);
      for (let at = start; at < start + part.length; at++) {
        const damaged = Uint8Array.from(token);
        damaged[at] = (damaged[at] as number) ^ (1 << (at % 8));
        if (checkTimeStamp(damaged, document, { trust: listed(), now }).outcome === 'valid') survived.push(at);
      }
    }
    expect(survived).toEqual([]);
  });
});

describeVectors('CAdES-T', () => {
  describeWithGost('by an authority of OpenSSL', () => {
    let folder: Folder;
    let server: Server;
    let transport: HttpTransport;
    let url: string;
    let questions = 0;

    beforeAll(async () => {
      folder = temporaryFolder();
      const config = folder.file(
        'tsa.cnf',
        gostConfig(
          ...['[tsa]', 'default_tsa = tsa1', '[tsa1]'],
          `serial = ${folder.path}/serial`,
          'crypto_device = builtin',
          `signer_cert = ${path('certs', 'tsa256.pem')}`,
          `certs = ${path('certs', 'ca256.pem')}`,
          `signer_key = ${path('keys', 'tsa256.key.pem')}`,
          'signer_digest = md_gost12_256',
          'default_policy = 1.2.3.4.1',
          'digests = md_gost12_256, md_gost12_512',
          'accuracy = secs:1',
          'ess_cert_id_alg = sha256',
        ),
      );
      const answer = promisify(execFile);
      server = createServer(async (request, response) => {
        const pieces: Buffer[] = [];
        for await (const piece of request) pieces.push(piece as Buffer);
        const query = folder.file(`query${++questions}`, Buffer.concat(pieces));
        const reply = join(folder.path, `reply${questions}`);
        await answer('openssl', ['ts', '-reply', '-config', config, '-queryfile', query, '-out', reply], {
          env: { ...process.env, OPENSSL_CONF: config },
        });
        response.setHeader('content-type', 'application/timestamp-reply').end(readFileSync(reply));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsp`;
      transport = new HttpTransport();
    });
    afterAll(async () => {
      transport.close();
      await new Promise((resolve) => server.close(resolve));
      folder.remove();
    });

    const authority = (digest: string = algorithm.streebog256) =>
      new TimeStampAuthority({
        http: transport.client({ clock, log: createLogger({ level: 'silent', format: 'json' }) }),
        url,
        digest,
        trust: listed(),
        clock,
        random: (octets) => randomBytes(octets),
      });

    test('stamps each signature of a file, which then holds before us and before verify-cms.sh', async () => {
      const document = read('docs', 'claim.txt');
      const signed = await signCms({
        document,
        signers: [vectorSigner('dir256'), vectorSigner('employee256')],
        content: 'detached',
        clock,
      });
      const stamped = await addTimeStamps(signed, authority());
      expect(questions).toBe(2);
      // Stamped once, it is not stamped again.
      expect(Buffer.from(await addTimeStamps(stamped, authority())).equals(stamped)).toBe(true);
      expect(questions).toBe(2);

      const report = await verifyCms({
        signature: stamped,
        document,
        trust: listed(),
        now: Date.now(),
        level: 'cades-t',
      });
      expect(report.verdict).toBe('valid');
      for (const signer of report.signers) {
        expect(signer).toMatchObject({ level: 'CAdES-T', timeStamp: { policy: '1.2.3.4.1' } });
        expect(signer.judgedAt).toBe(signer.timeStamp?.time);
      }
      const { status, output } = run('bash', [
        path('verify-cms.sh'),
        ...['--ca', path('certs', 'ca256.pem'), '--crl', path('certs', 'ca256.crl.pem')],
        folder.file('signature', stamped),
        path('docs', 'claim.txt'),
      ]);
      expect(output).toContain('there is a signature time-stamp (CAdES-T)');
      expect(status).toBe(0);
      const again = openssl(['cms', '-cmsout', '-inform', 'DER', '-outform', 'DER', '-in', folder.file('t', stamped)]);
      expect(again.equals(stamped)).toBe(true);
    });

    test('its token over the octets of the signature is confirmed by openssl ts', async () => {
      const octets = randomBytes(64);
      const token = await authority(algorithm.streebog512).stamp(octets);
      const config = folder.file('plain.cnf', gostConfig());
      const said = openssl(
        [
          ...['ts', '-verify', '-token_in', '-in', folder.file('token', token), '-data', folder.file('octets', octets)],
          ...['-CAfile', path('certs', 'ca256.pem')],
        ],
        config,
      );
      expect(said.toString()).toContain('Verification: OK');
    });

    test('its refusal is told in its words', async () => {
      await expect(authority(algorithm.sha384).stamp(randomBytes(64))).rejects.toMatchObject({
        kind: 'rejected',
        code: 'TSA_REFUSED',
        message: expect.stringContaining('badAlg'),
      });
    });
  });
});
