import { HubError, isHubError } from '../../canonical/errors.ts';
import { NetworkFault } from '../kit/http.ts';
import type { NativeObject } from '../port.ts';
import { type Acknowledgement, type Answer, acknowledgementOf, answerOf, MAX_ANSWER } from './answer.ts';
import { checkAnswer } from './answer-signature.ts';
import type { GisZhkhConfig } from './config.ts';
import type { Ctx } from './ctx.ts';
import { envelope, processedQuestion, SIGNED_ID, stateQuestion } from './envelope.ts';
import { BASE, formatOf, operationOf, type ServiceName } from './format.ts';
import type { FormatOperation } from './format-file.ts';
import { randomGuid, sameGuid } from './guid.ts';
import { checkBySchemas } from './schema-check.ts';
import { processedIn, type State, stateOf } from './state.ts';
import { writeMessage } from './write-message.ts';

/** A request that is ready to go: signed, checked, and numbered. Its bytes go out once. */
export interface Prepared {
  readonly service: ServiceName;
  readonly operation: string;
  readonly messageGuid: string;
  readonly xml: string;
}

/**
 * Writes, signs and checks a request.
 *
 * @throws HubError rejected/GISZHKH_FORMAT; misconfigured/GISZHKH_SCHEMA_FAULT; what the signer throws
 */
export async function prepare(
  ctx: Ctx,
  service: ServiceName,
  operation: string,
  content: NativeObject,
): Promise<Prepared> {
  const { config } = ctx;
  const described = operationOf(service, operation);
  const messageGuid = randomGuid(ctx.random);
  const signs = isSigned(config, described);
  const version = config.versions[`${service}/${operation}`];
  const body = writeMessage(service, operation, content, {
    ...(version ? { version } : {}),
    ...(signs ? { id: SIGNED_ID } : {}),
  });
  const plain = envelope(config, { kind: described.header, at: ctx.clock.now(), messageGuid }, body);
  const xml = signs ? await signed(ctx, plain) : plain;
  await checkBySchemas(config.schemas, service, xml);
  return { service, operation, messageGuid, xml };
}

/** The second test contour takes requests without a signature; `getState` is never signed. */
function isSigned({ contour }: GisZhkhConfig, { action }: FormatOperation): boolean {
  return contour !== 'sit02' && action !== 'urn:getState';
}

async function signed(ctx: Ctx, xml: string): Promise<string> {
  const { certificate } = ctx.config;
  if (!certificate || !ctx.signing)
    throw new HubError(
      'misconfigured',
      'GISZHKH_NO_CERTIFICATE',
      `The instance ${ctx.instance} has no certificate to sign with; name one of \`signing.keys\` or of \`hub certs list\` as \`certificate\`.`,
    );
  return ctx.signing.xades({ xml, id: SIGNED_ID, certificate });
}

/**
 * Sends a prepared request.
 *
 * @throws NetworkFault no whole answer came; HubError what ГИС ЖКХ said instead of an acknowledgement
 */
export async function post(ctx: Ctx, { service, operation, xml, messageGuid }: Prepared): Promise<Acknowledgement> {
  const { action } = operationOf(service, operation);
  const ack = acknowledgementOf(await send(ctx, service, action, xml));
  if (ack.requester !== '' && !sameGuid(ack.requester, messageGuid))
    throw new HubError('transient', 'GISZHKH_FOREIGN_ACK', 'ГИС ЖКХ acknowledged another request than this one.', {
      upstream: { system: 'giszhkh' },
    });
  return ack;
}

/**
 * Asks how far a request has come.
 *
 * @throws HubError not-found/GISZHKH_TICKET_UNKNOWN when ГИС ЖКХ knows it no more; others as they stand in errors.ts
 */
export async function getState(ctx: Ctx, service: ServiceName, ticket: string): Promise<State> {
  const answer = await ask(ctx, service, 'getState', stateQuestion(ticket));
  const namespace = formatOf(service).namespaces[0] as string;
  return stateOf(service, await checkAnswer(ctx, { namespace, local: 'getStateResult' }, answer), ticket);
}

/**
 * Which of the requests are done, whatever became of them; lower case.
 *
 * @param tickets 2 to 10,000 numbers of requests to a service that has getRequestsState
 * @throws HubError when the answer can't be had or read
 */
export async function processedOf(
  ctx: Ctx,
  service: ServiceName,
  tickets: readonly string[],
): Promise<ReadonlySet<string>> {
  let answer: Answer;
  try {
    answer = await ask(ctx, service, 'getRequestsState', processedQuestion(tickets));
  } catch (error) {
    // The format has no empty list: that nothing is done has to be said in other words.
    if (isHubError(error) && error.code === 'GISZHKH_NOTHING') return new Set();
    throw error;
  }
  return processedIn(await checkAnswer(ctx, { namespace: BASE, local: 'getRequestsStateResult' }, answer));
}

/** A question that is neither signed nor versioned. */
function ask(ctx: Ctx, service: ServiceName, operation: string, body: string): Promise<Answer> {
  const { header, action } = operationOf(service, operation);
  const heading = { kind: header, at: ctx.clock.now(), messageGuid: randomGuid(ctx.random) };
  return readable(() => send(ctx, service, action, envelope(ctx.config, heading, body)));
}

/** For calls that may be repeated freely: a lost answer is a passing fault. */
export async function readable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NetworkFault) throw error.asTransient('ГИС ЖКХ');
    throw error;
  }
}

/** Codes of answers that say nothing about what became of an import. */
const SILENT = new Set([
  'GISZHKH_FAILED',
  'GISZHKH_FAULT',
  'GISZHKH_UNAVAILABLE',
  'GISZHKH_NOT_SOAP',
  'GISZHKH_NO_ACK',
  'GISZHKH_FOREIGN_ACK',
  'GISZHKH_UNKNOWN',
]);

/** For a call that acts: only a definite refusal is one, after anything else the import may be on its way. */
export async function acting<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NetworkFault) throw error.asUncertain('ГИС ЖКХ');
    if (isHubError(error) && SILENT.has(error.code))
      throw new HubError(
        'uncertain',
        'ANSWER_LOST',
        `ГИС ЖКХ did not say whether it took the request (${error.message}); it is looked for there before anything is sent again.`,
        error.facts,
        { cause: error },
      );
    throw error;
  }
}

async function send(ctx: Ctx, service: ServiceName, action: string, xml: string): Promise<Answer> {
  const { url, timeoutMs } = ctx.config;
  const response = await ctx.http.request({
    method: 'POST',
    url: `${url.replace(/\/$/, '')}${formatOf(service).path}`,
    headers: {
      'content-type': 'text/xml; charset=utf-8',
      accept: 'text/xml',
      soapaction: `"${action}"`,
      ...access(ctx.config),
    },
    body: xml,
    timeoutMs,
    maxResponseBytes: MAX_ANSWER,
  });
  return answerOf(response);
}

/** Headers that let a call in, for messages and files alike. */
export function access({ host, auth, fingerprint }: GisZhkhConfig): Record<string, string> {
  return {
    ...(host ? { host } : {}),
    ...(auth ? { authorization: `Basic ${Buffer.from(`${auth.login}:${auth.password}`).toString('base64')}` } : {}),
    ...(fingerprint ? { 'x-client-cert-fingerprint': fingerprint } : {}),
  };
}
