import { useEffect, useState } from 'preact/hooks';
import { asProblem, Problem, signIn } from './api.ts';
import { place } from './router.ts';
import { Failures } from './screens/failures.tsx';
import { Keys } from './screens/keys.tsx';
import { Live } from './screens/live.tsx';
import { LookupScreen } from './screens/lookup.tsx';
import { Mappings } from './screens/mappings.tsx';
import { OperationScreen } from './screens/operation.tsx';
import { Operations } from './screens/operations.tsx';
import { Overview } from './screens/overview.tsx';
import { ReconciliationScreen } from './screens/reconciliation.tsx';
import { Reconciliations } from './screens/reconciliations.tsx';
import { Replay } from './screens/replay.tsx';
import { Schedules } from './screens/schedules.tsx';
import { SignIn } from './screens/sign-in.tsx';
import { Sync } from './screens/sync.tsx';
import { TaskScreen } from './screens/task.tsx';
import { Tasks } from './screens/tasks.tsx';
import { WebhookScreen } from './screens/webhook.tsx';
import { Webhooks } from './screens/webhooks.tsx';
import { expired, key, me, purpose, signOut, t } from './session.ts';
import { Frame } from './ui/frame.tsx';
import { Failure, Loading } from './ui/parts.tsx';
import { PurposeForm } from './ui/purpose-form.tsx';

/** The whole console: who has not signed in sees that, everybody else the place that the address names. */
export function Console() {
  const [problem, setProblem] = useState<Problem>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (key.value === null || me.value) return;
    setProblem(undefined);
    signIn(key.value).catch((error: unknown) => {
      if (error instanceof Problem && error.status === 401) signOut();
      else setProblem(asProblem(error));
    });
  }, [key.value, turn]);
  if (key.value === null || expired.value) return <SignIn />;
  if (!me.value)
    return (
      <div class="alone">{problem ? <Failure problem={problem} retry={() => setTurn(turn + 1)} /> : <Loading />}</div>
    );
  if (me.value.purposeRequired && purpose.value === null)
    return (
      <main class="alone">
        <div class="card">
          <h1>{t('Цель просмотра', 'Purpose')}</h1>
          <PurposeForm />
        </div>
      </main>
    );
  return (
    <Frame>
      <Screen />
    </Frame>
  );
}

function Screen() {
  const [first = '', second, third] = place.value.path;
  switch (first) {
    case '':
      return <Overview />;
    case 'lookup':
      return <LookupScreen id={second} />;
    case 'operations':
      if (second && third === 'replay') return <Replay id={second} key={second} />;
      return second ? <OperationScreen id={second} key={second} /> : <Operations />;
    case 'failures':
      return <Failures />;
    case 'tasks':
      return second ? <TaskScreen id={second} key={second} /> : <Tasks />;
    case 'sync':
      return <Sync />;
    case 'reconciliations':
      return second ? <ReconciliationScreen id={second} key={second} /> : <Reconciliations />;
    case 'mappings':
      return <Mappings />;
    case 'schedules':
      return <Schedules />;
    case 'keys':
      return <Keys />;
    case 'webhooks':
      return second ? <WebhookScreen id={second} key={second} /> : <Webhooks />;
    case 'live':
      return <Live />;
    default:
      return (
        <div class="state">
          <p class="state-title">{t('Такой страницы нет', 'There is no such page')}</p>
          <a class="button" href="#/">
            {t('На обзор', 'To the overview')}
          </a>
        </div>
      );
  }
}
