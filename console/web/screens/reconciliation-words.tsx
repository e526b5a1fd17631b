import { t } from '../session.ts';
import { Badge } from '../ui/parts.tsx';
import { dayWord, entityWord, kindWord, monthWord, roubles } from '../words.ts';
import type { FindingKind, ImportState, Refusal, Run } from './reconciliation-types.ts';

export function findingWord(kind: FindingKind): string {
  return {
    'missing-there': t('Нет в ГИС ЖКХ', 'Missing there'),
    'extra-there': t('Лишнее в ГИС ЖКХ', 'Extra there'),
    different: t('Отличается', 'Different'),
    ambiguous: t('Неоднозначно', 'Ambiguous'),
  }[kind];
}

export const findingTones: Record<FindingKind, 'warn' | 'info' | 'bad' | 'plain'> = {
  'missing-there': 'warn',
  'extra-there': 'info',
  different: 'bad',
  ambiguous: 'plain',
};

export function importWord(state: ImportState): string {
  return {
    left: t('Ещё не загружалось', 'Not imported yet'),
    refused: t('Загрузить нельзя', 'Can’t be imported'),
    'under-way': t('Загружается', 'Under way'),
    succeeded: t('Загружено', 'Imported'),
    failed: t('Не загрузилось', 'Import failed'),
  }[state];
}

/** «Лицевые счета, счётчики». */
export function entitiesWord({ scope }: Run): string {
  const text = scope.entities.map(entityWord).join(', ').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function RunState({ run }: { run: Run }) {
  if (run.status === 'running') return <Badge tone="info">{t('Идёт', 'Running')}</Badge>;
  return run.status === 'failed' ? (
    <Badge tone="bad">{t('Прервана ошибкой', 'Failed')}</Badge>
  ) : (
    <Badge tone="ok">{t('Завершена', 'Done')}</Badge>
  );
}

/** Why no import is made, and what to do about it. */
export function refusalWord(refusal: Refusal): string {
  switch (refusal.code) {
    case 'RECORD_GONE':
      return t('Запись уже удалена в учётной системе. Проведите сверку заново.', 'Our record is gone. Compare again.');
    case 'NO_PREMISES':
      return t(
        'У лицевого счёта в учётной системе не указано помещение. Укажите и прочитайте изменения.',
        'The account has no premises in the accounting system. Enter them and pull the changes.',
      );
    case 'NO_PLACE':
      return t(
        'У счётчика в учётной системе нет ни помещения, ни дома. Укажите и прочитайте изменения.',
        'The meter has neither premises nor house in the accounting system. Enter one and pull the changes.',
      );
    case 'NO_SERIAL_NUMBER':
      return t(
        'У счётчика нет заводского номера. Укажите его в учётной системе.',
        'The meter has no serial number. Enter it in the accounting system.',
      );
    case 'RESOURCE_UNKNOWN':
      return t(
        'Неизвестно, что измеряет счётчик. Укажите услугу в учётной системе или передайте `meters` через API.',
        'It is not known what the meter measures. Enter it in the accounting system, or give `meters` by the API.',
      );
    case 'PAYEE_NEEDED':
      return t('Не указаны реквизиты получателя.', 'The payee is not given.');
    case 'SERVICE_UNKNOWN':
      return `${t('Нет соответствия в справочнике ГИС ЖКХ для услуг', 'No directory element for services')}: ${refusal.services?.join(', ')}.`;
    case 'NOT_CHARGED':
      return t('За этот месяц начислений уже нет.', 'Nothing is charged for the month any more.');
    case 'PREMISES_NOT_THERE':
      return t(
        'В ГИС ЖКХ нет такого помещения. Внесите его там, прочитайте ГИС ЖКХ и сверьте снова.',
        'ГИС ЖКХ has no such premises. Enter them there, pull ГИС ЖКХ, and compare again.',
      );
    case 'ACCOUNT_NOT_THERE':
      return t(
        'Сначала нужен лицевой счёт в ГИС ЖКХ. Когда он загрузится, нажмите кнопку ещё раз.',
        'Its account has to be in ГИС ЖКХ first. When that is imported, press the button again.',
      );
    case 'UNDER_WAY':
      return t('Уже загружено или загружается.', 'It is there by now, or under way.');
    case 'NO_SUCH_COMMAND':
      return `${t('Этот хаб не умеет', 'This hub can’t do')}: ${kindWord(refusal.kind ?? '')}.`;
    case 'UNFIT':
      return `${t('Данные не подходят', 'The data do not fit')}: ${refusal.field}: ${refusal.what}.`;
    default:
      return refusal.code;
  }
}

/** A value of either side as a reader understands it. */
export function valueWord(field: string, value: unknown): string {
  if (value === null || value === undefined) return '—';
  if (typeof value === 'boolean') return value ? t('да', 'yes') : t('нет', 'no');
  if (typeof value === 'object')
    return 'amount' in value
      ? roubles(String(value.amount))
      : 'text' in value
        ? String(value.text)
        : JSON.stringify(value);
  if (field === 'state')
    return (
      {
        open: t('открыт', 'open'),
        closed: t('закрыт', 'closed'),
        exposed: t('выставлен', 'exposed'),
        withdrawn: t('отозван', 'withdrawn'),
        draft: t('черновик', 'draft'),
      }[String(value)] ?? String(value)
    );
  if (field === 'period') return monthWord(String(value));
  return /^\d{4}-\d\d-\d\d$/.test(String(value)) ? dayWord(String(value)) : String(value);
}
