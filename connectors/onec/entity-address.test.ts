import { expect, test } from '@jest/globals';
import { parseEntityAddress } from './entity-address.ts';

const GUID = '8d1d7287-6240-11f1-9296-08002761f3c5';

test.each([
  [`http://1c.local/uk/odata/standard.odata/Catalog_Б(guid'${GUID}')`, 'Catalog_Б', { Ref_Key: GUID }],
  [`Document_Б(guid'${GUID}')`, 'Document_Б', { Ref_Key: GUID }],
  [`http://1c.local/${encodeURIComponent('Catalog_Б')}(guid'${GUID}')`, 'Catalog_Б', { Ref_Key: GUID }],
  [
    `/InformationRegister_А_Б(Recorder='${GUID}', Recorder_Type='StandardODATA.Document_В')`,
    'InformationRegister_А_Б',
    { Recorder: GUID, Recorder_Type: 'StandardODATA.Document_В' },
  ],
  [
    `/InformationRegister_К(Period=datetime'2026-11-24T00:00:00',Код='О''Генри, (1) 5%',Номер=-3)`,
    'InformationRegister_К',
    { Period: '2026-11-24T00:00:00', Код: "О'Генри, (1) 5%", Номер: '-3' },
  ],
])('%s is read', (address, set, key) => expect(parseEntityAddress(address)).toEqual({ set, key }));

test.each(['', 'Catalog_Б', 'Catalog_Б()', "Catalog_Б(guid'1)", "Catalog_Б(А='1',А='2')", "Catalog_Б('1' '2')"])(
  '%s is no address of an object',
  (address) => expect(parseEntityAddress(address)).toBeUndefined(),
);
