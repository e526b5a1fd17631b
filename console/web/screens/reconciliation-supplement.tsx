import { useState } from 'preact/hooks';
import { asProblem, type Problem } from '../api.ts';
import { t } from '../session.ts';
import { ProblemWords } from '../ui/parts.tsx';

/** What our charges do not say: whom is paid, and the directory element of each service by its name. */
export interface PaymentSupplement {
  payee: { bik: string; account: string };
  services: Record<string, { kind: string; service: { code: string; registry: string } }>;
}

const kinds: readonly (readonly [string, string, string])[] = [
  ['municipal', 'Коммунальная', 'Municipal'],
  ['housing', 'Жилищная', 'Housing'],
  ['additional', 'Дополнительная', 'Additional'],
];
/** Directories of the services by kind, as ГИС ЖКХ numbers them. */
const registries: Record<string, string> = { municipal: '51', housing: '50', additional: '1' };

/** Asks for what payment documents need and our records do not say, and shows what was given before; then the plan is made anew. */
export function SupplementForm(p: {
  given: PaymentSupplement | undefined;
  services: readonly string[];
  onGiven: (supplement: PaymentSupplement) => Promise<void>;
}) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const services = [...new Set([...p.services, ...Object.keys(p.given?.services ?? {})])].sort();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => String(form.get(name) ?? '').trim();
    const added = services
      .map((name, i) => [name, text(`kind-${i}`), text(`code-${i}`)] as const)
      .filter(([, , code]) => code !== '')
      .map(([name, kind, code]) => [name, { kind, service: { code, registry: registries[kind] ?? '' } }] as const);
    setBusy(true);
    setProblem(undefined);
    try {
      await p.onGiven({
        payee: { bik: text('bik'), account: text('account') },
        services: Object.fromEntries(added),
      });
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit}>
      <h3>{t('Для платёжных документов', 'For payment documents')}</h3>
      <label for="rec-bik">{t('БИК получателя', 'БИК of the payee')}</label>
      <input
        id="rec-bik"
        name="bik"
        required
        inputMode="numeric"
        pattern="\d{9}"
        maxLength={9}
        value={p.given?.payee.bik}
      />
      <label for="rec-account">{t('Расчётный счёт', 'Bank account')}</label>
      <input
        id="rec-account"
        name="account"
        required
        inputMode="numeric"
        pattern="\d{20}"
        maxLength={20}
        value={p.given?.payee.account}
      />
      {services.map((name, i) => (
        <fieldset key={name}>
          <legend>{name || t('Без названия', 'Without a name')}</legend>
          <label for={`rec-kind-${i}`}>{t('Вид услуги', 'Kind of service')}</label>
          <select id={`rec-kind-${i}`} name={`kind-${i}`} value={p.given?.services[name]?.kind}>
            {kinds.map(([kind, ru, en]) => (
              <option key={kind} value={kind}>
                {t(ru, en)}
              </option>
            ))}
          </select>
          <label for={`rec-code-${i}`}>{t('Код в справочнике', 'Code in the directory')}</label>
          <input id={`rec-code-${i}`} name={`code-${i}`} maxLength={20} value={p.given?.services[name]?.service.code} />
        </fieldset>
      ))}
      {problem && (
        <p class="field-problem" role="alert">
          <ProblemWords problem={problem} />
        </p>
      )}
      <p>
        <button type="submit" class="button" disabled={busy}>
          {busy && <span class="spinner small" />}
          {t('Проверить ещё раз', 'Check again')}
        </button>
      </p>
    </form>
  );
}
