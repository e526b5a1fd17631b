import { expect, jest } from '@jest/globals';
import { isHubError } from '../../canonical/errors.ts';
import { elementsOf } from '../../certs/xml/find.ts';
import { readXml } from '../../certs/xml/read.ts';
import { envelope, SIGNED_ID } from '../../connectors/giszhkh/envelope.ts';
import { formatOf, type ServiceName, services } from '../../connectors/giszhkh/format.ts';
import { readRequest } from '../../connectors/giszhkh/read-message.ts';
import { writeMessage } from '../../connectors/giszhkh/write-message.ts';
import { testWithFacts } from '../facts.ts';
import { contextOf } from './context.ts';
import {
  Ambiguous,
  allNodes,
  Generator,
  type Node,
  nativeOf,
  type Random,
  randomOf,
  sampleOf,
  xmlOf,
} from './generate.ts';
import { saidByXmllint } from './xmllint.ts';

jest.setTimeout(300_000);
const SEED = Number(process.env.HUB_ORACLE_SEED ?? 20261126);
const PER_OPERATION = Number(process.env.HUB_ORACLE_RUNS ?? 4);
const MUTANTS = 6;
const { config } = contextOf({});

interface Made {
  service: ServiceName;
  operation: string;
  nodes: Node[];
}

function make(service: ServiceName, operation: string, random: Random): Made {
  const file = formatOf(service);
  const type = file.types[file.operations[operation]?.type ?? -1] ?? {};
  for (let attempt = 0; ; attempt++) {
    try {
      return { service, operation, nodes: new Generator(file, random).children(type, 0) };
    } catch (error) {
      if (!(error instanceof Ambiguous) || attempt > 50) throw error;
    }
  }
}

/** What goes out when the generator writes it. */
function byGenerator({ service, operation, nodes }: Made): string {
  const file = formatOf(service);
  const described = file.operations[operation];
  if (!described) throw new Error(`${service} has no ${operation}.`);
  const version = described.version ?? described.versions?.at(-1) ?? '1.0.0.0';
  const body = `<${described.element} xmlns="${file.namespaces[described.ns]}" Id="${SIGNED_ID}" base:version="${version}">${xmlOf(file, nodes)}</${described.element}>`;
  return around(service, operation, body);
}

/** The message of the writer under test, or where it refused. */
function byWriter({ service, operation, nodes }: Made): { xml?: string; faults: string[] } {
  const described = formatOf(service).operations[operation];
  const version = described?.version ?? described?.versions?.at(-1) ?? '1.0.0.0';
  try {
    const body = writeMessage(service, operation, nativeOf(nodes), { id: SIGNED_ID, version });
    return { xml: around(service, operation, body), faults: [] };
  } catch (error) {
    if (!isHubError(error) || error.code !== 'GISZHKH_FORMAT') throw error;
    return { faults: (error.facts.errors ?? []).map((f) => `${f.pointer} ${f.message}`) };
  }
}

function around(service: ServiceName, operation: string, body: string): string {
  const kind = formatOf(service).operations[operation]?.header ?? 'RequestHeader';
  return envelope(
    config,
    { kind, at: Date.UTC(2026, 10, 24), messageGuid: '0f8fad5b-d9cb-469f-a165-70867728950e' },
    body,
  );
}

/**
 * What is wrong with each message. Uniqueness and references between keys are left out: the writer sees values one by one, and the keys
 * are the business of whoever makes them.
 */
function faultsOf(facts: string, messages: readonly string[]): string[] {
  return saidByXmllint(facts, messages).map((said) =>
    said
      .split('\n')
      .filter((line) => line !== '' && !line.includes('key-sequence') && !line.includes('identity-constraint'))
      .join('\n')
      .slice(0, 400),
  );
}

function* everyOperation(): Iterable<[ServiceName, string]> {
  for (const service of services)
    for (const operation of Object.keys(formatOf(service).operations))
      if (operation !== 'getState' && operation !== 'getRequestsState') yield [service, operation];
}

testWithFacts('what the writer makes of allowed objects is valid, and reads back the same', 'giszhkh', (facts) => {
  const random = randomOf(SEED);
  const made = [...everyOperation()].flatMap(([service, operation]) =>
    Array.from({ length: PER_OPERATION }, () => make(service, operation, random)),
  );
  const written = made.map(byWriter);
  const own = faultsOf(facts, made.map(byGenerator));
  const refused = written.flatMap(({ xml, faults }, i) =>
    xml === undefined
      ? [{ operation: made[i]?.operation, faults, xmllint: own[i] === '' ? 'takes it' : own[i]?.slice(0, 300) }]
      : [],
  );
  expect(refused.slice(0, 5)).toEqual([]);
  const said = faultsOf(
    facts,
    written.map(({ xml }) => xml ?? ''),
  );
  expect(
    said
      .map((s, i) => ({ operation: made[i]?.operation, said: s.slice(0, 500) }))
      .filter((s) => s.said !== '')
      .slice(0, 5),
  ).toEqual([]);
  for (const [i, { xml = '' }] of written.entries()) {
    const { service, operation, nodes } = made[i] as Made;
    const body = elementsOf(readXml(Buffer.from(xml)).root).find((e) => e.local === 'Body');
    const request = body && elementsOf(body)[0];
    if (!request) throw new Error(`${operation} has no body.`);
    expect(readRequest(service, operation, request)).toEqual(withoutAttributes(nodes));
  }
  expect(made.length).toBeGreaterThan(100);
});

/** What a reader gives: attributes are left out, an empty element is a mark. */
function withoutAttributes(nodes: readonly Node[]): Record<string, unknown> {
  const bare = (all: readonly Node[]): Node[] => all.map((n) => ({ ...n, attributes: {}, children: bare(n.children) }));
  return nativeOf(bare(nodes));
}

/**
 * Texts that a careless mapping or a stranger might send. Digits of other scripts and the hour 24 are not among them: the schemas take
 * them, and the writer refuses them on purpose.
 */
const STRANGE = [
  '',
  ' ',
  'x',
  '-1',
  '0',
  '1',
  '007',
  '1.005',
  '1,5',
  '1e3',
  '+1',
  '.5',
  '1.',
  '-0',
  '--1',
  '999999999999999999999999999999',
  '0.00000000000001',
  'TRUE',
  'true',
  ' true ',
  'да',
  '2026-02-30',
  '2026-13-01',
  '2026-11-24',
  '2025-02-29',
  '0000-01-01',
  '24.11.2026',
  '2026-11-24T10:00',
  '2026-11-24T10:00:60',
  '2026-11-24T10:00:00+14:00',
  '2026-11-24+15:00',
  'NaN',
  'INF',
  'A',
  'a'.repeat(300),
  'я'.repeat(2500),
  '\t',
  'a\nb',
  '{5b1c0c1e-8a0e-11ee-9f2a-005056a10401}',
  '100000',
  '-129',
  '128',
  '32768',
];

function mutant(made: Made, random: Random): { made: Made; what: string } | undefined {
  const nodes = structuredClone(made.nodes);
  const all = allNodes(nodes);
  const victim = all[Math.floor(random() * all.length)];
  if (!victim) return undefined;
  const inside = all.find((n) => n.children.includes(victim))?.children ?? nodes;
  const at = inside.indexOf(victim);
  const name = victim.particle[1];
  const roll = random();
  if (roll < 0.6 && victim.text !== undefined) {
    victim.text =
      random() < 0.8
        ? (STRANGE[Math.floor(random() * STRANGE.length)] as string)
        : ` ${sampleOf(victim.simple ?? { b: 'string' }, random)} `;
    return {
      made: { ...made, nodes },
      what: `${name} = ${JSON.stringify(victim.text).slice(0, 60)} as ${JSON.stringify(victim.simple)}`,
    };
  }
  if (roll < 0.85) {
    // All of them: one of several tells less.
    const left = inside.filter((n) => n.particle !== victim.particle);
    inside.splice(0, inside.length, ...left);
    return { made: { ...made, nodes }, what: `${name} left out` };
  }
  const copies = Math.max(
    1,
    (victim.particle[5] < 0 ? 1 : Math.min(victim.particle[5], 20)) -
      inside.filter((n) => n.particle === victim.particle).length +
      1,
  );
  const fresh = Array.from({ length: copies }, () => structuredClone(victim));
  inside.splice(at + 1, 0, ...fresh.map((n) => ({ ...n, particle: victim.particle })));
  return { made: { ...made, nodes }, what: `${name} ${copies} times more` };
}

/** An empty element whose value is fixed stands for that value; a mapping that writes one has made a mistake. */
function isStricter(faults: readonly string[]): boolean {
  return faults.every((fault) => /must be \S+ or left out$/.test(fault));
}

testWithFacts('writer and official schemas refuse the same', 'giszhkh', (facts) => {
  const random = randomOf(SEED + 1);
  const mutants = [...everyOperation()].flatMap(([service, operation]) =>
    Array.from({ length: PER_OPERATION * MUTANTS }, () => mutant(make(service, operation, random), random)).filter(
      (m) => m !== undefined,
    ),
  );
  const official = faultsOf(
    facts,
    mutants.map((m) => byGenerator(m.made)),
  );
  const written = mutants.map((m) => byWriter(m.made));
  const taken = written.flatMap(({ xml }, i) => (xml === undefined ? [] : [{ xml, i }]));
  const own = faultsOf(
    facts,
    taken.map(({ xml }) => xml),
  );
  const wronglyTaken = taken.flatMap(({ i }, at) =>
    own[at] === '' ? [] : [{ operation: mutants[i]?.made.operation, what: mutants[i]?.what, xmllint: own[at] }],
  );
  const wronglyRefused = mutants.flatMap(({ made, what }, i) =>
    written[i]?.xml === undefined && official[i] === '' && !isStricter(written[i]?.faults ?? [])
      ? [{ operation: made.operation, what, writer: written[i]?.faults.slice(0, 2) }]
      : [],
  );
  expect({ wronglyTaken: wronglyTaken.slice(0, 8), wronglyRefused: wronglyRefused.slice(0, 8) }).toEqual({
    wronglyTaken: [],
    wronglyRefused: [],
  });
  const refused = official.filter((s) => s !== '').length;
  // Neither side may win by taking or refusing everything.
  expect(refused).toBeGreaterThan(mutants.length / 5);
  expect(refused).toBeLessThan((mutants.length * 4) / 5);
});
