import { answerDebtInquiry } from '../../canonical/commands/answer-debt-inquiry.ts';
import { DebtInquiry } from '../../canonical/entities/debt-inquiry.ts';
import { HubError } from '../../canonical/errors.ts';
import { entity } from '../../canonical/registry.ts';
import type { Statement } from '../../storage/port.ts';
import type { FeedEvent } from '../../storage/repositories/events.ts';
import {
  type FlowItem,
  type FlowItemChange,
  wakeAllStatement,
  wakeConcernedStatement,
  wakeStatement,
} from '../../storage/repositories/flow-items.ts';
import { finalStatuses, type Operation } from '../../storage/repositories/operation.ts';
import type { Flow, Step } from '../flow.ts';
import { answerPayload } from './answer.ts';
import { decide } from './decide.ts';
import { gather } from './gather.ts';
import { nextStep, type Standing } from './next-step.ts';
import type { DebtInquiryOptions } from './settings.ts';
import { type Term, termOf } from './term.ts';

export const DEBT_INQUIRIES = 'debt-inquiries';
const KIND = answerDebtInquiry.kind;
/** What an inquiry depends on besides itself. */
const CONCERNING: readonly string[] = ['CourtCase', 'Payment', 'Debt'];
/** First loads of these are one event each: then every inquiry is looked at. */
const ALL = /^(debt-inquiries|court-cases|payments|debts|accounts|premises|buildings)\.loaded$/;
const OPEN = `canonical->>'responseStatus' = 'notSent'`;

/**
 * Answers inquiries of social offices from what the accounting system knows of court cases: automatically where the
 * records leave no doubt, by a task where they do, and again when a payment changes what was said.
 */
export function debtInquiries(o: DebtInquiryOptions): Flow {
  return {
    name: DEBT_INQUIRIES,
    taskOfFailure: 'debt-inquiry',
    serves: (org) => o.settings(org).mode !== 'off' && o.route(org, KIND) !== undefined,
    begin: (org, now) => [wakeAllStatement(org, DEBT_INQUIRIES, 'DebtInquiry', OPEN, now)],
    take: (org, events, now) => concerned(org, events, now),
    look: (item, now) => look(o, item, now),
  };
}

function concerned(org: string, events: readonly FeedEvent[], now: Date): Statement[] {
  const of = (pick: (e: FeedEvent) => string | null | undefined): string[] => [
    ...new Set(events.flatMap((e) => pick(e) ?? [])),
  ];
  const inquiries = of((e) => (e.entity === 'DebtInquiry' ? e.entityId : null));
  const operations = of((e) => (e.data.kind === KIND ? e.operation : null));
  const others = of((e) => (CONCERNING.includes(e.entity ?? '') ? e.entityId : null));
  return [
    ...(events.some((e) => ALL.test(e.type)) ? [wakeAllStatement(org, DEBT_INQUIRIES, 'DebtInquiry', OPEN, now)] : []),
    ...(inquiries.length > 0 ? [wakeStatement(org, DEBT_INQUIRIES, inquiries, now)] : []),
    ...(operations.length > 0 ? [wakeBySubject(org, operations, now)] : []),
    ...(others.length > 0 ? [wakeByAccount(org, others, now)] : []),
  ];
}

/** An answer, of whoever's, has ended: the inquiry that it was about is looked at. */
function wakeBySubject(org: string, operations: readonly string[], now: Date): Statement {
  return {
    sql: `update flow_item i set due_at = $3, wake_no = i.wake_no + 1, updated_at = $3 from operation o
          where i.org = $1 and i.flow = '${DEBT_INQUIRIES}' and o.org = $1 and o.id = any($2::uuid[]) and i.subject::text = o.payload->>'inquiry'`,
    params: [org, operations, now],
  };
}

function wakeByAccount(org: string, records: readonly string[], now: Date): Statement {
  const { sql, params = [] } = wakeConcernedStatement(org, DEBT_INQUIRIES, [], now);
  return {
    sql: sql.replace(
      '$3::uuid[]',
      `(select coalesce(array_agg((canonical->>'account')::uuid), '{}') from record where org = $1 and entity in ('CourtCase', 'Payment', 'Debt') and id = any($3::uuid[]))`,
    ),
    params: [params[0] ?? org, params[1] ?? DEBT_INQUIRIES, records, now],
  };
}

async function look(o: DebtInquiryOptions, item: FlowItem, now: Date): Promise<Step> {
  const { org, subject } = item;
  const record = await o.records.get(org, entity('DebtInquiry'), subject);
  if (!record || record.deletedAt) return { becomes: 'forget' };
  const inquiry = DebtInquiry.parse(record.canonical);
  // A person has taken it over; nothing brings it back but a person.
  if (item.state === 'by-hand' && item.answer === null) return { becomes: { dueAt: null, task: null, reason: '' } };
  const settings = o.settings(org);
  const term = termOf(inquiry, { calendar: o.calendar, timezone: o.timezone(org), riskHours: settings.riskHours });
  const [last] = await o.journal.list(
    org,
    { kind: KIND, subject: answerDebtInquiry.subject({ inquiry: subject }) ?? '' },
    1,
  );
  const isWaiting = last !== undefined && !finalStatuses.includes(last.status);
  const isLate = now >= term.endsAt;
  const known = { term: term.endsAt, riskAt: term.riskAt };
  if (last && isWaiting) return underWay(item, inquiry, term, last, now);

  const instance = o.route(org, KIND);
  if (instance === undefined)
    throw new HubError('misconfigured', 'NO_ROUTE', `No connector of ${org} serves ${KIND}; add one to hub.yaml.`);
  const executor = settings.executor ?? o.executorOf(instance);
  const gathered = await gather(o, org, inquiry, executor !== undefined);
  const decision = decide(gathered.facts);
  const standing = standingOf(inquiry, last, item);
  const wasRefused = last !== undefined && last.id === item.operation && last.status !== 'succeeded';
  const next = nextStep({
    decision,
    standing,
    isTermOver: isLate,
    mode: settings.mode,
    whenPaid: settings.whenPaid,
    answer: item.answer,
    wasRefused,
  });
  const change: FlowItemChange = {
    ...known,
    refs: gathered.refs,
    dueAt: wakeAt(term, now, standing),
    facts: factsOf(inquiry, term, decision),
    task: null,
    reason: '',
    answer: null,
  };
  const events = told(item, inquiry, term, now, standing);
  change.data = { ...item.data, verdict: decision.verdict, ...(events[0] ? { told: events[0].type } : {}) };
  if (next.do === 'rest')
    return { becomes: { ...change, ...(next.state === 'by-hand' ? { dueAt: null } : {}), state: next.state }, events };
  if (next.do === 'ask') return { becomes: { ...change, state: 'person', task: next.task, reason: next.code }, events };
  const answer =
    next.do === 'revoke'
      ? { inquiry: subject, action: 'revoke' as const, ...(executor ? { executor } : {}) }
      : await answerPayload(o, org, subject, {
          hasDebt: next.hasDebt,
          executor,
          found: decision.verdict === 'debt' ? gathered.cases.get(decision.case) : undefined,
        });
  if (answer === undefined)
    return { becomes: { ...change, state: 'person', task: 'debt-inquiry', reason: 'DEBT_ACT_MISSING' }, events };
  return {
    becomes: { ...change, state: 'answering' },
    submit: [
      {
        request: { org, command: answerDebtInquiry, instance, payload: answer, body: answer },
        step: next.do === 'revoke' ? 'revoke' : next.step,
        ...(item.operation === null ? {} : { parent: item.operation }),
      },
    ],
    guard: [nobodyElse(org, subject, last?.id)],
    events,
  };
}

/** An answer is on its way. Its end wakes the inquiry; at the risk moment a person is told that it has not got through. */
function underWay(item: FlowItem, inquiry: DebtInquiry, term: Term, last: Operation, now: Date): Step {
  const isAtRisk = now >= term.riskAt;
  const events = told(item, inquiry, term, now, undefined);
  return {
    events,
    becomes: {
      state: 'answering',
      operation: last.id,
      term: term.endsAt,
      riskAt: term.riskAt,
      dueAt: isAtRisk ? null : term.riskAt,
      task: isAtRisk ? 'debt-inquiry' : null,
      reason: isAtRisk ? 'DEBT_ANSWER_NOT_THROUGH' : '',
      answer: null,
      facts: { ...item.facts, operation: last.id },
      data: { ...item.data, ...(events[0] ? { told: events[0].type } : {}) },
    },
  };
}

/** What stands at the other side, as far as it is known; the journal knows sooner than the next pull. */
function standingOf(inquiry: DebtInquiry, last: Operation | undefined, item: FlowItem): Standing | undefined {
  if (last?.status === 'succeeded') {
    if (last.payload.action === 'revoke') return undefined;
    const by = last.id === item.operation && last.client === 'hub' ? 'hub' : 'person';
    return { hasDebt: last.payload.hasDebt === true, by };
  }
  if (inquiry.responseStatus === 'autoGenerated') return { hasDebt: false, by: 'system' };
  if (inquiry.responseStatus === 'sent') return { hasDebt: inquiry.answer?.hasDebt ?? false, by: 'person' };
  return undefined;
}

function wakeAt(term: Term, now: Date, standing: Standing | undefined): Date | null {
  if (standing) return null;
  const next = [term.riskAt, term.endsAt].find((at) => at > now);
  return next ?? null;
}

function factsOf(
  inquiry: DebtInquiry,
  term: Term,
  decision: ReturnType<typeof decide>,
): Record<string, string | number> {
  return {
    ...(inquiry.requestNumber === null ? {} : { requestNumber: inquiry.requestNumber }),
    lastDay: term.lastDay,
    verdict: decision.verdict,
    ...(decision.verdict === 'debt' ? { courtCase: decision.case } : {}),
    ...(decision.verdict === 'person' && decision.cases.length > 0
      ? { courtCases: decision.cases.slice(0, 5).join(', '), count: decision.cases.length }
      : {}),
  };
}

/** That a term is at risk, and that it has passed, is told once each. */
function told(
  item: FlowItem,
  inquiry: DebtInquiry,
  term: Term,
  now: Date,
  standing: Standing | undefined,
): NonNullable<Step['events']> {
  if (standing) return [];
  const before = item.data.told;
  const type = now >= term.endsAt ? 'debt-inquiries.late' : now >= term.riskAt ? 'debt-inquiries.at-risk' : undefined;
  if (type === undefined || before === type) return [];
  return [
    {
      type,
      entity: 'DebtInquiry',
      entityId: item.subject,
      data: { lastDay: term.lastDay, responseStatus: inquiry.responseStatus },
    },
  ];
}

/** No answer of anybody else came between the look and now: then the inquiry is looked at anew. */
function nobodyElse(org: string, inquiry: string, last: string | undefined): Statement {
  return {
    sql: `select 1 where not exists (select 1 from operation where org = $1 and kind = '${KIND}' and subject = $2 and ($3::uuid is null or id > $3::uuid))`,
    params: [org, answerDebtInquiry.subject({ inquiry }), last ?? null],
    expect: { rows: 1, name: 'answer' },
  };
}
