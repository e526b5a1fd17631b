import { isHubError } from '../canonical/errors.ts';
import { demoKey } from '../certs/demo-key.ts';
import type { Api } from './api.ts';

/** Name of the certificate that the sandbox signs by. */
export const SANDBOX_CERTIFICATE = 'sandbox';
/** ИНН of the sandbox's organisation. */
const INN = '1655000000';

/** Gives the sandbox a key to sign by, once, and makes its certificate known to the simulated ГИС ЖКХ, which forgets it at each start. */
export async function registerSandboxCertificate(api: Api, simulator: string): Promise<void> {
  if (!(await thumbprintIn(api))) {
    const { certificate, key } = demoKey('Connector Hub sandbox', INN, Date.now());
    const files = [certificate, key].map((text) => Buffer.from(text).toString('base64'));
    try {
      await api.post('/v1/certificates', { name: SANDBOX_CERTIFICATE, files });
    } catch (error) {
      // Another process of the same hub has just done it.
      if (!isHubError(error) || error.code !== 'CERTIFICATE_NAME_TAKEN') throw error;
    }
  }
  const thumbprint = await thumbprintIn(api);
  const response = await fetch(`${simulator}/__sim/certificates`, {
    method: 'POST',
    body: JSON.stringify({ thumbprint }),
  });
  if (!response.ok)
    throw new Error(`The simulated ГИС ЖКХ did not take the certificate of the sandbox (${response.status}).`);
}

async function thumbprintIn(api: Api): Promise<string | undefined> {
  const { items } = await api.get<{ items: { name: string; thumbprint: string }[] }>('/v1/certificates');
  return items.find((c) => c.name === SANDBOX_CERTIFICATE)?.thumbprint;
}
