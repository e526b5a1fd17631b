import { describe, expect, test } from '@jest/globals';
import type { NativeObject } from '../../port.ts';
import type { Ctx } from '../ctx.ts';
import type { Exports, Question } from '../exports.ts';
import type { GisTools } from '../gis-tools.ts';
import type { Lost, Verdict } from '../import-kind.ts';
import { settleContract } from './contract.ts';

const guid = (n: number): string => `000000e0-0000-4000-8000-${String(n).padStart(12, '0')}`;
const ROOT = guid(1);
const OLD = guid(11);
const NEW = guid(12);
const HOUSE = guid(90);

/** What ГИС ЖКХ shows to each of the three questions; undefined: nothing fits. */
interface Shown {
  version?: NativeObject[];
  house?: NativeObject[];
  all?: NativeObject[];
}

const contract = (more: NativeObject = {}): NativeObject => ({
  DocNum: '12-У',
  SigningDate: '2026-01-15+03:00',
  EffectiveDate: '2026-02-01+03:00',
  PlanDateComptetion: '2031-01-31+03:00',
  Owners: 'true',
  ContractBase: { Code: '1', GUID: guid(50) },
  ContractStatus: 'Approved',
  ContractGUID: ROOT.toUpperCase(),
  ContractVersionGUID: OLD,
  ContractObject: [{ FIASHouseGuid: HOUSE.toUpperCase() }],
  ...more,
});

async function settled(content: NativeObject, shown: Shown, payload: NativeObject = {}): Promise<Verdict> {
  let askedAt = 1_000;
  const exports = {
    step: async (_ctx: Ctx, { content: asked }: Question) => {
      const [criterion] = (asked.Criteria ?? []) as NativeObject[];
      const kind = !criterion ? 'all' : criterion.FIASHouseGuid ? 'house' : 'version';
      const rows = shown[kind];
      askedAt += 10;
      const result = rows && { exportCAChResult: rows.map((Contract) => ({ Contract })) };
      return { done: true, result, askedAt };
    },
  } as unknown as Exports;
  const ctx = { config: { orgPPAGUID: guid(70) } } as unknown as Ctx;
  const lost = { item: { content }, op: { payload }, notBefore: 0 } as unknown as Lost;
  return settleContract(ctx, { exports } as unknown as GisTools, lost);
}

const absent = { status: 'absent', askedAt: 1_010 };
const ambiguous = { status: 'ambiguous' };
const happened = (more: NativeObject = {}) => ({ status: 'happened', result: expect.objectContaining(more) });

describe('a placed contract', () => {
  const place = {
    PlacingContract: {
      DocNum: '12-У',
      SigningDate: '2026-01-15',
      ContractObject: [{ FIASHouseGuid: HOUSE }, { FIASHouseGuid: guid(91) }],
    },
  };
  const whole = contract({ ContractObject: [{ FIASHouseGuid: guid(91) }, { FIASHouseGuid: HOUSE }] });

  test.each<[string, Shown, unknown]>([
    ['is there with all its houses', { house: [whole] }, happened({ guid: ROOT, version: OLD, found: 'export' })],
    ['is not there', {}, absent],
    ['is not one of another day', { house: [contract({ SigningDate: '2026-01-16' })], all: [] }, absent],
    ['is not one that was annulled', { house: [contract({ ContractStatus: 'Annul' })] }, absent],
    ['may be another where a house is missing', { house: [contract()] }, ambiguous],
    ['may be either of two', { house: [whole, { ...whole, ContractGUID: guid(2) }] }, ambiguous],
    ['is not believed missing while the list of all has it', { house: [], all: [whole] }, ambiguous],
  ])('%s', async (_name, shown, verdict) => {
    expect(await settled(place, shown)).toEqual(verdict);
  });
});

const onVersion = { ContractVersionGUID: OLD };
const edit = {
  EditContract: {
    ...onVersion,
    DocNum: '12-У',
    SigningDate: '2026-01-15',
    EffectiveDate: '2026-02-01',
    PlanDateComptetion: '2032-01-31',
    Cooperative: { orgRootEntityGUID: guid(60) },
    // The directory has given the element a new GUID since.
    ContractBase: { Code: '1', GUID: guid(51) },
    ContractAttachment: [{ Name: 'contract.pdf' }],
  },
};
const edited = { PlanDateComptetion: '2032-01-31', Owners: undefined, Cooperative: { orgRootEntityGUID: guid(60) } };
const prolong = { RollOverContract: { ...onVersion, RollOver: true } };
const prolongTo = { RollOverContract: { ...onVersion, RollOver: true, RollToDate: '2036-01-31' } };
const terminate = { TerminateContract: { ...onVersion, Terminate: '2026-11-30' } };
const approve = { ApprovalContract: { ...onVersion, Approval: true } };
const annul = { AnnulmentContract: { ...onVersion, ReasonOfAnnulment: 'Ошибка' } };
const payments = {
  PlaceContractPaymentsInfo: {
    ...onVersion,
    BeginDate: '2026-07-01',
    EndDate: '2027-06-30',
    HouseManagementPaymentSize: '28.50',
    Type: 'P',
    ServicePayment: [{ Service: { Code: '17', GUID: guid(52) }, ServicePaymentSize: '3.4500' }],
  },
};
const annulPayments = {
  AnnulmentContractPaymentsInfo: { ContractPaymentsInfoVersionGUID: guid(80), Reason: 'Ошибка' },
};
const paid = (more: NativeObject = {}): NativeObject => ({
  ContractPaymentsInfo: [
    {
      BeginDate: '2026-07-01+03:00',
      EndDate: '2027-06-30+03:00',
      HouseManagementPaymentSize: '28.50',
      Type: 'P',
      ServicePayment: [{ Service: { Code: '17', GUID: guid(53) }, ServicePaymentSize: '3.45' }],
      ContractPaymentsInfoVersionGUID: guid(80).toUpperCase(),
      Status: 'P',
      ...more,
    },
  ],
});
const newer = (more: NativeObject = {}) => contract({ ContractVersionGUID: NEW, ...more });
const one = (more: NativeObject): Shown => ({ version: [contract(more)], house: [contract(more)] });
const two = (more: NativeObject): Shown => ({ version: [contract()], house: [newer(more)] });

describe('an action on a version', () => {
  test.each<[string, NativeObject, Shown, unknown]>([
    ['edit: a new version with the terms', edit, two(edited), happened({ version: NEW })],
    ['edit: the version with other terms', edit, one({}), absent],
    ['edit: the version with these terms, perhaps from before', edit, one(edited), ambiguous],
    ['edit: a new version with other terms', edit, two({ PlanDateComptetion: '2033-01-31' }), ambiguous],
    ['edit: the other party is still the owners', edit, two({ ...edited, Owners: 'true' }), ambiguous],
    ['approval: approved', approve, one({}), happened({ status: 'Approved' })],
    ['approval: looked into', approve, one({ ContractStatus: 'Reviewed' }), absent],
    ['approval: under way', approve, one({ ContractStatus: 'ApprovalProcess' }), ambiguous],
    ['approval: annulled meanwhile', approve, one({ ContractStatus: 'Annul' }), ambiguous],
    ['prolongation: a new version to the day', prolongTo, two({ PlanDateComptetion: '2036-01-31' }), happened()],
    ['prolongation: a new version to another day', prolongTo, two({ PlanDateComptetion: '2033-01-31' }), ambiguous],
    ['prolongation: no new version', prolongTo, one({}), absent],
    ['prolongation by the term: a term later', prolong, two({ PlanDateComptetion: '2036-01-30' }), happened()],
    ['prolongation by the term: a year later', prolong, two({ PlanDateComptetion: '2032-01-31' }), ambiguous],
    ['prolongation by the term: no new version', prolong, one({}), absent],
    [
      'termination: on the day',
      terminate,
      one({ ContractStatus: 'Terminated', Terminate: { Terminate: '2026-11-30+03:00' } }),
      happened({ status: 'Terminated' }),
    ],
    ['termination: on another day', terminate, one({ Terminate: { Terminate: '2026-12-31' } }), ambiguous],
    ['termination: ended without a day', terminate, one({ ContractStatus: 'Terminated' }), ambiguous],
    ['termination: in force', terminate, one({}), absent],
    ['annulment: annulled', annul, one({ ContractStatus: 'Annul' }), happened()],
    ['annulment: in a new version', annul, two({ ContractStatus: 'Annul' }), happened({ version: NEW })],
    ['annulment: in force', annul, one({}), absent],
    ['annulment: a new version in force', annul, two({}), ambiguous],
    ['payments: of the same period and sizes', payments, one(paid()), happened({ guid: guid(80) })],
    ['payments: annulled ones', payments, one(paid({ Status: 'A' })), absent],
    ['payments: of another size', payments, one(paid({ HouseManagementPaymentSize: '28.51' })), absent],
    ['payments: of one house alone', payments, one(paid({ ContractObjectVersionGUID: guid(81) })), absent],
    ['payments: with fewer services', payments, one(paid({ ServicePayment: undefined })), absent],
    [
      'payments: twice',
      payments,
      one({ ContractPaymentsInfo: [paid(), paid()].flatMap((p) => p.ContractPaymentsInfo) }),
      ambiguous,
    ],
    ['payments: none in a new version', payments, two({}), ambiguous],
    ['annulled payments: annulled', annulPayments, one(paid({ Status: 'A' })), happened({ annulled: true })],
    ['annulled payments: in force', annulPayments, one(paid()), absent],
    ['annulled payments: not shown', annulPayments, one({}), ambiguous],
  ])('%s', async (_name, content, shown, verdict) => {
    expect(await settled(content, shown, { action: { version: OLD } })).toEqual(verdict);
  });

  test.each<[string, Shown]>([
    ['the version is not shown', {}],
    ['its contract is not shown with its house', { version: [contract()], house: [] }],
    ['nothing is shown with its house', { version: [contract()] }],
    ['there are two last versions', { version: [contract()], house: [contract(), newer()] }],
    ['the contract has no house', { version: [contract({ ContractObject: [] })] }],
  ])('that is looked for in vain is for a person: %s', async (_name, shown) => {
    expect(await settled(annul, shown)).toEqual(ambiguous);
  });

  test('payments to be annulled can’t be found without their contract', async () => {
    expect(await settled(annulPayments, one(paid({ Status: 'A' })))).toEqual(ambiguous);
  });
});
