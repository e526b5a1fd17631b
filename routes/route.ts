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
  body?: z.ZodType;
  /** How the body is read: JSON up to 10 MB, raw bytes, by the route itself as a stream, or not at all. */
  bodyKind?: 'json' | 'bulk' | 'raw' | 'stream' | 'none';
  responses: Readonly<Record<string, string>>;
  handle(context: Handling): Promise<void> | void;
}

export interface Handling {
  req: Request;
  res: Response;
  caller: Caller;
  query: Readonly<Record<string, string>>;
}
