import { HubError } from '../canonical/errors.ts';
import type { Role } from '../queues/membership.ts';
import type { Route } from '../routes/route.ts';

/** What a process does, by its role. */
export interface Duties {
  role: Role;
  /** Takes requests of callers. */
  answers: boolean;
  /** Carries out operations, pulls, follows deliveries, keeps the schedules. */
  works: boolean;
}

/**
 * @param isActive false for one-shot commands of the command line, which answer and don't work
 * @throws HubError misconfigured/ROLE_NEEDS_SERVER for a part of a hub on a store that only one process can use
 */
export function dutiesOf(role: Role, isActive: boolean, databaseUrl: string | undefined): Duties {
  if (role !== 'all' && !databaseUrl)
    throw new HubError(
      'misconfigured',
      'ROLE_NEEDS_SERVER',
      `The role '${role}' needs a store that several processes share. Set DATABASE_URL to a PostgreSQL server, or leave --role (HUB_ROLE) out: on the embedded store one process does everything.`,
    );
  return { role, answers: role !== 'worker', works: isActive && role !== 'api' };
}

/** What a process that takes no requests still answers: who watches it must be able to ask. */
export function isForWatchers(route: Route): boolean {
  return route.path.startsWith('/health/') || route.path === '/metrics';
}
