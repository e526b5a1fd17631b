import { useEffect, useState } from 'preact/hooks';
import { api, asProblem, type Problem } from './api.ts';

export interface More<P> {
  /** Pages after the first one, as far as the reader has asked for them. */
  pages: readonly P[];
  problem: Problem | undefined;
  next(cursor: string): Promise<void>;
}

/**
 * The pages of a list after its first one.
 *
 * @param pathOf address of the page that a cursor leads to
 * @param identity of the list: where it changes, the pages of the list before are dropped
 */
export function useMore<P>(pathOf: (cursor: string) => string, identity = ''): More<P> {
  const [pages, setPages] = useState<P[]>([]);
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    setPages([]);
    setProblem(undefined);
  }, [identity]);
  const next = async (cursor: string): Promise<void> => {
    try {
      const page = await api<P>(pathOf(cursor));
      setPages((before) => [...before, page]);
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return { pages, problem, next };
}
