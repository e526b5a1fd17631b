import type { Command } from 'commander';
import { commaList, UsageError } from '../globals.ts';
import { table } from '../output.ts';
import type { WithApi } from '../session.ts';

interface Endpoint {
  id: string;
  url: string;
  types: string[];
  ordered: boolean;
  status: string;
  failures: number;
  lastStatus: number | null;
  disabledReason: string | null;
}
interface Delivery {
  id: string;
  type: string;
  no: number;
  status: string;
  attempts: number;
  lastStatus: number | null;
  error: { code: string } | null;
  acceptedAt: string;
}

/** `hub webhooks …`: addresses that the hub sends events to. */
export function addWebhooks(program: Command, withApi: WithApi): void {
  const webhooks = program.command('webhooks').description('endpoints that events are sent to');
  webhooks
    .command('create <url>')
    .description('send events to an address from now on; the secret is shown once')
    .option('--types <list>', 'comma-separated, e.g. message.*,operation.dead', '*')
    .option('--description <text>', 'what it is for', '')
    .option('--ordered', 'an event waits until the one before it was delivered')
    .action(
      withApi(async (api, out, [url], options) => {
        const o = options as { types: string; description: string; ordered?: boolean };
        const created = await api.post<Endpoint & { secret: string }>('/v1/webhooks', {
          url,
          description: o.description,
          types: commaList(o.types),
          ordered: o.ordered ?? false,
        });
        out.note('Keep this secret now; it is not shown again.');
        out.result(created, () => `${created.id}\n${created.secret}`);
      }),
    );
  webhooks
    .command('list', { isDefault: true })
    .description('all endpoints and how they fare')
    .action(
      withApi(async (api, out) => {
        const page = await api.get<{ items: Endpoint[] }>('/v1/webhooks');
        out.result(page, () =>
          table(
            ['id', 'address', 'types', 'ordered', 'state', 'failures', 'last answer', 'reason'],
            page.items.map((w) => [
              w.id,
              w.url,
              w.types.join(','),
              w.ordered ? 'yes' : 'no',
              w.status,
              String(w.failures),
              String(w.lastStatus ?? ''),
              w.disabledReason ?? '',
            ]),
          ),
        );
      }),
    );
  webhooks
    .command('deliveries <id>')
    .description('newest first')
    .option('--status <status>', 'only these, e.g. dead')
    .option('--limit <n>', 'how many', '50')
    .action(
      withApi(async (api, out, [id], options) => {
        const o = options as { status?: string; limit: string };
        const query = new URLSearchParams({ limit: o.limit, ...(o.status ? { status: o.status } : {}) });
        const page = await api.get<{ items: Delivery[] }>(`/v1/webhooks/${part(id)}/deliveries?${query}`);
        out.result(page, () =>
          table(
            ['id', 'event', 'type', 'status', 'attempts', 'last answer', 'error', 'since'],
            page.items.map((d) => [
              d.id,
              String(d.no),
              d.type,
              d.status,
              String(d.attempts),
              String(d.lastStatus ?? ''),
              d.error?.code ?? '',
              d.acceptedAt,
            ]),
          ),
        );
      }),
    );
  webhooks
    .command('test <id>')
    .description('send an event of type webhook.test now')
    .action(
      withApi(async (api, out, [id]) => {
        const d = await api.post<Delivery>(`/v1/webhooks/${part(id)}/test`);
        out.result(
          d,
          () => `${d.status}${d.lastStatus ? `, answer ${d.lastStatus}` : ''}${d.error ? `, ${d.error.code}` : ''}`,
        );
      }),
    );
  webhooks
    .command('rotate <id>')
    .description('a new secret, shown once; the old one signs along for a while')
    .option('--grace-hours <n>', 'how long both sign', '24')
    .action(
      withApi(async (api, out, [id], options) => {
        const graceHours = Number((options as { graceHours: string }).graceHours);
        if (Number.isNaN(graceHours)) throw new UsageError('--grace-hours takes a number of hours.');
        const rotated = await api.post<Endpoint & { secret: string }>(`/v1/webhooks/${part(id)}/secret`, {
          graceHours,
        });
        out.note('Keep this secret now; it is not shown again.');
        out.result(rotated, () => rotated.secret);
      }),
    );
  webhooks
    .command('replay <id>')
    .description('send the events of a span of time again')
    .requiredOption('--from <instant>', 'RFC 3339 with zone')
    .requiredOption('--to <instant>', 'RFC 3339 with zone, exclusive')
    .option('--types <list>', "default: the endpoint's own")
    .action(
      withApi(async (api, out, [id], options) => {
        const o = options as { from: string; to: string; types?: string };
        const answer = await api.post<{ deliveries: number }>(`/v1/webhooks/${part(id)}/replay`, {
          from: o.from,
          to: o.to,
          ...(o.types ? { types: commaList(o.types) } : {}),
        });
        out.result(answer, () => `${answer.deliveries} deliveries are on their way.`);
      }),
    );
  webhooks
    .command('enable <id>')
    .description('go on where it stopped')
    .option('--from-now', 'leave out what waited and what came meanwhile')
    .action(
      withApi(async (api, out, [id], options) => {
        const from = (options as { fromNow?: boolean }).fromNow ? 'now' : 'stop';
        const endpoint = await api.post<Endpoint>(`/v1/webhooks/${part(id)}/enable`, { from });
        out.result(endpoint, () => `${endpoint.id} is ${endpoint.status}.`);
      }),
    );
  webhooks
    .command('disable <id>')
    .description('stop sending; events wait in the feed')
    .option('--reason <text>', 'for those who ask later')
    .action(
      withApi(async (api, out, [id], options) => {
        const endpoint = await api.post<Endpoint>(`/v1/webhooks/${part(id)}/disable`, options);
        out.result(endpoint, () => `${endpoint.id} is ${endpoint.status}.`);
      }),
    );
  webhooks
    .command('remove <id>')
    .description('what waits for it is cancelled')
    .action(
      withApi(async (api, out, [id]) => {
        await api.delete(`/v1/webhooks/${part(id)}`);
        out.result({ id, removed: true }, () => `Endpoint ${String(id)} is removed.`);
      }),
    );
}

function part(id: unknown): string {
  return encodeURIComponent(String(id));
}
