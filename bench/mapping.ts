import { readFileSync } from 'node:fs';
import jsonata from 'jsonata';
import { commands } from '../canonical/commands/registry.ts';
import { PersonalAccount } from '../canonical/entities/account.ts';
import { entities } from '../canonical/registry.ts';
import { compileMapping } from '../mappings/compile.ts';
import { builtInFolder } from '../mappings/load.ts';

export interface Rate {
  name: string;
  perSecond: number;
}

const ZERO = '00000000-0000-0000-0000-000000000000';
const text = (v: string): string | null => (v.trim() === '' ? null : v.trim());
const day = (v: string): string | null => (v === '0001-01-01T00:00:00' ? null : v.slice(0, 10));
const id = '0192f0c4-7a1b-7c3d-8e4f-791612345670';

/** What an engineer would write by hand for the same account. */
function byHand(n: Readonly<Record<string, unknown>>): unknown {
  return PersonalAccount.parse({
    number: text(String(n.Code)),
    name: text(String(n.Description)),
    state: n.Закрыт ? 'closed' : 'open',
    premises: n.Помещение_Key === ZERO ? null : id,
    holder: n.Собственник_Key === ZERO ? null : id,
    openedOn: day(String(n.ДатаОткрытия)),
    closedOn: day(String(n.ДатаЗакрытия)),
    area: n.ОбщаяПлощадь === 0 ? null : Number(n.ОбщаяПлощадь).toFixed(2),
    residents: n.КоличествоПроживающих,
    unifiedNumber: text(String(n.ЕЛС)),
    serviceId: text(String(n.ИдентификаторЖКУ)),
  });
}

const JSONATA = `{ "number": $trim(Code), "name": $trim(Description), "state": Закрыт ? "closed" : "open", "premises": Помещение_Key, "holder": Собственник_Key,
  "openedOn": $substring(ДатаОткрытия, 0, 10), "closedOn": ДатаЗакрытия = "0001-01-01T00:00:00" ? null : $substring(ДатаЗакрытия, 0, 10),
  "area": $formatNumber(ОбщаяПлощадь, "0.00"), "residents": КоличествоПроживающих, "unifiedNumber": $trim(ЕЛС), "serviceId": $trim(ИдентификаторЖКУ) }`;

/** One account through the mapping, by hand, through JSONata, and merely parsed from its JSON, in one run. */
export async function mappingRates(seconds: number): Promise<Rate[]> {
  const yaml = readFileSync(`${builtInFolder('onec')}/personal-account.yaml`, 'utf8');
  const mapping = compileMapping(yaml, 'personal-account.yaml', { entities, commands });
  const native = { ...mapping.examples[0]?.native };
  const source = JSON.stringify(native);
  const expression = jsonata(JSONATA);
  const scope = { timezone: 'Europe/Moscow', asOf: new Date(), resolve: () => id };
  const rate = async (name: string, work: () => unknown): Promise<Rate> => {
    for (let i = 0; i < 2_000; i++) await work();
    const until = performance.now() + seconds * 1000;
    let n = 0;
    const started = performance.now();
    while (performance.now() < until) {
      for (let i = 0; i < 100; i++) {
        const out = work();
        if (out instanceof Promise) await out;
      }
      n += 100;
    }
    return { name, perSecond: n / ((performance.now() - started) / 1000) };
  };
  return [
    await rate('mapping + zod', () => mapping.read(native, scope)),
    await rate('hand-written + zod', () => byHand(native)),
    await rate('JSONata (no zod)', () => expression.evaluate(native)),
    await rate('JSON.parse of the source', () => JSON.parse(source)),
  ];
}
