import { useEffect, useState } from 'preact/hooks';
import { api, asProblem, type Problem } from '../api.ts';
import { useLoaded } from '../loaded.ts';
import { useMore } from '../more.ts';
import { go, link } from '../router.ts';
import { can, t } from '../session.ts';
import { Bar, Card, Dialog, Empty, Page, ProblemWords, ShowMore, Shown, Table, Time } from '../ui/parts.tsx';
import { entityWord, monthWord, number } from '../words.ts';
import {
  type EntityName,
  entityNames,
  type FindingKind,
  findingKinds,
  type Run,
  sumOf,
} from './reconciliation-types.ts';
import { entitiesWord, findingWord, RunState } from './reconciliation-words.tsx';

interface Runs {
  items: Run[];
  nextCursor: string | null;
}

/** Comparisons of our records with ГИС ЖКХ, newest first, and a way to begin one. */
export function Reconciliations() {
  const first = useLoaded<Runs>(can('read:reconciliations') ? '/v1/reconciliations' : undefined, 3_000);
  const more = useMore<Runs>((cursor) => `/v1/reconciliations?cursor=${cursor}`);
  const [making, setMaking] = useState(false);
  const mayMake = can('reconciliations');
  return (
    <Page
      title={t('Сверка с ГИС ЖКХ', 'Comparison with ГИС ЖКХ')}
      lead={t(
        'Лицевые счета, счётчики и платёжные документы учётной системы против ГИС ЖКХ, по домам.',
        'Accounts, meters and payment documents of the accounting system against ГИС ЖКХ, by house.',
      )}
      aside={
        can('read:reconciliations') && (
          <span class="act">
            <button type="button" class="button primary" disabled={!mayMake} onClick={() => setMaking(true)}>
              {t('Новая сверка', 'New comparison')}
            </button>
            {!mayMake && <NeedsScope />}
          </span>
        )
      }
    >
      <Card flush>
        <Shown of={first} scope="read:reconciliations">
          {(data) => {
            const seen = new Set<string>();
            // A run that began since the first page was read moves the others down.
            const items = [data, ...more.pages]
              .flatMap((p) => p.items)
              .filter((r) => !seen.has(r.id) && seen.add(r.id));
            const cursor = (more.pages.at(-1) ?? data).nextCursor;
            if (items.length === 0)
              return (
                <Empty title={t('Сверок ещё не было', 'No comparisons yet')}>
                  {t(
                    'Начните первую: хаб покажет, чего в ГИС ЖКХ не хватает, что лишнее и что отличается.',
                    'Begin the first: it shows what ГИС ЖКХ lacks, has too much, and has otherwise.',
                  )}
                </Empty>
              );
            return (
              <>
                <RunTable items={items} />
                <ShowMore cursor={cursor} more={more} />
              </>
            );
          }}
        </Shown>
      </Card>
      {making && <NewRun onClose={() => setMaking(false)} />}
    </Page>
  );
}

/** Why a button of comparisons is off. */
export function NeedsScope() {
  return (
    <span class="small muted" role="note">
      {t('Нужна область доступа', 'It takes the scope')} <code>reconciliations</code>
    </span>
  );
}

function RunTable({ items }: { items: readonly Run[] }) {
  return (
    <Table
      label={t('Сверки', 'Comparisons')}
      heads={[
        t('Когда', 'When'),
        t('Что', 'What'),
        t('Состояние', 'State'),
        ...findingKinds.map(findingWord),
        t('Кто', 'Who'),
      ]}
    >
      {items.map((run) => (
        <tr key={run.id}>
          <td class="nowrap">
            <a class="row-link" href={link(`reconciliations/${run.id}`)}>
              <Time at={run.createdAt} />
            </a>
            <div class="muted small">{run.instance}</div>
          </td>
          <td>
            {entitiesWord(run)}
            <div class="muted small">
              {run.scope.building ? t('один дом', 'one house') : t('все дома', 'all houses')}
              {run.scope.period && ` · ${monthWord(run.scope.period)}`}
            </div>
          </td>
          <td>
            <RunState run={run} />
            {run.status === 'running' && (
              <Bar done={run.compared} bad={0} total={run.total} label={t('Сколько сверено', 'How much is compared')} />
            )}
          </td>
          {findingKinds.map((kind: FindingKind) => (
            <td key={kind} class="num">
              {number(sumOf(run.counts, kind))}
            </td>
          ))}
          <td>
            <code class="clip who" title={run.createdBy}>
              {run.createdBy}
            </code>
          </td>
        </tr>
      ))}
    </Table>
  );
}

interface Building {
  id: string;
  name: string;
}

/** Houses to choose from, all pages of them. */
function useHouses(): { houses: Building[]; problem: Problem | undefined } {
  const [houses, setHouses] = useState<Building[]>([]);
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    if (!can('read:buildings')) return undefined;
    const end = new AbortController();
    const load = async (): Promise<void> => {
      const all: Building[] = [];
      let cursor: string | null | undefined;
      do {
        const page: { items: Building[]; nextCursor?: string | null } = await api(
          `/v1/buildings?limit=500${cursor ? `&cursor=${cursor}` : ''}`,
          { signal: end.signal },
        );
        all.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor);
      setHouses(all.sort((a, b) => a.name.localeCompare(b.name, 'ru', { numeric: true })));
    };
    load().catch((error: unknown) => {
      if (!end.signal.aborted) setProblem(asProblem(error));
    });
    return () => end.abort();
  }, []);
  return { houses, problem };
}

function NewRun({ onClose }: { onClose: () => void }) {
  const connectors = useLoaded<{ items: { instance: string; system: string }[] }>(
    can('read:connectors') ? '/v1/connectors' : undefined,
  );
  const { houses, problem: housesProblem } = useHouses();
  const [entities, setEntities] = useState<EntityName[]>(['PersonalAccount', 'Meter']);
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const instances = connectors.data?.items.filter((c) => c.system === 'giszhkh').map((c) => c.instance);
  const start = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => String(form.get(name) ?? '').trim();
    setBusy(true);
    setProblem(undefined);
    try {
      const made = await api<Run>('/v1/reconciliations', {
        body: {
          instance: text('instance'),
          entities,
          ...(text('building') ? { building: text('building') } : {}),
          ...(entities.includes('PaymentDocument') ? { period: text('period') } : {}),
        },
      });
      go(link(`reconciliations/${made.id}`));
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('Новая сверка', 'New comparison')} onClose={onClose}>
      <form onSubmit={start}>
        <label for="rec-instance">{t('Коннектор', 'Connector')}</label>
        {can('read:connectors') ? (
          instances?.length === 0 ? (
            <p class="field-problem" role="alert">
              {t('В hub.yaml нет коннектора ГИС ЖКХ.', 'hub.yaml has no connector of ГИС ЖКХ.')}
            </p>
          ) : (
            <select id="rec-instance" name="instance" required>
              {instances?.map((i) => (
                <option key={i} value={i}>
                  {i}
                </option>
              ))}
            </select>
          )
        ) : (
          <input id="rec-instance" name="instance" required maxLength={63} placeholder="giszhkh-main" />
        )}
        <label for="rec-house">{t('Дом', 'House')}</label>
        <select id="rec-house" name="building">
          <option value="">{t('Все дома', 'All houses')}</option>
          {houses.map((h) => (
            <option key={h.id} value={h.id}>
              {h.name}
            </option>
          ))}
        </select>
        {!can('read:buildings') && (
          <p class="small muted">
            {t('Чтобы выбрать дом, нужна область доступа', 'To choose a house takes the scope')}{' '}
            <code>read:buildings</code>.
          </p>
        )}
        <fieldset>
          <legend>{t('Что сверить', 'What to compare')}</legend>
          {entityNames.map((e) => (
            <label key={e} class="check">
              <input
                type="checkbox"
                checked={entities.includes(e)}
                onChange={(event) =>
                  setEntities(event.currentTarget.checked ? [...entities, e] : entities.filter((x) => x !== e))
                }
              />{' '}
              {entityWord(e)}
            </label>
          ))}
        </fieldset>
        {entities.includes('PaymentDocument') && (
          <>
            <label for="rec-period">{t('Месяц платёжных документов', 'Month of the payment documents')}</label>
            <input id="rec-period" name="period" type="month" required pattern="\d{4}-\d{2}" />
          </>
        )}
        {[housesProblem, problem].map(
          (p) =>
            p && (
              <p key={p.code} class="field-problem" role="alert">
                <ProblemWords problem={p} />
              </p>
            ),
        )}
        <div class="dialog-actions">
          <button type="submit" class="button primary" disabled={busy || entities.length === 0}>
            {busy && <span class="spinner small" />}
            {t('Начать', 'Start')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
