import { adviceByCode } from '../tasks/advice.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import type { Route } from './route.ts';

/** What every code means and what to do about it; the texts are the hub's own and hold nothing of anybody. */
export function adviceRoutes(_deps: RouteDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/advice',
      scope: 'public',
      summary: 'What each error code means, who can mend it and what to do, for people',
      query: { language: 'ru (default) or en' },
      responses: { 200: '{ language, items: { <code>: { what, who, press } } }' },
      handle: ({ res, query }) => {
        const language = query.language ?? 'ru';
        if (language !== 'ru' && language !== 'en')
          throw invalid('INVALID_QUERY', [{ pointer: '?language', message: 'must be ru or en' }]);
        res.json({ language, items: adviceByCode(language) });
      },
    },
  ];
}
