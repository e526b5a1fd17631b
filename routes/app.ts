import { randomUUID } from 'node:crypto';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { HubError, isHubError } from '../canonical/errors.ts';
import { nearest } from '../canonical/nearest.ts';
import { parseTraceparent, type Span, traceIdOf, within } from '../logging/tracing.ts';
import { StoreBusy } from '../storage/group-commit.ts';
import { StoreFull, StoreInDoubt } from '../storage/port.ts';
import { adviceRoutes } from './advice.ts';
import { alertRoutes } from './alerts.ts';
import { approvalRoutes } from './approvals.ts';
import { auditRoutes } from './audit.ts';
import { allows, type Caller } from './auth.ts';
import { bulkRoutes } from './bulk.ts';
import { certificateRoutes } from './certificates.ts';
import { commandRoutes } from './commands.ts';
import { consoleRoutes } from './console.ts';
import type { RouteDeps } from './deps.ts';
import { docsRoutes } from './docs.ts';
import { erasureRoutes } from './erasures.ts';
import { feedRoutes } from './feed.ts';
import { fileRoutes } from './files.ts';
import { flowRoutes } from './flows.ts';
import { lifeRoutes } from './life.ts';
import { lookupRoutes } from './lookup.ts';
import { LARGE_BODY, loopTurn } from './loop-turn.ts';
import { mappingRoutes } from './mappings.ts';
import { masterKeyRoutes } from './master-key.ts';
import { openApiDocument } from './openapi.ts';
import { searchRoutes } from './operation-search.ts';
import { operationRoutes } from './operations.ts';
import { optOutRoutes } from './opt-outs.ts';
import { overviewRoutes } from './overview.ts';
import { pauseRoutes } from './pause.ts';
import { powerRoutes } from './powers.ts';
import { invalid, sendProblem } from './problems.ts';
import { reconciliationRoutes } from './reconciliations.ts';
import { keepRecord } from './record-keeping.ts';
import { replayRoutes } from './replay.ts';
import { resourceRoutes } from './resources.ts';
import { ANY_KEY, type Route } from './route.ts';
import { signatureRoutes } from './signatures.ts';
import { statRoutes } from './stats.ts';
import { systemRoutes } from './system.ts';
import { taskRoutes } from './tasks.ts';
import { templateRoutes } from './templates.ts';
import { webhookRoutes } from './webhooks.ts';

export const MAX_BODY_BYTES = 10 * 1024 * 1024;
export const MAX_HOOK_BYTES = 256 * 1024;
export const MAX_JSON_DEPTH = 64;

/** Nothing is loaded, run, framed or sent from an answer of the API. */
const CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

export interface FrontOptions {
  /** Proxies whose X-Forwarded-For is believed. */
  trustProxy: false | readonly string[];
  /** Callers are told never to come without TLS again. */
  isTls: boolean;
}

/** Every route of the hub, in one list. */
export function routesOf(deps: RouteDeps): Route[] {
  const routes = [
    ...resourceRoutes(deps),
    ...lookupRoutes(deps),
    ...commandRoutes(deps),
    ...searchRoutes(deps),
    ...bulkRoutes(deps),
    ...reconciliationRoutes(deps),
    ...operationRoutes(deps),
    ...lifeRoutes(deps),
    ...replayRoutes(deps),
    ...approvalRoutes(deps),
    ...taskRoutes(deps),
    ...templateRoutes(deps),
    ...optOutRoutes(deps),
    ...pauseRoutes(deps),
    ...feedRoutes(deps),
    ...webhookRoutes(deps),
    ...fileRoutes(deps),
    ...certificateRoutes(deps),
    ...flowRoutes(deps),
    ...signatureRoutes(deps),
    ...alertRoutes(deps),
    ...overviewRoutes(deps),
    ...statRoutes(deps),
    ...mappingRoutes(deps),
    ...auditRoutes(deps),
    ...powerRoutes(deps),
    ...erasureRoutes(deps),
    ...masterKeyRoutes(deps),
    ...systemRoutes(deps),
    ...adviceRoutes(deps),
    ...consoleRoutes(deps),
  ];
  routes.push({
    method: 'get',
    path: '/openapi.json',
    scope: 'public',
    summary: 'This document',
    responses: { 200: 'OpenAPI 3.1' },
    handle: ({ res }) => {
      res.json(openApiDocument(routes, deps));
    },
  });
  routes.push(...docsRoutes(() => openApiDocument(routes, deps), CONTENT_POLICY));
  return routes;
}

/**
 * The HTTP face of the hub.
 *
 * @param isServed which of the routes this process answers
 */
export function createApp(
  deps: RouteDeps,
  isServed: (route: Route) => boolean = () => true,
  { trustProxy, isTls }: FrontOptions = { trustProxy: false, isTls: false },
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('trust proxy', trustProxy);
  app.set('query parser', (text: string | null) => Object.fromEntries(new URLSearchParams(text ?? '')));
  app.use((req, res, next) => {
    res.locals.requestId = randomUUID();
    res.set({
      'X-Request-Id': String(res.locals.requestId),
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Frame-Options': 'DENY',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Content-Security-Policy': CONTENT_POLICY,
      ...(isTls ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
    });
    // A client behind a kept connection would else come again to a process that is about to stop.
    if (deps.draining.aborted) res.set('Connection', 'close');
    const started = deps.clock.now();
    const began = performance.now();
    // A connection that is gone has no address any more.
    const from = req.ip;
    const parent = parseTraceparent(req.headers.traceparent);
    const span = deps.tracing?.start(req.method, 'server', {
      parent,
      attributes: { 'http.request.method': req.method },
    });
    const traceId = traceIdOf({ traceparent: span?.traceparent ?? parent });
    if (span) {
      res.locals.span = span;
      // Also where the caller has gone before the answer was out.
      res.on('close', () => {
        const route = patternOf(req);
        const { statusCode } = res;
        span.set({ 'http.route': route, 'http.response.status_code': statusCode });
        span.end({ name: `${req.method} ${route}`, ...(statusCode >= 500 ? { error: String(statusCode) } : {}) });
      });
    }
    res.on('finish', () => {
      deps.onAnswered(req.method, patternOf(req), res.statusCode, (performance.now() - began) / 1000);
      deps.log.debug('request', {
        method: req.method,
        path: loggedPath(req),
        status: res.statusCode,
        ms: deps.clock.now() - started,
        requestId: res.locals.requestId,
        from,
        ...(traceId ? { traceId } : {}),
      });
    });
    next();
  });
  const json = express.text({ type: () => true, limit: MAX_BODY_BYTES, defaultCharset: 'utf-8' });
  const raw = express.raw({ type: () => true, limit: MAX_HOOK_BYTES });
  const routes = routesOf(deps).filter(isServed);
  for (const route of routes) {
    const reader =
      route.bodyKind === 'raw'
        ? raw
        : route.method === 'post' && route.bodyKind !== 'none' && route.bodyKind !== 'stream'
          ? json
          : undefined;
    /** A call counts once, however often it is asked whose it is. */
    const callerOf = async (req: Request, res: Response): Promise<Caller> => {
      if (route.scope === 'public') return { client: 'public', org: '', scopes: [] };
      res.locals.caller ??= await deps.auth.caller(req.headers.authorization);
      return res.locals.caller as Caller;
    };
    const handle = async (req: Request, res: Response): Promise<void> => {
      const query = checkQuery(route, req);
      const caller = await callerOf(req, res);
      if (route.scope !== 'public' && route.scope !== ANY_KEY && !allows(caller.scopes, route.scope))
        throw new HubError('rejected', 'SCOPE_MISSING', `The key lacks the scope ${route.scope}.`);
      const keeper = keepRecord(deps.recordKeeping, route, { req, res, caller }, (error) =>
        sendProblem(res, asHubError(error, deps)),
      );
      const go = async (): Promise<void> => {
        if (Number(req.headers['content-length']) > LARGE_BODY) await loopTurn();
        await route.handle({ req, res, caller, query, ...keeper });
      };
      const span = res.locals.span as Span | undefined;
      await (span ? within(span, go) : go());
    };
    // Who may not call does not get a body read for them.
    const guard = async (req: Request, res: Response, next: NextFunction): Promise<void> => {
      await callerOf(req, res);
      next();
    };
    app[route.method](route.path, ...(reader ? [guard, reader] : []), handle);
  }
  app.use((req) => {
    const allowed = routes.filter((r) => pathMatches(r.path, req.path)).map((r) => r.method.toUpperCase());
    if (allowed.length > 0)
      throw Object.assign(
        new HubError(
          'rejected',
          'METHOD_NOT_ALLOWED',
          `${req.method} is not allowed here; use ${allowed.join(' or ')}.`,
        ),
        { allow: allowed.join(', ') },
      );
    throw new HubError(
      'not-found',
      'NOT_FOUND',
      'There is nothing at this address; /openapi.json lists what there is.',
    );
  });
  app.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
    if (res.headersSent) return next(error);
    const known = asHubError(error, deps, req.destroyed ? 'gone' : 'there');
    const allow = (error as { allow?: string }).allow;
    if (allow) res.set('Allow', allow);
    sendProblem(res, known);
  });
  return app;
}

function checkQuery(route: Route, req: Request): Record<string, string> {
  const given = req.query as Record<string, string>;
  const known = Object.keys(route.query ?? {});
  const errors = Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = nearest(name, known);
      return {
        pointer: `?${name.slice(0, 60)}`,
        message: `unknown parameter${near ? `; did you mean '${near}'?` : known.length > 0 ? ` (known: ${known.join(', ')})` : ''}`,
      };
    });
  const nul = Object.keys(given).find((name) => given[name]?.includes('\0'));
  if (errors.length === 0 && nul !== undefined)
    throw invalid('INVALID_QUERY', [{ pointer: `?${nul}`, message: 'holds NUL' }]);
  if (errors.length > 0)
    throw new HubError('rejected', 'INVALID_QUERY', `${errors[0]?.pointer} is an ${errors[0]?.message}.`, { errors });
  return given;
}

/** The route's own path, which holds nothing of what a caller has sent; one word for all that is no route. */
function patternOf(req: Request): string {
  const pattern: unknown = req.route?.path;
  return typeof pattern === 'string' ? pattern : '(none)';
}

/** The path with ids alone: what else callers put into it may name a person. */
function loggedPath(req: Request): string {
  const pattern = patternOf(req);
  if (pattern === '(none)') return '(unknown)';
  return pattern.replace(/:([a-z]+)/gi, (whole, name: string) => {
    const value = String(req.params[name]);
    return /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(value) ? value : whole;
  });
}

function pathMatches(pattern: string, path: string): boolean {
  const a = pattern.split('/');
  const b = path.split('/');
  return a.length === b.length && a.every((step, i) => step.startsWith(':') || step === b[i]);
}

function asHubError(error: unknown, deps: RouteDeps, caller: 'there' | 'gone' = 'there'): HubError {
  if (isHubError(error)) return error;
  if (error instanceof StoreFull || error instanceof StoreBusy)
    return new HubError(
      'transient',
      'STORE_UNAVAILABLE',
      error instanceof StoreFull
        ? 'The store is full; nothing was accepted. Free disk space and send again.'
        : 'Too much waits already; nothing was accepted. Send again in a moment.',
      { retryAfterMs: error instanceof StoreFull ? 30_000 : 1_000 },
      { cause: error },
    );
  if (error instanceof StoreInDoubt)
    return new HubError(
      'transient',
      'STORE_UNAVAILABLE',
      'The store does not answer. Send again with the same Idempotency-Key.',
      { retryAfterMs: 2_000 },
      { cause: error },
    );
  const { type, status, code } = error as { type?: string; status?: number; code?: string };
  if (type === 'entity.too.large')
    return new HubError(
      'rejected',
      'BODY_TOO_LARGE',
      'The body is larger than this route takes (10 MB; hooks 256 KB).',
    );
  if (code === 'ECONNRESET' && caller === 'gone')
    return new HubError(
      'rejected',
      'INVALID_BODY',
      'The connection was cut in the middle of the body; nothing was kept.',
    );
  if (status !== undefined && status >= 400 && status < 500)
    return new HubError(
      'rejected',
      'INVALID_BODY',
      'The body could not be read (encoding, charset or cut connection).',
    );
  deps.log.error('unforeseen fault in a route', { error });
  return new HubError(
    'unexpected',
    'UNFORESEEN',
    'The hub failed in a way that it did not foresee; the log holds the details under this request id.',
    {},
    { cause: error },
  );
}
