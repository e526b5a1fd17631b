// Made from the API document by `npm run client:generate`; changes here are lost. A test compares both.

/* biome-ignore-all lint: a generated file */

export type ResidentialComplex = {
  /** Code in the accounting system */
  code: string | null;
  /** Name of the complex */
  name: string;
  /** Number of buildings, where known */
  buildingCount?: number;
};

export type ResidentialComplexRecord = ResidentialComplex & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type ResidentialComplexPage = {
  items: (ResidentialComplexRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type Building = {
  /** Code in the accounting system */
  code: string | null;
  /** Short name, usually street and number */
  name: string;
  /** Residential complex it belongs to */
  complex: string | null;
  /** Postal address */
  address: {
    /** Whole address in one line */
    text: string;
    /** Town or city (населенный пункт) */
    city: string | null;
    /** Identifier of the object in the state address register (ГАР, formerly ФИАС) */
    gar: string | null;
  } | null;
  /** IANA time zone of the house; decides quiet hours and days of readings */
  timezone: string;
  /** Кадастровый номер */
  cadastralNumber: string | null;
  /** Year of construction */
  builtYear: number | null;
  /** Number of floors (этажность) */
  floors: number | null;
  /** Total area, square metres */
  area: string | null;
};

export type BuildingRecord = Building & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type BuildingPage = {
  items: (BuildingRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type Premises = {
  /** Code in the accounting system */
  code: string | null;
  /** Building it lies in */
  building: string;
  /** Number of the flat or room */
  number: string;
  /** Подъезд */
  entrance: number | null;
  /** Этаж */
  floor: number | null;
  /** Назначение помещения */
  purpose: "residential" | "non-residential" | "common" | null;
  /** Total area, square metres */
  area: string | null;
  /** Living area, square metres */
  livingArea: string | null;
  /** Кадастровый номер */
  cadastralNumber: string | null;
};

export type PremisesRecord = Premises & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type PremisesPage = {
  items: (PremisesRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type PersonalAccount = {
  /** Number of the personal account (лицевой счет) */
  number: string;
  /** Name of the account in the accounting system */
  name: string | null;
  /** Open or closed */
  state: "open" | "closed";
  /** Premises it is for */
  premises: string | null;
  /** Customer who answers for it (собственник, наниматель) */
  holder: string | null;
  /** Organisation that keeps the account */
  organisationRef: string | null;
  /** Date of opening */
  openedOn: string | null;
  /** Date of closing */
  closedOn: string | null;
  /** Area that is charged for, square metres */
  area: string | null;
  /** Number of residents */
  residents: number | null;
  /** Unified account number in ГИС ЖКХ (ЕЛС) */
  unifiedNumber: string | null;
  /** Identifier of housing services in ГИС ЖКХ (идентификатор ЖКУ) */
  serviceId: string | null;
};

export type PersonalAccountRecord = PersonalAccount & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type PersonalAccountPage = {
  items: (PersonalAccountRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type Customer = {
  /** Whole name */
  name: string;
  /** Фамилия */
  lastName: string | null;
  /** Имя */
  firstName: string | null;
  /** Отчество */
  middleName: string | null;
  /** Date of birth */
  birthDate: string | null;
  /** СНИЛС */
  snils: string | null;
  /** ИНН */
  inn: string | null;
  /** Phones, the main one first */
  phones: (string)[];
  /** E-mail addresses */
  emails: (string)[];
};

export type CustomerRecord = Customer & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type CustomerPage = {
  items: (CustomerRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type Residence = {
  /** Personal account */
  account: string;
  /** Who lives or owns there */
  customer: string;
  /** Собственник, наниматель, зарегистрирован, временно зарегистрирован */
  status: "owner" | "tenant" | "registered" | "temporarily-registered";
  /** Share of ownership */
  share: string | null;
  /** Since when */
  since: string | null;
};

export type ResidenceRecord = Residence & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type ResidencePage = {
  items: (ResidenceRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type Meter = {
  /** Code in the accounting system */
  code: string | null;
  /** Name */
  name: string | null;
  /** Serial number (заводской номер) */
  serialNumber: string | null;
  /** Premises it stands in */
  premises: string | null;
  /** Building, for meters of the whole house */
  building: string | null;
  /** ИПУ, ОДПУ, квартирный */
  kind: "individual" | "building" | "apartment" | null;
  /** Whole digits of its display (разрядность) */
  digits: number | null;
  /** Number of tariffs */
  tariffs: number;
  /** Last verification (поверка) */
  verifiedOn: string | null;
  /** Next verification is due */
  verifyBy: string | null;
  /** Taken out of use */
  removed: boolean;
  /** What it measures (коммунальный ресурс) */
  resource: "cold-water" | "hot-water" | "wastewater" | "electricity" | "gas" | "heat" | null;
};

export type MeterRecord = Meter & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type MeterPage = {
  items: (MeterRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type MeterReading = {
  /** Meter that was read */
  meter: string;
  /** When it was read */
  readAt: string;
  /** Reading by tariff, decimal text */
  values: (string)[];
  /** Consumption since the reading before */
  consumption: string | null;
};

export type MeterReadingRecord = MeterReading & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type MeterReadingPage = {
  items: (MeterReadingRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type Charge = {
  /** Personal account */
  account: string;
  /** Month that is charged for */
  period: string;
  /** Service (услуга) */
  service: string | null;
  /** Charged (начислено) */
  amount: {
    amount: string;
    currency: "RUB";
  };
  /** Volume (объем) */
  volume: string | null;
  /** Tariff (тариф) */
  rate: string | null;
  /** Recalculation (перерасчет) */
  recalculation: {
    amount: string;
    currency: "RUB";
  } | null;
  /** Benefits (льготы) */
  benefits: {
    amount: string;
    currency: "RUB";
  } | null;
};

export type ChargeRecord = Charge & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type ChargePage = {
  items: (ChargeRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type PaymentDocument = {
  /** Personal account */
  account: string;
  /** Month that it is for */
  period: string;
  /** Number of the document */
  number: string | null;
  /** Identifier in ГИС ЖКХ (идентификатор ПД) */
  uniqueNumber: string | null;
  /** Проект, выставлен, отозван */
  state: "draft" | "exposed" | "withdrawn";
  /** To be paid for the month */
  total: {
    amount: string;
    currency: "RUB";
  } | null;
};

export type PaymentDocumentRecord = PaymentDocument & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type PaymentDocumentPage = {
  items: (PaymentDocumentRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type Payment = {
  /** Personal account */
  account: string;
  /** Paid */
  amount: {
    amount: string;
    currency: "RUB";
  };
  /** Date of payment */
  paidOn: string;
  /** Where it came through */
  source: string | null;
  /** Id given by the bank or acquirer */
  paymentId: string | null;
  /** Number of the payment register (реестр) */
  registryNumber: string | null;
};

export type PaymentRecord = Payment & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type PaymentPage = {
  items: (PaymentRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type Debt = {
  /** Personal account */
  account: string;
  /** Debt without penalties; negative = prepaid */
  principal: {
    amount: string;
    currency: "RUB";
  };
  /** Penalties (пени) */
  penalty: {
    amount: string;
    currency: "RUB";
  };
  /** Principal and penalties */
  total: {
    amount: string;
    currency: "RUB";
  };
  /** Moment of the balance */
  asOf: string;
};

export type DebtRecord = Debt & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type DebtPage = {
  items: (DebtRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type CourtCase = {
  /** Code in the accounting system */
  code: string | null;
  /** Personal account the debt is on */
  account: string;
  /** Debtor as a customer */
  customer: string | null;
  /** Name of the debtor (должник) */
  debtor: {
    /** Фамилия */
    lastName: string | null;
    /** Имя */
    firstName: string | null;
    /** Отчество */
    middleName: string | null;
  } | null;
  /** How far it has come (стадия) */
  stage: "pretrial" | "preparing" | "filed" | "ordered" | "cancelled" | "enforcement" | "closed";
  /** Debt that is claimed, without penalties (сумма долга) */
  amount: {
    amount: string;
    currency: "RUB";
  };
  /** Penalties (пени) */
  penalties: {
    amount: string;
    currency: "RUB";
  } | null;
  /** State duty (госпошлина) */
  stateDuty: {
    amount: string;
    currency: "RUB";
  } | null;
  /** Number of the case (номер дела) */
  number: string | null;
  /** Court or justice of the peace (суд, судебный участок) */
  court: string | null;
  /** Filed with the court (дата подачи) */
  filedOn: string | null;
  /** Court act (судебный акт) */
  act: {
    /** Судебный приказ, решение, исполнительный лист */
    kind: "order" | "judgment" | "writ" | null;
    /** Number of the act */
    number: string | null;
    /** Pronounced (вынесен) */
    pronouncedOn: string | null;
    /** In force since (дата вступления в законную силу); null = not known */
    inForceOn: string | null;
  } | null;
  /** First day of the period the debt arose in */
  debtFrom: string | null;
  /** Last day of the period the debt arose in */
  debtTo: string | null;
  /** Number of the enforcement proceeding (номер ИП) */
  enforcementNumber: string | null;
  /** Id given by whoever made the case */
  externalId: string | null;
  /** Documents of the case, without their content */
  files: ({
    /** Where its content is to be found in the source */
    key: string;
    /** File name */
    name: string;
    /** Media type, where known */
    contentType: string | null;
    /** Bytes, where known */
    size: number | null;
  })[];
};

export type CourtCaseRecord = CourtCase & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type CourtCasePage = {
  items: (CourtCaseRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type DebtInquiry = {
  /** GUID of the part that is put to us (подзапрос) */
  subrequest: string;
  /** GUID of the request */
  request: string | null;
  /** Number of the request */
  requestNumber: string | null;
  /** Office that asks (УСЗН) */
  organisationName: string | null;
  /** GUID of that office in the register of organisations */
  organisationId: string | null;
  /** Its telephone */
  organisationPhone: string | null;
  /** Employee who asks */
  askedBy: string | null;
  /** Dwelling, where the sender knows it as one of ours */
  premises: string | null;
  /** House, where the sender knows it as one of ours */
  building: string | null;
  /** Address as it came */
  address: string | null;
  /** House in the state address register (ФИАС) */
  houseGar: string | null;
  /** GUID of the house in ГИС ЖКХ */
  houseId: string | null;
  /** GUID of the dwelling in ГИС ЖКХ */
  objectId: string | null;
  /** What that dwelling is there: Apartment, Room, House */
  objectKind: string | null;
  /** Part of the house as it came: кв. 5 */
  apartment: string | null;
  /** First day that is asked about */
  periodFrom: string | null;
  /** Last day that is asked about */
  periodTo: string | null;
  /** State of the request */
  status: "sent" | "processed";
  /** Sent to us */
  sentOn: string;
  /** Last day for the answer (дата ответа) */
  answerBy: string;
  /** State of the answer */
  responseStatus: "notSent" | "sent" | "autoGenerated";
  /** Answer that stands there */
  answer: {
    /** There is debt confirmed by a court act */
    hasDebt: boolean;
    /** Words beside the answer */
    description: string | null;
    /** Documents that went with it */
    documents: number;
    /** Employee who answered (исполнитель) */
    executor: string | null;
  } | null;
};

export type DebtInquiryRecord = DebtInquiry & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type DebtInquiryPage = {
  items: (DebtInquiryRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type CourtDebt = {
  /** GUID in ГИС ЖКХ; actions of court-debts name it */
  debt: string;
  /** Premises the debt is on */
  premises: string | null;
  /** House the debt is on, where it is one dwelling */
  building: string | null;
  /** Name of the debtor (должник) */
  debtor: {
    /** Фамилия */
    lastName: string | null;
    /** Имя */
    firstName: string | null;
    /** Отчество */
    middleName: string | null;
  };
  /** Number of the court act */
  actNumber: string;
  /** In force since */
  inForceOn: string | null;
  /** Pronounced */
  pronouncedOn: string | null;
  /** Words beside it */
  note: string | null;
  /** State of the entry */
  status: "published" | "cancelled";
  /** The debt counts as repaid */
  repaid: boolean;
  /** Day of the repayment */
  repaidOn: string | null;
  /** First published */
  publishedOn: string | null;
  /** Last published */
  changedOn: string | null;
};

export type CourtDebtRecord = CourtDebt & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type CourtDebtPage = {
  items: (CourtDebtRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type ManagementContract = {
  /** GUID in ГИС ЖКХ (ContractGUID) */
  contract: string;
  /** Its version, which every change names (ContractVersionGUID) */
  version: string;
  /** Number of the contract */
  number: string;
  /** Signed */
  signedOn: string;
  /** In force since */
  effectiveOn: string | null;
  /** Planned end */
  endsOn: string | null;
  /** Code of the ground of the contract in НСИ 58 */
  base: string | null;
  /** State in ГИС ЖКХ */
  status: "project" | "inApproval" | "rejected" | "approved" | "reviewed" | "terminated" | "annulled";
  /** Houses of the contract */
  objects: ({
    /** House, where it is known as one of ours */
    building: string | null;
    /** House in the state address register (ФИАС) */
    houseGar: string;
    /** Managed since */
    from: string | null;
    /** Managed until */
    to: string | null;
  })[];
};

export type ManagementContractRecord = ManagementContract & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type ManagementContractPage = {
  items: (ManagementContractRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type PaymentNotification = {
  /** GUID in ГИС ЖКХ; payment-acknowledgements and payment-cancellations name it */
  notification: string;
  /** Number of the order (OrderID) */
  order: string;
  /** Date of the payment */
  paidOn: string;
  /** Paid */
  amount: {
    amount: string;
    currency: "RUB";
  };
  /** Paid over the internet */
  online: boolean;
  /** Payment document that was paid by */
  paymentDocument: string | null;
  /** Единый лицевой счёт */
  unifiedAccount: string | null;
  /** Identifier of the housing services (ЖКУ) */
  service: string | null;
  /** How far it is matched with payment documents */
  status: "new" | "cancelled" | "settled" | "partlySettled" | "settledInAdvance" | "impossible";
  /** Matched with payment documents */
  settled: {
    amount: string;
    currency: "RUB";
  };
  /** Day on which ГИС ЖКХ was told */
  toldOn: string;
};

export type PaymentNotificationRecord = PaymentNotification & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type PaymentNotificationPage = {
  items: (PaymentNotificationRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type Appeal = {
  /** GUID in ГИС ЖКХ; appeal-answers and appeal-actions name it */
  appeal: string;
  /** Number in ГИС ЖКХ */
  number: string;
  /** Created */
  receivedOn: string;
  /** State in ГИС ЖКХ */
  status: "sent" | "inWork" | "executed" | "withdrawn";
  /** Last day for the answer, where ГИС ЖКХ tells it */
  answerBy: string | null;
  /** Topic: code in НСИ 220 */
  topicCode: string | null;
  /** Topic in words, where it is none of the directory */
  topic: string | null;
  /** House, where the sender knows it as one of ours */
  building: string | null;
  /** House in the state address register (ФИАС) */
  houseGar: string | null;
  /** Premises as they came */
  apartment: string | null;
  /** Name of the person who writes; empty for an organisation */
  applicant: {
    /** Фамилия */
    lastName: string | null;
    /** Имя */
    firstName: string | null;
    /** Отчество */
    middleName: string | null;
  };
  /** Organisation that writes (orgRootEntityGUID) */
  applicantOrganisation: string | null;
  /** Telephone as it came */
  phone: string | null;
  /** E-mail for the answer */
  email: string | null;
  /** What is written */
  text: string;
  /** Employee who works on it (AnswererGUID) */
  employee: string | null;
  /** Sent on to another organisation */
  redirected: boolean;
  /** Its term was prolonged */
  prolonged: boolean;
  /** No answer is due */
  answerNotRequired: boolean;
  /** What was done with it, oldest first */
  history: ({
    /** Day of the change */
    on: string;
    /** Text of an answer */
    answer: string | null;
    /** Day on which that answer was sent; null = a draft */
    answeredOn: string | null;
    /** GUID of the employee who did it (AnswererGUID) */
    employee: string | null;
    /** Organisation that it was sent on to (orgRootEntityGUID) */
    redirectedTo: string | null;
    /** New term */
    prolongedUntil: string | null;
    /** Why no answer is due */
    noAnswerBecause: string | null;
  })[];
};

export type AppealRecord = Appeal & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type AppealPage = {
  items: (AppealRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type Message = {
  /** How it goes out */
  channel: "sms";
  /** Recipient */
  to: string;
  /** Text as sent */
  text: string;
  /** Template it was made from */
  template: string | null;
  /** Variables of the template */
  variables: Record<string, string> | null;
  /** Personal account it is about */
  account: string | null;
  /** What it is for; decides quiet hours and limits */
  purpose: "debt" | "service" | "accident" | "code";
  /** Sender name (альфа-имя) */
  sender: string | null;
  /** The caller's own document id */
  reference: string | null;
  /** Operation that sends it */
  operation: string;
  /** Where it is; changed by delivery reports */
  status: "accepted" | "sent" | "delivered" | "read" | "undelivered" | "expired" | "failed" | "cancelled";
  /** Why it was not delivered */
  statusReason: string | null;
  /** Parts that are paid for */
  segments: number | null;
  /** Price, where the gateway tells */
  cost: {
    amount: string;
    currency: "RUB";
  } | null;
  /** When the phone got it */
  deliveredAt: string | null;
};

export type MessageRecord = Message & {
  id: string;
  organisation: string;
  /** Where it comes from; null for what the hub made itself */
  source: {
    instance: string;
    key: string;
  } | null;
  /** When its system last confirmed it */
  asOf: string;
  changedAt: string;
  deletedAt?: string;
};

export type MessagePage = {
  items: (MessageRecord)[];
  nextCursor: string | null;
  asOf: string | null;
  total?: number;
};

export type Operation = {
  id: string;
  /** e.g. messages.send */
  kind: string;
  status: "accepted" | "running" | "waiting" | "retrying" | "uncertain" | "succeeded" | "failed" | "dead" | "cancelled";
  organisation: string;
  /** Connector that carries it */
  instance: string;
  /** Key that asked */
  client: string;
  subject: string | null;
  /** The caller's own document id */
  reference: string | null;
  payload: Record<string, unknown>;
  attempts: number;
  waitingFor: string | null;
  waitingUntil: string | null;
  notBefore: string | null;
  expiresAt: string | null;
  result: Record<string, unknown> | null;
  error: Record<string, unknown> | null;
  /** Reaction across systems that made it; null for what a caller asked for */
  cause: {
    flow: string;
    step: string | null;
    /** Operation that caused it */
    operation: string | null;
  } | null;
  acceptedAt: string;
  updatedAt: string;
  finishedAt: string | null;
};

export type OperationDetails = {
  id: string;
  /** e.g. messages.send */
  kind: string;
  status: "accepted" | "running" | "waiting" | "retrying" | "uncertain" | "succeeded" | "failed" | "dead" | "cancelled";
  organisation: string;
  /** Connector that carries it */
  instance: string;
  /** Key that asked */
  client: string;
  subject: string | null;
  /** The caller's own document id */
  reference: string | null;
  payload: Record<string, unknown>;
  waitingFor: string | null;
  waitingUntil: string | null;
  notBefore: string | null;
  expiresAt: string | null;
  result: Record<string, unknown> | null;
  error: Record<string, unknown> | null;
  /** Reaction across systems that made it; null for what a caller asked for */
  cause: {
    flow: string;
    step: string | null;
    /** Operation that caused it */
    operation: string | null;
  } | null;
  acceptedAt: string;
  updatedAt: string;
  finishedAt: string | null;
  attempts: (Record<string, unknown>)[];
  /** What caused it and what it has led to: one timeline */
  related: ({
    id: string;
    relation: "cause" | "effect";
    kind: string;
    status: "accepted" | "running" | "waiting" | "retrying" | "uncertain" | "succeeded" | "failed" | "dead" | "cancelled";
    instance: string;
    step: string | null;
    acceptedAt: string;
    finishedAt: string | null;
  })[];
  approval: Record<string, unknown> | null;
  exchange: Record<string, unknown> | null;
};

export type OperationPage = {
  items: ({
    id: string;
    /** e.g. messages.send */
    kind: string;
    status: "accepted" | "running" | "waiting" | "retrying" | "uncertain" | "succeeded" | "failed" | "dead" | "cancelled";
    organisation: string;
    /** Connector that carries it */
    instance: string;
    /** Key that asked */
    client: string;
    subject: string | null;
    /** The caller's own document id */
    reference: string | null;
    payload: Record<string, unknown>;
    attempts: number;
    waitingFor: string | null;
    waitingUntil: string | null;
    notBefore: string | null;
    expiresAt: string | null;
    result: Record<string, unknown> | null;
    error: Record<string, unknown> | null;
    /** Reaction across systems that made it; null for what a caller asked for */
    cause: {
      flow: string;
      step: string | null;
      /** Operation that caused it */
      operation: string | null;
    } | null;
    acceptedAt: string;
    updatedAt: string;
    finishedAt: string | null;
  })[];
  nextCursor: string | null;
};

export type BulkOutcome = {
  accepted: number;
  rejected: number;
  items: ({
    index: number;
    operation?: string;
    replayed?: boolean;
    problem?: Record<string, unknown>;
  })[];
};

export type Change = {
  /** Number in the feed */
  no: number;
  id: string;
  /** e.g. message.delivered */
  type: string;
  entity: string | null;
  entityId: string | null;
  operation: string | null;
  data: Record<string, unknown>;
  at: string;
};

export type ChangePage = {
  items: ({
    /** Number in the feed */
    no: number;
    id: string;
    /** e.g. message.delivered */
    type: string;
    entity: string | null;
    entityId: string | null;
    operation: string | null;
    data: Record<string, unknown>;
    at: string;
  })[];
  /** Go on after this number */
  next: number;
};

export type File = {
  id: string;
  name: string;
  contentType: string;
  /** Bytes */
  size: number;
  sha256: string;
  createdAt: string;
};

export type Reconciliation = {
  id: string;
  /** Connector of the other system */
  instance: string;
  scope: {
    building?: string;
    entities: ("PersonalAccount" | "Meter" | "PaymentDocument")[];
    /** Month of the payment documents */
    period?: string;
  };
  status: "running" | "done" | "failed";
  /** Records to compare, ours and theirs */
  total: number;
  compared: number;
  /** Findings by entity and kind */
  counts: Record<string, Record<string, number>>;
  /** When the other system was last read wholly, by entity */
  asOf: Record<string, string | null>;
  error: Record<string, unknown> | null;
  createdBy: string;
  createdAt: string;
  finishedAt: string | null;
};

export type ReconciliationPage = {
  items: ({
    id: string;
    /** Connector of the other system */
    instance: string;
    scope: {
      building?: string;
      entities: ("PersonalAccount" | "Meter" | "PaymentDocument")[];
      /** Month of the payment documents */
      period?: string;
    };
    status: "running" | "done" | "failed";
    /** Records to compare, ours and theirs */
    total: number;
    compared: number;
    /** Findings by entity and kind */
    counts: Record<string, Record<string, number>>;
    /** When the other system was last read wholly, by entity */
    asOf: Record<string, string | null>;
    error: Record<string, unknown> | null;
    createdBy: string;
    createdAt: string;
    finishedAt: string | null;
  })[];
  nextCursor: string | null;
};

export type ReconciliationItemPage = {
  items: ({
    id: string;
    entity: "PersonalAccount" | "Meter" | "PaymentDocument";
    kind: "missing-there" | "extra-there" | "different" | "ambiguous";
    /** Our record; of a payment document the account */
    record: string | null;
    /** Their key */
    nativeKey: string | null;
    /** Our house it lies in; null where it is not known */
    building: string | null;
    /** What it is about */
    subject: {
      /** Number of the account, masked; serial number of the meter */
      number: string | null;
      /** Number of the flat */
      premises: string | null;
      /** Name of the house */
      house: string | null;
    };
    /** Personal values are masked */
    differences: ({
      field: string;
      ours: unknown;
      theirs: unknown;
    })[];
    reason: string | null;
    /** Import that was made of it */
    operation: string | null;
    operationStatus: string | null;
    /** Of the last error of the import */
    operationCode: string | null;
    refusal: {
      code: string;
    } | null;
  })[];
  nextCursor: string | null;
};

export type ReconciliationItemDetails = {
  id: string;
  entity: "PersonalAccount" | "Meter" | "PaymentDocument";
  kind: "missing-there" | "extra-there" | "different" | "ambiguous";
  /** Our record; of a payment document the account */
  record: string | null;
  /** Their key */
  nativeKey: string | null;
  /** Our house it lies in; null where it is not known */
  building: string | null;
  /** What it is about */
  subject: {
    /** Number of the account, masked; serial number of the meter */
    number: string | null;
    /** Number of the flat */
    premises: string | null;
    /** Name of the house */
    house: string | null;
  };
  /** Personal values are masked */
  differences: ({
    field: string;
    ours: unknown;
    theirs: unknown;
  })[];
  reason: string | null;
  /** Import that was made of it */
  operation: string | null;
  operationStatus: string | null;
  /** Of the last error of the import */
  operationCode: string | null;
  refusal: {
    code: string;
  } | null;
  /** What both systems hold now */
  fields: ({
    field: string;
    ours: unknown;
    theirs: unknown;
    /** null where only one side has it */
    same: boolean | null;
  })[];
  /** Personal values are hidden: the key lacks the scope to read these records */
  masked: boolean;
};

export type ReconciliationHouses = {
  items: ({
    building: string | null;
    name: string | null;
    address: string | null;
    counts: Record<string, Record<string, number>>;
  })[];
};

export type ReconciliationImports = {
  /** By entity and state */
  imports: Record<string, Record<string, number>>;
};

export type ReconciliationApplied = {
  made: ({
    item: string;
    operation: string;
  })[];
  /** Operations by kind: made, or that would be made */
  kinds: Record<string, number>;
  refused: ({
    code: string;
    item: string;
    reason: string;
  })[];
  more: boolean;
  /** Go on with it; null = nothing is left */
  nextCursor: string | null;
};

export type LookupAnswer = {
  candidates: ({
    entity: "Customer" | "PersonalAccount" | "Premises";
    id: string;
    by: string;
    names: (string)[];
    bornIn: number | null;
    /** With most digits hidden */
    phones: (string)[];
    address: string | null;
    accounts: ({
      id: string;
      number: string;
      state: string;
    })[];
  })[];
  /** Everything known of the one that fits */
  found: Record<string, unknown> | null;
  tooBroad: ({
    by: string;
    add: (string)[];
  })[];
};

export type Problem = {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  retryable: boolean;
  errors?: ({
    pointer?: string;
    message?: string;
  })[];
  upstream?: Record<string, unknown>;
};

/** Every operation: what it takes in its path and query, its body, and what it answers. */
export interface Operations {
  /** List: Group of buildings (жилой комплекс) */
  getComplexes: {
    path: Record<never, never>;
    query: { name?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: ResidentialComplexPage;
  };
  /** One: Group of buildings (жилой комплекс) */
  getComplexesById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: ResidentialComplexRecord;
  };
  /** List: Apartment building (многоквартирный дом) */
  getBuildings: {
    path: Record<never, never>;
    query: { complex?: string | number | boolean; gar?: string | number | boolean; city?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: BuildingPage;
  };
  /** One: Apartment building (многоквартирный дом) */
  getBuildingsById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: BuildingRecord;
  };
  /** List: Flat, room or non-residential premises (помещение) */
  getPremises: {
    path: Record<never, never>;
    query: { building?: string | number | boolean; number?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: PremisesPage;
  };
  /** One: Flat, room or non-residential premises (помещение) */
  getPremisesById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: PremisesRecord;
  };
  /** List: Personal account of premises (лицевой счет) */
  getAccounts: {
    path: Record<never, never>;
    query: { number?: string | number | boolean; premises?: string | number | boolean; holder?: string | number | boolean; state?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: PersonalAccountPage;
  };
  /** One: Personal account of premises (лицевой счет) */
  getAccountsById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: PersonalAccountRecord;
  };
  /** List: Person who owns, rents or lives (собственник, наниматель, жилец) */
  getCustomers: {
    path: Record<never, never>;
    query: { phone?: string | number | boolean; email?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: CustomerPage;
  };
  /** One: Person who owns, rents or lives (собственник, наниматель, жилец) */
  getCustomersById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: CustomerRecord;
  };
  /** List: Who lives or owns where, with shares (проживающие и собственники) */
  getResidences: {
    path: Record<never, never>;
    query: { account?: string | number | boolean; customer?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: ResidencePage;
  };
  /** One: Who lives or owns where, with shares (проживающие и собственники) */
  getResidencesById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: ResidenceRecord;
  };
  /** List: Metering device (прибор учета) */
  getMeters: {
    path: Record<never, never>;
    query: { premises?: string | number | boolean; building?: string | number | boolean; serialNumber?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: MeterPage;
  };
  /** One: Metering device (прибор учета) */
  getMetersById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: MeterRecord;
  };
  /** List: Reading of a meter (показание прибора учета) */
  getMeterReadings: {
    path: Record<never, never>;
    query: { meter?: string | number | boolean; since?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: MeterReadingPage;
  };
  /** Submit a meter reading */
  postMeterReadings: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** Meter that was read */
      meter: string;
      /** When it was read */
      readAt: string;
      /** Reading by tariff, decimal text */
      values: (string)[];
      /** Who gave it */
      source?: "resident" | "inspector" | "mobile-app" | "phone" | "robot";
      /** Personal account, for your own records */
      account?: string;
      /** Not submitted before */
      notBefore?: string;
      /** Not submitted after */
      expiresAt?: string;
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** One: Reading of a meter (показание прибора учета) */
  getMeterReadingsById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: MeterReadingRecord;
  };
  /** List: Line of a monthly bill (начисление) */
  getCharges: {
    path: Record<never, never>;
    query: { account?: string | number | boolean; period?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: ChargePage;
  };
  /** One: Line of a monthly bill (начисление) */
  getChargesById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: ChargeRecord;
  };
  /** List: Bill of a month (платежный документ) */
  getPaymentDocuments: {
    path: Record<never, never>;
    query: { account?: string | number | boolean; period?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: PaymentDocumentPage;
  };
  /** Publish a payment document in ГИС ЖКХ */
  postPaymentDocuments: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** Personal account */
      account: string;
      /** House, for your own records: documents of one house travel together */
      building?: string;
      /** Month (расчетный период), YYYY-MM */
      period: string;
      /** Number of the document */
      number?: string;
      /** What is charged */
      lines: ({
        /** Жилищная, дополнительная, коммунальная услуга; пени и судебные расходы; взнос на капитальный ремонт */
        kind: "housing" | "additional" | "municipal" | "penalty" | "capital-repair";
        /** Service; needed but for capital repair */
        service?: {
          /** Code of the element */
          code: string;
          /** Number of the directory */
          registry: string;
        };
        /** Tariff (тариф), roubles a unit */
        tariff?: string;
        /** Consumption (объем) */
        volumes?: ({
          /** Volume in the unit of the service */
          volume: string;
          /** Of the dwelling, or of the common property (ОДН) */
          of: "individual" | "common";
          /** How it was found */
          by?: "norm" | "meter" | "other";
        })[];
        /** Charged for the period, before recalculations (начислено) */
        charged?: {
          amount: string;
          currency: "RUB";
        };
        /** Recalculations (перерасчеты), may be negative */
        recalculation?: {
          amount: string;
          currency: "RUB";
        };
        /** Benefits and subsidies (льготы, субсидии), not negative */
        discount?: {
          amount: string;
          currency: "RUB";
        };
        /** Recalculation with its reason (основание перерасчета) */
        correction?: {
          /** Amount of money (сумма) */
          amount: {
            amount: string;
            currency: "RUB";
          };
          reason: string;
        };
        /** What a penalty is for; needed with kind penalty */
        cause?: string;
        /** To be paid for the period (к оплате) */
        payable: {
          amount: string;
          currency: "RUB";
        };
      })[];
      /** To be paid by the document, without debt (итого к оплате) */
      total: {
        amount: string;
        currency: "RUB";
      };
      /** To be paid with debt and advance */
      totalWithDebt?: {
        amount: string;
        currency: "RUB";
      };
      /** Debt of earlier periods (задолженность) */
      debt?: {
        amount: string;
        currency: "RUB";
      };
      /** Paid in advance (аванс) */
      advance?: {
        amount: string;
        currency: "RUB";
      };
      /** Paid in the period (оплачено) */
      paid?: {
        amount: string;
        currency: "RUB";
      };
      /** Date of the last payment that is counted */
      lastPaymentOn?: string;
      /** Text for the resident */
      note?: string;
      /** Whom is paid: bank and account (платежные реквизиты) */
      payee: {
        bik: string;
        account: string;
      };
      /** Show it to the resident at once (выставить); else it is a draft */
      expose?: boolean;
      /** The sums are ours: ГИС ЖКХ does not compute them anew */
      amountsConfirmed?: boolean;
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** One: Bill of a month (платежный документ) */
  getPaymentDocumentsById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: PaymentDocumentRecord;
  };
  /** List: Payment to an account (оплата) */
  getPayments: {
    path: Record<never, never>;
    query: { account?: string | number | boolean; since?: string | number | boolean; paymentId?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: PaymentPage;
  };
  /** One: Payment to an account (оплата) */
  getPaymentsById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: PaymentRecord;
  };
  /** List: Balance of an account (задолженность) */
  getDebts: {
    path: Record<never, never>;
    query: { account?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: DebtPage;
  };
  /** One: Balance of an account (задолженность) */
  getDebtsById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: DebtRecord;
  };
  /** List: Case about the debt of an account (судебное дело) */
  getCourtCases: {
    path: Record<never, never>;
    query: { account?: string | number | boolean; customer?: string | number | boolean; stage?: string | number | boolean; number?: string | number | boolean; filedSince?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: CourtCasePage;
  };
  /** One: Case about the debt of an account (судебное дело) */
  getCourtCasesById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: CourtCaseRecord;
  };
  /** List: Inquiry of a social office about debt (запрос УСЗН о задолженности) */
  getDebtInquiries: {
    path: Record<never, never>;
    query: { responseStatus?: string | number | boolean; dueBy?: string | number | boolean; sentSince?: string | number | boolean; premises?: string | number | boolean; requestNumber?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: DebtInquiryPage;
  };
  /** One: Inquiry of a social office about debt (запрос УСЗН о задолженности) */
  getDebtInquiriesById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: DebtInquiryRecord;
  };
  /** List: Entry of the register of debts by court acts in ГИС ЖКХ */
  getCourtDebts: {
    path: Record<never, never>;
    query: { premises?: string | number | boolean; actNumber?: string | number | boolean; status?: string | number | boolean; changedSince?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: CourtDebtPage;
  };
  /** Place a debt confirmed by a court in the register of ГИС ЖКХ, change or repay it */
  postCourtDebts: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** Personal account, for your own records */
      account?: string;
      /** What is done with the debt */
      action: {
        kind: "place";
        /** What the debt is on */
        object: {
          kind: "premises";
          /** UUID */
          premises: string;
        } | {
          kind: "room";
          /** GUID of the room in ГИС ЖКХ */
          room: string;
        } | {
          kind: "building";
          /** UUID */
          building: string;
        };
        debtor: {
          /** Фамилия */
          lastName: string;
          /** Имя */
          firstName: string;
          /** Отчество */
          middleName?: string;
          /** ИНН */
          inn?: string;
          /** СНИЛС, digits only */
          snils?: string;
        };
        /** Court act (судебный акт) */
        act: {
          number: string;
          /** In force since */
          inForceOn: string;
          /** Pronounced */
          pronouncedOn: string;
          files?: ({
            /** File of the hub: POST /v1/files */
            file: string;
            /** File name */
            name: string;
            /** What it is */
            description: string;
          })[];
        };
        /** Other documents of the debt */
        files?: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
        note?: string;
      } | {
        kind: "edit";
        /** Debt in the register of ГИС ЖКХ (DebtGUID) */
        debt: string;
        files?: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
        note?: string;
      } | {
        kind: "annul";
        /** Debt in the register of ГИС ЖКХ (DebtGUID) */
        debt: string;
        /** Code of the reason in НСИ 365 */
        reason: string;
        note?: string;
      } | {
        kind: "repay";
        /** Debt in the register of ГИС ЖКХ (DebtGUID) */
        debt: string;
        /** Calendar date, YYYY-MM-DD */
        paidOn?: string;
        note?: string;
      } | {
        kind: "annul-repayment";
        /** Debt in the register of ГИС ЖКХ (DebtGUID) */
        debt: string;
        /** Code of the reason in НСИ 366 */
        reason: string;
        note?: string;
      };
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** One: Entry of the register of debts by court acts in ГИС ЖКХ */
  getCourtDebtsById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: CourtDebtRecord;
  };
  /** List: Management contract in ГИС ЖКХ (договор управления) */
  getManagementContracts: {
    path: Record<never, never>;
    query: { number?: string | number | boolean; status?: string | number | boolean; endsBy?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: ManagementContractPage;
  };
  /** Place a management contract or its payments in ГИС ЖКХ, change or end it */
  postManagementContracts: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** What is done with the contract */
      action: {
        kind: "place";
        /** Number of the contract */
        number: string;
        /** Signed */
        signedOn: string;
        /** In force since */
        effectiveOn: string;
        /** Planned end */
        endsOn: string;
        /** Code of the ground of the contract in НСИ 58 */
        base: string;
        /** The other party: the owners of the premises, or an organisation */
        owners: "owners" | {
          party: "cooperative" | "municipal-housing" | "building-owner" | "competent-authority";
          /** Organisation in the register (orgRootEntityGUID) */
          organisation: string;
        };
        /** The contract itself */
        files: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
        /** Houses of the contract */
        objects: ({
          /** House under management */
          building: string;
          /** UUID of yours for this house; outcomes are told by it */
          transportGuid: string;
          /** Calendar date, YYYY-MM-DD */
          from: string;
          /** Calendar date, YYYY-MM-DD */
          to?: string;
        })[];
      } | {
        kind: "edit";
        /** Version of the contract in ГИС ЖКХ (ContractVersionGUID) */
        version: string;
        /** Number of the contract */
        number: string;
        /** Signed */
        signedOn: string;
        /** In force since */
        effectiveOn: string;
        /** Planned end */
        endsOn: string;
        /** Code of the ground of the contract in НСИ 58 */
        base: string;
        /** The other party: the owners of the premises, or an organisation */
        owners: "owners" | {
          party: "cooperative" | "municipal-housing" | "building-owner" | "competent-authority";
          /** Organisation in the register (orgRootEntityGUID) */
          organisation: string;
        };
        /** The contract itself */
        files: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
      } | {
        kind: "approve";
        /** Version of the contract in ГИС ЖКХ (ContractVersionGUID) */
        version: string;
      } | {
        kind: "prolong";
        /** Version of the contract in ГИС ЖКХ (ContractVersionGUID) */
        version: string;
        /** Calendar date, YYYY-MM-DD */
        until?: string;
      } | {
        kind: "terminate";
        /** Version of the contract in ГИС ЖКХ (ContractVersionGUID) */
        version: string;
        /** Calendar date, YYYY-MM-DD */
        terminatedOn: string;
        /** Code of the reason in НСИ 54 */
        reason: string;
        /** Ground of the termination */
        files: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
      } | {
        kind: "annul";
        /** Version of the contract in ГИС ЖКХ (ContractVersionGUID) */
        version: string;
        /** Why it is annulled */
        reason: string;
      } | {
        kind: "place-payments";
        /** Version of the contract in ГИС ЖКХ (ContractVersionGUID) */
        version: string;
        /** First day of the period */
        from: string;
        /** Last day of the period */
        to: string;
        /** Price of the management of the house, or of the upkeep of a dwelling by a tender */
        size: {
          amount: string;
          currency: "RUB";
        };
        /** Who has set it: the meeting of owners, an open tender, or the local authority */
        setBy: "meeting" | "tender" | "authority";
        /** Protocol of the meeting. Absent = ГИС ЖКХ looks for it among those of the contract */
        protocol?: {
          files: ({
            /** File of the hub: POST /v1/files */
            file: string;
            /** File name */
            name: string;
            /** What it is */
            description: string;
          })[];
        } | {
          /** Version of the protocol in ГИС ЖКХ (VotingProtocolGUID) */
          guid: string;
        };
        /** Works and services of the upkeep with their prices */
        services?: ({
          /** Code of the work in НСИ 59 */
          service: string;
          /** Price of the service, roubles */
          price?: string;
        })[];
        /** Only for this house of the contract (ContractObjectVersionGUID) */
        object?: string;
      } | {
        kind: "annul-payments";
        /** Version of the contract that has them: they are looked for there */
        version: string;
        /** Version of the payments in ГИС ЖКХ (ContractPaymentsInfoVersionGUID) */
        payments: string;
        /** Why they are annulled */
        reason: string;
      };
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** One: Management contract in ГИС ЖКХ (договор управления) */
  getManagementContractsById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: ManagementContractRecord;
  };
  /** List: Payment that ГИС ЖКХ was told of (извещение о платеже) */
  getPaymentNotifications: {
    path: Record<never, never>;
    query: { status?: string | number | boolean; order?: string | number | boolean; paymentDocument?: string | number | boolean; paidSince?: string | number | boolean; paidUntil?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: PaymentNotificationPage;
  };
  /** Tell ГИС ЖКХ of a payment */
  postPaymentNotifications: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** Personal account, for your own records: keeps the order of its payments */
      account?: string;
      /** Date of the payment */
      paidOn: string;
      /** Month it is for */
      period?: string;
      /** What was paid by */
      paidBy: {
        kind: "document";
        /** Identifier of the payment document in ГИС ЖКХ (18 characters) */
        id: string;
      } | {
        kind: "service";
        /** Identifier of the housing services (ЖКУ, 13 characters) */
        id: string;
      };
      /** Amount of money (сумма) */
      amount: {
        amount: string;
        currency: "RUB";
      };
      /** Paid over the internet */
      online?: boolean;
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** One: Payment that ГИС ЖКХ was told of (извещение о платеже) */
  getPaymentNotificationsById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: PaymentNotificationRecord;
  };
  /** List: Appeal of a resident in ГИС ЖКХ (обращение) */
  getAppeals: {
    path: Record<never, never>;
    query: { status?: string | number | boolean; number?: string | number | boolean; building?: string | number | boolean; receivedSince?: string | number | boolean; dueBy?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: AppealPage;
  };
  /** One: Appeal of a resident in ГИС ЖКХ (обращение) */
  getAppealsById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: AppealRecord;
  };
  /** List: Message to a resident (сообщение) */
  getMessages: {
    path: Record<never, never>;
    query: { account?: string | number | boolean; to?: string | number | boolean; reference?: string | number | boolean; status?: string | number | boolean; operation?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean; count?: string | number | boolean };
    body: unknown;
    answer: MessagePage;
  };
  /** Send a text message */
  postMessages: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** How it goes out */
      channel: "sms";
      /** Recipient; any usual form of a Russian mobile number */
      to: string;
      /** Text, at most 1000 characters */
      text?: string;
      /** Name of a template instead of a text */
      template?: string;
      /** Values for the template */
      variables?: Record<string, string>;
      /** Personal account it is about; gives the time zone of quiet hours */
      account?: string;
      /** What it is for; default: the template's purpose, else service */
      purpose?: "debt" | "service" | "accident" | "code";
      /** Sender name (альфа-имя) that the gateway has registered */
      sender?: string;
      /** Not sent before */
      notBefore?: string;
      /** Not sent after */
      expiresAt?: string;
      /** Your own document's id, to ask for outcomes by */
      reference?: string;
    };
    answer: Operation;
  };
  /** One: Message to a resident (сообщение) */
  getMessagesById: {
    path: { id: string };
    query: { source?: string | number | boolean };
    body: unknown;
    answer: MessageRecord;
  };
  /** Who is this: by phone, address, account number or name, in any usual spelling; everything known of one */
  getLookup: {
    path: Record<never, never>;
    query: { q?: string | number | boolean; id?: string | number | boolean };
    body: unknown;
    answer: LookupAnswer;
  };
  /** The same with the question in the body, where no proxy writes it down */
  postLookup: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** Phone, address, account number, name, or several of them */
      q?: string;
      /** Customer, account or premises to open */
      id?: string;
    };
    answer: LookupAnswer;
  };
  /** Send a text message: up to 10000 at once, as a JSON array or NDJSON */
  postMessagesBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** How it goes out */
      channel: "sms";
      /** Recipient; any usual form of a Russian mobile number */
      to: string;
      /** Text, at most 1000 characters */
      text?: string;
      /** Name of a template instead of a text */
      template?: string;
      /** Values for the template */
      variables?: Record<string, string>;
      /** Personal account it is about; gives the time zone of quiet hours */
      account?: string;
      /** What it is for; default: the template's purpose, else service */
      purpose?: "debt" | "service" | "accident" | "code";
      /** Sender name (альфа-имя) that the gateway has registered */
      sender?: string;
      /** Not sent before */
      notBefore?: string;
      /** Not sent after */
      expiresAt?: string;
      /** Your own document's id, to ask for outcomes by */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Submit a meter reading: up to 10000 at once, as a JSON array or NDJSON */
  postMeterReadingsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** Meter that was read */
      meter: string;
      /** When it was read */
      readAt: string;
      /** Reading by tariff, decimal text */
      values: (string)[];
      /** Who gave it */
      source?: "resident" | "inspector" | "mobile-app" | "phone" | "robot";
      /** Personal account, for your own records */
      account?: string;
      /** Not submitted before */
      notBefore?: string;
      /** Not submitted after */
      expiresAt?: string;
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Publish a payment document in ГИС ЖКХ: up to 10000 at once, as a JSON array or NDJSON */
  postPaymentDocumentsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** Personal account */
      account: string;
      /** House, for your own records: documents of one house travel together */
      building?: string;
      /** Month (расчетный период), YYYY-MM */
      period: string;
      /** Number of the document */
      number?: string;
      /** What is charged */
      lines: ({
        /** Жилищная, дополнительная, коммунальная услуга; пени и судебные расходы; взнос на капитальный ремонт */
        kind: "housing" | "additional" | "municipal" | "penalty" | "capital-repair";
        /** Service; needed but for capital repair */
        service?: {
          /** Code of the element */
          code: string;
          /** Number of the directory */
          registry: string;
        };
        /** Tariff (тариф), roubles a unit */
        tariff?: string;
        /** Consumption (объем) */
        volumes?: ({
          /** Volume in the unit of the service */
          volume: string;
          /** Of the dwelling, or of the common property (ОДН) */
          of: "individual" | "common";
          /** How it was found */
          by?: "norm" | "meter" | "other";
        })[];
        /** Charged for the period, before recalculations (начислено) */
        charged?: {
          amount: string;
          currency: "RUB";
        };
        /** Recalculations (перерасчеты), may be negative */
        recalculation?: {
          amount: string;
          currency: "RUB";
        };
        /** Benefits and subsidies (льготы, субсидии), not negative */
        discount?: {
          amount: string;
          currency: "RUB";
        };
        /** Recalculation with its reason (основание перерасчета) */
        correction?: {
          /** Amount of money (сумма) */
          amount: {
            amount: string;
            currency: "RUB";
          };
          reason: string;
        };
        /** What a penalty is for; needed with kind penalty */
        cause?: string;
        /** To be paid for the period (к оплате) */
        payable: {
          amount: string;
          currency: "RUB";
        };
      })[];
      /** To be paid by the document, without debt (итого к оплате) */
      total: {
        amount: string;
        currency: "RUB";
      };
      /** To be paid with debt and advance */
      totalWithDebt?: {
        amount: string;
        currency: "RUB";
      };
      /** Debt of earlier periods (задолженность) */
      debt?: {
        amount: string;
        currency: "RUB";
      };
      /** Paid in advance (аванс) */
      advance?: {
        amount: string;
        currency: "RUB";
      };
      /** Paid in the period (оплачено) */
      paid?: {
        amount: string;
        currency: "RUB";
      };
      /** Date of the last payment that is counted */
      lastPaymentOn?: string;
      /** Text for the resident */
      note?: string;
      /** Whom is paid: bank and account (платежные реквизиты) */
      payee: {
        bik: string;
        account: string;
      };
      /** Show it to the resident at once (выставить); else it is a draft */
      expose?: boolean;
      /** The sums are ours: ГИС ЖКХ does not compute them anew */
      amountsConfirmed?: boolean;
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Withdraw a payment document from ГИС ЖКХ */
  postPaymentDocumentWithdrawals: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** Identifier that ГИС ЖКХ gave the document (18 characters) */
      paymentDocument: string;
      /** Its personal account: keeps the order with other documents of the account */
      account?: string;
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** Withdraw a payment document from ГИС ЖКХ: up to 10000 at once, as a JSON array or NDJSON */
  postPaymentDocumentWithdrawalsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** Identifier that ГИС ЖКХ gave the document (18 characters) */
      paymentDocument: string;
      /** Its personal account: keeps the order with other documents of the account */
      account?: string;
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Tell ГИС ЖКХ of a payment: up to 10000 at once, as a JSON array or NDJSON */
  postPaymentNotificationsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** Personal account, for your own records: keeps the order of its payments */
      account?: string;
      /** Date of the payment */
      paidOn: string;
      /** Month it is for */
      period?: string;
      /** What was paid by */
      paidBy: {
        kind: "document";
        /** Identifier of the payment document in ГИС ЖКХ (18 characters) */
        id: string;
      } | {
        kind: "service";
        /** Identifier of the housing services (ЖКУ, 13 characters) */
        id: string;
      };
      /** Amount of money (сумма) */
      amount: {
        amount: string;
        currency: "RUB";
      };
      /** Paid over the internet */
      online?: boolean;
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Cancel a payment that ГИС ЖКХ was told of */
  postPaymentCancellations: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** Personal account, for your own records: keeps the order of its payments */
      account?: string;
      /** Notification of the payment in ГИС ЖКХ (NotificationsOfOrderExecutionGUID) */
      notification: string;
      /** Number of the order in ГИС ЖКХ (OrderID), as the export of payments shows it */
      order: string;
      /** Date of the cancellation */
      cancelledOn: string;
      comment?: string;
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** Cancel a payment that ГИС ЖКХ was told of: up to 10000 at once, as a JSON array or NDJSON */
  postPaymentCancellationsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** Personal account, for your own records: keeps the order of its payments */
      account?: string;
      /** Notification of the payment in ГИС ЖКХ (NotificationsOfOrderExecutionGUID) */
      notification: string;
      /** Number of the order in ГИС ЖКХ (OrderID), as the export of payments shows it */
      order: string;
      /** Date of the cancellation */
      cancelledOn: string;
      comment?: string;
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Say in ГИС ЖКХ which payment document a payment settles */
  postPaymentAcknowledgements: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** Personal account, for your own records: keeps the order of its payments */
      account?: string;
      /** Notification of the payment in ГИС ЖКХ (NotificationsOfOrderExecutionGUID) */
      notification: string;
      /** Settle it, or say that it can’t be settled */
      action: {
        kind: "settle";
        /** Identifier of the payment document in ГИС ЖКХ (18 characters) */
        paymentDocument: string;
        /** Service that is paid: by its GUID, or by the element of a directory */
        service: {
          kind: "housing" | "municipal" | "additional";
          /** UUID */
          id: string;
        } | {
          kind: "penalty" | "main-municipal";
          /** Element of a reference directory of ГИС ЖКХ */
          element: {
            /** Code of the element */
            code: string;
            /** Number of the directory */
            registry: string;
          };
        };
        /** Amount of money (сумма) */
        amount: {
          amount: string;
          currency: "RUB";
        };
      } | {
        kind: "impossible";
        /** Why it can’t be settled */
        reason: string;
        /** Identifier of the payment document in ГИС ЖКХ (18 characters) */
        paymentDocument?: string;
      };
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** Say in ГИС ЖКХ which payment document a payment settles: up to 10000 at once, as a JSON array or NDJSON */
  postPaymentAcknowledgementsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** Personal account, for your own records: keeps the order of its payments */
      account?: string;
      /** Notification of the payment in ГИС ЖКХ (NotificationsOfOrderExecutionGUID) */
      notification: string;
      /** Settle it, or say that it can’t be settled */
      action: {
        kind: "settle";
        /** Identifier of the payment document in ГИС ЖКХ (18 characters) */
        paymentDocument: string;
        /** Service that is paid: by its GUID, or by the element of a directory */
        service: {
          kind: "housing" | "municipal" | "additional";
          /** UUID */
          id: string;
        } | {
          kind: "penalty" | "main-municipal";
          /** Element of a reference directory of ГИС ЖКХ */
          element: {
            /** Code of the element */
            code: string;
            /** Number of the directory */
            registry: string;
          };
        };
        /** Amount of money (сумма) */
        amount: {
          amount: string;
          currency: "RUB";
        };
      } | {
        kind: "impossible";
        /** Why it can’t be settled */
        reason: string;
        /** Identifier of the payment document in ГИС ЖКХ (18 characters) */
        paymentDocument?: string;
      };
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Take back in ГИС ЖКХ that a payment settles a payment document */
  postPaymentAcknowledgementCancellations: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** Personal account, for your own records: keeps the order of its payments */
      account?: string;
      /** Notification of the payment in ГИС ЖКХ (NotificationsOfOrderExecutionGUID) */
      notification: string;
      /** Identifier of the payment document in ГИС ЖКХ (18 characters) */
      paymentDocument: string;
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** Take back in ГИС ЖКХ that a payment settles a payment document: up to 10000 at once, as a JSON array or NDJSON */
  postPaymentAcknowledgementCancellationsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** Personal account, for your own records: keeps the order of its payments */
      account?: string;
      /** Notification of the payment in ГИС ЖКХ (NotificationsOfOrderExecutionGUID) */
      notification: string;
      /** Identifier of the payment document in ГИС ЖКХ (18 characters) */
      paymentDocument: string;
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Publish a personal account in ГИС ЖКХ, change it or close it */
  postAccountPublications: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** Personal account; one that ГИС ЖКХ knows is changed, another is created */
      account: string;
      /** House */
      building: string;
      /** ГИС ЖКХ has this account already: change it */
      known?: boolean;
      /** Whose account it is: УО, РСО, капитальный ремонт, расчетный центр, ОГВ/ОМС, ТКО */
      type?: "UO" | "RSO" | "CR" | "RC" | "OMS" | "TKO";
      /** Number of the account */
      number: string;
      /** Persons who live there (проживающие) */
      residents?: number;
      /** Whole area, m² */
      area?: string;
      /** Living area, m² */
      livingArea?: string;
      /** Heated area, m² */
      heatedArea?: string;
      /** What the account is for */
      premises: ({
        /** Premises */
        premises: string;
        /** Share of the payment, % */
        sharePercent?: string;
      } | {
        /** Room: its GUID in ГИС ЖКХ */
        room: string;
        /** Share of the payment, % */
        sharePercent?: string;
      } | {
        /** A whole house */
        building: string;
        /** Share of the payment, % */
        sharePercent?: string;
      })[];
      /** Who pays */
      payer: {
        kind: "person";
        /** Фамилия */
        lastName: string;
        /** Имя */
        firstName: string;
        /** Отчество */
        middleName?: string;
        sex?: "male" | "female";
        /** Calendar date, YYYY-MM-DD */
        bornOn?: string;
        /** СНИЛС, digits only */
        snils?: string;
        /** Rents the dwelling (наниматель) */
        renter?: boolean;
      } | {
        kind: "organisation";
        /** Version of the organisation in the register of ГИС ЖКХ (orgVersionGUID) */
        version: string;
        /** Rents the premises */
        renter?: boolean;
      } | {
        kind: "unknown";
      };
      /** Accounts of the premises are divided (лицевые счета разделены) */
      divided?: boolean;
      /** Closes the account */
      close?: {
        /** Calendar date, YYYY-MM-DD */
        closedOn: string;
        /** Code of the reason in НСИ 22 */
        reason: string;
        description?: string;
      };
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** Publish a personal account in ГИС ЖКХ, change it or close it: up to 10000 at once, as a JSON array or NDJSON */
  postAccountPublicationsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** Personal account; one that ГИС ЖКХ knows is changed, another is created */
      account: string;
      /** House */
      building: string;
      /** ГИС ЖКХ has this account already: change it */
      known?: boolean;
      /** Whose account it is: УО, РСО, капитальный ремонт, расчетный центр, ОГВ/ОМС, ТКО */
      type?: "UO" | "RSO" | "CR" | "RC" | "OMS" | "TKO";
      /** Number of the account */
      number: string;
      /** Persons who live there (проживающие) */
      residents?: number;
      /** Whole area, m² */
      area?: string;
      /** Living area, m² */
      livingArea?: string;
      /** Heated area, m² */
      heatedArea?: string;
      /** What the account is for */
      premises: ({
        /** Premises */
        premises: string;
        /** Share of the payment, % */
        sharePercent?: string;
      } | {
        /** Room: its GUID in ГИС ЖКХ */
        room: string;
        /** Share of the payment, % */
        sharePercent?: string;
      } | {
        /** A whole house */
        building: string;
        /** Share of the payment, % */
        sharePercent?: string;
      })[];
      /** Who pays */
      payer: {
        kind: "person";
        /** Фамилия */
        lastName: string;
        /** Имя */
        firstName: string;
        /** Отчество */
        middleName?: string;
        sex?: "male" | "female";
        /** Calendar date, YYYY-MM-DD */
        bornOn?: string;
        /** СНИЛС, digits only */
        snils?: string;
        /** Rents the dwelling (наниматель) */
        renter?: boolean;
      } | {
        kind: "organisation";
        /** Version of the organisation in the register of ГИС ЖКХ (orgVersionGUID) */
        version: string;
        /** Rents the premises */
        renter?: boolean;
      } | {
        kind: "unknown";
      };
      /** Accounts of the premises are divided (лицевые счета разделены) */
      divided?: boolean;
      /** Closes the account */
      close?: {
        /** Calendar date, YYYY-MM-DD */
        closedOn: string;
        /** Code of the reason in НСИ 22 */
        reason: string;
        description?: string;
      };
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Publish a metering device in ГИС ЖКХ, correct, close or replace it */
  postMeterPublications: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** Meter */
      meter: string;
      /** House */
      building: string;
      /** What is done with the device */
      action: {
        kind: "create";
        device: {
          /** Индивидуальный, нежилого помещения, жилого дома, комнаты, общеквартирный, общедомовой */
          kind: "individual" | "non-residential" | "house" | "room" | "apartment-common" | "collective";
          /** Premises it measures */
          premises?: (string)[];
          /** Houses; of a collective meter or one of a detached house */
          houses?: (string)[];
          /** Rooms it measures, by their GUIDs in ГИС ЖКХ */
          rooms?: (string)[];
          /** Personal accounts; needed but for a collective one */
          accounts?: (string)[];
          /** Number of the device (заводской номер) */
          number: string;
          /** Brand (марка) */
          stamp?: string;
          /** Model */
          model?: string;
          /** Calendar date, YYYY-MM-DD */
          installedOn?: string;
          /** Put into use (ввод в эксплуатацию) */
          commissionedOn?: string;
          /** Sealed by the maker */
          sealedOn?: string;
          /** Last verification (поверка) */
          verifiedOn?: string;
          /** Code of the interval in НСИ 16 */
          verificationInterval?: string;
          /** Read from afar (дистанционное снятие показаний) */
          remote?: boolean;
          /** How it is read from afar */
          remoteInfo?: string;
          temperatureSensor?: boolean;
          pressureSensor?: boolean;
          /** Electricity is read by tariffs; everything else by a single value for each resource */
          resource: "electricity" | "other";
          /** First value by resource; needed with resource other */
          resources?: ({
            /** Code of the resource in НСИ 2 */
            code: string;
            value: string;
          })[];
          /** First values by tariff; needed with electricity */
          values?: (string)[];
          /** Transformation ratio (коэффициент трансформации) */
          ratio?: string;
        };
      } | {
        kind: "correct";
        /** Version of the device at ГИС ЖКХ that is changed (MeteringDeviceVersionGUID) */
        version: string;
        /** The device anew; possible until it has readings */
        device: {
          /** Индивидуальный, нежилого помещения, жилого дома, комнаты, общеквартирный, общедомовой */
          kind: "individual" | "non-residential" | "house" | "room" | "apartment-common" | "collective";
          /** Premises it measures */
          premises?: (string)[];
          /** Houses; of a collective meter or one of a detached house */
          houses?: (string)[];
          /** Rooms it measures, by their GUIDs in ГИС ЖКХ */
          rooms?: (string)[];
          /** Personal accounts; needed but for a collective one */
          accounts?: (string)[];
          /** Number of the device (заводской номер) */
          number: string;
          /** Brand (марка) */
          stamp?: string;
          /** Model */
          model?: string;
          /** Calendar date, YYYY-MM-DD */
          installedOn?: string;
          /** Put into use (ввод в эксплуатацию) */
          commissionedOn?: string;
          /** Sealed by the maker */
          sealedOn?: string;
          /** Last verification (поверка) */
          verifiedOn?: string;
          /** Code of the interval in НСИ 16 */
          verificationInterval?: string;
          /** Read from afar (дистанционное снятие показаний) */
          remote?: boolean;
          /** How it is read from afar */
          remoteInfo?: string;
          temperatureSensor?: boolean;
          pressureSensor?: boolean;
          /** Electricity is read by tariffs; everything else by a single value for each resource */
          resource: "electricity" | "other";
          /** First value by resource; needed with resource other */
          resources?: ({
            /** Code of the resource in НСИ 2 */
            code: string;
            value: string;
          })[];
          /** First values by tariff; needed with electricity */
          values?: (string)[];
          /** Transformation ratio (коэффициент трансформации) */
          ratio?: string;
        };
      } | {
        kind: "close";
        /** Version of the device at ГИС ЖКХ that is changed (MeteringDeviceVersionGUID) */
        version: string;
        /** Code of the reason in НСИ 21 */
        reason: string;
      } | {
        kind: "replace";
        /** Version of the device at ГИС ЖКХ that is changed (MeteringDeviceVersionGUID) */
        version: string;
        /** Date of the verification or replacement */
        verifiedOn: string;
        /** Code of the reason in НСИ 224; absent = planned */
        reason?: string;
        /** Version of the device that replaces it */
        by: string;
      };
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** Publish a metering device in ГИС ЖКХ, correct, close or replace it: up to 10000 at once, as a JSON array or NDJSON */
  postMeterPublicationsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** Meter */
      meter: string;
      /** House */
      building: string;
      /** What is done with the device */
      action: {
        kind: "create";
        device: {
          /** Индивидуальный, нежилого помещения, жилого дома, комнаты, общеквартирный, общедомовой */
          kind: "individual" | "non-residential" | "house" | "room" | "apartment-common" | "collective";
          /** Premises it measures */
          premises?: (string)[];
          /** Houses; of a collective meter or one of a detached house */
          houses?: (string)[];
          /** Rooms it measures, by their GUIDs in ГИС ЖКХ */
          rooms?: (string)[];
          /** Personal accounts; needed but for a collective one */
          accounts?: (string)[];
          /** Number of the device (заводской номер) */
          number: string;
          /** Brand (марка) */
          stamp?: string;
          /** Model */
          model?: string;
          /** Calendar date, YYYY-MM-DD */
          installedOn?: string;
          /** Put into use (ввод в эксплуатацию) */
          commissionedOn?: string;
          /** Sealed by the maker */
          sealedOn?: string;
          /** Last verification (поверка) */
          verifiedOn?: string;
          /** Code of the interval in НСИ 16 */
          verificationInterval?: string;
          /** Read from afar (дистанционное снятие показаний) */
          remote?: boolean;
          /** How it is read from afar */
          remoteInfo?: string;
          temperatureSensor?: boolean;
          pressureSensor?: boolean;
          /** Electricity is read by tariffs; everything else by a single value for each resource */
          resource: "electricity" | "other";
          /** First value by resource; needed with resource other */
          resources?: ({
            /** Code of the resource in НСИ 2 */
            code: string;
            value: string;
          })[];
          /** First values by tariff; needed with electricity */
          values?: (string)[];
          /** Transformation ratio (коэффициент трансформации) */
          ratio?: string;
        };
      } | {
        kind: "correct";
        /** Version of the device at ГИС ЖКХ that is changed (MeteringDeviceVersionGUID) */
        version: string;
        /** The device anew; possible until it has readings */
        device: {
          /** Индивидуальный, нежилого помещения, жилого дома, комнаты, общеквартирный, общедомовой */
          kind: "individual" | "non-residential" | "house" | "room" | "apartment-common" | "collective";
          /** Premises it measures */
          premises?: (string)[];
          /** Houses; of a collective meter or one of a detached house */
          houses?: (string)[];
          /** Rooms it measures, by their GUIDs in ГИС ЖКХ */
          rooms?: (string)[];
          /** Personal accounts; needed but for a collective one */
          accounts?: (string)[];
          /** Number of the device (заводской номер) */
          number: string;
          /** Brand (марка) */
          stamp?: string;
          /** Model */
          model?: string;
          /** Calendar date, YYYY-MM-DD */
          installedOn?: string;
          /** Put into use (ввод в эксплуатацию) */
          commissionedOn?: string;
          /** Sealed by the maker */
          sealedOn?: string;
          /** Last verification (поверка) */
          verifiedOn?: string;
          /** Code of the interval in НСИ 16 */
          verificationInterval?: string;
          /** Read from afar (дистанционное снятие показаний) */
          remote?: boolean;
          /** How it is read from afar */
          remoteInfo?: string;
          temperatureSensor?: boolean;
          pressureSensor?: boolean;
          /** Electricity is read by tariffs; everything else by a single value for each resource */
          resource: "electricity" | "other";
          /** First value by resource; needed with resource other */
          resources?: ({
            /** Code of the resource in НСИ 2 */
            code: string;
            value: string;
          })[];
          /** First values by tariff; needed with electricity */
          values?: (string)[];
          /** Transformation ratio (коэффициент трансформации) */
          ratio?: string;
        };
      } | {
        kind: "close";
        /** Version of the device at ГИС ЖКХ that is changed (MeteringDeviceVersionGUID) */
        version: string;
        /** Code of the reason in НСИ 21 */
        reason: string;
      } | {
        kind: "replace";
        /** Version of the device at ГИС ЖКХ that is changed (MeteringDeviceVersionGUID) */
        version: string;
        /** Date of the verification or replacement */
        verifiedOn: string;
        /** Code of the reason in НСИ 224; absent = planned */
        reason?: string;
        /** Version of the device that replaces it */
        by: string;
      };
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Change what ГИС ЖКХ says of a house */
  postHousePublications: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** House */
      building: string;
      /** Absent = not in the state register of realty */
      cadastralNumber?: string;
      /** Whole area, m² */
      area?: string;
      /** Code of the condition in НСИ 24 */
      condition?: string;
      /** Code of the stage of life in НСИ 338 */
      stage?: string;
      /** Year it was put into use */
      usedSince?: number;
      /** Floors */
      floors?: number;
      /** Floors of its lowest part */
      leastFloors?: number;
      /** Floors under the ground */
      undergroundFloors?: number;
      /** Of cultural heritage */
      heritage?: boolean;
      /** Code of the time zone in НСИ 32 */
      timezone?: string;
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** Change what ГИС ЖКХ says of a house: up to 10000 at once, as a JSON array or NDJSON */
  postHousePublicationsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** House */
      building: string;
      /** Absent = not in the state register of realty */
      cadastralNumber?: string;
      /** Whole area, m² */
      area?: string;
      /** Code of the condition in НСИ 24 */
      condition?: string;
      /** Code of the stage of life in НСИ 338 */
      stage?: string;
      /** Year it was put into use */
      usedSince?: number;
      /** Floors */
      floors?: number;
      /** Floors of its lowest part */
      leastFloors?: number;
      /** Floors under the ground */
      undergroundFloors?: number;
      /** Of cultural heritage */
      heritage?: boolean;
      /** Code of the time zone in НСИ 32 */
      timezone?: string;
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Place a management contract or its payments in ГИС ЖКХ, change or end it: up to 10000 at once, as a JSON array or NDJSON */
  postManagementContractsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** What is done with the contract */
      action: {
        kind: "place";
        /** Number of the contract */
        number: string;
        /** Signed */
        signedOn: string;
        /** In force since */
        effectiveOn: string;
        /** Planned end */
        endsOn: string;
        /** Code of the ground of the contract in НСИ 58 */
        base: string;
        /** The other party: the owners of the premises, or an organisation */
        owners: "owners" | {
          party: "cooperative" | "municipal-housing" | "building-owner" | "competent-authority";
          /** Organisation in the register (orgRootEntityGUID) */
          organisation: string;
        };
        /** The contract itself */
        files: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
        /** Houses of the contract */
        objects: ({
          /** House under management */
          building: string;
          /** UUID of yours for this house; outcomes are told by it */
          transportGuid: string;
          /** Calendar date, YYYY-MM-DD */
          from: string;
          /** Calendar date, YYYY-MM-DD */
          to?: string;
        })[];
      } | {
        kind: "edit";
        /** Version of the contract in ГИС ЖКХ (ContractVersionGUID) */
        version: string;
        /** Number of the contract */
        number: string;
        /** Signed */
        signedOn: string;
        /** In force since */
        effectiveOn: string;
        /** Planned end */
        endsOn: string;
        /** Code of the ground of the contract in НСИ 58 */
        base: string;
        /** The other party: the owners of the premises, or an organisation */
        owners: "owners" | {
          party: "cooperative" | "municipal-housing" | "building-owner" | "competent-authority";
          /** Organisation in the register (orgRootEntityGUID) */
          organisation: string;
        };
        /** The contract itself */
        files: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
      } | {
        kind: "approve";
        /** Version of the contract in ГИС ЖКХ (ContractVersionGUID) */
        version: string;
      } | {
        kind: "prolong";
        /** Version of the contract in ГИС ЖКХ (ContractVersionGUID) */
        version: string;
        /** Calendar date, YYYY-MM-DD */
        until?: string;
      } | {
        kind: "terminate";
        /** Version of the contract in ГИС ЖКХ (ContractVersionGUID) */
        version: string;
        /** Calendar date, YYYY-MM-DD */
        terminatedOn: string;
        /** Code of the reason in НСИ 54 */
        reason: string;
        /** Ground of the termination */
        files: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
      } | {
        kind: "annul";
        /** Version of the contract in ГИС ЖКХ (ContractVersionGUID) */
        version: string;
        /** Why it is annulled */
        reason: string;
      } | {
        kind: "place-payments";
        /** Version of the contract in ГИС ЖКХ (ContractVersionGUID) */
        version: string;
        /** First day of the period */
        from: string;
        /** Last day of the period */
        to: string;
        /** Price of the management of the house, or of the upkeep of a dwelling by a tender */
        size: {
          amount: string;
          currency: "RUB";
        };
        /** Who has set it: the meeting of owners, an open tender, or the local authority */
        setBy: "meeting" | "tender" | "authority";
        /** Protocol of the meeting. Absent = ГИС ЖКХ looks for it among those of the contract */
        protocol?: {
          files: ({
            /** File of the hub: POST /v1/files */
            file: string;
            /** File name */
            name: string;
            /** What it is */
            description: string;
          })[];
        } | {
          /** Version of the protocol in ГИС ЖКХ (VotingProtocolGUID) */
          guid: string;
        };
        /** Works and services of the upkeep with their prices */
        services?: ({
          /** Code of the work in НСИ 59 */
          service: string;
          /** Price of the service, roubles */
          price?: string;
        })[];
        /** Only for this house of the contract (ContractObjectVersionGUID) */
        object?: string;
      } | {
        kind: "annul-payments";
        /** Version of the contract that has them: they are looked for there */
        version: string;
        /** Version of the payments in ГИС ЖКХ (ContractPaymentsInfoVersionGUID) */
        payments: string;
        /** Why they are annulled */
        reason: string;
      };
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Tell ГИС ЖКХ of completed works */
  postCompletedWorks: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** House, for your own records */
      building?: string;
      /** Period of the report in ГИС ЖКХ (reportingPeriodGuid) */
      reportingPeriod: string;
      /** Works of the plan */
      planned?: ({
        /** Item of the plan of works (WorkPlanItemGUID) */
        item: string;
        /** How often it was planned */
        plannedCount: number;
        /** How often it was done in the month */
        count: number;
        /** Days on which it was done */
        dates?: (string)[];
        /** Price of a unit, roubles */
        price?: string;
        /** How much was done, in the unit of the work */
        amount?: string;
        /** Whole cost */
        cost?: {
          amount: string;
          currency: "RUB";
        };
        /** Act of acceptance: its GUID in ГИС ЖКХ */
        act?: string;
        photos?: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
      })[];
      /** Works outside the plan */
      unplanned?: ({
        /** Work; the directory of the organisation is 59 */
        work: {
          /** Code of the element */
          code: string;
          /** Number of the directory */
          registry: string;
        };
        /** Code of the kind of work in НСИ 56 */
        type: string;
        comment?: string;
        /** How often it was done in the month */
        count: number;
        /** Days on which it was done */
        dates?: (string)[];
        /** Price of a unit, roubles */
        price?: string;
        /** How much was done, in the unit of the work */
        amount?: string;
        /** Whole cost */
        cost?: {
          amount: string;
          currency: "RUB";
        };
        /** Act of acceptance: its GUID in ГИС ЖКХ */
        act?: string;
        photos?: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
      })[];
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** Tell ГИС ЖКХ of completed works: up to 10000 at once, as a JSON array or NDJSON */
  postCompletedWorksBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** House, for your own records */
      building?: string;
      /** Period of the report in ГИС ЖКХ (reportingPeriodGuid) */
      reportingPeriod: string;
      /** Works of the plan */
      planned?: ({
        /** Item of the plan of works (WorkPlanItemGUID) */
        item: string;
        /** How often it was planned */
        plannedCount: number;
        /** How often it was done in the month */
        count: number;
        /** Days on which it was done */
        dates?: (string)[];
        /** Price of a unit, roubles */
        price?: string;
        /** How much was done, in the unit of the work */
        amount?: string;
        /** Whole cost */
        cost?: {
          amount: string;
          currency: "RUB";
        };
        /** Act of acceptance: its GUID in ГИС ЖКХ */
        act?: string;
        photos?: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
      })[];
      /** Works outside the plan */
      unplanned?: ({
        /** Work; the directory of the organisation is 59 */
        work: {
          /** Code of the element */
          code: string;
          /** Number of the directory */
          registry: string;
        };
        /** Code of the kind of work in НСИ 56 */
        type: string;
        comment?: string;
        /** How often it was done in the month */
        count: number;
        /** Days on which it was done */
        dates?: (string)[];
        /** Price of a unit, roubles */
        price?: string;
        /** How much was done, in the unit of the work */
        amount?: string;
        /** Whole cost */
        cost?: {
          amount: string;
          currency: "RUB";
        };
        /** Act of acceptance: its GUID in ГИС ЖКХ */
        act?: string;
        photos?: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
      })[];
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Place a debt confirmed by a court in the register of ГИС ЖКХ, change or repay it: up to 10000 at once, as a JSON array or NDJSON */
  postCourtDebtsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** Personal account, for your own records */
      account?: string;
      /** What is done with the debt */
      action: {
        kind: "place";
        /** What the debt is on */
        object: {
          kind: "premises";
          /** UUID */
          premises: string;
        } | {
          kind: "room";
          /** GUID of the room in ГИС ЖКХ */
          room: string;
        } | {
          kind: "building";
          /** UUID */
          building: string;
        };
        debtor: {
          /** Фамилия */
          lastName: string;
          /** Имя */
          firstName: string;
          /** Отчество */
          middleName?: string;
          /** ИНН */
          inn?: string;
          /** СНИЛС, digits only */
          snils?: string;
        };
        /** Court act (судебный акт) */
        act: {
          number: string;
          /** In force since */
          inForceOn: string;
          /** Pronounced */
          pronouncedOn: string;
          files?: ({
            /** File of the hub: POST /v1/files */
            file: string;
            /** File name */
            name: string;
            /** What it is */
            description: string;
          })[];
        };
        /** Other documents of the debt */
        files?: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
        note?: string;
      } | {
        kind: "edit";
        /** Debt in the register of ГИС ЖКХ (DebtGUID) */
        debt: string;
        files?: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
        note?: string;
      } | {
        kind: "annul";
        /** Debt in the register of ГИС ЖКХ (DebtGUID) */
        debt: string;
        /** Code of the reason in НСИ 365 */
        reason: string;
        note?: string;
      } | {
        kind: "repay";
        /** Debt in the register of ГИС ЖКХ (DebtGUID) */
        debt: string;
        /** Calendar date, YYYY-MM-DD */
        paidOn?: string;
        note?: string;
      } | {
        kind: "annul-repayment";
        /** Debt in the register of ГИС ЖКХ (DebtGUID) */
        debt: string;
        /** Code of the reason in НСИ 366 */
        reason: string;
        note?: string;
      };
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Answer a debt inquiry */
  postDebtInquiriesByIdAnswer: {
    path: { id: string };
    query: { dryRun?: string | number | boolean };
    body: {
      /** Give an answer, or take one back */
      action: "send" | "revoke";
      /** There is debt confirmed by a court act in force; needed with send */
      hasDebt?: boolean;
      /** Words beside the answer */
      description?: string;
      /** Who owes; needed with hasDebt: true */
      debtors?: ({
        /** Who owes */
        person: {
          /** Фамилия */
          lastName: string;
          /** Имя */
          firstName: string;
          /** Отчество */
          middleName?: string;
          /** СНИЛС, digits only */
          snils?: string;
        };
        /** Court acts that confirm the debt */
        documents: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
          /** Судебный приказ, решение суда, исполнительный лист */
          kind: "order" | "judgment" | "writ";
        })[];
      })[];
      /** GUID of the employee who answers; default: the one of hub.yaml */
      executor?: string;
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** Answer an appeal in ГИС ЖКХ */
  postAppealAnswers: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** Appeal (обращение): its GUID in ГИС ЖКХ */
      appeal: string;
      /** GUID of the employee in the cabinet of the organisation (AnswererGUID) */
      answerer: string;
      /** The answer */
      text: string;
      /** Documents of the answer */
      files?: ({
        /** File of the hub: POST /v1/files */
        file: string;
        /** File name */
        name: string;
        /** What it is */
        description: string;
      })[];
      /** Send the answer at once; else it is a draft */
      send?: boolean;
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** Answer an appeal in ГИС ЖКХ: up to 10000 at once, as a JSON array or NDJSON */
  postAppealAnswersBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** Appeal (обращение): its GUID in ГИС ЖКХ */
      appeal: string;
      /** GUID of the employee in the cabinet of the organisation (AnswererGUID) */
      answerer: string;
      /** The answer */
      text: string;
      /** Documents of the answer */
      files?: ({
        /** File of the hub: POST /v1/files */
        file: string;
        /** File name */
        name: string;
        /** What it is */
        description: string;
      })[];
      /** Send the answer at once; else it is a draft */
      send?: boolean;
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Redirect an appeal in ГИС ЖКХ, prolong or finish it */
  postAppealActions: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** Appeal (обращение): its GUID in ГИС ЖКХ */
      appeal: string;
      /** GUID of the employee in the cabinet of the organisation (AnswererGUID) */
      answerer: string;
      /** Appoint who works on it, finish it, send it on, prolong its term, or say that no answer is due */
      action: {
        kind: "assign";
        /** Day of the appointment */
        on?: string;
      } | {
        kind: "finish";
      } | {
        kind: "redirect";
        /** Organisation in the register (orgRootEntityGUID) */
        organisation: string;
        /** Why it goes there, at least 100 characters */
        comment: string;
        files?: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
      } | {
        kind: "prolong";
        /** New term */
        until: string;
        /** Why it takes longer, at least 20 characters */
        comment: string;
        files?: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
      } | {
        kind: "no-answer";
        /** Why no answer is due, at least 20 characters */
        cause: string;
      };
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** Redirect an appeal in ГИС ЖКХ, prolong or finish it: up to 10000 at once, as a JSON array or NDJSON */
  postAppealActionsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** Appeal (обращение): its GUID in ГИС ЖКХ */
      appeal: string;
      /** GUID of the employee in the cabinet of the organisation (AnswererGUID) */
      answerer: string;
      /** Appoint who works on it, finish it, send it on, prolong its term, or say that no answer is due */
      action: {
        kind: "assign";
        /** Day of the appointment */
        on?: string;
      } | {
        kind: "finish";
      } | {
        kind: "redirect";
        /** Organisation in the register (orgRootEntityGUID) */
        organisation: string;
        /** Why it goes there, at least 100 characters */
        comment: string;
        files?: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
      } | {
        kind: "prolong";
        /** New term */
        until: string;
        /** Why it takes longer, at least 20 characters */
        comment: string;
        files?: ({
          /** File of the hub: POST /v1/files */
          file: string;
          /** File name */
          name: string;
          /** What it is */
          description: string;
        })[];
      } | {
        kind: "no-answer";
        /** Why no answer is due, at least 20 characters */
        cause: string;
      };
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Import an object into ГИС ЖКХ by official names */
  postRegistryImports: {
    path: Record<never, never>;
    query: { dryRun?: string | number | boolean };
    body: {
      /** Service, such as house-management */
      service: string;
      /** Operation, such as importAccountData */
      operation: string;
      /** Element that the request repeats, such as Account */
      item: string;
      /** House by its ФИАС GUID, where the outcome is looked for by house */
      house?: string;
      /** The element, by official local names; lists are arrays */
      content: Record<string, unknown>;
      /** What stands beside it in the request, such as FIASHouseGuid */
      request?: Record<string, unknown>;
      /** Your own document's id */
      reference?: string;
    };
    answer: Operation;
  };
  /** Import an object into ГИС ЖКХ by official names: up to 10000 at once, as a JSON array or NDJSON */
  postRegistryImportsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: ({
      /** Service, such as house-management */
      service: string;
      /** Operation, such as importAccountData */
      operation: string;
      /** Element that the request repeats, such as Account */
      item: string;
      /** House by its ФИАС GUID, where the outcome is looked for by house */
      house?: string;
      /** The element, by official local names; lists are arrays */
      content: Record<string, unknown>;
      /** What stands beside it in the request, such as FIASHouseGuid */
      request?: Record<string, unknown>;
      /** Your own document's id */
      reference?: string;
      /** Key of this item */
      idempotencyKey?: string;
    })[];
    answer: BulkOutcome;
  };
  /** Find operations by whatever is known of one, newest first; personal fields of the payload come masked */
  postOperationsSearch: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** Id or its beginning, reference, subject, phone, account number, or id at the upstream */
      q: string;
      status?: ("accepted" | "running" | "waiting" | "retrying" | "uncertain" | "succeeded" | "failed" | "dead" | "cancelled")[];
      kind?: string;
      instance?: string;
      waitingFor?: string;
      /** Code of the error */
      code?: string;
      /** Accepted at this instant or later */
      since?: string;
      limit?: number;
    };
    answer: Record<string, unknown>;
  };
  /** Operations, newest first, with the personal fields of the payload masked */
  getOperationsMasked: {
    path: Record<never, never>;
    query: { status?: string | number | boolean; kind?: string | number | boolean; instance?: string | number | boolean; waitingFor?: string | number | boolean; code?: string | number | boolean; since?: string | number | boolean; deliveries?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean };
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Operations of a status grouped by what ails them, largest group first */
  getOperationsCauses: {
    path: Record<never, never>;
    query: { status?: string | number | boolean };
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Retry, cancel or skip all operations that fit a filter now (at most 100000), one after the other */
  postOperationsBulk: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** What is done to each */
      action: "retry" | "cancel" | "skip";
      /** Which operations */
      filter: {
        /** Their status now */
        status: string;
        kind?: string;
        instance?: string;
        /** Code of their error; null = those without one */
        code?: string | null;
        /** Code that the upstream gave; null = those without one */
        upstreamCode?: string | null;
      };
    };
    answer: Record<string, unknown>;
  };
  /** Bulk jobs, newest first */
  getOperationsBulk: {
    path: Record<never, never>;
    query: { limit?: string | number | boolean };
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** How far a bulk job is, and why operations were refused */
  getOperationsBulkById: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Stop a bulk job; what is done stays done */
  postOperationsBulkByIdStop: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Compare our records with what another system has of them: missing, extra, different, ambiguous */
  postReconciliations: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** Connector whose mappings link to our records */
      instance: string;
      /** One house; all houses without it */
      building?: string;
      /** What is compared */
      entities?: ("PersonalAccount" | "Meter" | "PaymentDocument")[];
      /** Month of the payment documents; needed with them */
      period?: string;
    };
    answer: Reconciliation;
  };
  /** Comparisons, newest first */
  getReconciliations: {
    path: Record<never, never>;
    query: { limit?: string | number | boolean; cursor?: string | number | boolean };
    body: unknown;
    answer: ReconciliationPage;
  };
  /** How far a comparison is, and how much it has found */
  getReconciliationsById: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Reconciliation;
  };
  /** Findings of a comparison counted by house, the house with the most first */
  getReconciliationsByIdHouses: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: ReconciliationHouses;
  };
  /** What became of the imports of a comparison */
  getReconciliationsByIdImports: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: ReconciliationImports;
  };
  /** What a comparison has found; personal values are masked */
  getReconciliationsByIdItems: {
    path: { id: string };
    query: { kind?: string | number | boolean; entity?: string | number | boolean; building?: string | number | boolean; imports?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean };
    body: unknown;
    answer: ReconciliationItemPage;
  };
  /** One finding with what both systems hold of it now */
  getReconciliationsByIdItemsByItem: {
    path: { id: string; item: string };
    query: Record<never, never>;
    body: unknown;
    answer: ReconciliationItemDetails;
  };
  /** Import what is missing there: one operation a finding, however often it is asked for */
  postReconciliationsByIdApply: {
    path: { id: string };
    query: { dryRun?: string | number | boolean };
    body: {
      /** These findings; all that are missing there without it */
      items?: (string)[];
      /** Only of these */
      entities?: ("PersonalAccount" | "Meter" | "PaymentDocument")[];
      /** Only of this house */
      building?: string;
      /** nextCursor of the call before */
      cursor?: string;
      /** Findings of one call */
      limit?: number;
      /** What our charges do not say */
      paymentDocuments?: {
        payee: {
          bik: string;
          account: string;
        };
        /** Line of a payment document without amounts, by the name of the service in our charges */
        services: Record<string, Record<string, unknown>>;
      };
      /** What our meters do not say, by the id of the finding: resource, resources or values */
      meters?: Record<string, Record<string, unknown>>;
    };
    answer: ReconciliationApplied;
  };
  /** Operations, newest first */
  getOperations: {
    path: Record<never, never>;
    query: { status?: string | number | boolean; kind?: string | number | boolean; instance?: string | number | boolean; subject?: string | number | boolean; reference?: string | number | boolean; waitingFor?: string | number | boolean; since?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean };
    body: unknown;
    answer: OperationPage;
  };
  /** One operation with its attempts */
  getOperationsById: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: OperationDetails;
  };
  /** Try again; what may have acted is reconciled first */
  postOperationsByIdRetry: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Operation;
  };
  /** Give up what cannot have acted */
  postOperationsByIdCancel: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Operation;
  };
  /** Let the successors of a dead operation pass */
  postOperationsByIdSkip: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Operation;
  };
  /** Settle an uncertain operation: happened or absent */
  postOperationsByIdResolve: {
    path: { id: string };
    query: Record<never, never>;
    body: {
      /** What a person found out upstream */
      answer: "happened" | "absent";
    };
    answer: Operation;
  };
  /** Try many again by filter */
  postOperationsRetry: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      status: "dead" | "failed" | "uncertain";
      kind?: string;
      instance?: string;
      limit?: number;
    };
    answer: Record<string, unknown>;
  };
  /** One operation from its acceptance on: attempts with what was sent and answered, events, causes, delivery */
  getOperationsByIdLife: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** What would be sent now in place of what was: nothing is sent by this */
  getOperationsByIdReplay: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Send what the preview has shown; a new operation takes the place of the old one where the request differs */
  postOperationsByIdReplay: {
    path: { id: string };
    query: Record<never, never>;
    body: {
      /** From the preview: what was looked at is what is sent */
      fingerprint: string;
    };
    answer: Record<string, unknown>;
  };
  /** Let an operation go that waits for approval */
  postOperationsByIdApprove: {
    path: { id: string };
    query: Record<never, never>;
    body: {
      /** Why; kept with the operation */
      reason?: string;
    };
    answer: Record<string, unknown>;
  };
  /** Let all go that wait for approval and fit a filter */
  postOperationsApprove: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** Why; kept with the operation */
      reason?: string;
      /** Operation kind, e.g. messages.send */
      kind?: string;
      /** Connector instance */
      instance?: string;
      /** Key that submitted them */
      client?: string;
      /** At most so many, oldest first */
      limit?: number;
    };
    answer: Record<string, unknown>;
  };
  /** Give an operation up that waits for approval */
  postOperationsByIdReject: {
    path: { id: string };
    query: Record<never, never>;
    body: {
      /** Why; kept with the operation */
      reason: string;
    };
    answer: Record<string, unknown>;
  };
  /** Give all up that wait for approval and fit a filter */
  postOperationsReject: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** Why; kept with the operation */
      reason: string;
      /** Operation kind, e.g. messages.send */
      kind?: string;
      /** Connector instance */
      instance?: string;
      /** Key that submitted them */
      client?: string;
      /** At most so many, oldest first */
      limit?: number;
    };
    answer: Record<string, unknown>;
  };
  /** What needs a person, newest first */
  getTasks: {
    path: Record<never, never>;
    query: { status?: string | number | boolean; kind?: string | number | boolean; assignee?: string | number | boolean; instance?: string | number | boolean; operation?: string | number | boolean; overdue?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean };
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** How many tasks are open and overdue */
  getTasksSummary: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** One task with its possible answers */
  getTasksById: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Answer a task; approving and rejecting need the scope approve too */
  postTasksByIdAnswer: {
    path: { id: string };
    query: Record<never, never>;
    body: {
      /** id of one of its answers */
      answer: string;
      /** Why; kept encrypted with the task */
      note?: string;
      /** Version of the task that was read */
      version: number;
    };
    answer: Record<string, unknown>;
  };
  /** Give a task to somebody */
  postTasksByIdAssign: {
    path: { id: string };
    query: Record<never, never>;
    body: {
      /** id of a person in hub.yaml; null for nobody */
      assignee: string | null;
      /** Version of the task that was read */
      version: number;
    };
    answer: Record<string, unknown>;
  };
  /** Stop the carrying out of an answer about many operations */
  postTasksByIdStop: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Message templates with their variables */
  getTemplates: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Text, alphabet and paid parts of a template with values; asks no gateway */
  postTemplatesByNamePreview: {
    path: { name: string };
    query: Record<never, never>;
    body: {
      /** Values for the template */
      variables?: Record<string, string>;
    };
    answer: Record<string, unknown>;
  };
  /** Those who do not want messages, newest first */
  getOptOuts: {
    path: Record<never, never>;
    query: { phone?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean };
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Put a phone on the list; an entry of the same phone and scope is renewed */
  postOptOuts: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** Phone in any usual form */
      phone: string;
      /** Messages of this purpose, or all: accidents and one-time codes are stopped only when named, or by all */
      scope: "all" | "debt" | "service" | "accident" | "code";
      /** Why, and by what document */
      reason: string;
      /** Holds before this moment; without it until it is removed */
      until?: string;
    };
    answer: Record<string, unknown>;
  };
  /** Take an entry off the list */
  deleteOptOutsById: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Stop everything: nothing is sent or pulled until /v1/resume; operations are still accepted */
  postPause: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** Shown to everybody who asks why nothing goes out */
      reason: string;
    };
    answer: Record<string, unknown>;
  };
  /** End the pause of everything; connectors that were paused one by one stay so */
  postResume: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** The change feed: durable, in order, without a gap */
  getChanges: {
    path: Record<never, never>;
    query: { after?: string | number | boolean; limit?: string | number | boolean; type?: string | number | boolean; entity?: string | number | boolean };
    body: unknown;
    answer: ChangePage;
  };
  /** The change feed as server-sent events; goes on after Last-Event-ID, else after `after`, else from now */
  getEvents: {
    path: Record<never, never>;
    query: { after?: string | number | boolean; type?: string | number | boolean; entity?: string | number | boolean };
    body: unknown;
    answer: Response;
  };
  /** Webhook endpoints */
  getWebhooks: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Send events to an address from now on; the secret is shown once */
  postWebhooks: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** https://…; an address inside of your own network must be allowed */
      url: string;
      /** What it is for */
      description?: string;
      /** Event types; a family by .* at its end; * for all */
      types?: (string)[];
      /** An event waits until the one before it was delivered */
      ordered?: boolean;
    };
    answer: Record<string, unknown>;
  };
  /** One webhook endpoint */
  getWebhooksById: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Remove an endpoint; what waits for it is cancelled */
  deleteWebhooksById: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Change an endpoint; what is left out stays */
  postWebhooksById: {
    path: { id: string };
    query: Record<never, never>;
    body: {
      /** https://…; an address inside of your own network must be allowed */
      url?: string;
      /** What it is for */
      description?: string;
      /** Event types; a family by .* at its end; * for all */
      types?: (string)[];
      /** An event waits until the one before it was delivered */
      ordered?: boolean;
    };
    answer: Record<string, unknown>;
  };
  /** A new secret, shown once; the old one signs along for a while */
  postWebhooksByIdSecret: {
    path: { id: string };
    query: Record<never, never>;
    body: {
      /** How long the old secret signs along; 0 = not at all */
      graceHours?: number;
    };
    answer: Record<string, unknown>;
  };
  /** Let an endpoint go on */
  postWebhooksByIdEnable: {
    path: { id: string };
    query: Record<never, never>;
    body: {
      /** stop: go on where it stopped; now: leave out what waited and what came meanwhile */
      from?: "stop" | "now";
    };
    answer: Record<string, unknown>;
  };
  /** Stop an endpoint; its events wait in the feed */
  postWebhooksByIdDisable: {
    path: { id: string };
    query: Record<never, never>;
    body: {
      reason?: string;
    };
    answer: Record<string, unknown>;
  };
  /** Send an event of type webhook.test now */
  postWebhooksByIdTest: {
    path: { id: string };
    query: Record<never, never>;
    body: Record<string, unknown>;
    answer: Record<string, unknown>;
  };
  /** Send the events of a span of time again, under their old ids */
  postWebhooksByIdReplay: {
    path: { id: string };
    query: Record<never, never>;
    body: {
      /** Published at this instant or later */
      from: string;
      /** And before this one */
      to: string;
      /** Default: the types of the endpoint */
      types?: (string)[];
    };
    answer: Record<string, unknown>;
  };
  /** Deliveries of an endpoint, newest first */
  getWebhooksByIdDeliveries: {
    path: { id: string };
    query: { status?: string | number | boolean; limit?: string | number | boolean; cursor?: string | number | boolean };
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Store a file (up to 1 bytes), sent as it is; its name in Content-Disposition, its digest in Repr-Digest */
  postFiles: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: File;
  };
  /** The bytes of a file */
  getFilesById: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Response;
  };
  /** Name, size and digest of a file */
  getFilesByIdMetadata: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: File;
  };
  /** Certificates of the organisation: whose, by whom issued, how many days are left, where the key lies */
  getCertificates: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Import a certificate, with its private key or without; the key is sealed by the master key */
  postCertificates: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** What requests will call it */
      name: string;
      /** Contents of the files, base64: certificate, issuers, private key; DER, PEM or PKCS#12 */
      files: (string)[];
      /** Password of the key or of the PFX; kept nowhere */
      password?: string;
    };
    answer: Record<string, unknown>;
  };
  /** Remove a certificate and its private key, for good */
  deleteCertificatesByName: {
    path: { name: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Reactions across systems: how far they have read the feed, and what waits */
  getFlows: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** What the hub has decided about a debt inquiry, and until when it is to be answered */
  getDebtInquiriesByIdDecision: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Sign a document or a digest: CAdES-BES, CAdES-T, XAdES-BES or raw */
  postSignatures: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** Name of the certificate that signs */
      certificate: string;
      /** Names of further signers of the same document, for CAdES */
      and?: (string)[];
      /** cades-t adds a time-stamp; xades-bes signs an element of XML as ГИС ЖКХ wants it; raw is s ‖ r for GOST */
      format?: "cades-bes" | "cades-t" | "xades-bes" | "raw";
      /** The document, base64; or give file */
      document?: string;
      /** Id of a stored file (POST /v1/files) */
      file?: string;
      /** Digest of the document in place of it, for raw and detached CAdES */
      digest?: {
        /** The one that goes with the key */
        algorithm: "streebog256" | "streebog512" | "sha256";
        /** The digest: hexadecimal or base64 */
        value: string;
      };
      /** Whether CAdES holds the document */
      content?: "detached" | "attached";
      /** Form of the CAdES file */
      encoding?: "der" | "base64" | "pem";
      /** CAdES holds the certificates of the authorities too */
      issuers?: boolean;
      /** Id of the element that XAdES signs */
      element?: string;
    };
    answer: Record<string, unknown>;
  };
  /** Verify a signature: who signed, when, what, and whether it is valid or why not */
  postSignaturesVerify: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      format?: "cades" | "xades";
      /** CAdES: the signature file, base64 */
      signature?: string;
      /** The document, base64; or give file */
      document?: string;
      /** Id of a stored file (POST /v1/files) */
      file?: string;
      /** What a CAdES signature must be at least */
      level?: "cms" | "cades-bes" | "cades-t";
      /** XAdES: the element that must be the signed one */
      element?: {
        namespace?: string;
        name: string;
        place?: "root" | "soap-body";
      };
    };
    answer: Record<string, unknown>;
  };
  /** What is wrong now, by the conditions of docs/operations/alerts.yaml; what fires first */
  getAlerts: {
    path: Record<never, never>;
    query: { status?: string | number | boolean; limit?: string | number | boolean };
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Whose key this is and what it may do */
  getMe: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Connectors with queue, lag and health as last seen, and what waits for people; answers at once */
  getOverview: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** What the hub does by the clock */
  getSchedules: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** How many operations were accepted and how they ended, over time; deliveries of webhooks are left out */
  getStats: {
    path: Record<never, never>;
    query: { since?: string | number | boolean; until?: string | number | boolean; step?: string | number | boolean };
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Mappings in use */
  getMappings: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** The text of a mapping in use */
  getMappingsByInstanceByEntity: {
    path: { instance: string; entity: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Native and canonical side by side, from a live pull */
  postMappingsPreview: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      instance: string;
      entity: string;
      limit?: number;
      yaml?: string;
    };
    answer: Record<string, unknown>;
  };
  /** What an edited mapping would change over the stored records */
  postMappingsDiff: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      instance: string;
      yaml: string;
    };
    answer: Record<string, unknown>;
  };
  /** Check the mappings of an instance against the live upstream */
  postMappingsByInstanceCheck: {
    path: { instance: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** The audit log, newest first */
  getAudit: {
    path: Record<never, never>;
    query: { actor?: string | number | boolean; action?: string | number | boolean; subject?: string | number | boolean; since?: string | number | boolean; limit?: string | number | boolean; before?: string | number | boolean };
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** The end of the chain, to be kept elsewhere */
  getAuditHead: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Follow the chain from its beginning; names the first row that was altered, removed or moved */
  postAuditVerify: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** Heads that were kept elsewhere; they tell when the end was cut off */
      heads?: ({
        no: number;
        hash: string;
      })[];
    };
    answer: Record<string, unknown>;
  };
  /** Powers of attorney of the organisation: who may act, until when, with which powers */
  getPowersOfAttorney: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Keep a power of attorney with its signature, octet by octet; both are sealed by the master key */
  postPowersOfAttorney: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** What requests will call it */
      name: string;
      /** The XML of the power of attorney, base64, as it was signed */
      document: string;
      /** Its detached signature (CAdES), base64 */
      signature: string;
    };
    answer: Record<string, unknown>;
  };
  /** One power of attorney: its files, and what was checked; with certificate and needs, whether it serves */
  getPowersOfAttorneyByName: {
    path: { name: string };
    query: { certificate?: string | number | boolean; needs?: string | number | boolean };
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Remove a power of attorney, for good */
  deletePowersOfAttorneyByName: {
    path: { name: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Note that the principal has revoked it: it serves no more */
  postPowersOfAttorneyByNameRevoke: {
    path: { name: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Erase what the hub holds about a person, for good; it stays erased whatever the upstream sends */
  postCustomersByIdErase: {
    path: { id: string };
    query: Record<never, never>;
    body: {
      /** Why, and by what document; kept encrypted */
      reason: string;
      /** Files about the person; nothing else tells whose a file is */
      files?: (string)[];
    };
    answer: Record<string, unknown>;
  };
  /** Erased persons, newest first; seenAgainAt tells that the upstream still has one */
  getErasures: {
    path: Record<never, never>;
    query: { limit?: string | number | boolean };
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Seal everything anew under a new master key while the hub runs; goes on where a kill ended it */
  postMasterKeyRotation: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** Take the old keys out of master.key afterwards; backups made before still need them */
      dropOld?: boolean;
    };
    answer: Record<string, unknown>;
  };
  /** How far the rotation of the master key is */
  getMasterKeyRotation: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Connectors with health, pause, breaker and queue */
  getConnectors: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Start a pull */
  postConnectorsByInstanceSync: {
    path: { instance: string };
    query: Record<never, never>;
    body: {
      entity?: string;
      full?: boolean;
      /** Let a held sweep remove what it found missing */
      acceptRemovals?: boolean;
    };
    answer: Record<string, unknown>;
  };
  /** Hold operations of a connector */
  postConnectorsByInstancePause: {
    path: { instance: string };
    query: Record<never, never>;
    body: {
      reason?: string;
    };
    answer: Record<string, unknown>;
  };
  /** Let operations of a connector go on */
  postConnectorsByInstanceResume: {
    path: { instance: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** State of the pulls */
  getSync: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Records that a mapping could not translate */
  getQuarantine: {
    path: Record<never, never>;
    query: { limit?: string | number | boolean };
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Map quarantined records anew, after a mapping was mended */
  postQuarantineRetry: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      instance?: string;
      entity?: string;
    };
    answer: Record<string, unknown>;
  };
  /** API keys */
  getKeys: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** Make an API key; it is shown once */
  postKeys: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: {
      /** What the key is for */
      name: string;
      scopes: (string)[];
      /** Default: the organisation of the caller */
      organisation?: string;
      /** Resident key: sees these accounts only */
      accounts?: (string)[];
      ratePerMinute?: number;
      /** Why its holder sees personal data, where a request says nothing by X-Purpose; kept in the audit log */
      purpose?: string;
      /** Instant, RFC 3339 with zone */
      expiresAt?: string;
    };
    answer: Record<string, unknown>;
  };
  /** Revoke a key, at once */
  deleteKeysById: {
    path: { id: string };
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** The process runs */
  getHealthLive: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: string;
  };
  /** The hub can accept operations */
  getHealthReady: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: string;
  };
  /** Prometheus metrics */
  getMetrics: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: string;
  };
  /** What upstreams tell us by themselves; verified by the connector */
  postHooksByInstance: {
    path: { instance: string };
    query: Record<never, never>;
    body: unknown;
    answer: string;
  };
  /** What upstreams tell us by themselves; verified by the connector */
  getHooksByInstance: {
    path: { instance: string };
    query: Record<never, never>;
    body: unknown;
    answer: string;
  };
  /** What each error code means, who can mend it and what to do, for people */
  getAdvice: {
    path: Record<never, never>;
    query: { language?: string | number | boolean };
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** The operators' console */
  getConsole: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: string;
  };
  /** A file of the console */
  getConsoleByFile: {
    path: { file: string };
    query: Record<never, never>;
    body: unknown;
    answer: Response;
  };
  /** This document */
  getOpenapiJson: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: Record<string, unknown>;
  };
  /** This document as a page to read, with examples, and the way to the guides */
  getDocs: {
    path: Record<never, never>;
    query: Record<never, never>;
    body: unknown;
    answer: string;
  };
  /** A document of the hub, e.g. problems */
  getDocsByName: {
    path: { name: string };
    query: Record<never, never>;
    body: unknown;
    answer: string;
  };
  /** A picture of a guide */
  getDocsPicturesByFile: {
    path: { file: string };
    query: Record<never, never>;
    body: unknown;
    answer: Response;
  };
  /** A guide, a page about operating the hub or about a connector, or a decision, e.g. guides/app-developer.en */
  getDocsByFolderByName: {
    path: { folder: string; name: string };
    query: Record<never, never>;
    body: unknown;
    answer: string;
  };
}

/** Of every operation: method, path, kind of answer, and whether it may be sent again when its answer was lost. */
export const operations = {
  getComplexes: ["GET", "/v1/complexes", "json", "safe"],
  getComplexesById: ["GET", "/v1/complexes/{id}", "json", "safe"],
  getBuildings: ["GET", "/v1/buildings", "json", "safe"],
  getBuildingsById: ["GET", "/v1/buildings/{id}", "json", "safe"],
  getPremises: ["GET", "/v1/premises", "json", "safe"],
  getPremisesById: ["GET", "/v1/premises/{id}", "json", "safe"],
  getAccounts: ["GET", "/v1/accounts", "json", "safe"],
  getAccountsById: ["GET", "/v1/accounts/{id}", "json", "safe"],
  getCustomers: ["GET", "/v1/customers", "json", "safe"],
  getCustomersById: ["GET", "/v1/customers/{id}", "json", "safe"],
  getResidences: ["GET", "/v1/residences", "json", "safe"],
  getResidencesById: ["GET", "/v1/residences/{id}", "json", "safe"],
  getMeters: ["GET", "/v1/meters", "json", "safe"],
  getMetersById: ["GET", "/v1/meters/{id}", "json", "safe"],
  getMeterReadings: ["GET", "/v1/meter-readings", "json", "safe"],
  postMeterReadings: ["POST", "/v1/meter-readings", "json", "keyed"],
  getMeterReadingsById: ["GET", "/v1/meter-readings/{id}", "json", "safe"],
  getCharges: ["GET", "/v1/charges", "json", "safe"],
  getChargesById: ["GET", "/v1/charges/{id}", "json", "safe"],
  getPaymentDocuments: ["GET", "/v1/payment-documents", "json", "safe"],
  postPaymentDocuments: ["POST", "/v1/payment-documents", "json", "keyed"],
  getPaymentDocumentsById: ["GET", "/v1/payment-documents/{id}", "json", "safe"],
  getPayments: ["GET", "/v1/payments", "json", "safe"],
  getPaymentsById: ["GET", "/v1/payments/{id}", "json", "safe"],
  getDebts: ["GET", "/v1/debts", "json", "safe"],
  getDebtsById: ["GET", "/v1/debts/{id}", "json", "safe"],
  getCourtCases: ["GET", "/v1/court-cases", "json", "safe"],
  getCourtCasesById: ["GET", "/v1/court-cases/{id}", "json", "safe"],
  getDebtInquiries: ["GET", "/v1/debt-inquiries", "json", "safe"],
  getDebtInquiriesById: ["GET", "/v1/debt-inquiries/{id}", "json", "safe"],
  getCourtDebts: ["GET", "/v1/court-debts", "json", "safe"],
  postCourtDebts: ["POST", "/v1/court-debts", "json", "keyed"],
  getCourtDebtsById: ["GET", "/v1/court-debts/{id}", "json", "safe"],
  getManagementContracts: ["GET", "/v1/management-contracts", "json", "safe"],
  postManagementContracts: ["POST", "/v1/management-contracts", "json", "keyed"],
  getManagementContractsById: ["GET", "/v1/management-contracts/{id}", "json", "safe"],
  getPaymentNotifications: ["GET", "/v1/payment-notifications", "json", "safe"],
  postPaymentNotifications: ["POST", "/v1/payment-notifications", "json", "keyed"],
  getPaymentNotificationsById: ["GET", "/v1/payment-notifications/{id}", "json", "safe"],
  getAppeals: ["GET", "/v1/appeals", "json", "safe"],
  getAppealsById: ["GET", "/v1/appeals/{id}", "json", "safe"],
  getMessages: ["GET", "/v1/messages", "json", "safe"],
  postMessages: ["POST", "/v1/messages", "json", "keyed"],
  getMessagesById: ["GET", "/v1/messages/{id}", "json", "safe"],
  getLookup: ["GET", "/v1/lookup", "json", "safe"],
  postLookup: ["POST", "/v1/lookup", "json", "safe"],
  postMessagesBulk: ["POST", "/v1/messages/bulk", "json", "keyed"],
  postMeterReadingsBulk: ["POST", "/v1/meter-readings/bulk", "json", "keyed"],
  postPaymentDocumentsBulk: ["POST", "/v1/payment-documents/bulk", "json", "keyed"],
  postPaymentDocumentWithdrawals: ["POST", "/v1/payment-document-withdrawals", "json", "keyed"],
  postPaymentDocumentWithdrawalsBulk: ["POST", "/v1/payment-document-withdrawals/bulk", "json", "keyed"],
  postPaymentNotificationsBulk: ["POST", "/v1/payment-notifications/bulk", "json", "keyed"],
  postPaymentCancellations: ["POST", "/v1/payment-cancellations", "json", "keyed"],
  postPaymentCancellationsBulk: ["POST", "/v1/payment-cancellations/bulk", "json", "keyed"],
  postPaymentAcknowledgements: ["POST", "/v1/payment-acknowledgements", "json", "keyed"],
  postPaymentAcknowledgementsBulk: ["POST", "/v1/payment-acknowledgements/bulk", "json", "keyed"],
  postPaymentAcknowledgementCancellations: ["POST", "/v1/payment-acknowledgement-cancellations", "json", "keyed"],
  postPaymentAcknowledgementCancellationsBulk: ["POST", "/v1/payment-acknowledgement-cancellations/bulk", "json", "keyed"],
  postAccountPublications: ["POST", "/v1/account-publications", "json", "keyed"],
  postAccountPublicationsBulk: ["POST", "/v1/account-publications/bulk", "json", "keyed"],
  postMeterPublications: ["POST", "/v1/meter-publications", "json", "keyed"],
  postMeterPublicationsBulk: ["POST", "/v1/meter-publications/bulk", "json", "keyed"],
  postHousePublications: ["POST", "/v1/house-publications", "json", "keyed"],
  postHousePublicationsBulk: ["POST", "/v1/house-publications/bulk", "json", "keyed"],
  postManagementContractsBulk: ["POST", "/v1/management-contracts/bulk", "json", "keyed"],
  postCompletedWorks: ["POST", "/v1/completed-works", "json", "keyed"],
  postCompletedWorksBulk: ["POST", "/v1/completed-works/bulk", "json", "keyed"],
  postCourtDebtsBulk: ["POST", "/v1/court-debts/bulk", "json", "keyed"],
  postDebtInquiriesByIdAnswer: ["POST", "/v1/debt-inquiries/{id}/answer", "json", "keyed"],
  postAppealAnswers: ["POST", "/v1/appeal-answers", "json", "keyed"],
  postAppealAnswersBulk: ["POST", "/v1/appeal-answers/bulk", "json", "keyed"],
  postAppealActions: ["POST", "/v1/appeal-actions", "json", "keyed"],
  postAppealActionsBulk: ["POST", "/v1/appeal-actions/bulk", "json", "keyed"],
  postRegistryImports: ["POST", "/v1/registry-imports", "json", "keyed"],
  postRegistryImportsBulk: ["POST", "/v1/registry-imports/bulk", "json", "keyed"],
  postOperationsSearch: ["POST", "/v1/operations/search", "json", "safe"],
  getOperationsMasked: ["GET", "/v1/operations/masked", "json", "safe"],
  getOperationsCauses: ["GET", "/v1/operations/causes", "json", "safe"],
  postOperationsBulk: ["POST", "/v1/operations/bulk", "json", "once"],
  getOperationsBulk: ["GET", "/v1/operations/bulk", "json", "safe"],
  getOperationsBulkById: ["GET", "/v1/operations/bulk/{id}", "json", "safe"],
  postOperationsBulkByIdStop: ["POST", "/v1/operations/bulk/{id}/stop", "json", "once"],
  postReconciliations: ["POST", "/v1/reconciliations", "json", "once"],
  getReconciliations: ["GET", "/v1/reconciliations", "json", "safe"],
  getReconciliationsById: ["GET", "/v1/reconciliations/{id}", "json", "safe"],
  getReconciliationsByIdHouses: ["GET", "/v1/reconciliations/{id}/houses", "json", "safe"],
  getReconciliationsByIdImports: ["GET", "/v1/reconciliations/{id}/imports", "json", "safe"],
  getReconciliationsByIdItems: ["GET", "/v1/reconciliations/{id}/items", "json", "safe"],
  getReconciliationsByIdItemsByItem: ["GET", "/v1/reconciliations/{id}/items/{item}", "json", "safe"],
  postReconciliationsByIdApply: ["POST", "/v1/reconciliations/{id}/apply", "json", "once"],
  getOperations: ["GET", "/v1/operations", "json", "safe"],
  getOperationsById: ["GET", "/v1/operations/{id}", "json", "safe"],
  postOperationsByIdRetry: ["POST", "/v1/operations/{id}/retry", "json", "once"],
  postOperationsByIdCancel: ["POST", "/v1/operations/{id}/cancel", "json", "once"],
  postOperationsByIdSkip: ["POST", "/v1/operations/{id}/skip", "json", "once"],
  postOperationsByIdResolve: ["POST", "/v1/operations/{id}/resolve", "json", "once"],
  postOperationsRetry: ["POST", "/v1/operations/retry", "json", "once"],
  getOperationsByIdLife: ["GET", "/v1/operations/{id}/life", "json", "safe"],
  getOperationsByIdReplay: ["GET", "/v1/operations/{id}/replay", "json", "safe"],
  postOperationsByIdReplay: ["POST", "/v1/operations/{id}/replay", "json", "once"],
  postOperationsByIdApprove: ["POST", "/v1/operations/{id}/approve", "json", "once"],
  postOperationsApprove: ["POST", "/v1/operations/approve", "json", "once"],
  postOperationsByIdReject: ["POST", "/v1/operations/{id}/reject", "json", "once"],
  postOperationsReject: ["POST", "/v1/operations/reject", "json", "once"],
  getTasks: ["GET", "/v1/tasks", "json", "safe"],
  getTasksSummary: ["GET", "/v1/tasks/summary", "json", "safe"],
  getTasksById: ["GET", "/v1/tasks/{id}", "json", "safe"],
  postTasksByIdAnswer: ["POST", "/v1/tasks/{id}/answer", "json", "once"],
  postTasksByIdAssign: ["POST", "/v1/tasks/{id}/assign", "json", "once"],
  postTasksByIdStop: ["POST", "/v1/tasks/{id}/stop", "json", "once"],
  getTemplates: ["GET", "/v1/templates", "json", "safe"],
  postTemplatesByNamePreview: ["POST", "/v1/templates/{name}/preview", "json", "once"],
  getOptOuts: ["GET", "/v1/opt-outs", "json", "safe"],
  postOptOuts: ["POST", "/v1/opt-outs", "json", "once"],
  deleteOptOutsById: ["DELETE", "/v1/opt-outs/{id}", "json", "safe"],
  postPause: ["POST", "/v1/pause", "json", "once"],
  postResume: ["POST", "/v1/resume", "json", "once"],
  getChanges: ["GET", "/v1/changes", "json", "safe"],
  getEvents: ["GET", "/v1/events", "events", "safe"],
  getWebhooks: ["GET", "/v1/webhooks", "json", "safe"],
  postWebhooks: ["POST", "/v1/webhooks", "json", "once"],
  getWebhooksById: ["GET", "/v1/webhooks/{id}", "json", "safe"],
  deleteWebhooksById: ["DELETE", "/v1/webhooks/{id}", "json", "safe"],
  postWebhooksById: ["POST", "/v1/webhooks/{id}", "json", "once"],
  postWebhooksByIdSecret: ["POST", "/v1/webhooks/{id}/secret", "json", "once"],
  postWebhooksByIdEnable: ["POST", "/v1/webhooks/{id}/enable", "json", "once"],
  postWebhooksByIdDisable: ["POST", "/v1/webhooks/{id}/disable", "json", "once"],
  postWebhooksByIdTest: ["POST", "/v1/webhooks/{id}/test", "json", "once"],
  postWebhooksByIdReplay: ["POST", "/v1/webhooks/{id}/replay", "json", "once"],
  getWebhooksByIdDeliveries: ["GET", "/v1/webhooks/{id}/deliveries", "json", "safe"],
  postFiles: ["POST", "/v1/files", "json", "once"],
  getFilesById: ["GET", "/v1/files/{id}", "bytes", "safe"],
  getFilesByIdMetadata: ["GET", "/v1/files/{id}/metadata", "json", "safe"],
  getCertificates: ["GET", "/v1/certificates", "json", "safe"],
  postCertificates: ["POST", "/v1/certificates", "json", "once"],
  deleteCertificatesByName: ["DELETE", "/v1/certificates/{name}", "json", "safe"],
  getFlows: ["GET", "/v1/flows", "json", "safe"],
  getDebtInquiriesByIdDecision: ["GET", "/v1/debt-inquiries/{id}/decision", "json", "safe"],
  postSignatures: ["POST", "/v1/signatures", "json", "once"],
  postSignaturesVerify: ["POST", "/v1/signatures/verify", "json", "safe"],
  getAlerts: ["GET", "/v1/alerts", "json", "safe"],
  getMe: ["GET", "/v1/me", "json", "safe"],
  getOverview: ["GET", "/v1/overview", "json", "safe"],
  getSchedules: ["GET", "/v1/schedules", "json", "safe"],
  getStats: ["GET", "/v1/stats", "json", "safe"],
  getMappings: ["GET", "/v1/mappings", "json", "safe"],
  getMappingsByInstanceByEntity: ["GET", "/v1/mappings/{instance}/{entity}", "json", "safe"],
  postMappingsPreview: ["POST", "/v1/mappings/preview", "json", "safe"],
  postMappingsDiff: ["POST", "/v1/mappings/diff", "json", "once"],
  postMappingsByInstanceCheck: ["POST", "/v1/mappings/{instance}/check", "json", "once"],
  getAudit: ["GET", "/v1/audit", "json", "safe"],
  getAuditHead: ["GET", "/v1/audit/head", "json", "safe"],
  postAuditVerify: ["POST", "/v1/audit/verify", "json", "once"],
  getPowersOfAttorney: ["GET", "/v1/powers-of-attorney", "json", "safe"],
  postPowersOfAttorney: ["POST", "/v1/powers-of-attorney", "json", "once"],
  getPowersOfAttorneyByName: ["GET", "/v1/powers-of-attorney/{name}", "json", "safe"],
  deletePowersOfAttorneyByName: ["DELETE", "/v1/powers-of-attorney/{name}", "json", "safe"],
  postPowersOfAttorneyByNameRevoke: ["POST", "/v1/powers-of-attorney/{name}/revoke", "json", "once"],
  postCustomersByIdErase: ["POST", "/v1/customers/{id}/erase", "json", "once"],
  getErasures: ["GET", "/v1/erasures", "json", "safe"],
  postMasterKeyRotation: ["POST", "/v1/master-key/rotation", "json", "once"],
  getMasterKeyRotation: ["GET", "/v1/master-key/rotation", "json", "safe"],
  getConnectors: ["GET", "/v1/connectors", "json", "safe"],
  postConnectorsByInstanceSync: ["POST", "/v1/connectors/{instance}/sync", "json", "once"],
  postConnectorsByInstancePause: ["POST", "/v1/connectors/{instance}/pause", "json", "once"],
  postConnectorsByInstanceResume: ["POST", "/v1/connectors/{instance}/resume", "json", "once"],
  getSync: ["GET", "/v1/sync", "json", "safe"],
  getQuarantine: ["GET", "/v1/quarantine", "json", "safe"],
  postQuarantineRetry: ["POST", "/v1/quarantine/retry", "json", "once"],
  getKeys: ["GET", "/v1/keys", "json", "safe"],
  postKeys: ["POST", "/v1/keys", "json", "once"],
  deleteKeysById: ["DELETE", "/v1/keys/{id}", "json", "safe"],
  getHealthLive: ["GET", "/health/live", "text", "safe"],
  getHealthReady: ["GET", "/health/ready", "text", "safe"],
  getMetrics: ["GET", "/metrics", "text", "safe"],
  postHooksByInstance: ["POST", "/hooks/{instance}", "text", "once"],
  getHooksByInstance: ["GET", "/hooks/{instance}", "text", "safe"],
  getAdvice: ["GET", "/v1/advice", "json", "safe"],
  getConsole: ["GET", "/console", "text", "safe"],
  getConsoleByFile: ["GET", "/console/{file}", "bytes", "safe"],
  getOpenapiJson: ["GET", "/openapi.json", "json", "safe"],
  getDocs: ["GET", "/docs", "text", "safe"],
  getDocsByName: ["GET", "/docs/{name}", "text", "safe"],
  getDocsPicturesByFile: ["GET", "/docs/pictures/{file}", "bytes", "safe"],
  getDocsByFolderByName: ["GET", "/docs/{folder}/{name}", "text", "safe"],
} as const satisfies Readonly<
  Record<keyof Operations, readonly [method: string, path: string, answer: 'json' | 'text' | 'bytes' | 'events', repeat: 'safe' | 'keyed' | 'once']>
>;
