const TOLERANCE_S = 300;

/** The delivery is not one of the hub, or too old; nothing of it must be believed. */
export class WebhookRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WebhookRefused';
  }
}

/**
 * Proves that a delivery comes from the hub and returns its event (CloudEvents). Standard Webhooks 1.0; works wherever
 * there is WebCrypto.
 *
 * @param body the bytes as they came, not what a framework made of them
 * @param secrets secret of the endpoint (`whsec_…`); during a rotation the old and the new one
 * @throws WebhookRefused
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: Headers | Readonly<Record<string, string | string[] | undefined>>,
  secrets: string | readonly string[],
  { toleranceS = TOLERANCE_S, now = Date.now }: { toleranceS?: number; now?: () => number } = {},
): Promise<Record<string, unknown>> {
  const header = (name: string): string => {
    const value = headers instanceof Headers ? headers.get(name) : headers[name];
    if (typeof value !== 'string' || value === '') throw new WebhookRefused(`The header ${name} is missing.`);
    return value;
  };
  const id = header('webhook-id');
  const timestamp = header('webhook-timestamp');
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now() / 1000 - Number(timestamp)) > toleranceS)
    throw new WebhookRefused('The delivery is too old, or a clock is wrong.');
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`);
  const signatures = header('webhook-signature')
    .split(' ')
    .filter((s) => s.startsWith('v1,'))
    .map((s) => bytesOf(s.slice(3)));
  for (const secret of [secrets].flat()) {
    const key = await crypto.subtle.importKey(
      'raw',
      bytesOf(secret.replace(/^whsec_/, '')),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['verify'],
    );
    for (const signature of signatures)
      if (await crypto.subtle.verify('HMAC', key, signature, signed))
        return JSON.parse(text) as Record<string, unknown>;
  }
  throw new WebhookRefused('No signature fits.');
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  } catch {
    throw new WebhookRefused('A signature or secret is not base64.');
  }
}
