import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import type { RowIndex, Span } from '../../../src/model/api.ts';
import { ApiError, get, type Problem, type Query } from './api.ts';
import { partOf } from './row-parts.ts';

/** Rows at the top that are asked for again and again while the table follows. */
const headRows = 200;
/** Parts that are kept: more than any screen shows, and little memory. */
const mostParts = 40;

/** An answer of any length, of which only what is looked at is fetched. */
export interface Rows<Item> {
  /** Rows in all; as many as are known until that is. */
  readonly count: number;
  /** A row; undefined while it is on its way. */
  readonly at: (row: number) => Item | undefined;
  /** Where a row is that was fetched; -1 where it was not. */
  readonly indexOf: (id: string) => number;
  /** Says which rows are seen: what is missing of them is fetched. */
  readonly want: (first: number, last: number) => void;
  /** When the rows were as they are shown, epoch milliseconds; undefined while they follow the present. */
  readonly standing: number | undefined;
  /** Stops following, so that nothing moves under what is read. */
  readonly stand: () => void;
  /** Follows again. */
  readonly follow: () => void;
  readonly loading: boolean;
  readonly problem: Problem | undefined;
  readonly again: () => void;
}

interface Head<Item> {
  readonly key: string;
  readonly span: Span;
  readonly items: readonly Item[];
  readonly next: string | null;
}
interface Indexed extends RowIndex {
  readonly key: string;
}

/**
 * Rows of a path that has an index beside it. With `refresh` (milliseconds, 0: never) the top is asked for again and the
 * table follows the present, until somebody scrolls or chooses: then it stands as it was at that moment.
 */
export function useRows<Item extends { readonly id: string }>(path: string, query: Query, refresh: number): Rows<Item> {
  const key = `${path} ${JSON.stringify(query)}`;
  const [head, setHead] = useState<Head<Item> | undefined>();
  const [index, setIndex] = useState<Indexed | undefined>();
  const [problem, setProblem] = useState<Problem | undefined>();
  const [loading, setLoading] = useState(true);
  const [stood, setStood] = useState<{ readonly key: string; readonly span: Span } | undefined>();
  const [turn, again] = useReducer((n: number) => n + 1, 0);
  const [, arrived] = useReducer((n: number) => n + 1, 0);
  const parts = useRef(new Map<string, { readonly first: number; readonly items: readonly Item[] }>());
  const asked = useRef(new Map<string, AbortController>());
  const held = stood?.key === key ? stood : undefined;
  const following = refresh > 0 && held === undefined;
  /** What the parts belong to: another question forgets them. */
  const lot = `${key} ${held === undefined ? '' : `${held.span.from}-${held.span.to}`} ${turn}`;
  const lotNow = useRef(lot);

  const report = useCallback((error: unknown, control: AbortController): void => {
    if (control.signal.aborted) return;
    setProblem(error instanceof ApiError ? error.problem : { title: String(error), status: 0 });
    setLoading(false);
  }, []);

  // key stands for path and query
  useEffect(() => {
    if (held !== undefined) return undefined;
    const control = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    setLoading(true);
    const ask = async (): Promise<void> => {
      try {
        const answer = await get<Omit<Head<Item>, 'key'>>(path, { ...query, limit: headRows }, control.signal);
        setHead({ ...answer, key });
        setProblem(undefined);
        setLoading(false);
      } catch (error) {
        report(error, control);
      }
      if (refresh > 0 && !control.signal.aborted) timer = setTimeout(ask, refresh);
    };
    void ask();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [key, refresh, turn, held]);

  // key stands for path and query
  useEffect(() => {
    const control = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (lotNow.current !== lot) {
      lotNow.current = lot;
      parts.current.clear();
      for (const other of asked.current.values()) other.abort();
      asked.current.clear();
    }
    const ask = async (): Promise<void> => {
      try {
        const span = held === undefined ? {} : { from: held.span.from, to: held.span.to };
        const answer = await get<RowIndex>(`${path}/index`, { ...query, ...span }, control.signal);
        setIndex({ ...answer, key: lot });
      } catch (error) {
        report(error, control);
      }
      if (following && !control.signal.aborted) timer = setTimeout(ask, Math.max(refresh * 4, 4000));
    };
    void ask();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [lot, following]);

  const ready = index?.key === lot ? index : undefined;
  const top = head?.key === key ? head : undefined;
  /** What was known of the question before stays until the answer to this one is there. */
  const shown = top ?? head;

  const fetchPart = useCallback(
    (row: number): void => {
      if (ready === undefined) return;
      const part = partOf(ready, row);
      if (part === undefined || parts.current.has(part.key) || asked.current.has(part.key)) return;
      const control = new AbortController();
      asked.current.set(part.key, control);
      get<{ items: readonly Item[] }>(
        path,
        {
          ...query,
          from: ready.span.from,
          to: ready.span.to,
          cursor: part.cursor,
          until: part.until,
          skip: part.skip,
          limit: part.count,
        },
        control.signal,
      )
        .then(({ items }) => {
          parts.current.set(part.key, { first: part.first, items });
          for (const old of parts.current.keys()) {
            if (parts.current.size <= mostParts) break;
            parts.current.delete(old);
          }
          setProblem(undefined);
          arrived();
        })
        .catch((error: unknown) => report(error, control))
        .finally(() => {
          if (asked.current.get(part.key) === control) asked.current.delete(part.key);
        });
    },
    [lot, ready],
  );

  const want = useCallback(
    (first: number, last: number): void => {
      if (following || ready === undefined) return;
      // Who drags past a part does not wait for it.
      const wanted = new Set([partOf(ready, first)?.key, partOf(ready, last)?.key]);
      for (const [name, control] of asked.current) {
        if (wanted.has(name)) continue;
        control.abort();
        asked.current.delete(name);
      }
      for (let row = first; row <= last; ) {
        const part = partOf(ready, row);
        if (part === undefined) break;
        fetchPart(row);
        row = part.first + part.count;
      }
    },
    [following, ready, fetchPart],
  );

  const at = (row: number): Item | undefined => {
    const part = ready === undefined || following ? undefined : partOf(ready, row);
    const found = part === undefined ? undefined : parts.current.get(part.key)?.items[row - part.first];
    // The top is known already, and is what the parts will say.
    return found ?? (following || row < headRows ? shown?.items[row] : undefined);
  };
  const indexOf = (id: string): number => {
    for (const { first, items } of following ? [] : parts.current.values()) {
      const found = items.findIndex((item) => item.id === id);
      if (found >= 0) return first + found;
    }
    return shown?.items.findIndex((item) => item.id === id) ?? -1;
  };
  const known = shown?.items.length ?? 0;
  const count = following
    ? top !== undefined && top.next === null
      ? known
      : Math.max(known, index?.key === lot ? index.total : known)
    : (ready?.total ?? Math.max(known, index?.total ?? 0));
  return {
    count,
    at,
    indexOf,
    want,
    standing: refresh > 0 ? held?.span.to : undefined,
    stand: () => {
      if (refresh > 0 && held === undefined && top !== undefined) setStood({ key, span: top.span });
    },
    follow: () => setStood(undefined),
    loading,
    problem,
    again,
  };
}
