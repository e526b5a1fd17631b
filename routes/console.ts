import { HubError } from '../canonical/errors.ts';
import type { RouteDeps } from './deps.ts';
import type { Route } from './route.ts';

/** Nothing but the hub's own files: no script or style in the page itself, no other host, no form, no frame. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
const YEAR_S = 31_536_000;

/** The operators' console: one page and its files. They hold no data; the page asks the API with the key of whoever signs in. */
export function consoleRoutes({ consoleFiles }: RouteDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/console',
      scope: 'public',
      summary: "The operators' console",
      answer: 'text/html',
      responses: { 200: 'HTML' },
      handle: async ({ res }) => {
        const page = await consoleFiles.file('index.html');
        if (!page) throw new HubError('not-found', 'NOT_FOUND', 'This hub was built without the console.');
        res.set('Content-Security-Policy', CONTENT_POLICY).type('html').send(Buffer.from(page.body));
      },
    },
    {
      method: 'get',
      path: '/console/:file',
      scope: 'public',
      summary: 'A file of the console',
      answer: 'application/octet-stream',
      responses: { 200: 'Script, style or picture', 404: 'None with this name' },
      handle: async ({ req, res }) => {
        const found = await consoleFiles.file(String(req.params.file));
        if (!found) throw new HubError('not-found', 'NOT_FOUND', 'The console has no such file.');
        // The name bears the digest of the content.
        res
          .set({ 'Content-Security-Policy': CONTENT_POLICY, 'Cache-Control': `public, max-age=${YEAR_S}, immutable` })
          .type(found.type)
          .send(Buffer.from(found.body));
      },
    },
  ];
}
