import { expect, test } from '@jest/globals';
import { readXml } from '../../certs/xml/read.ts';
import { readResult } from './read-message.ts';

const GUID = '00000042-0000-4000-8000-000000000000';
const read = (inner: string) =>
  readResult(
    'bills',
    readXml(
      Buffer.from(
        `<ns4:getStateResult xmlns:ns4="http://dom.gosuslugi.ru/schema/integration/bills/" xmlns:ns13="http://dom.gosuslugi.ru/schema/integration/base/" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${inner}</ns4:getStateResult>`,
      ),
    ).root,
  );

test('an element that may repeat is a list even when there is one', () => {
  const result = read(
    `<ds:Signature><ds:SignedInfo/></ds:Signature><ns13:RequestState>3</ns13:RequestState><ns13:MessageGUID>${GUID}</ns13:MessageGUID><ns4:ImportResult><ns13:TransportGUID>${GUID}</ns13:TransportGUID><ns13:Error><ns13:ErrorCode>INT002000</ns13:ErrorCode></ns13:Error></ns4:ImportResult>`,
  );
  expect(result).toEqual({
    RequestState: '3',
    MessageGUID: GUID,
    ImportResult: [{ TransportGUID: GUID, Error: [{ ErrorCode: 'INT002000' }] }],
  });
});

test('what the format does not know is taken as it comes', () => {
  const result = read('<ns4:New><ns4:A>1</ns4:A><ns4:A>2</ns4:A></ns4:New>');
  expect(result).toEqual({ New: { A: ['1', '2'] } });
});
