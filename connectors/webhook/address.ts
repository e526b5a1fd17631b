import ipaddr from 'ipaddr.js';
import { HubError } from '../../canonical/errors.ts';

/**
 * Public addresses that clouds answer from inside only. Their other metadata addresses (169.254.169.254,
 * 100.100.100.200, fd00:ec2::254, 192.0.0.192) lie in ranges that are refused anyway.
 */
const METADATA = new Set(['168.63.129.16']);

/** Networks that the operator has allowed, parsed once. */
export type AllowedNetworks = readonly [ipaddr.IPv4 | ipaddr.IPv6, number][];

export function parseNetworks(list: readonly string[]): AllowedNetworks {
  return list.map((cidr) => ipaddr.parseCIDR(cidr));
}

/**
 * Why an address may not be connected to; undefined when it may. Only global unicast passes: no private, loopback,
 * link-local, carrier-grade NAT, multicast, reserved or documentation addresses, and none that carries an IPv4 address
 * inside (mapped, compatible, NAT64, 6to4, Teredo). What the operator has allowed passes before all that.
 */
export function addressRefusal(address: string, allowed: AllowedNetworks): string | undefined {
  if (!ipaddr.isValid(address) || address.includes('%')) return 'is not a plain IP address';
  const ip = ipaddr.parse(address);
  if (allowed.some(([network, bits]) => ip.kind() === network.kind() && ip.match([network, bits] as never)))
    return undefined;
  if (METADATA.has(ip.toString())) return 'belongs to a cloud’s metadata service';
  const range = ip.range();
  if (range !== 'unicast') return `is not public (${range})`;
  // Of IPv6 only 2000::/3 is given out for global unicast; the rest holds, for one, the old IPv4-compatible form.
  if (ip.kind() === 'ipv6' && !(ip as ipaddr.IPv6).match(ipaddr.IPv6.parse('2000::'), 3)) return 'is not public';
  return undefined;
}

export function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === 'loopback';
}

/** The address in a URL's host, when it is one and not a name. `URL` has made decimal, octal and hex forms plain. */
export function literalAddress(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(host) ? host : undefined;
}

/**
 * What can be said of an endpoint's address before a name is resolved.
 * @throws HubError rejected/WEBHOOK_ADDRESS_REFUSED whose text says what to change; it repeats no part of the address
 */
export function checkUrl(text: string, allowed: AllowedNetworks): URL {
  const refuse = (why: string): never => {
    throw new HubError('rejected', 'WEBHOOK_ADDRESS_REFUSED', `The address ${why}.`, {
      errors: [{ pointer: '/url', message: why }],
    });
  };
  if (!URL.canParse(text)) return refuse('must be a URL such as https://example.org/hooks');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return refuse('must begin with https://');
  if (url.username !== '' || url.password !== '') return refuse('must not hold a user name or password');
  if (url.hash !== '') return refuse('must not have a fragment (#…)');
  const literal = literalAddress(url);
  const refusal = literal === undefined ? undefined : addressRefusal(literal, allowed);
  if (refusal) return refuse(`${refusal}; webhooks.allowAddresses in hub.yaml allows networks of your own`);
  const byName = url.hostname === 'localhost' || url.hostname.endsWith('.localhost');
  if (byName && !allowed.some(([network]) => network.range() === 'loopback'))
    return refuse('is this machine; webhooks.allowAddresses in hub.yaml allows networks of your own');
  if (url.protocol === 'http:' && !byName && !(literal !== undefined && isLoopback(literal)))
    return refuse('must begin with https://; plain http goes to an allowed loopback address only');
  const port = Number(url.port || 443);
  if (url.protocol === 'https:' && literal === undefined && port !== 443 && port < 1024)
    return refuse('has a port of another service; use 443 or one from 1024 up');
  return url;
}
