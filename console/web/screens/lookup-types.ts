/** What `/v1/lookup` answers; see lookup/dossier.ts. */
export interface Money {
  amount: string;
}
export interface Fresh {
  asOf: string | null;
  sources: { instance: string; asOf: string | null; isLoading: boolean; problem: string | null }[];
}
export interface Part<T> extends Fresh {
  items: T[];
  isCut: boolean;
}
export interface Candidate {
  id: string;
  by: string;
  names: string[];
  bornIn: number | null;
  phones: string[];
  address: string | null;
  accounts: { id: string; number: string; state: string }[];
}
export interface Month {
  period: string;
  opening: Money;
  charged: Money;
  recalculated: Money;
  benefits: Money;
  paid: Money;
  closing: Money;
  services: { service: string | null; amount: Money; recalculation: Money | null }[];
  payments: { paidOn: string; amount: Money; source: string | null }[];
}
export interface AccountItem {
  id: string;
  number: string;
  state: string;
  unifiedNumber: string | null;
  area: string | null;
  residents: number | null;
  balance:
    | (Fresh & { principal: Money; penalty: Money; total: Money; stage: string; monthsOwed: number | null })
    | null;
  explanation: { months: Month[]; charges: Fresh; payments: Fresh } | null;
}
export interface Dossier {
  id: string;
  customers: Part<{
    id: string;
    name: string;
    birthDate: string | null;
    phones: string[];
    emails: string[];
    roles: { account: string; role: string; share: string | null }[];
    isAskedFor: boolean;
  }>;
  premises: Part<{
    id: string;
    address: string | null;
    timezone: string | null;
    entrance: number | null;
    floor: number | null;
    area: string | null;
  }>;
  accounts: Part<AccountItem>;
  meters: Part<{
    id: string;
    name: string | null;
    serialNumber: string | null;
    verifyBy: string | null;
    isOverdue: boolean;
    readings: { readAt: string; values: string[] }[];
  }>;
  operations: Part<{
    id: string;
    kind: string;
    status: string;
    waitingFor: string | null;
    code: string | null;
    acceptedAt: string;
  }>;
  tasks: Part<{ id: string; title: { ru: string; en: string }; deadline: string; overdue: boolean }>;
  messages: Part<{ id: string; to: string; text: string; purpose: string; status: string; at: string }>;
  notices: string[];
}
export interface Answer {
  candidates: Candidate[];
  found: Dossier | null;
  tooBroad: { by: string; add: string[] }[];
}
