import { useState } from 'preact/hooks';
import { asProblem, type Problem, signIn } from '../api.ts';
import { expired, language, t } from '../session.ts';
import { ProblemWords } from '../ui/parts.tsx';

/** By key. After it the page shows the place that the address has named all along. */
export function SignIn() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const enter = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const token = String(new FormData(form).get('key') ?? '').trim();
    setBusy(true);
    setProblem(undefined);
    try {
      await signIn(token);
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <form class="card" onSubmit={enter}>
        <img src="/console/icon.svg" alt="" width="44" height="44" />
        <h1>{t('Пульт Connector Hub', 'Connector Hub console')}</h1>
        <p class="muted">
          {expired.value
            ? t(
                'Ключ больше не действует. Войдите снова — вы вернётесь туда же.',
                'The key is no longer valid. Sign in again and go on where you were.',
              )
            : t(
                'Войдите ключом доступа. Он останется только в этой вкладке.',
                'Sign in with an API key. It stays in this tab only.',
              )}
        </p>
        <label for="key">{t('Ключ доступа', 'API key')}</label>
        <input
          id="key"
          name="key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          placeholder="hub_…"
          required
          minLength={8}
          autofocus
          aria-describedby={problem ? 'problem' : undefined}
        />
        {problem && (
          <p id="problem" class="field-problem" role="alert">
            {problem.status === 401 ? (
              t('Ключ неизвестен, отозван или просрочен.', 'The key is unknown, revoked or expired.')
            ) : problem.status === 0 ? (
              t('Хаб не отвечает. Попробуйте ещё раз.', 'The hub does not answer. Try again.')
            ) : (
              <ProblemWords problem={problem} />
            )}
          </p>
        )}
        <button type="submit" class="button primary wide" disabled={busy}>
          {t('Войти', 'Sign in')}
        </button>
        <p class="muted small">
          {t('Ключ выдаёт администратор:', 'An administrator makes one:')} <code>hub keys create</code>
        </p>
      </form>
      <button
        type="button"
        class="button quiet"
        lang={language.value === 'ru' ? 'en' : 'ru'}
        onClick={() => {
          language.value = language.value === 'ru' ? 'en' : 'ru';
        }}
      >
        {language.value === 'ru' ? 'English' : 'Русский'}
      </button>
    </main>
  );
}
