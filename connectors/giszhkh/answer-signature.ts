import { readFileSync } from 'node:fs';
import { HubError } from '../../canonical/errors.ts';
import type { Certificate } from '../../certs/x509/certificate.ts';
import { allElements, isNamed } from '../../certs/xml/find.ts';
import type { XmlElement } from '../../certs/xml/nodes.ts';
import { DS } from '../../certs/xml/uris.ts';
import { verifyXades } from '../../certs/xml/xades-verify.ts';
import type { Answer } from './answer.ts';
import type { Ctx } from './ctx.ts';

const trusted = new Map<string, readonly string[]>();

/**
 * The result element that may be read: what a valid signature covers, or the body itself where none is asked for. Any element of the name
 * Signature counts as one, wherever it stands, so that a moved or second one can't pass for an unsigned answer.
 *
 * @param expected name of the result that was asked for
 * @throws HubError unexpected/GISZHKH_SIGNATURE_MISSING, GISZHKH_SIGNATURE_WRONG, GISZHKH_RESULT_ABSENT
 */
export async function checkAnswer(
  ctx: Ctx,
  expected: { readonly namespace: string; readonly local: string },
  { document, body, text }: Answer,
): Promise<XmlElement> {
  if (!isNamed(body, expected.namespace, expected.local))
    throw new HubError('transient', 'GISZHKH_RESULT_ABSENT', 'The answer of ГИС ЖКХ holds no state of a request.', {
      upstream: { system: 'giszhkh' },
    });
  const signed = allElements(document.root).some((e) => isNamed(e, DS, 'Signature'));
  const { signature, certificates } = ctx.config.answers;
  if (!signed) {
    if (signature === 'require')
      throw refusal(
        'GISZHKH_SIGNATURE_MISSING',
        'The answer is not signed, and `answers.signature` demands it. Nothing of it is believed.',
      );
    return body;
  }
  const pins = certificates.flatMap(thumbprintsIn);
  const report = await verifyXades(text, {
    expected: { names: [expected], place: 'soap-body' },
    trust: async (signer) =>
      pins.includes(thumbprint(signer))
        ? []
        : pins.length === 0
          ? ['no certificate of ГИС ЖКХ is given in `answers.certificates`']
          : ['the certificate is not one of `answers.certificates`'],
  });
  if (!report.valid) {
    const codes = [...new Set(report.faults.map((f) => f.code))].join(', ');
    throw refusal(
      'GISZHKH_SIGNATURE_WRONG',
      `The signature of the answer is not accepted (${codes}). Nothing of it is believed; if ГИС ЖКХ has renewed its certificate, put the new one into \`answers.certificates\`.`,
    );
  }
  return report.signed.root;
}

function refusal(code: string, message: string): HubError {
  return new HubError('unexpected', code, message, { upstream: { system: 'giszhkh' } });
}

function thumbprint(certificate: Certificate): string {
  return Buffer.from(certificate.der).toString('base64');
}

/** Read once: a changed file needs a restart, as every change of hub.yaml does. */
function thumbprintsIn(path: string): readonly string[] {
  let found = trusted.get(path);
  if (!found) {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (cause) {
      throw new HubError(
        'misconfigured',
        'GISZHKH_ANSWER_CERTIFICATE',
        `The certificate file ${path} of \`answers.certificates\` can't be read.`,
        {},
        { cause },
      );
    }
    found = [...text.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g)].map((m) =>
      Buffer.from((m[1] as string).replace(/\s/g, ''), 'base64').toString('base64'),
    );
    if (found.length === 0)
      throw new HubError(
        'misconfigured',
        'GISZHKH_ANSWER_CERTIFICATE',
        `The file ${path} of \`answers.certificates\` holds no PEM certificate.`,
      );
    trusted.set(path, found);
  }
  return found;
}
