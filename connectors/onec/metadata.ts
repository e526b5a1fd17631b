import { type Ctx, reading, request } from './client.ts';
import { type Edm, parseEdm } from './edm.ts';
import { pageError } from './errors.ts';

/** Attributes by published set. */
export type Metadata = ReadonlyMap<string, ReadonlySet<string>>;

/** Names of sets and attributes of `$metadata`, navigations included. @throws HubError unexpected/ONEC_METADATA */
export function parseMetadata(xml: string): Metadata {
  return namesOf(parseEdm(xml));
}

function namesOf(edm: Edm): Metadata {
  return new Map(
    [...edm.sets].map(([set, type]) => [set, new Set([...type.properties.keys(), ...type.navigation.keys()])]),
  );
}

/** `$metadata` of the base with types, keys and navigations; up to 17 MB and 25 s on a big one. */
export async function readEdm(ctx: Ctx): Promise<Edm> {
  const response = await reading(() => request(ctx, { path: '$metadata', timeoutMs: 120_000 }, 'application/xml'));
  if (response.status !== 200 || !(response.headers['content-type'] ?? '').includes('xml'))
    throw pageError(response.status, response.text());
  return parseEdm(response.text().replace(/^\ufeff/, ''));
}

/** Names of sets and attributes of the base. */
export async function readMetadata(ctx: Ctx): Promise<Metadata> {
  return namesOf(await readEdm(ctx));
}
