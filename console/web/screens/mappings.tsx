import { useEffect, useState } from 'preact/hooks';
import { api, asProblem, type Problem } from '../api.ts';
import { useLoaded } from '../loaded.ts';
import { go, link, place } from '../router.ts';
import { can, t } from '../session.ts';
import { Act, Badge, Card, Empty, Page, Shown } from '../ui/parts.tsx';
import { entityWord, number } from '../words.ts';

interface Entry {
  instance: string;
  entity: string;
  mapping: string;
}

interface Previewed {
  items: { key: string; native: Record<string, unknown>; canonical?: Record<string, unknown>; fault?: string }[];
}

interface Diff {
  examplesFailed: string[];
  records: number;
  same: number;
  changed: number;
  faults: number;
  fields: Record<string, number>;
  samples: { key: string; fault?: string; before?: Record<string, unknown>; after?: Record<string, unknown> }[];
}

/** Trying a change of a mapping on live records. The file itself is edited where it lies; nothing here saves anything. */
export function Mappings() {
  const list = useLoaded<{ items: Entry[] }>(can('admin') ? '/v1/mappings' : undefined);
  const { query } = place.value;
  return (
    <Page
      title={t('Сопоставления', 'Mappings')}
      lead={t(
        'Проба правки на живых записях. Отсюда ничего не сохраняется: файл правят там, где он лежит.',
        'Try a change on live records. Nothing is saved from here: the file is edited where it lies.',
      )}
    >
      <Shown of={list} scope="admin">
        {({ items }) => {
          const chosen =
            items.find((i) => i.instance === query.get('instance') && i.entity === query.get('entity')) ??
            items.find((i) => i.entity === 'PersonalAccount') ??
            items[0];
          if (!chosen)
            return (
              <Card>
                <Empty title={t('Сопоставлений нет', 'No mappings')} />
              </Card>
            );
          return (
            <>
              <div class="filters">
                <select
                  aria-label={t('Сопоставление', 'Mapping')}
                  value={`${chosen.instance}/${chosen.entity}`}
                  onChange={(e) => {
                    const [instance, entity] = e.currentTarget.value.split('/');
                    go(link('mappings', { instance, entity }));
                  }}
                >
                  {items.map((i) => (
                    <option key={`${i.instance}/${i.entity}`} value={`${i.instance}/${i.entity}`}>
                      {entityWord(i.entity)} — {i.instance}
                    </option>
                  ))}
                </select>
              </div>
              <Editor key={`${chosen.instance}/${chosen.entity}`} entry={chosen} />
            </>
          );
        }}
      </Shown>
    </Page>
  );
}

/** A pause in typing after which the preview follows, milliseconds. */
const PAUSE_MS = 700;

function Editor({ entry }: { entry: Entry }) {
  const source = useLoaded<{ yaml: string }>(
    `/v1/mappings/${encodeURIComponent(entry.instance)}/${encodeURIComponent(entry.entity)}`,
  );
  const [draft, setDraft] = useState<string>();
  const [preview, setPreview] = useState<Previewed>();
  const [problem, setProblem] = useState<Problem>();
  const [diff, setDiff] = useState<Diff>();
  const yaml = draft ?? source.data?.yaml;
  useEffect(() => {
    if (yaml === undefined) return undefined;
    const end = new AbortController();
    const timer = setTimeout(
      () => {
        api<Previewed>('/v1/mappings/preview', {
          body: { ...entry, mapping: undefined, limit: 3, yaml },
          signal: end.signal,
        })
          .then((found) => {
            setPreview(found);
            setProblem(undefined);
          })
          .catch((error: unknown) => {
            if (!end.signal.aborted) setProblem(asProblem(error));
          });
      },
      draft === undefined ? 0 : PAUSE_MS,
    );
    return () => {
      clearTimeout(timer);
      end.abort();
    };
  }, [yaml]);
  const isEdited = draft !== undefined && draft !== source.data?.yaml;
  return (
    <Shown of={source} scope="admin">
      {(data) => (
        <div class="editor">
          <Card
            title={t('Файл', 'File')}
            aside={
              isEdited ? (
                <>
                  <Badge tone="warn">{t('черновик', 'draft')}</Badge>
                  <button
                    type="button"
                    class="button quiet"
                    onClick={() => {
                      setDraft(undefined);
                      setDiff(undefined);
                    }}
                  >
                    {t('Вернуть', 'Undo')}
                  </button>
                </>
              ) : (
                <Badge tone="ok">{t('как в работе', 'as in use')}</Badge>
              )
            }
          >
            <textarea
              class="code"
              aria-label={t('Текст сопоставления', 'Text of the mapping')}
              rows={24}
              spellcheck={false}
              value={yaml ?? data.yaml}
              onInput={(e) => setDraft(e.currentTarget.value)}
            />
            <p class="row">
              <Act
                scope="admin"
                look="primary"
                run={async () =>
                  setDiff(await api<Diff>('/v1/mappings/diff', { body: { instance: entry.instance, yaml } }))
                }
              >
                {t('Что изменится во всех записях', 'What would change in all records')}
              </Act>
            </p>
            {diff && <DiffShown diff={diff} />}
          </Card>
          <Card title={t('Живые записи', 'Live records')}>
            {problem && (
              <div class="error-box" role="alert">
                <strong>{problem.message}</strong>
                <ul class="plain small">
                  {problem.errors.map((e) => (
                    <li key={e.pointer}>
                      <code>{e.pointer}</code> {e.message}
                    </li>
                  ))}
                </ul>
              </div>
            )}
            {preview?.items.length === 0 && <Empty title={t('Записей нет', 'No records')} />}
            {preview?.items.map((item) => (
              <article key={item.key} class="pair">
                <h3 class="break small">
                  <code>{item.key}</code>
                </h3>
                <div class="pair-sides">
                  <Tree title={t('В другой системе', 'There')} value={item.native} />
                  {item.fault ? (
                    <p class="bad-text small" role="alert">
                      {item.fault}
                    </p>
                  ) : (
                    <Tree title={t('В хабе', 'In the hub')} value={item.canonical ?? {}} />
                  )}
                </div>
              </article>
            ))}
          </Card>
        </div>
      )}
    </Shown>
  );
}

function Tree({ title, value }: { title: string; value: Record<string, unknown> }) {
  return (
    <div>
      <p class="muted small">{title}</p>
      <dl class="tree">
        {Object.entries(value)
          .filter(([name]) => !name.includes('@'))
          .map(([name, v]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{v === null ? '—' : typeof v === 'object' ? JSON.stringify(v) : String(v)}</dd>
            </div>
          ))}
      </dl>
    </div>
  );
}

function DiffShown({ diff }: { diff: Diff }) {
  return (
    <div class="diff" role="status">
      <p>
        {t('Записей', 'Records')}: <b>{number(diff.records)}</b> · {t('без изменений', 'same')}:{' '}
        <b>{number(diff.same)}</b> · {t('изменится', 'changed')}: <b>{number(diff.changed)}</b>
        {diff.faults > 0 && (
          <span class="bad-text">
            {' '}
            · {t('не прочитается', 'faults')}: {number(diff.faults)}
          </span>
        )}
      </p>
      {diff.examplesFailed.length > 0 && (
        <p class="bad-text small">
          {t('Не сходятся примеры', 'Examples fail')}: {diff.examplesFailed.join('; ')}
        </p>
      )}
      {Object.keys(diff.fields).length > 0 && (
        <p class="small">
          {Object.entries(diff.fields)
            .map(([f, n]) => `${f}: ${number(n)}`)
            .join(', ')}
        </p>
      )}
      {diff.samples.map((s) => (
        <div key={s.key} class="small sample">
          <code class="break">{s.key}</code>{' '}
          {s.fault ? (
            <span class="bad-text">{s.fault}</span>
          ) : (
            Object.keys(s.after ?? {}).map((f) => (
              <span key={f}>
                {f}: <del>{String(s.before?.[f] ?? '—')}</del> → <ins>{String(s.after?.[f] ?? '—')}</ins>{' '}
              </span>
            ))
          )}
        </div>
      ))}
    </div>
  );
}
