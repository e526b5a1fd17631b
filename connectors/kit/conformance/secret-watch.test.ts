import { describe, expect, test } from '@jest/globals';
import { formsOf, SecretWatch } from './secret-watch.ts';

const SECRET = 'пароль-ready';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const watch = (): SecretWatch => new SecretWatch([SECRET], ['+79160000001']);

describe('the watch finds a secret', () => {
  test.each([
    ['as it is', SECRET],
    ['percent-encoded', `https://example.ru/?psw=${encodeURIComponent(SECRET)}`],
    ['in Base64', base64(SECRET)],
    ['after a login of 1 more byte', base64(`a:${SECRET}`)],
    ['after a login of 2 more bytes', base64(`ab:${SECRET}`)],
    ['between other bytes', base64(`abc:${SECRET}:and more`)],
  ])('%s', (_how, text) => {
    const seen = watch();
    seen.logLine({ fields: { text } });
    expect(() => seen.assertClean()).toThrow('log line');
  });

  test('in the cause of a cause of an error', () => {
    const seen = watch();
    seen.error(new Error('a', { cause: new Error('b', { cause: new Error(`c ${SECRET}`) }) }));
    expect(() => seen.assertClean()).toThrow('error');
  });

  test('and does not tell it', () => {
    const seen = watch();
    seen.logLine(SECRET);
    expect(() => seen.assertClean()).toThrow(expect.objectContaining({ message: 'A secret stands in a log line.' }));
  });
});

test('personal data may stand in an address, which nobody logs, and nowhere else', () => {
  const seen = watch();
  seen.address('https://example.ru/?phone=+79160000001');
  expect(() => seen.assertClean()).not.toThrow();
  seen.error(new Error('no such phone +79160000001'));
  expect(() => seen.assertClean()).toThrow('Personal data');
});

test('a secret that could be found by chance is refused', () => {
  expect(() => formsOf('short')).toThrow('8 signs');
  expect(() => new SecretWatch([], ['4417'])).toThrow('8 signs');
});
