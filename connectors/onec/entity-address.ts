/** A published object as its address names it. */
export interface EntityAddress {
  set: string;
  /** Parts of the key by name; `Ref_Key` where the address gives a single value. */
  key: Readonly<Record<string, string>>;
}

const part =
  /(?:([\p{L}_][\p{L}\p{N}_]*)=)?(?:(?:guid|datetime|binary|X)?'((?:[^']|'')*)'|(-?[\d.]+|true|false))\s*(?:,\s*|$)/uy;

/**
 * Reads `…/Catalog_X(guid'…')` or `…/InformationRegister_Y(Recorder='…', Recorder_Type='…')`.
 * @returns undefined for anything else
 */
export function parseEntityAddress(address: string): EntityAddress | undefined {
  const [, set, inner] = /(?:^|\/)([\p{L}_][\p{L}\p{N}_]*)\((.*)\)$/u.exec(decoded(address)) ?? [];
  if (set === undefined || inner === undefined) return undefined;
  const key: Record<string, string> = {};
  part.lastIndex = 0;
  while (part.lastIndex < inner.length) {
    const [, name = 'Ref_Key', quoted, bare] = part.exec(inner) ?? [undefined];
    const value = quoted?.replace(/''/g, "'") ?? bare;
    if (value === undefined || name in key) return undefined;
    key[name] = value;
  }
  return Object.keys(key).length > 0 ? { set, key } : undefined;
}

/** Recorded bases send the names as they are; a web server in between may have encoded them. */
function decoded(address: string): string {
  if (!/%[0-9a-f]{2}/i.test(address)) return address;
  try {
    return decodeURIComponent(address);
  } catch {
    // A percent sign of its own inside a text key: then nothing was encoded.
    return address;
  }
}
