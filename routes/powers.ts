import { z } from 'zod';
import { HubError } from '../canonical/errors.ts';
import { verifyCms } from '../certs/cms/verify.ts';
import { checkPower, endOfPower } from '../certs/powers/check.ts';
import { readPower } from '../certs/powers/emchd.ts';
import type { StoredPower } from '../certs/store/powers.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, parseJson, parseWith } from './body.ts';
import { CertificateName } from './certificates.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import type { Handling, Route } from './route.ts';

const DAY_MS = 86_400_000;

const Import = z.strictObject({
  name: CertificateName.describe('What requests will call it'),
  document: z.base64().min(1).max(1_400_000).describe('The XML of the power of attorney, base64, as it was signed'),
  signature: z.base64().min(1).max(1_400_000).describe('Its detached signature (CAdES), base64'),
});

/** Machine-readable powers of attorney (машиночитаемые доверенности, МЧД) of an organisation. */
export function powerRoutes(deps: RouteDeps): Route[] {
  const { signing, clock } = deps;
  const own = async ({ req, caller }: Handling): Promise<StoredPower> => {
    const name = String(req.params.name);
    const found = CertificateName.safeParse(name).success
      ? await signing.powers.find(staffOrganisation(caller), name)
      : undefined;
    if (!found) throw unknown();
    return found;
  };
  const reportOf = (document: Uint8Array, signature: Uint8Array) =>
    verifyCms({
      signature,
      document,
      trust: signing.trust.trust(),
      now: clock.now(),
      level: 'cms',
      revocationSource: signing.revocation,
    });
  const organisationOf = (org: string) => signing.organisations.find(({ id }) => id === org);
  return [
    {
      method: 'get',
      path: '/v1/powers-of-attorney',
      scope: 'read:certificates',
      summary: 'Powers of attorney of the organisation: who may act, until when, with which powers',
      responses: { 200: '{ items }' },
      audit: { view: 'powers.list' },
      handle: async ({ res, caller, note }) => {
        const org = staffOrganisation(caller);
        const powers = await signing.powers.list(org);
        note({ count: powers.length });
        res.json({ items: powers.map((one) => show(one, clock.now())) });
      },
    },
    {
      method: 'post',
      path: '/v1/powers-of-attorney',
      scope: 'admin',
      summary: 'Keep a power of attorney with its signature, octet by octet; both are sealed by the master key',
      body: Import,
      responses: {
        201: 'The power of attorney with what was checked',
        409: 'The name or the number is kept already',
        422: 'No power of attorney that can be read, its signature is not valid, or another organisation has issued it',
      },
      audit: { act: 'powers.import' },
      handle: async ({ req, res, caller, note }) => {
        const org = staffOrganisation(caller);
        const input = parseWith(Import, parseJson(bodyText(req)));
        note({ subject: `Power:${input.name}` });
        const document = new Uint8Array(Buffer.from(input.document, 'base64'));
        const signature = new Uint8Array(Buffer.from(input.signature, 'base64'));
        const power = readPower(document);
        const report = await reportOf(document, signature);
        const checks = checkPower({
          power,
          report,
          organisation: organisationOf(org),
          revokedAt: undefined,
          now: clock.now(),
        });
        // One that is over may be kept for the record; one of somebody else, or a forged one, may not.
        const fault = checks.find(
          ({ code, outcome }) =>
            outcome === 'failed' && ['POWER_SIGNATURE', 'POWER_SIGNER', 'POWER_PRINCIPAL'].includes(code),
        );
        if (fault)
          throw new HubError('rejected', 'POWER_REFUSED', `The power of attorney was not kept: ${fault.en}`, {
            errors: [{ pointer: fault.code === 'POWER_PRINCIPAL' ? '/document' : '/signature', message: fault.en }],
          });
        const kept = await signing.powers.add(org, { name: input.name, document, signature, by: caller.client });
        note({ number: power.number });
        signing.watch.ask();
        res.status(201).json({ ...show(kept, clock.now()), checks });
      },
    },
    {
      method: 'get',
      path: '/v1/powers-of-attorney/:name',
      scope: 'read:certificates',
      summary: 'One power of attorney: its files, and what was checked; with certificate and needs, whether it serves',
      query: {
        certificate: 'Name of a certificate: whether its holder is the representative',
        needs: 'Codes of powers that are needed, by commas',
      },
      responses: {
        200: 'The power of attorney with document and signature (base64) and checks',
        404: 'None of this name',
      },
      audit: { view: 'powers.view' },
      handle: async (h) => {
        const { res, caller, query, note } = h;
        const stored = await own(h);
        const org = staffOrganisation(caller);
        note({ subject: `Power:${stored.name}` });
        const needs =
          query.needs
            ?.split(',')
            .map((code) => code.trim())
            .filter(Boolean) ?? [];
        if (needs.length > 100)
          throw invalid('INVALID_QUERY', [{ pointer: '?needs', message: 'names over 100 codes' }]);
        const { entries } = query.certificate === undefined ? { entries: [] } : await signing.keyring.survey(org);
        const holder = entries.find(({ name }) => name === query.certificate)?.certificate;
        if (query.certificate !== undefined && !holder)
          throw new HubError('not-found', 'CERTIFICATE_UNKNOWN', 'There is no certificate of this name.');
        const checks = checkPower({
          power: stored.power,
          report: await reportOf(stored.document, stored.signature),
          organisation: organisationOf(org),
          ...(holder ? { holder } : {}),
          needs,
          revokedAt: stored.revokedAt?.getTime(),
          now: clock.now(),
        });
        res.json({
          ...show(stored, clock.now()),
          document: Buffer.from(stored.document).toString('base64'),
          signature: Buffer.from(stored.signature).toString('base64'),
          serves: !checks.some(({ outcome }) => outcome === 'failed'),
          checks,
        });
      },
    },
    {
      method: 'post',
      path: '/v1/powers-of-attorney/:name/revoke',
      scope: 'admin',
      summary: 'Note that the principal has revoked it: it serves no more',
      responses: { 200: 'The power of attorney', 404: 'None of this name' },
      audit: { act: 'powers.revoke' },
      handle: async (h) => {
        const { name } = await own(h);
        await signing.powers.revoke(staffOrganisation(h.caller), name, h.caller.client);
        signing.watch.ask();
        h.res.json(show(await own(h), clock.now()));
      },
    },
    {
      method: 'delete',
      path: '/v1/powers-of-attorney/:name',
      scope: 'admin',
      summary: 'Remove a power of attorney, for good',
      responses: { 204: 'Removed', 404: 'None of this name' },
      audit: { act: 'powers.remove' },
      handle: async (h) => {
        const { name } = await own(h);
        if (!(await signing.powers.remove(staffOrganisation(h.caller), name))) throw unknown();
        signing.watch.ask();
        h.res.status(204).end();
      },
    },
  ];
}

function show({ name, power, revokedAt, importedAt }: StoredPower, now: number): Record<string, unknown> {
  return {
    name,
    ...power,
    daysLeft: Math.floor((endOfPower(power) - now) / DAY_MS),
    isInForce: checkPower({ power, organisation: undefined, revokedAt: revokedAt?.getTime(), now }).every(
      ({ outcome }) => outcome !== 'failed',
    ),
    revokedAt: revokedAt?.toISOString() ?? null,
    importedAt: importedAt.toISOString(),
  };
}

function unknown(): HubError {
  return new HubError('not-found', 'POWER_UNKNOWN', 'There is no power of attorney of this name.');
}
