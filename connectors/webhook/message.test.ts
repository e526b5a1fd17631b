import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { cloudEvent } from './cloud-event.ts';
import { codes, faultOf } from './errors.ts';
import { newSecret, signedHeaders } from './sign.ts';

const event = {
  id: '0192f0c4-7a1b-7c3d-8e4f-791612345670',
  no: 42,
  type: 'message.delivered',
  entity: 'Message',
  entityId: '0192f0c4-7a1b-7c3d-8e4f-791612345671',
  operation: null,
  data: { status: 'delivered', note: 'Здравствуйте' },
  at: new Date('2026-11-24T10:00:00Z'),
};
const body = cloudEvent('uk', event);

test('a verifier of others accepts our signature, and ours alone', () => {
  const secret = newSecret();
  const headers = signedHeaders(event.id, Date.now(), body, [secret]);
  expect(new Webhook(secret).verify(body, headers)).toMatchObject({ id: event.id });
  expect(() => new Webhook(newSecret()).verify(body, headers)).toThrow('No matching signature');
  expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow('No matching signature');
  expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'another' })).toThrow('No matching');
  expect(() => new Webhook(secret).verify(body, signedHeaders(event.id, 0, body, [secret]))).toThrow('too old');
});

test('after a rotation receivers with the old secret and with the new one both verify', () => {
  const [young, old] = [newSecret(), newSecret()];
  const headers = signedHeaders(event.id, Date.now(), body, [young, old]);
  expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
  for (const secret of [young, old]) expect(new Webhook(secret).verify(body, headers)).toMatchObject({ id: event.id });
});

test('secrets are 256 bits and never the same', () => {
  const made = Array.from({ length: 50 }, newSecret);
  expect(new Set(made).size).toBe(50);
  expect(Buffer.from(made[0]?.slice(6) ?? '', 'base64')).toHaveLength(32);
});

test('a parser of others reads the body as a CloudEvent', () => {
  const parsed = HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' }, body });
  if (Array.isArray(parsed)) throw new Error('one event was expected');
  expect(parsed).toMatchObject({
    specversion: '1.0',
    id: event.id,
    source: 'urn:connector-hub:uk',
    type: 'message.delivered',
    subject: 'Message/0192f0c4-7a1b-7c3d-8e4f-791612345671',
    datacontenttype: 'application/json',
    data: { no: 42, details: { note: 'Здравствуйте' } },
  });
  expect(new Date(parsed.time ?? '').getTime()).toBe(event.at.getTime());
});

test.each([
  [200, undefined],
  [204, undefined],
  [301, 'WEBHOOK_REDIRECTED'],
  [307, 'WEBHOOK_REDIRECTED'],
  [400, 'WEBHOOK_FAILED'],
  [404, 'WEBHOOK_FAILED'],
  [410, 'WEBHOOK_GONE'],
  [429, 'WEBHOOK_SLOW_DOWN'],
  [500, 'WEBHOOK_FAILED'],
  [503, 'WEBHOOK_FAILED'],
])('an answer %i means %s', (status, code) => {
  const fault = faultOf({ status }, 0);
  expect(fault?.code).toBe(code);
  if (fault) expect(fault.kind).toBe(codes[fault.code]);
});

test.each([
  ['120', 120_000],
  ['Tue, 24 Nov 2026 10:01:00 GMT', 60_000],
  ['Tue, 24 Nov 2026 09:00:00 GMT', 0],
  ['999999999', 24 * 3_600_000],
  ['soon', undefined],
])('Retry-After %s is %s ms, a day at most', (retryAfter, ms) => {
  expect(faultOf({ status: 503, retryAfter }, event.at.getTime())?.facts.retryAfterMs).toBe(ms);
});

test('every code stands in the README', () => {
  const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
  for (const code of Object.keys(codes)) expect(readme).toContain(`\`${code}\``);
});
