import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, jest } from '@jest/globals';
import { formatOf, services } from '../../connectors/giszhkh/format.ts';
import { testWithFacts } from '../facts.ts';
import { everyOperation } from './every-operation.ts';
import { recordedRun } from './recorded-run.ts';
import { clientOf, describedBy } from './wsdl.ts';

jest.setTimeout(120_000);

testWithFacts('a stranger reads every official WSDL', 'giszhkh/schemas', async (schemas) => {
  const folders = readdirSync(schemas, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'lib')
    .map((entry) => entry.name);
  expect(folders).toHaveLength(25);
  for (const folder of folders) {
    const { path, operations } = await describedBy(schemas, folder);
    expect(path).toMatch(/^\/ext-bus-[a-z-]+-service\/services\/[A-Za-z]+$/);
    expect(Object.keys(operations)).toContain('getState');
  }
});

testWithFacts('the hub knows every operation as its WSDL describes it', 'giszhkh/schemas', async (schemas) => {
  for (const service of services) {
    const own = formatOf(service);
    const operations = Object.fromEntries(
      Object.entries(own.operations).map(([name, { action, header, element, ns }]) => [
        name,
        { action, header, element, namespace: own.namespaces[ns] },
      ]),
    );
    expect({ service, path: own.path, operations }).toEqual({ service, ...(await describedBy(schemas, service)) });
  }
});

testWithFacts('a stranger reads what the stand-in answers', 'giszhkh/schemas', async (schemas) => {
  const run = await recordedRun(dirname(dirname(schemas)));
  try {
    await everyOperation(run);
  } finally {
    await run.close();
  }
  let results = 0;
  for (const service of services) {
    const { wsdl } = await clientOf(schemas, service);
    const { path } = formatOf(service);
    for (const { answer } of run.log.filter((e) => e.path === path && e.request !== undefined)) {
      const read = wsdl.xmlToObject(answer) as { Body: Record<string, Record<string, unknown>> };
      const [name] = Object.keys(read.Body);
      if (name === 'AckRequest') {
        expect(read.Body.AckRequest).toMatchObject({
          Ack: { MessageGUID: expect.any(String), RequesterMessageGUID: expect.any(String) },
        });
        continue;
      }
      expect(name).toBe('getStateResult');
      // State, identifier, attributes, and with state 3 what was asked for.
      const { RequestState, MessageGUID, attributes: _, ...content } = read.Body.getStateResult ?? {};
      expect(MessageGUID).toMatch(/^[0-9A-Fa-f-]{36}$/);
      expect({ service, done: String(RequestState) === '3' }).toEqual({
        service,
        done: Object.keys(content).length > 0,
      });
      results += Object.keys(content).length;
    }
  }
  expect(results).toBeGreaterThan(30);
});
