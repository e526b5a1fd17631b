export type NativeObject = Readonly<Record<string, unknown>>;

/** What a mapping may ask for while it reads one object. Everything is at hand already: reading is synchronous. */
export interface ReadScope {
  /** Canonical id of a native reference; a stub is made for a record that has not come yet, undefined where none is to be made. */
  resolve(entity: string, nativeKey: string): string | undefined;
  /** IANA zone of the base: its dates carry none. */
  timezone: string;
  /** A row of another set that was fetched for this page. */
  lookup?(name: string, key: string): NativeObject | undefined;
  /** Moment of the pull; for balances. */
  asOf: Date;
}

export interface WriteScope {
  /** Native key of a canonical record in this instance; undefined when it has none there. */
  nativeKey(entity: string, id: string): string | undefined;
  timezone: string;
}

/** One step of `Path | converter | converter`. */
export interface Converter {
  read(value: unknown, scope: ReadScope): unknown;
  /** Absent for a one-way converter. */
  write?(value: unknown, scope: WriteScope): unknown;
  /** Set by `xref`: the entity it refers to. */
  refersTo?: string;
}

/** A value that a converter can't take. The message says what it should have been; the value is added by the caller. */
export class ConversionFault extends Error {}

export type ConverterFactory = (args: readonly unknown[]) => Converter;
