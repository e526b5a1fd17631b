import type { NativeObject } from '../../port.ts';
import type { Ctx } from '../ctx.ts';
import { list } from '../element-results.ts';
import type { GisTools } from '../gis-tools.ts';
import type { Lost, Verdict } from '../import-kind.ts';
import { lookFor, sameScalar } from './found.ts';

/** A new meter is there when its house has one of its number. A change of one that was there can't be told from the state before. */
export function settleMeter(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const { content, common } = lost.item;
  const [create] = list(content.DeviceDataToCreate);
  const number = create && list(create.BasicChatacteristicts)[0]?.MeteringDeviceNumber;
  const house = common.FIASHouseGuid;
  if (typeof number !== 'string' || typeof house !== 'string') return Promise.resolve({ status: 'ambiguous' });
  const question = {
    service: 'house-management',
    operation: 'exportMeteringDeviceData',
    content: { FIASHouseGuid: house },
  } as const;
  return lookFor(ctx, tools, lost, question, (result) => {
    const same = list(result.exportMeteringDeviceDataResult).filter((device) => sameScalar(number, numberOf(device)));
    const [found, second] = same;
    if (second) return 'ambiguous';
    if (!found) return undefined;
    const root = String(found.MeteringDeviceRootGUID).toLowerCase();
    return {
      guid: root,
      version: found.MeteringDeviceVersionGUID ?? null,
    };
  });
}

function numberOf(device: NativeObject): unknown {
  return list(device.BasicChatacteristicts)[0]?.MeteringDeviceNumber;
}
