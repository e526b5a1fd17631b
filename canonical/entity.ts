import type { z } from 'zod';

/** One named filter of a resource: `?name=value`. */
export interface EntityFilter {
  /** Dotted path in the canonical object. */
  path: string;
  match: 'exact' | 'from' | 'to';
  /** The field is personal: compared by its keyed blind index. */
  blind?: boolean;
  /** Brings what a person typed into the stored form; undefined means that nothing can match. */
  normalise?: (value: string) => string | undefined;
  schema: z.ZodType;
  description: string;
}

/** A noun of the hub. Adding one is a file and a line in the registry; storage, sync, API and documents follow. */
export interface EntityDefinition {
  name: string;
  /** Plural of the URL: `/v1/accounts`. */
  resource: string;
  title: string;
  description: string;
  schema: z.ZodObject;
  filters: Readonly<Record<string, EntityFilter>>;
  /**
   * What a person may look a record up by, already in the forms of `values/words.ts`. Kept as keyed digests beside the
   * record, so that what is encrypted can be found by a part of it.
   */
  words?: (value: Readonly<Record<string, unknown>>) => readonly string[];
  /** Path that holds the account a record belongs to; resident keys see only theirs. Absent: hidden from residents. */
  accountPath?: string;
}
