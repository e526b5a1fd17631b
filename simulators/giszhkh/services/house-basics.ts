import type { House } from '../world.ts';
import { child, type Element, escaped, tag, text } from '../xml.ts';
import { elementGuid } from './directories.ts';

/** References of a house and their directories. */
export const REFERENCES: Readonly<Record<string, string>> = { State: '24', LifeCycleStage: '338', OlsonTZ: '32' };

/** Elements of BasicCharacteristicts in the order of an export, and UndergroundFloorCount after them; an export has no MinFloorCount. */
const BASICS = ['TotalSquare', 'State', 'LifeCycleStage', 'UsedYear', 'FloorCount', 'OlsonTZ', 'CulturalHeritage'];
const REGISTERED = ['CadastralNumber', 'No_RSO_GKN_EGRP_Registered'];
const FLOORS = 'UndergroundFloorCount';

/** What was imported of each house: texts of its elements, codes of its references. */
const imported = new WeakMap<House, Map<string, string>>();

/** Takes over what an import says of a house; what it leaves out stays as it was. */
export function keepBasics(house: House, block: Element): void {
  const known = imported.get(house) ?? new Map<string, string>();
  imported.set(house, known);
  const basics = child(block, 'BasicCharacteristicts');
  const number = REGISTERED.find((name) => child(basics, name));
  if (number) {
    for (const name of REGISTERED) known.delete(name);
    known.set(number, text(basics, number) ?? '');
  }
  for (const name of BASICS) {
    const value = REFERENCES[name] ? text(basics, name, 'Code') : text(basics, name);
    if (value !== undefined) known.set(name, value);
  }
  const floors = text(block, FLOORS);
  if (floors !== undefined) known.set(FLOORS, floors);
}

/** BasicCharacteristicts of an exported house and what follows them; of one that was never imported, that no registry has it. */
export function basicsOf(house: House, contour: string): string {
  const known = imported.get(house) ?? new Map<string, string>();
  const number = known.get('CadastralNumber');
  const registered =
    number === undefined
      ? '<s:No_RSO_GKN_EGRP_Registered>true</s:No_RSO_GKN_EGRP_Registered>'
      : `<s:CadastralNumber>${escaped(number)}</s:CadastralNumber>`;
  const basics = BASICS.map((name) => {
    const value = known.get(name);
    const registry = REFERENCES[name];
    if (value === undefined || !registry) return tag(`s:${name}`, value);
    return `<s:${name}><n:Code>${value}</n:Code><n:GUID>${elementGuid(contour, registry, value) ?? ''}</n:GUID></s:${name}>`;
  });
  return `<s:BasicCharacteristicts>${registered}<s:FIASHouseGuid>${house.fias}</s:FIASHouseGuid>${basics.join('')}</s:BasicCharacteristicts>${tag(`s:${FLOORS}`, known.get(FLOORS))}`;
}
