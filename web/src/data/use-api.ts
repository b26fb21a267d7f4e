import { useEffect, useRef, useState } from 'react';
import { ApiError, get, type Problem, type Query } from './api.ts';

/** What is known of an answer: the last good one stays while the next is on its way. */
export interface Asked<T> {
  readonly data: T | undefined;
  readonly problem: Problem | undefined;
  /** True while an answer is awaited for the first time, or for other parameters. */
  readonly loading: boolean;
  readonly again: () => void;
}

/**
 * Asks for a path, again whenever the parameters change and every `refresh` milliseconds (0: never).
 * `path` undefined asks nothing.
 */
export function useApi<T>(path: string | undefined, query: Query = {}, refresh = 0): Asked<T> {
  const [data, setData] = useState<T | undefined>();
  const [problem, setProblem] = useState<Problem | undefined>();
  const [loading, setLoading] = useState(path !== undefined);
  const [turn, setTurn] = useState(0);
  const key = path === undefined ? '' : `${path} ${JSON.stringify(query)}`;
  const asked = useRef('');
  // the key stands for path and query
  useEffect(() => {
    if (path === undefined) {
      setData(undefined);
      setLoading(false);
      return undefined;
    }
    const control = new AbortController();
    if (asked.current !== key) setLoading(true);
    if (asked.current.split(' ')[0] !== path) setData(undefined);
    asked.current = key;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      try {
        const answer = await get<T>(path, query, control.signal);
        setData(answer);
        setProblem(undefined);
      } catch (error) {
        if (control.signal.aborted) return;
        setProblem(error instanceof ApiError ? error.problem : { title: String(error), status: 0 });
      }
      setLoading(false);
      if (refresh > 0 && !control.signal.aborted) timer = setTimeout(ask, refresh);
    };
    void ask();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [key, refresh, turn]);
  return { data, problem, loading, again: () => setTurn((n) => n + 1) };
}
