import { HubError, isHubError } from '../../canonical/errors.ts';
import { NetworkFault, TOO_BIG } from '../kit/http.ts';
import type { ChangePacket, Changes } from '../port.ts';
import { type Change, readChangePacket } from './change-packet.ts';
import { type Ctx, json, reading, succeeded } from './client.ts';
import type { OnecConfig } from './config.ts';
import type { Edm } from './edm.ts';
import { pageError } from './errors.ts';
import { guidLiteral, objectName } from './literals.ts';
import { readEdm } from './metadata.ts';
import { changesOf, setInPackets, unfitForPackets } from './packet-records.ts';
import { parseSource, windowStart } from './source.ts';
import { resourceUrl } from './url.ts';

/** Types of the published sets are read anew after so long; `$metadata` of a big base weighs 17 MB. */
const EDM_AGE_MS = 6 * 3_600_000;
const NO_TYPES: Edm = { sets: new Map(), rows: new Map() };

/** Reference of the node that the last packet was read for. */
const refs = new WeakMap<OnecConfig, string>();
const types = new WeakMap<OnecConfig, { at: number; edm: Edm; sets: string }>();

function planOf(ctx: Ctx): NonNullable<OnecConfig['exchangePlan']> {
  if (!ctx.config.exchangePlan)
    throw new HubError('misconfigured', 'ONEC_PLAN_MISSING', 'hub.yaml names no exchange plan for this base.');
  return ctx.config.exchangePlan;
}

interface Node {
  ref: string;
  received: number;
}

/** The node of the hub in the exchange plan. @throws HubError misconfigured/ONEC_PLAN_MISSING, ONEC_NODE_MISSING */
export async function findNode(ctx: Ctx): Promise<Node> {
  const { plan, node } = planOf(ctx);
  let nodes: readonly Readonly<Record<string, unknown>>[];
  try {
    const { body } = await reading(() => json(ctx, { path: objectName(plan) }));
    nodes = Array.isArray(body.value) ? body.value : [];
  } catch (error) {
    if (!isHubError(error) || !['ONEC_NOT_PUBLISHED', 'ONEC_ADDRESS'].includes(error.code)) throw error;
    throw new HubError(
      'misconfigured',
      'ONEC_PLAN_MISSING',
      `The base does not publish ${plan}: add it to the composition of the standard OData interface, correct exchangePlan.plan in hub.yaml, or take exchangePlan out to compare versions.`,
      error.facts,
      { cause: error },
    );
  }
  const found = nodes.find((n) => String(n.Code ?? '').trim() === node && n.ThisNode !== true);
  if (!found || found.DeletionMark === true)
    throw new HubError(
      'misconfigured',
      'ONEC_NODE_MISSING',
      `${plan} has no node with the code '${node}' that stands for another system: create one for the hub in 1C, or correct exchangePlan.node in hub.yaml.`,
    );
  const received = Number(found.ReceivedNo ?? 0);
  return { ref: String(found.Ref_Key), received: Number.isSafeInteger(received) ? received : 0 };
}

/** The node's canonical address, as SelectChanges and NotifyChangesReceived want it: quoted. */
function exchangePoint(ctx: Ctx, ref: string): string {
  const { plan, address } = planOf(ctx);
  const path = `${objectName(plan)}(${guidLiteral(ref)})`;
  return `'${decodeURIComponent(resourceUrl(address ?? ctx.config.url, path))}'`;
}

async function next(ctx: Ctx, raw: readonly unknown[]): Promise<ChangePacket> {
  const node = await findNode(ctx);
  refs.set(ctx.config, node.ref);
  const no = node.received + 1;
  const sources = raw.map(parseSource);
  const packet = { no, acknowledged: node.received };
  const asOf = new Date(ctx.clock.now());
  const xml = await select(ctx, node.ref, no);
  if (xml === undefined)
    return {
      ...packet,
      skipped: `the packet of changes is larger than ${planOf(ctx).maxPacketBytes} bytes (exchangePlan.maxPacketBytes)`,
      of: () => undefined,
    };
  const changes = await read(ctx, xml, sources.map(setInPackets));
  return {
    ...packet,
    of: (source) => {
      const parsed = parseSource(source);
      const from = parsed.window && windowStart(asOf, ctx.config.timezone, parsed.window.months);
      return changesOf(parsed, changes, from);
    },
  };
}

/** The packet as it came; undefined when it is larger than the limit. */
async function select(ctx: Ctx, ref: string, no: number): Promise<string | undefined> {
  try {
    const response = await succeeded(
      ctx,
      {
        method: 'POST',
        path: 'SelectChanges',
        options: { DataExchangePoint: exchangePoint(ctx, ref), MessageNo: no },
        timeoutMs: ctx.config.virtualTableTimeoutMs,
        maxResponseBytes: planOf(ctx).maxPacketBytes,
      },
      'application/atom+xml',
    );
    const type = response.headers['content-type'] ?? '';
    if (!type.includes('xml')) throw pageError(response.status, response.text());
    return response.text();
  } catch (error) {
    if (!(error instanceof NetworkFault)) throw error;
    if (error.code === TOO_BIG) return undefined;
    throw error.asTransient('1C');
  }
}

async function read(ctx: Ctx, xml: string, sets: readonly string[]): Promise<Change[]> {
  const { maxPacketBytes } = planOf(ctx);
  // Most packets are empty: these need no types.
  if (!/<(?:[\w.-]+:)?(?:deleted-)?entry[\s>/]/.test(xml)) return readChangePacket(xml, NO_TYPES, maxPacketBytes);
  return readChangePacket(xml, await typesOf(ctx, sets), maxPacketBytes);
}

/** Types of the given sets only, so that a big base's metadata do not stay in memory. */
async function typesOf(ctx: Ctx, sets: readonly string[]): Promise<Edm> {
  const kept = types.get(ctx.config);
  const wanted = [...new Set(sets)].sort().join(' ');
  if (kept && kept.sets === wanted && ctx.clock.now() - kept.at < EDM_AGE_MS) return kept.edm;
  const whole = await readEdm(ctx);
  const own = new Map([...whole.sets].filter(([name]) => sets.includes(name)));
  const rows = new Set(
    [...own.values()].flatMap((type) =>
      [...type.properties.values()].map((t) => /^Collection\((.+)\)$/.exec(t)?.[1] ?? t),
    ),
  );
  const edm = { sets: own, rows: new Map([...whole.rows].filter(([name]) => rows.has(name))) };
  types.set(ctx.config, { at: ctx.clock.now(), edm, sets: wanted });
  return edm;
}

async function acknowledge(ctx: Ctx, no: number): Promise<void> {
  const ref = refs.get(ctx.config) ?? (await findNode(ctx)).ref;
  await reading(() =>
    succeeded(
      ctx,
      {
        method: 'POST',
        path: 'NotifyChangesReceived',
        options: { DataExchangePoint: exchangePoint(ctx, ref), MessageNo: no },
      },
      'application/json',
    ),
  );
}

/** Changes by an exchange plan of the base (vendor manual §17.4.13.3). */
export const changes: Changes<OnecConfig> = {
  feed: (ctx) => ctx.config.exchangePlan && `${ctx.config.exchangePlan.plan}/${ctx.config.exchangePlan.node}`,
  unfit: (source) => unfitForPackets(parseSource(source)),
  promised: (ctx, source) => planOf(ctx).sets.includes(setInPackets(parseSource(source))),
  comparable: (source) => {
    const { virtual, key } = parseSource(source);
    return !virtual && key.includes('Ref_Key');
  },
  next,
  acknowledge,
};
