import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, get, type Problem, type Query } from './api.ts';

interface Page<Item> {
  readonly items: Item[];
  readonly next: string | null;
}

/** Rows that were fetched so far. */
export interface Pages<Item> {
  readonly items: readonly Item[];
  /** True where there are more on the server. */
  readonly more: boolean;
  readonly loading: boolean;
  readonly problem: Problem | undefined;
  /** Fetches what comes after the last row; does nothing while that is on its way. */
  readonly fetchMore: () => void;
  readonly again: () => void;
}

/**
 * Rows of a path that answers page by page. Other parameters begin anew, and what is known stays until the answer is
 * there. With `refresh` (milliseconds, 0: never) the first page is asked for again as long as no further one was wanted.
 */
export function usePages<Item>(path: string, query: Query, refresh: number): Pages<Item> {
  const [page, setPage] = useState<Page<Item>>({ items: [], next: null });
  const [loading, setLoading] = useState(true);
  const [problem, setProblem] = useState<Problem | undefined>();
  const [turn, setTurn] = useState(0);
  const [beyond, setBeyond] = useState(false);
  const fetching = useRef<AbortController | undefined>(undefined);
  const key = `${path} ${JSON.stringify(query)}`;
  const shown = useRef('');

  // the key stands for path and query
  useEffect(() => {
    const control = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (shown.current !== key) {
      setLoading(true);
      setBeyond(false);
      fetching.current?.abort();
      fetching.current = undefined;
    } else if (beyond) return undefined;
    const ask = async (): Promise<void> => {
      try {
        setPage(await get<Page<Item>>(path, query, control.signal));
        setProblem(undefined);
        shown.current = key;
      } catch (error) {
        if (control.signal.aborted) return;
        setProblem(problemOf(error));
      }
      setLoading(false);
      if (refresh > 0 && !control.signal.aborted) timer = setTimeout(ask, refresh);
    };
    void ask();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [key, refresh, turn, beyond]);

  // the key stands for path and query
  const fetchMore = useCallback(() => {
    if (page.next === null || fetching.current !== undefined || shown.current !== key) return;
    const control = new AbortController();
    fetching.current = control;
    setBeyond(true);
    get<Page<Item>>(path, { ...query, cursor: page.next }, control.signal)
      .then((answer) => setPage((before) => ({ items: [...before.items, ...answer.items], next: answer.next })))
      .catch((error: unknown) => {
        if (!control.signal.aborted) setProblem(problemOf(error));
      })
      .finally(() => {
        if (fetching.current === control) fetching.current = undefined;
      });
  }, [key, page.next]);

  const again = (): void => {
    setBeyond(false);
    setTurn((n) => n + 1);
  };
  return { items: page.items, more: page.next !== null, loading, problem, fetchMore, again };
}

function problemOf(error: unknown): Problem {
  return error instanceof ApiError ? error.problem : { title: String(error), status: 0 };
}
