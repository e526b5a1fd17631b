const OCTETS = 100_000;
const BASE = 'http://dom.gosuslugi.ru/schema/integration/base/';
export const BILLS = 'http://dom.gosuslugi.ru/schema/integration/bills/';
/** `Id` of the element that is signed. */
export const SIGNED_ID = 'signed-data-container';
/** A line of a payment document as it is sent to ГИС ЖКХ. */
const CHARGE = `<bill:ChargeInfo><bill:HousingService><nsi:Code>2</nsi:Code><nsi:GUID>7c9e6679-7425-40de-944b-e07fc1f90ae7</nsi:GUID><bill:Rate>28.54</bill:Rate><bill:TotalPayable>1541.16</bill:TotalPayable><bill:ServiceInformation>Содержание &amp; ремонт жилого помещения</bill:ServiceInformation></bill:HousingService></bill:ChargeInfo>\n`;

/** A request of about 100 KB, indented as a person would not bother to. */
export function request(): Buffer {
  const head = `<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:base="${BASE}" xmlns:bill="${BILLS}" xmlns:nsi="http://dom.gosuslugi.ru/schema/integration/nsi-base/"><soap:Header/><soap:Body><bill:importPaymentDocumentRequest Id="${SIGNED_ID}" base:version="11.2.0.16">`;
  const tail = '</bill:importPaymentDocumentRequest></soap:Body></soap:Envelope>';
  const lines = Math.ceil((OCTETS - Buffer.byteLength(head + tail)) / Buffer.byteLength(CHARGE));
  return Buffer.from(head + CHARGE.repeat(lines) + tail);
}
