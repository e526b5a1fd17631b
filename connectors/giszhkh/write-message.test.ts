import { expect, test } from '@jest/globals';
import { isHubError } from '../../canonical/errors.ts';
import { faultsOfPart, writeMessage } from './write-message.ts';

const GUID = '00000042-0000-4000-8000-000000000000';

function faultsOf(content: Record<string, unknown>, operation = 'importMeteringDeviceValues'): readonly string[] {
  try {
    writeMessage('device-metering', operation, content);
  } catch (error) {
    if (!isHubError(error)) throw error;
    expect([error.kind, error.code]).toEqual(['rejected', 'GISZHKH_FORMAT']);
    return (error.facts.errors ?? []).map((f) => `${f.pointer} ${f.message}`);
  }
  return [];
}

const reading = (value: Record<string, unknown>) => ({
  MeteringDevicesValues: [{ MeteringDeviceRootGUID: GUID, ElectricDeviceValue: { CurrentValue: value } }],
});
const good = { MeteringValueT1: '1.5', DateValue: '2026-11-24', TransportGUID: GUID };

test('elements stand in the official order, whatever the order of the keys', () => {
  const { TransportGUID, DateValue, MeteringValueT1 } = good;
  const xml = writeMessage(
    'device-metering',
    'importMeteringDeviceValues',
    reading({ TransportGUID, DateValue, MeteringValueT1 }),
    {
      id: 'signed-data-container',
    },
  );
  expect(xml).toMatch(/MeteringValueT1>.*DateValue>.*TransportGUID>/);
  expect(xml).toContain('Id="signed-data-container"');
  expect(xml).toContain('base:version="10.0.1.1"');
});

test('what is missing, too much, strange or wrong is told by its place and never by its value', () => {
  expect(faultsOf(reading({ DateValue: '2026-11-24', TransportGUID: GUID }))).toEqual([
    '/MeteringDevicesValues/0/ElectricDeviceValue/CurrentValue/MeteringValueT1 is required',
  ]);
  expect(faultsOf({ MeteringDevicesValues: [] })).toEqual(['/MeteringDevicesValues is required']);
  expect(faultsOf(reading({ ...good, DateValeu: '2026' }))[0]).toContain('did you mean DateValue');
  const said = faultsOf(reading({ ...good, MeteringValueT1: '12,5 Иванов' }))[0];
  expect(said).toContain('MeteringValueT1 must match');
  expect(said).not.toContain('Иванов');
  expect(faultsOf(reading({ ...good, DateValue: '2026-02-29' }))[0]).toContain('a day that the calendar has');
  expect(faultsOf({ ...reading(good), '@Id': 'x' })).toEqual(['/@Id is not given by the content']);
});

test('blanks around a date do not travel, and a text keeps its own', () => {
  expect(
    writeMessage('device-metering', 'importMeteringDeviceValues', reading({ ...good, DateValue: ' 2026-11-24\n' })),
  ).toContain('DateValue>2026-11-24</');
  expect(
    writeMessage('debts', 'importDebt', {
      Debt: [{ TransportGUID: GUID, PlacingDebtRepayment: { DebtGUID: GUID, PlacingInfo: ' а < б & в ' } }],
    }),
  ).toContain('PlacingInfo> а &lt; б &amp; в </');
});

const document = (volume: unknown) => ({
  Month: 11,
  Year: 2026,
  PaymentInformation: [{ BankBIK: '044525225', operatingAccountNumber: '40702810000000000001', TransportGUID: GUID }],
  PaymentDocument: [
    {
      AccountGuid: GUID,
      ChargeInfo: [
        {
          MunicipalService: {
            ServiceType: { Code: '1', GUID },
            Rate: '1',
            TotalPayable: '1.00',
            Consumption: { Volume: volume },
          },
        },
      ],
      TransportGUID: GUID,
      PaymentInformationKey: GUID,
    },
  ],
});

test('attributes are keys that begin with @, and the value beside them is #', () => {
  const write = (volume: unknown) => writeMessage('bills', 'importPaymentDocumentData', document(volume));
  expect(write({ '@type': 'I', '@determiningMethod': 'M', '#': '5.5' })).toContain(
    'Volume type="I" determiningMethod="M">5.5</',
  );
  expect(write('5.5')).toContain('Volume>5.5</');
  for (const [volume, pointer] of [
    [{ '@type': 'X', '#': '1' }, '/@type'],
    [{ '@kind': 'I', '#': '1' }, '/@kind'],
    [{ type: 'I', '#': '1' }, '/type'],
    [{ '@type': 'I' }, 'Volume'],
  ] as const)
    expect(() => write(volume)).toThrow(
      expect.objectContaining({
        facts: { errors: [expect.objectContaining({ pointer: expect.stringContaining(pointer) })] },
      }),
    );
});

test('a note for the connector stays at home', () => {
  expect(
    writeMessage('nsi-common', 'exportNsiItem', { $house: GUID, RegistryNumber: '2', ListGroup: 'NSI' }),
  ).not.toContain('house');
});

test('one element is checked before it is put together with others', () => {
  expect(faultsOfPart('device-metering', 0, { Nothing: 1 }).length).toBeGreaterThan(0);
});
