/**
 * Form of `format/*.json`, made from the official schemas by `scripts/giszhkh-format.ts`. Names are short because the
 * files hold thousands of types.
 */
export interface FormatFile {
  /** Name of the service's folder in the official set. */
  service: string;
  /** Path of its address, from the WSDL. */
  path: string;
  operations: Record<string, FormatOperation>;
  /** Namespace of the service first, that of `base` second. */
  namespaces: string[];
  types: FormatType[];
  /** Type of its getStateResult. */
  result: number;
}

export interface FormatOperation {
  /** SOAPAction. */
  action: string;
  header: 'RequestHeader' | 'ISRequestHeader';
  /** Element in the body, its namespace and its type. */
  element: string;
  ns: number;
  type: number;
  /** The only version that is taken. */
  version?: string;
  /** Versions that the schema names where several are taken. */
  versions?: string[];
}

/** Type of an element. Neither `c` nor `s`: an empty element. */
export interface FormatType {
  /** Attributes. */
  a?: FormatAttribute[];
  /** Content. */
  c?: FormatParticle;
  /** A value. */
  s?: FormatSimple;
}

/** `r`: required; `f`: its only value; `s`: what its value must be, where the schema says it. */
export interface FormatAttribute {
  n: string;
  ns?: number;
  r?: 1;
  f?: string;
  s?: FormatSimple;
}

/**
 * `['e', local name, namespace, type, min, max, fixed value?]`, or a sequence (`s`) or choice (`c`) of others with its counts.
 * A max of -1 is without bound.
 */
export type FormatParticle = FormatElement | FormatGroup;
export type FormatElement = ['e', string, number, number, number, number, string?];
export type FormatGroup = ['s' | 'c', FormatParticle[], number, number];

export interface FormatSimple {
  /** Built-in type of XML Schema that it comes down to. */
  b: string;
  /** Of a list (`b` = list): its items, parted by blanks; the lengths then count items. */
  item?: FormatSimple;
  /** Patterns that must all match. */
  p?: string[];
  /** Values that are allowed. */
  e?: string[];
  len?: number;
  min?: number;
  max?: number;
  digits?: number;
  scale?: number;
  from?: string;
  to?: string;
  above?: string;
  below?: string;
}
