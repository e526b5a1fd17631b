import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { signCms } from '../../certs/cms/sign.ts';
import { readPower } from '../../certs/powers/emchd.ts';
import { type Holder, issue, signerOf } from '../../certs/testing/authority.ts';
import { type BareHub, startBareHub } from '../hub/bare-hub.ts';
import { fileOf } from './engine.ts';

const DAY = 86_400_000;
const day = (days: number): string => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);
const NUMBER = '4f1c2d3e-5a6b-4c7d-8e9f-0a1b2c3d4e5f';

interface Options {
  number?: string;
  issuedOn?: string;
  endsOn?: string;
  inn?: string;
  snils?: string;
}

/** As operators of the register write it; people and numbers are made up. */
const xmlOf = ({
  number = NUMBER,
  issuedOn = day(-10),
  endsOn = day(40),
  inn = '1650000001',
  snils = '123-456-789 64',
}: Options = {}): Buffer =>
  Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<Доверенность xmlns="urn://x-artefacts/EMCHD_1" ВерсФорм="EMCHD_1" ПрЭлФорм="00000000" ИдФайл="ON_EMCHD_20260901_${number}">
  <Документ><Довер>
    <СвДов ВидДовер="1" ПрПередов="1" ВнНомДовер="Д-7" НомДовер="${number.toUpperCase()}" ДатаВыдДовер="${issuedOn}" СрокДейст="${endsOn}"/>
    <СвДоверит ТипДоверит="1"><Доверит><РосОргДовер>
      <СвРосОрг НаимОрг="УК" ИННЮЛ="${inn}" КПП="165001001" ОГРН="1021600000001"/>
      <ЛицоБезДов><СвФЛ ИННФЛ="165000000011" СНИЛС="000-000-000 11"><СведФЛ><ФИО Фамилия="Первый" Имя="Пётр"/></СведФЛ></СвФЛ></ЛицоБезДов>
    </РосОргДовер></Доверит></СвДоверит>
    <СвУпПред ТипПред="1"><Пред><СведФизЛ ИННФЛ="165000000012" СНИЛС="${snils}"><СведФЛ><ФИО Фамилия="Иванова" Имя="Мария" Отчество="Петровна"/></СведФЛ></СведФизЛ></Пред></СвУпПред>
    <СвПолн ТипПолн="1" ПрСовмПолн="1"><МашПолн КодПолн="GKH_1" НаимПолн="Подписание отчётности"/><МашПолн КодПолн="GKH_2" НаимПолн="Иное"/></СвПолн>
  </Довер></Документ>
</Доверенность>
`);

const root = issue({ name: 'Корень', isCa: true });
const head = issue({ name: 'УК', by: root, subject: { innLegal: '1650000001' } });
const other = issue({ name: 'ТСЖ', by: root, subject: { innLegal: '1650000002' } });
const accountant = issue({ name: 'Иванова', by: root, subject: { inn: '165000000012', snils: '12345678964' } });
const stranger = issue({ name: 'Петров', by: root, subject: { inn: '165000000099' } });
const sign = (document: Uint8Array, by: Holder): Promise<Uint8Array> =>
  signCms({ document, signers: [signerOf(by)], content: 'detached', clock: { now: () => Date.now() } });
const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString('base64');

let t: BareHub;
beforeAll(async () => {
  const rootFile = fileOf('power-root.cer', Buffer.from(root.certificate.der));
  t = await startBareHub(
    `signing: { threads: 1, trust: { roots: [${JSON.stringify(rootFile)}] } }`,
    undefined,
    "inn: '1650000001'",
  );
  for (const [name, { certificate, key }] of Object.entries({ accountant, stranger })) {
    const files = [certificate.der, key.export({ type: 'pkcs8', format: 'der' })].map(base64);
    expect((await t.send('POST', '/v1/certificates', { name, files })).status).toBe(201);
  }
}, 60_000);
afterAll(() => t.stop(), 60_000);

const post = async (name: string, document: Uint8Array, by: Holder) =>
  t.send('POST', '/v1/powers-of-attorney', {
    name,
    document: base64(document),
    signature: base64(await sign(document, by)),
  });

test('a power of attorney is kept octet by octet, and says whom it serves', async () => {
  const document = xmlOf();
  const made = await post('accountant', document, head);
  expect([made.status, made.body.number, made.body.endsOn]).toEqual([201, NUMBER, day(40)]);
  expect(made.body.representatives).toEqual([
    { kind: 'person', name: 'Иванова Мария Петровна', inn: '165000000012', snils: '12345678964' },
  ]);
  expect(made.body.checks.every((c: { outcome: string }) => c.outcome === 'ok')).toBe(true);
  // The same again changes nothing.
  const signature = base64(await sign(document, head));
  expect(
    (await t.send('POST', '/v1/powers-of-attorney', { name: 'x2', document: base64(document), signature })).body.code,
  ).toBe('POWER_KNOWN');

  const one = async (query: string) => (await t.send('GET', `/v1/powers-of-attorney/accountant${query}`)).body;
  const mine = await one('?certificate=accountant&needs=GKH_1');
  expect([mine.serves, Buffer.from(mine.document, 'base64').equals(document)]).toEqual([true, true]);
  const failedIn = (body: { checks: { code: string; outcome: string }[] }) =>
    body.checks.filter((c) => c.outcome === 'failed').map((c) => c.code);
  expect(failedIn(await one('?certificate=stranger'))).toEqual(['POWER_HOLDER']);
  expect(failedIn(await one('?needs=GKH_1,GKH_9'))).toEqual(['POWER_CODES']);

  // Nothing of it lies open in the store.
  const { rows } = await t.hub.store.db.query('select * from power_of_attorney');
  const stored = Buffer.concat(
    Object.values(rows[0] ?? {}).map((v) => (v instanceof Uint8Array ? Buffer.from(v) : Buffer.from(String(v)))),
  );
  for (const secret of ['Иванова', '165000000012', '123-456-789']) expect(stored.includes(secret)).toBe(false);

  expect((await t.send('POST', '/v1/powers-of-attorney/accountant/revoke')).body).toMatchObject({ isInForce: false });
  expect(failedIn(await one('?certificate=accountant'))).toEqual(['POWER_REVOKED']);
  expect((await t.send('DELETE', '/v1/powers-of-attorney/accountant')).status).toBe(204);
  expect((await t.send('GET', '/v1/powers-of-attorney/accountant')).body.code).toBe('POWER_UNKNOWN');
});

test('refuses what was forged, what is of others, and what can not be read', async () => {
  const good = xmlOf();
  const refusedFor = async (document: Uint8Array, by: Holder, signed = document) => {
    const signature = base64(await sign(signed, by));
    return (await t.send('POST', '/v1/powers-of-attorney', { name: 'bad', document: base64(document), signature })).body
      .code;
  };
  expect(await refusedFor(xmlOf({ endsOn: day(400) }), head, good)).toBe('POWER_REFUSED');
  expect(await refusedFor(good, other)).toBe('POWER_REFUSED');
  expect(await refusedFor(xmlOf({ inn: '1650000002' }), other)).toBe('POWER_REFUSED');
  for (const text of [
    'nothing',
    '<a/>',
    '<Доверенность xmlns="urn:other"/>',
    `<!DOCTYPE a>${good}`,
    String(good).replace('СвДов ', 'СвДругое '),
    String(good).replace('СвУпПред ТипПред="1"', 'Х').replace('/СвУпПред', '/Х'),
    String(xmlOf({ number: '17' })),
    String(xmlOf({ endsOn: '2026-02-31' })),
    String(xmlOf({ issuedOn: day(2), endsOn: day(1) })),
    String(good).replace('КодПолн="GKH_1"', ''),
  ])
    expect([text.slice(0, 40), await refusedFor(Buffer.from(text), head)]).toEqual([
      text.slice(0, 40),
      'POWER_UNREADABLE',
    ]);
  expect((await t.send('GET', '/v1/powers-of-attorney/%00')).status).toBe(404);
});

test('the end of one is watched like that of a certificate', async () => {
  expect((await post('soon', xmlOf({ endsOn: day(5), number: NUMBER.replace('4f', '5f') }), head)).status).toBe(201);
  for (let n = 0; ; n++) {
    const { items } = (await t.send('GET', '/v1/changes?after=0&limit=200')).body;
    const warning = (items as { type: string; data: { name: string } }[]).find(
      (e) => e.type === 'power-of-attorney.expires' && e.data.name === 'soon',
    );
    if (warning) {
      expect(warning.data).toMatchObject({ name: 'soon', warnedAt: 7 });
      break;
    }
    if (n > 100) throw new Error('Nobody was warned.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}, 30_000);

test('a transfer, a sole trader and an organisation as representative are read', () => {
  const transfer = String(xmlOf())
    .replaceAll('Довер>', 'Передов>')
    .replace('<Доверит><РосОргДовер>', '<ПередПолн><РосОргПерПолн>')
    .replace('</РосОргДовер></Доверит>', '</РосОргПерПолн></ПередПолн>')
    .replace('СвДов ', 'СвПереДовер ')
    .replaceAll('СвДоверит', 'СвПередПолн')
    .replaceAll('СвУпПред', 'СвПолучПолн');
  expect(readPower(Buffer.from(transfer))).toMatchObject({
    isTransfer: true,
    principals: [{ kind: 'organisation', inn: '1650000001' }],
    representatives: [{ kind: 'person', snils: '12345678964' }],
  });
  const trader = String(xmlOf()).replace(
    /<Доверит>.*<\/Доверит>/s,
    '<Доверит><ИПДовер ОГРНИП="304165000000012"><СвФЛ ИННФЛ="165000000044"/></ИПДовер></Доверит>',
  );
  expect(readPower(Buffer.from(trader)).principals).toEqual([
    { kind: 'sole-trader', inn: '165000000044', ogrn: '304165000000012' },
  ]);
  const company = String(xmlOf()).replace(
    /<Пред>.*<\/Пред>/s,
    '<Пред><СведОрг><СвРосОрг НаимОрг="РЦ" ИННЮЛ="1650000077"/></СведОрг></Пред>',
  );
  expect(readPower(Buffer.from(company)).representatives).toEqual([
    { kind: 'organisation', name: 'РЦ', inn: '1650000077' },
  ]);
});
