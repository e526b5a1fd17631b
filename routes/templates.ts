import { z } from 'zod';
import { segment } from '../connectors/kit/segmentation.ts';
import { renderTemplate } from '../templates/templates.ts';
import { optionalJson, parseWith } from './body.ts';
import type { RouteDeps } from './deps.ts';
import type { Route } from './route.ts';

const Preview = z.strictObject({
  variables: z.record(z.string().max(60), z.string().max(500)).default({}).describe('Values for the template'),
});

/** Message templates and what they would look like. */
export function templateRoutes({ templates }: RouteDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/templates',
      scope: 'read:templates',
      summary: 'Message templates with their variables',
      responses: { 200: '{ items }' },
      handle: ({ res }) => {
        res.json({ items: [...templates].map(([name, t]) => ({ name, ...t })) });
      },
    },
    {
      method: 'post',
      path: '/v1/templates/:name/preview',
      scope: 'read:templates',
      summary: 'Text, alphabet and paid parts of a template with values; asks no gateway',
      body: Preview,
      responses: {
        200: '{ template, purpose, text, encoding, units, segments, segmentUnits }',
        422: 'Values do not fit',
      },
      handle: ({ req, res }) => {
        const { variables } = parseWith(Preview, optionalJson(req));
        const template = String(req.params.name);
        const rendered = renderTemplate(templates, template, variables);
        res.json({ template, ...rendered, ...segment(rendered.text) });
      },
    },
  ];
}
