import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { elementsOf } from '../../certs/xml/find.ts';
import { readXml } from '../../certs/xml/read.ts';
import { prepare } from '../../connectors/giszhkh/client.ts';
import { formatOf, type ServiceName, services } from '../../connectors/giszhkh/format.ts';
import { readRequest } from '../../connectors/giszhkh/read-message.ts';
import type { NativeObject } from '../../connectors/port.ts';
import { testWithFacts } from '../facts.ts';
import { vectors } from '../signing/vectors.ts';
import { hasXadesOracle, xadesByOracle } from '../signing/xades-oracle.ts';
import { contextOf } from './context.ts';

interface Sample {
  name: string;
  service: ServiceName;
  operation: string;
  content: NativeObject;
}

/** The official-looking requests among the facts, as plain objects. */
function samplesIn(folder: string): Sample[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.request.xml') && !name.startsWith('getState'))
    .map((name) => {
      const { root } = readXml(readFileSync(join(folder, name)));
      const body = elementsOf(root).find((e) => e.local === 'Body');
      const request = body && elementsOf(body)[0];
      const service = services.find((s) => formatOf(s).namespaces[0] === request?.namespace);
      const operation =
        service && Object.entries(formatOf(service).operations).find(([, o]) => o.element === request?.local)?.[0];
      if (!request || !service || !operation) throw new Error(`${name} belongs to no operation that the hub knows.`);
      return { name, service, operation, content: readRequest(service, operation, request) };
    });
}

const validate = (facts: string, xml: string): { status: number | null; said: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'gis-'));
  const file = join(folder, 'message.xml');
  writeFileSync(file, xml);
  const { status, stdout, stderr } = spawnSync('sh', [join(facts, 'samples/validate.sh'), file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true, force: true });
  return { status, said: stdout + stderr };
};

testWithFacts('every sample is written again, signed, and found right by both oracles', 'giszhkh', async (facts) => {
  expect(hasXadesOracle).toBe(true);
  const samples = samplesIn(join(facts, 'samples'));
  expect(samples.length).toBeGreaterThanOrEqual(11);
  for (const { name, service, operation, content } of samples) {
    const { xml } = await prepare(contextOf({}), service, operation, content);
    const { status, said } = validate(facts, xml);
    expect({ name, status, said: status === 0 ? '' : said }).toEqual({ name, status: 0, said: '' });
    const oracle = await xadesByOracle(vectors, Buffer.from(xml), '--ca', join(vectors, 'certs/ca256.pem'));
    expect({ name, exit: oracle.exit, said: oracle.exit === 0 ? '' : oracle.said }).toEqual({
      name,
      exit: 0,
      said: '',
    });
  }
});

testWithFacts('the schemas that hub.yaml names stop what they don’t allow', 'giszhkh/schemas', async (schemas) => {
  const ctx = contextOf({ settings: { schemas, versions: { 'nsi-common/exportNsiItem': '10.0.1.2' } } });
  const content = { RegistryNumber: '2', ListGroup: 'NSI' };
  await prepare(ctx, 'nsi-common', 'exportNsiItem', content);
  const { checkBySchemas } = await import('../../connectors/giszhkh/schema-check.ts');
  const { xml } = await prepare(ctx, 'nsi-common', 'exportNsiItem', content);
  await expect(checkBySchemas(schemas, 'nsi-common', xml.replace('>NSI<', '>ИВАНОВ<'))).rejects.toMatchObject({
    code: 'GISZHKH_SCHEMA_FAULT',
    message: expect.not.stringContaining('ИВАНОВ'),
  });
  await expect(checkBySchemas(join(schemas, 'lib'), 'nsi-common', xml)).rejects.toMatchObject({
    code: 'GISZHKH_SCHEMAS',
  });
});

testWithFacts('the formats are those of the official schemas', 'giszhkh/schemas', (schemas) => {
  const folder = mkdtempSync(join(tmpdir(), 'formats-'));
  execFileSync(process.execPath, ['--import', 'tsx', 'scripts/giszhkh-format.ts', schemas, folder]);
  for (const service of services) {
    const committed = readFileSync(new URL(`../../connectors/giszhkh/format/${service}.json`, import.meta.url), 'utf8');
    expect(readFileSync(join(folder, `${service}.json`), 'utf8') === committed).toBe(true);
  }
  rmSync(folder, { recursive: true, force: true });
});

test('a request that does not fit is refused with the names of its elements and without their values', async () => {
  const content = {
    Account: [
      { isUOAccount: true, AccountNumber: '1', TotalSquare: '54,3', PayerInfo: { Ind: { Surname: 'Иванов' } } },
    ],
  };
  await expect(prepare(contextOf({}), 'house-management', 'importAccountData', content)).rejects.toMatchObject({
    code: 'GISZHKH_FORMAT',
    kind: 'rejected',
    facts: {
      errors: expect.arrayContaining([
        { pointer: '/Account/0/TotalSquare', message: 'must be a number with a point, without exponent' },
        { pointer: '/Account/0/PayerInfo/Ind/FirstName', message: 'is required' },
        { pointer: '/Account/0/TransportGUID', message: 'is required' },
      ]),
    },
  });
});
