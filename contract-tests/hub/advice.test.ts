import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { adviceTable } from '../../tasks/advice.ts';
import { type BareHub, startBareHub } from './bare-hub.ts';

let t: BareHub;
beforeAll(async () => {
  t = await startBareHub('audit: { requirePurpose: true }\n');
}, 60_000);
afterAll(() => t.stop(), 30_000);

test('every code of the hub is explained in both languages, to whoever asks', async () => {
  for (const [language, script] of [
    ['ru', /[а-яё]/i],
    ['en', /^[^а-яё]+$/i],
  ] as const) {
    const answer = await fetch(`${t.hub.url}/v1/advice?language=${language}`);
    expect(answer.status).toBe(200);
    const { items } = (await answer.json()) as { items: Record<string, { what: string; who: string; press: string }> };
    expect(Object.keys(items).sort()).toEqual(Object.keys(adviceTable).sort());
    for (const [code, { what, who, press }] of Object.entries(items))
      expect([code, ...[what, who, press].map((text) => script.test(text))]).toEqual([code, true, true, true]);
  }
  expect((await fetch(`${t.hub.url}/v1/advice?language=de`)).status).toBe(400);
});

test('a key hears whether it has to say why it looks at personal data', async () => {
  const required = async (purpose?: string): Promise<unknown> => {
    const { body } = await t.send('POST', '/v1/keys', {
      name: 'x',
      scopes: ['*'],
      organisation: 'uk',
      ...(purpose ? { purpose } : {}),
    });
    const me = await t.get('/v1/me', { authorization: `Bearer ${body.key}` });
    return ((await me.json()) as { purposeRequired: unknown }).purposeRequired;
  };
  expect([await required(), await required('обращения жильцов')]).toEqual([true, false]);
});
