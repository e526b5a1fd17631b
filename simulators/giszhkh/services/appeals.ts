import { space, stamp } from '../answers.ts';
import { type Call, commonResults, eachElement, Refusal, type Service } from '../service.ts';
import { gisGuid, type World } from '../world.ts';
import { all, child, type Element, escaped, tag, text, word } from '../xml.ts';
import { referToFiles } from './attachments.ts';
import { elementGuid } from './directories.ts';

interface Answer {
  guid: string;
  answerer: string;
  text: string;
  on: string;
  sent: boolean;
}
interface Appeal {
  guid: string;
  number: string;
  on: string;
  house: string;
  flat: string | undefined;
  words: string;
  status: 'Send' | 'InWork' | 'Executed';
  answers: Answer[];
  rolledOver: string | undefined;
  unanswered: boolean;
  redirected: boolean;
  performer: string | undefined;
  appointedOn: string | undefined;
  /** What was done besides answers, as the export shows it, oldest first. */
  history: { on: string; xml: string }[];
}

/** What a resident writes: POST /__sim/appeals { "appeals": [{ "house", "flat", "text" }] }. */
export interface NewAppeal {
  /** ФИАС identifier of the house. */
  house: string;
  flat?: string;
  text: string;
  /** Day of the appeal, ISO; today when left out. */
  on?: string;
}

const boxes = new WeakMap<object, Map<string, Appeal>>();

function box(world: World): Map<string, Appeal> {
  let found = boxes.get(world);
  if (!found) {
    found = new Map();
    boxes.set(world, found);
  }
  return found;
}

/** Appeals that arrive. @throws Error for a house that is not there */
export function addAppeals(world: World, now: number, input: readonly NewAppeal[]): { guids: string[] } {
  const guids = input.map((wish) => {
    const house = world.houses.get(wish.house.toLowerCase());
    if (!house) throw new Error(`There is no house ${wish.house}.`);
    const n = box(world).size;
    const appeal: Appeal = {
      guid: gisGuid('other', n, 6),
      number: `${stamp(now).slice(0, 4)}-${String(n + 1).padStart(6, '0')}`,
      on: wish.on ?? stamp(now).slice(0, 10),
      house: house.fias,
      flat: wish.flat,
      words: wish.text,
      status: 'Send',
      answers: [],
      rolledOver: undefined,
      unanswered: false,
      redirected: false,
      performer: undefined,
      appointedOn: undefined,
      history: [],
    };
    box(world).set(appeal.guid, appeal);
    return appeal.guid;
  });
  return { guids };
}

function exportAppeals(request: Element, call: Call): string {
  const guids = all(request, 'AppealGUID').map((e) => (e.textContent ?? '').toLowerCase());
  const numbers = all(request, 'AppealNumber').map((e) => e.textContent ?? '');
  const houses = all(request, 'FIASHouseGuid').map((e) => (e.textContent ?? '').toLowerCase());
  const [from, to] = [text(request, 'StartDate')?.slice(0, 10), text(request, 'EndDate')?.slice(0, 10)];
  const states = child(request, 'StatusOfAppeal');
  const found = [...box(call.world).values()].filter(
    (a) =>
      (guids.length === 0 || guids.includes(a.guid)) &&
      (numbers.length === 0 || numbers.includes(a.number)) &&
      (houses.length === 0 || houses.includes(a.house)) &&
      (from === undefined || a.on >= from) &&
      (to === undefined || a.on <= to) &&
      (!states || child(states, a.status === 'Send' ? 'Sent' : a.status) !== undefined),
  );
  if (found.length === 0) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  return found.map((a) => appealOf(a, call.contour)).join('');
}

function appealOf(a: Appeal, contour: string): string {
  const entry = (on: string, inner: string): string =>
    `<s:AppealHistory><s:ChangeDate>${on}+03:00</s:ChangeDate>${inner}</s:AppealHistory>`;
  const answers = a.answers.map((x) =>
    entry(
      x.on,
      `<s:Answer><s:AnswerGUID>${x.guid}</s:AnswerGUID>${x.sent ? `<s:SendAnswerDate>${x.on}+03:00</s:SendAnswerDate>` : ''}<s:Answerer><s:AnswererGUID>${x.answerer}</s:AnswererGUID></s:Answerer><s:AnswerText>${escaped(x.text)}</s:AnswerText>${x.sent ? '<s:AnswerIsSent>true</s:AnswerIsSent>' : ''}</s:Answer>`,
    ),
  );
  const history = [...a.history.map(({ on, xml }) => entry(on, xml)), ...answers].join('');
  const applicant = `<s:Person><s:Surname>Тестов</s:Surname><s:FirstName>Тест</s:FirstName></s:Person>${tag('s:ApartmentNumber', a.flat && escaped(a.flat))}`;
  return `<s:ExportAppealResult><s:AppealGUID>${a.guid}</s:AppealGUID><s:ApplicantInfo>${applicant}</s:ApplicantInfo><s:AppealNumber>${a.number}</s:AppealNumber><s:AppealCreateDate>${a.on}+03:00</s:AppealCreateDate><s:AppealTopic><n:Code>1</n:Code><n:GUID>${elementGuid(contour, '220', '1') ?? ''}</n:GUID></s:AppealTopic><s:FIASHouseGuid>${a.house}</s:FIASHouseGuid>${tag('s:PremiseNumber', a.flat && escaped(a.flat))}<s:OKTMO><b:code>92701000001</b:code></s:OKTMO><s:AppealText>${escaped(a.words)}</s:AppealText>${tag('s:AnswererGUID', a.performer)}${history}<s:AppealStatus>${a.status}</s:AppealStatus>${a.redirected ? '<s:Redirected>true</s:Redirected>' : ''}${a.rolledOver ? '<s:RolledOver>true</s:RolledOver>' : ''}${a.unanswered ? '<s:AnswerIsNotRequired>true</s:AnswerIsNotRequired>' : ''}${tag('s:ExecutionEndDate', a.rolledOver && `${a.rolledOver}+03:00`)}${tag('s:DateOfAppointment', a.appointedOn && `${a.appointedOn}+03:00`)}</s:ExportAppealResult>`;
}

function found(element: Element, call: Call): Appeal {
  const guid = text(element, 'AppealGUID')?.toLowerCase();
  const number = text(element, 'AppealNumber');
  const appeal = [...box(call.world).values()].find((a) => a.guid === guid || a.number === number);
  if (!appeal) throw new Refusal('INT002000', 'Обращение не найдено');
  return appeal;
}

function answererOf(element: Element | undefined, call: Call): string {
  const answerer = (text(element, 'AnswererGUID') ?? '').toLowerCase();
  if (!call.options.executors.includes(answerer)) throw new Refusal('INT002000', 'Исполнитель не найден в организации');
  return answerer;
}

/** One answer of an action: loaded, sent, or deleted while it is a draft. */
function answer(element: Element, appeal: Appeal, call: Call): void {
  const guid = text(element, 'AnswerGUID')?.toLowerCase();
  const before = guid === undefined ? undefined : appeal.answers.find((a) => a.guid === guid);
  if (guid !== undefined && !before) throw new Refusal('INT002000', 'Ответ не найден');
  if (before?.sent) throw new Refusal('INT004127', 'Ответ уже отправлен');
  if (child(element, 'DeleteAnswer')) {
    if (!before) throw new Refusal('INT002000', 'Не указан удаляемый ответ');
    appeal.answers = appeal.answers.filter((a) => a !== before);
    return;
  }
  const answerer = answererOf(element, call);
  const load = child(element, 'LoadAnswer');
  if (!before && !load) throw new Refusal('INT002000', 'Нет текста ответа');
  if (load) referToFiles(call, 'appeals', load);
  const made: Answer = {
    guid: before?.guid ?? call.guid(),
    answerer,
    text: text(load, 'AnswerText') ?? before?.text ?? '',
    on: stamp(call.clock.now()).slice(0, 10),
    sent: text(element, 'SendAnswer') === 'true',
  };
  appeal.answers = [...appeal.answers.filter((a) => a !== before), made];
  if (!made.sent) return;
  appeal.status = 'Executed';
  call.effects.add('giszhkh.appeal-answers', `${appeal.guid} ${made.text}`);
}

function act(element: Element, call: Call): { guid: string } {
  const appeal = found(element, call);
  const part = (name: string) => child(element, name);
  const redirections = all(element, 'RedirectAppeal');
  for (const said of [
    part('Performer'),
    part('Executed'),
    ...redirections,
    part('RollOverAppeal'),
    part('AnswerIsNotRequired'),
  ])
    if (said) {
      answererOf(said, call);
      referToFiles(call, 'appeals', said);
    }
  const on = stamp(call.clock.now()).slice(0, 10);
  const performer = part('Performer');
  if (performer) {
    appeal.performer = text(performer, 'AnswererGUID');
    appeal.appointedOn = text(performer, 'DateOfAppointment')?.slice(0, 10) ?? on;
    if (appeal.status === 'Send') appeal.status = 'InWork';
  }
  if (part('Executed')) appeal.status = 'Executed';
  for (const redirection of redirections) {
    appeal.redirected = true;
    const receiver = text(redirection, 'Receiver', 'orgRootEntityGUID');
    appeal.history.push({
      on,
      xml: `<s:Redirected><s:Receiver>${tag('g:orgRootEntityGUID', receiver)}</s:Receiver>${said(redirection, 'Comment')}${said(redirection, 'AnswererGUID')}</s:Redirected>`,
    });
  }
  const roll = part('RollOverAppeal');
  if (roll) {
    appeal.rolledOver = text(roll, 'ExecutionDate')?.slice(0, 10);
    appeal.history.push({
      on,
      xml: `<s:RolledOver><s:ExecutionDate>${appeal.rolledOver}+03:00</s:ExecutionDate>${said(roll, 'Comment')}${said(roll, 'AnswererGUID')}</s:RolledOver>`,
    });
  }
  const none = part('AnswerIsNotRequired');
  if (none) {
    appeal.unanswered = true;
    appeal.status = 'Executed';
    appeal.history.push({ on, xml: `<s:IsNotRequired>${said(none, 'Cause')}</s:IsNotRequired>` });
  }
  call.effects.add('giszhkh.appeal-actions', `${appeal.guid} ${text(element, 'TransportGUID')}`);
  return { guid: appeal.guid };
}

const said = (element: Element, name: string): string => word(`s:${name}`, text(element, name));

function importAnswers(request: Element, call: Call): string {
  // The result names the transport identifier of the action, not those of its answers.
  const results = [
    ...eachElement(call, all(request, 'AnswerAction'), (element) => {
      const appeal = found(element, call);
      for (const part of all(element, 'Answer')) answer(part, appeal, call);
      return { guid: appeal.guid };
    }),
    ...eachElement(call, all(request, 'AppealAction'), (element) => act(element, call)),
  ];
  return commonResults(results, stamp(call.clock.now()), (inner) => `<s:ImportResult>${inner}</s:ImportResult>`);
}

export const appeals: Service = {
  path: '/ext-bus-appeals-service/services/AppealsAsync',
  namespace: space('appeals'),
  header: 'RequestHeader',
  resultVersion: '12.2.0.5',
  operations: {
    exportAppeal: { element: 'exportAppealRequest', kind: 'export', handler: exportAppeals },
    importAnswer: { element: 'importAnswerRequest', kind: 'import', handler: importAnswers },
  },
};
