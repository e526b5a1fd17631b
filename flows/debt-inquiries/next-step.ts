import type { Decision } from './decide.ts';

/** The answer that stands at the social office's side. */
export interface Standing {
  hasDebt: boolean;
  /** `hub`: by this flow; `person`: by somebody through the hub, or in the cabinet; `system`: for us, after the term. */
  by: 'hub' | 'person' | 'system';
}

export interface Situation {
  decision: Decision;
  standing: Standing | undefined;
  isTermOver: boolean;
  mode: 'auto' | 'propose' | 'off';
  whenPaid: 'correct' | 'revoke' | 'ask';
  /** What a person has answered to the task, if anybody. */
  answer: string | null;
  /** The last answer was refused, or given up: the same is not sent again of itself. */
  wasRefused: boolean;
}

/** What to do about an inquiry now. */
export type NextStep =
  | { do: 'send'; hasDebt: boolean; step: 'answer' | 'correct' }
  | { do: 'revoke' }
  /** A person sends what is proposed, or decides. */
  | { do: 'ask'; task: 'debt-answer' | 'debt-inquiry'; code: string }
  /** Nothing now; looked at again when something happens. */
  | { do: 'rest'; state: 'answered' | 'refused' | 'by-hand' | 'late' | 'left' };

/** Pure; the tests walk through all situations. */
export function nextStep(s: Situation): NextStep {
  if (s.answer === 'by-hand') return { do: 'rest', state: 'by-hand' };
  if (s.mode === 'off') return { do: 'rest', state: 'left' };
  return s.standing && s.standing.by !== 'system' ? afterAnswer(s, s.standing) : withoutAnswer(s);
}

function withoutAnswer(s: Situation): NextStep {
  const { decision, answer, mode } = s;
  if (answer === 'keep') return { do: 'rest', state: 'left' };
  if (answer === 'no-debt') return { do: 'send', hasDebt: false, step: 'answer' };
  // "No debt" was said for us when the term was over; only where that is wrong somebody has to do something.
  if (s.isTermOver || s.standing?.by === 'system') {
    if (decision.verdict === 'no-debt') return { do: 'rest', state: 'late' };
    if (answer === 'send' && decision.verdict === 'debt') return { do: 'send', hasDebt: true, step: 'answer' };
    return { do: 'ask', task: decision.verdict === 'debt' ? 'debt-answer' : 'debt-inquiry', code: 'DEBT_TERM_OVER' };
  }
  if (decision.verdict === 'person') return { do: 'ask', task: 'debt-inquiry', code: decision.code };
  const hasDebt = decision.verdict === 'debt';
  if (answer === 'send') return { do: 'send', hasDebt, step: 'answer' };
  if (s.wasRefused && answer === null) return { do: 'rest', state: 'refused' };
  if (mode === 'propose')
    return { do: 'ask', task: 'debt-answer', code: hasDebt ? 'DEBT_PROPOSED' : 'DEBT_NONE_PROPOSED' };
  return { do: 'send', hasDebt, step: 'answer' };
}

function afterAnswer(s: Situation, standing: Standing): NextStep {
  const { decision, answer } = s;
  const rest: NextStep = { do: 'rest', state: 'answered' };
  if (answer === 'no-debt' && standing.hasDebt) return { do: 'send', hasDebt: false, step: 'correct' };
  if (decision.verdict === 'person') {
    // Something has become unclear about a debt that we have confirmed.
    return standing.hasDebt && standing.by === 'hub' && answer === null
      ? { do: 'ask', task: 'debt-inquiry', code: decision.code }
      : rest;
  }
  const hasDebt = decision.verdict === 'debt';
  if (hasDebt === standing.hasDebt || answer === 'keep') return rest;
  if (answer === 'send') return { do: 'send', hasDebt, step: 'correct' };
  // What was right on its day and changed after the term need not be told; that a debt is gone should be.
  if (hasDebt && s.isTermOver) return rest;
  const ask: NextStep = {
    do: 'ask',
    task: 'debt-answer',
    code: hasDebt ? 'DEBT_AROSE_AFTER_ANSWER' : 'DEBT_PAID_AFTER_ANSWER',
  };
  if (s.isTermOver || s.mode !== 'auto' || standing.by !== 'hub' || s.wasRefused) return ask;
  if (hasDebt) return { do: 'send', hasDebt, step: 'correct' };
  if (s.whenPaid === 'ask') return ask;
  return s.whenPaid === 'revoke' ? { do: 'revoke' } : { do: 'send', hasDebt: false, step: 'correct' };
}
