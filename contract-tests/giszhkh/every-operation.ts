import type { NativeObject } from '../../connectors/port.ts';
import type { RecordedRun } from './recorded-run.ts';

/** What the stand-in has of the company. */
interface Sample {
  accounts: { guid: string; house: string; number: string; serviceId: string; premises: string }[];
  meters: { root: string; house: string; resource: string }[];
  workLists: { house: string; workList: string }[];
}

const EXECUTOR = '00000072-0000-4000-8000-000000000000';
/** A week ago, so that exports of the last days hold it. */
export const DAY = new Date(Date.now() - 7 * 86_400_000).toISOString().slice(0, 10);

/** Results of one run by operation, for whoever wants to look closer. */
export interface Everything {
  answers: Record<string, unknown>;
}

/** Every operation that the stand-in has, with content that ought to be taken; one after the other, as one makes the next possible. */
export async function everyOperation(run: RecordedRun): Promise<Everything> {
  const answers: Record<string, unknown> = {};
  const ask: RecordedRun['ask'] = async (service, operation, content) => {
    const answer = await run.ask(service, operation, content);
    answers[operation] = answer;
    return answer;
  };
  const send: RecordedRun['send'] = async (service, operation, content) => {
    const results = await run.send(service, operation, content);
    answers[operation] = [...((answers[operation] as unknown[]) ?? []), ...results];
    return results;
  };
  const sample = (await run.control('sample', {})) as Sample;
  const [account, meter, list] = [sample.accounts[0], sample.meters[0], sample.workLists[0]];
  if (!account || !meter || !list) throw new Error('The stand-in has no accounts, meters or houses.');
  const house = account.house;

  await ask('nsi-common', 'exportNsiList', {});
  await ask('nsi-common', 'exportNsiItem', { RegistryNumber: 2, ListGroup: 'NSI' });
  await ask('nsi-common', 'exportNsiPagingItem', { RegistryNumber: 2, ListGroup: 'NSI', Page: 1 });
  await ask('nsi', 'exportDataProviderNsiItem', { RegistryNumber: '1' });
  await ask('organizations-registry-common', 'exportOrgRegistry', {
    SearchCriteria: [{ orgPPAGUID: run.ctx.config.orgPPAGUID }],
  });
  for (const operation of ['exportHouseData', 'exportAccountData', 'exportMeteringDeviceData'])
    await ask('house-management', operation, { FIASHouseGuid: house });

  const basics = {
    CadastralNumber: '16:50:011604:275',
    FIASHouseGuid: house,
    TotalSquare: '5312.07',
    State: await run.reference('24', '2'),
    UsedYear: 1987,
    FloorCount: 9,
    OlsonTZ: await run.reference('32', '2'),
    CulturalHeritage: false,
  };
  await send('house-management', 'importHouseUOData', {
    ApartmentHouse: {
      ApartmentHouseToUpdate: {
        BasicCharacteristicts: basics,
        UndergroundFloorCount: '1',
        MinFloorCount: 9,
        TransportGUID: run.guid(),
      },
    },
  });
  await send('house-management', 'importAccountData', {
    Account: [
      {
        isUOAccount: true,
        TotalSquare: '54.3',
        Accommodation: [{ PremisesGUID: account.premises, SharePercent: '100' }],
        PayerInfo: { Ind: { Surname: 'Тестов', FirstName: 'Тест' } },
        TransportGUID: run.guid(),
        AccountNumber: account.number,
        AccountGUID: account.guid,
      },
    ],
  });
  await contracts(run, ask, send, house);
  await readings(run, ask, send, meter);
  await money(run, ask, send, account);
  await debts(run, ask, send, account);
  await appeals(run, ask, send, house);
  await works(run, ask, send, list.workList);
  return { answers };
}

type Ask = RecordedRun['ask'];
type Send = RecordedRun['send'];

async function contracts(run: RecordedRun, ask: Ask, send: Send, house: string): Promise<void> {
  const [placed] = await send('house-management', 'importContractData', {
    Contract: [
      {
        TransportGUID: run.guid(),
        PlacingContract: {
          DocNum: '12-У',
          SigningDate: '2026-01-15',
          EffectiveDate: '2026-02-01',
          PlanDateComptetion: '2031-01-31',
          Owners: true,
          ContractBase: await run.reference('58', '1'),
          ContractAttachment: [await run.attachment('agreements', 'contract.pdf', 'Договор управления № 12-У')],
          ContractObject: [
            {
              FIASHouseGuid: house,
              StartDate: '2026-02-01',
              TransportGUID: run.guid(),
              BaseMService: { CurrentDoc: true },
            },
          ],
        },
      },
    ],
  });
  const act = async (action: Record<string, object>): Promise<string> => {
    const [done] = await send('house-management', 'importContractData', {
      Contract: [{ TransportGUID: run.guid(), ...action }],
    });
    return String(done?.data.guid ?? '');
  };
  const version = versionIn(placed?.data);
  const payments = await act({
    PlaceContractPaymentsInfo: {
      BeginDate: '2026-07-01',
      EndDate: '2027-06-30',
      HouseManagementPaymentSize: '28.50',
      Protocol: [await run.attachment('agreements', 'protocol.pdf', 'Протокол общего собрания')],
      ServicePayment: [{ Service: await run.reference('59', '17'), ServicePaymentSize: '3.4567' }],
      Type: 'P',
      ContractVersionGUID: version,
    },
  });
  await act({ AnnulmentContractPaymentsInfo: { ContractPaymentsInfoVersionGUID: payments, Reason: 'Ошибка' } });
  await act({ ApprovalContract: { Approval: true, ContractVersionGUID: version } });
  const [prolonged] = await send('house-management', 'importContractData', {
    Contract: [{ TransportGUID: run.guid(), RollOverContract: { RollOver: true, ContractVersionGUID: version } }],
  });
  await act({
    TerminateContract: {
      Terminate: '2026-11-30',
      ReasonRef: await run.reference('54', '3'),
      TerminateAttachment: [await run.attachment('agreements', 'decision.pdf', 'Решение общего собрания')],
      ContractVersionGUID: versionIn(prolonged?.data),
    },
  });
  await ask('house-management', 'exportCAChData', {});
  await ask('house-management', 'exportCAChData', {
    Criteria: [{ UOGUID: run.ctx.config.orgPPAGUID, FIASHouseGuid: house, SigningDate: '2026-01-15' }],
  });
  await ask('house-management', 'exportStatusCAChData', { Criteria: [{ ContractGUID: placed?.data.guid ?? '' }] });
}

function versionIn(data: Readonly<Record<string, unknown>> | undefined): string {
  const { importContract } = (data?.details ?? {}) as { importContract?: { ContractVersionGUID?: string } };
  return importContract?.ContractVersionGUID ?? '';
}

async function readings(run: RecordedRun, ask: Ask, send: Send, meter: Sample['meters'][0]): Promise<void> {
  const common = { DateValue: DAY, TransportGUID: run.guid() };
  const value =
    meter.resource === '3'
      ? { ElectricDeviceValue: { CurrentValue: { MeteringValueT1: '10.5', ...common } } }
      : {
          OneRateDeviceValue: {
            CurrentValue: [
              { MunicipalResource: await run.reference('2', meter.resource), MeteringValue: '123.456', ...common },
            ],
          },
        };
  await send('device-metering', 'importMeteringDeviceValues', {
    MeteringDevicesValues: [{ MeteringDeviceRootGUID: meter.root, ...value }],
  });
  await ask('device-metering', 'exportMeteringDeviceHistory', { MeteringDeviceRootGUID: [meter.root] });
}

async function money(run: RecordedRun, ask: Ask, send: Send, account: Sample['accounts'][0]): Promise<void> {
  const [bill] = await send('bills', 'importPaymentDocumentData', await octoberBill(run, account.guid));
  const id = bill?.data.uniqueNumber ?? '';
  await ask('bills', 'exportPaymentDocumentData', { PaymentDocumentID: [id] });
  const [payment] = await send('payment', 'importSupplierNotificationsOfOrderExecution', {
    SupplierNotificationOfOrderExecution: [
      { OrderDate: DAY, PaymentDocumentID: id, Amount: '1540.20', TransportGUID: run.guid() },
    ],
  });
  await send('bills', 'importAcknowledgment', {
    AcknowledgmentRequestInfo: [
      {
        NotificationsOfOrderExecutionGUID: payment?.data.guid ?? '',
        PaymentDocumentAck: {
          PaymentDocumentID: id,
          PServiceType: await run.reference('50', '1'),
          Amount: '154020',
        },
        TransportGUID: run.guid(),
      },
    ],
  });
  const guid = payment?.data.guid ?? '';
  const told = (await ask('bills', 'exportNotificationsOfOrderExecution', {
    Notifications: { NotificationsOfOrderExecutionGUID: guid },
  })) as unknown as Told;
  const order = told.exportNotificationsOfOrderExecutionResult[0]?.NotificationOfOrderExecutionWithStatus[0]?.OrderInfo;
  await send('bills', 'importAcknowledgment', {
    AckCancellation: [{ NotificationsOfOrderExecutionGUID: guid, PaymentDocumentID: id, TransportGUID: run.guid() }],
  });
  await send('payment', 'importNotificationsOfOrderExecutionCancellation', {
    NotificationOfOrderExecutionCancellation: [
      { OrderID: order?.OrderID ?? '', CancellationDate: DAY, Comment: 'Возврат', TransportGUID: run.guid() },
    ],
  });
  await ask('bills', 'exportNotificationsOfOrderExecution', {
    Notifications: { DaysInterval: 7, AckStatus: [0, 1, 2, 3, 5], DateFrom: DAY },
  });
}

/** A request with a payment document of an account for October 2026. */
export async function octoberBill(run: RecordedRun, account: string): Promise<NativeObject> {
  const payee = run.guid();
  return {
    Month: 10,
    Year: 2026,
    PaymentInformation: [
      { BankBIK: '044525225', operatingAccountNumber: '40702810000000000001', TransportGUID: payee },
    ],
    PaymentDocument: [
      {
        AccountGuid: account,
        PaymentDocumentNumber: '1',
        ChargeInfo: [
          {
            HousingService: {
              ServiceType: await run.reference('50', '1'),
              Rate: '28.5',
              TotalPayable: '1540.20',
              AccountingPeriodTotal: '1540.20',
            },
          },
        ],
        Expose: true,
        TotalPayableByPD: '1540.20',
        TransportGUID: run.guid(),
        PaymentInformationKey: payee,
      },
    ],
  };
}

interface Told {
  exportNotificationsOfOrderExecutionResult: {
    NotificationOfOrderExecutionWithStatus: { OrderInfo: { OrderID: string } }[];
  }[];
}

async function debts(run: RecordedRun, ask: Ask, send: Send, account: Sample['accounts'][0]): Promise<void> {
  const { guids } = (await run.control('subrequests', { subrequests: [{ house: account.house }] })) as {
    guids: string[];
  };
  await ask('debt-requests', 'exportDebtSubrequests', { subrequestGUID: guids });
  await send('debt-requests', 'importResponses', {
    action: [
      {
        TransportGUID: run.guid(),
        subrequestGUID: guids[0] ?? '',
        actionType: 'Send',
        responseData: { hasDebt: false, executorGUID: EXECUTOR },
      },
    ],
  });
  const [placed] = await send('debts', 'importDebt', {
    Debt: [
      {
        TransportGUID: run.guid(),
        PlacingDebt: {
          DebtObject: { PremiseGUID: account.premises },
          DebtorData: { SurName: 'Тестов', FirstName: 'Тест', SNILS: '12345678901' },
          JudicalAct: {
            JudicalActNumber: '2-1043/2026',
            JudicalActDate: '2026-05-11',
            JudicalActDatePronouncingImport: '2026-04-20',
          },
          AdditionalInfo: 'Исполнительное производство не начато',
        },
      },
    ],
  });
  await send('debts', 'importDebt', {
    Debt: [
      { TransportGUID: run.guid(), PlacingDebtRepayment: { DebtGUID: placed?.data.guid ?? '', PlacingDate: DAY } },
    ],
  });
  await ask('debts', 'exportDebt', { ExportCriteria: { DebtRepaymentStatuses: { Status: ['PAID'] } } });
}

async function appeals(run: RecordedRun, ask: Ask, send: Send, house: string): Promise<void> {
  const { guids } = (await run.control('appeals', {
    appeals: [{ house, flat: '1', text: 'В подъезде не горит свет.' }],
  })) as { guids: string[] };
  const appeal = { AppealGUID: guids[0] ?? '' };
  const answerer = { AnswererGUID: EXECUTOR };
  const [{ orgRootEntityGUID: receiver } = { orgRootEntityGUID: '' }] = (
    (await ask('organizations-registry-common', 'exportOrgRegistry', {
      SearchCriteria: [{ orgPPAGUID: run.ctx.config.orgPPAGUID }],
    })) as { exportOrgRegistryResult: { orgRootEntityGUID: string }[] }
  ).exportOrgRegistryResult;
  const long = 'Вопрос относится к ведению другой организации. '.repeat(3);
  for (const action of [
    { Performer: { ...answerer, DateOfAppointment: DAY } },
    { RollOverAppeal: { ExecutionDate: '2026-12-20', Comment: 'Ждем ответа подрядчика по лифту.', ...answerer } },
    { RedirectAppeal: [{ Receiver: { orgRootEntityGUID: receiver }, Comment: long, ...answerer }] },
  ])
    await send('appeals', 'importAnswer', { AppealAction: [{ TransportGUID: run.guid(), ...appeal, ...action }] });
  await send('appeals', 'importAnswer', {
    AnswerAction: [
      {
        TransportGUID: run.guid(),
        AppealGUID: guids[0] ?? '',
        Answer: [
          {
            TransportGUID: run.guid(),
            AnswererGUID: EXECUTOR,
            LoadAnswer: { AnswerText: 'Лампа заменена.' },
            SendAnswer: true,
          },
        ],
      },
    ],
  });
  await ask('appeals', 'exportAppeal', { AppealGUID: guids });
}

interface Plan {
  exportWorkingPlanResult: {
    WorkingPlan: {
      ReportingPeriod: { reportingPeriodGuid: string; WorkPlanItem: { WorkPlanItemGUID: string }[] }[];
    };
  }[];
}

async function works(run: RecordedRun, ask: Ask, send: Send, workList: string): Promise<void> {
  const plan = (await ask('services', 'exportWorkingPlan', {
    work: [{ WorkListGUID: workList, Year: 2026 }],
  })) as unknown as Plan;
  const period = plan.exportWorkingPlanResult[0]?.WorkingPlan.ReportingPeriod[10];
  await send('services', 'importCompletedWorks', {
    CompletedWorksByPeriod: {
      reportingPeriodGuid: period?.reportingPeriodGuid,
      PlannedWork: [
        {
          MonthlyWork: { count: 2, WorkDate: [DAY] },
          Price: '12.5',
          Amount: '100.125',
          TotalCost: '2503.13',
          WorkPlanItemGUID: period?.WorkPlanItem[0]?.WorkPlanItemGUID,
          plannedCount: 4,
        },
      ],
      UnplannedWork: [
        {
          MonthlyWork: { count: 1 },
          Work: await run.reference('59', '17'),
          workType: await run.reference('56', '5'),
        },
      ],
    },
  });
  await ask('services', 'exportCompletedWorks', { reportingPeriodGuid: [period?.reportingPeriodGuid ?? ''] });
}
