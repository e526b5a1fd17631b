import { join } from 'node:path';
import { type Client, createClientAsync } from 'soap';

/** What a WSDL says of itself, as a library that knows nothing of ours has read it. */
export interface Described {
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

/** @param schemas folder of the official set */
export function clientOf(schemas: string, service: string): Promise<Client> {
  return createClientAsync(join(schemas, service, `hcs-${service}-service-async.wsdl`));
}

/** Address and operations of a service. */
export async function describedBy(schemas: string, service: string): Promise<Described> {
  const { wsdl } = await clientOf(schemas, service);
  const definitions = wsdl.definitions as unknown as Definitions;
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
