/** What one document may hold at most. Defaults are far above any message of ГИС ЖКХ and far below what hurts a process. */
export interface XmlLimits {
  /** Octets of the document; of a string, its UTF-16 units. */
  readonly maxLength: number;
  /** Elements inside each other. */
  readonly maxDepth: number;
  readonly maxElements: number;
  /** Attributes of one element, namespace declarations included. */
  readonly maxAttributes: number;
  /** UTF-16 units of a name of an element, attribute or instruction. */
  readonly maxNameLength: number;
  /** Prefixes in scope of one element. */
  readonly maxNamespaces: number;
}

export const defaultXmlLimits: XmlLimits = {
  maxLength: 32 * 1024 * 1024,
  maxDepth: 128,
  maxElements: 1_000_000,
  maxAttributes: 128,
  maxNameLength: 512,
  maxNamespaces: 128,
};
