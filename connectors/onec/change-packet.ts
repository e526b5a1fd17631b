import { HubError } from '../../canonical/errors.ts';
import type { NativeObject } from '../port.ts';
import type { Edm } from './edm.ts';
import { parseEntityAddress } from './entity-address.ts';
import { parseXml, type XmlElement, XmlFault } from './xml-tree.ts';

/** One changed object or record set of an exchange plan. */
export interface Change {
  set: string;
  key: Readonly<Record<string, string>>;
  /** True for a tombstone (RFC 6721); live bases were not seen to send one for what was deleted physically. */
  deleted: boolean;
  /** Naive moment of the server. */
  at: string | undefined;
  /** In the shape that the JSON form of the interface has; empty for a tombstone. */
  data: NativeObject;
}

const ATOM = '{http://www.w3.org/2005/Atom}';
const TOMBSTONE = '{http://purl.org/atompub/tombstones/1.0}deleted-entry';
const DATA = '{http://schemas.microsoft.com/ado/2007/08/dataservices}';
const META = '{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}';
const MAX_LENGTH = 64 * 1024 * 1024;

/**
 * Reads a packet of `SelectChanges` (vendor manual §17.4.13.3), which is always Atom. Packets carry no types of plain
 * values, so these come from the base's metadata; a value that it does not know stays text.
 *
 * @throws HubError transient/ONEC_PACKET_CUT for a packet that is not whole, so that it is not acknowledged;
 *         unexpected/ONEC_PACKET for one of a shape that must not be trusted
 */
export function readChangePacket(xml: string, edm: Edm, maxLength = MAX_LENGTH): Change[] {
  const feed = rootOf(xml.replace(/^\ufeff/, ''), maxLength);
  if (feed.name !== `${ATOM}feed`) throw odd('its root is no Atom feed');
  return feed.children.flatMap((child) => {
    if (child.name === TOMBSTONE) return [tombstone(child)];
    return child.name === `${ATOM}entry` ? [entry(child, edm)] : [];
  });
}

/** Records of a register's record set, each with the key of the set, which the packet does not repeat in the rows. */
export function recordsOf(change: Change): NativeObject[] {
  const { RecordSet: records, ...key } = change.data;
  return Array.isArray(records) ? (records as NativeObject[]).map((record) => ({ ...key, ...record })) : [];
}

function rootOf(xml: string, maxLength: number): XmlElement {
  try {
    return parseXml(xml, maxLength);
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error;
    if (error.reason === 'refused') throw odd(error.message, error);
    throw new HubError(
      'transient',
      'ONEC_PACKET_CUT',
      'The packet of changes is not whole; it is asked for again.',
      { upstream: { system: 'onec' } },
      { cause: error },
    );
  }
}

/** Reasons are our own words and names of metadata, never values. */
function odd(reason: string, cause?: unknown): HubError {
  return new HubError(
    'unexpected',
    'ONEC_PACKET',
    `A packet of changes of 1C can't be read: ${reason}.`,
    { upstream: { system: 'onec' } },
    { cause },
  );
}

function tombstone(element: XmlElement): Change {
  const address = parseEntityAddress(element.attributes.get('ref') ?? '');
  if (!address) throw odd('a tombstone names no object');
  return { ...address, deleted: true, at: element.attributes.get('when'), data: {} };
}

function entry(element: XmlElement, edm: Edm): Change {
  const child = (name: string): XmlElement | undefined => element.children.find((c) => c.name === ATOM + name);
  const address = parseEntityAddress(child('id')?.text.trim() ?? '');
  if (!address) throw odd('an entry names no object');
  const type = child('category')?.attributes.get('term')?.split('.').at(-1);
  if (type !== undefined && type !== address.set) throw odd(`an entry of ${address.set} says that it is ${type}`);
  const properties = child('content')?.children.find((c) => c.name === `${META}properties`);
  if (!properties) throw odd(`an entry of ${address.set} has no properties`);
  return {
    ...address,
    deleted: false,
    at: child('updated')?.text.trim(),
    data: structure(properties, edm.sets.get(address.set)?.properties, edm),
  };
}

function structure(element: XmlElement, types: ReadonlyMap<string, string> | undefined, edm: Edm): NativeObject {
  return Object.fromEntries(
    element.children
      .filter((child) => child.name.startsWith(DATA))
      .map((child) => {
        const name = child.name.slice(DATA.length);
        return [name, value(child, child.attributes.get(`${META}type`) ?? types?.get(name), edm)];
      }),
  );
}

function value(element: XmlElement, type: string | undefined, edm: Edm): unknown {
  if (element.attributes.get(`${META}null`) === 'true') return null;
  const [, row] = /^Collection\((.+)\)$/.exec(type ?? '') ?? [];
  if (row !== undefined)
    return element.children
      .filter((child) => child.name === `${DATA}element`)
      .map((child) => structure(child, edm.rows.get(row), edm));
  const inner = type === undefined ? undefined : edm.rows.get(type);
  if (inner || element.children.length > 0) return structure(element, inner, edm);
  return plain(element.text, type, element.name.slice(DATA.length));
}

/** As JSON would have it: Int64 stays text, since a number could not hold it. */
function plain(text: string, type: string | undefined, name: string): unknown {
  switch (type) {
    case 'Edm.Boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      break;
    case 'Edm.Int16':
    case 'Edm.Int32':
    case 'Edm.Byte':
    case 'Edm.Double':
    case 'Edm.Single':
    case 'Edm.Decimal':
      if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return Number(text);
      break;
    default:
      return text;
  }
  if (text === '') return null;
  throw odd(`${name} is no ${type}`);
}
