import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Caller } from './auth.ts';

/** Scope of a route that every valid key may call. */
export const ANY_KEY = 'any key';

/** One route, declared as data: the scope is part of it, and the API document comes from it. */
export interface Route {
  method: 'get' | 'post' | 'delete';
  /** Express path, e.g. /v1/operations/:id */
  path: string;
  /** Needed scope, {@link ANY_KEY}, or `public`. */
  scope: string;
  summary: string;
  /** Allowed query parameters by name, with their description. */
  query?: Readonly<Record<string, string>>;
  /** Request headers that say something to it, by name, with their description. */
  headers?: Readonly<Record<string, string>>;
  body?: z.ZodType;
  /** How the body is read: JSON up to 10 MB, raw bytes, by the route itself as a stream, or not at all. */
  bodyKind?: 'json' | 'bulk' | 'raw' | 'stream' | 'none';
  responses: Readonly<Record<string, string>>;
  /**
   * What it answers when it succeeds: the name of a schema of the API document, or a media type that is not JSON.
   * Absent: a JSON object.
   */
  answer?: string;
  /**
   * What the audit log keeps of a call: an act with its outcome, or a look at personal data when something was shown.
   * Absent: nothing; an operation that was accepted is its own record in the journal.
   */
  audit?: { act: string } | { view: string };
  handle(context: Handling): Promise<void> | void;
}

/** What a route adds to its entry in the audit log: ids, counts and names; never the data itself. */
export interface Note {
  /** What it was about, e.g. `Customer:0192…`. */
  subject?: string;
  /** How many things were shown or changed. */
  count?: number;
  [detail: string]: unknown;
}

export interface Handling {
  req: Request;
  res: Response;
  caller: Caller;
  query: Readonly<Record<string, string>>;
  /** Adds to the entry of the audit log. */
  note(note: Note): void;
  /** Makes the entry now, before an answer that goes out in pieces. */
  record(): Promise<void>;
}
