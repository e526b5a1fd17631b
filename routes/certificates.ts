import { z } from 'zod';
import { HubError } from '../canonical/errors.ts';
import { describeCertificate } from '../certs/describe.ts';
import { readKeyMaterial } from '../certs/import/key-material.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, parseJson, parseWith } from './body.ts';
import type { RouteDeps } from './deps.ts';
import type { Route } from './route.ts';

/** What requests call a certificate. */
export const CertificateName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'takes small Latin letters, digits and hyphens');

const Import = z.strictObject({
  name: CertificateName.describe('What requests will call it'),
  files: z
    .array(z.base64().min(1).max(1_500_000))
    .min(1)
    .max(10)
    .describe('Contents of the files, base64: certificate, issuers, private key; DER, PEM or PKCS#12'),
  password: z.string().max(200).optional().describe('Password of the key or of the PFX; kept nowhere'),
});

/** Certificates that an organisation signs by, and their keys. */
export function certificateRoutes({ signing, clock }: RouteDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/certificates',
      scope: 'read:certificates',
      summary: 'Certificates of the organisation: whose, by whom issued, how many days are left, where the key lies',
      responses: { 200: '{ items }' },
      audit: { view: 'certificates.list' },
      handle: async ({ res, caller, note }) => {
        const entries = await signing.keyring.list(staffOrganisation(caller));
        note({ count: entries.length });
        res.json({ items: entries.map((entry) => describeCertificate(entry, clock.now())) });
      },
    },
    {
      method: 'post',
      path: '/v1/certificates',
      scope: 'admin',
      summary: 'Import a certificate, with its private key or without; the key is sealed by the master key',
      body: Import,
      responses: {
        201: 'The certificate',
        400: 'A file is neither a certificate nor a key, the password is wrong, or the key belongs to another certificate',
        409: 'The name belongs to another certificate',
      },
      audit: { act: 'certificates.import' },
      handle: async ({ req, res, caller, note }) => {
        const org = staffOrganisation(caller);
        const input = parseWith(Import, parseJson(bodyText(req)));
        note({ subject: `Certificate:${input.name}` });
        if (signing.keyring.isOutside(org, input.name))
          throw new HubError(
            'conflict',
            'CERTIFICATE_NAME_TAKEN',
            `hub.yaml describes a key '${input.name}' already; take another name.`,
            {
              errors: [{ pointer: '/name', message: 'is used by signing.keys of hub.yaml' }],
            },
          );
        const files = input.files.map((file) => new Uint8Array(Buffer.from(file, 'base64')));
        const material = await readKeyMaterial(files, {
          password: input.password,
          opensslConfig: signing.opensslConfig,
        });
        const kept = await signing.certificates.add(org, { name: input.name, material, by: caller.client });
        note({ thumbprint: kept.certificate.thumbprint, hasKey: kept.hasKey });
        signing.watch.ask();
        const { name, certificate, chain, hasKey } = kept;
        res
          .status(201)
          .json(describeCertificate({ name, certificate, chain, signer: hasKey ? 'store' : 'none' }, clock.now()));
      },
    },
    {
      method: 'delete',
      path: '/v1/certificates/:name',
      scope: 'admin',
      summary: 'Remove a certificate and its private key, for good',
      responses: { 204: 'Removed', 404: 'None of this name' },
      audit: { act: 'certificates.remove' },
      handle: async ({ req, res, caller }) => {
        const name = String(req.params.name);
        const isName = CertificateName.safeParse(name).success;
        if (!isName || !(await signing.certificates.remove(staffOrganisation(caller), name)))
          throw new HubError('not-found', 'CERTIFICATE_UNKNOWN', 'There is no imported certificate of this name.');
        signing.watch.ask();
        res.status(204).end();
      },
    },
  ];
}
