/** Bytes of a query string that IIS lets through by default; more gives a page 404.15. */
export const MAX_QUERY_BYTES = 2048;

export type Options = Readonly<Record<string, string | number | undefined>>;

/** Query string in the order given: spaces as %20, since this interface reads a plus as a plus. */
export function queryString(options: Options): string {
  return (
    Object.entries(options)
      .filter((entry): entry is [string, string | number] => entry[1] !== undefined && entry[1] !== '')
      // An address as a value is encoded whole, as the clients that were seen to work do it.
      .map(
        ([name, value]) =>
          `${name}=${encode(String(value)).replace(/\//g, name === 'DataExchangePoint' ? '%2F' : '/')}`,
      )
      .join('&')
  );
}

const kept: Readonly<Record<string, string>> = { "'": '%27', '%24': '$', '%2C': ',', '%2F': '/', '%3D': '=' };

/** Percent-encoding; apostrophes too, as URL parsers encode them in a query anyway and they count for its length. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(/'|%2[4CF]|%3D/g, (found) => kept[found] ?? found);
}

/** Address of a resource; `path` is unencoded. */
export function resourceUrl(base: string, path: string, options: Options = {}): string {
  const query = queryString(options);
  return `${base.replace(/\/$/, '')}/odata/standard.odata/${path.split('/').map(encode).join('/')}${query === '' ? '' : `?${query}`}`;
}

/**
 * Groups terms so that each `or` list stays within the query limit.
 * @param fixedBytes bytes of the rest of the query string
 */
export function splitByBytes(terms: readonly string[], fixedBytes: number, separator = ' or '): string[][] {
  const groups: string[][] = [];
  let group: string[] = [];
  let bytes = fixedBytes;
  for (const term of terms) {
    const size = encode(separator + term).length;
    if (group.length > 0 && bytes + size > MAX_QUERY_BYTES) {
      groups.push(group);
      group = [];
      bytes = fixedBytes;
    }
    group.push(term);
    bytes += size;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}
