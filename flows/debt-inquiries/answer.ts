import type { AnswerDebtInquiry, DebtDocument } from '../../canonical/commands/answer-debt-inquiry.ts';
import type { CourtCase } from '../../canonical/entities/court.ts';
import type { StoredRecord } from '../../storage/repositories/records.ts';
import type { DebtInquiryOptions } from './settings.ts';

/** Documents of one case that go with an answer. */
const MOST_DOCUMENTS = 5;

const kinds: Readonly<Record<string, string>> = {
  order: 'Судебный приказ',
  judgment: 'Решение суда',
  writ: 'Исполнительный лист',
};

/**
 * What is sent. "Debt" names the debtor of the case and brings the documents in as files of the hub.
 * @returns undefined when the documents have no content after all
 */
export async function answerPayload(
  o: DebtInquiryOptions,
  org: string,
  inquiry: string,
  answer: {
    hasDebt: boolean;
    executor: string | undefined;
    found: { record: StoredRecord; courtCase: CourtCase } | undefined;
  },
): Promise<AnswerDebtInquiry | undefined> {
  const common = {
    inquiry,
    action: 'send' as const,
    hasDebt: answer.hasDebt,
    ...(answer.executor === undefined ? {} : { executor: answer.executor }),
  };
  if (!answer.hasDebt) return common;
  const { found } = answer;
  const debtor = found?.courtCase.debtor;
  if (!found || !debtor?.lastName || !debtor.firstName) return undefined;
  const { record, courtCase } = found;
  const title = actTitle(courtCase);
  const kind = courtCase.act?.kind;
  if (!kind) return undefined;
  const documents: DebtDocument[] = [];
  for (const file of courtCase.files.slice(0, MOST_DOCUMENTS)) {
    const id = await o.documents.fetch(org, record, courtCase, file);
    if (id !== undefined) documents.push({ file: id, name: file.name, description: title, kind });
  }
  if (documents.length === 0) return undefined;
  const { lastName, firstName, middleName } = debtor;
  return {
    ...common,
    description: title,
    debtors: [{ person: { lastName, firstName, ...(middleName === null ? {} : { middleName }) }, documents }],
  };
}

/** `Судебный приказ № 2-17/2026 от 01.03.2026, вступил в силу 01.04.2026`: at most 500 signs, as descriptions may have. */
export function actTitle({ act, number }: CourtCase): string {
  const day = (date: string): string => date.split('-').reverse().join('.');
  const no = act?.number ?? number;
  return [
    kinds[act?.kind ?? ''] ?? 'Судебный акт',
    ...(no === null ? [] : [`№ ${no}`]),
    ...(act?.pronouncedOn ? [`от ${day(act.pronouncedOn)},`] : []),
    ...(act?.inForceOn ? [`вступил в силу ${day(act.inForceOn)}`] : []),
  ]
    .join(' ')
    .slice(0, 500);
}
