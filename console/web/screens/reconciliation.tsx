import { useState } from 'preact/hooks';
import { useLoaded } from '../loaded.ts';
import { link, place } from '../router.ts';
import { can, t } from '../session.ts';
import { Bar, Card, Facts, Page, Shown, Time } from '../ui/parts.tsx';
import { codeWord, entityWord, fullMoment, monthWord, number } from '../words.ts';
import { Findings } from './reconciliation-findings.tsx';
import { HouseTable } from './reconciliation-houses.tsx';
import { ImportButton, Imports } from './reconciliation-import.tsx';
import {
  type Counts,
  type FindingKind,
  findingKinds,
  type House,
  type ImportState,
  type Run,
  sumOf,
} from './reconciliation-types.ts';
import { entitiesWord, findingWord, RunState } from './reconciliation-words.tsx';

/** Often enough to watch. */
const RUNNING_MS = 1_000;
const IMPORTING_MS = 2_000;
/** Somebody else may press the button. */
const QUIET_MS = 15_000;

/** One comparison: how far it is, what it has found by house, and the import of what ГИС ЖКХ lacks. */
export function ReconciliationScreen({ id }: { id: string }) {
  const [turn, setTurn] = useState(0);
  const allowed = can('read:reconciliations');
  const [isDone, setDone] = useState(false);
  const run = useLoaded<Run>(allowed ? `/v1/reconciliations/${id}` : undefined, isDone ? 0 : RUNNING_MS);
  if (run.data && run.data.status !== 'running' && !isDone) setDone(true);
  const only = <T,>(path: string): T => (allowed && isDone ? path : undefined) as T;
  const houses = useLoaded<{ items: House[] }>(only(`/v1/reconciliations/${id}/houses`));
  const [isImporting, setImporting] = useState(false);
  const imports = useLoaded<{ imports: Counts<ImportState> }>(
    only(`/v1/reconciliations/${id}/imports`),
    isImporting ? IMPORTING_MS : QUIET_MS,
  );
  const underWay = imports.data ? sumOf(imports.data.imports, 'under-way') > 0 : isImporting;
  if (underWay !== isImporting) setImporting(underWay);
  const applied = (): void => {
    imports.reload();
    setTurn((n) => n + 1);
  };
  return (
    <Page
      title={
        run.data
          ? `${t('Сверка от', 'Comparison of')} ${fullMoment(run.data.createdAt).replace(/ (GMT|UTC).*$/, '')}`
          : t('Сверка', 'Comparison')
      }
      lead={<a href={link('reconciliations')}>{t('← Все сверки', '← All comparisons')}</a>}
      aside={run.data && <RunState run={run.data} />}
    >
      <Shown of={run} scope="read:reconciliations">
        {(data) => (
          <>
            <Now run={data} imports={imports.data?.imports} onApplied={applied} />
            {data.status === 'done' && <Tiles run={data} />}
            {data.status === 'done' && imports.data && <Imports run={data} imports={imports.data.imports} />}
            {data.status === 'done' && (
              <Shown of={houses} scope="read:reconciliations">
                {({ items }) => (
                  <>
                    {items.length > 0 && <HouseTable run={data} houses={items} />}
                    <Findings run={data} houses={items} turn={turn} onApplied={applied} />
                  </>
                )}
              </Shown>
            )}
            <RunFacts run={data} />
          </>
        )}
      </Shown>
    </Page>
  );
}

function Now(p: { run: Run; imports: Counts<ImportState> | undefined; onApplied: () => void }) {
  const { run, imports } = p;
  if (run.status === 'running')
    return (
      <section class="now info" aria-live="polite">
        <div class="now-words">
          <h2>{t('Сверяем', 'Comparing')}</h2>
          <p>
            {number(run.compared)} {t('из', 'of')} {number(run.total)}
          </p>
          <Bar done={run.compared} bad={0} total={run.total} label={t('Сколько сверено', 'How much is compared')} />
        </div>
      </section>
    );
  if (run.status === 'failed')
    return (
      <section class="now bad">
        <div class="now-words">
          <h2>{t('Сверка прервана ошибкой', 'The comparison failed')}</h2>
          <p>
            {codeWord(run.error?.code ?? null)}. {t('Начните новую.', 'Begin a new one.')}
          </p>
        </div>
      </section>
    );
  const found = sumOf(run.counts, ...findingKinds);
  const open = imports ? sumOf(imports, 'left', 'refused') : 0;
  const failed = imports ? sumOf(imports, 'failed') : 0;
  const missing = sumOf(run.counts, 'missing-there');
  return (
    <section class={`now ${found === 0 ? 'ok' : open > 0 || failed > 0 ? 'warn' : 'info'}`}>
      <div class="now-words">
        <h2>
          {found === 0
            ? t('Расхождений нет', 'Both have the same')
            : missing === 0
              ? t('В ГИС ЖКХ есть всё наше', 'ГИС ЖКХ lacks nothing of ours')
              : `${t('В ГИС ЖКХ не хватает', 'ГИС ЖКХ lacks')}: ${number(missing)}`}
        </h2>
        <p>
          {missing === 0
            ? found > 0 &&
              t(
                'Остальное исправляют люди: в учётной системе или в ГИС ЖКХ.',
                'The rest is mended by people, here or there.',
              )
            : open > 0
              ? (open < missing ? `${t('Осталось загрузить', 'Left to import')}: ${number(open)}. ` : '') +
                t(
                  'Кнопка создаст по одной операции на каждую недостающую запись; повторное нажатие ничего не удвоит.',
                  'The button makes one operation for each missing record; pressed twice it makes nothing twice.',
                )
              : failed > 0
                ? `${t('Не загрузилось', 'Import failed')}: ${number(failed)}. ${t(
                    'Исправьте причину и начните новую сверку: из неё их можно загрузить ещё раз.',
                    'Mend the cause and begin a new comparison: from it they can be imported again.',
                  )}`
                : t('Всё недостающее загружено или загружается.', 'All that was missing is imported or under way.')}
        </p>
      </div>
      {missing > 0 && (
        <div class="now-actions">
          <ImportButton run={run} open={open} onApplied={p.onApplied} />
        </div>
      )}
    </section>
  );
}

function Tiles({ run }: { run: Run }) {
  const chosen = place.value.query.get('kind');
  const tones: Record<FindingKind, string> = {
    'missing-there': 'warn',
    'extra-there': 'info',
    different: 'bad',
    ambiguous: '',
  };
  return (
    <div class="tiles">
      {findingKinds.map((kind) => (
        <a
          key={kind}
          class={`tile ${sumOf(run.counts, kind) > 0 ? tones[kind] : ''}`}
          href={link(`reconciliations/${run.id}`, { kind })}
          aria-current={chosen === kind ? 'true' : undefined}
        >
          <span class="tile-n">{number(sumOf(run.counts, kind))}</span>
          <span class="tile-name">{findingWord(kind)}</span>
        </a>
      ))}
    </div>
  );
}

function RunFacts({ run }: { run: Run }) {
  return (
    <Card title={t('Сведения', 'Facts')}>
      <Facts
        rows={[
          [t('Коннектор', 'Connector'), run.instance],
          [t('Что сверено', 'What was compared'), entitiesWord(run)],
          ...(run.scope.period ? [[t('Месяц', 'Month'), monthWord(run.scope.period)] as const] : []),
          [t('Записей', 'Records'), number(run.total)],
          [t('Кто начал', 'Begun by'), <code class="break">{run.createdBy}</code>],
          [t('Начата', 'Begun'), <Time at={run.createdAt} />],
          [t('Закончена', 'Ended'), <Time at={run.finishedAt} />],
          ...Object.entries(run.asOf).map(
            ([entity, at]) =>
              [
                `${t('ГИС ЖКХ прочитана', 'ГИС ЖКХ as of')}: ${entityWord(entity).toLowerCase()}`,
                <Time at={at} relative />,
              ] as const,
          ),
        ]}
      />
    </Card>
  );
}
