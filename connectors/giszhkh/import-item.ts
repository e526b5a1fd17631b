import { HubError } from '../../canonical/errors.ts';
import type { NativeObject, OperationView } from '../port.ts';
import { attach } from './attachments.ts';
import type { Ctx } from './ctx.ts';
import { nameElements } from './directories.ts';
import { formatOf, operationOf, type ServiceName } from './format.ts';
import type { FormatElement, FormatParticle } from './format-file.ts';
import type { GisTools } from './gis-tools.ts';
import { transportGuid } from './guid.ts';
import type { ImportItem, ImportKind } from './import-kind.ts';
import { faultsOfPart } from './write-message.ts';

/**
 * Translates an operation by the mapping, names directory elements by the GUIDs of the contour, uploads attachments, and checks the
 * element against the format.
 *
 * @param purpose `preview` uploads nothing
 * @throws HubError rejected/GISZHKH_FORMAT and whatever mapping, directory or file store refuse
 */
export async function itemOf(
  ctx: Ctx,
  kind: ImportKind,
  tools: GisTools,
  op: OperationView,
  purpose: 'send' | 'preview',
): Promise<ImportItem> {
  const { service, operation, item: name, context } = kind.sourceIn(ctx, op.payload);
  const guid = transportGuid(op.id);
  const extra = { transportGuid: guid, transportGuid2: transportGuid(op.id, '2'), ...kind.extra?.(op, ctx.config) };
  const native = kind.content
    ? kind.content(op.payload, extra)
    : (await mapper(ctx).write(kind.kind, { ...op.payload, ...extra })).native;
  const { $request: common = {}, ...element } = native as { $request?: NativeObject };
  const named = await nameElements(ctx, tools.directories, element);
  const content = await attach(ctx, named, context, purpose);
  const request = (await nameElements(ctx, tools.directories, common)) as NativeObject;
  const type = typeOf(service, operation, name);
  const faults = faultsOfPart(service, type, content);
  if (faults.length > 0)
    throw new HubError(
      'rejected',
      'GISZHKH_FORMAT',
      `The operation does not fit ${name} of ${operation}: ${faults[0]?.pointer} ${faults[0]?.message}. Nothing was sent.`,
      { errors: [...faults] },
    );
  if (!kind.whole && !JSON.stringify(content).includes(guid))
    throw new HubError(
      'misconfigured',
      'GISZHKH_NO_TRANSPORT_GUID',
      `The mapping of ${kind.kind} does not write \`transportGuid\`; without it the outcome can't be told from others.`,
    );
  return { operationId: op.id, service, operation, name, transportGuid: guid, content, common: request };
}

function mapper(ctx: Ctx) {
  if (!ctx.mapper)
    throw new HubError('misconfigured', 'MAPPING_ABSENT', `The instance ${ctx.instance} has no mappings.`);
  return ctx.mapper;
}

/** The content of a request for elements of one house and kind. */
export function requestOf(items: readonly ImportItem[]): NativeObject {
  const [first] = items;
  if (!first) return {};
  return { ...first.common, [first.name]: items.map((i) => i.content) };
}

/** Type of the element that repeats, wherever the request has it. */
function typeOf(service: ServiceName, operation: string, name: string): number {
  const file = formatOf(service);
  const request = file.types[operationOf(service, operation).type];
  const element = request?.c && find(request.c, name);
  if (!element)
    throw new HubError(
      'misconfigured',
      'GISZHKH_ITEM',
      `The request of ${operation} has no element '${name}'; correct \`source.item\` of the mapping.`,
    );
  return element[3];
}

function find(particle: FormatParticle, name: string): FormatElement | undefined {
  if (particle[0] === 'e') return particle[1] === name ? particle : undefined;
  for (const part of particle[1]) {
    const found = find(part, name);
    if (found) return found;
  }
  return undefined;
}
