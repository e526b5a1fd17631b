import { describe, test } from '@jest/globals';
import { codesAreDocumented, unknownCodeIsUnexpected } from './code-law.ts';
import {
  cutsEndInTheRightClass,
  lostAnswersAreFound,
  neverActsTwice,
  nothingIsFoundTooEarly,
  silenceIsNoAnswer,
  waitsForWord,
} from './cut-law.ts';
import { probeTells, pullsCanBeRepeated } from './read-law.ts';
import { everyFaultIsNamed, everySecretIsTried, everySettingIsDescribed, faultsHideSecrets } from './settings-law.ts';
import type { ConformanceSpec } from './spec.ts';
import { abortedBeforehand, abortedMeanwhile, leavesNothingOpen } from './stop-law.ts';

/** How a law becomes a test. */
type Try = (title: string, law: () => void | Promise<void>) => void;

/**
 * What every connector owes the hub, whatever it talks to. Call it in the connector's contract tests. Each run of a
 * stand-in is also watched for secrets and personal data in log lines, errors and addresses.
 *
 * @param o.kinds commands that are tried here; the others are by {@link commandConformance} in a suite that takes longer
 * @param o.calling for laws that make calls: where they need what is not everywhere, they are skipped visibly
 */
export function connectorConformance<Config>(
  spec: ConformanceSpec<Config>,
  o: { kinds?: readonly string[]; calling?: Try } = {},
): void {
  const { connector } = spec;
  const { kinds = Object.keys(connector.commands ?? {}), calling = test } = o;
  describe(`${connector.system} keeps the rules of every connector`, () => {
    test('bad settings are told all at once, each by its key', () => everyFaultIsNamed(spec));
    test('each setting is described', () => everySettingIsDescribed(spec));
    test('each secret takes part in this suite', () => everySecretIsTried(spec));
    test('faults of settings do not repeat secrets', () => faultsHideSecrets(spec));
    test('codes, errors and README agree', () => codesAreDocumented(spec));
    test('an unknown code is unexpected', () => unknownCodeIsUnexpected(spec));
    calling('the probe tells what is wrong', () => probeTells(spec));
    if (connector.pull) calling('a page that broke off can be read again', () => pullsCanBeRepeated(spec));
    test('each command takes part in this suite', () => {
      for (const kind of Object.keys(connector.commands ?? {}))
        if (!spec.commands[kind]) throw new Error(`The suite is told nothing about ${kind}.`);
    });
    for (const kind of kinds) commandConformance(spec, kind, calling);
    calling('nothing is begun after the hub has stopped', () => abortedBeforehand(spec));
    calling('a call that hangs ends with the signal', () => abortedMeanwhile(spec));
    calling('nothing is left open', () => leavesNothingOpen(spec));
  });
}

/** What one command owes the hub. */
export function commandConformance<Config>(spec: ConformanceSpec<Config>, kind: string, law: Try = test): void {
  describe(kind, () => {
    law('a cut at each stage of each call ends in the right class', () => cutsEndInTheRightClass(spec, kind));
    law('whatever strikes, it acts at most once', () => neverActsTwice(spec, kind));
    if (spec.connector.commands?.[kind]?.effect !== 'once') return;
    const { unanswerable, tellsOnlyAbsence } = spec.commands[kind] ?? {};
    if (unanswerable || tellsOnlyAbsence)
      law('a lost answer stays unknown until somebody tells', () => waitsForWord(spec, kind));
    else law('a lost answer is found again', () => lostAnswersAreFound(spec, kind));
    if (!unanswerable) law('"absent" is said only when it has settled', () => nothingIsFoundTooEarly(spec, kind));
    law('an upstream that cannot be asked is no answer', () => silenceIsNoAnswer(spec, kind));
  });
}
