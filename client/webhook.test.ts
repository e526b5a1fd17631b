import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { verifyWebhook } from './webhook.ts';

const secret = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;
const other = `whsec_${Buffer.from('another one, just as long').toString('base64')}`;
const body = '{"id":"1","type":"message.delivered","data":{"text":"Доставлено"}}';
const at = new Date(Math.floor(Date.now() / 1000) * 1000);
/** Signed by a library that is not ours. */
const headers = {
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(at.getTime() / 1000),
  'webhook-signature': new Webhook(secret).sign('msg_1', at, body),
};

describe('a delivery', () => {
  test('that is signed with the secret is believed, as text and as bytes, with either kind of headers', async () => {
    const event = JSON.parse(body) as unknown;
    expect(await verifyWebhook(body, headers, secret)).toEqual(event);
    expect(await verifyWebhook(Buffer.from(body), new Headers(headers), secret)).toEqual(event);
  });
  test('is believed while secrets rotate: one of several signatures, one of several secrets', async () => {
    const both = {
      ...headers,
      'webhook-signature': `${new Webhook(other).sign('msg_1', at, body)} ${headers['webhook-signature']}`,
    };
    await expect(verifyWebhook(body, both, secret)).resolves.toMatchObject({ id: '1' });
    await expect(verifyWebhook(body, headers, [other, secret])).resolves.toMatchObject({ id: '1' });
  });
  test.each([
    ['altered', body.replace('1', '2'), headers, secret],
    ['under another id', body, { ...headers, 'webhook-id': 'msg_2' }, secret],
    ['signed with another secret', body, headers, other],
    ['too old', body, { ...headers, 'webhook-timestamp': String(at.getTime() / 1000 - 301) }, secret],
    ['without a signature', body, { ...headers, 'webhook-signature': '' }, secret],
    ['with nonsense for a signature', body, { ...headers, 'webhook-signature': 'v1,%%%' }, secret],
    ['with a time that is none', body, { ...headers, 'webhook-timestamp': 'now' }, secret],
  ])('is refused when it is %s', async (_what, text, given, key) => {
    await expect(verifyWebhook(text, given, key)).rejects.toMatchObject({ name: 'WebhookRefused' });
  });
});
