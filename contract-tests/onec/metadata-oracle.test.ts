import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from '@sap-ux/edmx-parser';
import { parseEdm } from '../../connectors/onec/edm.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { testWithFacts } from '../facts.ts';

interface Shape {
  type: string;
  keys: string[];
  properties: Record<string, string>;
  navigation: Record<string, string>;
}

type Property = { name: string; type: string };
/** The part of the package's answer that is compared; its own declarations lean on another package. */
interface Parsed {
  schema: {
    entitySets: { name: string; entityTypeName: string }[];
    entityTypes: {
      name: string;
      fullyQualifiedName: string;
      keys: Property[];
      entityProperties: Property[];
      navigationProperties: { name: string; relationship: string; toRole: string }[];
    }[];
    complexTypes: { fullyQualifiedName: string; properties: Property[] }[];
    associations: { fullyQualifiedName: string; associationEnd: { role: string; type: string }[] }[];
  };
}

/** What a reader of EDMX that others wrote, on another XML parser, makes of a document. */
function asOthersRead(xml: string): { sets: Record<string, Shape>; rows: Record<string, Record<string, string>> } {
  const { schema } = parse(xml) as unknown as Parsed;
  const types = new Map(schema.entityTypes.map((type) => [type.fullyQualifiedName, type]));
  const ends = new Map(
    schema.associations.flatMap((association) =>
      association.associationEnd.map((end) => [`${association.fullyQualifiedName}/${end.role}`, end.type]),
    ),
  );
  const sets = schema.entitySets.map((set) => {
    const type = types.get(set.entityTypeName);
    const navigation = (type?.navigationProperties ?? []).map((n) => [
      n.name,
      ends.get(`${n.relationship}/${n.toRole}`),
    ]);
    const shape = {
      type: type?.name,
      keys: (type?.keys ?? []).map((key) => key.name),
      properties: typesOf(type?.entityProperties ?? []),
      navigation: Object.fromEntries(navigation) as Record<string, string>,
    };
    return [set.name, shape] as const;
  });
  const rows = schema.complexTypes.map((type) => [type.fullyQualifiedName, typesOf(type.properties)] as const);
  return { sets: Object.fromEntries(sets) as Record<string, Shape>, rows: Object.fromEntries(rows) };
}

function typesOf(properties: readonly Property[]): Record<string, string> {
  return Object.fromEntries(properties.map((p) => [p.name, p.type]));
}

function asWeRead(xml: string): ReturnType<typeof asOthersRead> {
  const edm = parseEdm(xml);
  return {
    sets: Object.fromEntries(
      [...edm.sets].map(([set, type]) => [
        set,
        {
          type: type.name,
          keys: [...type.keys],
          properties: Object.fromEntries(type.properties),
          navigation: Object.fromEntries(type.navigation),
        },
      ]),
    ),
    rows: Object.fromEntries([...edm.rows].map(([name, properties]) => [name, Object.fromEntries(properties)])),
  };
}

describe('an EDMX reader of others (@sap-ux/edmx-parser) agrees with ours', () => {
  let sim: Simulator;
  let published = '';
  beforeAll(async () => {
    sim = await startOnecSimulator({ port: 0, accounts: 10, buildings: 1 });
    const authorization = `Basic ${Buffer.from('hub:hub-sandbox').toString('base64')}`;
    published = await (
      await fetch(`${sim.url}/uk/odata/standard.odata/$metadata`, { headers: { authorization } })
    ).text();
  });
  afterAll(() => sim.close());

  test('on the simulated base: sets, keys, properties, types, navigations', () => {
    const ours = asWeRead(published);
    expect(ours).toEqual(asOthersRead(published));
    expect(Object.keys(ours.sets).length).toBeGreaterThan(20);
  });

  test('on what the simulated base means by it', () => {
    const { sets, rows } = asOthersRead(published);
    expect(sets.Catalog_КВП_ЛицевыеСчета).toMatchObject({
      keys: ['Ref_Key'],
      properties: { Ref_Key: 'Edm.Guid', Закрыт: 'Edm.Boolean', ОбщаяПлощадь: 'Edm.Double' },
      navigation: { Помещение: 'StandardODATA.Catalog_УПЖКХ_Помещения' },
    });
    const readings = sets.Document_УПЖКХ_ВводПоказанийСчетчиков?.properties.Показания;
    const row = /^Collection\((.*)\)$/.exec(readings ?? '')?.[1] ?? '';
    expect(rows[row]).toMatchObject({ LineNumber: 'Edm.Int64', Счетчик_Key: 'Edm.Guid' });
  });

  testWithFacts("on a live base's recorded document", 'onec/samples/msg001_metadata.xml', (file) => {
    const xml = readFileSync(file, 'utf8');
    const ours = asWeRead(xml);
    expect(ours).toEqual(asOthersRead(xml));
    expect(Object.values(ours.sets).some((set) => Object.keys(set.navigation).length > 0)).toBe(true);
  });
});
