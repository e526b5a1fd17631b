import { HubError } from '../../canonical/errors.ts';
import { formatOf, type ServiceName, services } from './format.ts';

/**
 * Service and operation of a request that is written already, by the element in its body. For imports whose mapping does not say where they
 * go, as the payload does.
 *
 * @throws HubError unexpected/GISZHKH_TARGET for a request that no operation has
 */
export function targetOf(request: string): { service: ServiceName; operation: string } {
  const [, element, attributes = ''] = /<soapenv:Body><(?:[\w.-]+:)?([\w.-]+)([^>]*)>/.exec(request) ?? [];
  for (const service of services) {
    const { operations, namespaces } = formatOf(service);
    for (const [operation, described] of Object.entries(operations))
      if (described.element === element && attributes.includes(`"${namespaces[described.ns]}"`))
        return { service, operation };
  }
  throw new HubError('unexpected', 'GISZHKH_TARGET', 'The stored request belongs to no operation of ГИС ЖКХ.');
}
