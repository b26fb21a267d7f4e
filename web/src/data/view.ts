/** Everything that selects, filters or moves in time is in the URL: this reads and writes it. */
import { useMemo, useSyncExternalStore } from 'react';

export const pages = ['map', 'requests', 'events', 'health', 'query'] as const;
export type Page = (typeof pages)[number];

/** What is looked at. */
export interface View {
  readonly page: Page;
  /** `-15m` and `now`, or epoch milliseconds. */
  readonly from: string;
  readonly to: string;
  readonly filter: string;
  /** Selected node, edge or request. */
  readonly selected: string;
  /** A second moment to compare with. */
  readonly before: string;
  readonly group: string;
  /** Everything else that a page keeps. */
  readonly more: Readonly<Record<string, string>>;
}

const own = new Set(['from', 'to', 'filter', 'selected', 'before', 'group', 'token']);

function read(): View {
  const url = new URL(window.location.href);
  const name = url.pathname.slice(1);
  const value = (key: string, otherwise = ''): string => url.searchParams.get(key) ?? otherwise;
  const more: Record<string, string> = {};
  for (const [key, text] of url.searchParams) if (!own.has(key)) more[key] = text;
  return {
    page: pages.find((page) => page === name) ?? 'map',
    from: value('from', '-15m'),
    to: value('to', 'now'),
    filter: value('filter'),
    selected: value('selected'),
    before: value('before'),
    group: value('group', 'workload'),
    more,
  };
}

/** The address of a view. */
export function hrefOf(view: View): string {
  const search = new URLSearchParams();
  if (view.from !== '-15m') search.set('from', view.from);
  if (view.to !== 'now') search.set('to', view.to);
  if (view.filter !== '') search.set('filter', view.filter);
  if (view.selected !== '') search.set('selected', view.selected);
  if (view.before !== '') search.set('before', view.before);
  if (view.group !== 'workload') search.set('group', view.group);
  for (const [key, value] of Object.entries(view.more)) if (value !== '') search.set(key, value);
  const text = search.toString();
  return `/${view.page}${text === '' ? '' : `?${text}`}`;
}

const listeners = new Set<() => void>();
let snapshot = '';

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('popstate', listener);
  };
}

/** Goes to another view. `replace` leaves no step in the history, for what changes continuously. */
export function go(change: Partial<View>, replace = false): void {
  const now = read();
  const next = { ...now, ...change, more: { ...now.more, ...change.more } };
  const href = hrefOf(next);
  if (replace) window.history.replaceState(null, '', href);
  else window.history.pushState(null, '', href);
  for (const listener of listeners) listener();
}

/** The present view. */
export function useView(): View {
  const href = useSyncExternalStore(subscribe, () => {
    snapshot = window.location.href;
    return snapshot;
  });
  // read() reads the address
  return useMemo(read, [href]);
}

/** True where the view follows the present. */
export function isLive(view: View): boolean {
  return view.to === 'now';
}

/** The terms of a filter as they are written; quoted values stay whole. */
export function termsOf(filter: string): string[] {
  return filter.match(/(?:"(?:\\.|[^"\\])*"?|[^\s"])+/g) ?? [];
}

/** A filter with a term in the place of those with the same key. */
export function replaceTerm(filter: string, term: string): string {
  const key = term.slice(0, term.indexOf(':') + 1);
  return [...termsOf(filter).filter((t) => !t.startsWith(key)), term].join(' ');
}

/** A filter with one more term, or without it where it is there already. */
export function toggleTerm(filter: string, term: string): string {
  const terms = termsOf(filter);
  return (terms.includes(term) ? terms.filter((t) => t !== term) : [...terms, term]).join(' ');
}

/** Longer values are given by their beginning: a filter has at most 4,096 characters. */
const longestValue = 300;

/** A term of the filter language; values with spaces or special signs are quoted. */
export function termOf(key: string, value: string): string {
  // Half a character at the cut would be another text in the address.
  const whole = value.length <= longestValue;
  const text = whole ? value : value.slice(0, longestValue).replace(/[\ud800-\udbff]$/, '');
  const quoted = /^[\w.@/*{}-]+$/.test(text) ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
  return `${key}:${quoted}${whole ? '' : '*'}`;
}
