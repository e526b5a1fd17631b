const MASK = '***';

/** Field names whose values never reach a log, whatever they hold (compared without case, hyphens and underscores). */
const secretNames = new Set(
  [
    'password',
    'psw',
    'pass',
    'secret',
    'token',
    'apikey',
    'key',
    'authorization',
    'cookie',
    'setcookie',
    'signature',
    'masterkey',
    'phone',
    'phones',
    'to',
    'text',
    'mes',
    'message_text',
    'email',
    'emails',
    'name',
    'firstname',
    'lastname',
    'middlename',
    'fullname',
    'passport',
    'snils',
    'birthdate',
    'address',
    'variables',
    'payload',
    'body',
    'native',
  ].map(canonicalName),
);

function canonicalName(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '');
}

const patterns: readonly [RegExp, string][] = [
  [/hub_[A-Za-z0-9_-]{8,}/g, 'hub_***'],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]+/gi, '$1 ***'],
  [/([?&](?:psw|password|token|apikey|login|phones?|mes)=)[^&\s"]*/gi, '$1***'],
  // E.164 and Russian habits of writing a mobile or city number; a digit or letter on either side makes it an id.
  [/(?<![\dA-Za-z-])(?:\+7|7|8)[ (-]{0,2}\d{3}[ )-]{0,2}\d{3}[ -]?\d{2}[ -]?\d{2}(?![\dA-Za-z])/g, '+7***'],
  [/[\p{L}\d._%+-]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+/gu, '***@***'],
  [/(?<!\d)\d{3}-\d{3}-\d{3} \d{2}(?!\d)/g, '***'],
];

/** Text without phones, e-mails, keys and СНИЛС numbers. */
export function maskText(text: string): string {
  let out = text;
  for (const [pattern, replacement] of patterns) out = out.replace(pattern, replacement);
  return out;
}

/** Log fields without secrets and personal data; nested objects to a depth of 6, errors as name, message and stack. */
export function maskFields(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskText(value);
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? value.toString() : value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `<${value.byteLength} bytes>`;
  if (depth >= 6) return '…';
  if (value instanceof Error) {
    return {
      name: value.name,
      message: maskText(value.message),
      ...(value.stack ? { stack: maskText(value.stack) } : {}),
      ...(value.cause === undefined ? {} : { cause: maskFields(value.cause, depth + 1) }),
    };
  }
  if (Array.isArray(value)) return value.slice(0, 50).map((v) => maskFields(v, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, v]) => [
      name,
      secretNames.has(canonicalName(name)) && v !== null && v !== undefined ? MASK : maskFields(v, depth + 1),
    ]),
  );
}
