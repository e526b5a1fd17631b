import { useState } from 'preact/hooks';
import { api, asProblem, type Problem } from '../api.ts';
import { link } from '../router.ts';
import { can, t } from '../session.ts';
import { Act, Bar, Card, Dialog, ProblemWords } from '../ui/parts.tsx';
import { entityWord, kindWord, number, operationsWord } from '../words.ts';
import { type PaymentSupplement, SupplementForm } from './reconciliation-supplement.tsx';
import {
  type Applied,
  type Counts,
  type EntityName,
  entityNames,
  type ImportState,
  importStates,
  type Refusal,
  type Run,
  sumOf,
} from './reconciliation-types.ts';
import { importWord, refusalWord } from './reconciliation-words.tsx';
import { NeedsScope } from './reconciliations.tsx';

/** Findings of one call: small enough to show how far it is. */
const PART = 100;

interface Plan {
  kinds: Record<string, number>;
  refused: Applied['refused'];
}

/** Kept for the next press: the same for all documents of the company. */
let lastSupplement: PaymentSupplement | undefined;

/** Calls the apply until nothing is left. */
async function applyAll(
  run: Run,
  o: { dryRun: boolean; building?: string; supplement: PaymentSupplement | undefined; onPart(looked: number): void },
): Promise<Plan> {
  const plan: Plan = { kinds: {}, refused: [] };
  let looked = 0;
  for (let cursor: string | null = ''; cursor !== null; ) {
    const part: Applied = await api(`/v1/reconciliations/${run.id}/apply${o.dryRun ? '?dryRun=true' : ''}`, {
      body: {
        limit: PART,
        ...(o.building ? { building: o.building } : {}),
        ...(o.supplement ? { paymentDocuments: o.supplement } : {}),
        ...(cursor ? { cursor } : {}),
      },
    });
    for (const [kind, n] of Object.entries(part.kinds)) {
      plan.kinds[kind] = (plan.kinds[kind] ?? 0) + n;
      looked += n;
    }
    plan.refused.push(...part.refused);
    looked += part.refused.length;
    o.onPart(looked);
    cursor = part.nextCursor;
  }
  return plan;
}

const sum = (kinds: Record<string, number>): number => Object.values(kinds).reduce((a, b) => a + b, 0);

/**
 * The button that imports what is missing there, after it has said what that makes.
 * @param open findings that may still be imported
 */
export function ImportButton(p: {
  run: Run;
  open: number;
  house?: { id: string; name: string };
  onApplied: () => void;
}) {
  const [plan, setPlan] = useState<Plan>();
  const look = async (): Promise<void> => setPlan(await planOf(p.run, p.house?.id, lastSupplement));
  const text = t('Загрузить недостающие', 'Import the missing');
  if (p.open === 0 && !plan) return null;
  return (
    <>
      <Act scope="reconciliations" look="primary" run={look}>
        {p.house ? `${text}: ${p.house.name}` : text}
      </Act>
      {!can('reconciliations') && <NeedsScope />}
      {plan && (
        <ImportDialog
          {...p}
          plan={plan}
          onPlan={setPlan}
          onClose={() => {
            setPlan(undefined);
            p.onApplied();
          }}
        />
      )}
    </>
  );
}

const planOf = (run: Run, building: string | undefined, supplement: PaymentSupplement | undefined): Promise<Plan> =>
  applyAll(run, { dryRun: true, ...(building ? { building } : {}), supplement, onPart: () => {} });

function ImportDialog(p: {
  run: Run;
  open: number;
  house?: { id: string; name: string };
  plan: Plan;
  onPlan: (plan: Plan) => void;
  onClose: () => void;
}) {
  const { run, plan, house } = p;
  const [looked, setLooked] = useState<number>();
  const [made, setMade] = useState<Plan>();
  const [problem, setProblem] = useState<Problem>();
  const n = sum(plan.kinds);
  const carryOut = async (): Promise<void> => {
    setLooked(0);
    setProblem(undefined);
    try {
      setMade(
        await applyAll(run, {
          dryRun: false,
          ...(house ? { building: house.id } : {}),
          supplement: lastSupplement,
          onPart: setLooked,
        }),
      );
    } catch (error) {
      setProblem(asProblem(error));
      setLooked(undefined);
    }
  };
  const needsSupplement = plan.refused.some((r) => ['PAYEE_NEEDED', 'SERVICE_UNKNOWN'].includes(r.code));
  return (
    <Dialog title={t('Загрузить недостающие в ГИС ЖКХ', 'Import the missing into ГИС ЖКХ')} onClose={p.onClose}>
      {house && <p class="muted">{house.name}</p>}
      {made ? (
        <p role="status">
          {t('Создано', 'Made')}: {operationsWord(sum(made.kinds))}.
        </p>
      ) : n === 0 ? (
        <p>{t('Сейчас загрузить нечего.', 'There is nothing to import now.')}</p>
      ) : (
        <>
          <p>
            {t('Будет создано', 'It makes')}: <strong>{operationsWord(n)}</strong>
          </p>
          <Kinds of={plan.kinds} />
        </>
      )}
      {(made ?? plan).refused.length > 0 && <Refused of={(made ?? plan).refused} />}
      {!made && (needsSupplement || lastSupplement) && run.scope.entities.includes('PaymentDocument') && (
        // What was given before may be what ГИС ЖКХ has refused: it can be mended here.
        <details open={needsSupplement}>
          <summary>{t('Реквизиты и коды услуг', 'Payee and codes of the services')}</summary>
          <SupplementForm
            given={lastSupplement}
            services={plan.refused.flatMap((r) => r.services ?? [])}
            onGiven={async (supplement) => {
              lastSupplement = supplement;
              p.onPlan(await planOf(run, house?.id, supplement));
            }}
          />
        </details>
      )}
      {looked !== undefined && !made && (
        <Bar
          done={Math.min(looked, n + plan.refused.length)}
          bad={0}
          total={n + plan.refused.length}
          label={t('Создаются операции', 'Operations are being made')}
        />
      )}
      {problem && (
        <p class="field-problem" role="alert">
          <ProblemWords problem={problem} />{' '}
          {t('Нажмите ещё раз: уже созданное не повторится.', 'Press again: what is made is not made twice.')}
        </p>
      )}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={p.onClose}>
          {made || n === 0 ? t('Закрыть', 'Close') : t('Отмена', 'Cancel')}
        </button>
        {!made && n > 0 && (
          <button type="button" class="button primary" disabled={looked !== undefined} onClick={() => void carryOut()}>
            {looked !== undefined && <span class="spinner small" />}
            {t('Создать', 'Make')} {operationsWord(n)}
          </button>
        )}
      </div>
    </Dialog>
  );
}

function Kinds({ of }: { of: Record<string, number> }) {
  return (
    <ul class="import-kinds">
      {Object.entries(of).map(([kind, n]) => (
        <li key={kind}>
          {kindWord(kind)}: {number(n)}
        </li>
      ))}
    </ul>
  );
}

/** Reasons, each once, with how many findings it holds back. */
function Refused({ of }: { of: readonly Refusal[] }) {
  const groups = new Map<string, number>();
  for (const refusal of of) groups.set(refusalWord(refusal), (groups.get(refusalWord(refusal)) ?? 0) + 1);
  return (
    <>
      <p class="import-refused">
        {importWord('refused')}: <strong>{number(of.length)}</strong>
      </p>
      <ul class="import-kinds small">
        {[...groups]
          .sort((a, b) => b[1] - a[1])
          .map(([words, n]) => (
            <li key={words}>
              {number(n)} — {words}
            </li>
          ))}
      </ul>
    </>
  );
}

const commandOf: Record<EntityName, string> = {
  PersonalAccount: 'accounts.publish',
  Meter: 'meters.publish',
  PaymentDocument: 'payment-documents.publish',
};

/** How the imports go on, with the way to their operations. */
export function Imports({ run, imports }: { run: Run; imports: Counts<ImportState> }) {
  if (sumOf(imports, 'refused', 'under-way', 'succeeded', 'failed') === 0) return null;
  return (
    <Card title={t('Загрузка в ГИС ЖКХ', 'Import into ГИС ЖКХ')}>
      <div class="imports" aria-live="polite">
        {entityNames
          .filter((e) => imports[e])
          .map((e) => {
            const own = imports[e] ?? {};
            const total = Object.values(own).reduce((a, b) => a + b, 0);
            return (
              <div key={e}>
                <h3>{entityWord(e)}</h3>
                <Bar
                  done={own.succeeded ?? 0}
                  bad={own.failed ?? 0}
                  total={total}
                  label={`${t('Загрузка', 'Import')}: ${entityWord(e)}`}
                />
                <p class="small imports-states">
                  {importStates
                    .filter((s) => own[s])
                    .map((s) => (
                      <a
                        key={s}
                        href={link(`reconciliations/${run.id}`, { kind: 'missing-there', entity: e, imports: s })}
                      >
                        {importWord(s)}: {number(own[s] ?? 0)}
                      </a>
                    ))}
                  {(own['under-way'] || own.succeeded || own.failed) && can('read:operations') && (
                    <a href={link('operations', { kind: commandOf[e], instance: run.instance })}>
                      {t('Все операции этого вида', 'All operations of this kind')}
                    </a>
                  )}
                </p>
              </div>
            );
          })}
      </div>
    </Card>
  );
}
