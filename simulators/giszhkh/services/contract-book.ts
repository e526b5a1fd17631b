import { type Call, Refusal } from '../service.ts';
import { gisGuid, type World } from '../world.ts';
import { type Element, text } from '../xml.ts';

export type Status = 'Project' | 'Approved' | 'Terminated' | 'Annul';

/** One version of a договор управления, as it was when the next one came. */
export interface Version {
  number: string;
  signed: string;
  effective: string;
  ends: string;
  base: { code: string; guid: string };
  /** Element of the other party, and the organisation where it is one. */
  side: { name: string; organisation: string | undefined };
  status: Status;
  terminated?: { on: string; reason: { code: string; guid: string } };
}

/** Размер платы of a contract. */
export interface Payments {
  guid: string;
  status: 'P' | 'A';
  begins: string;
  ends: string;
  size: string;
  type: string;
  protocol: string | undefined;
  services: { code: string; price: string | undefined }[];
  object: string | undefined;
}

export interface Contract {
  n: number;
  /** At least one; the last is the current one. */
  versions: [Version, ...Version[]];
  objects: { fias: string; from: string }[];
  payments: Payments[];
}

const books = new WeakMap<World, Contract[]>();

/** Contracts that were imported; the one that was there from the beginning has every house of ours and is not among them. */
export function book({ world }: Call): Contract[] {
  let found = books.get(world);
  if (!found) {
    found = [];
    books.set(world, found);
  }
  return found;
}

/** Date of an element, ISO; '' where it has none. */
export const day = (element: Element | undefined, name: string): string => text(element, name)?.slice(0, 10) ?? '';
export const currentOf = (c: Contract): Version => c.versions.at(-1) ?? c.versions[0];
export const rootOf = (c: Contract): string => gisGuid('other', c.n, 1);
export const versionOf = (c: Contract, at = c.versions.length): string => gisGuid('other', c.n * 1000 + at, 3);
export const objectOf = (c: Contract, i: number): string => gisGuid('other', c.n * 1000 + i, 2);

/** The contract that is there from the beginning: with all houses that are ours today. */
function first({ world, contour }: Call): Contract {
  return {
    n: 1,
    versions: [
      {
        number: '1',
        signed: '2020-01-01',
        effective: '2020-01-01',
        ends: '2030-01-01',
        base: { code: '1', guid: gisGuid('other', contour === 'ppak' ? 1 : 2) },
        side: { name: 'Owners', organisation: undefined },
        status: 'Approved',
      },
    ],
    objects: [...world.houses.values()].filter((h) => h.ours).map((h) => ({ fias: h.fias, from: '2020-01-01' })),
    payments: [],
  };
}

export function everything(call: Call): Contract[] {
  const one = first(call);
  return [...(one.objects.length > 0 ? [one] : []), ...book(call)];
}

/** The contract whose current version an action names. @throws Refusal for one that is superseded, or in another state */
export function known(element: Element, call: Call, from: readonly Status[]): Contract {
  const version = text(element, 'ContractVersionGUID')?.toLowerCase();
  const contract = book(call).find((c) => versionOf(c) === version);
  if (!contract) throw new Refusal('INT004127', 'Версия договора не найдена или не актуальна');
  const { status } = currentOf(contract);
  if (!from.includes(status)) throw new Refusal('INT004127', `Договор в состоянии ${status}`);
  return contract;
}
