import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { pemBlocks } from '../certs/asn1/pem.ts';
import { signCms } from '../certs/cms/sign.ts';
import { verifyCms } from '../certs/cms/verify.ts';
import { readPrivateKey, signData } from '../certs/gost/private-key.ts';
import type { Signer } from '../certs/signer.ts';
import { Certificate } from '../certs/x509/certificate.ts';
import { ratios, spread } from './rates.ts';
import type { Report } from './report.ts';

const ROUNDS = 5;
const SLICE_MS = 1_500;
const PAGE_OCTETS = 3_000;
const CONFIG = 'openssl_conf=i\n[i]\nengines=e\n[e]\ngost=g\n[g]\nengine_id=gost\ndefault_algorithms=ALL\n';
const kinds = [
  { bits: 256, paramset: 'TCA' },
  { bits: 512, paramset: 'A' },
] as const;

/**
 * CAdES-BES over a page of text, made and verified in this thread, against what a hub without this code would do: one
 * process of `openssl cms` with gost-engine each; and against gost-engine called inside of one process. All verify the
 * chain to a root.
 */
export async function cmsBenchmark(report: Report): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hub-bench-'));
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) =>
    promisify(execFile)('openssl', args, { env: { ...process.env, OPENSSL_CONF: file('openssl.cnf') } });
  try {
    writeFileSync(file('openssl.cnf'), CONFIG);
    const document = Buffer.alloc(PAGE_OCTETS, 'Заявление о выдаче судебного приказа. ');
    writeFileSync(file('document'), document);
    for (const { bits, paramset } of kinds) {
      const [key, certificate, signature] = [`${bits}.key`, `${bits}.pem`, `${bits}.sig`].map(file) as [
        string,
        string,
        string,
      ];
      writeFileSync(file('req.cnf'), `${CONFIG}[req]\ndistinguished_name=dn\n[dn]\n`);
      await openssl('genpkey', '-algorithm', `gost2012_${bits}`, '-pkeyopt', `paramset:${paramset}`, '-out', key);
      await openssl(
        'req',
        '-config',
        file('req.cnf'),
        '-x509',
        '-key',
        key,
        `-md_gost12_${bits}`,
        '-subj',
        '/CN=bench',
        '-days',
        '2',
        '-out',
        certificate,
      );
      const signer = signerOf(readFileSync(key, 'latin1'), readFileSync(certificate));
      const root = Certificate.parse(readFileSync(certificate));
      const trust = { roots: [root], intermediates: [], evidence: { crls: [], ocsp: [] }, revocation: 'off' as const };
      const sign = () => signCms({ document, signers: [signer], content: 'detached', clock: Date });
      const made = await sign();
      writeFileSync(signature, made);
      const contenders: Record<string, () => Promise<unknown>> = {
        'sign, the hub': sign,
        'sign, a process each': () =>
          openssl(
            'cms',
            '-sign',
            '-binary',
            '-cades',
            '-md',
            `md_gost12_${bits}`,
            '-signer',
            certificate,
            '-inkey',
            key,
            '-in',
            file('document'),
            '-outform',
            'DER',
            '-out',
            file('out'),
          ),
        'verify, the hub': async () => {
          const { verdict } = await verifyCms({ signature: made, document, trust, now: Date.now() });
          if (verdict !== 'valid') throw new Error(`The hub says ${verdict}.`);
        },
        'verify, a process each': () =>
          openssl(
            'cms',
            '-verify',
            '-binary',
            '-cades',
            '-inform',
            'DER',
            '-in',
            signature,
            '-content',
            file('document'),
            '-CAfile',
            certificate,
            '-purpose',
            'any',
            '-out',
            file('out'),
          ),
      };
      const engine = startEngine([`${bits}`, key, certificate, file('document')], file('openssl.cnf'));
      const measured: Record<string, () => Promise<number>> = {
        ...Object.fromEntries(Object.entries(contenders).map(([name, work]) => [name, () => alone(work)])),
        'sign, gost-engine in its process': () => engine.rate('sign'),
        'verify, gost-engine in its process': () => engine.rate('verify'),
      };
      const rates: Record<string, number[]> = Object.fromEntries(Object.keys(measured).map((name) => [name, []]));
      for (let round = 0; round <= ROUNDS; round++)
        for (const [name, rateOf] of Object.entries(measured)) {
          const perSecond = await rateOf();
          // The first round only warms up.
          if (round > 0) rates[name]?.push(perSecond);
          report.progress(`cms: round ${round} of ${ROUNDS}, ${bits} bits, ${name}: ${perSecond.toFixed(0)}/s`);
        }
      for (const [name, values] of Object.entries(rates))
        report.row(`CAdES-BES, GOST ${bits}, ${name}, a second`, spread(values, 0));
      engine.end();
      for (const act of ['sign', 'verify'])
        for (const peer of ['a process each', 'gost-engine in its process'])
          report.row(
            `— ${act}, the hub against ${peer}`,
            spread(ratios(rates[`${act}, the hub`] ?? [], rates[`${act}, ${peer}`] ?? []), 2),
          );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Engine {
  rate(act: 'sign' | 'verify'): Promise<number>;
  end(): void;
}

/** gost-engine without a process each: what a program that links libcrypto gets of it. */
function startEngine(argv: readonly string[], config: string): Engine {
  const script = new URL('./peers/engine-cms.py', import.meta.url).pathname;
  const child = spawn('python3', [script, ...argv], {
    env: { ...process.env, OPENSSL_CONF: config },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    rate: async (act) => {
      child.stdin.write(`${act} ${SLICE_MS}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('The process with gost-engine has ended; it says above why.');
      return Number(value);
    },
    end: () => child.stdin.end(),
  };
}

/** Calls a second, one after the other: a token would not do otherwise. */
async function alone(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  let calls = 0;
  while (performance.now() - started < SLICE_MS) {
    await work();
    calls++;
  }
  return calls / ((performance.now() - started) / 1000);
}

function signerOf(keyPem: string, certificatePem: Buffer): Signer {
  const [block] = pemBlocks(keyPem);
  if (!block) throw new Error('OpenSSL made no key.');
  const key = readPrivateKey(block.der);
  const { der } = Certificate.parse(certificatePem);
  return {
    algorithm: key.algorithm,
    certificate: async () => ({ der, chain: [] }),
    signRaw: async (data) => signData(key, data),
  };
}
