import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { api, asProblem, type Problem } from './api.ts';
import { expired, purpose } from './session.ts';

export interface Loaded<T> {
  data: T | undefined;
  /** The last attempt failed; `data` is then what was known before, if anything was. */
  problem: Problem | undefined;
  loading: boolean;
  reload(): void;
}

/** Between two looks after a failure, so that a hub in trouble is left alone. */
const AFTER_FAILURE_MS = 5_000;

/**
 * Loads something and keeps it fresh while the page is looked at.
 *
 * @param path undefined loads nothing
 * @param everyMs 0 = once
 */
export function useLoaded<T>(
  path: string | undefined,
  everyMs = 0,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
): Loaded<T> {
  const [state, setState] = useState<{ path?: string | undefined; data?: T; problem?: Problem; loading: boolean }>({
    loading: true,
  });
  const [turn, setTurn] = useState(0);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  const content = body === undefined ? undefined : JSON.stringify(body);
  const sent = JSON.stringify(headers);
  const identity = `${path}\0${content}\0${sent}`;
  const last = useRef(identity);
  useEffect(() => {
    if (path === undefined) return undefined;
    const end = new AbortController();
    let timer: number | undefined;
    const later = (ms: number): void => {
      timer = setTimeout(look, ms);
    };
    const look = async (): Promise<void> => {
      if (document.hidden) return later(everyMs || AFTER_FAILURE_MS);
      try {
        const data = await api<T>(path, {
          signal: end.signal,
          ...(content === undefined ? {} : { body: JSON.parse(content) as unknown }),
          ...(sent === undefined ? {} : { headers: JSON.parse(sent) as Record<string, string> }),
        });
        setState({ path: identity, data, loading: false });
        if (everyMs > 0) later(everyMs);
      } catch (error) {
        if (end.signal.aborted) return;
        const problem = asProblem(error);
        setState((before) => ({
          ...(before.path === identity && before.data !== undefined ? { data: before.data } : {}),
          path: identity,
          problem,
          loading: false,
        }));
        if (!expired.value && (problem.status === 0 || problem.status >= 500))
          later(Math.max(everyMs, AFTER_FAILURE_MS));
      }
    };
    if (last.current !== identity) {
      last.current = identity;
      setState({ loading: true });
    }
    void look();
    return () => {
      end.abort();
      clearTimeout(timer);
    };
  }, [identity, everyMs, turn, purpose.value]);
  return { data: state.data, problem: state.problem, loading: state.loading, reload: again };
}
