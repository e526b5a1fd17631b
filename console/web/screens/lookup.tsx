import { useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../api.ts';
import { useLoaded } from '../loaded.ts';
import { go, link } from '../router.ts';
import { can, t } from '../session.ts';
import { Icon } from '../ui/icons.tsx';
import { Card, Empty, Page, Shown, Table } from '../ui/parts.tsx';
import { additionWord, foundByWord } from '../words.ts';
import { DossierShown } from './dossier.tsx';
import type { Answer, Candidate } from './lookup-types.ts';

/** What was typed stays in memory: the address of the page may be kept in a history, and a phone must not be in it. */
let lastWords = '';
let lastPurpose = '';

/** Who is on the telephone, and what is the matter. */
export function LookupScreen({ id }: { id: string | undefined }) {
  const [words, setWords] = useState(lastWords);
  const [typed, setTyped] = useState(lastWords);
  const [purpose, setPurpose] = useState(lastPurpose);
  const [asked, setAsked] = useState(lastPurpose);
  const field = useRef<HTMLInputElement>(null);
  const allowed = can('read:lookup');
  const body = id ? { id } : { q: words };
  const answer = useLoaded<Answer>(
    allowed && (id || words) ? '/v1/lookup' : undefined,
    0,
    body,
    asked ? { 'x-purpose': encodeURIComponent(asked) } : undefined,
  );
  useEffect(() => {
    if (!id) field.current?.focus();
  }, [id]);
  const find = (event: SubmitEvent): void => {
    event.preventDefault();
    lastWords = typed.trim();
    lastPurpose = purpose.trim();
    setAsked(lastPurpose);
    setWords(lastWords);
    if (id) go(link('lookup'));
    else if (lastWords === words) answer.reload();
  };
  return (
    <Page
      title={t('Поиск жильца', 'Resident lookup')}
      lead={t(
        'Телефон, адрес, лицевой счёт или имя — в любом написании, можно вместе.',
        'Phone, address, account number or name, in any spelling, several together if you like.',
      )}
    >
      <form class="lookup" role="search" onSubmit={find}>
        <div class="search">
          <Icon name="search" />
          <input
            ref={field}
            type="search"
            aria-label={t('Кого найти', 'Whom to find')}
            placeholder={t(
              '8 916 123-45-67 · Иванова Анна · Баумана 5 кв 12 · 000012345',
              '8 916 123-45-67 · a name · an address · 000012345',
            )}
            value={typed}
            maxLength={200}
            autocomplete="off"
            onInput={(e) => setTyped(e.currentTarget.value)}
          />
          <button type="submit" class="button primary">
            {t('Найти', 'Find')}
          </button>
        </div>
        <div class="purpose">
          <label for="purpose">{t('Зачем смотрите', 'Why you look')}</label>
          <input
            id="purpose"
            value={purpose}
            maxLength={200}
            placeholder={t('вопрос о долге, заявка…', 'a question about the debt, a request…')}
            onInput={(e) => setPurpose(e.currentTarget.value)}
          />
          <span class="muted small">{t('попадёт в журнал доступа', 'goes into the audit log')}</span>
        </div>
      </form>
      {id && words && (
        <p>
          <a href={link('lookup')}>{t('← К найденным', '← Back to what was found')}</a>
        </p>
      )}
      {!id && !words && allowed ? (
        <Card>
          <Empty title={t('Спросите, кто звонит', 'Ask who is calling')}>
            {t(
              'Довольно телефона или лицевого счёта. По имени и адресу: «Иванова Баумана 5», «Победы 10 кв 3».',
              'A phone or an account number is enough. By name and address: “Иванова Баумана 5”, “Победы 10 кв 3”.',
            )}
          </Empty>
        </Card>
      ) : answer.problem?.status === 422 ? (
        <Card>
          <TooBroad problem={answer.problem} />
        </Card>
      ) : (
        <Result answer={answer} />
      )}
    </Page>
  );
}

function Result({ answer }: { answer: ReturnType<typeof useLoaded<Answer>> }) {
  if (answer.data?.found) return <DossierShown found={answer.data.found} />;
  return (
    <Card flush>
      <Shown of={answer} scope="read:lookup">
        {({ candidates, tooBroad }) =>
          candidates.length === 0 ? (
            <Empty title={t('Никто не нашёлся', 'Nobody was found')}>
              {t(
                'Проверьте написание, уберите часть слов или ищите по телефону либо лицевому счёту.',
                'Check the spelling, take off some words, or use the phone or the account number.',
              )}
            </Empty>
          ) : (
            <>
              <Candidates list={candidates} />
              {tooBroad.length > 0 && (
                <p class="more muted">
                  {t('Есть и другие, но их слишком много. Добавьте: ', 'There are others, too many to show. Add: ')}
                  {[...new Set(tooBroad.flatMap((b) => b.add))].map(additionWord).join(', ')}.
                </p>
              )}
            </>
          )
        }
      </Shown>
    </Card>
  );
}

/** Not a failure: what to add, so that few are left. */
function TooBroad({ problem }: { problem: Problem }) {
  const add = String(problem.details.add ?? '')
    .split(',')
    .filter(Boolean);
  return (
    <div class="state" role="alert">
      <span class="state-sign">
        <Icon name="search" size={22} />
      </span>
      <p class="state-title">
        {problem.code === 'LOOKUP_TOO_BROAD'
          ? t('Подходит слишком многое', 'Too many fit')
          : t('Этого мало', 'That says too little')}
      </p>
      <p class="muted">
        {add.length > 0
          ? `${t('Добавьте', 'Add')}: ${add.map(additionWord).join(', ')}.`
          : t('Нужны хотя бы две буквы или цифры.', 'At least two letters or digits are needed.')}
      </p>
    </div>
  );
}

function Candidates({ list }: { list: Candidate[] }) {
  return (
    <Table
      label={t('Найденные', 'Found')}
      heads={[
        t('Кто', 'Who'),
        t('Адрес', 'Address'),
        t('Лицевой счёт', 'Account'),
        t('Телефон', 'Phone'),
        t('Год рождения', 'Born in'),
      ]}
    >
      {list.map((c) => (
        <tr key={c.id}>
          <td>
            <a class="row-link" href={link(`lookup/${c.id}`)}>
              {c.names[0] ?? c.address ?? c.accounts[0]?.number ?? c.id}
            </a>
            {c.names.length > 1 && <div class="muted small">{c.names.slice(1).join(', ')}</div>}
            <div class="muted small">{foundByWord(c.by)}</div>
          </td>
          <td>{c.address ?? '—'}</td>
          <td>{c.accounts.map((a) => a.number).join(', ')}</td>
          <td class="nowrap">{c.phones[0] ?? ''}</td>
          <td class="num">{c.bornIn ?? ''}</td>
        </tr>
      ))}
    </Table>
  );
}
