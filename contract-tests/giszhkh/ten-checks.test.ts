import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { services } from '../../connectors/giszhkh/format.ts';
import { everyOperation } from './every-operation.ts';
import { type Exchange, type RecordedRun, recordedRun } from './recorded-run.ts';
import {
  certificatesAndTimes,
  counts,
  headersAndAddresses,
  identifiers,
  type OfficialOperation,
  placesOfSignatures,
  polls,
} from './ten-checks.ts';
import { describedBy } from './wsdl.ts';

jest.setTimeout(300_000);
const facts = process.env.HUB_CONTRACT_FACTS ?? '';
const suite = facts === '' ? describe.skip : describe;

/** A file of the messages in a folder that is gone afterwards. */
function withFiles<T>(messages: readonly string[], use: (files: string[], folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'gis-ten-'));
  try {
    return use(
      messages.map((message, i) => {
        const file = join(folder, `${i}.xml`);
        writeFileSync(file, message);
        return file;
      }),
      folder,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** GOST R 34.11-94 by OpenSSL and gost-engine. */
function opensslGost94(bytes: Buffer): string {
  return withFiles([], (_, folder) => {
    const conf = join(folder, 'openssl.cnf');
    writeFileSync(conf, 'openssl_conf=i\n[i]\nengines=e\n[e]\ngost=g\n[g]\nengine_id=gost\ndefault_algorithms=ALL\n');
    const { stdout, stderr, status } = spawnSync('openssl', ['dgst', '-md_gost94', '-r'], {
      input: bytes,
      encoding: 'utf8',
      env: { ...process.env, OPENSSL_CONF: conf },
    });
    if (status !== 0) throw new Error(`openssl with gost-engine is needed: ${stderr}`);
    return stdout.split(' ')[0] ?? '';
  });
}

/** Exit code of the verifier of signatures for one message. */
function verified(message: string): number | null {
  const folder = join(facts, 'signing/vectors');
  return withFiles(
    [message],
    ([file]) =>
      spawnSync('bash', [
        join(folder, 'verify-xades.sh'),
        '--quiet',
        '--ca',
        join(folder, 'certs/ca256.pem'),
        file as string,
      ]).status,
  );
}

suite('the ten checks of an independent oracle over all that the hub sent', () => {
  let run: RecordedRun;
  let official: OfficialOperation[];
  let requests: string[];

  beforeAll(async () => {
    run = await recordedRun(facts);
    await everyOperation(run);
    requests = run.log.flatMap((e) => e.request ?? []);
    official = [];
    for (const service of services) {
      const { path, operations } = await describedBy(join(facts, 'giszhkh/schemas'), service);
      official.push(...Object.values(operations).map((o) => ({ ...o, path })));
    }
  });
  afterAll(async () => {
    await run?.close();
  });

  /** The log with one message changed; the change must change something. */
  function changed(pattern: RegExp, by: string, part: 'request' | 'path' | 'headers' = 'request'): Exchange[] {
    const at = run.log.findIndex((e) =>
      pattern.test(part === 'headers' ? (e.headers.soapaction ?? '') : String(e[part])),
    );
    expect(at).toBeGreaterThanOrEqual(0);
    return run.log.map((e, i) => {
      if (i !== at) return e;
      if (part === 'headers') return { ...e, headers: { ...e.headers, soapaction: by } };
      return { ...e, [part]: String(e[part]).replace(pattern, by) };
    });
  }

  test('1: valid by the schemas and the list of versions', () => {
    const script = join(facts, 'giszhkh/samples/validate.sh');
    const { status, stderr } = withFiles(requests, (files) =>
      spawnSync('sh', [script, ...files], { encoding: 'utf8' }),
    );
    expect({ status, said: status === 0 ? '' : stderr.slice(0, 1000) }).toEqual({ status: 0, said: '' });
    const wrong = (requests.find((r) => r.includes('importAccountRequest')) ?? '').replace('10.0.1.1', '16.3.0.0');
    expect(withFiles([wrong], (files) => spawnSync('sh', [script, ...files]).status)).not.toBe(0);
  });

  test('2 and 3: header, date, identifier, SOAPAction and address', () => {
    expect(headersAndAddresses(run.log, official)).toEqual([]);
    for (const log of [
      changed(/ISRequestHeader([\s\S]*)ISRequestHeader/, 'RequestHeader$1RequestHeader'),
      changed(/Date>\d{4}/, 'Date>2020'),
      changed(/HomeManagementAsync/, 'HouseManagementAsync', 'path'),
      changed(/importDebt/, '"urn:exportDebt"', 'headers'),
      [...run.log, run.log[0] as Exchange],
    ])
      expect(headersAndAddresses(log, official)).not.toEqual([]);
  });

  test('4: the signature is the first child of what it signs, and getState has none', () => {
    expect(placesOfSignatures(run.log)).toEqual([]);
    for (const log of [
      changed(/ URI="#[^"]+"/, ' URI=""'),
      changed(/<(\w+:)?getStateRequest/, '$& Id="signed-data-container"'),
      changed(/<(\w+:)?Signature [\s\S]*Signature>/, ''),
    ])
      expect(placesOfSignatures(log)).not.toEqual([]);
  });

  test('5: xmllint and OpenSSL verify one message of each import, and none that was altered', () => {
    const byOperation = new Map(
      run.log.flatMap((e) =>
        /import|exportNsiList/.test(e.headers.soapaction ?? '') && e.request ? [[e.headers.soapaction, e.request]] : [],
      ) as [string, string][],
    );
    expect(byOperation.size).toBeGreaterThan(10);
    for (const [operation, request] of byOperation)
      expect({ operation, exit: verified(request) }).toEqual({ operation, exit: 0 });
    const debt = byOperation.get('"urn:importDebt"') ?? '';
    expect(
      verified(debt.replace('<PlacingDate>2026-11-20', '<PlacingDate>2026-11-21').replace(/DebtGUID>a/, 'DebtGUID>b')),
    ).toBe(1);
  });

  test('6 and 7: certificate, issuer, serial number and time of signing', () => {
    expect(certificatesAndTimes(run.log)).toEqual([]);
    for (const log of [
      changed(/(X509SerialNumber>)\d/, '$19'),
      changed(/(X509IssuerName>)/, '$1E=a@example.org, '),
      changed(/(CertDigest>[\s\S]*?DigestValue>)./, '$1+'),
      changed(/(SigningTime>)\d{4}/, '$12020'),
    ])
      expect(certificatesAndTimes(log)).not.toEqual([]);
  });

  test('8: identifiers are ours, files were uploaded and their hashes are those of OpenSSL', () => {
    const check = (log: readonly Exchange[]) => identifiers(log, run.transportGuids, run.files, opensslGost94);
    expect(run.files.size).toBe(3);
    expect(check(run.log)).toEqual([]);
    for (const log of [
      changed(/(TransportGUID>)7a/, '$17b'),
      changed(/(AttachmentHASH>)../, '$1zz'),
      changed(/(AttachmentGUID>)......../, '$100000000'),
    ])
      expect(check(log)).not.toEqual([]);
  });

  test('9: questions keep their distance, go to where the work is, and end with the result', () => {
    expect(polls(run.log)).toEqual([]);
    const early = run.log.findIndex((e) => e.request?.includes('getStateRequest'));
    const question = run.log.at(-1) as Exchange;
    for (const log of [
      run.log.map((e, i) => (i === early ? { ...e, at: e.at - 1000 } : e)),
      [...run.log, { ...question, at: question.at + 1000 }],
      changed(/NsiCommonAsync/, 'NsiAsync', 'path'),
    ])
      expect(polls(log)).not.toEqual([]);
  });

  test('10: counts, sums, readings and references', () => {
    expect(counts(run.log)).toEqual([]);
    for (const log of [
      changed(/(TotalPayableByPD>)1/, '$12'),
      changed(/(MeteringValue(?:T1)?>\d+)\./, '$1,'),
      changed(/((?:ServiceType|MunicipalResource|Work|ContractBase)>\s*<[^>]*Code>[\s\S]{0,80}?GUID>)d/, '$1e'),
      changed(/<(\w+:)?Debt>[\s\S]*<\/(\w+:)?Debt>/, '$&'.repeat(101)),
    ])
      expect(counts(log)).not.toEqual([]);
  });
});
