import { useState } from 'preact/hooks';
import { useLoaded } from '../loaded.ts';
import { useMore } from '../more.ts';
import { go, link, place } from '../router.ts';
import { can, t } from '../session.ts';
import { Icon } from '../ui/icons.tsx';
import { Card, Empty, Page, ShowMore, Shown, Status, Table, Time } from '../ui/parts.tsx';
import { codeWord, foundByWord, kindNames, kindWord, statusNames, statusWord, waitWord } from '../words.ts';
import type { OperationItem } from './operation-types.ts';

interface Found {
  items: OperationItem[];
  nextCursor?: string | null;
}

const periods = [
  { hours: 1, ru: 'за час', en: 'last hour' },
  { hours: 24, ru: 'за сутки', en: 'last day' },
  { hours: 168, ru: 'за неделю', en: 'last week' },
] as const;

/**
 * Words that somebody looks for stay in memory: the address of the page may be kept in a history or sent to a colleague,
 * and a phone must not be in it.
 */
let lastWords = '';

export function Operations() {
  const { query } = place.value;
  const [words, setWords] = useState(lastWords);
  const [typed, setTyped] = useState(lastWords);
  const filter = Object.fromEntries(query);
  const period = periods.find((p) => String(p.hours) === filter.hours);
  const [now] = useState(Date.now());
  const since = period ? new Date(now - period.hours * 3_600_000).toISOString() : undefined;
  const only = {
    kind: filter.kind,
    instance: filter.instance,
    waitingFor: filter.waitingFor,
    code: filter.code,
    since,
  };
  const list = `/v1/operations/masked?${new URLSearchParams(
    Object.entries({
      ...only,
      status: filter.status,
      deliveries: filter.kind ? undefined : 'without',
      limit: '50',
    }).filter((e): e is [string, string] => e[1] !== undefined),
  )}`;
  const search = { ...only, q: words, ...(filter.status ? { status: filter.status.split(',') } : {}) };
  const allowed = can('read:operations');
  const listed = useLoaded<Found>(allowed && !words ? list : undefined, 5_000);
  const found = useLoaded<Found>(allowed && words ? '/v1/operations/search' : undefined, 0, search);
  const first = words ? found : listed;
  const identity = words ? JSON.stringify(search) : list;
  const connectors = useLoaded<{ connectors: { instance: string }[] }>(
    can('read:connectors') ? '/v1/overview' : undefined,
  );
  const more = useMore<Found>((cursor) => `${list}&cursor=${cursor}`, identity);
  const set = (change: Record<string, string | undefined>): void => go(link('operations', { ...filter, ...change }));
  const find = (event: SubmitEvent): void => {
    event.preventDefault();
    lastWords = typed.trim();
    setWords(lastWords);
  };
  const chosen = filter.status?.split(',') ?? [];
  const hasFilter = Object.keys(filter).length > 0 || words !== '';
  return (
    <Page
      title={t('Операции', 'Operations')}
      lead={t('Всё, что хаб принял к исполнению, — от новых к старым.', 'All that the hub has accepted, newest first.')}
    >
      <form class="search" role="search" onSubmit={find}>
        <Icon name="search" />
        <input
          type="search"
          aria-label={t('Найти операцию', 'Find an operation')}
          placeholder={t(
            'Номер, телефон, лицевой счёт, ссылка, номер у шлюза',
            'Id, phone, account number, reference, upstream id',
          )}
          value={typed}
          maxLength={200}
          onInput={(e) => {
            setTyped(e.currentTarget.value);
            if (e.currentTarget.value === '') {
              lastWords = '';
              setWords('');
            }
          }}
        />
        <button type="submit" class="button primary">
          {t('Найти', 'Find')}
        </button>
      </form>
      <div class="filters" role="group" aria-label={t('Отбор', 'Filters')}>
        <div class="chips">
          {statusNames.map((s) => (
            <button
              key={s}
              type="button"
              class="chip"
              aria-pressed={chosen.includes(s)}
              onClick={() =>
                set({
                  status: (chosen.includes(s) ? chosen.filter((c) => c !== s) : [...chosen, s]).join(',') || undefined,
                })
              }
            >
              {statusWord(s)}
            </button>
          ))}
        </div>
        <select
          aria-label={t('Вид', 'Kind')}
          value={filter.kind ?? ''}
          onChange={(e) => set({ kind: e.currentTarget.value || undefined })}
        >
          <option value="">{t('Все, кроме доставки событий', 'All but event deliveries')}</option>
          {kindNames.map((k) => (
            <option key={k} value={k}>
              {kindWord(k)}
            </option>
          ))}
        </select>
        <select
          aria-label={t('Коннектор', 'Connector')}
          value={filter.instance ?? ''}
          onChange={(e) => set({ instance: e.currentTarget.value || undefined })}
        >
          <option value="">{t('Все коннекторы', 'All connectors')}</option>
          {[
            ...new Set([
              ...(connectors.data?.connectors.map((c) => c.instance) ?? []),
              ...(filter.instance ? [filter.instance] : []),
            ]),
          ].map((c) => (
            <option key={c} value={c}>
              {c}
            </option>
          ))}
        </select>
        <select
          aria-label={t('Время', 'Time')}
          value={filter.hours ?? ''}
          onChange={(e) => set({ hours: e.currentTarget.value || undefined })}
        >
          <option value="">{t('за всё время', 'all time')}</option>
          {periods.map((p) => (
            <option key={p.hours} value={p.hours}>
              {t(p.ru, p.en)}
            </option>
          ))}
        </select>
        {filter.code && (
          <button type="button" class="chip" aria-pressed="true" onClick={() => set({ code: undefined })}>
            {codeWord(filter.code)} ×
          </button>
        )}
        {filter.waitingFor && (
          <button type="button" class="chip" aria-pressed="true" onClick={() => set({ waitingFor: undefined })}>
            {t('ждёт', 'waits for')}: {filter.waitingFor} ×
          </button>
        )}
      </div>
      <Card flush>
        <Shown of={first} scope="read:operations">
          {(data) => {
            const items = [...data.items, ...more.pages.flatMap((p) => p.items)];
            const cursor = (more.pages.at(-1) ?? data).nextCursor;
            if (items.length === 0)
              return (
                <Empty
                  title={
                    hasFilter ? t('Ничего не нашлось', 'Nothing found') : t('Операций ещё не было', 'No operations yet')
                  }
                >
                  {hasFilter
                    ? t('Проверьте слово или уберите часть отбора.', 'Check the word, or take off some filters.')
                    : t(
                        'Они появятся, когда приложение или отдел обратится к хабу.',
                        'They appear when an app or a department calls the hub.',
                      )}
                </Empty>
              );
            return (
              <>
                <OperationTable items={items} />
                <ShowMore cursor={cursor} more={more} />
              </>
            );
          }}
        </Shown>
      </Card>
    </Page>
  );
}

export function aboutOf(op: OperationItem): string {
  const { payload } = op;
  if (typeof payload.to === 'string') return payload.to;
  if (typeof payload.type === 'string') return payload.type;
  if (Array.isArray(payload.values)) return payload.values.join(' / ');
  return op.subject ?? '';
}

export function OperationTable({ items }: { items: OperationItem[] }) {
  return (
    <Table
      label={t('Операции', 'Operations')}
      heads={[
        t('Принята', 'Accepted'),
        t('Что', 'What'),
        t('О ком', 'About'),
        t('Состояние', 'Status'),
        t('Коннектор', 'Connector'),
        t('Попытки', 'Attempts'),
      ]}
    >
      {items.map((op) => (
        <tr key={op.id}>
          <td class="nowrap">
            <Time at={op.acceptedAt} />
          </td>
          <td>
            <a class="row-link" href={link(`operations/${op.id}`)}>
              {kindWord(op.kind)}
            </a>
            <div class="muted small">{op.reference ?? `${op.id.slice(0, 8)}…${op.id.slice(-4)}`}</div>
          </td>
          <td>
            {aboutOf(op)}
            {op.foundBy && <div class="muted small">{foundByWord(op.foundBy)}</div>}
          </td>
          <td>
            <Status name={op.status} />
            <div class="muted small clip">{reasonOf(op)}</div>
          </td>
          <td>{op.instance}</td>
          <td class="num">{op.attempts}</td>
        </tr>
      ))}
    </Table>
  );
}

function reasonOf(op: OperationItem): string | null {
  if (op.waitingFor && !['succeeded', 'failed', 'cancelled', 'dead'].includes(op.status))
    return waitWord(op.waitingFor);
  return op.error && op.status !== 'succeeded' ? codeWord(op.error.code) : null;
}
