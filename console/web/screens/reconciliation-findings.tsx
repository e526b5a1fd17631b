import { useEffect, useState } from 'preact/hooks';
import { useLoaded } from '../loaded.ts';
import { useMore } from '../more.ts';
import { go, link, place } from '../router.ts';
import { can, t } from '../session.ts';
import { Badge, Card, Dialog, Empty, ShowMore, Shown, Status, Table } from '../ui/parts.tsx';
import { codeWord, entityWord, fieldWord } from '../words.ts';
import { houseParameter, houseWord } from './reconciliation-houses.tsx';
import { ImportButton } from './reconciliation-import.tsx';
import {
  type Finding,
  type FindingDetails,
  findingKinds,
  type House,
  importStates,
  type Run,
} from './reconciliation-types.ts';
import { findingTones, findingWord, importWord, refusalWord, valueWord } from './reconciliation-words.tsx';

interface Findings {
  items: Finding[];
  nextCursor: string | null;
}

const REFRESH_MS = 5_000;
const FILTERS = ['kind', 'entity', 'building', 'imports'] as const;
type Filter = Partial<Record<(typeof FILTERS)[number], string>>;

/** What a comparison has found, filtered by what the address says, in pages. */
export function Findings(p: { run: Run; houses: readonly House[]; turn: number; onApplied: () => void }) {
  const { run, houses } = p;
  const { query } = place.value;
  const filter: Filter = Object.fromEntries(
    FILTERS.map((name) => [name, query.get(name)]).filter((e): e is [string, string] => e[1] !== null),
  );
  const path = `/v1/reconciliations/${run.id}/items?${new URLSearchParams({ ...filter, limit: '50' })}`;
  const first = useLoaded<Findings>(can('read:reconciliations') ? path : undefined, REFRESH_MS);
  const more = useMore<Findings>((cursor) => `${path}&cursor=${cursor}`, `${path} ${p.turn}`);
  const [open, setOpen] = useState<Finding>();
  useEffect(() => {
    if (p.turn > 0) first.reload();
  }, [p.turn]);
  const house = houses.find((h) => houseParameter(h) === filter.building);
  const missing = Object.values(house?.counts ?? {}).reduce((n, own) => n + (own['missing-there'] ?? 0), 0);
  return (
    <Card
      title={t('Находки', 'Findings')}
      flush
      aside={
        house?.building &&
        missing > 0 && (
          <ImportButton
            run={run}
            open={missing}
            house={{ id: house.building, name: houseWord(house) }}
            onApplied={p.onApplied}
          />
        )
      }
    >
      <FilterRow run={run} houses={houses} filter={filter} />
      <Shown of={first} scope="read:reconciliations">
        {(data) => {
          const items = [...data.items, ...more.pages.flatMap((page) => page.items)];
          const cursor = (more.pages.at(-1) ?? data).nextCursor;
          if (items.length === 0)
            return (
              <Empty
                title={
                  Object.keys(filter).length > 0
                    ? t('По этому отбору ничего нет', 'Nothing fits these filters')
                    : t('Расхождений нет', 'Both have the same')
                }
              />
            );
          return (
            <>
              <FindingTable items={items} onOpen={setOpen} />
              <ShowMore cursor={cursor} more={more} />
            </>
          );
        }}
      </Shown>
      {open && <BothSides run={run} finding={open} onClose={() => setOpen(undefined)} />}
    </Card>
  );
}

function FilterRow({ run, houses, filter }: { run: Run; houses: readonly House[]; filter: Filter }) {
  const set = (change: Filter): void => go(link(`reconciliations/${run.id}`, { ...filter, ...change }));
  const select = (name: keyof Filter, label: string, all: string, options: readonly (readonly [string, string])[]) => (
    <select aria-label={label} value={filter[name] ?? ''} onChange={(e) => set({ [name]: e.currentTarget.value })}>
      <option value="">{all}</option>
      {options.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
  return (
    <div class="filters in-card" role="group" aria-label={t('Отбор', 'Filters')}>
      {select(
        'kind',
        t('Вид расхождения', 'Kind of finding'),
        t('Все расхождения', 'All findings'),
        findingKinds.map((k) => [k, findingWord(k)]),
      )}
      {select(
        'entity',
        t('Записи', 'Records'),
        t('Все записи', 'All records'),
        run.scope.entities.map((e) => [e, entityWord(e)]),
      )}
      {select(
        'building',
        t('Дом', 'House'),
        t('Все дома', 'All houses'),
        houses.map((h) => [houseParameter(h), houseWord(h)]),
      )}
      {select(
        'imports',
        t('Загрузка', 'Import'),
        t('Загрузка: любая', 'Import: any'),
        importStates.map((s) => [s, importWord(s)]),
      )}
    </div>
  );
}

function FindingTable({ items, onOpen }: { items: readonly Finding[]; onOpen: (finding: Finding) => void }) {
  return (
    <Table
      label={t('Находки', 'Findings')}
      heads={[t('О чём', 'About'), t('Где', 'Where'), t('Расхождение', 'Finding'), t('Подробности', 'Details'), '']}
    >
      {items.map((f) => (
        <tr key={f.id}>
          <td>
            <strong>{f.subject.number ?? '—'}</strong>
            <div class="muted small">{entityWord(f.entity)}</div>
          </td>
          <td>
            {f.subject.house ?? <span class="muted">{t('дом не определён', 'house not known')}</span>}
            {f.subject.premises && (
              <div class="muted small">
                {t('помещение', 'premises')} {f.subject.premises}
              </div>
            )}
          </td>
          <td>
            <Badge tone={findingTones[f.kind]}>{findingWord(f.kind)}</Badge>
          </td>
          <td>
            <Details of={f} />
          </td>
          <td class="row-actions">
            <button
              type="button"
              class="button quiet"
              aria-label={`${t('Обе стороны', 'Both sides')}: ${entityWord(f.entity)} ${f.subject.number ?? ''}`}
              onClick={() => onOpen(f)}
            >
              {t('Обе стороны', 'Both sides')}
            </button>
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** What differs, why it is in doubt, or what became of its import. */
function Details({ of: f }: { of: Finding }) {
  if (f.kind === 'different')
    return (
      <ul class="plain small">
        {f.differences.map((d) => (
          <li key={d.field}>
            {fieldWord(d.field)}: <ins>{valueWord(d.field, d.ours)}</ins> {t('у нас', 'ours')},{' '}
            <del class="no-line">{valueWord(d.field, d.theirs)}</del> {t('в ГИС ЖКХ', 'theirs')}
          </li>
        ))}
      </ul>
    );
  if (f.operation)
    return (
      <>
        <a href={link(`operations/${f.operation}`)}>{t('Операция загрузки', 'Import operation')}</a>{' '}
        {f.operationStatus && <Status name={f.operationStatus} />}
        {f.operationCode && f.operationStatus !== 'succeeded' && (
          <div class="muted small">{codeWord(f.operationCode)}</div>
        )}
      </>
    );
  if (f.refusal)
    return (
      <span class="small">
        <span class="bad-text">{importWord('refused')}.</span> {refusalWord(f.refusal)}
      </span>
    );
  if (f.reason) return <span class="small muted">{reasonOf(f.kind, f.reason)}</span>;
  return <span class="small muted">{f.kind === 'missing-there' ? importWord('left') : '—'}</span>;
}

/** The hub's own words are English and name fields; they stand whole beside both sides. */
function reasonOf(kind: Finding['kind'], reason: string): string {
  return kind === 'extra-there'
    ? t('Среди наших записей такой не нашлось.', 'None of our records is this one.')
    : t('Подходит несколько записей; исправьте данные и прочитайте их заново.', reason);
}

/** References to other records of ours say nothing to a reader, unless they are what differs. */
const saysSomething = ({ ours, theirs, same }: FindingDetails['fields'][number]): boolean =>
  same === false || ![ours, theirs].some((v) => typeof v === 'string' && UUID.test(v));
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function BothSides({ run, finding, onClose }: { run: Run; finding: Finding; onClose: () => void }) {
  const details = useLoaded<FindingDetails>(`/v1/reconciliations/${run.id}/items/${finding.id}`);
  return (
    <Dialog
      title={`${entityWord(finding.entity)} ${finding.subject.number ?? ''}: ${findingWord(finding.kind)}`}
      onClose={onClose}
      wide
    >
      <Shown of={details} scope="read:reconciliations">
        {(data) => (
          <>
            <div class="compare sides">
              <div class="compare-head muted small">
                <span>{t('Поле', 'Field')}</span>
                <span>{t('У нас', 'Ours')}</span>
                <span>{t('В ГИС ЖКХ', 'Theirs')}</span>
              </div>
              {data.fields.filter(saysSomething).map((row) => (
                <div key={row.field} class={row.same === false ? 'compare-row changed' : 'compare-row'}>
                  <span class="muted">{fieldWord(row.field)}</span>
                  <span class="before">{valueWord(row.field, row.ours)}</span>
                  <span class="after">{valueWord(row.field, row.theirs)}</span>
                </div>
              ))}
            </div>
            {data.fields.length === 0 && <Empty title={t('Показывать нечего', 'Nothing to show')} />}
            {data.masked && (
              <p class="muted small">
                {t(
                  'Личные данные скрыты: ключу не хватает права читать эти записи.',
                  'Personal data are hidden: the key may not read these records.',
                )}
              </p>
            )}
            {data.reason && (
              <p class="muted small" lang="en">
                {data.reason}
              </p>
            )}
            <p class="muted small break">
              {data.nativeKey && `${t('Ключ в ГИС ЖКХ', 'Key in ГИС ЖКХ')}: ${data.nativeKey}`}
            </p>
            {data.record && data.entity !== 'Meter' && (
              <p>
                <a href={link(`lookup/${data.record}`)}>{t('Карточка жильца', 'Card of the resident')}</a>
              </p>
            )}
          </>
        )}
      </Shown>
    </Dialog>
  );
}
