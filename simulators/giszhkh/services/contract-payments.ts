import { type Call, Refusal } from '../service.ts';
import { gisGuid } from '../world.ts';
import { all, child, type Element, tag, text } from '../xml.ts';
import { book, type Contract, day, known, objectOf, type Payments } from './contract-book.ts';
import { checkReference, elementGuid } from './directories.ts';

/** PlaceContractPaymentsInfo: размер платы of a contract that is in force or about to be. */
export function placePayments(element: Element, call: Call): { contract: Contract; payments: Payments } {
  const contract = known(element, call, ['Project', 'Approved']);
  const services = all(element, 'ServicePayment').map((row) => ({
    code: checkReference(call.contour, '59', child(row, 'Service')),
    price: text(row, 'ServicePaymentSize'),
  }));
  const object = text(element, 'ContractObjectVersionGUID')?.toLowerCase();
  if (object && !contract.objects.some((_, i) => objectOf(contract, i) === object))
    throw new Refusal('INT004013', 'Объект управления не относится к договору');
  const payments: Payments = {
    guid: gisGuid('other', contract.n * 1000 + contract.payments.length + 1, 4),
    status: 'P',
    begins: day(element, 'BeginDate'),
    ends: day(element, 'EndDate'),
    size: text(element, 'HouseManagementPaymentSize') ?? '',
    type: text(element, 'Type') ?? '',
    protocol: text(element, 'VotingProtocolGUID')?.toLowerCase(),
    services,
    object,
  };
  if (payments.begins > payments.ends) throw new Refusal('INT008255', 'Дата начала периода позже даты окончания');
  contract.payments.push(payments);
  return { contract, payments };
}

/** AnnulmentContractPaymentsInfo names the payments alone, not their contract. */
export function annulPayments(element: Element, call: Call): { contract: Contract; payments: Payments } {
  const guid = text(element, 'ContractPaymentsInfoVersionGUID')?.toLowerCase();
  for (const contract of book(call)) {
    const payments = contract.payments.find((p) => p.guid === guid);
    if (!payments) continue;
    if (payments.status === 'A') throw new Refusal('INT004127', 'Сведения о размере платы уже аннулированы');
    payments.status = 'A';
    return { contract, payments };
  }
  throw new Refusal('INT004127', 'Сведения о размере платы не найдены');
}

/** ContractPaymentsInfo of an exported contract. */
export function paymentsOf(contract: Contract, contour: string): string {
  return contract.payments
    .map((p) => {
      const services = p.services
        .map(
          ({ code, price }) =>
            `<s:ServicePayment><s:Service><n:Code>${code}</n:Code><n:GUID>${elementGuid(contour, '59', code) ?? ''}</n:GUID></s:Service>${tag('s:ServicePaymentSize', price)}</s:ServicePayment>`,
        )
        .join('');
      return `<s:ContractPaymentsInfo><s:BeginDate>${p.begins}+03:00</s:BeginDate><s:EndDate>${p.ends}+03:00</s:EndDate><s:HouseManagementPaymentSize>${p.size}</s:HouseManagementPaymentSize>${tag('s:VotingProtocolGUID', p.protocol)}${services}<s:Type>${p.type}</s:Type>${tag('s:ContractObjectVersionGUID', p.object)}<s:ContractPaymentsInfoVersionGUID>${p.guid}</s:ContractPaymentsInfoVersionGUID><s:Status>${p.status}</s:Status></s:ContractPaymentsInfo>`;
    })
    .join('');
}
