import { describe, expect, test } from '@jest/globals';
import { signCms } from '../cms/sign.ts';
import { verifyCms } from '../cms/verify.ts';
import { answerOcsp, issue, issueList, signerOf } from '../testing/authority.ts';
import { type RevocationHttp, RevocationSource } from './revocation-source.ts';

const hour = 3600_000;
const start = Date.now();
const root = issue({ name: 'Корень', isCa: true });
const listed = issue({ name: 'Иванов', by: root, crlUrl: 'http://ca.invalid/list.crl' });
const asked = issue({
  name: 'Петров',
  by: root,
  crlUrl: 'http://ca.invalid/list.crl',
  ocspUrl: 'http://ca.invalid/ocsp',
});
const document = Buffer.from('Заявление');

type Answer = (request: Parameters<RevocationHttp['request']>[0]) => Uint8Array | number | Error;
function world(answer: Answer) {
  const calls: string[] = [];
  const failures: string[] = [];
  const clock = { at: start, now: () => clock.at };
  const http: RevocationHttp = {
    request: async (request) => {
      calls.push(`${request.method} ${request.url}`);
      const given = answer(request);
      if (given instanceof Error) throw given;
      return typeof given === 'number'
        ? { status: given, headers: {}, body: new Uint8Array() }
        : { status: 200, headers: {}, body: given };
    },
  };
  const source = new RevocationSource({ http, clock, onFailure: (url, why) => failures.push(`${url}: ${why}`) });
  const judge = async (who = listed, roots = [root.certificate]) => {
    const signature = await signCms({
      document,
      signers: [signerOf(who)],
      content: 'detached',
      clock: { now: () => start },
    });
    const { verdict, signers } = await verifyCms({
      signature,
      document,
      now: clock.at,
      trust: { roots, intermediates: [], evidence: { crls: [], ocsp: [] }, revocation: 'require' },
      revocationSource: source,
    });
    const telling = ['REVOKED', 'NOT_REVOKED', 'REVOCATION_UNKNOWN', 'CHAIN_NO_ISSUER'];
    return [verdict, ...(signers[0]?.findings ?? []).map((f) => f.code).filter((c) => telling.includes(c))];
  };
  return { calls, failures, clock, judge };
}
const list = (settings: Partial<Parameters<typeof issueList>[0]> = {}) =>
  issueList({ by: root, revoked: [], from: start - 60_000, to: start + 2 * hour, ...settings });

describe('news on revocation', () => {
  test('a list is got once and held until its next update, then asked for anew', async () => {
    const { calls, clock, judge } = world(() => list());
    expect(await judge()).toEqual(['valid', 'NOT_REVOKED']);
    expect(await judge()).toEqual(['valid', 'NOT_REVOKED']);
    expect(calls).toHaveLength(1);
    clock.at = start + 2 * hour + 1000;
    await judge();
    expect(calls).toHaveLength(2);
  });

  test('while the address is down the last good list serves: it is stale, but who is on it stays revoked', async () => {
    let isDown = false;
    const revoked = [{ serialDer: listed.certificate.serialDer, at: start - hour }];
    const { clock, judge, failures } = world(() => (isDown ? 503 : list({ revoked })));
    expect(await judge()).toEqual(['invalid', 'REVOKED']);
    isDown = true;
    clock.at = start + 3 * hour;
    expect(await judge()).toEqual(['invalid', 'REVOKED']);
    expect(await judge(issue({ name: 'Сидоров', by: root, crlUrl: 'http://ca.invalid/list.crl' }))).toEqual([
      'indeterminate',
      'REVOCATION_UNKNOWN',
    ]);
    // The address is left alone for a while after a failure.
    expect(failures).toEqual(['http://ca.invalid/list.crl: HTTP 503']);
  });

  test('OCSP goes first, and the list takes its place when it fails', async () => {
    const { calls, judge } = world(({ method, body }) =>
      method === 'POST' ? answerOcsp({ to: body ?? new Uint8Array(), by: root, status: { at: start - hour } }) : 404,
    );
    expect(await judge(asked)).toEqual(['invalid', 'REVOKED']);
    expect(calls).toEqual(['POST http://ca.invalid/ocsp']);
    const second = world(({ method }) => (method === 'POST' ? new Error('cut') : list()));
    expect(await second.judge(asked)).toEqual(['valid', 'NOT_REVOKED']);
    expect(second.calls).toEqual(['POST http://ca.invalid/ocsp', 'GET http://ca.invalid/list.crl']);
  });

  test('lists of others and nonsense are no news', async () => {
    const impostor = issue({ name: 'Корень', isCa: true });
    for (const given of [list({ by: impostor }), Buffer.from('<html>')]) {
      const { judge, failures } = world(() => given);
      expect(await judge()).toEqual(['indeterminate', 'REVOCATION_UNKNOWN']);
      expect(failures).toHaveLength(1);
    }
  });

  test('addresses in certificates that lead to no trusted root are never asked', async () => {
    const { calls, judge } = world(() => list());
    expect(await judge(listed, [])).toEqual(['indeterminate', 'CHAIN_NO_ISSUER']);
    expect(calls).toEqual([]);
  });
});
