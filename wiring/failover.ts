import { FailoverConfig } from '../config/failover.ts';
import type { HubConfig } from '../config/load.ts';
import { Failover, type FailoverOptions } from '../queues/failover.ts';

/** Fail-over by the routes and the `failover:` section of hub.yaml. */
export function failoverOf(
  config: HubConfig,
  o: Pick<FailoverOptions, 'db' | 'cipher' | 'clock' | 'log' | 'instances' | 'breakerState'>,
): Failover {
  const standard = FailoverConfig.parse({});
  const serves = (instance: string, kind: string): boolean =>
    o.instances.find(instance)?.connector.commands?.[kind] !== undefined;
  const route = (org: string, kind: string): readonly string[] =>
    (config.organisations.find(({ id }) => id === org)?.routes[kind] ?? []).filter((name) => serves(name, kind));
  return new Failover({
    ...o,
    route,
    kindsOf: (instance) =>
      config.organisations.flatMap(({ id: org, routes }) =>
        Object.keys(routes)
          .filter((kind) => route(org, kind).includes(instance) && route(org, kind).length > 1)
          .map((kind) => ({ org, kind })),
      ),
    settings: (kind) => config.failover[kind] ?? standard,
  });
}
