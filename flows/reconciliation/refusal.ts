/** Why no import is made of a finding: for programs by `code`, in words by {@link refusalWords}. */
export type Refusal =
  | {
      code:
        | 'RECORD_GONE'
        | 'NO_PREMISES'
        | 'NO_PLACE'
        | 'NO_SERIAL_NUMBER'
        | 'RESOURCE_UNKNOWN'
        | 'PAYEE_NEEDED'
        | 'NOT_CHARGED'
        | 'PREMISES_NOT_THERE'
        | 'ACCOUNT_NOT_THERE'
        | 'UNDER_WAY';
    }
  /** Services of the charges, by their names there, for which no element of a directory was given. */
  | { code: 'SERVICE_UNKNOWN'; services: readonly string[] }
  | { code: 'NO_SUCH_COMMAND'; kind: string }
  | { code: 'UNFIT'; field: string; what: string };

const words: Readonly<Record<Exclude<Refusal['code'], 'SERVICE_UNKNOWN' | 'NO_SUCH_COMMAND' | 'UNFIT'>, string>> = {
  RECORD_GONE: 'our record is not there any more',
  NO_PREMISES: 'the account has no premises in the accounting system',
  NO_PLACE: 'the meter has neither premises nor building',
  NO_SERIAL_NUMBER: 'the meter has no serial number',
  RESOURCE_UNKNOWN: 'the resource of the meter is not in our records: give it under `meters`',
  PAYEE_NEEDED: 'payee and directory elements of the services are to be given under `paymentDocuments`',
  NOT_CHARGED: 'nothing was charged for the month',
  PREMISES_NOT_THERE: 'the other system has no premises for it: enter them there, read it anew, and compare again',
  ACCOUNT_NOT_THERE: 'the other system has no account for it yet: import the account, and this when that has succeeded',
  UNDER_WAY: 'it is there by now, or an import of it is under way',
};

/** In words; no personal data. */
export function refusalWords(refusal: Refusal): string {
  switch (refusal.code) {
    case 'SERVICE_UNKNOWN':
      return `no element under \`paymentDocuments.services\` for: ${refusal.services.join(', ')}`;
    case 'NO_SUCH_COMMAND':
      return `this hub has no ${refusal.kind}`;
    case 'UNFIT':
      return `${refusal.field}: ${refusal.what}`;
    default:
      return words[refusal.code];
  }
}
