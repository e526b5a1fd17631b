import { expect, test } from '@jest/globals';
import { maskBody, maskTraffic } from './masked-traffic.ts';

const personal = ['79161234567', '+79161234567', 'Иванов', 'Пётр', '000012345', 'tajna', 'петр@example.ru'];

test.each([
  ['a form', 'login=hub&psw=tajna&phones=79161234567&mes=Иванов Пётр, долг&fmt=3&id=17'],
  [
    'JSON',
    JSON.stringify({
      Code: '000012345',
      Description: 'Иванов Пётр',
      Телефон: '+79161234567',
      value: [{ Имя: 'Пётр' }],
      n: 79161234567,
    }),
  ],
  ['XML', '<a:Person xmlns:a="urn:x" name="Иванов"><Phone>79161234567</Phone><Имя>Пётр</Имя></a:Person>'],
  ['JSON that was cut', '{"Description":"Иванов Пётр","Code":"000012345","x'],
  ['plain text', 'Иванов Пётр, 79161234567'],
  ['an error text', JSON.stringify({ error: 'нет абонента +79161234567 петр@example.ru' })],
])('%s shows nothing personal', (_what, body) => {
  const shown = maskBody(body);
  for (const value of personal) expect(shown).not.toContain(value);
});

test('what tells about the call itself stays readable', () => {
  const { url, request, response, status } = maskTraffic({
    method: 'POST',
    url: "https://1c.example/base/odata/Catalog_%D0%9B%D0%A1(guid'5b1c0c1e-8a0e-11ee-9f05-000000000005')?$filter=Code eq '000012345'&$top=1",
    request: 'fmt=3&id=17&sender=UK-PRIMER',
    status: 200,
    response: '{"error":"no money","error_code":3,"id":17,"when":"2026-11-24T10:00:00"}',
  });
  expect(url).toContain("Catalog_ЛС(guid'5b1c0c1e-8a0e-11ee-9f05-000000000005')");
  expect(url).toContain('$top=1');
  expect(url).not.toContain('000012345');
  expect(request).toBe('fmt=3\nid=17\nsender=UK-PRIMER');
  expect(status).toBe(200);
  expect(JSON.parse(response ?? '')).toEqual({ error: 'no money', error_code: 3, id: 17, when: '2026-11-24T10:00:00' });
});

test('of a phone its code and its end stay, so that two can be told apart', () => {
  expect(maskBody('phones=79161234567')).toBe('phones=7916•••67');
});

test('a body without end is cut', () => {
  expect(
    maskBody(`{"id":"${'7'.repeat(20)}","list":[${Array.from({ length: 9_000 }, (_v, n) => n).join(',')}]}`).length,
  ).toBeLessThan(17_000);
});
