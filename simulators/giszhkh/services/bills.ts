import { errorMessage, space, stamp } from '../answers.ts';
import { type Call, commonResults, eachElement, Refusal, type Service } from '../service.ts';
import { gisGuid } from '../world.ts';
import { all, children, descendants, type Element, tag, text } from '../xml.ts';
import { acknowledge } from './acknowledgements.ts';
import { type Bill, billsOf, nextBill } from './bill-register.ts';
import { exportNotifications } from './notification-export.ts';

function importDocuments(request: Element, call: Call): string {
  const at = stamp(call.clock.now());
  const wrap = (inner: string): string => `<s:ImportResult>${inner}</s:ImportResult>`;
  const withdrawals = all(request, 'WithdrawPaymentDocument');
  if (withdrawals.length > 0)
    return commonResults(
      eachElement(call, withdrawals, (e) => withdraw(e, call)),
      at,
      wrap,
    );
  const [month, year] = [text(request, 'Month') ?? '', text(request, 'Year') ?? ''];
  const payees = new Map(
    all(request, 'PaymentInformation').map((e) => [
      (text(e, 'TransportGUID') ?? '').toLowerCase(),
      `<s:PaymentInformation>${tag('y:BankBIK', text(e, 'BankBIK'))}${tag('y:operatingAccountNumber', text(e, 'operatingAccountNumber'))}</s:PaymentInformation>`,
    ]),
  );
  const confirmed = text(request, 'ConfirmAmountsCorrect') === 'true';
  return commonResults(
    eachElement(call, all(request, 'PaymentDocument'), (e) => expose(e, call, { month, year, payees, confirmed })),
    at,
    wrap,
  );
}

function withdraw(element: Element, call: Call): { guid: string } {
  const bill = billsOf(call).get(text(element, 'PaymentDocumentID') ?? '');
  if (!bill) throw new Refusal('INT002000', 'Платежный документ не найден');
  if (bill.withdrawn) throw new Refusal('SRV008070', 'Платежный документ уже отозван');
  bill.withdrawn = true;
  call.effects.add('giszhkh.withdrawals', bill.id);
  return { guid: bill.guid };
}

function expose(
  element: Element,
  call: Call,
  head: { month: string; year: string; payees: ReadonlyMap<string, string>; confirmed: boolean },
): { guid: string; unique: string } {
  const account = call.world.accounts.get((text(element, 'AccountGuid') ?? '').toLowerCase());
  if (!account) throw new Refusal('INT002000', 'Лицевой счет не найден');
  if (!account.house.ours) throw new Refusal('AUT011003', 'Доступ запрещен для поставщика данных');
  if (account.closed) throw new Refusal('INT004127', 'Лицевой счет закрыт');
  const keys = descendants(element)
    .filter((e) => e.localName === 'PaymentInformationKey')
    .map((e) => (e.textContent ?? '').toLowerCase());
  if (keys.some((key) => !head.payees.has(key)))
    throw new Refusal('SRV008076', 'Платежные реквизиты не найдены в запросе');
  const total = text(element, 'TotalPayableByPD');
  if (!head.confirmed && total !== undefined && cents(total) !== sumOf(element))
    throw new Refusal('SRV008203', 'Сумма к оплате не равна сумме по услугам');
  const exposed = text(element, 'Expose') === 'true';
  const other = [...billsOf(call).values()].find(
    (b) => b.account === account.guid && b.year === head.year && b.month === head.month && b.exposed && !b.withdrawn,
  );
  if (exposed && other) throw new Refusal('SRV008203', 'За период уже есть выставленный платежный документ');
  const n = nextBill();
  const bill: Bill = {
    id: `${account.unified}-${String(n % 100).padStart(2, '0')}-${head.month.padStart(1, '0').slice(-1)}${String(n).padStart(3, '0').slice(-3)}`,
    guid: gisGuid('bill', n),
    account: account.guid,
    year: head.year,
    month: head.month,
    number: text(element, 'PaymentDocumentNumber'),
    total,
    payee: head.payees.get(keys[0] ?? '') ?? '<s:PaymentInformation/>',
    exposed,
    withdrawn: false,
  };
  while (billsOf(call).has(bill.id))
    bill.id = `${bill.id.slice(0, 14)}${String(Math.floor(Number(bill.id.slice(14)) + 1))
      .padStart(4, '0')
      .slice(-4)}`;
  billsOf(call).set(bill.id, bill);
  call.effects.add('giszhkh.payment-documents', `${account.guid} ${head.year}-${head.month} ${bill.number ?? ''}`);
  return { guid: bill.guid, unique: bill.id };
}

const cents = (amount: string): number => Math.round(Number(amount) * 100);

/** Sum over the services of a document: what each has to be paid. */
function sumOf(element: Element): number {
  return children(element)
    .filter((e) => ['ChargeInfo', 'PenaltiesAndCourtCosts', 'CapitalRepairCharge'].includes(e.localName ?? ''))
    .flatMap((e) => (e.localName === 'ChargeInfo' ? children(e) : [e]))
    .reduce((sum, service) => sum + cents(text(service, 'TotalPayable') ?? '0'), 0);
}

function exportDocuments(request: Element, call: Call): string {
  const ids = all(request, 'PaymentDocumentID').map((e) => e.textContent ?? '');
  const found = [...billsOf(call).values()];
  if (ids.length > 0)
    return ids
      .map((id) => {
        const bill = found.find((b) => b.id === id);
        return `<s:exportPaymentDocResult>${bill ? documentOf(bill) : errorMessage('INT002000', 'Платежный документ не найден')}</s:exportPaymentDocResult>`;
      })
      .join('');
  const [year, month] = [text(request, 'Year'), text(request, 'Month')];
  const guids = all(request, 'AccountGUID').map((e) => (e.textContent ?? '').toLowerCase());
  const numbers = all(request, 'AccountNumber').map((e) => e.textContent ?? '');
  const documents = all(request, 'PaymentDocumentNumber').map((e) => e.textContent ?? '');
  const unified = all(request, 'UnifiedAccountNumber').map((e) => e.textContent ?? '');
  const hits = found.filter((b) => {
    const account = call.world.accounts.get(b.account);
    if (b.year !== year || b.month !== month || !account) return false;
    return (
      guids.includes(b.account) ||
      numbers.includes(account.number) ||
      unified.includes(account.unified) ||
      documents.includes(b.number ?? '')
    );
  });
  if (hits.length === 0) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  return hits.map((b) => `<s:exportPaymentDocResult>${documentOf(b)}</s:exportPaymentDocResult>`).join('');
}

function documentOf(b: Bill): string {
  const state = b.withdrawn ? '<s:Withdraw>true</s:Withdraw>' : b.exposed ? '<s:Expose>true</s:Expose>' : '';
  return `<s:PaymentDocument><a:AccountGuid>${b.account.toUpperCase()}</a:AccountGuid>${b.number ? `<l:PaymentDocumentNumber>${b.number}</l:PaymentDocumentNumber>` : ''}${state}${b.total ? `<s:TotalPayableByPD>${b.total}</s:TotalPayableByPD>` : ''}<l:PaymentDocumentID>${b.id}</l:PaymentDocumentID>${b.payee}</s:PaymentDocument>`;
}

export const billsService: Service = {
  path: '/ext-bus-bills-service/services/BillsAsync',
  namespace: space('bills'),
  header: 'RequestHeader',
  resultVersion: '10.0.1.1',
  operations: {
    importPaymentDocumentData: { element: 'importPaymentDocumentRequest', kind: 'import', handler: importDocuments },
    exportPaymentDocumentData: { element: 'exportPaymentDocumentRequest', kind: 'export', handler: exportDocuments },
    importAcknowledgment: { element: 'importAcknowledgmentRequest', kind: 'import', handler: acknowledge },
    exportNotificationsOfOrderExecution: {
      element: 'exportNotificationsOfOrderExecutionRequest',
      kind: 'export',
      handler: exportNotifications,
    },
  },
};
