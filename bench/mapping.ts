import { deepStrictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import jsonata from 'jsonata';
import { z } from 'zod';
import { commands } from '../canonical/commands/registry.ts';
import { PersonalAccount } from '../canonical/entities/account.ts';
import { entities } from '../canonical/registry.ts';
import { compileMapping } from '../mappings/compile.ts';
import { builtInFolder } from '../mappings/load.ts';
import { nativeAccount } from './native-account.ts';
import { race, ratios, spread } from './rates.ts';
import type { Report } from './report.ts';

type Native = Readonly<Record<string, unknown>>;

const ZERO = '00000000-0000-0000-0000-000000000000';
const NO_DATE = '0001-01-01T00:00:00';
/** Canonical ids of references; every contender looks them up in here. */
const ids = new Map<string, string>([
  [nativeAccount.Помещение_Key, '0192f0c4-7a1b-7c3d-8e4f-791612345670'],
  [nativeAccount.Собственник_Key, '0192f0c4-7a1b-7c3d-8e4f-791612345671'],
]);
const idOf = (key: string): string => ids.get(key) ?? '';
const text = (v: unknown): string | null => String(v).trim() || null;
const day = (v: unknown): string | null => (v === NO_DATE ? null : String(v).slice(0, 10));

/** What an engineer would write by hand for the same account. */
function byHand(n: Native): Record<string, unknown> {
  return {
    number: text(n.Code),
    name: text(n.Description),
    state: n.Закрыт ? 'closed' : 'open',
    premises: n.Помещение_Key === ZERO ? null : idOf(String(n.Помещение_Key)),
    holder: n.Собственник_Key === ZERO ? null : idOf(String(n.Собственник_Key)),
    openedOn: day(n.ДатаОткрытия),
    closedOn: day(n.ДатаЗакрытия),
    area: n.ОбщаяПлощадь === 0 ? null : Number(n.ОбщаяПлощадь).toFixed(2),
    residents: n.КоличествоПроживающих,
    unifiedNumber: text(n.ЕЛС),
    serviceId: text(n.ИдентификаторЖКУ),
  };
}

const trimmed = (column: string): string => `($t := $trim(${column}); $t = "" ? null : $t)`;
const reference = (column: string): string => `${column} = "${ZERO}" ? null : $id(${column})`;
const plainDay = (column: string): string => `${column} = "${NO_DATE}" ? null : $substring(${column}, 0, 10)`;

/** The same in JSONata. */
const JSONATA = `{
  "number": ${trimmed('Code')}, "name": ${trimmed('Description')}, "state": Закрыт ? "closed" : "open",
  "premises": ${reference('Помещение_Key')}, "holder": ${reference('Собственник_Key')}, "organisationRef": null,
  "openedOn": ${plainDay('ДатаОткрытия')}, "closedOn": ${plainDay('ДатаЗакрытия')},
  "area": ОбщаяПлощадь = 0 ? null : $formatNumber(ОбщаяПлощадь, "0.00"), "residents": КоличествоПроживающих,
  "unifiedNumber": ${trimmed('ЕЛС')}, "serviceId": ${trimmed('ИдентификаторЖКУ')}
}`;

/** One account of thirty native fields through the shipped mapping and its peers, in one run. */
export async function mappingBenchmark(report: Report): Promise<void> {
  const yaml = readFileSync(`${builtInFolder('onec')}/personal-account.yaml`, 'utf8');
  const mapping = compileMapping(yaml, 'personal-account.yaml', { entities, commands });
  const native: Native = nativeAccount;
  const source = JSON.stringify(native);
  const scope = { timezone: 'Europe/Moscow', asOf: new Date(), resolve: (_entity: string, key: string) => idOf(key) };
  const compiled = z.compile(PersonalAccount);
  const expression = jsonata(JSONATA);
  expression.registerFunction('id', idOf);

  const contenders = {
    ours: () => mapping.read(native, scope),
    hand: () => PersonalAccount.parse(byHand(native)),
    handCompiled: () => compiled.parse(byHand(native)),
    jsonata: () => expression.evaluate(native),
    jsonataChecked: async () => PersonalAccount.parse(await expression.evaluate(native)),
    json: () => JSON.parse(source),
  };
  // Nobody may win by doing less.
  const expected = contenders.ours();
  deepStrictEqual(contenders.hand(), expected);
  deepStrictEqual(contenders.handCompiled(), expected);
  deepStrictEqual({ ...(await contenders.jsonata()) }, expected);
  deepStrictEqual(await contenders.jsonataChecked(), expected);

  report.progress(`mapping: one account of ${Object.keys(native).length} fields, ${source.length} characters of JSON`);
  const rates = await race(contenders, { rounds: 9, sliceMs: 250 });
  report.row('mapping + zod, accounts/s', spread(rates.ours, 0));
  report.row('against hand-written + zod (aim ≥ 0.5)', spread(ratios(rates.ours, rates.hand), 2));
  report.row('against hand-written + compiled zod', spread(ratios(rates.ours, rates.handCompiled), 2));
  report.row('against JSONata + zod (aim ≥ 20)', spread(ratios(rates.ours, rates.jsonataChecked), 1));
  report.row('against JSONata without a check', spread(ratios(rates.ours, rates.jsonata), 1));
  report.row('time against JSON.parse of the source (aim ≤ 2)', spread(ratios(rates.json, rates.ours), 2));
}
