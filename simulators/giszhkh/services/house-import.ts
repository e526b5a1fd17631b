import { stamp } from '../answers.ts';
import { type Call, commonResults, eachElement, Refusal } from '../service.ts';
import { gisGuid, type House } from '../world.ts';
import { child, children, descendants, type Element, text } from '../xml.ts';
import { checkReference } from './directories.ts';
import { keepBasics, REFERENCES } from './house-basics.ts';

let made = 0;

/** importHouseUOData: every block with a TransportGUID has a result of its own; premises belong to the house beside them. */
export function importHouse(request: Element, call: Call): string {
  const fias = descendants(request)
    .find((e) => e.localName === 'FIASHouseGuid')
    ?.textContent?.toLowerCase();
  const house = call.world.houses.get(fias ?? '');
  const blocks = descendants(request).filter((e) => children(e).some((c) => c.localName === 'TransportGUID'));
  const results = eachElement(call, blocks, (block) => {
    if (!house) throw new Refusal('INT002000', 'Дом не найден по идентификатору ФИАС');
    if (!house.ours) throw new Refusal('AUT011003', 'Доступ запрещен для поставщика данных');
    return place(block, house, call);
  });
  const inner = commonResults(results, stamp(call.clock.now()), (text) => `<s:CommonResult>${text}</s:CommonResult>`);
  return `<s:ImportResult b:version="10.0.1.1">${inner}</s:ImportResult>`;
}

function place(block: Element, house: House, call: Call): { guid: string } {
  if (block.localName === 'ApartmentHouseToUpdate' || block.localName === 'ApartmentHouseToCreate') {
    const basics = child(block, 'BasicCharacteristicts');
    for (const [name, registry] of Object.entries(REFERENCES)) {
      const reference = child(basics, name);
      if (reference) checkReference(call.contour, registry, reference);
    }
    keepBasics(house, block);
    call.effects.add('giszhkh.houses', house.fias);
    return { guid: house.fias };
  }
  const residential = block.localName === 'ResidentialPremisesToCreate';
  if (!residential && block.localName !== 'NonResidentialPremiseToCreate')
    throw new Refusal('INT002018', `Блок ${block.localName} имитатором не поддерживается`);
  const number = text(block, 'PremisesNum') ?? '';
  if (house.premises.some((p) => p.number === number)) throw new Refusal('INT004057', 'Номер помещения повторяется');
  const premises = {
    guid: gisGuid('premises', 900_000 + ++made),
    number,
    residential,
    area: text(block, 'TotalArea') ?? '0',
  };
  house.premises.push(premises);
  call.effects.add('giszhkh.premises', `${house.fias} ${number}`);
  return { guid: premises.guid };
}
