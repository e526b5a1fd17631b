import type { Database } from '../../storage/port.ts';

/** What stays after an erasure, and why. */
export interface Kept {
  what: string;
  count: number;
  /** In Russian: it is read out to the person who asked. */
  why: string;
  /** Article that seems to demand it. No lawyer has confirmed any of them: `confirmed` says so in every answer. */
  law: string;
  confirmed: false;
}

const ACCOUNTS = `select canonical->>'account' as account from record where org = $1 and entity = 'Residence' and canonical->>'customer' = $2
  union select id::text from record where org = $1 and entity = 'PersonalAccount' and canonical->>'holder' = $2`;

/** Ids of a person's accounts, as long as the records say so: an erasure that has begun takes that away. */
export async function accountsOf(db: Database, org: string, customer: string): Promise<string[]> {
  const { rows } = await db.query<{ account: string | null }>(ACCOUNTS, [org, customer]);
  return rows.flatMap(({ account }) => (account === null ? [] : [account]));
}

/**
 * Counts what law seems to demand to be kept about a person.
 *
 * @param known accounts that were the person's when the erasure was asked for
 */
export async function keptAbout(
  db: Database,
  org: string,
  customer: string,
  recipients: readonly string[],
  known: readonly string[],
): Promise<Kept[]> {
  const count = async (sql: string, params: readonly (string | readonly string[])[]): Promise<number> =>
    Number((await db.query<{ n: number }>(`select count(*) as n from ${sql}`, params)).rows[0]?.n ?? 0);
  const accounts = [...new Set([...known, ...(await accountsOf(db, org, customer))])];
  const items: Omit<Kept, 'confirmed'>[] = [
    {
      what: 'PersonalAccount',
      count: await count(`record where org = $1 and entity = 'PersonalAccount' and id::text = any($2::text[])`, [
        org,
        accounts,
      ]),
      why: 'Лицевой счёт относится к помещению, а не к человеку; по нему ведутся расчёты.',
      law: 'ЖК РФ, ст. 155, 162; 402-ФЗ, ст. 29, ч. 1',
    },
    {
      what: 'Charge, Payment, Debt',
      count: await count(
        `record where org = $1 and entity in ('Charge', 'Payment', 'Debt') and canonical->>'account' = any($2::text[])`,
        [org, accounts],
      ),
      why: 'Первичные учётные документы хранятся не менее пяти лет.',
      law: '402-ФЗ, ст. 29, ч. 1',
    },
    {
      what: 'CourtCase',
      count: await count(
        `record where org = $1 and entity = 'CourtCase' and (canonical->>'account' = any($2::text[]) or canonical->>'customer' = $3)`,
        [org, accounts, customer],
      ),
      why: 'Судебные дела о долге нужны, пока идёт взыскание и не истёк срок давности; источник — 1С.',
      law: 'ГК РФ, ст. 196; 229-ФЗ, ст. 21; 402-ФЗ, ст. 29, ч. 1',
    },
    {
      what: 'CourtDebt',
      count: await count(
        `record where org = $1 and entity = 'CourtDebt' and canonical->>'premises' in
           (select canonical->>'premises' from record where org = $1 and entity = 'PersonalAccount' and id::text = any($2::text[]))`,
        [org, accounts],
      ),
      why: 'Записи реестра задолженности ведёт ГИС ЖКХ; хаб держит их копию, и при следующем чтении она вернулась бы.',
      law: 'ЖК РФ, ст. 159, 160; 402-ФЗ, ст. 29, ч. 1',
    },
    {
      what: 'contact',
      count: await count('contact where org = $1 and recipient = any($2::text[])', [org, recipients]),
      why: 'Число обращений по долгу (без номера телефона, только его ключевой отпечаток).',
      law: '230-ФЗ, ст. 7',
    },
    {
      what: 'opt-out',
      count: await count('opt_out where org = $1 and recipient = any($2::text[])', [org, recipients]),
      why: 'Отказ от сообщений: без него человеку написали бы снова. Удаляется командой hub opt-outs remove.',
      law: '38-ФЗ, ст. 18, ч. 1; 152-ФЗ, ст. 21, ч. 5',
    },
    {
      what: 'audit',
      count: await count('audit where org = $1 and subject = $2', [org, `Customer:${customer}`]),
      why: 'Записи о том, кто и когда обращался к данным; самих данных в них нет.',
      law: '152-ФЗ, ст. 18.1, 19',
    },
  ];
  return items.filter((i) => i.count > 0).map((i) => ({ ...i, confirmed: false }));
}
