import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gisGuid } from '../../simulators/giszhkh/world.ts';
import type { Operation } from '../../storage/repositories/operation.ts';
import { openBefore, openTestPglite } from '../../storage/testing/databases.ts';
import { type GisBench, gisBench } from './bench.ts';

const facts = process.env.HUB_CONTRACT_FACTS;
const BUILDING = '0192f0c4-7a1b-7c3d-8e4f-00000000b001';
const COOPERATIVE = '000000e1-0000-4000-8000-000000000000';
/** Of the bench: "it is not there" is believed after it. */
const SURE_MS = 60_000;
const LONG_MS = 60_000;

type Payload = Record<string, unknown>;

(facts ? describe : describe.skip)('a lost import of an object is looked for, and done once', () => {
  const store = openBefore(() => openTestPglite(), [{ name: 'Message', filters: [] }]);
  let b: GisBench;
  let files: { file: string; name: string; description: string }[];
  let made = 0;
  beforeAll(async () => {
    // A TransportGUID that comes twice makes a second object: nothing but the hub keeps it from that.
    b = await gisBench(store, { sim: { transportGuid: 'second-object' } });
    const { workLists } = (await b.post('sample', {})) as { workLists: { house: string }[] };
    b.knowHouse(BUILDING, workLists[0]?.house ?? '');
    const file = await b.keepFile({ name: 'contract.pdf', bytes: Buffer.from('Договор управления') });
    files = [{ file, name: 'contract.pdf', description: 'Договор управления' }];
    b.newWorker();
  }, LONG_MS);
  afterAll(() => b?.close());

  const effects = (): number =>
    Object.entries(b.sim.effects.report())
      .filter(([name]) => name !== 'giszhkh.files')
      .reduce((sum, [, { count }]) => sum + count, 0);
  const done = async (kind: string, payload: Payload): Promise<Operation> => {
    const [op] = await b.ended([await b.accept(kind, payload)]);
    expect([op?.status, op?.error]).toEqual(['succeeded', null]);
    return op as Operation;
  };

  /** @returns the operation, and how often it went out */
  const lose = async (fault: string, kind: string, action: string, payload: Payload) => {
    const before = { effects: effects(), sent: b.sent.length };
    await b.fault({ fault, times: 1, match: `#${action}` });
    const op = await done(kind, payload);
    expect(effects()).toBe(before.effects + 1);
    const calls = b.sent.slice(before.sent);
    return { op, requests: calls.filter((s) => s.action === action), calls };
  };

  const terms = (number: string): Payload => ({
    number,
    signedOn: '2026-01-15',
    effectiveOn: '2026-02-01',
    endsOn: '2031-01-31',
    base: '1',
    owners: 'owners',
    files,
  });
  const placement = (): Payload => ({
    kind: 'place',
    ...terms(`${++made}-У`),
    objects: [
      {
        building: BUILDING,
        transportGuid: `00000002-0000-4000-8000-${String(made).padStart(12, '0')}`,
        from: '2026-02-01',
      },
    ],
  });
  const act = (action: Payload) => done('contracts.publish', { action });
  const placed = async (): Promise<string> => versionIn(await act(placement()));
  const approved = async (): Promise<string> => {
    const version = await placed();
    await act({ kind: 'approve', version });
    return version;
  };
  const payments = (version: string): Payload => ({
    kind: 'place-payments',
    version,
    from: '2026-07-01',
    to: '2027-06-30',
    size: { amount: '28.50', currency: 'RUB' },
    setBy: 'meeting',
    protocol: { files },
    services: [{ service: '17', price: '3.4567' }, { service: '1' }],
  });

  const contract: Record<string, () => Promise<Payload>> = {
    place: async () => placement(),
    edit: async () => ({
      kind: 'edit',
      version: await placed(),
      ...terms(`${made}-У`),
      endsOn: '2032-01-31',
      owners: { party: 'cooperative', organisation: COOPERATIVE },
    }),
    approve: async () => ({ kind: 'approve', version: await placed() }),
    prolong: async () => ({ kind: 'prolong', version: await approved(), until: '2036-01-31' }),
    'prolong by its own term': async () => ({ kind: 'prolong', version: await approved() }),
    terminate: async () => ({
      kind: 'terminate',
      version: await approved(),
      terminatedOn: '2026-11-30',
      reason: '3',
      files,
    }),
    annul: async () => ({ kind: 'annul', version: await approved(), reason: 'Размещен дважды' }),
    'place-payments': async () => payments(await approved()),
    'annul-payments': async () => {
      const version = await approved();
      const { result } = await act(payments(version));
      return { kind: 'annul-payments', version, payments: result?.guid, reason: 'Размещены дважды' };
    },
  };
  const photos = () => [{ ...files[0], name: '1.jpg', description: 'После' }];
  /** Works of a month of the first house; each test has a month of its own. */
  const works = (month: number): Payload => ({
    reportingPeriod: gisGuid('other', month, 2026),
    planned: [
      {
        item: gisGuid('other', month, 5000 + 2026),
        plannedCount: 4,
        count: 2,
        dates: ['2026-11-03', '2026-11-17'],
        price: '12.5',
        amount: '100.125',
        cost: { amount: '2503.13', currency: 'RUB' },
      },
    ],
    unplanned: [
      { work: { code: '17', registry: '59' }, type: '5', comment: 'Замена & стояк', count: 1, photos: photos() },
      { work: { code: '17', registry: '59' }, type: '5', comment: 'Замена & стояк', count: 1 },
    ],
  });
  const house = (floors: number): Payload => ({
    building: BUILDING,
    cadastralNumber: '16:50:011604:275',
    area: '5312.07',
    condition: '2',
    stage: '2',
    usedSince: 1987,
    floors,
    undergroundFloors: 1,
    heritage: false,
    timezone: '2',
  });
  const objects: [string, string, string, string, (fault: string) => Promise<Payload>][] = [
    ...Object.entries(contract).map(([name, make]): (typeof objects)[number] => [
      `contracts.publish: ${name}`,
      'contracts.publish',
      'importContractData',
      'exportCAChData',
      async () => ({ action: await make() }),
    ]),
    [
      'works.publish',
      'works.publish',
      'importCompletedWorks',
      'exportCompletedWorks',
      async (fault) => works(fault === 'cut-after-commit' ? 3 : 4),
    ],
    [
      'houses.publish',
      'houses.publish',
      'importHouseUOData',
      'exportHouseData',
      async (fault) => house(fault === 'cut-after-commit' ? 9 : 12),
    ],
  ];

  describe.each(objects)('%s', (_name, kind, action, shown, make) => {
    test(
      'it was done there: it is found, and not sent again',
      async () => {
        const payload = await make('cut-after-commit');
        const { op, requests } = await lose('cut-after-commit', kind, action, payload);
        expect(op.result).toMatchObject({ guid: expect.any(String), found: 'export' });
        expect(requests).toHaveLength(1);
      },
      LONG_MS,
    );

    test(
      'it never arrived: it is sent again once that is sure',
      async () => {
        const payload = await make('cut-before-commit');
        const { op, requests, calls } = await lose('cut-before-commit', kind, action, payload);
        expect(op.result?.found).toBeUndefined();
        const [first, second, ...more] = requests;
        expect(more).toEqual([]);
        expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(SURE_MS);
        expect(calls.some((s) => s.action === shown && s.at < (second?.at ?? 0))).toBe(true);
      },
      LONG_MS,
    );
  });

  test(
    'an edit that leaves the terms as they were looks the same done and not done: a person decides',
    async () => {
      const version = await placed();
      const before = b.sent.length;
      await b.fault({ fault: 'cut-before-commit', times: 1, match: '#importContractData' });
      const id = await b.accept('contracts.publish', { action: { kind: 'edit', version, ...terms(`${made}-У`) } });
      await b.until(async () => (await b.get(id)).waitingFor === 'operator', 'the question to a person');
      expect((await b.get(id)).status).toBe('uncertain');
      expect(b.sent.slice(before).filter((s) => s.action === 'importContractData')).toHaveLength(1);
    },
    LONG_MS,
  );
});

function versionIn(op: Operation): string {
  const { importContract } = (op.result?.details ?? {}) as { importContract?: { ContractVersionGUID?: string } };
  return importContract?.ContractVersionGUID ?? '';
}
