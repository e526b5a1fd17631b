import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { adviceOf } from '../advice.ts';
import { asProblem, type Problem } from '../api.ts';
import type { Loaded } from '../loaded.ts';
import type { More } from '../more.ts';
import { can, language, t } from '../session.ts';
import { ago, fullMoment, moment, statusWord } from '../words.ts';
import { Icon } from './icons.tsx';
import { PurposeForm } from './purpose-form.tsx';

type Tone = 'ok' | 'bad' | 'warn' | 'info' | 'plain';

const tones: Record<string, Tone> = {
  succeeded: 'ok',
  delivered: 'ok',
  read: 'ok',
  active: 'ok',
  done: 'ok',
  failed: 'bad',
  dead: 'bad',
  undelivered: 'bad',
  expired: 'bad',
  uncertain: 'warn',
  retrying: 'warn',
  failing: 'warn',
  waiting: 'info',
  accepted: 'info',
  running: 'info',
  sent: 'info',
};

export function Badge({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function Status({ name, text }: { name: string; text?: string }) {
  return <Badge tone={tones[name] ?? 'plain'}>{text ?? statusWord(name)}</Badge>;
}

export function Time({ at, relative = false }: { at: string | null | undefined; relative?: boolean }) {
  if (!at) return <span class="muted">—</span>;
  return (
    <time dateTime={at} title={fullMoment(at)}>
      {relative ? ago(at) : moment(at)}
    </time>
  );
}

export function Card(p: { title?: string; aside?: ComponentChildren; children: ComponentChildren; flush?: boolean }) {
  return (
    <section class={`card${p.flush ? ' flush' : ''}`}>
      {p.title && (
        <header class="card-head">
          <h2>{p.title}</h2>
          {p.aside && <div class="card-aside">{p.aside}</div>}
        </header>
      )}
      {p.children}
    </section>
  );
}

export function Page(p: {
  title: string;
  lead?: ComponentChildren;
  aside?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <>
      <header class="page-head">
        <div>
          <h1>{p.title}</h1>
          {p.lead && <p class="lead">{p.lead}</p>}
        </div>
        {p.aside && <div class="page-aside">{p.aside}</div>}
      </header>
      {p.children}
    </>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <span class="state-sign ok">
        <Icon name="check" size={22} />
      </span>
      <p class="state-title">{title}</p>
      {children && <p class="muted">{children}</p>}
    </div>
  );
}

export function Forbidden({ scope }: { scope: string }) {
  return (
    <div class="state" role="note">
      <span class="state-sign">
        <Icon name="lock" size={22} />
      </span>
      <p class="state-title">{t('Этому ключу сюда нельзя', 'This key may not see this')}</p>
      <p class="muted">
        {t('Нужна область доступа', 'It takes the scope')} <code>{scope}</code>.
      </p>
    </div>
  );
}

/** What a refusal means in Russian, before the hub's own words about the case (who was faster, which field), which are English. */
export function ProblemWords({ problem }: { problem: Problem }) {
  const advice = language.value === 'ru' ? adviceOf(problem.code) : undefined;
  if (!advice) return <>{problem.message}</>;
  return (
    <>
      {advice.what} {advice.press}{' '}
      <span class="small" lang="en">
        {problem.message}
      </span>
    </>
  );
}

/** Who can mend what a code says, and how. */
export function AdviceOn({ code, title = '' }: { code: string | null | undefined; title?: string }) {
  const advice = adviceOf(code);
  if (!advice) return null;
  return (
    <Facts
      rows={[
        ...(title === '' || advice.what.startsWith(title)
          ? []
          : [[t('Что это значит', 'What it means'), advice.what] as const]),
        [t('Кто поправит', 'Who mends it'), advice.who],
        [t('Что сделать', 'What to do'), advice.press],
      ]}
    />
  );
}

/** The button under a list that leads to its next page. */
export function ShowMore({ cursor, more }: { cursor: string | null | undefined; more: More<unknown> }) {
  return (
    <>
      {cursor && (
        <p class="more">
          <button type="button" class="button" onClick={() => void more.next(cursor)}>
            {t('Показать ещё', 'Show more')}
          </button>
        </p>
      )}
      {more.problem && <Failure problem={more.problem} />}
    </>
  );
}

/** What went wrong and what to do about it; the hub's own words where it has some. */
export function Failure({ problem, retry }: { problem: Problem; retry?: () => void }) {
  const { status } = problem;
  if (problem.code === 'PURPOSE_REQUIRED')
    return (
      <div class="state">
        <PurposeForm />
      </div>
    );
  const title =
    status === 0
      ? t('Хаб не отвечает', 'The hub does not answer')
      : status === 503
        ? t('Хранилище сейчас недоступно', 'The store is not available now')
        : status === 404
          ? t('Такого нет', 'There is no such thing')
          : t('Не получилось', 'That did not work');
  const hint =
    status === 0 || status === 503
      ? t('Пульт пробует снова сам каждые несколько секунд.', 'The console tries again by itself every few seconds.')
      : undefined;
  return (
    <div class="state" role="alert">
      <span class="state-sign bad">
        <Icon name="failures" size={22} />
      </span>
      <p class="state-title">{title}</p>
      <p class="muted">{hint ?? <ProblemWords problem={problem} />}</p>
      <p class="muted small">
        <code>{problem.code}</code>
      </p>
      {retry && (
        <button type="button" class="button" onClick={retry}>
          {t('Попробовать снова', 'Try again')}
        </button>
      )}
    </div>
  );
}

export function Loading() {
  return (
    <div class="state" role="status">
      <span class="spinner" />
      <span class="sr">{t('Загружается', 'Loading')}</span>
    </div>
  );
}

/** Shows what was loaded, or why it can't be shown. What was known stays on the page when a later look fails. */
export function Shown<T>(p: { of: Loaded<T>; scope: string; children: (data: T) => ComponentChildren }) {
  const { data, problem, reload } = p.of;
  if (!can(p.scope) || problem?.status === 403) return <Forbidden scope={p.scope} />;
  if (data === undefined) return problem ? <Failure problem={problem} retry={reload} /> : <Loading />;
  return (
    <>
      {problem && (
        <p class="stale" role="alert">
          {t(
            'Данные устарели: хаб сейчас не отвечает как надо.',
            'This is out of date: the hub does not answer as it should.',
          )}{' '}
          <code>{problem.code}</code>
        </p>
      )}
      {p.children(data)}
    </>
  );
}

/** A button whose work may take time or fail; the failure stands beside it. `scope` says what it takes. */
export function Act(p: {
  scope: string;
  run: () => Promise<unknown>;
  children: ComponentChildren;
  look?: 'primary' | 'danger' | 'quiet';
  /** Asked first; the answer must be yes. */
  confirm?: string;
  label?: string;
}) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [asking, setAsking] = useState(false);
  const allowed = can(p.scope);
  const run = async (): Promise<void> => {
    setAsking(false);
    setBusy(true);
    setProblem(undefined);
    try {
      await p.run();
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <span class="act">
      <button
        type="button"
        class={`button ${p.look ?? ''}`}
        disabled={busy || !allowed}
        aria-label={p.label}
        title={allowed ? undefined : `${t('Нужна область доступа', 'It takes the scope')} ${p.scope}`}
        onClick={() => (p.confirm ? setAsking(true) : void run())}
      >
        {busy && <span class="spinner small" />}
        {p.children}
      </button>
      {problem && (
        <span class="act-problem" role="alert">
          <ProblemWords problem={problem} />
        </span>
      )}
      {asking && (
        <Dialog title={t('Точно?', 'Are you sure?')} onClose={() => setAsking(false)}>
          <p>{p.confirm}</p>
          <div class="dialog-actions">
            <button type="button" class="button" onClick={() => setAsking(false)}>
              {t('Нет', 'No')}
            </button>
            <button
              type="button"
              class={`button ${p.look === 'danger' ? 'danger' : 'primary'}`}
              onClick={() => void run()}
            >
              {t('Да', 'Yes')}
            </button>
          </div>
        </Dialog>
      )}
    </span>
  );
}

/** A modal window; Escape closes it and the focus goes back to where it was. */
export function Dialog(p: { title: string; onClose: () => void; children: ComponentChildren; wide?: boolean }) {
  return (
    <dialog
      class={p.wide ? 'wide' : undefined}
      ref={(element) => {
        if (element && !element.open) element.showModal();
      }}
      onClose={p.onClose}
      aria-label={p.title}
    >
      <header class="card-head">
        <h2>{p.title}</h2>
        <button type="button" class="button quiet" aria-label={t('Закрыть', 'Close')} onClick={p.onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="dialog-body">{p.children}</div>
    </dialog>
  );
}

/** An id in short form that can be copied whole. */
export function Id({ value }: { value: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <span class="id">
      <code title={value}>{value}</code>
      <button
        type="button"
        class="button quiet"
        aria-label={t('Скопировать', 'Copy')}
        onClick={() => {
          void navigator.clipboard?.writeText(value).then(() => setCopied(true));
        }}
      >
        <Icon name={copied ? 'check' : 'copy'} size={15} />
      </button>
    </span>
  );
}

export function Facts({ rows }: { rows: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A table that can be scrolled sideways on a narrow screen, by keyboard too. */
export function Table(p: { label: string; heads: readonly string[]; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable by keyboard
    <section class="table" aria-label={p.label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {p.heads.map((h) => (
              <th key={h} scope="col">
                {h === '' ? <span class="sr">{t('Действия', 'Actions')}</span> : h}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{p.children}</tbody>
      </table>
    </section>
  );
}

export function Bar({ done, bad, total, label }: { done: number; bad: number; total: number; label: string }) {
  return (
    <progress class={bad > 0 ? 'with-bad' : ''} max={Math.max(1, total)} value={done + bad} aria-label={label}>
      {done + bad} / {total}
    </progress>
  );
}
