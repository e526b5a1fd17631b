import type { Request, Response } from 'express';
import { docsPage } from './docs-page.ts';
import { Documents } from './documents.ts';
import { styleHash } from './page-frame.ts';
import type { Route } from './route.ts';

/**
 * The reference and the guides, as pages to read without the internet.
 *
 * @param document the API document as it is when it is asked for
 * @param contentPolicy what every answer of the API forbids; a page is allowed its own style and the hub's pictures
 */
export function docsRoutes(document: () => Record<string, unknown>, contentPolicy: string): Route[] {
  const documents = new Documents();
  const send = (res: Response, page: string): void => {
    res
      .set('Content-Security-Policy', `${contentPolicy}; style-src '${styleHash}'; img-src 'self'`)
      .type('html')
      .send(page);
  };
  const named = async (req: Request, res: Response): Promise<void> =>
    send(res, await documents.page(['/docs', req.params.folder, req.params.name].filter(Boolean).join('/')));
  const page = { method: 'get', scope: 'public', answer: 'text/html' } as const;
  return [
    {
      ...page,
      path: '/docs',
      summary: 'This document as a page to read, with examples, and the way to the guides',
      responses: { 200: 'HTML' },
      handle: ({ req, res }) =>
        send(res, docsPage(document(), `${req.protocol}://${req.get('host') ?? '127.0.0.1:8080'}`)),
    },
    {
      ...page,
      path: '/docs/:name',
      summary: 'A document of the hub, e.g. problems',
      responses: { 200: 'HTML', 404: 'None with this name' },
      handle: ({ req, res }) => named(req, res),
    },
    {
      ...page,
      path: '/docs/pictures/:file',
      summary: 'A picture of a guide',
      answer: 'image/png',
      responses: { 200: 'PNG', 404: 'None with this name' },
      handle: async ({ req, res }) => {
        res.type('png').send(await documents.picture(String(req.params.file)));
      },
    },
    {
      ...page,
      path: '/docs/:folder/:name',
      summary:
        'A guide, a page about operating the hub or about a connector, or a decision, e.g. guides/app-developer.en',
      responses: { 200: 'HTML', 404: 'None with this name' },
      handle: ({ req, res }) => named(req, res),
    },
  ];
}
