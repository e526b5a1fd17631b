import { describe, expect, test } from '@jest/globals';
import { maskFields, maskText } from './mask.ts';

describe('masking of logs', () => {
  test.each([
    ['+79161234567'],
    ['8 (916) 123-45-67'],
    ['79161234567'],
    ['Bearer abc.def.ghi'],
    ['hub_0123456789abcdef'],
    ['ivan.petrov@example.ru'],
    ['почта@пример.рф'],
    ['123-456-789 01'],
    ['https://host/sys/send.php?psw=hunter2&phones=79161234567'],
  ])('hides %s', (secret) => {
    const masked = maskText(`before ${secret} after`);
    expect(masked).toContain('before ');
    for (const part of [
      '9161234567',
      '123-45-67',
      'abc.def',
      '0123456789abcdef',
      'petrov',
      'пример',
      '456-789',
      'hunter2',
    ]) {
      if (secret.includes(part)) expect(masked).not.toContain(part);
    }
  });

  test.each([
    '0192f0c4-7a1b-7c3d-8e4f-79161234567a',
    '2026-11-24T10:00:00.000Z',
    'count 34588 of 415000',
    '1768460462',
  ])('leaves %s readable', (text) => {
    expect(maskText(text)).toBe(text);
  });

  test('hides fields by name at any depth and keeps the others', () => {
    expect(maskFields({ id: 5, auth: { Password: 'x', login: 'hub' }, items: [{ phone: '1', status: 'ok' }] })).toEqual(
      {
        id: 5,
        auth: { Password: '***', login: 'hub' },
        items: [{ phone: '***', status: 'ok' }],
      },
    );
  });

  test('masks the message and the cause of an error', () => {
    const masked = JSON.stringify(
      maskFields({ error: new Error('to +79161234567', { cause: new Error('psw hub_0123456789') }) }),
    );
    expect(masked).not.toContain('9161234567');
    expect(masked).not.toContain('0123456789');
  });
});
