import { z } from 'zod';
import { HubError } from '../canonical/errors.ts';
import { type Caller, staffOrganisation } from './auth.ts';
import { bodyText, parseJson, parseWith } from './body.ts';
import type { RouteDeps } from './deps.ts';
import type { Route } from './route.ts';

const MAX_YAML = 200_000;
const PreviewRequest = z.strictObject({
  instance: z.string(),
  entity: z.string(),
  limit: z.int().min(1).max(50).default(3),
  yaml: z.string().max(MAX_YAML).optional(),
});
const DiffRequest = z.strictObject({ instance: z.string(), yaml: z.string().max(MAX_YAML) });

/** What an integration engineer looks at and tries. Nothing here changes a mapping: files are edited where they lie. */
export function mappingRoutes({ instances, mappingTools }: RouteDeps): Route[] {
  /** Another organisation's connector is not there; the machine of the hub uses the tools for every one. */
  const own = (caller: Caller, name: string): string => {
    // A resident is refused before anything is looked up.
    const org = staffOrganisation(caller);
    const instance = instances.find(name);
    if (!instance || (caller.client !== 'control' && instance.organisation !== org))
      throw new HubError('rejected', 'UNKNOWN_INSTANCE', 'There is no such connector.');
    return instance.name;
  };
  return [
    {
      method: 'get',
      path: '/v1/mappings',
      scope: 'admin',
      summary: 'Mappings in use',
      responses: { 200: '{ items: [{ instance, entity, mapping }] }' },
      handle: ({ res, caller }) => {
        const org = staffOrganisation(caller);
        res.json({
          items: instances
            .all()
            .filter((i) => i.organisation === org)
            .flatMap((i) => mappingTools.list(i.name)),
        });
      },
    },
    {
      method: 'get',
      path: '/v1/mappings/:instance/:entity',
      scope: 'admin',
      summary: 'The text of a mapping in use',
      responses: { 200: '{ instance, entity, mapping, yaml }', 404: 'No such connector or entity' },
      handle: async ({ req, res, caller }) => {
        const instance = own(caller, String(req.params.instance));
        res.json(await mappingTools.source(instance, String(req.params.entity)));
      },
    },
    {
      method: 'post',
      path: '/v1/mappings/preview',
      scope: 'admin',
      summary: 'Native and canonical side by side, from a live pull',
      body: PreviewRequest,
      responses: { 200: '{ items }' },
      audit: { view: 'mappings.preview' },
      handle: async ({ req, res, caller, note }) => {
        const { instance, entity, limit, yaml } = parseWith(PreviewRequest, parseJson(bodyText(req)));
        note({ subject: `connector:${own(caller, instance)}`, entity: entity.slice(0, 60), count: limit });
        res.json(await mappingTools.preview(own(caller, instance), entity, limit, yaml));
      },
    },
    {
      method: 'post',
      path: '/v1/mappings/diff',
      scope: 'admin',
      summary: 'What an edited mapping would change over the stored records',
      body: DiffRequest,
      responses: { 200: 'Counts and samples' },
      audit: { act: 'mappings.diff' },
      handle: async ({ req, res, caller, note }) => {
        const { instance, yaml } = parseWith(DiffRequest, parseJson(bodyText(req)));
        note({ subject: `connector:${own(caller, instance)}` });
        res.json(await mappingTools.diff(own(caller, instance), yaml));
      },
    },
    {
      method: 'post',
      path: '/v1/mappings/:instance/check',
      scope: 'admin',
      summary: 'Check the mappings of an instance against the live upstream',
      responses: { 200: '{ items }' },
      audit: { act: 'mappings.check' },
      handle: async ({ req, res, caller }) => {
        res.json(await mappingTools.check(own(caller, String(req.params.instance))));
      },
    },
  ];
}
