import { useState } from 'preact/hooks';
import { link } from '../router.ts';
import { language, t } from '../session.ts';
import { Badge, Card, Facts, Status, Table, Time } from '../ui/parts.tsx';
import {
  ago,
  codeWord,
  dayWord,
  debtStageWord,
  decimal,
  kindWord,
  messageWord,
  monthWord,
  purposeWord,
  roleWord,
  roubles,
  waitWord,
} from '../words.ts';
import type { AccountItem, Dossier, Fresh, Month } from './lookup-types.ts';

const stageTones = { prepaid: 'ok', none: 'ok', current: 'info', overdue: 'bad' } as const;

/** Everything about a person, an account or a flat. */
export function DossierShown({ found }: { found: Dossier }) {
  const { customers, premises, accounts, meters, operations, tasks, messages } = found;
  const numbers = new Map(accounts.items.map((a) => [a.id, a.number]));
  return (
    <div class="columns">
      <div class="column wide">
        <Card title={t('Люди', 'People')} aside={<Freshness of={customers} />}>
          <ul class="people">
            {customers.items.map((p) => (
              <li key={p.id}>
                <strong>{p.name}</strong>
                {p.birthDate && <span class="muted"> · {dayWord(p.birthDate)}</span>}
                <div class="small">
                  {p.phones.map((phone) => (
                    <a key={phone} class="phone" href={`tel:${phone}`}>
                      {phone}
                    </a>
                  ))}
                  {p.emails.join(', ')}
                </div>
                <div class="muted small">
                  {p.roles
                    .map((r) => `${roleWord(r.role)}${r.share ? ` (${r.share})` : ''}: ${numbers.get(r.account) ?? ''}`)
                    .join('; ')}
                  {!p.isAskedFor && (
                    <>
                      {' · '}
                      <a href={link(`lookup/${p.id}`)}>{t('открыть', 'open')}</a>
                    </>
                  )}
                </div>
              </li>
            ))}
          </ul>
          <More of={customers} />
        </Card>
        {found.notices.includes('DIFFERENT_TIMES') && (
          <p class="stale" role="note">
            {t(
              'Баланс, начисления и оплаты получены в разное время: месяцы могут пока не сходиться.',
              'Balance, charges and payments were pulled at different times: months may not add up yet.',
            )}
          </p>
        )}
        {accounts.items.map((a) => (
          <AccountCard key={a.id} account={a} fresh={accounts} />
        ))}
        <Card title={t('Счётчики', 'Meters')} aside={<Freshness of={meters} />} flush>
          {meters.items.length === 0 ? (
            <p class="nothing muted">{t('Счётчиков нет.', 'There are no meters.')}</p>
          ) : (
            <Table
              label={t('Счётчики', 'Meters')}
              heads={[
                t('Счётчик', 'Meter'),
                t('Показание', 'Reading'),
                t('Прошлое', 'Before'),
                t('Поверка', 'Verify by'),
              ]}
            >
              {meters.items.map((m) => (
                <tr key={m.id}>
                  <td>
                    {m.name ?? m.serialNumber}
                    <div class="muted small">{m.serialNumber}</div>
                  </td>
                  {[0, 1].map((n) => (
                    <td key={n} class="num">
                      {m.readings[n]?.values.join(' / ') ?? '—'}
                      <div class="muted small">{m.readings[n] ? dayWord(m.readings[n].readAt) : ''}</div>
                    </td>
                  ))}
                  <td class="nowrap">
                    {m.verifyBy ? dayWord(m.verifyBy) : '—'}{' '}
                    {m.isOverdue && <Badge tone="warn">{t('просрочена', 'overdue')}</Badge>}
                  </td>
                </tr>
              ))}
            </Table>
          )}
          <More of={meters} />
        </Card>
      </div>
      <div class="column">
        {premises.items.map((p) => (
          <Card key={p.id} title={t('Помещение', 'Premises')} aside={<Freshness of={premises} />}>
            <p>
              <strong>{p.address ?? '—'}</strong>
            </p>
            <Facts
              rows={[
                [t('Подъезд, этаж', 'Entrance, floor'), `${p.entrance ?? '—'}, ${p.floor ?? '—'}`],
                [t('Площадь', 'Area'), p.area ? `${p.area} ${t('м²', 'm²')}` : '—'],
                [t('Часовой пояс', 'Time zone'), p.timezone ?? '—'],
              ]}
            />
          </Card>
        ))}
        <Card title={t('Не завершено', 'Not ended')} aside={<Freshness of={operations} />}>
          {operations.items.length + tasks.items.length === 0 && (
            <p class="muted">{t('Незавершённого нет.', 'Nothing is open.')}</p>
          )}
          <ul class="open-list">
            {tasks.items.map((task) => (
              <li key={task.id}>
                <a href={link(`tasks/${task.id}`)}>{language.value === 'ru' ? task.title.ru : task.title.en}</a>{' '}
                <Badge tone={task.overdue ? 'bad' : 'warn'}>{t('задача', 'task')}</Badge>
                <div class="muted small">
                  {t('срок', 'until')} <Time at={task.deadline} />
                </div>
              </li>
            ))}
            {operations.items.map((o) => (
              <li key={o.id}>
                <a href={link(`operations/${o.id}`)}>{kindWord(o.kind)}</a> <Status name={o.status} />
                <div class="muted small">
                  <Time at={o.acceptedAt} /> {o.code ? codeWord(o.code) : o.waitingFor ? waitWord(o.waitingFor) : ''}
                </div>
              </li>
            ))}
          </ul>
          <More of={operations} />
        </Card>
        <Card title={t('Сообщения', 'Messages')} aside={<Freshness of={messages} />}>
          {messages.items.length === 0 && <p class="muted">{t('Сообщений не было.', 'There were no messages.')}</p>}
          <ul class="open-list">
            {messages.items.map((m) => (
              <li key={m.id}>
                <Status name={m.status} text={messageWord(m.status)} /> <Time at={m.at} />
                <div>{m.text}</div>
                <div class="muted small">
                  {purposeWord(m.purpose)} · {m.to}
                </div>
              </li>
            ))}
          </ul>
          <More of={messages} />
        </Card>
      </div>
    </div>
  );
}

function AccountCard({ account, fresh }: { account: AccountItem; fresh: Fresh }) {
  const { balance, explanation } = account;
  return (
    <Card title={`${t('Лицевой счёт', 'Account')} ${account.number}`} aside={<Freshness of={balance ?? fresh} />}>
      {account.state === 'closed' && <Badge tone="plain">{t('закрыт', 'closed')}</Badge>}
      {balance ? (
        <p class="balance">
          <b>{roubles(balance.principal.amount)}</b>{' '}
          <Badge tone={stageTones[balance.stage as keyof typeof stageTones] ?? 'plain'}>
            {debtStageWord(balance.stage)}
          </Badge>
          <span class="muted">
            {Number(balance.penalty.amount) !== 0 && ` ${t('пени', 'penalties')} ${roubles(balance.penalty.amount)}`}
            {balance.monthsOwed !== null &&
              balance.stage === 'overdue' &&
              ` · ${t('месячных начислений', 'monthly charges')}: ${balance.monthsOwed}`}
          </span>
        </p>
      ) : (
        <p class="muted">{t('Баланс ещё не получен.', 'The balance has not come yet.')}</p>
      )}
      {explanation && explanation.months.length > 0 && <Months months={explanation.months} />}
    </Card>
  );
}

/** How the balance came about; a month opens to its services and payments. */
function Months({ months }: { months: Month[] }) {
  const [open, setOpen] = useState<string>();
  return (
    <div class="tight">
      <Table
        label={t('Как сложился баланс', 'How the balance came about')}
        heads={[
          t('Месяц, ₽', 'Month, ₽'),
          t('Было', 'Opening'),
          t('Начислено', 'Charged'),
          t('Перерасчёт, льготы', 'Recalculated, benefits'),
          t('Оплачено', 'Paid'),
          t('Стало', 'Closing'),
        ]}
      >
        {months.flatMap((m) => {
          const isOpen = open === m.period;
          return [
            <tr key={m.period}>
              <td class="nowrap">
                <button
                  type="button"
                  class="link"
                  aria-expanded={isOpen}
                  onClick={() => setOpen(isOpen ? undefined : m.period)}
                >
                  {monthWord(m.period)}
                </button>
              </td>
              <td class="num">{decimal(m.opening.amount)}</td>
              <td class="num">{decimal(m.charged.amount)}</td>
              <td class="num">
                {decimal(m.recalculated.amount)}
                {Number(m.benefits.amount) !== 0 && <div>−{decimal(m.benefits.amount)}</div>}
              </td>
              <td class="num">{decimal(m.paid.amount)}</td>
              <td class="num">{decimal(m.closing.amount)}</td>
            </tr>,
            ...(isOpen
              ? [
                  <tr key={`${m.period} details`}>
                    <td colSpan={6}>
                      <Facts
                        rows={[
                          ...m.services.map(
                            (s) =>
                              [
                                s.service ?? '—',
                                `${roubles(s.amount.amount)}${s.recalculation && Number(s.recalculation.amount) !== 0 ? ` (${t('перерасчёт', 'recalculation')} ${roubles(s.recalculation.amount)})` : ''}`,
                              ] as const,
                          ),
                          ...m.payments.map(
                            (p) =>
                              [
                                `${t('Оплата', 'Payment')} ${dayWord(p.paidOn)}`,
                                `${roubles(p.amount.amount)}${p.source ? ` · ${p.source}` : ''}`,
                              ] as const,
                          ),
                        ]}
                      />
                    </td>
                  </tr>,
                ]
              : []),
          ];
        })}
      </Table>
    </div>
  );
}

/** How old a part is, and from where; what ails it. */
function Freshness({ of }: { of: Fresh }) {
  const [source] = of.sources;
  const ill = of.sources.find((s) => s.problem !== null);
  if (source?.instance === 'hub') return <span class="muted small">{t('сейчас', 'now')}</span>;
  const from = of.sources.map((s) => s.instance).join(', ');
  return (
    <span class="muted small" title={from}>
      {of.asOf
        ? `${t('получено', 'pulled')} ${ago(of.asOf)} · ${from}`
        : source?.isLoading
          ? t('ещё загружается', 'still loading')
          : t('не загружалось', 'never loaded')}
      {ill && (
        <>
          {' '}
          <Badge tone="warn">{codeWord(ill.problem)}</Badge>
        </>
      )}
    </span>
  );
}

function More({ of }: { of: { isCut: boolean } }) {
  return of.isCut ? <p class="muted small">{t('Показано не всё.', 'Not everything is shown.')}</p> : null;
}
