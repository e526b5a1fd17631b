import { SimClock } from '../../simulators/kit/clock.ts';
import { Effects } from '../../simulators/kit/effects.ts';
import { Faults } from '../../simulators/kit/faults.ts';
import { type SimRequest, type SimResponse, type Simulator, startSimulator } from '../../simulators/kit/server.ts';

const MOST_SIGNS = 500;
const HOUSES = new Set(['house-1', 'house-2']);

/** The stand-in of an imaginary board of notices: one screen in the hall of each house. */
export async function startNoticeboard(options: { token: string }): Promise<Simulator> {
  const clock = new SimClock();
  const effects = new Effects();
  const faults = new Faults(
    ['http-500', 'throttle', 'unauthorized', 'cut-before-commit', 'cut-after-commit', 'cut-half-way'],
    Math.random,
  );
  const notices: { id: number; reference: string; house: string; text: string }[] = [];

  const answer = (request: SimRequest): SimResponse => {
    if (request.headers.authorization !== `Token ${options.token}`) return failure(401, 20);
    if (request.method === 'GET' && request.path === '/api/houses') return json(200, [...HOUSES]);
    if (request.path !== '/api/notices') return failure(404, 30);
    if (request.method === 'GET') {
      const reference = new URLSearchParams(request.rawQuery).get('reference');
      return json(
        200,
        notices.filter((notice) => notice.reference === reference),
      );
    }
    const { reference, house, text } = JSON.parse(request.body.toString('utf8')) as Record<string, string>;
    if (!reference || !text || text.length > MOST_SIGNS) return failure(422, 10);
    if (!house || !HOUSES.has(house)) return failure(422, 30);
    // Like most systems, it shows the same notice twice when it is posted twice.
    const notice = { id: notices.length + 1, reference, house, text };
    notices.push(notice);
    effects.add('notices.shown', reference);
    return json(201, notice);
  };

  return startSimulator(
    {
      system: 'noticeboard',
      clock,
      effects,
      faults,
      state: () => ({ notices: notices.length }),
      handle: (request) => {
        const struck = faults.strike(request.method, request.path);
        if (struck.has('cut-before-commit')) return { status: 0, cut: 'before-answer' };
        if (struck.has('http-500')) return { status: 500, body: 'Internal Server Error' };
        if (struck.has('throttle')) return failure(429, 40);
        if (struck.has('unauthorized')) return failure(401, 20);
        const response = answer(request);
        if (struck.has('cut-after-commit')) return { ...response, cut: 'before-answer' };
        if (struck.has('cut-half-way')) return { ...response, cut: 'half-way' };
        return response;
      },
    },
    0,
  );
}

function json(status: number, value: unknown): SimResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

function failure(status: number, code: number): SimResponse {
  return json(status, { error: code });
}
