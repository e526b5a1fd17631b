import { HubError } from '../canonical/errors.ts';

/** A hub's own API, as the command line uses it. */
export interface Api {
  readonly url: string;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<T>;
  delete<T>(path: string): Promise<T>;
}

interface Problem {
  code?: string;
  detail?: string;
  title?: string;
  errors?: { pointer: string; message: string }[];
}

/**
 * Calls the hub with an API key.
 * @throws HubError with the hub's own code and text; `transient`/HUB_UNREACHABLE when nothing answers
 */
export function createApi(url: string, key: string): Api {
  const call = async <T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> => {
    let response: Response;
    try {
      response = await fetch(new URL(path, url), {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw new HubError(
        'transient',
        'HUB_UNREACHABLE',
        `No hub answers at ${url}; start one with \`hub serve\`, or give --url.`,
        {},
        { cause },
      );
    }
    const text = await response.text();
    if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
    const problem = parseProblem(text);
    const where = (problem.errors ?? []).map((e) => `\n  ${e.pointer || '/'}: ${e.message}`).join('');
    throw new HubError(
      'rejected',
      problem.code ?? `HTTP_${response.status}`,
      `${problem.detail ?? problem.title ?? `The hub answered ${response.status}`}${where}`,
    );
  };
  return {
    url,
    get: (path) => call('GET', path),
    post: (path, body, headers) => call('POST', path, body ?? {}, headers),
    delete: (path) => call('DELETE', path),
  };
}

function parseProblem(text: string): Problem {
  try {
    return JSON.parse(text) as Problem;
  } catch {
    return { detail: 'The answer is not one of a hub; is another program listening there?' };
  }
}
