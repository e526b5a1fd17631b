import { HubError, isHubError } from '../../canonical/errors.ts';
import { serverTime } from '../kit/server-time.ts';
import type { Connector, Query } from '../port.ts';
import { attachment } from './attachment.ts';
import { findNode } from './changes.ts';
import { type Ctx, finishSessions, json, reading, request } from './client.ts';
import { OnecConfig } from './config.ts';
import { pageError } from './errors.ts';
import { pull } from './pull.ts';
import { submitMeterReading } from './submit-meter-reading.ts';

/** Reads one object now, past the read model. */
const object: Query<OnecConfig> = {
  run: async (ctx, input) => {
    const [record] = await (pull.byKeys?.(ctx, input.source, [String(input.key)]) ?? []);
    if (!record) throw new HubError('not-found', 'ONEC_NOT_FOUND', 'There is no such object in the base.');
    return record.data;
  },
};

async function probe(ctx: Ctx) {
  const response = await reading(() => request(ctx, { path: '', options: { $format: 'json' } }));
  if (response.status !== 200) throw pageError(response.status, response.text());
  const { body } = await reading(() => json(ctx, { path: '' }));
  const published = Array.isArray(body.value) ? body.value.length : 0;
  const at = serverTime(response);
  const plan = ctx.config.exchangePlan && (await probePlan(ctx, ctx.config.exchangePlan.plan));
  const warnings = [
    ...(published === 0
      ? ['The interface answers, but no object is published: set its composition in the configurator.']
      : []),
    ...(plan?.warning === undefined ? [] : [plan.warning]),
  ];
  return {
    ok: true,
    ...(at === undefined ? {} : { clockSkewMs: at - ctx.clock.now() }),
    details: { published, ...(plan?.received === undefined ? {} : { acknowledgedMessage: plan.received }) },
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

/** A plan that is not there is no reason to stop: pulls compare versions meanwhile. */
async function probePlan(ctx: Ctx, plan: string): Promise<{ received?: number; warning?: string }> {
  try {
    return { received: (await findNode(ctx)).received };
  } catch (error) {
    if (!isHubError(error) || error.kind !== 'misconfigured') throw error;
    return { warning: `${plan}: ${error.message}` };
  }
}

/** 1C:Enterprise by its standard OData interface. All names of objects come from mappings. */
export const onec: Connector<OnecConfig> = {
  system: 'onec',
  config: OnecConfig,
  probe,
  pull,
  commands: { 'meter-readings.submit': submitMeterReading },
  queries: { object, attachment },
  close: finishSessions,
};
