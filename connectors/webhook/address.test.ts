import { expect, test } from '@jest/globals';
import { addressRefusal, checkUrl, parseNetworks } from './address.ts';

const none = parseNetworks([]);
const home = parseNetworks(['127.0.0.0/8', '10.1.0.0/16', 'fd00:1::/32']);

test.each([
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '100.64.0.1',
  '100.100.100.200',
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.1.1.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::127.0.0.1',
  '::8.8.8.8',
  '64:ff9b::7f00:1',
  '64:ff9b::808:808',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2001:0:1::1',
  '2001:db8::1',
  '3fff::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
  '100::1',
  '4000::1',
  'not an address',
])('%s is refused', (address) => {
  expect(addressRefusal(address, none)).toEqual(expect.any(String));
});

test.each(['8.8.8.8', '77.88.8.8', '172.32.0.1', '2a02:6b8::feed:ff', '2606:4700::1111'])('%s passes', (address) => {
  expect(addressRefusal(address, none)).toBeUndefined();
});

test.each([
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['10.2.2.3', false],
  ['fd00:1::5', true],
  ['fd00:2::5', false],
  // The mapped form of an allowed address stays refused.
  ['::ffff:10.1.2.3', false],
])('%s with networks of our own allowed: %s', (address, passes) => {
  expect(addressRefusal(address, home) === undefined).toBe(passes);
});

test.each([
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://127.1/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[0:0:0:0:0:ffff:7f00:1]/',
  'https://[fe80::1%25eth0]/',
  'https://１２７.0.0.1/',
  'https://127。0。0。1/',
  'https://localhost/',
  'https://a.localhost/',
  'https://169.254.169.254/latest/meta-data',
  'http://example.org/',
  'http://8.8.8.8/',
  'https://user:secret@example.org/',
  'https://user@example.org/',
  'https://example.org/#part',
  'https://example.org:22/',
  'https://example.org:25/',
  'ftp://example.org/',
  'file:///etc/passwd',
  'example.org',
  '',
])('%s is no address for an endpoint', (url) => {
  expect(() => checkUrl(url, none)).toThrow(
    expect.objectContaining({ code: 'WEBHOOK_ADDRESS_REFUSED', kind: 'rejected' }),
  );
});

test.each(['https://example.org/hooks?x=1', 'https://example.org:8443/', 'https://8.8.8.8/'])('%s is one', (url) => {
  expect(checkUrl(url, none).href).toBe(url);
});

test('plain http goes to loopback only, and only where that is allowed', () => {
  expect(checkUrl('http://127.0.0.1:9/x', home).port).toBe('9');
  expect(checkUrl('http://localhost:9/x', home).port).toBe('9');
  expect(() => checkUrl('http://127.0.0.1:9/x', none)).toThrow('not public');
  expect(() => checkUrl('http://10.1.2.3/x', home)).toThrow('must begin with https');
  expect(checkUrl('https://10.1.2.3/x', home).hostname).toBe('10.1.2.3');
});

test('the text of a refusal repeats nothing of the address', () => {
  expect(() => checkUrl('https://user:hush@example.org/', none)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hush') }),
  );
});
