import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, jest } from '@jest/globals';
import { createClientAsync } from 'soap';
import { formatOf, services } from '../../connectors/giszhkh/format.ts';
import { testWithFacts } from '../facts.ts';

jest.setTimeout(120_000);

/** What a WSDL says of itself, as a library that knows nothing of ours has read it. */
interface Described {
  path: string;
  operations: Record<string, { action: string; header: string; element: string; namespace: string }>;
}

/** The part of the library's tree that is read here; its own types leave it open. */
interface Definitions {
  bindings: Record<
    string,
    {
      methods: Record<
        string,
        {
          soapAction: string;
          input: { $name: string; targetNamespace: string };
          inputSoap: { children: readonly { name: string; $message?: string }[] };
        }
      >;
    }
  >;
  services: Record<string, { ports: Record<string, { location: string }> }>;
}

async function describedBy(schemas: string, service: string): Promise<Described> {
  const client = await createClientAsync(join(schemas, service, `hcs-${service}-service-async.wsdl`));
  const definitions = client.wsdl.definitions as unknown as Definitions;
  const [port] = Object.values(definitions.services).flatMap((s) => Object.values(s.ports));
  const operations: Described['operations'] = {};
  for (const { methods } of Object.values(definitions.bindings))
    for (const [name, { soapAction, input, inputSoap }] of Object.entries(methods))
      operations[name] = {
        action: soapAction,
        header: (inputSoap.children.find((child) => child.name === 'header')?.$message ?? '').replace(/^[^:]*:/, ''),
        element: input.$name,
        namespace: input.targetNamespace,
      };
  return { path: port ? new URL(port.location).pathname : '', operations };
}

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
