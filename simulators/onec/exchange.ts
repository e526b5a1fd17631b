import type { SimResponse } from '../kit/server.ts';
import { type Changed, changesFeed } from './atom.ts';
import type { Base } from './base.ts';
import { fault } from './errors.ts';
import type { WireObject } from './filter.ts';
import type { SetModel } from './model.ts';
import type { Loaded } from './movements.ts';
import type { Names } from './names.ts';
import { whole } from './query.ts';

export interface Exchange {
  base: Base;
  names: Names;
  /** Path of the interface. */
  root: string;
  /** Epoch milliseconds. */
  now: number;
}

/** `SelectChanges` and `NotifyChangesReceived` of an exchange plan (vendor manual §17.4.13.3). */
export function exchange(
  { base, names, root, now }: Exchange,
  method: string,
  name: string,
  queryOptions: Map<string, string>,
): SimResponse {
  if (method !== 'POST') throw fault.httpMethod();
  const [, plan = '', node = ''] =
    /(ExchangePlan_[^(/']+)\(guid'+([0-9a-fA-F-]{36})/.exec(queryOptions.get('DataExchangePoint') ?? '') ?? [];
  const message = whole(queryOptions, 'MessageNo');
  if (message === undefined) throw fault.type('MessageNo');
  if (base.get(base.set(plan), node).fields.ThisNode === true)
    throw fault.configuration('Узел обмена совпадает с узлом этой информационной базы');
  if (name === 'NotifyChangesReceived') {
    base.notifyReceived(message);
    return { status: 200, headers: { 'content-type': 'application/json;charset=utf-8' }, body: '' };
  }
  const entries: Changed[] = [];
  for (const { set, key } of base.selectChanges(message)) {
    const own = names.publishText(set.name);
    const subordinate = set.recorders.length > 0;
    const address = subordinate ? `Recorder='${key}'` : `guid'${key}'`;
    const found = subordinate ? recorderOf(base, set, key) : base.find(set, key);
    // A physically deleted object leaves no trace in the packet, unless the base keeps tombstones.
    if (!found && !base.tombstones) continue;
    const row = found && (subordinate ? recordSetOf(base, set, found) : base.full(found));
    entries.push({ set: own, key: address, ...(row ? { row: names.publish(row) as WireObject } : {}) });
  }
  return {
    status: 200,
    headers: { 'content-type': 'application/atom+xml;type=feed;charset=utf-8' },
    body: changesFeed(entries, `http://1c.local${root}/`, new Date(now).toISOString().slice(0, 19)),
  };
}

function recorderOf(base: Base, set: SetModel, key: string): Loaded | undefined {
  return set.recorders.map((r) => base.find(base.set(r), key)).find((d) => d !== undefined);
}

/** All records that one document wrote to a register. */
export function recordSetOf(base: Base, set: SetModel, document: Loaded): WireObject {
  const key = String(document.fields.Ref_Key);
  return {
    ...(set.recorders.length > 1
      ? { Recorder: key, Recorder_Type: `StandardODATA.${document.set.name}` }
      : { Recorder_Key: key }),
    RecordSet: base.recordSet(set, document),
  };
}
