import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { HubError, isHubError } from '../canonical/errors.ts';
import { type DocumentOctets, whole } from '../certs/cms/document.ts';
import { encodeCms } from '../certs/cms/encoding.ts';
import type { Finding } from '../certs/cms/findings.ts';
import { renderReport } from '../certs/cms/report.ts';
import { schemes } from '../certs/cms/scheme.ts';
import { mustFit, signCms } from '../certs/cms/sign.ts';
import { addTimeStamps } from '../certs/cms/time-stamp.ts';
import { verifyCms } from '../certs/cms/verify.ts';
import type { Signer } from '../certs/signer.ts';
import { algorithm } from '../certs/x509/oids.ts';
import { signXades } from '../certs/xml/xades-sign.ts';
import { trustedNow } from '../certs/xml/xades-trust.ts';
import { verifyXades } from '../certs/xml/xades-verify.ts';
import { XML_REFUSED } from '../certs/xml/xml-error.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, parseJson, parseWith } from './body.ts';
import { CertificateName } from './certificates.ts';
import type { RouteDeps } from './deps.ts';
import { LARGE_BODY, loopTurn } from './loop-turn.ts';
import { invalid } from './problems.ts';
import type { Handling, Route } from './route.ts';

/** Documents that come with the request; larger ones are stored as files first. */
const MAX_INLINE = 9 * 1024 * 1024;
/** XML and raw signatures hold the document in memory. */
const MAX_WHOLE = 32 * 1024 * 1024;

const document = {
  document: z.base64().max(MAX_INLINE).optional().describe('The document, base64; or give file'),
  file: z.uuid().optional().describe('Id of a stored file (POST /v1/files)'),
};

/** Digests that a caller may make itself, by the names of the API. */
const DIGESTS = {
  streebog256: algorithm.streebog256,
  streebog512: algorithm.streebog512,
  sha256: algorithm.sha256,
} as const;

const ReadyDigest = z
  .strictObject({
    algorithm: z.enum(['streebog256', 'streebog512', 'sha256']).describe('The one that goes with the key'),
    value: z
      .string()
      .max(128)
      .regex(
        /^([0-9a-fA-F]{64}|[0-9a-fA-F]{128}|[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==)$/,
        'is no hexadecimal or base64 of 32 or 64 octets',
      )
      .describe('The digest: hexadecimal or base64'),
  })
  .describe('Digest of the document in place of it, for raw and detached CAdES');

const Sign = z.strictObject({
  certificate: CertificateName.describe('Name of the certificate that signs'),
  and: z.array(CertificateName).max(9).default([]).describe('Names of further signers of the same document, for CAdES'),
  format: z
    .enum(['cades-bes', 'cades-t', 'xades-bes', 'raw'])
    .default('cades-bes')
    .describe(
      'cades-t adds a time-stamp; xades-bes signs an element of XML as ГИС ЖКХ wants it; raw is s ‖ r for GOST',
    ),
  ...document,
  digest: ReadyDigest.optional(),
  content: z.enum(['detached', 'attached']).default('detached').describe('Whether CAdES holds the document'),
  encoding: z.enum(['der', 'base64', 'pem']).default('der').describe('Form of the CAdES file'),
  issuers: z.boolean().default(false).describe('CAdES holds the certificates of the authorities too'),
  element: z.string().min(1).max(200).optional().describe('Id of the element that XAdES signs'),
});

const Verify = z.strictObject({
  format: z.enum(['cades', 'xades']).default('cades'),
  signature: z.base64().max(MAX_INLINE).optional().describe('CAdES: the signature file, base64'),
  ...document,
  level: z
    .enum(['cms', 'cades-bes', 'cades-t'])
    .default('cades-bes')
    .describe('What a CAdES signature must be at least'),
  element: z
    .strictObject({
      namespace: z.string().max(500).default(''),
      name: z.string().min(1).max(200),
      place: z.enum(['root', 'soap-body']).default('root'),
    })
    .optional()
    .describe('XAdES: the element that must be the signed one'),
});

/** Electronic signatures as a service: made with the keys of the organisation, and verified with a report. */
export function signatureRoutes(deps: RouteDeps): Route[] {
  return [sign(deps), verify(deps)];
}

function sign(deps: RouteDeps): Route {
  const { signing, clock } = deps;
  return {
    method: 'post',
    path: '/v1/signatures',
    scope: 'write:signatures',
    summary: 'Sign a document or a digest: CAdES-BES, CAdES-T, XAdES-BES or raw',
    body: Sign,
    responses: {
      200: '{ signature (base64), name, format, certificate, document: { size, sha256 } or { digest } }',
      400: 'Faults in the body',
      404: 'No certificate or file of this name',
    },
    audit: { act: 'signatures.make' },
    handle: async (h) => {
      const { req, res, caller, note } = h;
      const org = staffOrganisation(caller);
      const input = parseWith(Sign, parseJson(bodyText(req)));
      note({ subject: `Certificate:${input.certificate}`, format: input.format, file: input.file ?? null });
      const names = [input.certificate, ...input.and];
      if (input.and.length > 0 && !input.format.startsWith('cades'))
        throw invalid('INVALID_BODY', [{ pointer: '/and', message: 'is for CAdES only' }]);
      const found = await Promise.all(names.map((name) => signing.keyring.signer(org, name)));
      const signers = found.map(({ signer }) => signer);
      note({ thumbprints: found.map(({ entry }) => entry.certificate.thumbprint) });
      const [signer] = signers;
      if (!signer) throw new Error('Nobody signs.');
      const ready = input.digest && readyDigest(input, input.digest);
      if (ready) {
        const signature = await overDigest(deps, input, { signers, ready });
        const shown = { algorithm: input.digest?.algorithm, value: Buffer.from(ready.value).toString('hex') };
        note({ signers: names.length, digest: shown });
        res.json({
          signature: Buffer.from(signature).toString('base64'),
          name: 'document.sig',
          format: input.format,
          certificate: input.certificate,
          document: { digest: shown },
        });
        return;
      }
      const source = await documentOf(deps, h, input);
      const seen = createHash('sha256');
      let size = 0;
      const watched = (async function* () {
        for await (const chunk of source.octets) {
          seen.update(chunk);
          size += chunk.length;
          yield chunk;
        }
      })();
      let signature: Uint8Array;
      if (input.format === 'raw') signature = await signer.signRaw(await inMemory(watched));
      else if (input.format === 'xades-bes') {
        if (input.element === undefined)
          throw invalid('INVALID_BODY', [{ pointer: '/element', message: 'names the element to sign, by its Id' }]);
        signature = await xmlChecked(async () =>
          signXades(await inMemory(watched), {
            element: { id: input.element as string },
            signer,
            at: clock.now(),
            uuid: randomUUID(),
          }),
        );
      } else {
        const bes = await signCms({
          document: watched,
          signers,
          content: input.content,
          certificates: input.issuers ? 'chain' : 'signer',
          clock,
        });
        signature = encodeCms(input.format === 'cades-t' ? await stamped(deps, bes) : bes, input.encoding);
      }
      const sha256 = seen.digest('hex');
      note({ signers: names.length, sha256, size });
      if (signature.length > LARGE_BODY) await loopTurn();
      res.json({
        signature: Buffer.from(signature).toString('base64'),
        name: input.format === 'xades-bes' ? source.name : `${source.name}.sig`,
        format: input.format,
        certificate: input.certificate,
        document: { size, sha256 },
      });
    },
  };
}

function verify(deps: RouteDeps): Route {
  const { signing, clock } = deps;
  return {
    method: 'post',
    path: '/v1/signatures/verify',
    scope: 'read:signatures',
    summary: 'Verify a signature: who signed, when, what, and whether it is valid or why not',
    body: Verify,
    responses: {
      200: '{ verdict: valid | invalid | indeterminate, report, text: { ru, en } }',
      400: 'Faults in the body',
    },
    audit: { view: 'signatures.verify' },
    handle: async (h) => {
      const { req, res } = h;
      const input = parseWith(Verify, parseJson(bodyText(req)));
      const trust = signing.trust.trust();
      const now = clock.now();
      const asked = signing.revocation ? 'asked' : 'files-only';
      if (input.format === 'xades') {
        const { element } = input;
        if (!element)
          throw invalid('INVALID_BODY', [{ pointer: '/element', message: 'names the element that must be signed' }]);
        const octets = await inMemory((await documentOf(deps, h, input)).octets);
        let judged: readonly Finding[] = [];
        const report = await verifyXades(octets, {
          expected: { names: [{ namespace: element.namespace, local: element.name }], place: element.place },
          trust: trustedNow({
            trust,
            now,
            source: signing.revocation,
            told: (findings) => {
              judged = findings;
            },
          }),
        });
        res.json({
          verdict: report.valid ? 'valid' : 'invalid',
          report: report.valid
            ? { signedAt: new Date(report.signer.signedAt).toISOString() }
            : { faults: report.faults },
          // What was looked at of the certificate: chain, period, revocation and as of when.
          checks: judged,
          revocation: asked,
          ...(report.signer
            ? {
                certificate: {
                  serial: report.signer.certificate.serialHex,
                  holder: report.signer.certificate.subject.toText(),
                },
              }
            : {}),
        });
        return;
      }
      if (input.signature === undefined)
        throw invalid('INVALID_BODY', [{ pointer: '/signature', message: 'is needed for CAdES' }]);
      const hasDocument = input.document !== undefined || input.file !== undefined;
      const report = await verifyCms({
        signature: new Uint8Array(Buffer.from(input.signature, 'base64')),
        ...(hasDocument ? { document: (await documentOf(deps, h, input)).octets } : {}),
        trust,
        now,
        level: input.level,
        revocationSource: signing.revocation,
      });
      res.json({
        verdict: report.verdict,
        report,
        revocation: asked,
        text: { ru: renderReport(report, 'ru'), en: renderReport(report, 'en') },
      });
    },
  };
}

/** What of a request can't be done with a digest is said before anything is signed. */
function readyDigest(
  { format, content, document: inline, file, element }: z.infer<typeof Sign>,
  digest: z.infer<typeof ReadyDigest>,
): { algorithm: string; value: Uint8Array } {
  const faults = [
    ...(inline !== undefined || file !== undefined
      ? [{ pointer: '/digest', message: 'stands in place of document and file; give one of the three' }]
      : []),
    ...(format === 'xades-bes'
      ? [{ pointer: '/format', message: 'signs an element of XML, which a digest does not hold; take raw or cades' }]
      : []),
    ...(content === 'attached' ? [{ pointer: '/content', message: 'needs the document itself; take detached' }] : []),
    ...(element !== undefined ? [{ pointer: '/element', message: 'is for xades-bes only' }] : []),
  ];
  if (faults.length > 0) throw invalid('INVALID_BODY', faults);
  const { value } = digest;
  return {
    algorithm: DIGESTS[digest.algorithm],
    // Their lengths tell the two forms apart.
    value: new Uint8Array(Buffer.from(value, value.length === 64 || value.length === 128 ? 'hex' : 'base64')),
  };
}

async function overDigest(
  deps: RouteDeps,
  { certificate, format, issuers, encoding }: z.infer<typeof Sign>,
  { signers, ready }: { signers: readonly Signer[]; ready: { algorithm: string; value: Uint8Array } },
): Promise<Uint8Array> {
  if (format === 'raw') {
    const [signer] = signers;
    if (!signer) throw new Error('Nobody signs.');
    mustFit(ready.algorithm, ready.value, schemes[signer.algorithm]);
    if (signer.signDigest) return signer.signDigest(ready.value);
    throw new HubError(
      'rejected',
      'DIGEST_NOT_BY_KEY',
      `The key of '${certificate}' hashes by itself and signs no digest: give the document, or take cades-bes, which signs the digest as its messageDigest.`,
      { errors: [{ pointer: '/digest', message: 'can not be signed raw by this key' }] },
    );
  }
  const bes = await signCms({
    document: { digest: ready },
    signers,
    content: 'detached',
    certificates: issuers ? 'chain' : 'signer',
    clock: deps.clock,
  });
  return encodeCms(format === 'cades-t' ? await stamped(deps, bes) : bes, encoding);
}

async function stamped({ signing }: RouteDeps, bes: Uint8Array): Promise<Uint8Array> {
  if (!signing.timeStamps)
    throw new HubError(
      'misconfigured',
      'TSA_NOT_CONFIGURED',
      'CAdES-T needs a time-stamping authority: name one under signing.timeStamps of hub.yaml.',
    );
  return addTimeStamps(bes, signing.timeStamps);
}

/** What is to be signed or was: from the request, or a stored file. */
async function documentOf(
  { files }: RouteDeps,
  { caller }: Handling,
  { document: inline, file }: { document?: string | undefined; file?: string | undefined },
): Promise<{ name: string; octets: AsyncIterable<Uint8Array> }> {
  if ((inline === undefined) === (file === undefined))
    throw invalid('INVALID_BODY', [{ pointer: '/document', message: 'give either document or file' }]);
  if (inline !== undefined) {
    const octets = new Uint8Array(Buffer.from(inline, 'base64'));
    return {
      name: 'document',
      octets: (async function* () {
        yield octets;
      })(),
    };
  }
  const stored = await files.find(caller.org, file as string);
  if (!stored) throw new HubError('not-found', 'NOT_FOUND', 'There is no file with this id.');
  return { name: stored.name ?? 'document', octets: files.read(caller.org, stored) };
}

function inMemory(document: DocumentOctets): Promise<Uint8Array> {
  return whole(
    document,
    MAX_WHOLE,
    () =>
      new HubError(
        'rejected',
        'DOCUMENT_TOO_LARGE',
        'XML and raw signatures take documents up to 32 MB; sign larger ones by CAdES, detached.',
      ),
  );
}

async function xmlChecked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // By its code: it may come from a thread, where classes are lost.
    if (!isHubError(error) || error.code !== XML_REFUSED) throw error;
    throw new HubError(
      'rejected',
      'XML_NOT_WELL_FORMED',
      `The document is no XML that can be signed: ${error.message}`,
      { errors: [{ pointer: '/document', message: error.message }] },
      { cause: error },
    );
  }
}
