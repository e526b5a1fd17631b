import { XMLParser } from 'fast-xml-parser';
import { HubError } from '../../canonical/errors.ts';
import { type Ctx, reading, request } from './client.ts';
import { pageError } from './errors.ts';

/** Attributes by published set. */
export type Metadata = ReadonlyMap<string, ReadonlySet<string>>;

interface Edm {
  '@Name'?: string;
  '@EntityType'?: string;
  Property?: { '@Name'?: string }[];
  NavigationProperty?: { '@Name'?: string }[];
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseAttributeValue: false,
  processEntities: false,
  isArray: (name) => ['EntityType', 'EntitySet', 'Property', 'NavigationProperty', 'Schema'].includes(name),
});

/** Names of sets and attributes of `$metadata`; bears doubled types, as live bases have them. @throws HubError */
export function parseMetadata(xml: string): Metadata {
  if (/<!DOCTYPE|<!ENTITY/i.test(xml))
    throw new HubError(
      'unexpected',
      'ONEC_METADATA',
      'The metadata of 1C declares entities; such a document is not read.',
    );
  const document = parser.parse(xml) as {
    Edmx?: { DataServices?: { Schema?: { EntityType?: Edm[]; EntityContainer?: { EntitySet?: Edm[] } }[] } };
  };
  const schemas = document.Edmx?.DataServices?.Schema;
  if (!schemas) throw new HubError('unexpected', 'ONEC_METADATA', 'The metadata of 1C has an unknown shape.');
  const types = new Map<string, Set<string>>();
  for (const type of schemas.flatMap((s) => s.EntityType ?? [])) {
    const names = [...(type.Property ?? []), ...(type.NavigationProperty ?? [])].flatMap((p) =>
      p['@Name'] ? [p['@Name']] : [],
    );
    if (type['@Name']) types.set(type['@Name'], new Set(names));
  }
  const sets = new Map<string, ReadonlySet<string>>();
  for (const set of schemas.flatMap((s) => s.EntityContainer?.EntitySet ?? [])) {
    const type = (set['@EntityType'] ?? '').split('.').at(-1) ?? '';
    if (set['@Name']) sets.set(set['@Name'], types.get(type) ?? new Set());
  }
  return sets;
}

/** `$metadata` of the base; up to 17 MB and 25 s on a big one. */
export async function readMetadata(ctx: Ctx): Promise<Metadata> {
  const response = await reading(() => request(ctx, { path: '$metadata', timeoutMs: 120_000 }, 'application/xml'));
  if (response.status !== 200 || !(response.headers['content-type'] ?? '').includes('xml'))
    throw pageError(response.status, response.text());
  return parseMetadata(response.text().replace(/^\ufeff/, ''));
}
