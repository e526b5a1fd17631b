import { useState } from 'preact/hooks';
import { purpose, t } from '../session.ts';

/** Longest purpose that the audit log keeps, signs. */
const MOST_SIGNS = 200;

/** Why somebody looks at personal data: said once for the session, written beside every look. */
export function PurposeForm({ onSaid }: { onSaid?: () => void }) {
  const [text, setText] = useState(purpose.value ?? '');
  return (
    <form
      class="purpose"
      onSubmit={(event) => {
        event.preventDefault();
        purpose.value = text.trim() || null;
        onSaid?.();
      }}
    >
      <label for="purpose">{t('Зачем вы смотрите личные данные', 'Why you look at personal data')}</label>
      <input
        id="purpose"
        value={text}
        maxLength={MOST_SIGNS}
        required
        autocomplete="off"
        placeholder={t('Например: обращение жильца о недоставленном сообщении', 'E.g. a resident asks for a message')}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <p class="muted small">
        {t(
          'Цель попадёт в журнал аудита при каждом просмотре, пока вы не выйдете. Не пишите в неё имён и телефонов.',
          'It is entered into the audit log with every look until you sign out. Write no names or phones into it.',
        )}
      </p>
      <button type="submit" class="button primary" disabled={text.trim() === ''}>
        {t('Продолжить', 'Go on')}
      </button>
    </form>
  );
}
