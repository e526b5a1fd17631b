import { BASE, escaped, SOAP } from './xml.ts';

/** Short names of namespaces in the texts of the handlers; real answers have whatever prefixes the server made up. */
const NAMESPACES: Readonly<Record<string, string>> = {
  b: BASE,
  n: `${space('nsi-base')}`,
  m: `${space('metering-device-base')}`,
  a: `${space('account-base')}`,
  l: `${space('bills-base')}`,
  i: `${space('individual-registry-base')}`,
  y: `${space('payments-base')}`,
  o: `${space('organizations-base')}`,
  g: `${space('organizations-registry-base')}`,
  h: `${space('premises-base')}`,
};

export function space(name: string): string {
  return `http://dom.gosuslugi.ru/schema/integration/${name}/`;
}

/** Moscow's time, as the server writes it. */
export function stamp(at: number): string {
  return `${new Date(at + 3 * 3_600_000).toISOString().slice(0, 23)}+03:00`;
}

export function message(at: number, guid: string, body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="${SOAP}"><soap:Header><ns9:ResultHeader xmlns:ns9="${BASE}"><ns9:Date>${stamp(at)}</ns9:Date><ns9:MessageGUID>${guid}</ns9:MessageGUID></ns9:ResultHeader></soap:Header><soap:Body>${body}</soap:Body></soap:Envelope>`;
}

export function fault(code: string, words: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="${SOAP}"><env:Header/><env:Body><env:Fault><faultcode>env:Server</faultcode><faultstring>${code}: ${escaped(words)}</faultstring><detail><ns7:Fault xmlns:ns7="${BASE}"><ns7:ErrorCode>${code}</ns7:ErrorCode><ns7:ErrorMessage>${escaped(words)}</ns7:ErrorMessage></ns7:Fault></detail></env:Fault></env:Body></env:Envelope>`;
}

export function ack(ticket: string, requester: string): string {
  return `<ns3:AckRequest xmlns:ns3="${BASE}"><ns3:Ack><ns3:MessageGUID>${ticket}</ns3:MessageGUID><ns3:RequesterMessageGUID>${requester}</ns3:RequesterMessageGUID></ns3:Ack></ns3:AckRequest>`;
}

/**
 * The result element with prefixes that differ from answer to answer.
 *
 * @param content written with the short names, `s:` for the service
 */
export function stateResult(o: {
  service: string;
  version: string;
  state: 1 | 2 | 3;
  ticket: string;
  content: string;
  salt: number;
}): string {
  const plain = `<s:getStateResult Id="signed-${o.ticket}" b:version="${o.version}"><b:RequestState>${o.state}</b:RequestState><b:MessageGUID>${o.salt % 2 ? o.ticket.toUpperCase() : o.ticket}</b:MessageGUID>${o.content}</s:getStateResult>`;
  const spaces: Record<string, string> = { ...NAMESPACES, s: o.service };
  const used = Object.keys(spaces).filter((key) => plain.includes(`<${key}:`) || plain.includes(` ${key}:`));
  const names = Object.fromEntries(used.map((key, i) => [key, `ns${((o.salt * 7) % 11) + i * 3 + 4}`]));
  const renamed = plain
    .replace(/(<\/?)([a-z]):/g, (_, open: string, key: string) => `${open}${names[key]}:`)
    .replace(/(<[^>]*? )b:version=/g, `$1${names.b}:version=`);
  const declared = used.map((key) => ` xmlns:${names[key]}="${spaces[key]}"`).join('');
  return renamed.replace(/^(<[^ >]+)/, `$1${declared}`);
}

export function errorMessage(code: string, words: string): string {
  return `<b:ErrorMessage><b:ErrorCode>${code}</b:ErrorCode><b:Description>${escaped(words)}</b:Description></b:ErrorMessage>`;
}
