import { XMLParser } from 'fast-xml-parser';
import { HubError } from '../../canonical/errors.ts';

/** Type of a published set, as `$metadata` declares it. */
export interface EdmType {
  /** Without the namespace. */
  name: string;
  /** In the order of the declaration. */
  keys: readonly string[];
  /** Type by property: `Edm.String`, `Collection(StandardODATA.…_RowType)` … */
  properties: ReadonlyMap<string, string>;
  /** Qualified type that a navigation leads to; only published ones are declared. */
  navigation: ReadonlyMap<string, string>;
}

export interface Edm {
  sets: ReadonlyMap<string, EdmType>;
  /** Rows of tabular sections and registers and of virtual tables, by qualified name. */
  rows: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

type Attributes<Name extends string> = Partial<Record<Name, string>>;
interface Structure extends Attributes<'@Name'> {
  Key?: { PropertyRef?: Attributes<'@Name'>[] };
  Property?: Attributes<'@Name' | '@Type'>[];
  NavigationProperty?: Attributes<'@Name' | '@Relationship' | '@ToRole'>[];
}
interface Association extends Attributes<'@Name'> {
  End?: Attributes<'@Role' | '@Type'>[];
}
interface Schema extends Attributes<'@Namespace'> {
  EntityType?: Structure[];
  ComplexType?: Structure[];
  Association?: Association[];
  EntityContainer?: { EntitySet?: Attributes<'@Name' | '@EntityType'>[] };
}

const lists = [
  'Association',
  'ComplexType',
  'End',
  'EntitySet',
  'EntityType',
  'NavigationProperty',
  'Property',
  'PropertyRef',
  'Schema',
];
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseAttributeValue: false,
  processEntities: false,
  isArray: (name) => lists.includes(name),
});

/** Reads `$metadata`; bears types declared twice, as live bases have them. @throws HubError unexpected/ONEC_METADATA */
export function parseEdm(xml: string): Edm {
  if (/<!DOCTYPE|<!ENTITY/i.test(xml))
    throw new HubError(
      'unexpected',
      'ONEC_METADATA',
      'The metadata of 1C declares entities; such a document is not read.',
    );
  const document = parser.parse(xml) as { Edmx?: { DataServices?: { Schema?: Schema[] } } };
  const schemas = document.Edmx?.DataServices?.Schema;
  if (!schemas) throw new HubError('unexpected', 'ONEC_METADATA', 'The metadata of 1C has an unknown shape.');
  const ends = endsOf(schemas);
  const types = new Map<string, EdmType>();
  const rows = new Map<string, ReadonlyMap<string, string>>();
  for (const schema of schemas) {
    for (const type of schema.EntityType ?? [])
      types.set(`${schema['@Namespace']}.${type['@Name']}`, {
        name: type['@Name'] ?? '',
        keys: named(type.Key?.PropertyRef).map((key) => key['@Name']),
        properties: propertiesOf(type),
        navigation: new Map(
          named(type.NavigationProperty).map((n) => [
            n['@Name'],
            ends.get(`${n['@Relationship']}/${n['@ToRole']}`) ?? '',
          ]),
        ),
      });
    for (const type of schema.ComplexType ?? [])
      rows.set(`${schema['@Namespace']}.${type['@Name']}`, propertiesOf(type));
  }
  const sets = new Map<string, EdmType>();
  for (const set of schemas.flatMap((s) => named(s.EntityContainer?.EntitySet))) {
    const type = types.get(set['@EntityType'] ?? '');
    if (type) sets.set(set['@Name'], type);
  }
  return { sets, rows };
}

/** Type at each end of each association, by `association/role`. */
function endsOf(schemas: readonly Schema[]): ReadonlyMap<string, string> {
  const ends = new Map<string, string>();
  for (const schema of schemas)
    for (const association of named(schema.Association))
      for (const end of association.End ?? [])
        ends.set(`${schema['@Namespace']}.${association['@Name']}/${end['@Role']}`, end['@Type'] ?? '');
  return ends;
}

function propertiesOf(type: Structure): ReadonlyMap<string, string> {
  return new Map(named(type.Property).map((p) => [p['@Name'], p['@Type'] ?? '']));
}

function named<T extends Attributes<'@Name'>>(list: readonly T[] = []): (T & { '@Name': string })[] {
  return list.filter((item): item is T & { '@Name': string } => item['@Name'] !== undefined);
}
